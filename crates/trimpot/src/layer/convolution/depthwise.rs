//! Depthwise convolution: one filter for each channel.

use core::array;
use core::marker::PhantomData;

use super::{ConvSpec, Filters, buffers};
use crate::lanes::Lanes;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::Kernel;
use crate::layer::windows::{Window, fits};
use crate::layer::{GradientSink, Layer, Values, split};
use crate::random::{Noise, Random};
use crate::shape::{Image, Rows};
use crate::spec::LayerSpec;

impl<const KH: usize, const KW: usize> Filters<1, KH, KW> {
    /// One plane of output for each plane of input.
    #[inline(always)]
    fn each_forward<V: Lanes, const H: usize, const W: usize, const OH: usize, const OW: usize>(
        self,
        parameters: &[f32],
        input: &[[[V; W]; H]],
        output: &mut [[[V; OW]; OH]],
    ) {
        let (weights, biases) = split(parameters, output.len() * Self::WEIGHTS);
        let filters = Self::of(weights).iter().zip(biases);
        for ((input, output), (filter, bias)) in input.iter().zip(output).zip(filters) {
            let weights = filter.as_flattened().as_flattened();
            let (input, output) = (array::from_ref(input), array::from_mut(output));
            self.forward((weights, array::from_ref(bias)), input, output);
        }
    }

    /// The backward pass for each plane.
    #[inline(always)]
    fn each_backward<
        V: Lanes,
        S: GradientSink<V>,
        const H: usize,
        const W: usize,
        const OH: usize,
        const OW: usize,
    >(
        self,
        sink: &mut S,
        output_gradient: &[[[V; OW]; OH]],
        input: &[[[V; W]; H]],
        input_gradient: Option<&mut [[[V; W]; H]]>,
    ) {
        let all = output_gradient.len();
        let mut gradients = input_gradient.map(|planes| planes.iter_mut());
        for (channel, (output_gradient, input)) in output_gradient.iter().zip(input).enumerate() {
            let gradient = gradients.as_mut().and_then(|planes| planes.next());
            let gradient = gradient.map(|plane| &mut array::from_mut(plane)[..]);
            self.block(
                sink,
                [channel, all],
                array::from_ref(output_gradient),
                array::from_ref(input),
                gradient,
            );
        }
    }
}

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
    const FILTERS: Filters<1, K, K> =
        Filters { window: Window { stride: [S, S], padding: [P, P] } };

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        DepthwiseConv2d(PhantomData)
    }
}

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
    const ACTIVATIONS: usize = 2 * C * OH * OW + buffers(1, K * K);
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Conv2d(ConvSpec::even([C, C], [K, S, P], C)));
    }

    fn initialize<T: Initialization>(&self, how: &T, parameters: &mut [f32], random: &mut Random) {
        ConvSpec::<2>::even([C, C], [K, S, P], C).initialize(how, parameters, random);
    }

    #[inline]
    fn forward<V: Lanes>(
        &self,
        parameters: &[f32],
        input: &[[[V; W]; H]; C],
    ) -> [[[V; OW]; OH]; C] {
        let mut output = [[[V::ZERO; OW]; OH]; C];
        Self::FILTERS.each_forward(parameters, input, &mut output);
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, T: GradientSink<V>, R>(
        &self,
        mut sink: T,
        _noise: Noise<V>,
        input: &[[[V; W]; H]; C],
        input_gradient: Option<&mut [[[V; W]; H]; C]>,
        rest: impl FnOnce(&Values<Self::Output, V>, &mut Values<Self::Output, V>) -> R,
    ) -> R {
        let output = self.forward(sink.parameters(), input);
        let mut gradient = [[[V::ZERO; OW]; OH]; C];
        let result = rest(&output, &mut gradient);
        let input_gradient = input_gradient.map(|planes| &mut planes[..]);
        Self::FILTERS.each_backward(&mut sink, &gradient, input, input_gradient);
        result
    }
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
    const FILTERS: Filters<1, 1, K> =
        Filters { window: Window { stride: [1, S], padding: [0, P] } };

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        DepthwiseConv1d(PhantomData)
    }
}

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
    const ACTIVATIONS: usize = 2 * C * OL + buffers(1, K);
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Conv1d(ConvSpec::even([C, C], [K, S, P], C)));
    }

    fn initialize<T: Initialization>(&self, how: &T, parameters: &mut [f32], random: &mut Random) {
        ConvSpec::<1>::even([C, C], [K, S, P], C).initialize(how, parameters, random);
    }

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &[[V; L]; C]) -> [[V; OL]; C] {
        let mut output = [[V::ZERO; OL]; C];
        let planes = output.as_chunks_mut::<1>().0;
        Self::FILTERS.each_forward(parameters, input.as_chunks::<1>().0, planes);
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, T: GradientSink<V>, R>(
        &self,
        mut sink: T,
        _noise: Noise<V>,
        input: &[[V; L]; C],
        input_gradient: Option<&mut [[V; L]; C]>,
        rest: impl FnOnce(&Values<Self::Output, V>, &mut Values<Self::Output, V>) -> R,
    ) -> R {
        let output = self.forward(sink.parameters(), input);
        let mut gradient = [[V::ZERO; OL]; C];
        let result = rest(&output, &mut gradient);
        let output_gradient = gradient.as_chunks::<1>().0;
        let planes = input.as_chunks::<1>().0;
        let input_gradient = input_gradient.map(|rows| rows.as_chunks_mut::<1>().0);
        Self::FILTERS.each_backward(&mut sink, output_gradient, planes, input_gradient);
        result
    }
}
