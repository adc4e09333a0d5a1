use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};

/// Huber: with the error `e = p − t`, the mean of `e² / 2` where `|e| ≤ δ`, of `δ (|e| − δ / 2)`
/// beyond.
///
/// Gradient `e / N` within, `δ·sign(e) / N` beyond: continuous at `|e| = δ`. δ is 1 unless said
/// otherwise.
///
/// For regression with outliers: squared where errors are small, absolute where they are large. δ
/// is the size from which an error counts as an outlier.
///
/// PyTorch `nn.HuberLoss`, Keras `Huber`, optax `huber_loss`. Huber 1964. Convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{Huber, Loss};
///
/// let mut gradient = [0.0; 2];
/// let value = Huber::default().gradient::<f32>(&[0.5, 3.0], &[0.0, 0.0], &mut gradient);
/// assert_eq!((value, gradient), ((0.125 + 2.5) / 2.0, [0.25, 0.5]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    delta: f32,
}

impl Huber {
    /// Sets the size `delta`, finite and positive, beyond which errors count as outliers.
    ///
    /// # Errors
    /// If `delta` is out of range.
    pub fn with_delta(mut self, delta: f32) -> Result<Self, ParameterError> {
        let delta = ParameterError::positive("delta", delta)?;
        self.delta = delta;
        Ok(self)
    }
}

impl Default for Huber {
    /// δ = 1.
    fn default() -> Self {
        Huber { delta: 1.0 }
    }
}

impl LossKind for Huber {
    type Form = Elements;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("huber.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any))
            .with_settings(&[Setting::new("delta", 1.0, Range::Positive)]);

    fn from_settings([delta]: [f32; 1]) -> Result<Self, ParameterError> {
        Huber::default().with_delta(delta)
    }

    fn settings(&self) -> [f32; 1] {
        [self.delta]
    }
}

impl Elementwise for Huber {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let delta = V::splat(self.delta);
        let error = prediction - target;
        // `max` and `min` give their argument where either is NaN: NaN stays.
        let clamped = delta.min((-delta).max(error));
        (clamped * (error - V::splat(0.5) * clamped), clamped)
    }
}
