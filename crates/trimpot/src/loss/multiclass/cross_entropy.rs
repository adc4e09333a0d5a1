use super::softmax::{OfLabel, Softmax};
use super::{ClassWeights, EqualWeights, is_class, is_known};
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::{Class, Loss};
use crate::shape::Vector;

/// Softmax cross-entropy on logits: `Σⱼ qⱼ·(−ln softmax(z)ⱼ)` with
/// `qⱼ = wⱼ·((1 − s)·[j = label] + s / N)`, label smoothing `s` and class weights `w`.
///
/// Gradient `(Σ q)·softmax(z) − q`. Logits are any finite numbers: value and gradient are finite
/// while their differences are. −∞ is allowed for a class that is not the label; NaN and +∞ give
/// NaN. A label out of range is ignored: value and gradient 0.
///
/// For classifiers. Smoothing (0.1, say) keeps them from growing overconfident on few
/// samples; class weights make up for rare classes. With weights the value is the sample's own: it
/// is not divided by the weight of the label, as PyTorch's mean over a batch is.
///
/// PyTorch `nn.CrossEntropyLoss(weight, label_smoothing, reduction="sum")`, Keras
/// `SparseCategoricalCrossentropy(from_logits=True)` and optax
/// `softmax_cross_entropy_with_integer_labels`, which have neither smoothing nor weights. Convex.
/// Smoothing: Szegedy et al. 2016.
///
/// ```
/// use trimpot::loss::{CrossEntropy, Loss};
///
/// let mut gradient = [0.0; 2];
/// let value = CrossEntropy::new().gradient::<f32>(&[0.0, 0.0], &1, &mut gradient);
/// assert!((value - core::f32::consts::LN_2).abs() < 1e-6);
/// assert_eq!(gradient, [0.5, -0.5]);
///
/// let careful = CrossEntropy::new().with_label_smoothing(0.1)?;
/// let weighted = careful.with_class_weights([0.2, 0.8])?;
/// assert!(weighted.value::<f32>(&[3.0, -1.0], &0) < careful.value::<f32>(&[3.0, -1.0], &0));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrossEntropy<W = EqualWeights> {
    smoothing: f32,
    weights: W,
}

impl CrossEntropy {
    /// Creates the loss without label smoothing and with equal class weights.
    pub const fn new() -> Self {
        CrossEntropy { smoothing: 0.0, weights: EqualWeights }
    }

    /// Returns what the label gives to all classes.
    pub(crate) const fn smoothing(&self) -> f32 {
        self.smoothing
    }
}

impl<W> CrossEntropy<W> {
    /// Takes `smoothing`, in [0, 1], away from the label and spreads it over all classes evenly.
    pub fn with_label_smoothing(self, smoothing: f32) -> Result<Self, ParameterError> {
        ParameterError::unless((0.0..=1.0).contains(&smoothing), "smoothing", smoothing, "[0, 1]")?;
        Ok(CrossEntropy { smoothing, ..self })
    }

    /// Counts each class `weights` times. Weights are finite and not negative, and some is
    /// positive.
    pub fn with_class_weights<const N: usize>(
        self,
        weights: [f32; N],
    ) -> Result<CrossEntropy<[f32; N]>, ParameterError> {
        Ok(CrossEntropy { smoothing: self.smoothing, weights: super::checked_weights(weights)? })
    }
}

impl<W: ClassWeights<N>, const N: usize> Loss<Vector<N>> for CrossEntropy<W> {
    type Target = Class;

    #[inline(always)]
    fn gradient<V: Lanes>(&self, logits: &[V; N], label: &V::Bits, gradient: &mut [V; N]) -> V {
        // One class has all: less work, and nothing is lost where its probability is near 1.
        if self.smoothing == 0.0 {
            return self.of_one_class(logits, label, gradient);
        }
        let softmax = Softmax::of(logits, gradient);
        let spread = self.smoothing / N as f32;
        let (at_label, elsewhere) = (V::splat(1.0 - self.smoothing + spread), V::splat(spread));
        let share = |index: usize, weight: f32| {
            V::splat(weight) * is_class::<V>(*label, index).select(at_label, elsewhere)
        };

        let mut value = V::ZERO;
        let mut total = V::ZERO;
        for ((index, &z), weight) in logits.iter().enumerate().zip(self.weights.weights()) {
            let share = share(index, weight);
            value += softmax.expected(share, z);
            total += share;
        }

        let known = is_known::<V, N>(*label);
        for ((index, gradient), weight) in
            gradient.iter_mut().enumerate().zip(self.weights.weights())
        {
            *gradient = known.select(total * *gradient - share(index, weight), V::ZERO);
        }
        known.select(value, V::ZERO)
    }
}

impl<W> CrossEntropy<W> {
    /// Returns the loss where the label's share is its weight and all others are 0.
    #[inline(always)]
    fn of_one_class<V: Lanes, const N: usize>(
        &self,
        logits: &[V; N],
        label: &V::Bits,
        gradient: &mut [V; N],
    ) -> V
    where
        W: ClassWeights<N>,
    {
        let softmax = OfLabel::of(logits, *label, gradient);
        if W::EQUAL {
            softmax.gradient(V::ONE, gradient);
            return softmax.known(softmax.neg_log_prob());
        }
        let mut own = V::ZERO;
        for (index, weight) in self.weights.weights().enumerate() {
            own = is_class::<V>(*label, index).select(V::splat(weight), own);
        }
        softmax.gradient(own, gradient);
        // A weight of 0 is not asked for its logit, which may be −∞.
        let counts = own.gt(V::ZERO);
        softmax.known(counts.select(own * softmax.neg_log_prob(), V::ZERO))
    }
}
