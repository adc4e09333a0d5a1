//! Convolution over images.

use core::marker::PhantomData;

use super::ConvSpec;
use super::arrays::{Dense, Filters};
use crate::layer::initialization::Initialization;
use crate::layer::kernel::LayerKernel;
use crate::layer::sealed::Sealed;
use crate::layer::windows::{Window, fits};
use crate::layer::{Layer, passes};
use crate::random::Random;
use crate::shape::Image;
use crate::spec::{LayerList, LayerSpec};

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
/// use trimpot::layer::Conv2d;
/// use trimpot::shape::Image;
///
/// type Edges = trimpot::network!(Conv2d<1, Image<1, 2, 3>, 2>; from Image<1, 3, 4>);
/// let image = [[[0.0, 0.0, 1.0, 1.0]; 3]];
/// let parameters = [-1.0, 1.0, -1.0, 1.0, 0.5]; // right minus left, plus ½
/// let edges = Edges::new(Conv2d::new(), parameters);
/// assert_eq!(edges.predict::<f32>(&image), [[[0.5, 2.5, 0.5]; 2]]);
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

impl<const I: usize, Out, const K: usize, const S: usize, const P: usize> Sealed
    for Conv2d<I, Out, K, S, P>
{
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
    const LAYERS: LayerList =
        LayerList::new(LayerSpec::Conv2d(ConvSpec::even([I, O], [K, S, P], 1)));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Conv2d(ConvSpec::even([I, O], [K, S, P], 1)));
    }

    fn initialize<T: Initialization>(&self, how: &T, parameters: &mut [f32], random: &mut Random) {
        ConvSpec::<2>::even([I, O], [K, S, P], 1).initialize(how, parameters, random);
    }

    passes!(_ => Dense::<I, H, W, OH, OW, K, K>(Self::FILTERS));
}
