use crate::lanes::Lanes;
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Small, TargetSpec, no_settings,
};

/// The least size of a target that errors are divided by (Keras' bound).
const LEAST: f32 = 1e-7;

/// Mean absolute percentage error: `100 · mean |p − t| / |t|`.
///
/// Gradient `100 · sign(p − t) / |t| / N`, and 0 at the kink, `p = t`. `|t|` is held above 10⁻⁷, as
/// in Keras; still, targets near 0 outweigh all others.
///
/// For positive targets of several sizes whose relative errors count alike. It prefers predictions
/// that are too low; [`MeanSquaredLogarithmicError`](super::MeanSquaredLogarithmicError) does the
/// opposite.
///
/// Keras `MeanAbsolutePercentageError`. Convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{Loss, MeanAbsolutePercentageError};
///
/// let value = MeanAbsolutePercentageError.value::<f32>(&[1.5, 3.0], &[2.0, 4.0]);
/// assert_eq!(value, 25.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsolutePercentageError;

impl LossKind for MeanAbsolutePercentageError {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("mape.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::NotZero))
            .with_names(&["absolute_percentage_error"])
            .with_example(Example::of_one(&[2.0], 0.0, 5.0));

    no_settings!();
}

impl Elementwise for MeanAbsolutePercentageError {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let error = prediction - target;
        // `max` gives its argument for NaN, so this way round NaN stays.
        let scale = V::splat(100.0) / V::splat(LEAST).max(target.abs());
        (error.abs() * scale, error.signum() * scale)
    }
}
