//! The same numbers in another shape, without a copy.

mod spec;

pub use spec::{FlattenSpec, ReshapeSpec};

use core::marker::PhantomData;

use super::initialization::Initialization;
use super::{Layer, passes};
use crate::layer::sealed::Sealed;
use crate::random::Random;
use crate::shape::{Shape, Vector};
use crate::spec::{LayerList, LayerSpec};

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

impl<Out> Sealed for Reshape<Out> {}

impl<In: Shape, Out: Shape> Layer<In> for Reshape<Out> {
    type Output = Out;
    const PARAMETERS: usize = {
        assert!(In::LEN == Out::LEN, "another shape has as many numbers");
        0
    };
    const LAYERS: LayerList = LayerList::new(LayerSpec::Reshape(ReshapeSpec { dims: Out::DIMS }));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Reshape(ReshapeSpec { dims: Out::DIMS }));
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    passes!(_ => ReshapeSpec { dims: Out::DIMS });
}

impl<const N: usize> Sealed for Flatten<N> {}

impl<In: Shape, const N: usize> Layer<In> for Flatten<N> {
    type Output = Vector<N>;
    const PARAMETERS: usize = {
        assert!(In::LEN == N, "a flat image or sequence has as many numbers as before");
        0
    };
    const LAYERS: LayerList = LayerList::new(LayerSpec::Flatten(FlattenSpec));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Flatten(FlattenSpec));
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    passes!(_ => FlattenSpec);
}
