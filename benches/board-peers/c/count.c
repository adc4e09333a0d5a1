/* Counts what steps and inferences take, and prints the losses that tell what was computed. */
#include <math.h>
#include <string.h>

#include "board.h"
#include "network.h"

enum { CALLS = 160 };

static float samples_a[SAMPLES][INPUTS_A], samples_b[SAMPLES][INPUTS_B];
static float parameters_a[PARAMETERS_A], parameters_b[PARAMETERS_B];

/* The linear congruential generator of Numerical Recipes; its 24 high bits make a number. */
static uint32_t state;

static float unit(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 16777216.0f;
}

static void fill_samples(float *samples, int count) {
  for (int i = 0; i < count; i++) samples[i] = unit();
}

/* Fills in the weights of a layer, and returns where the next one's are. */
static float *fill_weights(float *weights, int inputs, int outputs) {
  float bound = sqrtf(6.0f / (float)(inputs + outputs));
  for (int i = 0; i < inputs * outputs; i++) weights[i] = (2.0f * unit() - 1.0f) * bound;
  memset(weights + inputs * outputs, 0, outputs * sizeof(float));
  return weights + (inputs + 1) * outputs;
}

static void fill(void) {
  state = 12345;
  fill_samples(samples_a[0], SAMPLES * INPUTS_A);
  float *rest = fill_weights(parameters_a, INPUTS_A, HIDDEN_A);
  fill_weights(rest, HIDDEN_A, OUTPUTS_A);
  fill_samples(samples_b[0], SAMPLES * INPUTS_B);
  rest = fill_weights(parameters_b, INPUTS_B, HIDDEN1_B);
  rest = fill_weights(rest, HIDDEN1_B, HIDDEN2_B);
  fill_weights(rest, HIDDEN2_B, OUTPUTS_B);
}

static float call_step_a(unsigned call) {
  unsigned k = call % SAMPLES;
  return step_a(samples_a[k], k % OUTPUTS_A);
}

static float call_infer_a(unsigned call) { return infer_a(samples_a[call % SAMPLES]); }

/* Network (b) begins with sample 1, as in the project's own benchmark. */
static float call_step_b(unsigned call) {
  unsigned k = (call + 1) % SAMPLES;
  return step_b(samples_b[k], k % OUTPUTS_B);
}

static float call_infer_b(unsigned call) { return infer_b(samples_b[call % SAMPLES]); }

static float call_batch_a(unsigned call) {
  (void)call;
  return batch_a((const float (*)[INPUTS_A])samples_a);
}

static float call_nothing(unsigned call) {
  (void)call;
  return 0.0f;
}

/* Ticks of all calls together. A call may take 2^24. */
static uint32_t ticks(float (*volatile work)(unsigned)) {
  uint32_t before = 0, sum = 0;
  ticks_since(&before);
  for (unsigned call = 0; call < CALLS; call++) {
    volatile float result = work(call);
    (void)result;
    sum += ticks_since(&before);
  }
  return sum;
}

/* Prints a name and the hexadecimal digits of a number. */
static void print_number(const char *name, uint32_t value) {
  char digits[] = ": 00000000\n";
  for (int place = 9; value != 0; value >>= 4) digits[place--] = "0123456789abcdef"[value & 15];
  print(name);
  print(digits);
}

static void count(const char *name, float (*work)(unsigned)) {
  uint32_t empty = ticks(call_nothing);
  print_number(name, ticks(work) - empty);
}

/* A loss is printed as its bits. */
static void print_loss(const char *name, float loss) {
  uint32_t bits;
  memcpy(&bits, &loss, sizeof bits);
  print_number(name, bits);
}

int main(void) {
  start_counting();
  fill();
  init_a(parameters_a);
  count("(a) step", call_step_a);
  print_loss("loss of (a)", call_step_a(CALLS));
  count("(a) inference", call_infer_a);

  init_b(parameters_b);
  count("(b) inference", call_infer_b);
  count("(b) step", call_step_b);
  print_loss("loss of (b)", call_step_b(CALLS));

  fill();
  init_a(parameters_a);
  count("batch", call_batch_a);
  print_loss("loss of batch", call_batch_a(CALLS));
  end();
}
