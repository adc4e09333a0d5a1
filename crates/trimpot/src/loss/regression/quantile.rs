use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};

/// Quantile, or pinball: `mean max(q (t − p), (q − 1) (t − p))`.
///
/// Gradient `−q / N` where the prediction is too low, `(1 − q) / N` where it is too high. At the
/// kink, `p = t`, it is the mean of both, `(½ − q) / N`, as PyTorch's `maximum` shares it. q is ½
/// unless said otherwise.
///
/// For predicting not the middle but a bound: with q = 0.9, nine of ten targets should come out
/// below. Two such networks make a prediction interval.
///
/// scikit-learn `mean_pinball_loss`. Koenker and Bassett 1978. Convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{Loss, Quantile};
///
/// let mut gradient = [0.0; 2];
/// let loss = Quantile::new(0.75)?;
/// let value = loss.gradient::<f32>(&[0.0, 0.0], &[2.0, -2.0], &mut gradient);
/// assert_eq!((value, gradient), ((1.5 + 0.5) / 2.0, [-0.375, 0.125]));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    quantile: f32,
}

impl Quantile {
    /// Creates the loss of this quantile, the share of targets below the prediction: in (0, 1).
    ///
    /// # Errors
    /// If `quantile` is out of range.
    pub fn new(quantile: f32) -> Result<Self, ParameterError> {
        let valid = quantile > 0.0 && quantile < 1.0;
        ParameterError::unless(valid, "quantile", quantile, "(0, 1)")?;
        Ok(Quantile { quantile })
    }
}

impl Default for Quantile {
    /// q = ½: half the absolute error, for the median.
    fn default() -> Self {
        Quantile { quantile: 0.5 }
    }
}

impl LossKind for Quantile {
    type Form = Elements;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("quantile.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any))
            .with_names(&["pinball", "mean_pinball"])
            .with_settings(&[Setting::new("quantile", 0.5, Range::Inside)]);

    fn from_settings([quantile]: [f32; 1]) -> Result<Self, ParameterError> {
        Quantile::new(quantile)
    }

    fn settings(&self) -> [f32; 1] {
        [self.quantile]
    }
}

impl Elementwise for Quantile {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let low = V::splat(self.quantile);
        let high = V::splat(1.0 - self.quantile);
        let error = prediction - target;
        let too_low = error.lt(V::ZERO);
        let kink = error.eq(V::ZERO).select(V::splat(0.5) - low, high);
        (too_low.select(low * -error, high * error), too_low.select(-low, kink))
    }
}
