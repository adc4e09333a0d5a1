//! Times every kernel on vectors of eight and of sixteen lanes.

use std::hint::black_box;

use trimpot::ParameterError;
use trimpot::lanes::{Bits, Lanes, f32x8, f32x16};
use trimpot::layer::{Dense, Relu};
use trimpot::loss::{CrossEntropy, Loss, MeanSquaredError};
use trimpot::optimizer::{Adadelta, Adagrad, Adam, AdamW, Lion, Optimizer, RmsProp, Sgd, step};
use trimpot::shape::Shape;
use trimpot_parity::source::Kind;
use trimpot_parity::{Inputs, Source, Visitor, subject};

use crate::costs::{self, Cost};
use crate::timer::least_ns;

/// A kernel and its time.
pub struct Kernel {
    pub name: String,
    pub lanes: usize,
    /// What it needs for an element.
    pub cost: Cost,
    /// Bytes of an element that it reads and writes.
    pub bytes: f64,
    /// Bytes of all that it works on.
    pub held: usize,
    /// ns an element.
    pub time: f64,
}

/// Returns all kernels.
pub fn measure() -> Result<Vec<Kernel>, ParameterError> {
    let mut losses = Losses { kernels: Vec::new() };
    subject::registered::<ROW>(&mut losses);
    let mut kernels = losses.kernels;
    layers::<f32x8>("f32x8", &mut kernels);
    layers::<f32x16>("f32x16", &mut kernels);
    optimizers::<f32x8>("f32x8", &mut kernels)?;
    optimizers::<f32x16>("f32x16", &mut kernels)?;
    Ok(kernels)
}

/// Elements of a row: most losses take one.
const ROW: usize = 64;

struct Losses {
    kernels: Vec<Kernel>,
}

impl Visitor for Losses {
    fn visit<const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
        &mut self,
        name: &str,
        loss: &L,
    ) {
        let cost = known(costs::of_loss(name, N), name);
        self.kernels.push(of_loss::<f32x8, N, P, L>(name, "f32x8", cost, loss));
        self.kernels.push(of_loss::<f32x16, N, P, L>(name, "f32x16", cost, loss));
    }
}

fn of_loss<V: Lanes, const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
    name: &str,
    width: &str,
    cost: Cost,
    loss: &L,
) -> Kernel {
    let mut source = Source::new(1);
    // Probabilities: all losses take them, as predictions and as targets.
    source.set_kind(Kind::Unit);
    let prediction = source.prediction::<V, P>();
    let target = L::Target::draw::<V>(&mut source, N);
    let mut gradient = P::zeros::<V>();
    let time = least_ns(|| {
        let (prediction, target) = (black_box(&prediction), black_box(&target));
        black_box(loss.gradient::<V>(prediction, target, &mut gradient));
        black_box(&gradient);
    });
    let elements = (P::LEN * V::LANES) as f64;
    let held = 2 * size_of_val(&prediction) + size_of_val(&target);
    Kernel {
        name: format!("{name}, {width}"),
        lanes: V::LANES,
        cost,
        bytes: held as f64 / elements,
        held,
        time: time / elements,
    }
}

/// A new kernel needs its cost.
fn known(cost: Option<Cost>, name: &str) -> Cost {
    cost.unwrap_or_else(|| panic!("costs.rs does not know {name}"))
}

type Layer = trimpot::network!(Dense<64, 32>; from 64);
type Digits = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);

fn layers<V: Lanes>(width: &str, kernels: &mut Vec<Kernel>) {
    let mut source = Source::new(1);
    let input: [V; 64] = std::array::from_fn(|_| V::from_fn(|_| source.number()));
    let target: [V; 32] = std::array::from_fn(|_| V::from_fn(|_| source.number()));
    let labels = V::Bits::from_fn(|lane| lane as u32 % 10);
    let seeds = V::Bits::splat(0);

    // An element is a weight and a sample.
    let mut push =
        |name: &str, cost: Cost, weights: usize, held: usize, written: usize, ns: f64| {
            let elements = (weights * V::LANES) as f64;
            let bytes = (held + written) as f64 / elements;
            let name = format!("{name}, {width}");
            kernels.push(Kernel { name, lanes: V::LANES, cost, bytes, held, time: ns / elements });
        };

    let layer = Layer::seeded(1);
    let weights = size_of_val(layer.parameters());
    let activations = size_of_val(&input) + size_of_val(&target);
    let ns = least_ns(|| {
        black_box(layer.predict::<V>(black_box(&input)));
    });
    push("Dense 64-32, forward", costs::DENSE_FORWARD, 64 * 32, weights + activations, 0, ns);

    let mut sums = [V::ZERO; Layer::PARAMETERS];
    let held = weights + activations + size_of_val(&sums);
    let ns = least_ns(|| {
        let input = black_box(&input);
        black_box(layer.accumulate(&MeanSquaredError, input, &target, seeds, &mut sums));
    });
    // The first layer of a network has no use for its input's gradient.
    let cost = costs::DENSE_FORWARD_AND_WEIGHTS;
    push("Dense 64-32, gradient", cost, 64 * 32, held, size_of_val(&sums), ns);

    let digits = Digits::seeded(1);
    let mut sums = [V::ZERO; Digits::PARAMETERS];
    let held = size_of_val(digits.parameters()) + activations + size_of_val(&sums);
    let ns = least_ns(|| {
        let input = black_box(&input);
        black_box(digits.accumulate(&CrossEntropy::new(), input, &labels, seeds, &mut sums));
    });
    let weights = 64 * 32 + 32 * 10;
    push("64-32-10, gradient", costs::DIGITS, weights, held, size_of_val(&sums), ns);
}

fn optimizers<V: Lanes>(width: &str, kernels: &mut Vec<Kernel>) -> Result<(), ParameterError> {
    let mut push = |name: &str, (time, bytes)| {
        let cost = known(costs::of_optimizer(name), name);
        let held = bytes as usize * PARAMETERS;
        let name = format!("{name}, {width}");
        kernels.push(Kernel { name, lanes: V::LANES, cost, bytes, held, time });
    };
    push("SGD", update::<V, _>(Sgd::new(1e-3)?));
    push("RMSprop", update::<V, _>(RmsProp::new(1e-3)?));
    push("Adagrad", update::<V, _>(Adagrad::new(1e-3)?));
    push("Adadelta", update::<V, _>(Adadelta::new(1.0)?));
    push("Adam", update::<V, _>(Adam::new(1e-3)?));
    push("AdamW", update::<V, _>(AdamW::new(1e-3)?));
    push("Lion", update::<V, _>(Lion::new(1e-3)?));
    Ok(())
}

/// Few enough for the first cache, with all that is remembered of them.
const PARAMETERS: usize = 1024;

/// ns a parameter, and the bytes that are read and written for it.
fn update<V: Lanes, O: Optimizer>(mut optimizer: O) -> (f64, f64) {
    let vectors = PARAMETERS / V::LANES;
    let mut parameters = vec![V::ONE; vectors];
    let gradient = vec![V::splat(0.5); vectors];
    let mut state = vec![O::State::<V>::default(); vectors];
    let time = least_ns(|| {
        let gradient = black_box(&gradient);
        step(&mut optimizer, black_box(&mut parameters), gradient, &mut state);
    });
    let state = size_of::<O::State<V>>() as f64 / V::LANES as f64;
    (time / PARAMETERS as f64, 12.0 + 2.0 * state)
}
