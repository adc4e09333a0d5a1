//! Pooling: the largest number of each window, or their mean.
//!
//! As with convolutions, the output's shape is part of the type, and is checked when it is
//! compiled: `(input − window) / stride + 1`, rounded down, in each direction. There is no padding.

mod global;
mod kernel;
mod kind;
mod spec;

pub use global::GlobalAveragePool;
pub use kind::{Average, Kind, Max};
pub use spec::{AveragePoolSpec, MaxPoolSpec, PoolSpec};

use core::marker::PhantomData;

use super::initialization::Initialization;
use super::windows::{Window, WindowSpec, add_patch, fits, patch};
use super::{GradientSink, Layer, Values};
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::{Image, Rows};
use crate::spec::LayerSpec;

/// The largest number of each window of `K × K`, windows being `S` apart: to an image `Out`, an
/// [`Image<C, H, W>`](Image) (PyTorch's `nn.MaxPool2d`, Keras' `MaxPooling2D`). Unless `S` is
/// given, it is `K`.
///
/// The gradient goes to the largest number; of equal ones to the first, as in PyTorch. A NaN is
/// larger than every number.
///
/// ```
/// use trimpot::layer::{Layer, MaxPool2d};
/// use trimpot::shape::Image;
/// let image = [[[1.0, 2.0, 0.0, 5.0], [4.0, 3.0, 6.0, 0.0]]];
/// assert_eq!(MaxPool2d::<Image<1, 1, 2>, 2>::new().forward::<f32>(&[], &image), [[[4.0, 6.0]]]);
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
    const WINDOW: Window = Window { stride: [S, S], padding: [0, 0] };

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        Pool2d(PhantomData)
    }
}

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
    const ACTIVATIONS: usize = 2 * C * OH * OW + 2 * K * K;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(T::over_images(WindowSpec::new([K as u32; 2]).with_stride([S as u32; 2])));
    }

    fn initialize<I: Initialization>(&self, _: &I, _: &mut [f32], _: &mut Random) {}

    #[inline]
    fn forward<V: Lanes>(&self, _: &[f32], input: &[[[V; W]; H]; C]) -> [[[V; OW]; OH]; C] {
        let mut output = [[[V::ZERO; OW]; OH]; C];
        forward::<T, V, H, W, OH, OW, K, K>(Self::WINDOW, input, &mut output);
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, I: GradientSink<V>, R>(
        &self,
        _sink: I,
        _noise: Noise<V>,
        input: &[[[V; W]; H]; C],
        input_gradient: Option<&mut [[[V; W]; H]; C]>,
        rest: impl FnOnce(&Values<Self::Output, V>, &mut Values<Self::Output, V>) -> R,
    ) -> R {
        let output = self.forward(&[], input);
        let mut gradient = [[[V::ZERO; OW]; OH]; C];
        let result = rest(&output, &mut gradient);
        if let Some(input_gradient) = input_gradient {
            let outputs = output.iter().zip(&gradient);
            backward::<T, V, H, W, OH, OW, K, K>(Self::WINDOW, outputs, input, input_gradient);
        }
        result
    }
}

/// A number for each window of a sequence: see [`MaxPool1d`] and [`AveragePool1d`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool1d<T, Out, const K: usize, const S: usize>(PhantomData<(T, Out)>);

impl<T, Out, const K: usize, const S: usize> Pool1d<T, Out, K, S> {
    const WINDOW: Window = Window { stride: [1, S], padding: [0, 0] };

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        Pool1d(PhantomData)
    }
}

impl<T: Kind, const C: usize, const L: usize, const OL: usize, const K: usize, const S: usize>
    Layer<Rows<C, L>> for Pool1d<T, Rows<C, OL>, K, S>
{
    type Output = Rows<C, OL>;
    const PARAMETERS: usize = {
        assert!(fits(L, OL, K, S, 0), "the output of a pool is (input - window) / stride + 1 long");
        0
    };
    const ACTIVATIONS: usize = 2 * C * OL + 2 * K;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(T::over_sequences(WindowSpec::new([K as u32; 1]).with_stride([S as u32; 1])));
    }

    fn initialize<I: Initialization>(&self, _: &I, _: &mut [f32], _: &mut Random) {}

    #[inline]
    fn forward<V: Lanes>(&self, _: &[f32], input: &[[V; L]; C]) -> [[V; OL]; C] {
        let mut output = [[V::ZERO; OL]; C];
        let planes = output.as_chunks_mut::<1>().0;
        forward::<T, V, 1, L, 1, OL, 1, K>(Self::WINDOW, input.as_chunks::<1>().0, planes);
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, I: GradientSink<V>, R>(
        &self,
        _sink: I,
        _noise: Noise<V>,
        input: &[[V; L]; C],
        input_gradient: Option<&mut [[V; L]; C]>,
        rest: impl FnOnce(&Values<Self::Output, V>, &mut Values<Self::Output, V>) -> R,
    ) -> R {
        let output = self.forward(&[], input);
        let mut gradient = [[V::ZERO; OL]; C];
        let result = rest(&output, &mut gradient);
        if let Some(input_gradient) = input_gradient {
            let outputs = output.as_chunks::<1>().0.iter().zip(gradient.as_chunks::<1>().0);
            let input_gradient = input_gradient.as_chunks_mut::<1>().0;
            let input = input.as_chunks::<1>().0;
            backward::<T, V, 1, L, 1, OL, 1, K>(Self::WINDOW, outputs, input, input_gradient);
        }
        result
    }
}

/// A number for each window of each plane.
#[inline(always)]
fn forward<
    T: Kind,
    V: Lanes,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
>(
    window: Window,
    input: &[[[V; W]; H]],
    output: &mut [[[V; OW]; OH]],
) {
    for (input, output) in input.iter().zip(output) {
        for (y, row) in output.iter_mut().enumerate() {
            for (x, output) in row.iter_mut().enumerate() {
                let [window]: [[[V; KW]; KH]; 1] =
                    patch(core::slice::from_ref(input), window.corner(y, x));
                *output = T::reduce(window.as_flattened());
            }
        }
    }
}

/// Adds what each number's gradient means to its window.
#[inline(always)]
fn backward<
    'a,
    T: Kind,
    V: Lanes,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
>(
    window: Window,
    outputs: impl Iterator<Item = (&'a [[V; OW]; OH], &'a [[V; OW]; OH])>,
    input: &[[[V; W]; H]],
    input_gradient: &mut [[[V; W]; H]],
) {
    for ((input, input_gradient), (output, gradient)) in
        input.iter().zip(input_gradient).zip(outputs)
    {
        let input = core::slice::from_ref(input);
        let input_gradient = core::slice::from_mut(input_gradient);
        for (y, row) in output.iter().zip(gradient).enumerate() {
            for (x, (&output, &gradient)) in row.0.iter().zip(row.1).enumerate() {
                let corner = window.corner(y, x);
                let mut window: [[[V; KW]; KH]; 1] = patch(input, corner);
                T::spread(window.as_flattened_mut().as_flattened_mut(), output, gradient);
                add_patch(input_gradient, corner, &window);
            }
        }
    }
}
