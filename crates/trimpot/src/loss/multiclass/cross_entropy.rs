use super::softmax::{OfLabel, Softmax};
use super::{EqualWeights, Weights, is_class, is_known, weight_of_label};
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::slices::{loss_of_arrays, undefined};
use crate::loss::spec::{
    Domain, Example, Family, LossKind, LossSpec, OneRow, Range, Setting, Small, TargetSpec,
};
use crate::loss::{Class, Loss, SliceLoss};
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
    /// Takes `label_smoothing`, in [0, 1], away from the label and spreads it over all classes
    /// evenly.
    ///
    /// # Errors
    /// If `label_smoothing` is out of range.
    pub fn with_label_smoothing(self, label_smoothing: f32) -> Result<Self, ParameterError> {
        let valid = (0.0..=1.0).contains(&label_smoothing);
        ParameterError::unless(valid, "label_smoothing", label_smoothing, "[0, 1]")?;
        Ok(CrossEntropy { smoothing: label_smoothing, ..self })
    }

    /// Counts each class `weights` times. Weights are finite and not negative, and some is
    /// positive.
    ///
    /// # Errors
    /// If a weight is negative or not finite, or all are 0.
    pub fn with_class_weights<const N: usize>(
        self,
        weights: [f32; N],
    ) -> Result<CrossEntropy<[f32; N]>, ParameterError> {
        Ok(CrossEntropy { smoothing: self.smoothing, weights: super::checked_weights(weights)? })
    }
}

impl LossKind for CrossEntropy {
    type Form = OneRow;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("cross_entropy.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the class weights");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::EXPONENTIAL, Small::EXPONENTIAL]);
    const SPEC: LossSpec = LossSpec::new(Family::Multiclass, Domain::Logits, TargetSpec::Class)
        .with_least_outputs(2)
        .with_class_weights()
        .with_names(&[
            "ce",
            "xent",
            "softmax",
            "cross_entropy_with_logits",
            "sparse_categorical_crossentropy",
            "softmax_cross_entropy_with_integer_labels",
        ])
        .with_example(Example::of_logits())
        .with_settings(&[Setting::new("label_smoothing", 0.0, Range::Share)]);

    fn from_settings([label_smoothing]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::new().with_label_smoothing(label_smoothing)
    }

    fn settings(&self) -> [f32; 1] {
        [self.smoothing]
    }
}

// A call would cost some 6 % of the loss of ten classes.
loss_of_arrays!(CrossEntropy, #[inline(always)]);

impl SliceLoss for CrossEntropy {
    type Target = Class;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, logits: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        of_row(self.smoothing, EqualWeights, logits, label, gradient)
    }

    #[inline(always)]
    fn weighted_row_gradient<V: Lanes>(
        &self,
        weights: &[f32],
        logits: &[V],
        label: V::Bits,
        gradient: &mut [V],
    ) -> V {
        of_row(self.smoothing, weights, logits, label, gradient)
    }
}

impl<const N: usize> Loss<Vector<N>> for CrossEntropy<[f32; N]> {
    type Target = Class;

    #[inline(always)]
    fn gradient<V: Lanes>(&self, logits: &[V; N], label: &V::Bits, gradient: &mut [V; N]) -> V {
        const { assert!(N > 0, "there is no probability without classes") };
        of_row(self.smoothing, self.weights.as_slice(), logits, *label, gradient)
    }
}

/// For rows of `N` classes: NaN for others.
impl<const N: usize> SliceLoss for CrossEntropy<[f32; N]> {
    type Target = Class;
    const LEAST: usize = N;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, logits: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        if logits.len() != N {
            return undefined(gradient);
        }
        of_row(self.smoothing, self.weights.as_slice(), logits, label, gradient)
    }
}

/// Returns the loss of a row of logits.
#[inline(always)]
fn of_row<V: Lanes, W: Weights>(
    smoothing: f32,
    weights: W,
    logits: &[V],
    label: V::Bits,
    gradient: &mut [V],
) -> V {
    // One class has all: less work, and nothing is lost where its probability is near 1.
    if smoothing == 0.0 {
        return of_one_class(weights, logits, label, gradient);
    }
    let classes = logits.len();
    let softmax = Softmax::of(logits, gradient);
    let spread = smoothing / classes as f32;
    let (at_label, elsewhere) = (V::splat(1.0 - smoothing + spread), V::splat(spread));
    let mut value = V::ZERO;
    let mut total = V::ZERO;
    for ((index, &z), weight) in logits.iter().enumerate().zip(weights.of(classes)) {
        let of_class = is_class::<V>(label, index).select(at_label, elsewhere);
        let share = V::splat(weight) * of_class;
        value += softmax.expected(share, z);
        total += share;
    }

    let known = is_known::<V>(label, classes);
    for ((index, gradient), weight) in gradient.iter_mut().enumerate().zip(weights.of(classes)) {
        let of_class = is_class::<V>(label, index).select(at_label, elsewhere);
        let share = V::splat(weight) * of_class;
        *gradient = known.select(total * *gradient - share, V::ZERO);
    }
    known.select(value, V::ZERO)
}

/// Returns the loss where the label's share is its weight and all others are 0.
#[inline(always)]
fn of_one_class<V: Lanes, W: Weights>(
    weights: W,
    logits: &[V],
    label: V::Bits,
    gradient: &mut [V],
) -> V {
    let softmax = OfLabel::of(logits, label, gradient);
    if W::EQUAL {
        softmax.gradient(V::ONE, gradient);
        return softmax.known(softmax.neg_log_prob());
    }
    let own = weight_of_label::<V, _>(weights, logits.len(), label);
    softmax.gradient(own, gradient);
    // A weight of 0 is not asked for its logit, which may be −∞.
    let counts = own.gt(V::ZERO);
    softmax.known(counts.select(own * softmax.neg_log_prob(), V::ZERO))
}
