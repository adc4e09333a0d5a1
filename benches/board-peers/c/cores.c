/* Counts what passes of whole networks take, and prints a line for each: its name, and the ticks, as
   hexadecimal digits, of an inference, a step in place, and a step of Adam. */
#include <string.h>

#include "board.h"

void measure_networks(uint32_t (*ticks)(void),
                      void (*report)(const char *name, uint32_t len, const uint32_t *ticks));

static uint32_t ticks(void) {
  static uint32_t before;
  return ticks_since(&before);
}

static void report(const char *name, uint32_t len, const uint32_t *ticks) {
  char line[128];
  if (len > 64) len = 64;
  memcpy(line, name, len);
  char *end = line + len;
  for (int pass = 0; pass < 3; pass++) {
    *end++ = ';';
    for (int place = 28; place >= 0; place -= 4) *end++ = "0123456789abcdef"[ticks[pass] >> place & 15];
  }
  strcpy(end, "\n");
  print(line);
}

int main(void) {
  start_counting();
  measure_networks(ticks, report);
  end();
}
