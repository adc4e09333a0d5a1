/* What the start of a program does on every processor, once there is a stack. */
#pragma once
#include <stdint.h>
#include <string.h>

extern uint32_t _stack_end[], _paint_end[], _stack_start[];
extern uint32_t _data_load[], _data_start[], _data_end[], _bss_end[];
int main(void);

/* What the stack is painted with, so that its peak can be measured. */
static const uint32_t PAINT = 0xCCCCCCCC;

static inline void start(void) {
  for (uint32_t *word = _stack_end; word < _paint_end;) *word++ = PAINT;
  memcpy(_data_start, _data_load, (char *)_data_end - (char *)_data_start);
  memset(_data_end, 0, (char *)_bss_end - (char *)_data_end);
  main();
}
