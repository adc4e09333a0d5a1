//! Residual connections of ONNX files, and a network with shortcuts from such a file to one again.

use trimpot::interpreter::Interpreter;
use trimpot::layer::SgdInPlace;
use trimpot::loss::{CrossEntropy, SliceLoss};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Noise;
use trimpot_model::export;
use trimpot_model::file::About;
use trimpot_model::import::{self, Format, Request};

use super::folder;
use super::onnx::{model, node, read, tensor};

#[test]
fn residual_connections_begin_and_end_where_they_do_in_the_graph() {
    let specs = |nodes: &[&str]| {
        let nodes = nodes.iter().map(|text| node(text)).collect();
        let model = model(&[-1, 3], nodes, vec![tensor("w", &[3, 3])]);
        read(&model).unwrap().layers.spec().to_string()
    };
    // Two around each other that begin with the same value.
    let nested = ["a: Gemm x w > p", "s: Add p x > q", "b: Gemm q w > r", "t: Add x r > y"];
    assert_eq!(specs(&nested), "Residual(Residual(Dense(3, 3)), Dense(3, 3))");
    // An activation that takes its value twice, inside and alone.
    let gated = ["g: Sigmoid x > p", "m: Mul p x > q", "a: Gemm q w > r", "s: Add r x > y"];
    assert_eq!(specs(&gated), "Residual(Silu, Dense(3, 3))");
    let gate = ["a: Gemm x w > h", "g: Sigmoid h > p", "m: Mul p h > q", "s: Add q h > y"];
    assert_eq!(specs(&gate), "Dense(3, 3), Residual(Silu)");
    // Layers on both ways: the shorter way is the shortcut, or else what is added second.
    let ways = |sum| ["a: Gemm x w > p", "b: Relu x > q", sum, "c: Gemm s w > y"];
    let shortcut = "Residual(Shortcut(Relu), Dense(3, 3)), Dense(3, 3)";
    assert_eq!(specs(&ways("t: Add p q > s")), shortcut);
    let turned = "Residual(Shortcut(Dense(3, 3)), Relu), Dense(3, 3)";
    assert_eq!(specs(&ways("t: Add q p > s")), turned);
    let longer =
        ["b: Gemm x w > q", "a: Gemm x w > p", "r: Relu p > o", "t: Add q o > s", "u: Relu s > y"];
    assert_eq!(specs(&longer), "Residual(Shortcut(Dense(3, 3)), Dense(3, 3), Relu), Relu");
    // One inside of another that begins with the same value.
    let inside = [
        "b: Gemm x w > o",
        "g: Sigmoid x > q",
        "a: Gemm q w > r",
        "s: Add r o > z",
        "t: Add z x > y",
    ];
    assert_eq!(specs(&inside), "Residual(Residual(Shortcut(Dense(3, 3)), Sigmoid, Dense(3, 3)))");
}

/// The network for image classification of MLPerf Tiny, with fewer filters.
#[test]
fn a_resnet_is_read_fine_tuned_exported_and_read_again() {
    let file = folder("onnx").join("resnet_8_ts_13.onnx");
    let mut model = import::read(&file, &Request::default()).unwrap().into_model(About::default());
    let block = |inputs: u32, filters: u32| {
        format!(
            "Residual(Shortcut(Conv2d({inputs}, {filters}, 1, stride=2)), \
             Conv2d({inputs}, {filters}, 3, stride=2, padding=1), Relu, \
             Conv2d({filters}, {filters}, 3, padding=1)), Relu"
        )
    };
    let same = "Conv2d(4, 4, 3, padding=1)";
    let expected = format!(
        "Conv2d(3, 4, 3, padding=1), Relu, Residual({same}, Relu, {same}), Relu, {}, {}, \
         AveragePool2d(2), Flatten, Dense(8, 5)",
        block(4, 6),
        block(6, 8)
    );
    assert_eq!(model.layers.spec().to_string(), expected);

    let images: Vec<f32> = (0..3 * 64).map(|at| ((at * 37 % 64) as f32 - 31.5) / 32.0).collect();
    let spec = model.layers.spec();
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps).unwrap();
    let interpreter = Interpreter::new(plan, &model.layers.constants).unwrap();
    let mut arena = vec![0.0_f32; plan.step_values()];
    let losses: Vec<f32> = (0..10)
        .map(|seed| {
            let sink = SgdInPlace::new(&mut model.parameters, 0.02);
            let loss = |logits: &[f32], gradient: &mut [f32]| {
                CrossEntropy::new().slice_gradient(logits, 2, gradient)
            };
            interpreter.backpropagate(sink, Noise::new(seed), &images, &mut arena, loss).unwrap()
        })
        .collect();
    assert!(losses[9] < 0.85 * losses[0], "{losses:?}");

    let again = Format::Onnx.read(&export::onnx(&model).unwrap(), &Request::default()).unwrap();
    let again = again.into_model(About::default());
    assert_eq!((again.layers, again.parameters), (model.layers, model.parameters));
}
