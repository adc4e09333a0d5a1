extern crate std;

use std::vec;
use std::vec::Vec;

use super::*;
use crate::layer::{
    ConvSpec, DenseSpec, FlattenSpec, FrozenSpec, GlobalAveragePool, HardTanh, LeakyRelu,
    MaxPoolSpec, Relu, ResidualSpec, ShortcutSpec, Tanh, WindowSpec,
};

/// Returns how many values inference and a training step need.
fn values(input: Dims, layers: &[LayerSpec]) -> [usize; 2] {
    let spec = NetworkSpec { input, layers };
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps).unwrap();
    [plan.inference_values(), plan.step_values()]
}

const fn dense(inputs: u32, outputs: u32) -> LayerSpec {
    LayerSpec::Dense(DenseSpec { inputs, outputs })
}

const RELU: LayerSpec = LayerSpec::Relu(Relu);
const TANH: LayerSpec = LayerSpec::Tanh(Tanh);

#[test]
fn outputs_lie_at_the_two_ends_in_turns() {
    let layers = [dense(4, 10), RELU, dense(10, 7), RELU, dense(7, 12), dense(12, 2)];
    assert_eq!(values(Dims::vector(4), &layers)[0], 7 + 12);
}

/// Forward the values that matrices and activations need, backward the gradient of an output and of
/// an input.
#[test]
fn a_step_holds_what_derivatives_are_taken_from() {
    let relu = [dense(4, 10), RELU, dense(10, 2)];
    assert_eq!(values(Dims::vector(4), &relu)[1], 10 + 10 + 2);
    let tanh = [dense(4, 10), TANH, dense(10, 2)];
    assert_eq!(values(Dims::vector(4), &tanh)[1], 10 + 10 + 10 + 2);
}

#[test]
fn nothing_stays_of_what_is_not_trained() {
    let frozen = LayerSpec::Frozen(FrozenSpec { layers: 4 });
    let layers = [frozen, dense(4, 30), TANH, dense(30, 6), TANH, dense(6, 2)];
    // The frozen layers alone need most; then there are six features, two outputs, their gradients.
    assert_eq!(values(Dims::vector(4), &layers), [36, 36]);
    let layers = [frozen, dense(4, 6), TANH, dense(6, 6), TANH, dense(6, 20)];
    assert_eq!(values(Dims::vector(4), &layers), [26, 6 + 20 + 20]);
}

#[test]
fn a_residual_connection_keeps_its_input_and_no_more() {
    let residual = LayerSpec::Residual(ResidualSpec { layers: 3 });
    let layers = [dense(4, 8), residual, dense(8, 3), RELU, dense(3, 8), dense(8, 2)];
    assert_eq!(values(Dims::vector(4), &layers)[0], 8 + 3 + 8);
    // Its input, three values, the sum; the gradient that goes round, and those of the last matrix.
    assert_eq!(values(Dims::vector(4), &layers)[1], 8 + 3 + 8 + 8 + 3);
}

#[test]
fn a_shortcut_keeps_its_output_and_no_more() {
    let residual = LayerSpec::Residual(ResidualSpec { layers: 5 });
    let shortcut = LayerSpec::Shortcut(ShortcutSpec { layers: 1 });
    let layers =
        [dense(4, 8), residual, shortcut, dense(8, 6), dense(8, 3), RELU, dense(3, 6), dense(6, 2)];
    // Its output beside the input of both, and in place of that two others.
    assert_eq!(values(Dims::vector(4), &layers)[0], 6 + 8 + 3);
    // The input of both, the sum in place of the shortcut's output, three values; the gradient of
    // the sum twice, and that of the three.
    assert_eq!(values(Dims::vector(4), &layers)[1], 8 + 6 + 3 + 6 + 6 + 3);
}

fn conv(channels: [u32; 2], window: WindowSpec<2>, groups: u32) -> LayerSpec {
    let [in_channels, out_channels] = channels;
    LayerSpec::Conv2d(ConvSpec { in_channels, out_channels, window, groups })
}

/// The convolution of the smallest useful network for images, and what is behind its activation.
fn small_cnn(activation: LayerSpec) -> [LayerSpec; 5] {
    let pool = LayerSpec::MaxPool2d(MaxPoolSpec::new(WindowSpec::new([2, 2]).with_stride([2, 2])));
    let conv = conv([1, 8], WindowSpec::new([3, 3]), 1);
    [conv, activation, pool, LayerSpec::Flatten(FlattenSpec), dense(72, 10)]
}

#[test]
fn a_mask_is_enough_for_a_relu_and_a_pool() {
    let input = Dims::image(1, 8, 8);
    // The convolution's output, a window, the gradients of the pool's output and input.
    let hard_tanh = LayerSpec::HardTanh(HardTanh::default());
    assert_eq!(4 * values(input, &small_cnn(hard_tanh))[1], 4 * (288 + 4 + 72 + 288));
    // 288 signs; 72 numbers below four, fifteen to a value; a window, both gradients.
    assert_eq!(4 * values(input, &small_cnn(RELU))[1], 4 * (10 + 5 + 4 + 72 + 288));
    let leaky = LayerSpec::LeakyRelu(LeakyRelu::default());
    assert_eq!(values(input, &small_cnn(leaky)), values(input, &small_cnn(RELU)));

    // Behind the pool, its output stays for the dense layer anyway.
    let [conv, relu, pool, flat, dense] = small_cnn(RELU);
    assert_eq!(values(input, &[conv, pool, relu, flat, dense])[1], 5 + 4 + 72 + 288);
}

/// Of a linear layer whose weights stay nothing is kept: what lies there are signs, and which
/// numbers of a pool's windows are the largest.
#[test]
fn a_step_that_trains_biases_alone_keeps_no_input() {
    let values = |input, layers: &[LayerSpec], trained| {
        let spec = NetworkSpec { input, layers };
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        Plan::for_training(spec, &mut steps, trained, 0).unwrap().step_values()
    };
    let biases = Trained::BiasesAndNormalization;
    let input = Dims::image(1, 8, 8);
    // As with weights most is taken while the pool goes backward.
    let small = small_cnn(RELU);
    assert_eq!(values(input, &small, biases), values(input, &small, Trained::All));
    let layers =
        [conv([1, 8], WindowSpec::new([3, 3]), 1), RELU, conv([8, 8], WindowSpec::new([3, 3]), 1)];
    // The output of one convolution, and that of the other; signs instead of the first, and a
    // window.
    assert_eq!(values(input, &layers, Trained::All), 288 + 288 + 128 + 6 * 72);
    assert_eq!(values(input, &layers, biases), 288 + 128 + 10 + 72);
    let (input, spotter) = (Dims::image(1, 49, 10), ds_cnn());
    assert_eq!(4 * values(input, &spotter, Trained::All), 321_024);
    assert_eq!(4 * values(input, &spotter, biases), 72_544);
    // What is in front of the head is planned as if it were frozen.
    let mut frozen = vec![LayerSpec::Frozen(FrozenSpec { layers: spotter.len() as u32 - 1 })];
    frozen.extend(&spotter);
    let head = values(input, &frozen, Trained::All);
    assert_eq!(values(input, &spotter, Trained::Last(1)), head);
}

/// Returns which layers store a mask.
fn masks(input: Dims, layers: &[LayerSpec]) -> Vec<bool> {
    let spec = NetworkSpec { input, layers };
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps).unwrap();
    plan.masks().collect()
}

#[test]
fn there_is_no_mask_of_what_stays_anyway_or_where_it_saves_nothing() {
    let input = Dims::image(1, 8, 8);
    assert_eq!(masks(input, &small_cnn(RELU)), [false, true, true, false, false]);
    // Dense layers and convolutions take their derivatives from all of their input.
    let layers = [dense(4, 10), RELU, dense(10, 8), RELU, dense(8, 2)];
    assert_eq!(masks(Dims::vector(4), &layers), [false; 5]);
    assert_eq!(masks(input, &small_cnn(TANH)), [false, false, true, false, false]);
    // Most is taken further back, where nine outputs and two gradients are.
    assert!(masks(Dims::image(1, 49, 10), &ds_cnn()).iter().all(|&is_masked| !is_masked));
}

/// The network of MLPerf Tiny for keyword spotting (Banbury et al. 2021), its normalisations folded
/// into the convolutions.
fn ds_cnn() -> Vec<LayerSpec> {
    let first = WindowSpec::new([10, 4]).with_stride([2, 2]).with_padding([[4, 5], [1, 1]]);
    let mut layers = vec![conv([1, 64], first, 1), RELU];
    for _ in 0..4 {
        let around = WindowSpec::new([3, 3]).with_padding([[1, 1]; 2]);
        layers.extend([conv([64, 64], around, 64), RELU]);
        layers.extend([conv([64, 64], WindowSpec::new([1, 1]), 1), RELU]);
    }
    layers.push(LayerSpec::GlobalAveragePool(GlobalAveragePool));
    layers.push(dense(64, 12));
    layers
}

#[test]
fn keyword_spotting_needs_two_buffers_to_predict_and_ten_to_learn() {
    let input = Dims::image(1, 49, 10);
    let layers = ds_cnn();
    let spec = NetworkSpec { input, layers: &layers };
    assert_eq!(spec.output(), Ok(Dims::vector(12)));
    let buffer = 64 * 25 * 5;
    let [inference, step] = values(input, &layers);
    // Three rows of seven numbers, and seven behind; four gradients of a filter.
    assert_eq!(inference, 2 * buffer + 3 * 7 + 7);
    assert_eq!(step, 10 * buffer + 4 * 64);

    // Its body frozen, the head needs no more than the body does.
    let mut head = vec![LayerSpec::Frozen(FrozenSpec { layers: layers.len() as u32 - 1 })];
    head.extend(&layers);
    assert_eq!(values(input, &head), [inference, inference]);
}

#[test]
fn keyword_spotting_learns_in_six_buffers_where_values_are_computed_again() {
    let layers = ds_cnn();
    let spec = NetworkSpec { input: Dims::image(1, 49, 10), layers: &layers };
    let buffer = 64 * 25 * 5;
    let values = |every| {
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        Plan::with_checkpoints(spec, &mut steps, every).unwrap().step_values()
    };
    assert_eq!(values(0), 10 * buffer + 4 * 64);
    assert_eq!(values(layers.len()), values(0));
    assert_eq!(values(3), 8 * buffer + 4 * 64);
    // The ends of four runs, and values and gradients of the fifth.
    assert_eq!(values(4), 6 * buffer + 4 * 64);
}

#[test]
fn nothing_is_computed_again_where_that_takes_no_less_memory() {
    // Kept inputs and outputs of its ReLUs would be more than all that is kept otherwise.
    let layers = [dense(64, 64), RELU, dense(64, 64), RELU, dense(64, 10)];
    let spec = NetworkSpec { input: Dims::vector(64), layers: &layers };
    for every in [0, 1, 2, 5] {
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        let plan = Plan::with_checkpoints(spec, &mut steps, every).unwrap();
        assert_eq!(plan.step_values(), 2 * 64 + 64 + 10, "{every}");
        assert!(!plan.computed_again().any(|is_again| is_again), "{every}");
    }
}

#[test]
fn the_autoencoder_needs_less_than_nested_layers_did() {
    let sizes = [48, 24, 12, 6, 12, 24, 48];
    let pairs = sizes.iter().zip(&sizes[1..]);
    let mut layers: Vec<_> = pairs.flat_map(|(&from, &to)| [dense(from, to), RELU]).collect();
    layers.pop();
    let [inference, step] = values(Dims::vector(48), &layers);
    assert_eq!(inference, 24 + 48);
    // At the end of the forward pass: the output and its gradient.
    assert_eq!(step, (24 + 12 + 6 + 12 + 24) + 48 + 48);
}

#[test]
fn what_cannot_be_planned_is_an_error() {
    let plan = |layers: &[LayerSpec], steps: usize| {
        let mut steps = vec![PlannedStep::EMPTY; steps];
        Plan::new(NetworkSpec { input: Dims::vector(4), layers }, &mut steps).err()
    };
    let custom = LayerSpec::Custom(crate::layer::CustomSpec { name: "square" });
    assert_eq!(plan(&[dense(4, 2)], 1), None);
    assert_eq!(plan(&[dense(4, 2)], 2), Some(SpecError::Steps { needed: 1 }));
    assert_eq!(plan(&[custom], 1), Some(SpecError::Custom { name: "square" }));
    assert_eq!(plan(&[dense(4, 0)], 1), Some(SpecError::Empty { layer: "Dense" }));
    let empty = LayerSpec::Frozen(FrozenSpec { layers: 0 });
    assert_eq!(plan(&[empty], 0), Some(SpecError::Empty { layer: "Frozen" }));
    assert!(matches!(plan(&[], 0), Some(SpecError::Empty { .. })));
    assert!(matches!(plan(&[dense(5, 2)], 1), Some(SpecError::Input { layer: "Dense", .. })));
    let flat = LayerSpec::Flatten(FlattenSpec);
    assert_eq!(plan(&[LayerSpec::Residual(ResidualSpec { layers: 1 }), flat], 3), None);
}
