//! The distance of an `f32` from an exact value, in units of the `f32` grid.
//!
//! The value comes from an `f64` oracle and is not rounded first: a correctly rounded result is up
//! to 0.5 away, and 0.51 tells a careful function from a lucky one. Integer distances between
//! bit patterns were rejected for that reason.

/// Returns the spacing of the `f32` grid at the magnitude of `value`, at least 2⁻¹⁴⁹.
///
/// At a power of two: the spacing above it. Beyond the largest `f32`: the last spacing, 2¹⁰⁴.
#[must_use]
pub fn spacing(value: f64) -> f64 {
    let exponent = ((value.to_bits() >> 52) & 0x7ff).clamp(1023 - 126, 1023 + 127);
    f64::from_bits((exponent - 23) << 52)
}

/// Returns how many ULPs `result` is from `exact`: fractions count, subnormal spacing is respected.
///
/// - NaN for NaN is 0; NaN for a number, or a number for NaN, is infinitely far.
/// - A zero with the wrong sign is infinitely far, also where a non-zero value rounds to zero.
/// - Infinity stands for 2¹²⁸, the next step of the grid: it is 0 from everything that rounds to
///   it. An exact infinity, a pole, is infinitely far from every finite number.
#[must_use]
pub fn distance(result: f32, exact: f64) -> f64 {
    distance_in(spacing(exact), result, exact)
}

/// As [`distance`], in units of the caller's choice: where cancellation makes the spacing at the
/// result the wrong measure.
#[must_use]
pub fn distance_in(unit: f64, result: f32, exact: f64) -> f64 {
    if result.is_nan() || exact.is_nan() {
        return if result.is_nan() && exact.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if f64::from(result) == exact || result.is_infinite() && result == exact as f32 {
        let wrong_zero = result == 0.0 && result.is_sign_negative() != exact.is_sign_negative();
        return if wrong_zero { f64::INFINITY } else { 0.0 };
    }
    if exact.is_infinite() || result == 0.0 && result.is_sign_negative() != exact.is_sign_negative()
    {
        return f64::INFINITY;
    }
    let top = 2f64.powi(128);
    (f64::from(result).clamp(-top, top) - exact).abs() / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2⁻¹⁴⁹
    const LEAST: f64 = f32::from_bits(1) as f64;

    #[test]
    fn exact_results_are_zero_away() {
        for x in [0.0, -0.0, 1.0, -1.5, f32::MAX, f32::MIN_POSITIVE, 1e-45, -1e-40] {
            assert_eq!(distance(x, f64::from(x)), 0.0, "{x:e}");
        }
        assert_eq!(distance(f32::INFINITY, f64::INFINITY), 0.0);
        assert_eq!(distance(f32::NEG_INFINITY, f64::NEG_INFINITY), 0.0);
        assert_eq!(distance(f32::NAN, f64::NAN), 0.0);
    }

    #[test]
    fn neighbours_are_one_away_everywhere() {
        for x in [1.0f32, 1.5, 3.0, 1e30, 1e-30, f32::MIN_POSITIVE, 1e-40, 1e-45] {
            assert_eq!(distance(x.next_up(), f64::from(x)), 1.0, "above {x:e}");
            assert_eq!(distance(-x.next_up(), f64::from(-x)), 1.0, "below -{x:e}");
        }
        // Below a power of two the grid is twice as fine.
        assert_eq!(distance(1f32.next_down(), 1.0), 0.5);
    }

    #[test]
    fn fractions_of_a_step_count() {
        let step = f64::from(f32::EPSILON);
        assert_eq!(distance(1.0, 1.0 + 0.25 * step), 0.25);
        assert_eq!(distance(-2.0, -2.0 - 0.5 * step), 0.25);
        assert_eq!(distance(0.0, 0.5 * LEAST), 0.5);
        assert_eq!(distance(1e-45, 1.75 * LEAST), 0.75);
    }

    #[test]
    fn wrong_at_zero_fails() {
        assert_eq!(distance(-0.0, 0.0), f64::INFINITY);
        assert_eq!(distance(0.0, -0.0), f64::INFINITY);
        assert_eq!(distance(-0.0, 1e-60), f64::INFINITY);
        assert_eq!(distance(0.0, -0.4 * LEAST), f64::INFINITY);
        assert_eq!(distance(1e-45, 0.0), 1.0);
        assert_eq!(distance(-1e-45, 0.0), 1.0);
        assert!(distance(f32::MIN_POSITIVE, 0.0) > 8e6);
        assert!(distance(0.0, f64::from(f32::MIN_POSITIVE)) > 8e6);
        assert!(distance(f32::EPSILON, 0.0) > 1e30);
    }

    #[test]
    fn wrong_nan_fails() {
        for exact in [0.0, 1.0, f64::INFINITY] {
            assert_eq!(distance(f32::NAN, exact), f64::INFINITY);
        }
        for result in [0.0, 1.0, f32::INFINITY] {
            assert_eq!(distance(result, f64::NAN), f64::INFINITY);
        }
    }

    #[test]
    fn wrong_infinity_fails() {
        assert_eq!(distance(f32::MAX, f64::INFINITY), f64::INFINITY);
        assert_eq!(distance(f32::INFINITY, f64::NEG_INFINITY), f64::INFINITY);
        assert!(distance(f32::NEG_INFINITY, 1e300) > 1e6);
        assert!(distance(f32::INFINITY, 1.0) > 1e6);
        assert!(distance(f32::MAX, 1e300) > 1e6);
    }

    #[test]
    fn overflow_is_one_more_step_of_the_grid() {
        let max = f64::from(f32::MAX);
        let step = 2f64.powi(104);
        assert_eq!(distance(f32::INFINITY, max + 0.75 * step), 0.0);
        assert_eq!(distance(f32::INFINITY, 1e200), 0.0);
        assert_eq!(distance(f32::NEG_INFINITY, -1e200), 0.0);
        assert_eq!(distance(f32::INFINITY, max + 0.25 * step), 0.75);
        assert_eq!(distance(f32::INFINITY, max), 1.0);
        assert_eq!(distance(f32::MAX, max + 0.75 * step), 0.75);
    }

    #[test]
    fn the_spacing_is_that_of_the_grid() {
        assert_eq!(spacing(1.0), f64::from(f32::EPSILON));
        assert_eq!(spacing(-1.99), f64::from(f32::EPSILON));
        assert_eq!(spacing(0.0), LEAST);
        assert_eq!(spacing(1e-40), LEAST);
        assert_eq!(spacing(f64::from(f32::MIN_POSITIVE)), LEAST);
        assert_eq!(spacing(2.0 * f64::from(f32::MIN_POSITIVE)), 2.0 * LEAST);
        assert_eq!(spacing(1e300), 2f64.powi(104));
    }
}
