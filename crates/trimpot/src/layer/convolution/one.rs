//! Convolution over sequences: images of one row.

use core::marker::PhantomData;

use super::ConvSpec;
use super::arrays::{Dense, Filters};
use crate::layer::initialization::Initialization;
use crate::layer::kernel::LayerKernel;
use crate::layer::sealed::Sealed;
use crate::layer::windows::{Window, fits};
use crate::layer::{Layer, passes};
use crate::random::Random;
use crate::shape::Rows;
use crate::spec::{LayerList, LayerSpec};

/// `y[o][u] = b[o] + Σ W[o][i][k] · x[i][u·S + k − P]`, with zeros outside: from `I` channels to a
/// sequence `Out`, a [`Rows<O, L>`](Rows) of `O` channels, with kernels of `K` numbers, a stride of
/// `S` and a padding of `P` zeros at each end.
///
/// Parameters: `W[O][I][K]`, then `b[O]`; PyTorch's `nn.Conv1d`, Keras' `Conv1D`. Initial weights
/// have a fan-in and fan-out of `I·K` and `O·K`, see
/// [`initialization`](crate::layer::initialization); biases are 0. All else is as in
/// [`Conv2d`](crate::layer::Conv2d).
///
/// ```
/// use trimpot::layer::{Conv1d, Dense, Flatten, Relu};
/// use trimpot::shape::Rows;
///
/// // Three axes of an accelerometer, 32 instants, five gestures.
/// type Gestures = trimpot::network!(
///     Conv1d<3, Rows<8, 15>, 5, 2, 1>, Relu, Flatten<120>, Dense<120, 5>; from Rows<3, 32>
/// );
/// assert_eq!(Gestures::PARAMETERS, 8 * 3 * 5 + 8 + 120 * 5 + 5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conv1d<const I: usize, Out, const K: usize, const S: usize = 1, const P: usize = 0>(
    PhantomData<Out>,
);

impl<const I: usize, Out, const K: usize, const S: usize, const P: usize> Conv1d<I, Out, K, S, P> {
    const FILTERS: Filters<I, 1, K> =
        Filters { window: Window { stride: [1, S], padding: [0, P] } };

    /// Creates the layer: all its settings are in its type.
    pub const fn new() -> Self {
        Conv1d(PhantomData)
    }
}

impl<const I: usize, Out, const K: usize, const S: usize, const P: usize> Sealed
    for Conv1d<I, Out, K, S, P>
{
}

impl<
    const I: usize,
    const O: usize,
    const L: usize,
    const OL: usize,
    const K: usize,
    const S: usize,
    const P: usize,
> Layer<Rows<I, L>> for Conv1d<I, Rows<O, OL>, K, S, P>
{
    type Output = Rows<O, OL>;
    const PARAMETERS: usize = {
        assert!(I > 0 && O > 0, "a convolution has at least one channel on each side");
        assert!(
            fits(L, OL, K, S, P),
            "the output of a convolution is (input + 2 * padding - kernel) / stride + 1 long, and \
             the padding is smaller than the kernel"
        );
        O * I * K + O
    };
    const LAYERS: LayerList =
        LayerList::new(LayerSpec::Conv1d(ConvSpec::even([I, O], [K, S, P], 1)));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Conv1d(ConvSpec::even([I, O], [K, S, P], 1)));
    }

    fn initialize<T: Initialization>(&self, how: &T, parameters: &mut [f32], random: &mut Random) {
        ConvSpec::<1>::even([I, O], [K, S, P], 1).initialize(how, parameters, random);
    }

    passes!(_ => Dense::<I, 1, L, 1, OL, 1, K>(Self::FILTERS));
}
