/* AIfES 2 (Fraunhofer IMS), by its functions for a model's passes: no sources of it are here. */
#include <string.h>

#include "aifes.h"
#include "network.h"

/* Layers with their memory: values, deltas and gradients, and Adam's moments for network (a). */
enum {
  VALUES = 256, SHARES = 64,
  MEMORY_A = PARAMETERS_A + VALUES + SHARES, MEMORY_B = PARAMETERS_B + VALUES + SHARES,
  MEMORY_ADAM = 3 * PARAMETERS_A + VALUES + SHARES,
};

static float weights_a[PARAMETERS_A], weights_b[PARAMETERS_B];
static float memory_a[MEMORY_A], memory_b[MEMORY_B], memory_adam[MEMORY_ADAM];

static aimodel_t model_a, model_b;
static aiopti_sgd_f32_t sgd_a = AIOPTI_SGD_F32(LEARNING_RATE);
static aiopti_sgd_f32_t sgd_b = AIOPTI_SGD_F32(LEARNING_RATE);
/* The gradient of a batch is a sum here, and all that the mean changes is epsilon's share. */
static aiopti_adam_f32_t adam =
  AIOPTI_ADAM_F32(ADAM_LEARNING_RATE, BETA1, BETA2, EPSILON * SAMPLES);
static aiopti_t *optimizer_a, *optimizer_b, *optimizer_adam;

/* Gives a layer its parameters, with weights [in][out], and returns where the next one's are. */
static float *give(ailayer_dense_f32_t *layer, float **to, const float *from, int in, int out) {
  layer->neurons = out;
  layer->weights.data = *to;
  for (int i = 0; i < in; i++)
    for (int o = 0; o < out; o++) (*to)[i * out + o] = from[o * in + i];
  layer->bias.data = *to + in * out;
  memcpy(layer->bias.data, from + in * out, out * sizeof(float));
  *to += (in + 1) * out;
  return (float *)from + (in + 1) * out;
}

/* Prepares a model for training in this memory. Without enough of it there is no optimizer. */
static aiopti_t *schedule(aimodel_t *model, aiopti_t *optimizer, void *memory, uint32_t bytes) {
  if (aialgo_sizeof_training_memory(model, optimizer) > bytes) return 0;
  aialgo_schedule_training_memory(model, optimizer, memory, bytes);
  aialgo_init_model_for_training(model, optimizer);
  return optimizer;
}

void init_a(float *parameters) {
  static uint16_t shape[] = {1, INPUTS_A};
  static ailayer_input_f32_t input = AILAYER_INPUT_F32_A(2, shape);
  static ailayer_dense_f32_t dense[2] = {AILAYER_DENSE_F32_A(0), AILAYER_DENSE_F32_A(0)};
  static ailayer_relu_f32_t relu = AILAYER_RELU_F32_A();
  static ailayer_softmax_f32_t softmax = AILAYER_SOFTMAX_F32_A();
  static ailoss_crossentropy_f32_t loss;
  float *to = weights_a;
  parameters = give(&dense[0], &to, parameters, INPUTS_A, HIDDEN_A);
  give(&dense[1], &to, parameters, HIDDEN_A, OUTPUTS_A);
  ailayer_t *layer = model_a.input_layer = ailayer_input_f32_default(&input);
  layer = ailayer_dense_f32_default(&dense[0], layer);
  layer = ailayer_relu_f32_default(&relu, layer);
  layer = ailayer_dense_f32_default(&dense[1], layer);
  model_a.output_layer = ailayer_softmax_f32_default(&softmax, layer);
  model_a.loss = ailoss_crossentropy_f32_default(&loss, model_a.output_layer);
  aialgo_compile_model(&model_a);
  optimizer_a = schedule(&model_a, aiopti_sgd_f32_default(&sgd_a), memory_a, sizeof memory_a);
  optimizer_adam = 0;
}

void init_b(float *parameters) {
  static uint16_t shape[] = {1, INPUTS_B};
  static ailayer_input_f32_t input = AILAYER_INPUT_F32_A(2, shape);
  static ailayer_dense_f32_t dense[3] = {
    AILAYER_DENSE_F32_A(0), AILAYER_DENSE_F32_A(0), AILAYER_DENSE_F32_A(0)};
  static ailayer_relu_f32_t relu[2] = {AILAYER_RELU_F32_A(), AILAYER_RELU_F32_A()};
  static ailayer_softmax_f32_t softmax = AILAYER_SOFTMAX_F32_A();
  static ailoss_crossentropy_f32_t loss;
  float *to = weights_b;
  parameters = give(&dense[0], &to, parameters, INPUTS_B, HIDDEN1_B);
  parameters = give(&dense[1], &to, parameters, HIDDEN1_B, HIDDEN2_B);
  give(&dense[2], &to, parameters, HIDDEN2_B, OUTPUTS_B);
  ailayer_t *layer = model_b.input_layer = ailayer_input_f32_default(&input);
  layer = ailayer_dense_f32_default(&dense[0], layer);
  layer = ailayer_relu_f32_default(&relu[0], layer);
  layer = ailayer_dense_f32_default(&dense[1], layer);
  layer = ailayer_relu_f32_default(&relu[1], layer);
  layer = ailayer_dense_f32_default(&dense[2], layer);
  model_b.output_layer = ailayer_softmax_f32_default(&softmax, layer);
  model_b.loss = ailoss_crossentropy_f32_default(&loss, model_b.output_layer);
  aialgo_compile_model(&model_b);
  optimizer_b = schedule(&model_b, aiopti_sgd_f32_default(&sgd_b), memory_b, sizeof memory_b);
}

/* Adds the gradient of one sample, and returns its loss. */
static float accumulate(aimodel_t *model, const float *sample, int inputs, unsigned label,
                        int outputs) {
  float classes[OUTPUTS_A] = {0}, loss;
  uint16_t input_shape[] = {1, inputs}, target_shape[] = {1, outputs};
  aitensor_t input = AITENSOR_2D_F32(input_shape, (void *)sample);
  aitensor_t target = AITENSOR_2D_F32(target_shape, classes);
  classes[label] = 1.0f;
  aialgo_forward_model(model, &input);
  model->loss->calc_loss(model->loss, &target, &loss);
  aialgo_backward_model(model, &target);
  return loss;
}

static float step(aimodel_t *model, aiopti_t *optimizer, const float *sample, int inputs,
                  unsigned label, int outputs) {
  if (!optimizer) return -1.0f;
  aialgo_zero_gradients_model(model, optimizer);
  float loss = accumulate(model, sample, inputs, label, outputs);
  aialgo_update_params_model(model, optimizer);
  return loss;
}

float step_a(const float *sample, unsigned label) {
  return step(&model_a, optimizer_a, sample, INPUTS_A, label, OUTPUTS_A);
}

float step_b(const float *sample, unsigned label) {
  return step(&model_b, optimizer_b, sample, INPUTS_B, label, OUTPUTS_B);
}

static float infer(aimodel_t *model, const float *sample, int inputs) {
  uint16_t shape[] = {1, inputs};
  aitensor_t input = AITENSOR_2D_F32(shape, (void *)sample);
  return ((float *)aialgo_forward_model(model, &input)->data)[0];
}

/* The first class's probability: the softmax is a layer of the model. */
float infer_a(const float *sample) { return infer(&model_a, sample, INPUTS_A); }
float infer_b(const float *sample) { return infer(&model_b, sample, INPUTS_B); }

float batch_a(const float (*samples)[INPUTS_A]) {
  if (!optimizer_adam) {
    aiopti_t *optimizer = aiopti_adam_f32_default(&adam);
    optimizer_adam = schedule(&model_a, optimizer, memory_adam, sizeof memory_adam);
    if (!optimizer_adam) return -1.0f;
  }
  aialgo_zero_gradients_model(&model_a, optimizer_adam);
  float loss = 0.0f;
  for (unsigned k = 0; k < SAMPLES; k++)
    loss += accumulate(&model_a, samples[k], INPUTS_A, k % OUTPUTS_A, OUTPUTS_A);
  aialgo_update_params_model(&model_a, optimizer_adam);
  return loss / SAMPLES;
}
