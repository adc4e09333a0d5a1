//! What is trained of a network, and nothing else, changes: of a type and of the same network as
//! data.

use trimpot::interpreter::Interpreter;
use trimpot::lanes::{Bits, Lanes, f32x8};
use trimpot::layer::{
    Accumulate, AccumulateSubset, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Flatten, Frozen,
    GradientSink, Layer, LayerNorm, Partial, Relu, Residual, ResidualWith, SgdInPlace, Tanh,
};
use trimpot::network::Planned;
use trimpot::plan::{Plan, PlannedStep, Subset, Trained};
use trimpot::random::{Noise, Random};
use trimpot::shape::{Image, Shape, Vector};
use trimpot::spec::{LayerSpec, NetworkSpec};
use trimpot::{Chain, chain};

type Input = Image<2, 6, 6>;
type Layers = Chain![
    Conv2d<2, Image<4, 4, 4>, 3>, BatchNorm<4>, Relu,
    Residual<Chain![DepthwiseConv2d<Image<4, 4, 4>, 3, 1, 1>, Tanh]>,
    Flatten<64>, Dense<64, 10>, LayerNorm<10>, ResidualWith<Dense<10, 3>, Chain![Tanh, Dense<10, 3>]>
];
/// Layers that have parameters.
const LAYERS: u32 = 7;

fn specs() -> Vec<LayerSpec> {
    let mut specs = Vec::new();
    Layer::<Input>::for_each_spec(&Layers::default(), &mut |spec| specs.push(spec));
    specs
}

/// Which parameters are trained, by the names of the tensors.
fn mask(spec: NetworkSpec, trained: Trained) -> Vec<bool> {
    let (mut mask, mut layer) = (Vec::new(), 0);
    spec.for_each_tensor(&mut |placed| {
        if placed.tensor.is_trained {
            layer += u32::from(placed.tensor.name == "weight");
            let is_vector = placed.tensor.sizes().len() == 1;
            let is_trained = match trained {
                Trained::All => true,
                Trained::Last(count) => layer + count > LAYERS,
                // A weight of one dimension is a normalisation's.
                _ => is_vector,
            };
            mask.extend(vec![is_trained; placed.tensor.count()]);
        }
    });
    assert_eq!(layer, LAYERS);
    mask
}

fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..count).map(|_| 0.4 * random.normal()).collect()
}

/// Runs a step of the type into a sink.
fn of_type(sink: impl GradientSink<f32>) {
    let layers = Layers::default();
    let planned = Planned::<Input, _>::new(&layers);
    let mut arena = vec![f32::NAN; Planned::<Input, Layers>::STEP_VALUES];
    let input = numbers(Input::LEN, 2);
    let input = Input::shaped::<f32>(&input).unwrap();
    let noise = Noise::<f32>::new(1);
    let result = planned.backpropagate(sink, noise, input, &mut arena, |y, dy| *dy = *y);
    result.unwrap();
}

/// Runs the same step, planned for biases and normalisations alone.
fn of_type_for_biases(sink: impl GradientSink<f32>) {
    type Biases<'a> = Planned<'a, Input, Layers, 0, true>;
    const { assert!(Biases::STEP_VALUES < Planned::<Input, Layers>::STEP_VALUES) };
    let layers = Layers::default();
    let mut arena = vec![f32::NAN; Biases::STEP_VALUES];
    let input = numbers(Input::LEN, 2);
    let input = Input::shaped::<f32>(&input).unwrap();
    let noise = Noise::<f32>::new(1);
    let result = Biases::new(&layers).backpropagate(sink, noise, input, &mut arena, |y, dy| {
        *dy = *y;
    });
    result.unwrap();
}

/// Runs the same step of the network as data.
fn of_data(interpreter: &Interpreter, sink: impl GradientSink<f32>) {
    let mut arena = vec![f32::NAN; interpreter.plan().step_values()];
    let (input, noise) = (numbers(Input::LEN, 2), Noise::<f32>::new(1));
    let gradient = |y: &[f32], dy: &mut [f32]| dy.copy_from_slice(y);
    interpreter.backpropagate(sink, noise, &input, &mut arena, gradient).unwrap();
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn what_is_trained_has_its_gradient_and_the_rest_stays() {
    let specs = specs();
    let spec = NetworkSpec { input: Input::DIMS, layers: &specs };
    let mut constants = Vec::new();
    Layer::<Input>::for_each_constant(&Layers::default(), &mut |own| {
        constants.extend_from_slice(own)
    });
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps).unwrap();
    let interpreter = Interpreter::new(plan, &constants).unwrap();
    let count = plan.parameters();
    let parameters = numbers(count, 1);
    let mut whole = vec![0.0; count];
    of_type(Accumulate::new(&parameters, &mut whole));
    let mut descended = parameters.clone();
    of_type(SgdInPlace::new(&mut descended, 0.1));

    let last = (0..=LAYERS + 1).map(Trained::Last);
    for trained in [Trained::All, Trained::BiasesAndNormalization].into_iter().chain(last) {
        let mask = mask(spec, trained);
        let expected: Vec<_> =
            whole.iter().zip(&mask).filter(|(_, is)| **is).map(|(&dp, _)| dp).collect();
        let changed = parameters.iter().zip(&descended).zip(&mask);
        let changed: Vec<_> =
            changed.map(|((&old, &new), &is)| if is { new } else { old }).collect();
        let subset: Subset = Planned::<Input, Layers>::subset(trained);
        let of_plan = plan.subset(trained);
        assert_eq!((subset.count(), of_plan.count()), (expected.len(), expected.len()));

        let places: Vec<_> = subset.runs().flatten().collect();
        assert!(places.iter().copied().eq((0..count).filter(|&at| mask[at])), "{trained:?}");
        assert!(of_plan.runs().flatten().eq(places));

        let mut gradient = vec![0.0; subset.count()];
        of_type(AccumulateSubset::new(&parameters, &mut gradient, subset));
        assert_eq!(bits(&gradient), bits(&expected), "{trained:?}");
        gradient.fill(0.0);
        of_data(&interpreter, AccumulateSubset::new(&parameters, &mut gradient, of_plan));
        assert_eq!(bits(&gradient), bits(&expected), "{trained:?}");

        // In place: what reaches layers in front is that of the weights before they change.
        let mut found = parameters.clone();
        of_type(Partial::new(SgdInPlace::new(&mut found, 0.1), subset));
        assert_eq!(bits(&found), bits(&changed), "{trained:?}");
        let mut found = parameters.clone();
        of_data(&interpreter, Partial::new(SgdInPlace::new(&mut found, 0.1), of_plan));
        assert_eq!(bits(&found), bits(&changed), "{trained:?}");
    }
}

#[test]
fn a_step_that_is_planned_for_biases_has_the_bits_of_the_whole() {
    let specs = specs();
    let spec = NetworkSpec { input: Input::DIMS, layers: &specs };
    let mut constants = Vec::new();
    Layer::<Input>::for_each_constant(&Layers::default(), &mut |own| {
        constants.extend_from_slice(own)
    });
    let trained = Trained::BiasesAndNormalization;
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::for_training(spec, &mut steps, trained, 0).unwrap();
    assert_eq!(plan.step_values(), Planned::<Input, Layers, 0, true>::STEP_VALUES);
    let interpreter = Interpreter::new(plan, &constants).unwrap();
    let (parameters, subset) = (numbers(plan.parameters(), 1), plan.subset(trained));

    let mut expected = vec![0.0; subset.count()];
    of_type(AccumulateSubset::new(&parameters, &mut expected, subset));
    assert!(expected.iter().any(|&dp| dp != 0.0));
    let mut gradient = vec![0.0; subset.count()];
    of_type_for_biases(AccumulateSubset::new(&parameters, &mut gradient, subset));
    assert_eq!(bits(&gradient), bits(&expected));
    gradient.fill(0.0);
    of_data(&interpreter, AccumulateSubset::new(&parameters, &mut gradient, subset));
    assert_eq!(bits(&gradient), bits(&expected));
    // A sink for all gets no more, and no weight changes.
    let mut expected = parameters.clone();
    of_type(Partial::new(SgdInPlace::new(&mut expected, 0.1), subset));
    let [mut of_type, mut of_its_data] = [(); 2].map(|()| parameters.clone());
    of_type_for_biases(SgdInPlace::new(&mut of_type, 0.1));
    of_data(&interpreter, SgdInPlace::new(&mut of_its_data, 0.1));
    assert_eq!(bits(&of_type), bits(&expected));
    assert_eq!(bits(&of_its_data), bits(&expected));
}

/// Outputs in units of their own.
type Scaled = Chain![Dense<4, 8>, Tanh, Dense<8, 2>, Frozen<BatchNorm<2>, 4>];
static UNITS: [f32; 4] = [1000.0, 0.5, 7.0, 8.0];

/// Returns the gradient of what is trained, of a type, for a square loss.
fn with_units<V: Lanes, const BIASES: bool>(
    layers: &Scaled,
    parameters: &[f32],
    input: &[V],
    trained: Trained,
) -> Vec<V> {
    type Steps<'a, const BIASES: bool> = Planned<'a, Vector<4>, Scaled, 0, BIASES>;
    let subset = Steps::<BIASES>::subset(trained);
    let mut gradient = vec![V::ZERO; subset.count()];
    let sink = AccumulateSubset::new(parameters, &mut gradient, subset);
    let mut arena = vec![V::splat(f32::NAN); Steps::<BIASES>::STEP_VALUES];
    let input = Vector::<4>::shaped::<V>(input).unwrap();
    let planned = Steps::<BIASES>::new(layers);
    let result =
        planned.backpropagate(sink, Noise::new(V::Bits::splat(1)), input, &mut arena, |y, dy| {
            *dy = *y
        });
    result.unwrap();
    gradient
}

fn check_units<V: Lanes>() {
    let layers: Scaled = chain![Dense, Tanh, Dense, Frozen::new(BatchNorm::default(), &UNITS)];
    let (mut specs, mut constants) = (Vec::new(), Vec::new());
    Layer::<Vector<4>>::for_each_spec(&layers, &mut |spec| specs.push(spec));
    Layer::<Vector<4>>::for_each_constant(&layers, &mut |own| constants.extend_from_slice(own));
    let spec = NetworkSpec { input: Vector::<4>::DIMS, layers: &specs };
    let parameters = numbers(spec.parameters(), 1);
    let features = numbers(4 * V::LANES, 2);
    let mut features = features.chunks_exact(V::LANES);
    let input = [(); 4].map(|()| {
        let lanes = features.next().unwrap();
        V::from_fn(|lane| lanes[lane])
    });
    for trained in [Trained::All, Trained::BiasesAndNormalization, Trained::Last(1)] {
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        let plan = Plan::for_training(spec, &mut steps, trained, 0).unwrap();
        let interpreter = Interpreter::new(plan, &constants).unwrap();
        let mut expected = vec![V::ZERO; plan.subset(trained).count()];
        let sink = AccumulateSubset::new(&parameters, &mut expected, plan.subset(trained));
        let mut arena = vec![V::splat(f32::NAN); plan.step_values()];
        let square = |y: &[V], dy: &mut [V]| dy.copy_from_slice(y);
        interpreter
            .backpropagate(sink, Noise::new(V::Bits::splat(1)), &input, &mut arena, square)
            .unwrap();
        let bits = |gradient: &[V]| {
            let lanes = gradient.iter().map(|dp| dp.to_array());
            lanes.flat_map(|lanes| bits(lanes.as_ref())).collect::<Vec<_>>()
        };
        assert!(bits(&expected).iter().all(|&dp| dp != 0), "{trained:?}: {expected:?}");
        let found = match trained {
            Trained::BiasesAndNormalization => {
                with_units::<V, true>(&layers, &parameters, &input, trained)
            }
            _ => with_units::<V, false>(&layers, &parameters, &input, trained),
        };
        assert_eq!(bits(&found), bits(&expected), "{trained:?}");
    }
}

#[test]
fn the_gradient_goes_through_the_units_of_outputs() {
    check_units::<f32>();
    check_units::<f32x8>();
}

#[test]
fn a_gradient_of_the_wrong_length_is_an_error() {
    let subset = Planned::<Input, Layers>::subset(Trained::Last(1));
    let parameters = numbers(<Layers as Layer<Input>>::PARAMETERS, 1);
    let mut gradient = vec![0.0; subset.count() + 1];
    let layers = Layers::default();
    let planned = Planned::<Input, _>::new(&layers);
    let sink = AccumulateSubset::new(&parameters, &mut gradient, subset);
    let mut arena = vec![0.0; Planned::<Input, Layers>::STEP_VALUES];
    let input = numbers(Input::LEN, 2);
    let input = Input::shaped::<f32>(&input).unwrap();
    let noise = Noise::<f32>::new(1);
    let error = planned.backpropagate(sink, noise, input, &mut arena, |_, _| ()).unwrap_err();
    assert_eq!((error.what, error.found), ("the gradient", error.needed + 1));
}
