//! A network: layers and their parameters, of a size known at compile time.

use core::marker::PhantomData;

mod model;
mod planned;

pub use model::Model;
pub use planned::Planned;

use crate::lanes::Lanes;
use crate::layer::initialization::{GlorotUniform, Initialization};
use crate::layer::{Accumulate, GradientSink, Layer, SgdInPlace, Values};
use crate::loss::{Loss, Target};
use crate::pass::LengthError;
use crate::random::{Noise, Random};
use crate::shape::Shape;
use crate::spec::{Fingerprint, LayerSpec};

/// Layers `L` for inputs of shape `In`, with their `P` parameters. Written with
/// [`network!`](crate::network!).
///
/// Its passes take `INFERENCE` and `STEP` values of memory: what the [`Plan`](crate::plan::Plan) of
/// the layers says. [`predict`](Self::predict) and [`train_step`](Self::train_step) have them on
/// the stack; the methods that end in `_in` get them from the caller, who may have them in a
/// `static`.
///
/// ```
/// use trimpot::layer::{Dense, Relu};
/// use trimpot::loss::CrossEntropy;
/// use trimpot::network;
///
/// type Classifier = network!(Dense<2, 8>, Relu, Dense<8, 2>; from 2);
/// let mut network = Classifier::seeded(1);
///
/// // Exclusive or, which takes a hidden layer.
/// let samples = [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)];
/// for step in 0..2000 {
///     let (input, label) = samples[step % 4];
///     network.train_step(&CrossEntropy::new(), &input, &label, 0.1, step as u32);
/// }
/// for (input, label) in samples {
///     let logits = network.predict::<f32>(&input);
///     assert_eq!(logits[1] > logits[0], label == 1);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Network<In, L, const P: usize, const INFERENCE: usize, const STEP: usize> {
    layers: L,
    parameters: [f32; P],
    input: PhantomData<In>,
}

/// The type of a network: its layers, and after `from` the number of inputs or their shape.
///
/// ```
/// use trimpot::layer::{Dense, Tanh};
/// type Regressor = trimpot::network!(Dense<4, 16>, Tanh, Dense<16, 1>; from 4);
/// assert_eq!(Regressor::PARAMETERS, 4 * 16 + 16 + 16 + 1);
/// ```
///
/// Layers that change the size of an image or a sequence have the shape that they give in their
/// type:
/// ```
/// use trimpot::layer::{Conv2d, Dense, Flatten, MaxPool2d, Relu};
/// use trimpot::shape::Image;
///
/// type Digits = trimpot::network!(
///     Conv2d<1, Image<4, 6, 6>, 3>, Relu, MaxPool2d<Image<4, 3, 3>, 2>,
///     Flatten<36>, Dense<36, 10>;
///     from Image<1, 8, 8>
/// );
/// assert_eq!(Digits::PARAMETERS, 4 * 9 + 4 + 36 * 10 + 10);
/// let logits = Digits::seeded(1).predict::<f32>(&[[[0.5; 8]; 8]]);
/// # let _ = logits;
/// ```
#[macro_export]
macro_rules! network {
    ($($layer:ty),+ $(,)?; from $inputs:literal) => {
        $crate::network!($($layer),+; from $crate::shape::Vector<$inputs>)
    };
    ($($layer:ty),+ $(,)?; from $shape:ty) => {
        $crate::network::Network<
            $shape,
            $crate::Chain![$($layer),+],
            { <$crate::Chain![$($layer),+] as $crate::layer::Layer<$shape>>::PARAMETERS },
            { $crate::network::Planned::<$shape, $crate::Chain![$($layer),+]>::INFERENCE_VALUES },
            { $crate::network::Planned::<$shape, $crate::Chain![$($layer),+]>::STEP_VALUES },
        >
    };
}

/// The [fingerprint](Network::fingerprint) of the network that these layers are.
pub fn fingerprint<In: Shape, L: Layer<In>>(layers: &L) -> u32 {
    let mut fingerprint = Fingerprint::new(In::DIMS);
    layers.for_each_spec(&mut |spec| fingerprint.layer(spec));
    layers.for_each_constant(&mut |constants| fingerprint.constants(constants));
    fingerprint.value()
}

impl<In: Shape, L: Layer<In>, const P: usize, const INFERENCE: usize, const STEP: usize>
    Network<In, L, P, INFERENCE, STEP>
{
    /// How many parameters the network has.
    pub const PARAMETERS: usize = {
        assert!(P == L::PARAMETERS, "a network holds as many parameters as its layers have");
        P
    };

    /// Values between the layers that [`predict`](Self::predict) has in memory.
    pub const INFERENCE_VALUES: usize = INFERENCE;

    /// Values between the layers that a training step has in memory, and their gradients.
    pub const STEP_VALUES: usize = STEP;

    /// Bytes of memory that [`predict`](Self::predict) needs for the values between the layers,
    /// beside the network itself.
    pub const INFERENCE_BYTES: usize = size_of::<f32>() * INFERENCE;

    /// Bytes of memory that a training step with [`train_step`](Self::train_step) needs for values
    /// and their gradients, beside the network itself.
    pub const STEP_BYTES: usize = size_of::<f32>() * STEP;

    /// Creates a network of these layers with these parameters.
    pub const fn new(layers: L, parameters: [f32; P]) -> Self {
        const {
            assert!(P == L::PARAMETERS, "a network holds as many parameters as its layers have");
            assert!(
                INFERENCE == Planned::<In, L>::INFERENCE_VALUES
                    && STEP == Planned::<In, L>::STEP_VALUES,
                "the passes of a network have the memory that its layers need"
            );
        };
        Network { layers, parameters, input: PhantomData }
    }

    /// Creates a network with random initial parameters; the same for the same seed.
    pub fn seeded(seed: u32) -> Self
    where
        L: Default,
    {
        let mut network = Network::default();
        network.initialize(seed);
        network
    }

    /// Replaces the parameters by random initial ones, the same for the same seed.
    ///
    /// Weights are those of [`GlorotUniform`].
    pub fn initialize(&mut self, seed: u32) {
        self.initialize_with(&GlorotUniform, seed);
    }

    /// Replaces the parameters by random initial ones of this kind, the same for the same seed.
    pub fn initialize_with<H: Initialization>(&mut self, how: &H, seed: u32) {
        self.layers.initialize(how, &mut self.parameters, &mut Random::new(seed));
    }

    /// Hands over what the layers are, in order.
    pub fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        self.layers.for_each_spec(visit);
    }

    /// A fingerprint of the architecture: of the shape of the input, the layers with their sizes
    /// and settings, and the numbers that training does not change. The same on every target.
    pub fn fingerprint(&self) -> u32 {
        fingerprint::<In, L>(&self.layers)
    }

    /// The layers, with their settings.
    pub const fn layers(&self) -> &L {
        &self.layers
    }

    /// Returns the layers, whose settings are to be changed: such as the statistics of a
    /// [`BatchNorm`](crate::layer::BatchNorm).
    pub const fn layers_mut(&mut self) -> &mut L {
        &mut self.layers
    }

    /// Returns the parameters, layer by layer.
    pub const fn parameters(&self) -> &[f32; P] {
        &self.parameters
    }

    /// Returns the parameters, to be changed.
    pub const fn parameters_mut(&mut self) -> &mut [f32; P] {
        &mut self.parameters
    }

    /// Returns the layers with the plan of their memory: passes in any memory, and with any sink
    /// for the gradient.
    #[inline]
    pub const fn planned(&self) -> Planned<'_, In, L> {
        Planned::new(&self.layers)
    }

    /// Computes the output for an input, as in deployment.
    #[inline]
    pub fn predict<V: Lanes>(&self, input: &Values<In, V>) -> Values<L::Output, V> {
        self.predict_in(input, &mut [V::ZERO; INFERENCE])
    }

    /// [`predict`](Self::predict) in memory of the caller's, which holds anything.
    #[inline]
    pub fn predict_in<V: Lanes>(
        &self,
        input: &Values<In, V>,
        arena: &mut [V; INFERENCE],
    ) -> Values<L::Output, V> {
        V::vectorize(
            arena,
            #[inline(always)]
            |arena| {
                let output = self.planned().predict(&self.parameters, input, arena);
                // The arena is as long as it has to be, and the compiler knows.
                output.ok().copied().unwrap_or(L::Output::zeros::<V>())
            },
        )
    }

    /// Takes one step of plain stochastic gradient descent on one sample, in place, without memory
    /// for gradients. Returns the loss before the step.
    ///
    /// `seed` is the sample's randomness for [`Dropout`](crate::layer::Dropout).
    #[inline]
    pub fn train_step<C: Loss<L::Output>>(
        &mut self,
        loss: &C,
        input: &Values<In, f32>,
        target: &<C::Target as Target>::Values<f32>,
        learning_rate: f32,
        seed: u32,
    ) -> f32 {
        self.train_step_in(loss, input, target, learning_rate, seed, &mut [0.0; STEP])
    }

    /// [`train_step`](Self::train_step) in memory of the caller's, which holds anything.
    #[inline]
    pub fn train_step_in<C: Loss<L::Output>>(
        &mut self,
        loss: &C,
        input: &Values<In, f32>,
        target: &<C::Target as Target>::Values<f32>,
        learning_rate: f32,
        seed: u32,
        arena: &mut [f32; STEP],
    ) -> f32 {
        let sink = SgdInPlace::new(&mut self.parameters, learning_rate);
        let noise = Noise::<f32>::new(seed);
        let planned = Planned::<In, L>::new(&self.layers);
        let loss = planned.backpropagate(sink, noise, input, arena, |output, gradient| {
            loss.gradient(output, target, gradient)
        });
        loss.unwrap_or(f32::NAN)
    }

    /// Adds a sample's gradient to `gradient` (one sample in each lane). Returns the loss.
    #[inline]
    pub fn accumulate<V: Lanes, C: Loss<L::Output>>(
        &self,
        loss: &C,
        input: &Values<In, V>,
        target: &<C::Target as Target>::Values<V>,
        seed: V::Bits,
        gradient: &mut [V; P],
    ) -> V {
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                let sink = Accumulate::new(&self.parameters, gradient);
                let (noise, mut arena) = (Noise::<V>::new(seed), [V::ZERO; STEP]);
                let loss = self.planned().backpropagate(
                    sink,
                    noise,
                    input,
                    &mut arena,
                    |output, gradient| loss.gradient(output, target, gradient),
                );
                loss.unwrap_or(V::splat(f32::NAN))
            },
        )
    }
}

/// The layers with their default settings, and parameters that are all 0.
impl<In, L, const P: usize, const INFERENCE: usize, const STEP: usize> Default
    for Network<In, L, P, INFERENCE, STEP>
where
    In: Shape,
    L: Layer<In> + Default,
{
    fn default() -> Self {
        Network::new(L::default(), [0.0; P])
    }
}

impl<In: Shape, L: Layer<In>, const P: usize, const INFERENCE: usize, const STEP: usize> Model
    for Network<In, L, P, INFERENCE, STEP>
{
    type Input = In;
    type Output = L::Output;
    type Layers = L;

    fn layers(&self) -> &L {
        &self.layers
    }
    fn layers_mut(&mut self) -> &mut L {
        &mut self.layers
    }
    fn parameters(&self) -> &[f32] {
        &self.parameters
    }
    fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    fn initialize_with<H: Initialization>(&mut self, how: &H, seed: u32) {
        Network::initialize_with(self, how, seed);
    }

    #[inline]
    fn predict<V: Lanes>(&self, input: &Values<In, V>) -> Values<L::Output, V> {
        Network::predict(self, input)
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        input: &Values<In, V>,
        rest: impl FnOnce(&Values<L::Output, V>, &mut Values<L::Output, V>) -> R,
    ) -> Result<R, LengthError> {
        V::vectorize(
            sink,
            #[inline(always)]
            |sink| self.planned().backpropagate(sink, noise, input, &mut [V::ZERO; STEP], rest),
        )
    }

    #[inline]
    fn train_step<C: Loss<L::Output>>(
        &mut self,
        loss: &C,
        input: &Values<In, f32>,
        target: &<C::Target as Target>::Values<f32>,
        learning_rate: f32,
        seed: u32,
    ) -> f32 {
        Network::train_step(self, loss, input, target, learning_rate, seed)
    }
}
