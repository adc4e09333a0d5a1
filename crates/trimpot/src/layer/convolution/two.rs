//! Convolution over images.

use core::marker::PhantomData;

use super::{ConvSpec, Filters, buffers};
use crate::lanes::Lanes;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::Kernel;
use crate::layer::windows::{Window, fits};
use crate::layer::{GradientSink, Layer, Values, split};
use crate::random::{Noise, Random};
use crate::shape::Image;
use crate::spec::LayerSpec;

/// `y[o][v][u] = b[o] + Σ W[o][i][k][l] · x[i][v·S + k − P][u·S + l − P]`, with zeros outside: from
/// `I` channels to an image `Out`, an [`Image<O, H, W>`](Image), with kernels of `K × K`, a stride
/// of `S` and a padding of `P` zeros on each side.
///
/// Parameters: `W[O][I][K][K]`, then `b[O]`; PyTorch's `nn.Conv2d`, Keras' `Conv2D`. Initial
/// weights have a fan-in and fan-out of `I·K²` and `O·K²`, see
/// [`initialization`](crate::layer::initialization); biases are 0.
///
/// Each output adds its products in the order of the weights, starting from the bias. Gradients:
/// each weight's is the sum of `dy · x` over all places, each input's the sum of `W · dy`.
///
/// ```
/// use trimpot::layer::{Conv2d, Layer};
/// use trimpot::shape::Image;
///
/// type Edges = Conv2d<1, Image<1, 2, 3>, 2>; // from 3 × 4
/// let image = [[[0.0, 0.0, 1.0, 1.0]; 3]];
/// let parameters = [-1.0, 1.0, -1.0, 1.0, 0.5]; // right minus left, plus ½
/// assert_eq!(Edges::new().forward::<f32>(&parameters, &image), [[[0.5, 2.5, 0.5]; 2]]);
/// ```
///
/// An output of the wrong size does not compile:
/// ```compile_fail,E0080
/// use trimpot::layer::{Conv2d, Layer};
/// use trimpot::shape::Image;
/// let _ = <Conv2d<1, Image<4, 7, 7>, 3> as Layer<Image<1, 8, 8>>>::PARAMETERS; // 6 × 6
/// ```
/// Nor does an input with another number of channels:
/// ```compile_fail,E0277
/// use trimpot::layer::{Conv2d, Layer};
/// use trimpot::shape::Image;
/// let _ = <Conv2d<1, Image<4, 6, 6>, 3> as Layer<Image<2, 8, 8>>>::PARAMETERS;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conv2d<const I: usize, Out, const K: usize, const S: usize = 1, const P: usize = 0>(
    PhantomData<Out>,
);

impl<const I: usize, Out, const K: usize, const S: usize, const P: usize> Conv2d<I, Out, K, S, P> {
    const FILTERS: Filters<I, K, K> =
        Filters { window: Window { stride: [S, S], padding: [P, P] } };

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        Conv2d(PhantomData)
    }
}

impl<
    const I: usize,
    const O: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const K: usize,
    const S: usize,
    const P: usize,
> Layer<Image<I, H, W>> for Conv2d<I, Image<O, OH, OW>, K, S, P>
{
    type Output = Image<O, OH, OW>;
    const PARAMETERS: usize = {
        assert!(I > 0 && O > 0, "a convolution has at least one channel on each side");
        assert!(
            fits(H, OH, K, S, P) && fits(W, OW, K, S, P),
            "the output of a convolution is (input + 2 * padding - kernel) / stride + 1 high and \
             wide, and the padding is smaller than the kernel"
        );
        O * I * K * K + O
    };
    const ACTIVATIONS: usize = 2 * O * OH * OW + buffers(O, I * K * K);
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Conv2d(ConvSpec::even([I, O], [K, S, P], 1)));
    }

    fn initialize<T: Initialization>(&self, how: &T, parameters: &mut [f32], random: &mut Random) {
        ConvSpec::<2>::even([I, O], [K, S, P], 1).initialize(how, parameters, random);
    }

    #[inline]
    fn forward<V: Lanes>(
        &self,
        parameters: &[f32],
        input: &[[[V; W]; H]; I],
    ) -> [[[V; OW]; OH]; O] {
        let mut output = [[[V::ZERO; OW]; OH]; O];
        Self::FILTERS.forward(split(parameters, O * I * K * K), input, &mut output);
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, T: GradientSink<V>, R>(
        &self,
        mut sink: T,
        _noise: Noise<V>,
        input: &[[[V; W]; H]; I],
        input_gradient: Option<&mut [[[V; W]; H]; I]>,
        rest: impl FnOnce(&Values<Self::Output, V>, &mut Values<Self::Output, V>) -> R,
    ) -> R {
        let output = self.forward(sink.parameters(), input);
        let mut gradient = [[[V::ZERO; OW]; OH]; O];
        let result = rest(&output, &mut gradient);
        let input_gradient = input_gradient.map(|planes| &mut planes[..]);
        Self::FILTERS.backward(&mut sink, [0, O], &gradient, input, input_gradient);
        result
    }
}
