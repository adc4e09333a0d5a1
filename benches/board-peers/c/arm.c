/* A Cortex-M in QEMU: vectors, SysTick, semihosting. */
#include "board.h"
#include "start.h"

static void fault(void) {
  for (;;) {}
}

static void reset(void) {
#if __ARM_FP
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the unit of floating-point numbers */
  __asm volatile("dsb\n isb");
#endif
  start();
}

__attribute__((section(".start"), used)) static void *const vectors[] = {
  _stack_start, reset, fault, fault, fault, fault, fault,
};

#define SYSTICK ((volatile uint32_t *)0xE000E010) /* control, reload, current */
static const uint32_t MASK = 0x00FFFFFF;

void start_counting(void) {
  SYSTICK[1] = MASK;
  SYSTICK[2] = 0;
  SYSTICK[0] = 1 << 2 | 1; /* the processor's clock; on */
}

/* It counts downwards. */
uint32_t ticks_since(uint32_t *before) {
  uint32_t now = SYSTICK[2], ticks = (*before - now) & MASK;
  *before = now;
  return ticks;
}

static void semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void print(const char *text) { semihost(0x04 /* SYS_WRITE0 */, text); }

_Noreturn void end(void) {
  semihost(0x18 /* SYS_EXIT */, (void *)0x20026 /* ADP_Stopped_ApplicationExit */);
  for (;;) {}
}
