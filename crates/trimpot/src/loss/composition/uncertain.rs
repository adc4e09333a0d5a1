use crate::lanes::Lanes;
use crate::loss::{Loss, Target};
use crate::math;
use crate::shape::Vector;

/// Weights above e⁶⁰ count as it: far from any use, and from overflow.
const LARGEST_LOG_WEIGHT: f32 = 60.0;

/// A loss with a weight that is learnt: `½ (e⁻ˢ l + s)`, where `l` is the loss of the first `M`
/// predictions and `s`, the one after them, is the logarithm of the task's variance.
///
/// Gradient `½ e⁻ˢ l′` by the predictions, `½ (1 − e⁻ˢ l)` by `s`. It is in balance at
/// `e⁻ˢ = 1 / l`: a task that stays hard is weighed less, and the `s` keeps it from being weighed
/// nothing. For `s` below −60, `e⁻ˢ` counts as e⁶⁰, so that it is finite.
///
/// For the heads of a [`MultiTask`](crate::loss::MultiTask), whose losses come in different units.
/// As one more output of the last layer, `s` may depend on the input, and says how uncertain this
/// sample is; with weights fixed at 0 its bias is one number for the task. Losses must not be
/// negative. The value may be, and has no meaning across runs.
///
/// Kendall, Gal and Cipolla 2018, with `s = ln σ²`; they weigh a cross-entropy by `e⁻ˢ` without the
/// ½, which is `2.0 * loss` here. Not convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{CrossEntropy, Loss, MeanSquaredError, MultiTask, Uncertain};
///
/// let speed = Uncertain::<1, _>::new(MeanSquaredError);
/// let mut gradient = [0.0; 2];
/// let value = speed.gradient::<f32>(&[3.0, 0.0], &[1.0], &mut gradient);
/// assert_eq!((value, gradient), (2.0, [2.0, -1.5]));
///
/// let gesture = Uncertain::<2, _>::new(2.0 * CrossEntropy::new());
/// let both = MultiTask::<3, 2, _, _>::new(gesture, speed);
/// assert!(both.value::<f32>(&[0.0, 1.0, 0.0, 3.0, 0.0], &(1, [1.0])).is_finite());
/// ```
///
/// ```compile_fail,E0080
/// # use trimpot::loss::{Loss, MeanSquaredError, Uncertain};
/// let speed = Uncertain::<1, _>::new(MeanSquaredError);
/// speed.value::<f32>(&[3.0], &[1.0]); // no prediction is left for the log-variance
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Uncertain<const M: usize, L> {
    loss: L,
}

impl<const M: usize, L> Uncertain<M, L> {
    /// Creates the loss from that of the first `M` predictions.
    pub const fn new(loss: L) -> Self {
        Uncertain { loss }
    }
}

impl<const M: usize, const N: usize, L: Loss<Vector<M>>> Loss<Vector<N>> for Uncertain<M, L> {
    type Target = L::Target;

    #[inline(always)]
    fn gradient<V: Lanes>(
        &self,
        prediction: &[V; N],
        target: &<Self::Target as Target>::Values<V>,
        gradient: &mut [V; N],
    ) -> V {
        const { assert!(M + 1 == N, "one prediction more than the loss takes: the log-variance") };
        let half = V::splat(0.5);
        let mut value = V::ZERO;
        // All is there, as the assertion says; but only the compiler can know.
        if let Some((&log_variance, _)) = prediction.split_last()
            && let Some(prediction) = prediction.first_chunk()
            && let Some((by_log_variance, by_prediction)) = gradient.split_last_mut()
            && let Some(by_prediction) = by_prediction.first_chunk_mut()
        {
            // `min` gives its argument where it is NaN: NaN stays.
            let log_weight = V::splat(LARGEST_LOG_WEIGHT).min(-log_variance);
            let weight = half * math::exp(log_weight);
            let weighted = weight * self.loss.gradient(prediction, target, by_prediction);
            for gradient in by_prediction {
                *gradient *= weight;
            }
            value = weighted + half * log_variance;
            *by_log_variance = half - weighted;
        }
        value
    }
}
