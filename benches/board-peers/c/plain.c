/* Plain C: the loops of a textbook, of sizes that the compiler knows where it inlines them. */
#include <math.h>
#include <string.h>

#include "network.h"

static float *a, *b;

void init_a(float *parameters) { a = parameters; }
void init_b(float *parameters) { b = parameters; }

static inline void dense(const float *weights, const float *x, float *y, int in, int out) {
  const float *bias = weights + in * out;
  for (int o = 0; o < out; o++) {
    float sum = bias[o];
    for (int i = 0; i < in; i++) sum += weights[o * in + i] * x[i];
    y[o] = sum;
  }
}

static inline void relu(float *x, int count) {
  for (int i = 0; i < count; i++) x[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

/* Cross-entropy of the softmax. The logits become the gradient. */
static inline float cross_entropy(float *logits, unsigned label, int count) {
  float max = logits[0], sum = 0.0f, logit = logits[label];
  for (int i = 1; i < count; i++) max = logits[i] > max ? logits[i] : max;
  for (int i = 0; i < count; i++) sum += logits[i] = expf(logits[i] - max);
  for (int i = 0; i < count; i++) logits[i] /= sum;
  logits[label] -= 1.0f;
  return logf(sum) + max - logit;
}

/* The gradient of a layer's input, through the ReLU whose output the input is. */
static inline void backward(const float *weights, const float *dy, const float *x, float *dx,
                            int in, int out) {
  for (int i = 0; i < in; i++) dx[i] = 0.0f;
  for (int o = 0; o < out; o++)
    for (int i = 0; i < in; i++) dx[i] += weights[o * in + i] * dy[o];
  for (int i = 0; i < in; i++) dx[i] = x[i] > 0.0f ? dx[i] : 0.0f;
}

/* Adds a multiple of the gradient of a layer's parameters to numbers in the same order. */
static inline void add_gradient(float *to, float factor, const float *dy, const float *x, int in,
                                int out) {
  for (int o = 0; o < out; o++) {
    for (int i = 0; i < in; i++) to[o * in + i] += factor * dy[o] * x[i];
    to[in * out + o] += factor * dy[o];
  }
}

/* A gradient, or a step of descent if `to` is the parameters and the factor negative. */
static inline float learn_a(float *to, float factor, const float *x, unsigned label) {
  float hidden[HIDDEN_A], output[OUTPUTS_A], dhidden[HIDDEN_A];
  enum { SECOND = (INPUTS_A + 1) * HIDDEN_A };
  dense(a, x, hidden, INPUTS_A, HIDDEN_A);
  relu(hidden, HIDDEN_A);
  dense(a + SECOND, hidden, output, HIDDEN_A, OUTPUTS_A);
  float loss = cross_entropy(output, label, OUTPUTS_A);
  backward(a + SECOND, output, hidden, dhidden, HIDDEN_A, OUTPUTS_A);
  add_gradient(to + SECOND, factor, output, hidden, HIDDEN_A, OUTPUTS_A);
  add_gradient(to, factor, dhidden, x, INPUTS_A, HIDDEN_A);
  return loss;
}

float step_a(const float *x, unsigned label) { return learn_a(a, -LEARNING_RATE, x, label); }

float infer_a(const float *x) {
  float hidden[HIDDEN_A], output[OUTPUTS_A];
  dense(a, x, hidden, INPUTS_A, HIDDEN_A);
  relu(hidden, HIDDEN_A);
  dense(a + (INPUTS_A + 1) * HIDDEN_A, hidden, output, HIDDEN_A, OUTPUTS_A);
  return output[0];
}

float batch_a(const float (*samples)[INPUTS_A]) {
  static float gradient[PARAMETERS_A], mean[PARAMETERS_A], square[PARAMETERS_A];
  static float power1 = 1.0f, power2 = 1.0f;
  float loss = 0.0f;
  memset(gradient, 0, sizeof gradient);
  for (unsigned k = 0; k < SAMPLES; k++)
    loss += learn_a(gradient, 1.0f / SAMPLES, samples[k], k % OUTPUTS_A);
  power1 *= BETA1;
  power2 *= BETA2;
  for (int i = 0; i < PARAMETERS_A; i++) {
    float g = gradient[i];
    mean[i] = BETA1 * mean[i] + (1.0f - BETA1) * g;
    square[i] = BETA2 * square[i] + (1.0f - BETA2) * g * g;
    a[i] -= ADAM_LEARNING_RATE * (mean[i] / (1.0f - power1))
          / (sqrtf(square[i] / (1.0f - power2)) + EPSILON);
  }
  return loss / SAMPLES;
}

enum { SECOND_B = (INPUTS_B + 1) * HIDDEN1_B, THIRD_B = SECOND_B + (HIDDEN1_B + 1) * HIDDEN2_B };

static inline void forward_b(const float *x, float *hidden1, float *hidden2, float *output) {
  dense(b, x, hidden1, INPUTS_B, HIDDEN1_B);
  relu(hidden1, HIDDEN1_B);
  dense(b + SECOND_B, hidden1, hidden2, HIDDEN1_B, HIDDEN2_B);
  relu(hidden2, HIDDEN2_B);
  dense(b + THIRD_B, hidden2, output, HIDDEN2_B, OUTPUTS_B);
}

float step_b(const float *x, unsigned label) {
  float hidden1[HIDDEN1_B], hidden2[HIDDEN2_B], output[OUTPUTS_B];
  float dhidden1[HIDDEN1_B], dhidden2[HIDDEN2_B];
  forward_b(x, hidden1, hidden2, output);
  float loss = cross_entropy(output, label, OUTPUTS_B);
  backward(b + THIRD_B, output, hidden2, dhidden2, HIDDEN2_B, OUTPUTS_B);
  add_gradient(b + THIRD_B, -LEARNING_RATE, output, hidden2, HIDDEN2_B, OUTPUTS_B);
  backward(b + SECOND_B, dhidden2, hidden1, dhidden1, HIDDEN1_B, HIDDEN2_B);
  add_gradient(b + SECOND_B, -LEARNING_RATE, dhidden2, hidden1, HIDDEN1_B, HIDDEN2_B);
  add_gradient(b, -LEARNING_RATE, dhidden1, x, INPUTS_B, HIDDEN1_B);
  return loss;
}

float infer_b(const float *x) {
  float hidden1[HIDDEN1_B], hidden2[HIDDEN2_B], output[OUTPUTS_B];
  forward_b(x, hidden1, hidden2, output);
  return output[0];
}
