use crate::lanes::Lanes;
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Family, LossKind, LossSpec, Small, TargetSpec, no_settings,
};

/// Mean absolute error: `mean |p − t|`, gradient `sign(p − t) / N`.
///
/// At the kink, `p = t`, the gradient is 0 (PyTorch's convention).
///
/// For regression with outliers, which pull no harder than other errors: it fits the median. The
/// gradient does not shrink near the optimum, so the learning rate must.
///
/// PyTorch `nn.L1Loss`, Keras `MeanAbsoluteError`. Convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{Loss, MeanAbsoluteError};
///
/// let mut gradient = [0.0; 2];
/// let value = MeanAbsoluteError.gradient::<f32>(&[1.0, 3.0], &[0.0, 5.0], &mut gradient);
/// assert_eq!((value, gradient), (1.5, [0.5, -0.5]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError;

impl LossKind for MeanAbsoluteError {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("mae.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any))
            .with_names(&["l1", "absolute_error"]);

    no_settings!();
}

impl Elementwise for MeanAbsoluteError {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let error = prediction - target;
        (error.abs(), error.signum())
    }
}
