use crate::lanes::Lanes;
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Family, LossKind, LossSpec, Small, TargetSpec, no_settings,
};

/// Mean squared error: `mean (p − t)²`, gradient `2 (p − t) / N`.
///
/// For regression with errors that are about normal. One large error outweighs many small ones, so
/// outliers pull hard.
///
/// PyTorch `nn.MSELoss`, Keras `MeanSquaredError`. Convex. Errors beyond about 1.8·10¹⁹ overflow to
/// infinity.
///
/// ```
/// use trimpot::loss::{Loss, MeanSquaredError};
///
/// let mut gradient = [0.0; 2];
/// let value = MeanSquaredError.gradient::<f32>(&[1.0, 3.0], &[0.0, 1.0], &mut gradient);
/// assert_eq!((value, gradient), (2.5, [1.0, 2.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError;

impl LossKind for MeanSquaredError {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("mse.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any)).with_names(
            &["l2", "squared_error", "mean_square", "quadratic", "rmse", "root_mean_squared_error"],
        );

    no_settings!();
}

impl Elementwise for MeanSquaredError {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let error = prediction - target;
        (error * error, error + error)
    }
}
