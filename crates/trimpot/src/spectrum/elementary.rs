//! Elementary functions in `f64` that the compiler can evaluate: for tables of constants alone.
//!
//! They are IEEE `+ − × ÷` in a fixed order, so a table has the same bits on every machine, whether
//! the compiler computes it or a program. Rounded to `f32`, what they return is the number nearest
//! to the exact one, unless that lies within 10⁻⁷ of a rounding step of the middle between two.

use core::f64::consts::{FRAC_PI_4, LN_2, SQRT_2};

/// cos 2πk/n, for k up to 2³² and n above 0. Exact at quarter turns, and exactly symmetric.
pub(super) const fn cos_of_turn(k: usize, n: usize) -> f64 {
    // In eighths of n-th parts of a turn, so that the octant is a whole number of them.
    let n = n as u64;
    let mut eighths = (8 * k as u64) % (8 * n);
    if eighths > 4 * n {
        eighths = 8 * n - eighths;
    }
    let is_left = eighths > 2 * n;
    if is_left {
        eighths = 4 * n - eighths;
    }
    let cosine = if eighths > n {
        sin(FRAC_PI_4 * ((2 * n - eighths) as f64 / n as f64))
    } else {
        cos(FRAC_PI_4 * (eighths as f64 / n as f64))
    };
    if is_left { -cosine } else { cosine }
}

/// sin 2πk/n, as [`cos_of_turn`].
pub(super) const fn sin_of_turn(k: usize, n: usize) -> f64 {
    // A quarter turn back is three quarters on.
    cos_of_turn(4 * k + 3 * n, 4 * n)
}

/// cos x for |x| ≤ π/4, by its series.
const fn cos(x: f64) -> f64 {
    series(1.0, x * x, 0)
}

/// sin x for |x| ≤ π/4, by its series.
const fn sin(x: f64) -> f64 {
    x * series(1.0, x * x, 1)
}

/// Σ (−square)ⁱ first! / (2i + first)!, by Horner's rule.
const fn series(last: f64, square: f64, first: u32) -> f64 {
    let mut sum = last;
    let mut i = 10;
    while i > 0 {
        let order = 2 * i + first;
        sum = 1.0 - sum * square / ((order * (order - 1)) as f64);
        i -= 1;
    }
    sum
}

/// ln x for x above 0.
pub(super) const fn ln(x: f64) -> f64 {
    let (mut mantissa, mut exponent) = (x, 0.0);
    while mantissa > SQRT_2 {
        mantissa *= 0.5;
        exponent += 1.0;
    }
    while mantissa < 0.5 * SQRT_2 {
        mantissa *= 2.0;
        exponent -= 1.0;
    }
    // 2 artanh z.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let (mut sum, mut order) = (0.0, 25);
    while order > 0 {
        sum = sum * square + 1.0 / order as f64;
        order -= 2;
    }
    exponent * LN_2 + 2.0 * z * sum
}

/// eˣ − 1 for x in [0, 700].
pub(super) const fn exp_m1(x: f64) -> f64 {
    let (mut rest, mut scale) = (x, 1.0);
    while rest > 0.5 * LN_2 {
        rest -= LN_2;
        scale *= 2.0;
    }
    let (mut sum, mut order) = (1.0, 18);
    while order > 1 {
        sum = 1.0 + sum * rest / order as f64;
        order -= 1;
    }
    // e^rest − 1, times the scale.
    scale * (rest * sum) + (scale - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_close(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= 1e-14 * expected.abs()
    }

    #[test]
    fn parts_of_turns_are_those_of_libm() {
        for n in [1, 2, 3, 7, 8, 25, 400, 512, 4096] {
            for k in 0..2 * n {
                let angle = core::f64::consts::TAU * (k % n) as f64 / n as f64;
                let [cosine, sine] = [libm::cos(angle), libm::sin(angle)];
                assert!((cos_of_turn(k, n) - cosine).abs() <= 1.2e-15, "{k} / {n}");
                assert!((sin_of_turn(k, n) - sine).abs() <= 1.2e-15, "{k} / {n}");
            }
        }
        assert_eq!([0, 1, 2, 3].map(|k| cos_of_turn(k, 4)), [1.0, 0.0, -1.0, 0.0]);
        assert_eq!([0, 1, 2, 3].map(|k| sin_of_turn(k, 4)), [0.0, 1.0, 0.0, -1.0]);
        for k in 0..=400 {
            assert_eq!(cos_of_turn(k, 400), cos_of_turn(400 - k, 400));
        }
    }

    #[test]
    fn logarithms_and_exponentials_are_those_of_libm() {
        for step in 0..4000 {
            let x = f64::from(step) * 0.003;
            assert!(is_close(exp_m1(x), libm::expm1(x)), "exp_m1({x})");
            let x = libm::exp(x - 6.0);
            assert!((ln(x) - libm::log(x)).abs() <= 1e-15 * libm::log(x).abs().max(1.0), "ln({x})");
        }
        assert_eq!((ln(1.0), exp_m1(0.0)), (0.0, 0.0));
    }
}
