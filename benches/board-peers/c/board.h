/* What a program needs of the processor it runs on, in QEMU. */
#pragma once
#include <stdint.h>

/* Starts the counter that `ticks` reads. */
void start_counting(void);
/* Ticks since `before`, less than 2^24, and the new `before`. */
uint32_t ticks_since(uint32_t *before);
/* Prints a text to the emulator's user. */
void print(const char *text);
/* Ends the emulator. */
_Noreturn void end(void);
