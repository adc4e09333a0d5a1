use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, Range, Setting, Several, Small,
    TargetSpec, flag,
};
use crate::loss::{RowsLoss, Values};
use crate::math;

/// Half the logarithm of 2π.
const HALF_LN_TAU: f32 = 0.918_938_5;

/// Gaussian negative log-likelihood: with the error `e = m − t` and the variance `v`, the mean of
/// `½ (ln v + e² / v)`. Two rows of predictions: means `m`, then variances `v`.
///
/// Gradient `e / (v N)` by the mean, `½ (1 / v − e² / v²) / N` by the variance. Variances below ε
/// (10⁻⁶ unless said otherwise) count as ε, and pass the gradient on as if they were: the clamp is
/// not differentiated, so that a variance that fell too low can rise again. The full loss adds
/// `½ ln 2π`: it moves the value, not the gradient.
///
/// For regression that says how sure it is. Train the mean with a squared error first if the
/// variance runs away: large variances excuse large errors.
///
/// PyTorch `nn.GaussianNLLLoss(full, eps)`, which fails on negative variances. Nix and Weigend
/// 1994. Convex in the mean, not in the variance. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{GaussianNll, Loss};
///
/// let mut gradient = [[0.0]; 2];
/// let value = GaussianNll::new().gradient::<f32>(&[[3.0], [1.0]], &[1.0], &mut gradient);
/// assert_eq!((value, gradient), (2.0, [[2.0], [-1.5]]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianNll {
    epsilon: f32,
    full: bool,
}

impl GaussianNll {
    /// Creates the loss, for which variances count as at least 10⁻⁶.
    pub const fn new() -> Self {
        GaussianNll { epsilon: 1e-6, full: false }
    }

    /// Sets the least variance to `epsilon`, finite and positive.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(GaussianNll { epsilon: ParameterError::positive("epsilon", epsilon)?, ..self })
    }

    /// Adds `½ ln 2π`, so that the value is the logarithm of a density.
    pub const fn full(self) -> Self {
        GaussianNll { full: true, ..self }
    }
}

impl Default for GaussianNll {
    /// Variances of at least 10⁻⁶, without the constant.
    fn default() -> Self {
        Self::new()
    }
}

impl LossKind for GaussianNll {
    type Form = Several<2>;
    type Settings = [f32; 2];
    const SOURCE: &'static str = include_str!("gaussian_nll.rs");
    const LARGEST_TERMS: Option<&'static str> =
        Some("the terms e²/v of the value, 1/v and e²/v² of the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = None;
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any))
            .with_names(&["gaussian"])
            .with_example(Example::new(&[0.0, 1.0], ExampleTarget::Values(&[1.0]), 1, [0.25, 5.0]))
            .with_settings(&[
                Setting::new("epsilon", 1e-6, Range::Positive).known_as("eps"),
                Setting::flag("full"),
            ]);

    fn from_settings([epsilon, full]: [f32; 2]) -> Result<Self, ParameterError> {
        let loss = Self::new().with_epsilon(epsilon)?;
        Ok(if flag("full", full)? { loss.full() } else { loss })
    }

    fn settings(&self) -> [f32; 2] {
        [self.epsilon, f32::from(u8::from(self.full))]
    }
}

impl RowsLoss<2> for GaussianNll {
    type Target = Values;
    const LEAST: usize = 1;

    #[inline(always)]
    fn equal_rows_gradient<V: Lanes>(
        &self,
        [means, variances]: [&[V]; 2],
        target: &[V],
        [by_mean, by_variance]: [&mut [V]; 2],
    ) -> V {
        let (share, half) = (V::splat(1.0 / means.len() as f32), V::splat(0.5));
        let mut sum = V::ZERO;
        let by = by_mean.iter_mut().zip(by_variance);
        for (((&mean, &variance), &t), by) in means.iter().zip(variances).zip(target).zip(by) {
            // This way round, NaN stays.
            let variance = V::splat(self.epsilon).max(variance);
            let error = mean - t;
            let ratio = error / variance;
            // e² / v, which is about 1 where the variance is right.
            let normalized_square = error * ratio;
            sum += half * (math::ln(variance) + normalized_square);
            *by.0 = ratio * share;
            *by.1 = half * ((V::ONE - normalized_square) / variance) * share;
        }
        let value = sum * share;
        if self.full { value + V::splat(HALF_LN_TAU) } else { value }
    }
}
