use super::{Evaluated, Overlap, loss_of_a_mask};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::spec::{
    Domain, Example, Family, LossKind, LossSpec, Range, Setting, Small, Sums, TargetSpec,
};

/// Tversky: `1 − (TP + s) / (TP + α FP + β FN + s)` with `TP = Σ p·t`, `FP = Σ p (1 − t)` and
/// `FN = Σ (1 − p) t`. α and β are ½ each and the smoothing `s` is 1 unless said otherwise.
///
/// It is computed as `L = W / D`, `W = α FP + β FN` being what is wrong and `D = TP + W + s`: so
/// nothing cancels where little is wrong. The gradient is `(w r − L t) / D` with
/// `w = α (1 − t) − β t` and `r = (TP + s) / D`, which is `1 − L`. Predictions are probabilities in
/// [0, 1], targets 0 or 1, or soft. Where `D` is 0 (empty masks, `s` = 0) value and gradient are 0;
/// the gradient of a smaller `D` than 2⁻¹²⁰ is that of 2⁻¹²⁰, and so finite.
///
/// For segmentation where a miss costs more than a false alarm: β > α asks for recall, α > β for
/// precision. α = β = ½ is [`Dice`](crate::loss::Dice) with twice the smoothing, α = β = 1
/// [`Jaccard`](crate::loss::Jaccard).
///
/// Salehi et al. 2017; MONAI `TverskyLoss`, whose smoothing is 10⁻⁵. Keras `Tversky` (there `alpha`
/// weighs FP too) is the same with a smoothing of 0, but adds 10⁻⁷ to the denominator: empty masks
/// count as 1. Not convex. NaN and ±∞ give NaN.
///
/// ```
/// use trimpot::loss::{Loss, Tversky};
///
/// let careful = Tversky::new(0.25, 0.75)?.with_smoothing(0.0)?;
/// let (alarm, miss) = ([1.0, 1.0, 0.0], [1.0, 0.0, 1.0]);
/// assert_eq!(careful.value::<f32>(&alarm, &[1.0, 0.0, 0.0]), 0.25 / 1.25);
/// assert_eq!(careful.value::<f32>(&[1.0, 0.0, 0.0], &miss), 0.75 / 1.75);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tversky {
    alpha: f32,
    beta: f32,
    smoothing: f32,
}

impl Tversky {
    /// Counts false alarms `alpha` times and misses `beta` times: both finite and not negative, and
    /// one of them positive.
    ///
    /// # Errors
    /// If `alpha` or `beta` is out of range.
    pub fn new(alpha: f32, beta: f32) -> Result<Self, ParameterError> {
        let alpha = ParameterError::not_negative("alpha", alpha)?;
        let beta = ParameterError::not_negative("beta", beta)?;
        ParameterError::positive("sum of alpha and beta", alpha + beta)?;
        Ok(Tversky { alpha, beta, smoothing: 1.0 })
    }

    /// Adds `smoothing`, finite and not negative, to both sides of the ratio.
    ///
    /// # Errors
    /// If `smoothing` is out of range.
    pub fn with_smoothing(self, smoothing: f32) -> Result<Self, ParameterError> {
        let smoothing = ParameterError::not_negative("smoothing", smoothing)?;
        Ok(Tversky { smoothing, ..self })
    }
}

impl Default for Tversky {
    /// α = β = ½, and a smoothing of 1.
    fn default() -> Self {
        Tversky { alpha: 0.5, beta: 0.5, smoothing: 1.0 }
    }
}

impl LossKind for Tversky {
    type Form = Sums;
    type Settings = [f32; 3];
    const SOURCE: &'static str = include_str!("tversky.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("1/D, α/D and β/D for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec = LossSpec::new(
        Family::Overlap,
        Domain::Probabilities,
        TargetSpec::Values(Domain::Probabilities),
    )
    .with_example(Example::of_mask())
    .with_settings(&[
        Setting::new("alpha", 0.5, Range::NotNegative),
        Setting::new("beta", 0.5, Range::NotNegative),
        Setting::new("smoothing", 1.0, Range::NotNegative).known_as("smooth"),
    ]);

    fn from_settings([alpha, beta, smoothing]: [f32; 3]) -> Result<Self, ParameterError> {
        Self::new(alpha, beta)?.with_smoothing(smoothing)
    }

    fn settings(&self) -> [f32; 3] {
        [self.alpha, self.beta, self.smoothing]
    }

    fn least_outputs(&self) -> usize {
        super::least_outputs(self.smoothing)
    }
}

loss_of_a_mask!(Tversky);

impl Overlap for Tversky {
    #[inline(always)]
    fn start(&self) -> [f32; 2] {
        [self.smoothing, 0.0]
    }
    #[inline(always)]
    fn terms<V: Lanes>(&self, p: V, t: V) -> [V; 2] {
        let (alpha, beta) = (V::splat(self.alpha), V::splat(self.beta));
        [p * t, alpha * (p * (V::ONE - t)) + beta * ((V::ONE - p) * t)]
    }
    #[inline(always)]
    fn evaluate<V: Lanes>(&self, [common, wrong]: [V; 2]) -> Evaluated<V> {
        super::evaluated(common, wrong)
    }
    #[inline(always)]
    fn derivative<V: Lanes>(&self, evaluated: &Evaluated<V>, t: V) -> V {
        let derivative = V::splat(self.alpha) * (V::ONE - t) - V::splat(self.beta) * t;
        (derivative * evaluated.ratio - evaluated.value * t) * evaluated.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_are_only_wrong_together_are_refused() {
        let nothing = |value| {
            let name = "sum of alpha and beta";
            Err(ParameterError { name, value, range: "(0, inf)" })
        };
        assert_eq!(Tversky::new(0.0, 0.0), nothing(0.0));
        assert_eq!(Tversky::new(f32::MAX, f32::MAX), nothing(f32::INFINITY));
    }
}
