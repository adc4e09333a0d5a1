//! The elementary functions in `f64`.
//!
//! `libm`'s `f64` functions err by about one `f64` ULP, 2⁻²⁹ of an `f32` ULP: nothing, here. Each
//! formula is arranged so that it neither cancels nor overflows for the `f64` of any `f32`.

pub use libm::{exp, expm1 as exp_m1, log as ln, log1p as ln_1p, pow, tanh};

/// 1 / (1 + e⁻ˣ).
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// ln(1 + eˣ).
#[must_use]
pub fn softplus(x: f64) -> f64 {
    // `max` drops a NaN; the logarithm keeps it.
    x.max(0.0) + ln_1p(exp(-x.abs()))
}

/// Φ(x), the share of a standard normal distribution below x.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
}

/// sin πx, exact zeros at whole x.
#[must_use]
pub fn sin_pi(x: f64) -> f64 {
    // The remainder is exact; from half a turn on, so is the distance to one or two half turns.
    let half_turns = x.abs() % 2.0;
    let (sign, rest) = if half_turns > 1.0 { (-1.0, half_turns - 1.0) } else { (1.0, half_turns) };
    let size = libm::sin(core::f64::consts::PI * rest.min(1.0 - rest));
    if x.is_finite() { (sign * size + 0.0) * 1f64.copysign(x) } else { f64::NAN }
}

/// ln Σ e^xᵢ, NaN if some xᵢ is NaN.
#[must_use]
pub fn log_sum_exp(x: &[f64]) -> f64 {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shift = if max.is_finite() { max } else { 0.0 };
    shift + ln(x.iter().map(|x| exp(x - shift)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits from Wolfram Alpha would be opinions; these are identities.
    #[test]
    fn oracles_obey_identities() {
        for x in [-100.0, -20.0, -1.0, -1e-3, 0.0, 1e-3, 0.5, 3.0, 40.0] {
            let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-14 * b.abs().max(1e-300));
            near(sigmoid(x), exp(x) / (1.0 + exp(x)));
            near(softplus(x) - softplus(-x) + 100.0, x + 100.0);
            near(tanh(x) + 2.0, 2.0 * sigmoid(2.0 * x) + 1.0);
            near(sin_pi(x / 8.0) * sin_pi(x / 8.0) + 1.0, 2.0 - sin_pi(x / 8.0 + 0.5).powi(2));
            near(normal_cdf(x) + normal_cdf(-x), 1.0);
            near(log_sum_exp(&[x, x]) + 200.0, x + core::f64::consts::LN_2 + 200.0);
            near(log_sum_exp(&[0.0, x]) + 1.0, softplus(x) + 1.0);
        }
    }

    #[test]
    fn oracles_keep_nan_and_reach_their_limits() {
        assert!(sigmoid(f64::NAN).is_nan());
        assert!(softplus(f64::NAN).is_nan());
        assert!(log_sum_exp(&[1.0, f64::NAN]).is_nan());
        assert!(log_sum_exp(&[f64::NAN, f64::INFINITY]).is_nan());
        assert_eq!(log_sum_exp(&[]), f64::NEG_INFINITY);
        assert_eq!(log_sum_exp(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert_eq!(log_sum_exp(&[f64::NEG_INFINITY; 2]), f64::NEG_INFINITY);
        assert_eq!(sigmoid(f64::NEG_INFINITY), 0.0);
        assert_eq!(sigmoid(-f64::from(f32::MAX)), 0.0);
        assert_eq!(softplus(f64::from(f32::MAX)), f64::from(f32::MAX));
        assert!(softplus(-103.0) > 1e-45);
        assert!(normal_cdf(f64::NAN).is_nan());
        assert_eq!(normal_cdf(f64::INFINITY), 1.0);
        assert_eq!(normal_cdf(f64::NEG_INFINITY), 0.0);
    }
}
