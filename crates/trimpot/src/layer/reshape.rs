//! The same numbers in another shape, without a copy.

mod spec;

pub use spec::{FlattenSpec, ReshapeSpec};

use core::marker::PhantomData;

use super::initialization::Initialization;
use super::{GradientSink, Layer, Values};
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::{Shape, Vector};
use crate::spec::LayerSpec;

/// An image or a sequence as a vector of its `N` numbers, channel by channel (PyTorch's
/// `nn.Flatten`).
///
/// ```compile_fail,E0080
/// use trimpot::layer::{Flatten, Layer};
/// use trimpot::shape::Image;
/// let _ = <Flatten<35> as Layer<Image<4, 3, 3>>>::PARAMETERS; // 36
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flatten<const N: usize>;

/// The same numbers in the shape `Out`: a vector as an image, say, where features come in a row
/// (PyTorch's `nn.Unflatten`, Keras' `Reshape`).
///
/// ```
/// use trimpot::layer::{Conv2d, Flatten, Relu, Reshape};
/// use trimpot::shape::Image;
///
/// type Digits = trimpot::network!(
///     Reshape<Image<1, 8, 8>>, Conv2d<1, Image<2, 6, 6>, 3>, Relu, Flatten<72>; from 64
/// );
/// let features = Digits::seeded(1).predict::<f32>(&[0.5; 64]);
/// assert_eq!(features.len(), 72);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reshape<Out>(PhantomData<Out>);

impl<Out> Reshape<Out> {
    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        Reshape(PhantomData)
    }
}

impl<In: Shape, Out: Shape> Layer<In> for Reshape<Out> {
    type Output = Out;
    const PARAMETERS: usize = {
        assert!(In::LEN == Out::LEN, "another shape has as many numbers");
        0
    };
    /// A gradient, where the layer before has no place for it.
    const ACTIVATIONS: usize = Out::LEN;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Reshape(ReshapeSpec { dims: Out::DIMS }));
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    #[inline]
    fn forward<V: Lanes>(&self, _parameters: &[f32], input: &Values<In, V>) -> Values<Out, V> {
        Out::shaped::<V>(In::flat::<V>(input)).copied().unwrap_or(Out::zeros::<V>())
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        _sink: S,
        _noise: Noise<V>,
        input: &Values<In, V>,
        input_gradient: Option<&mut Values<In, V>>,
        rest: impl FnOnce(&Values<Out, V>, &mut Values<Out, V>) -> R,
    ) -> R {
        // As the lengths are equal, the first arms are taken, and the compiler knows.
        let (zeros, mut own) = (Out::zeros::<V>(), Out::zeros::<V>());
        let output = Out::shaped::<V>(In::flat::<V>(input)).unwrap_or(&zeros);
        let gradient = input_gradient.and_then(|of| Out::shaped_mut::<V>(In::flat_mut::<V>(of)));
        rest(output, gradient.unwrap_or(&mut own))
    }
}

impl<In: Shape, const N: usize> Layer<In> for Flatten<N> {
    type Output = Vector<N>;
    const PARAMETERS: usize = {
        assert!(In::LEN == N, "a flat image or sequence has as many numbers as before");
        0
    };
    const ACTIVATIONS: usize = N;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Flatten(FlattenSpec));
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &Values<In, V>) -> [V; N] {
        Layer::<In>::forward::<V>(&Reshape::<Vector<N>>::new(), parameters, input)
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        input: &Values<In, V>,
        input_gradient: Option<&mut Values<In, V>>,
        rest: impl FnOnce(&[V; N], &mut [V; N]) -> R,
    ) -> R {
        let reshape = Reshape::<Vector<N>>::new();
        Layer::<In>::backpropagate(&reshape, sink, noise, input, input_gradient, rest)
    }
}
