use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec, flag,
};
use crate::math;

/// Half the logarithm of 2π.
const HALF_LN_TAU: f32 = 0.918_938_5;

/// Poisson negative log-likelihood: `mean e^p − t·p` where predictions are the logarithms of rates,
/// `mean p − t·ln(p + ε)` where they are rates.
///
/// Gradient `(e^p − t) / N`, or `(1 − t / (p + ε)) / N`. Targets are counts of at least 0; so are
/// rates. The full loss adds Stirling's estimate of `ln t!`, which is `t·ln t − t + ½ ln(2π t)`,
/// where `t > 1`: it moves the value, not the gradient.
///
/// For counts: events an hour, steps, packets. Logarithms are the better choice for a network,
/// whose outputs have any sign. From `p` = 88.7 on the value, being `e^p`, exceeds `f32` and is
/// infinite, as is the gradient: for counts of that size a squared error does better. Rates below
/// −ε give a NaN value; with ε they may be 0.
///
/// PyTorch `nn.PoissonNLLLoss(log_input, full, eps)`, Keras `Poisson` (rates, ε = 10⁻⁷), optax
/// `poisson_nll_loss`. Convex. NaN gives NaN.
///
/// ```
/// use trimpot::loss::{Loss, PoissonNll};
///
/// let mut gradient = [0.0];
/// let value = PoissonNll::new().gradient::<f32>(&[0.0], &[3.0], &mut gradient);
/// assert_eq!((value, gradient), (1.0, [-2.0]));
///
/// let value = PoissonNll::of_rates(1e-8)?.gradient::<f32>(&[1.0], &[3.0], &mut gradient);
/// assert_eq!((value, gradient), (1.0, [-2.0]));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PoissonNll {
    /// ε where predictions are rates.
    epsilon: Option<f32>,
    full: bool,
}

impl PoissonNll {
    /// Creates the loss for predictions that are logarithms of rates.
    pub const fn new() -> Self {
        PoissonNll { epsilon: None, full: false }
    }

    /// Creates the loss for predictions that are rates. `epsilon`, finite and positive (PyTorch's
    /// is 10⁻⁸), keeps the logarithm of 0 finite.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn of_rates(epsilon: f32) -> Result<Self, ParameterError> {
        let epsilon = ParameterError::positive("epsilon", epsilon)?;
        Ok(PoissonNll { epsilon: Some(epsilon), full: false })
    }

    /// Adds what depends on the target alone, so that values compare across data sets.
    pub const fn full(self) -> Self {
        PoissonNll { full: true, ..self }
    }
}

impl LossKind for PoissonNll {
    type Form = Elements;
    type Settings = [f32; 2];
    const SOURCE: &'static str = include_str!("poisson_nll.rs");
    const LARGEST_TERMS: Option<&'static str> = Some(
        "the terms e^p, t·p and t·ln t of the value, e^p and t of the gradient (of rates: t·ln p and t/p)",
    );
    const NEAR_MINIMUM: Option<[Small; 2]> = None;
    const SPEC: LossSpec = LossSpec::new(
        Family::Regression,
        Domain::LogRates,
        TargetSpec::Values(Domain::NotNegative),
    )
    .with_names(&["poisson"])
    .with_example(Example::of_one(&[4.0], -2.0, 3.0))
    .with_settings(&[Setting::new("of_rates", 0.0, Range::NotNegative), Setting::flag("full")]);

    fn from_settings([of_rates, full]: [f32; 2]) -> Result<Self, ParameterError> {
        let epsilon = ParameterError::not_negative("of_rates", of_rates)?;
        let loss = if epsilon == 0.0 { Self::new() } else { Self::of_rates(epsilon)? };
        Ok(if flag("full", full)? { loss.full() } else { loss })
    }

    fn settings(&self) -> [f32; 2] {
        [self.epsilon.unwrap_or(0.0), f32::from(u8::from(self.full))]
    }

    fn outputs(&self) -> Domain {
        if self.epsilon.is_some() { Domain::NotNegative } else { Domain::LogRates }
    }
}

impl Elementwise for PoissonNll {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let (mut value, derivative) = match self.epsilon {
            None => {
                let rate = math::exp(prediction);
                (rate - target * prediction, rate - target)
            }
            Some(epsilon) => {
                let rate = prediction + V::splat(epsilon);
                (prediction - target * math::ln(rate), V::ONE - target / rate)
            }
        };
        if self.full {
            let ln = math::ln(target);
            let stirling = target * (ln - V::ONE) + (V::splat(0.5) * ln + V::splat(HALF_LN_TAU));
            value += target.gt(V::ONE).select(stirling, V::ZERO);
        }
        (value, derivative)
    }
}
