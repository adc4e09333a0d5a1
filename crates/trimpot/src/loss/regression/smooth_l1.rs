use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};

/// Smooth L1: with the error `e = p − t`, the mean of `e² / 2β` where `|e| < β`, of `|e| − β / 2`
/// beyond.
///
/// Gradient `e / β / N` within, `sign(e) / N` beyond: continuous at `|e| = β`. β is 1 unless said
/// otherwise. It is [`Huber`](super::Huber) with δ = β, divided by β.
///
/// For regression of box corners and the like: the absolute error without its kink. As β shrinks it
/// becomes [`MeanAbsoluteError`](super::MeanAbsoluteError), which is what β = 0 is called.
///
/// PyTorch `nn.SmoothL1Loss`. Girshick 2015. Convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{Loss, SmoothL1};
///
/// let mut gradient = [0.0; 2];
/// let loss = SmoothL1::default().with_beta(0.5)?;
/// let value = loss.gradient::<f32>(&[0.25, 3.0], &[0.0, 0.0], &mut gradient);
/// assert_eq!((value, gradient), ((0.0625 + 2.75) / 2.0, [0.25, 0.5]));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothL1 {
    beta: f32,
}

impl SmoothL1 {
    /// Sets the size `beta`, finite and positive, up to which errors are squared.
    ///
    /// # Errors
    /// If `beta` is out of range.
    pub fn with_beta(mut self, beta: f32) -> Result<Self, ParameterError> {
        let beta = ParameterError::positive("beta", beta)?;
        self.beta = beta;
        Ok(self)
    }
}

impl Default for SmoothL1 {
    /// β = 1.
    fn default() -> Self {
        SmoothL1 { beta: 1.0 }
    }
}

impl LossKind for SmoothL1 {
    type Form = Elements;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("smooth_l1.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any))
            .with_settings(&[Setting::new("beta", 1.0, Range::Positive)]);

    fn from_settings([beta]: [f32; 1]) -> Result<Self, ParameterError> {
        SmoothL1::default().with_beta(beta)
    }

    fn settings(&self) -> [f32; 1] {
        [self.beta]
    }
}

impl Elementwise for SmoothL1 {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let (beta, half) = (V::splat(self.beta), V::splat(0.5));
        let error = prediction - target;
        let size = error.abs();
        let share = error / beta;
        let outlier = size.ge(beta);
        (
            outlier.select(size - half * beta, half * error * share),
            outlier.select(V::ONE.copysign(error), share),
        )
    }
}
