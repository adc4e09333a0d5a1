use super::{Evaluated, Overlap, loss_of_a_mask};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::spec::{
    Domain, Example, Family, LossKind, LossSpec, Range, Setting, Small, Sums, TargetSpec,
};

/// Soft Dice: `1 − (2 Σ p·t + s) / (Σ p + Σ t + s)`, `s` being the smoothing (1 unless said
/// otherwise).
///
/// With `r` for the ratio and `D` for its denominator the gradient is `(r − 2 t) / D`. The value is
/// computed as `Σ (p + t − 2 p·t) / D`: so it is never negative, and nothing cancels where the
/// masks agree. Predictions are probabilities in [0, 1], targets 0 or 1, or soft. Where `D` is 0
/// (empty masks, `s` = 0) value and gradient are 0; the gradient of a smaller `D` than 2⁻¹²⁰ is
/// that of 2⁻¹²⁰, and so finite.
///
/// For segmentation with few foreground pixels: it is blind to the size of the background.
/// Gradients of single pixels are small and noisy; often mixed with binary cross-entropy.
///
/// Milletari et al. 2016 (V-Net) with plain sums; MONAI `DiceLoss`, whose smoothing is
/// 10⁻⁵, for one channel. Not convex.
///
/// ```
/// use trimpot::loss::{Dice, Loss};
///
/// let loss = Dice::default().with_smoothing(0.0)?;
/// assert_eq!(loss.value::<f32>(&[1.0, 1.0, 0.0], &[1.0, 0.0, 0.0]), 1.0 / 3.0);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dice {
    smoothing: f32,
}

impl Dice {
    /// Adds `smoothing`, finite and not negative, to both sides of the ratio.
    ///
    /// # Errors
    /// If `smoothing` is out of range.
    pub fn with_smoothing(mut self, smoothing: f32) -> Result<Self, ParameterError> {
        self.smoothing = ParameterError::not_negative("smoothing", smoothing)?;
        Ok(self)
    }
}

impl Default for Dice {
    /// Creates the default: a smoothing of 1.
    fn default() -> Self {
        Dice { smoothing: 1.0 }
    }
}

impl LossKind for Dice {
    type Form = Sums;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("dice.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("one over the denominator for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec = LossSpec::new(
        Family::Overlap,
        Domain::Probabilities,
        TargetSpec::Values(Domain::Probabilities),
    )
    .with_names(&["soft_dice"])
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

loss_of_a_mask!(Dice);

impl Overlap for Dice {
    #[inline(always)]
    fn start(&self) -> [f32; 2] {
        // What both masks have counts twice in the end.
        [0.5 * self.smoothing, 0.0]
    }
    #[inline(always)]
    fn terms<V: Lanes>(&self, p: V, t: V) -> [V; 2] {
        let both = p * t;
        [both, (p - both) + (t - both)]
    }
    #[inline(always)]
    fn evaluate<V: Lanes>(&self, [common, wrong]: [V; 2]) -> Evaluated<V> {
        super::evaluated(common + common, wrong)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, evaluated: &Evaluated<V>, t: V) -> V {
        (evaluated.ratio - (t + t)) * evaluated.scale
    }
}
