/* What each library is asked to do: the two networks of the benchmark, with ReLU between dense
   layers, softmax cross-entropy, and parameters in a row: weights [out][in] of a layer, its biases,
   then those of the next one. */
#pragma once

enum {
  SAMPLES = 16,
  INPUTS_A = 64, HIDDEN_A = 32, OUTPUTS_A = 10,
  INPUTS_B = 16, HIDDEN1_B = 32, HIDDEN2_B = 16, OUTPUTS_B = 4,
  PARAMETERS_A = (INPUTS_A + 1) * HIDDEN_A + (HIDDEN_A + 1) * OUTPUTS_A,
  PARAMETERS_B = (INPUTS_B + 1) * HIDDEN1_B + (HIDDEN1_B + 1) * HIDDEN2_B
               + (HIDDEN2_B + 1) * OUTPUTS_B,
};

/* Of gradient descent, and of Adam; Adam's other settings are its paper's. */
#define LEARNING_RATE 0.05f
#define ADAM_LEARNING_RATE 0.001f
#define BETA1 0.9f
#define BETA2 0.999f
#define EPSILON 1e-8f

/* Called once, with the initial parameters. Those of the library are elsewhere afterwards, or here,
   as it likes. */
void init_a(float *parameters);
void init_b(float *parameters);

/* A step of gradient descent on one sample. Returns the loss before it. */
float step_a(const float *sample, unsigned label);
float step_b(const float *sample, unsigned label);

/* Returns the first logit, after computing all. */
float infer_a(const float *sample);
float infer_b(const float *sample);

/* A step of Adam on the mean gradient of all samples, of which number k is of class k mod 10.
   Returns the mean loss before it. */
float batch_a(const float (*samples)[INPUTS_A]);
