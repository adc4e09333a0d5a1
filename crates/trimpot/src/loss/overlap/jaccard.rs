use super::{Evaluated, Overlap, loss_of_a_mask};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::spec::{
    Domain, Example, Family, LossKind, LossSpec, Range, Setting, Small, Sums, TargetSpec,
};

/// Soft Jaccard, or intersection over union: `1 − (I + s) / U` with `I = Σ p·t`,
/// `U = Σ p + Σ t − I + s`, `s` being the smoothing (1 unless said otherwise).
///
/// With `r` for the ratio the gradient is `(r (1 − t) − t) / U`. The value is computed as `Σ (p + t
/// − 2 p·t) / U`: so it is never negative, and nothing cancels where the masks agree. Predictions
/// are probabilities in [0, 1], targets 0 or 1, or soft. Where `U` is 0 (empty masks, `s` = 0)
/// value and gradient are 0; the gradient of a smaller `U` than 2⁻¹²⁰ is that of 2⁻¹²⁰, and so
/// finite.
///
/// For segmentation that is scored by intersection over union; harder on partial overlap than
/// [`Dice`](super::Dice).
///
/// Rahman and Wang 2016. segmentation_models `JaccardLoss` is the same with a smoothing of 0, but
/// for a mask without any target: that counts as 0 there, whatever is predicted, and here as 1 if
/// anything is. Not convex.
///
/// ```
/// use trimpot::loss::{Jaccard, Loss};
///
/// let loss = Jaccard::default().with_smoothing(0.0)?;
/// assert_eq!(loss.value::<f32>(&[1.0, 1.0, 0.0], &[1.0, 0.0, 0.0]), 0.5);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jaccard {
    smoothing: f32,
}

impl Jaccard {
    /// Adds `smoothing`, finite and not negative, to both sides of the ratio.
    ///
    /// # Errors
    /// If `smoothing` is out of range.
    pub fn with_smoothing(mut self, smoothing: f32) -> Result<Self, ParameterError> {
        self.smoothing = ParameterError::not_negative("smoothing", smoothing)?;
        Ok(self)
    }
}

impl Default for Jaccard {
    /// Creates the default: a smoothing of 1.
    fn default() -> Self {
        Jaccard { smoothing: 1.0 }
    }
}

impl LossKind for Jaccard {
    type Form = Sums;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("jaccard.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("one over the denominator for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec = LossSpec::new(
        Family::Overlap,
        Domain::Probabilities,
        TargetSpec::Values(Domain::Probabilities),
    )
    .with_names(&["iou", "soft_iou", "intersection_over_union"])
    .with_example(Example::of_mask())
    .with_settings(&[Setting::new("smoothing", 1.0, Range::NotNegative).known_as("smooth")]);

    fn from_settings([smoothing]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_smoothing(smoothing)
    }

    fn settings(&self) -> [f32; 1] {
        [self.smoothing]
    }

    fn least_outputs(&self) -> usize {
        super::least_outputs(self.smoothing)
    }
}

loss_of_a_mask!(Jaccard);

impl Overlap for Jaccard {
    #[inline(always)]
    fn start(&self) -> [f32; 2] {
        [self.smoothing, 0.0]
    }
    #[inline(always)]
    fn terms<V: Lanes>(&self, p: V, t: V) -> [V; 2] {
        let both = p * t;
        [both, (p - both) + (t - both)]
    }
    #[inline(always)]
    fn evaluate<V: Lanes>(&self, [common, wrong]: [V; 2]) -> Evaluated<V> {
        super::evaluated(common, wrong)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, evaluated: &Evaluated<V>, t: V) -> V {
        (evaluated.ratio * (V::ONE - t) - t) * evaluated.scale
    }
}
