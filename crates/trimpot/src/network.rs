//! A network: layers and their parameters, of a size known at compile time.

use core::marker::PhantomData;

use crate::lanes::Lanes;
use crate::layer::initialization::{GlorotUniform, Initialization};
use crate::layer::{Accumulate, Layer, SgdInPlace, Values};
use crate::loss::{Loss, Target};
use crate::random::{Noise, Random};
use crate::shape::Shape;
use crate::spec::{Fingerprint, LayerSpec};

/// Layers `L` for inputs of shape `In`, with their `P` parameters. Written with
/// [`network!`](crate::network!).
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
#[derive(Debug)]
pub struct Network<In, L, const P: usize> {
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

impl<In: Shape, L: Layer<In>, const P: usize> Network<In, L, P> {
    /// How many parameters the network has.
    pub const PARAMETERS: usize = {
        assert!(P == L::PARAMETERS, "a network holds as many parameters as its layers have");
        P
    };

    /// Bytes of memory that a training step with [`train_step`](Self::train_step) needs for
    /// activations and their gradients, on the stack, beside the network itself.
    pub const STEP_BYTES: usize = size_of::<f32>() * L::ACTIVATIONS;

    /// Creates a network of these layers with these parameters.
    pub const fn new(layers: L, parameters: [f32; P]) -> Self {
        const { assert!(P == L::PARAMETERS, "a network holds as many parameters as its layers have") };
        Network { layers, parameters, input: PhantomData }
    }

    /// Creates a network with random initial parameters; the same for the same seed.
    pub fn seeded(seed: u32) -> Self
    where
        L: Default,
    {
        let mut network = Network::new(L::default(), [0.0; P]);
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

    /// Computes the output for an input.
    #[inline]
    pub fn predict<V: Lanes>(&self, input: &Values<In, V>) -> Values<L::Output, V> {
        self.layers.forward::<V>(&self.parameters, input)
    }
}

impl<In: Shape, L: Layer<In>, const P: usize> Network<In, L, P> {
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
        let sink = SgdInPlace::new(&mut self.parameters, learning_rate);
        self.layers.backpropagate(sink, Noise::<f32>::new(seed), input, None, |output, gradient| {
            loss.gradient(output, target, gradient)
        })
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
        let sink = Accumulate::new(&self.parameters, gradient);
        self.layers.backpropagate(sink, Noise::<V>::new(seed), input, None, |output, gradient| {
            loss.gradient(output, target, gradient)
        })
    }
}
