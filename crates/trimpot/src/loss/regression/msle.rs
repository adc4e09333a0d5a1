use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Small, TargetSpec, no_settings,
};
use crate::math;

/// Mean squared logarithmic error: `mean (ln(1 + p) − ln(1 + t))²`.
///
/// Gradient `2 (ln(1 + p) − ln(1 + t)) / (1 + p) / N`. Predictions and targets are above −1,
/// usually not negative; below, the value is NaN.
///
/// For numbers that grow over decades, like counts and prices: what counts is the ratio. Predicting
/// too little costs more than predicting as much too much.
///
/// Keras `MeanSquaredLogarithmicError` (which first holds both above 10⁻⁷). Not convex.
///
/// ```
/// use trimpot::loss::{Loss, MeanSquaredLogarithmicError};
///
/// assert_eq!(MeanSquaredLogarithmicError.value::<f32>(&[3.0], &[3.0]), 0.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredLogarithmicError;

impl LossKind for MeanSquaredLogarithmicError {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("msle.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec = LossSpec::new(
        Family::Regression,
        Domain::AboveMinusOne,
        TargetSpec::Values(Domain::AboveMinusOne),
    )
    .with_names(&["squared_logarithmic_error", "mean_squared_log_error", "rmsle"])
    .with_example(Example::of_one(&[2.0], -0.5, 5.5));

    no_settings!();
}

impl Elementwise for MeanSquaredLogarithmicError {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        // The logarithm of the ratio from the difference, which is exact where the two are near.
        let (distance, least) = (prediction - target, prediction.min(target));
        let size = math::ln_1p(distance.abs() / (V::ONE + least));
        let size = least.lt(-V::ONE).select(V::splat(f32::NAN), size);
        let error = size.copysign(distance);
        let derivative = (error + error) / (V::ONE + prediction);
        (error * error, derivative)
    }
}
