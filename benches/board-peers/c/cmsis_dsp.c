/* CMSIS-DSP, which has no training: its functions put together as one would for it. A matrix times
   a vector and two vectors added for the forward pass; a row vector times a matrix for the gradient
   of an input; a multiple of the input added to each row of the weights. */
#include <float.h>
#include <string.h>

#include "arm_math.h"
#include "network.h"

typedef struct {
  unsigned inputs, outputs;
  float *weights, *biases;
} Dense;

enum { LAYERS_A = 2, LAYERS_B = 3, WIDEST = 64 };

static Dense a[LAYERS_A], b[LAYERS_B];

static float *place(Dense *layer, float *parameters, unsigned inputs, unsigned outputs) {
  *layer = (Dense){inputs, outputs, parameters, parameters + inputs * outputs};
  return layer->biases + outputs;
}

static void place_a(Dense layers[LAYERS_A], float *parameters) {
  parameters = place(&layers[0], parameters, INPUTS_A, HIDDEN_A);
  place(&layers[1], parameters, HIDDEN_A, OUTPUTS_A);
}

void init_a(float *parameters) { place_a(a, parameters); }

void init_b(float *parameters) {
  parameters = place(&b[0], parameters, INPUTS_B, HIDDEN1_B);
  parameters = place(&b[1], parameters, HIDDEN1_B, HIDDEN2_B);
  place(&b[2], parameters, HIDDEN2_B, OUTPUTS_B);
}

/* y = Wx + b */
static void forward(const Dense *layer, const float *x, float *y) {
  arm_matrix_instance_f32 weights = {layer->outputs, layer->inputs, layer->weights};
  arm_mat_vec_mult_f32(&weights, x, y);
  arm_add_f32(y, layer->biases, y, layer->outputs);
}

static void relu(float *x, unsigned count) { arm_clip_f32(x, x, 0.0f, FLT_MAX, count); }

/* The cross-entropy of the softmax. The logits become the gradient. */
static float cross_entropy(float *logits, unsigned label, unsigned count) {
  float max, sum, logit = logits[label];
  arm_max_no_idx_f32(logits, count, &max);
  arm_offset_f32(logits, -max, logits, count);
  arm_vexp_f32(logits, logits, count);
  arm_accumulate_f32(logits, count, &sum);
  arm_scale_f32(logits, 1.0f / sum, logits, count);
  logits[label] -= 1.0f;
  return logf(sum) + max - logit;
}

/* dx = dy W, where x was positive */
static void backward(const Dense *layer, float *dy, const float *x, float *dx) {
  arm_matrix_instance_f32 row = {1, layer->outputs, dy}, product = {1, layer->inputs, dx};
  arm_matrix_instance_f32 weights = {layer->outputs, layer->inputs, layer->weights};
  arm_mat_mult_f32(&row, &weights, &product);
  for (unsigned i = 0; i < layer->inputs; i++) dx[i] = x[i] > 0.0f ? dx[i] : 0.0f;
}

/* W += factor dy xᵀ, b += factor dy, of the parameters or of a gradient. */
static void add_gradient(const Dense *to, float factor, const float *dy, const float *x) {
  float scaled[WIDEST];
  for (unsigned o = 0; o < to->outputs; o++) {
    float *row = to->weights + o * to->inputs;
    arm_scale_f32(x, factor * dy[o], scaled, to->inputs);
    arm_add_f32(row, scaled, row, to->inputs);
  }
  arm_scale_f32(dy, factor, scaled, to->outputs);
  arm_add_f32(to->biases, scaled, to->biases, to->outputs);
}

/* Computes the outputs of all layers: `y[0]` is the input. */
static void infer(const Dense *layers, unsigned count, const float *x, float y[][WIDEST]) {
  for (unsigned l = 0; l < count; l++) {
    forward(&layers[l], l == 0 ? x : y[l - 1], y[l]);
    if (l + 1 < count) relu(y[l], layers[l].outputs);
  }
}

/* A gradient; or a step of descent, if `to` are the layers and the factor negative. */
static float learn(const Dense *layers, const Dense *to, unsigned count, float factor,
                   const float *x, unsigned label) {
  float y[LAYERS_B][WIDEST], gradients[2][WIDEST];
  infer(layers, count, x, y);
  float *dy = y[count - 1];
  float loss = cross_entropy(dy, label, layers[count - 1].outputs);
  for (unsigned l = count; l-- > 1;) {
    float *dx = gradients[l % 2];
    backward(&layers[l], dy, y[l - 1], dx);
    add_gradient(&to[l], factor, dy, y[l - 1]);
    dy = dx;
  }
  add_gradient(&to[0], factor, dy, x);
  return loss;
}

float step_a(const float *x, unsigned label) {
  return learn(a, a, LAYERS_A, -LEARNING_RATE, x, label);
}

float step_b(const float *x, unsigned label) {
  return learn(b, b, LAYERS_B, -LEARNING_RATE, x, label);
}

float infer_a(const float *x) {
  float y[LAYERS_A][WIDEST];
  infer(a, LAYERS_A, x, y);
  return y[LAYERS_A - 1][0];
}

float infer_b(const float *x) {
  float y[LAYERS_B][WIDEST];
  infer(b, LAYERS_B, x, y);
  return y[LAYERS_B - 1][0];
}

/* Adam is a loop: by functions for one operation each it would take more, and there is none for
   roots of vectors. */
float batch_a(const float (*samples)[INPUTS_A]) {
  static float gradient[PARAMETERS_A], mean[PARAMETERS_A], square[PARAMETERS_A];
  static float power1 = 1.0f, power2 = 1.0f;
  Dense to[LAYERS_A];
  float loss = 0.0f;
  place_a(to, gradient);
  arm_fill_f32(0.0f, gradient, PARAMETERS_A);
  for (unsigned k = 0; k < SAMPLES; k++)
    loss += learn(a, to, LAYERS_A, 1.0f / SAMPLES, samples[k], k % OUTPUTS_A);
  power1 *= BETA1;
  power2 *= BETA2;
  float *parameters = a[0].weights;
  float share1 = 1.0f / (1.0f - power1), share2 = 1.0f / (1.0f - power2);
  for (unsigned i = 0; i < PARAMETERS_A; i++) {
    float g = gradient[i], root;
    mean[i] = BETA1 * mean[i] + (1.0f - BETA1) * g;
    square[i] = BETA2 * square[i] + (1.0f - BETA2) * g * g;
    arm_sqrt_f32(square[i] * share2, &root);
    parameters[i] -= ADAM_LEARNING_RATE * mean[i] * share1 / (root + EPSILON);
  }
  return loss / SAMPLES;
}
