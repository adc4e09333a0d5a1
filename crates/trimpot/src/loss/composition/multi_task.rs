use crate::lanes::Lanes;
use crate::loss::{Loss, Target};
use crate::shape::Vector;

/// Two heads of one network: a loss for the first `A` predictions, another for the `B` after them.
/// The value is the sum; so is the gradient, each part its own.
///
/// The target is a pair: one for each head, of whatever kind its loss wants. The lengths must add
/// up to that of the prediction, or it does not compile. Fixed weights are those of the losses, as
/// in `0.3 * MeanSquaredError`; weights that are learnt are
/// [`Uncertain`](crate::loss::Uncertain)'s. For three heads, let the second be a `MultiTask` as
/// well.
///
/// For a network that says several things about one input: which gesture, and how fast. Heads share
/// what they have in common, and regularize each other; heads that have nothing in common do not
/// help.
///
/// Caruana 1997. NaN and infinities are as in the losses.
///
/// ```
/// use trimpot::loss::{CrossEntropy, Loss, MeanSquaredError, MultiTask};
///
/// // Two logits for the gesture, one number for its speed.
/// let loss = MultiTask::<2, 1, _, _>::new(CrossEntropy::new(), 0.25 * MeanSquaredError);
/// let mut gradient = [0.0; 3];
/// loss.gradient::<f32>(&[0.0, 0.0, 3.0], &(1, [1.0]), &mut gradient);
/// assert_eq!(gradient, [0.5, -0.5, 1.0]);
/// ```
///
/// ```compile_fail,E0080
/// # use trimpot::loss::{CrossEntropy, Loss, MeanSquaredError, MultiTask};
/// let loss = MultiTask::<2, 1, _, _>::new(CrossEntropy::new(), MeanSquaredError);
/// loss.value::<f32>(&[0.0; 4], &(1, [1.0])); // four predictions for 2 + 1
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MultiTask<const A: usize, const B: usize, F, S> {
    first: F,
    second: S,
}

impl<const A: usize, const B: usize, F, S> MultiTask<A, B, F, S> {
    /// Creates a loss of two heads: one for the first `A` predictions and one for the `B` after
    /// them.
    pub const fn new(first: F, second: S) -> Self {
        MultiTask { first, second }
    }
}

impl<const A: usize, const B: usize, const N: usize, F, S> Loss<Vector<N>> for MultiTask<A, B, F, S>
where
    F: Loss<Vector<A>>,
    S: Loss<Vector<B>>,
{
    type Target = (F::Target, S::Target);

    #[inline(always)]
    fn gradient<V: Lanes>(
        &self,
        prediction: &[V; N],
        (first, second): &<Self::Target as Target>::Values<V>,
        gradient: &mut [V; N],
    ) -> V {
        const { assert!(A + B == N, "the heads take all predictions, and no more") };
        let mut value = V::ZERO;
        // Both are always there, as the assertion says; but only the compiler can know.
        if let (Some(prediction), Some(gradient)) =
            (prediction.first_chunk(), gradient.first_chunk_mut())
        {
            value += self.first.gradient(prediction, first, gradient);
        }
        if let (Some(prediction), Some(gradient)) =
            (prediction.last_chunk(), gradient.last_chunk_mut())
        {
            value += self.second.gradient(prediction, second, gradient);
        }
        value
    }
}
