//! Pooling: the largest number of each window, or their mean.
//!
//! As with convolutions, the output's shape is part of the type, and is checked when it is
//! compiled: `(input − window) / stride + 1`, rounded down, in each direction. There is no padding;
//! pools with any window are [`MaxPool2dWith`] and its like.

mod global;
mod kernel;
mod kind;
mod spec;
mod with;

pub use global::GlobalAveragePool;
pub use kind::{Average, Kind, Max};
pub use spec::{AveragePoolSpec, MaxPoolSpec, PoolSpec};
pub use with::{AveragePool1dWith, AveragePool2dWith, MaxPool1dWith, MaxPool2dWith};

use core::marker::PhantomData;

use super::initialization::Initialization;
use super::windows::{WindowSpec, fits};
use super::{Layer, passes};
use crate::layer::sealed::Sealed;
use crate::random::Random;
use crate::shape::{Image, Rows};
use crate::spec::{LayerList, LayerSpec};

/// The largest number of each window of `K × K`, windows being `S` apart: to an image `Out`, an
/// [`Image<C, H, W>`](Image) (PyTorch's `nn.MaxPool2d`, Keras' `MaxPooling2D`). Unless `S` is
/// given, it is `K`.
///
/// The gradient goes to the largest number; of equal ones to the first, as in PyTorch. A NaN is
/// larger than every number.
///
/// ```
/// use trimpot::layer::MaxPool2d;
/// use trimpot::shape::Image;
///
/// type Pool = trimpot::network!(MaxPool2d<Image<1, 1, 2>, 2>; from Image<1, 2, 4>);
/// let image = [[[1.0, 2.0, 0.0, 5.0], [4.0, 3.0, 6.0, 0.0]]];
/// assert_eq!(Pool::default().predict::<f32>(&image), [[[4.0, 6.0]]]);
/// ```
///
/// ```compile_fail,E0080
/// use trimpot::layer::{Layer, MaxPool2d};
/// use trimpot::shape::Image;
/// let _ = <MaxPool2d<Image<4, 4, 4>, 2> as Layer<Image<4, 6, 6>>>::PARAMETERS; // 3 × 3
/// ```
pub type MaxPool2d<Out, const K: usize, const S: usize = K> = Pool2d<Max, Out, K, S>;

/// The mean of each window of `K × K`, windows being `S` apart: to an image `Out`, an
/// [`Image<C, H, W>`](Image) (PyTorch's `nn.AvgPool2d`, Keras' `AveragePooling2D`). Unless `S` is
/// given, it is `K`.
pub type AveragePool2d<Out, const K: usize, const S: usize = K> = Pool2d<Average, Out, K, S>;

/// The largest of each `K` numbers, windows being `S` apart: to a sequence `Out`, a
/// [`Rows<C, L>`](Rows) (PyTorch's `nn.MaxPool1d`). All else is as in [`MaxPool2d`].
pub type MaxPool1d<Out, const K: usize, const S: usize = K> = Pool1d<Max, Out, K, S>;

/// The mean of each `K` numbers, windows being `S` apart: to a sequence `Out`, a
/// [`Rows<C, L>`](Rows) (PyTorch's `nn.AvgPool1d`). All else is as in [`AveragePool2d`].
pub type AveragePool1d<Out, const K: usize, const S: usize = K> = Pool1d<Average, Out, K, S>;

/// A number for each window of an image: see [`MaxPool2d`] and [`AveragePool2d`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool2d<T, Out, const K: usize, const S: usize>(PhantomData<(T, Out)>);

impl<T, Out, const K: usize, const S: usize> Pool2d<T, Out, K, S> {
    const WINDOW: WindowSpec<2> = WindowSpec::new([K as u32; 2]).with_stride([S as u32; 2]);

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        Pool2d(PhantomData)
    }
}

impl<T, Out, const K: usize, const S: usize> Sealed for Pool2d<T, Out, K, S> {}

impl<
    T: Kind,
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const K: usize,
    const S: usize,
> Layer<Image<C, H, W>> for Pool2d<T, Image<C, OH, OW>, K, S>
{
    type Output = Image<C, OH, OW>;
    const PARAMETERS: usize = {
        assert!(
            fits(H, OH, K, S, 0) && fits(W, OW, K, S, 0),
            "the output of a pool is (input - window) / stride + 1 high and wide"
        );
        0
    };
    const LAYERS: LayerList = LayerList::new(kind::over_images::<T>(Self::WINDOW));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(kind::over_images::<T>(Self::WINDOW));
    }

    fn initialize<I: Initialization>(&self, _: &I, _: &mut [f32], _: &mut Random) {}

    passes!(_ => PoolSpec::<T, 2>::new(Self::WINDOW));
}

/// A number for each window of a sequence: see [`MaxPool1d`] and [`AveragePool1d`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool1d<T, Out, const K: usize, const S: usize>(PhantomData<(T, Out)>);

impl<T, Out, const K: usize, const S: usize> Pool1d<T, Out, K, S> {
    const WINDOW: WindowSpec<1> = WindowSpec::new([K as u32; 1]).with_stride([S as u32; 1]);

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        Pool1d(PhantomData)
    }
}

impl<T, Out, const K: usize, const S: usize> Sealed for Pool1d<T, Out, K, S> {}

impl<T: Kind, const C: usize, const L: usize, const OL: usize, const K: usize, const S: usize>
    Layer<Rows<C, L>> for Pool1d<T, Rows<C, OL>, K, S>
{
    type Output = Rows<C, OL>;
    const PARAMETERS: usize = {
        assert!(fits(L, OL, K, S, 0), "the output of a pool is (input - window) / stride + 1 long");
        0
    };
    const LAYERS: LayerList = LayerList::new(kind::over_sequences::<T>(Self::WINDOW));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(kind::over_sequences::<T>(Self::WINDOW));
    }

    fn initialize<I: Initialization>(&self, _: &I, _: &mut [f32], _: &mut Random) {}

    passes!(_ => PoolSpec::<T, 1>::new(Self::WINDOW));
}
