//! Depthwise convolution: one filter for each channel.

use core::marker::PhantomData;

use super::ConvSpec;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::LayerKernel;
use crate::layer::sealed::Sealed;
use crate::layer::windows::fits;
use crate::layer::{Layer, passes};
use crate::random::Random;
use crate::shape::{Image, Rows};
use crate::spec::{LayerList, LayerSpec};

/// [`Conv2d`](crate::layer::Conv2d) with one filter for each channel, which sees that channel
/// alone: to an image `Out`, an [`Image<C, H, W>`](Image), from one of as many channels.
///
/// With a `Conv2d` of kernel 1 after it, it does nearly what a whole `Conv2d` does, with far fewer
/// weights (Howard et al. 2017).
///
/// Parameters: `W[C][K][K]`, then `b[C]`; PyTorch's `nn.Conv2d` with `groups` equal to both numbers
/// of channels, Keras' `DepthwiseConv2D`. Initial weights have a fan-in and fan-out of `K²` and
/// `K²`; biases are 0.
///
/// ```
/// use trimpot::layer::{Conv2d, DepthwiseConv2d, Flatten, Layer, Relu};
/// use trimpot::shape::Image;
///
/// type Separable = trimpot::network!(
///     DepthwiseConv2d<Image<8, 6, 6>, 3, 1, 1>, Relu, Conv2d<8, Image<16, 6, 6>, 1>;
///     from Image<8, 6, 6>
/// );
/// assert_eq!(Separable::PARAMETERS, 8 * 9 + 8 + 16 * 8 + 16);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DepthwiseConv2d<Out, const K: usize, const S: usize = 1, const P: usize = 0>(
    PhantomData<Out>,
);

impl<Out, const K: usize, const S: usize, const P: usize> DepthwiseConv2d<Out, K, S, P> {
    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        DepthwiseConv2d(PhantomData)
    }
}

impl<Out, const K: usize, const S: usize, const P: usize> Sealed for DepthwiseConv2d<Out, K, S, P> {}

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const K: usize,
    const S: usize,
    const P: usize,
> Layer<Image<C, H, W>> for DepthwiseConv2d<Image<C, OH, OW>, K, S, P>
{
    type Output = Image<C, OH, OW>;
    const PARAMETERS: usize = {
        assert!(C > 0, "a convolution has at least one channel");
        assert!(
            fits(H, OH, K, S, P) && fits(W, OW, K, S, P),
            "the output of a convolution is (input + 2 * padding - kernel) / stride + 1 high and \
             wide, and the padding is smaller than the kernel"
        );
        C * K * K + C
    };
    const LAYERS: LayerList =
        LayerList::new(LayerSpec::Conv2d(ConvSpec::even([C, C], [K, S, P], C)));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Conv2d(ConvSpec::even([C, C], [K, S, P], C)));
    }

    fn initialize<T: Initialization>(&self, how: &T, parameters: &mut [f32], random: &mut Random) {
        ConvSpec::<2>::even([C, C], [K, S, P], C).initialize(how, parameters, random);
    }

    passes!(_ => ConvSpec::<2>::even([C, C], [K, S, P], C));
}

/// [`DepthwiseConv2d`] over sequences: to a sequence `Out`, a [`Rows<C, L>`](Rows), from one of as
/// many channels.
///
/// Parameters: `W[C][K]`, then `b[C]`; PyTorch's `nn.Conv1d` with `groups` equal to both numbers of
/// channels, Keras' `DepthwiseConv1D`. Initial weights have a fan-in and fan-out of `K` and `K`;
/// biases are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DepthwiseConv1d<Out, const K: usize, const S: usize = 1, const P: usize = 0>(
    PhantomData<Out>,
);

impl<Out, const K: usize, const S: usize, const P: usize> DepthwiseConv1d<Out, K, S, P> {
    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        DepthwiseConv1d(PhantomData)
    }
}

impl<Out, const K: usize, const S: usize, const P: usize> Sealed for DepthwiseConv1d<Out, K, S, P> {}

impl<
    const C: usize,
    const L: usize,
    const OL: usize,
    const K: usize,
    const S: usize,
    const P: usize,
> Layer<Rows<C, L>> for DepthwiseConv1d<Rows<C, OL>, K, S, P>
{
    type Output = Rows<C, OL>;
    const PARAMETERS: usize = {
        assert!(C > 0, "a convolution has at least one channel");
        assert!(
            fits(L, OL, K, S, P),
            "the output of a convolution is (input + 2 * padding - kernel) / stride + 1 long, and \
             the padding is smaller than the kernel"
        );
        C * K + C
    };
    const LAYERS: LayerList =
        LayerList::new(LayerSpec::Conv1d(ConvSpec::even([C, C], [K, S, P], C)));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Conv1d(ConvSpec::even([C, C], [K, S, P], C)));
    }

    fn initialize<T: Initialization>(&self, how: &T, parameters: &mut [f32], random: &mut Random) {
        ConvSpec::<1>::even([C, C], [K, S, P], C).initialize(how, parameters, random);
    }

    passes!(_ => ConvSpec::<1>::even([C, C], [K, S, P], C));
}
