//! Networks that are types.

use core::hint::black_box;
use core::marker::PhantomData;

use trimpot::lanes::{Bits, Lanes, f32x4};
use trimpot::layer::initialization::{
    GlorotNormal, HeNormal, HeUniform, LeCunNormal, LeCunUniform,
};
use trimpot::layer::{Accumulate, Dense, Dropout, Layer, Relu, Sigmoid, Tanh};
use trimpot::loss::{CrossEntropy, MeanSquaredError};
use trimpot::network::{Model, Planned};
use trimpot::random::{Noise, Random};
use trimpot::shape::Vector;
use trimpot::{Chain, network};
use trimpot_parity::{LayerVisitor, layers};

use super::{any, run};

/// Layers of odd sizes, so that no block fits evenly.
type Every = network!(
    Dense<7, 13>, Relu, Dense<13, 11>, Sigmoid, Dropout, Dense<11, 3>, Tanh, Dense<3, 1>, Relu,
    Dense<1, 5>; from 7
);

/// Dense layers, forward and backward, with both sinks; and values that are computed again.
pub(super) fn all() {
    with_both_sinks();
    computed_again();
}

fn with_both_sinks() {
    let mut every = Every::seeded(black_box(1));
    every.parameters_mut().fill(any());
    let (input, label, learning_rate) = black_box(([0.5; 7], 2, 0.1));
    black_box(every.train_step(&CrossEntropy::new(), &input, &label, learning_rate, label));
    let mut gradient = [0.0; Every::PARAMETERS];
    black_box(every.accumulate::<f32, _>(
        &CrossEntropy::new(),
        &input,
        &label,
        label,
        &mut gradient,
    ));
    black_box((gradient, every.predict::<f32>(&input), every.parameters()));
}

/// Layers whose values are computed again.
fn computed_again() {
    type Layers =
        Chain![Dense<7, 13>, Tanh, Dense<13, 13>, Tanh, Dense<13, 13>, Tanh, Dense<13, 3>];
    const LEN: usize = <Layers as Layer<Vector<7>>>::PARAMETERS;
    const STEP: usize = Planned::<Vector<7>, Layers, 2>::STEP_VALUES;
    let layers = Layers::default();
    let planned = Planned::<Vector<7>, Layers, 2>::new(&layers);
    let (mut parameters, mut gradient) = (black_box([0.5; LEN]), [0.0; LEN]);
    let (input, mut arena) = (black_box([0.5; 7]), [0.0; STEP]);
    let sink = Accumulate::new(run(&mut parameters), run(&mut gradient));
    let noise = Noise::<f32>::new(black_box(1));
    let rest = |output: &[f32; 3], gradient: &mut [f32; 3]| *gradient = *output;
    let _ = black_box(planned.backpropagate(sink, noise, &input, run(&mut arena), rest));
    black_box(gradient);
}

/// The layers of [`all`] for four samples at a time.
pub(super) fn four_wide() {
    let every = Every::seeded(black_box(1));
    let mut gradient = [f32x4::ZERO; Every::PARAMETERS];
    let labels = Bits::splat(black_box(2));
    let input = [any::<f32x4>(); 7];
    black_box(every.accumulate(&CrossEntropy::new(), &input, &labels, labels, &mut gradient));
    black_box((gradient, every.predict(&input)));
}

/// Every layer of the registry in this number type, and in place.
pub(super) fn of_each_layer<V: Lanes>() {
    let _ = black_box(layers::networks(&mut Layers::<V>(PhantomData)));
}

struct Layers<V>(PhantomData<V>);

impl<V: Lanes> LayerVisitor for Layers<V> {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        _: &str,
        mut network: M,
        _: fn(&mut Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        let (input, target, seeds) =
            ([any::<V>(); I], [any::<V>(); O], V::Bits::splat(black_box(1)));
        let mut gradient = [V::ZERO; 600];
        let gradient = run(&mut gradient);
        black_box(network.accumulate(&MeanSquaredError, &input, &target, seeds, gradient));
        black_box((gradient, network.predict(&input)));
        if V::LANES == 1 {
            let (input, target) = ([any::<f32>(); I], [any::<f32>(); O]);
            black_box(network.train_step(&MeanSquaredError, &input, &target, any(), black_box(1)));
            network.initialize_with(&GlorotNormal, black_box(1));
            network.initialize_with(&HeUniform, black_box(1));
            network.initialize_with(&HeNormal, black_box(1));
            network.initialize_with(&LeCunUniform, black_box(1));
            network.initialize_with(&LeCunNormal, black_box(1));
            black_box(network.parameters());
        }
    }
}
