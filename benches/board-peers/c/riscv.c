/* QEMU's machine `virt` with 32-bit RISC-V: start, counter of instructions, semihosting. */
#include "board.h"
#include "start.h"

static __attribute__((used)) void reset(void) { start(); }

__attribute__((section(".start"), naked, used)) void _start(void) {
  __asm volatile("la sp, _stack_start\n tail reset");
}

/* In QEMU it always counts. */
void start_counting(void) {}

/* A tick is 32 instructions, so that many calls together fit into 32 bits. */
static uint32_t now(void) {
  uint32_t high, low, again;
  do __asm volatile(".option push\n .option arch, +zicsr\n"
                    "csrr %0, minstreth\n csrr %1, minstret\n csrr %2, minstreth\n .option pop"
                    : "=&r"(high), "=&r"(low), "=r"(again));
  while (high != again);
  return high << 27 | low >> 5;
}

uint32_t ticks_since(uint32_t *before) {
  uint32_t after = now(), ticks = after - *before;
  *before = after;
  return ticks;
}

/* The three instructions that QEMU knows the call by must not be compressed, nor on two pages. */
static __attribute__((noinline)) void semihost(uint32_t operation, const void *argument) {
  register uint32_t a0 __asm("a0") = operation;
  register const void *a1 __asm("a1") = argument;
  __asm volatile(".option push\n .option norvc\n .balign 16\n"
                 "slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n .option pop"
                 : "+r"(a0) : "r"(a1) : "memory");
}

void print(const char *text) { semihost(0x04 /* SYS_WRITE0 */, text); }

_Noreturn void end(void) {
  /* SYS_EXIT takes the reason at an address only on 64 bits. */
  semihost(0x18 /* SYS_EXIT */, (void *)0x20026 /* ADP_Stopped_ApplicationExit */);
  for (;;) {}
}
