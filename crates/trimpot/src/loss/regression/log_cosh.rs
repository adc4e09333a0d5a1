use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Family, LossKind, LossSpec, Small, TargetSpec, no_settings,
};
use crate::math;

/// Logarithm of the hyperbolic cosine: `mean ln cosh(p − t)`, gradient `tanh(p − t) / N`.
///
/// About `e² / 2` for small errors and `|e| − ln 2` for large ones, smooth between: finite for
/// every finite error. Never negative, and as accurate for small errors as for large ones.
///
/// For regression with outliers where a second derivative is wanted; like [`Huber`](super::Huber),
/// with nothing to set.
///
/// Keras `LogCosh`, optax `log_cosh` (both of which lose the digits of small errors). Convex. NaN
/// gives NaN.
///
/// How it is computed: for `|e| < 1` as `−½ ln(1 − tanh² e)`, where nothing cancels; else as `|e| +
/// ln(1 + e^(−2|e|)) − ln 2`. Either way it is one logarithm, and the exponential is that of the
/// gradient.
///
/// ```
/// use trimpot::loss::{LogCosh, Loss};
///
/// let value = LogCosh.value::<f32>(&[1.0e4], &[0.0]);
/// assert_eq!(value, 1.0e4 - core::f32::consts::LN_2);
/// let value = LogCosh.value::<f32>(&[1.0e-4], &[0.0]);
/// assert!((value / 5.0e-9 - 1.0).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCosh;

impl LossKind for LogCosh {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("log_cosh.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any));

    no_settings!();
}

impl Elementwise for LogCosh {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let error = prediction - target;
        let size = error.abs();
        let (tanh, decay) = math::tanh_and_decay(error);
        let small = size.lt(V::ONE);
        let ln = math::ln_1p(small.select(-(tanh * tanh), decay));
        let value =
            small.select(V::splat(-0.5) * ln, size + (ln - V::splat(core::f32::consts::LN_2)));
        (value, tanh)
    }
}
