//! Dual numbers in `f64`: a value and its derivative, so that a formula gives its gradient as well.
//!
//! The formulas of the losses are written over these. So a gradient is that of the formula to the
//! last digits of `f64`, for inputs of every size and where it is nearly 0, which differences of
//! values cannot tell; and no derivation is written down twice. At a kink the derivative is that of
//! the side that the formula takes.

use core::cmp::Ordering;
use core::iter::Sum;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::oracle;

/// A number that depends on one variable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dual {
    /// What it is.
    pub value: f64,
    /// Its derivative by the variable.
    pub derivative: f64,
}

impl Dual {
    /// Creates a number that does not depend on the variable.
    #[must_use]
    pub const fn constant(value: f64) -> Self {
        Dual { value, derivative: 0.0 }
    }

    /// Returns the variable itself.
    #[must_use]
    pub const fn variable(value: f64) -> Self {
        Dual { value, derivative: 1.0 }
    }

    /// Returns a function of it, by its value and its derivative there.
    fn through(self, value: f64, outer: f64) -> Self {
        // 0 times an infinite derivative is no dependence, as at the ends of logarithms and roots.
        let derivative = if self.derivative == 0.0 { 0.0 } else { outer * self.derivative };
        Dual { value, derivative }
    }

    /// |x|, of derivative 0 at 0.
    #[must_use]
    pub fn abs(self) -> Self {
        let sign = if self.value == 0.0 { 0.0 } else { self.value.signum() };
        self.through(self.value.abs(), sign)
    }

    /// Returns the larger one.
    #[must_use]
    pub fn max(self, other: impl Into<Dual>) -> Self {
        let other = other.into();
        if other.value > self.value { other } else { self }
    }

    /// Returns the smaller one.
    #[must_use]
    pub fn min(self, other: impl Into<Dual>) -> Self {
        let other = other.into();
        if other.value < self.value { other } else { self }
    }

    /// x².
    #[must_use]
    pub fn square(self) -> Self {
        self * self
    }

    /// √x.
    #[must_use]
    pub fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.through(root, 0.5 / root)
    }

    /// x to a power.
    #[must_use]
    pub fn pow(self, power: f64) -> Self {
        let derivative =
            if power == 0.0 { 0.0 } else { power * oracle::pow(self.value, power - 1.0) };
        self.through(oracle::pow(self.value, power), derivative)
    }

    /// eˣ.
    #[must_use]
    pub fn exp(self) -> Self {
        let exp = oracle::exp(self.value);
        self.through(exp, exp)
    }

    /// ln x.
    #[must_use]
    pub fn ln(self) -> Self {
        self.through(oracle::ln(self.value), 1.0 / self.value)
    }

    /// ln(1 + x).
    #[must_use]
    pub fn ln_1p(self) -> Self {
        self.through(oracle::ln_1p(self.value), 1.0 / (1.0 + self.value))
    }

    /// sinh x.
    #[must_use]
    pub fn sinh(self) -> Self {
        self.through(libm::sinh(self.value), libm::cosh(self.value))
    }

    /// 1 / (1 + e⁻ˣ).
    #[must_use]
    pub fn sigmoid(self) -> Self {
        let x = self.value;
        self.through(oracle::sigmoid(x), oracle::sigmoid(x) * oracle::sigmoid(-x))
    }

    /// ln(1 + eˣ).
    #[must_use]
    pub fn softplus(self) -> Self {
        self.through(oracle::softplus(self.value), oracle::sigmoid(self.value))
    }
}

/// ln Σ e^xᵢ.
#[must_use]
pub fn log_sum_exp(x: &[Dual]) -> Dual {
    let max = x.iter().fold(f64::NEG_INFINITY, |max, x| max.max(x.value));
    if max == f64::NEG_INFINITY {
        return Dual::constant(max);
    }
    x.iter().map(|&x| (x - max).exp()).sum::<Dual>().ln() + max
}

/// −ln softmax(x) at an index: ln(1 + Σ e^(xⱼ − x)) over all others, to the last digits where it is
/// nearly 0.
#[must_use]
pub fn neg_log_softmax(x: &[Dual], index: usize) -> Dual {
    let others = (0..x.len()).filter(|&other| other != index);
    let leads: Vec<Dual> = others.map(|other| x[other] - x[index]).collect();
    if leads.iter().any(|lead| lead.value > 0.0) {
        return log_sum_exp(x) - x[index];
    }
    leads.into_iter().map(Dual::exp).sum::<Dual>().ln_1p()
}

impl From<f64> for Dual {
    fn from(value: f64) -> Dual {
        Dual::constant(value)
    }
}

impl Neg for Dual {
    type Output = Dual;
    fn neg(self) -> Dual {
        Dual { value: -self.value, derivative: -self.derivative }
    }
}

impl Add for Dual {
    type Output = Dual;
    fn add(self, other: Dual) -> Dual {
        Dual { value: self.value + other.value, derivative: self.derivative + other.derivative }
    }
}

impl Sub for Dual {
    type Output = Dual;
    fn sub(self, other: Dual) -> Dual {
        self + -other
    }
}

impl Mul for Dual {
    type Output = Dual;
    fn mul(self, other: Dual) -> Dual {
        let by_self = self.through(self.value * other.value, other.value);
        let by_other = other.through(by_self.value, self.value);
        Dual { value: by_self.value, derivative: by_self.derivative + by_other.derivative }
    }
}

impl Div for Dual {
    type Output = Dual;
    fn div(self, other: Dual) -> Dual {
        let value = self.value / other.value;
        let above = self.through(value, 1.0 / other.value).derivative;
        let below = other.through(value, -value / other.value).derivative;
        Dual { value, derivative: above + below }
    }
}

macro_rules! with_constants {
    ($($operator:ident: $method:ident;)*) => {$(
        impl $operator<f64> for Dual {
            type Output = Dual;
            fn $method(self, other: f64) -> Dual {
                self.$method(Dual::constant(other))
            }
        }
        impl $operator<Dual> for f64 {
            type Output = Dual;
            fn $method(self, other: Dual) -> Dual {
                Dual::constant(self).$method(other)
            }
        }
    )*};
}
with_constants! { Add: add; Sub: sub; Mul: mul; Div: div; }

impl Sum for Dual {
    fn sum<I: Iterator<Item = Dual>>(terms: I) -> Dual {
        terms.fold(Dual::default(), Dual::add)
    }
}

impl PartialEq<f64> for Dual {
    fn eq(&self, other: &f64) -> bool {
        self.value == *other
    }
}

impl PartialOrd<f64> for Dual {
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        self.value.partial_cmp(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each function: at 0.7, against central differences.
    #[test]
    fn derivatives_are_those_of_differences() {
        let functions: [fn(Dual) -> Dual; 14] = [
            Dual::abs,
            |x| -x.abs() * x,
            |x| x.max(0.5) * x.min(0.5),
            Dual::square,
            Dual::sqrt,
            |x| x.pow(2.5),
            Dual::exp,
            Dual::ln,
            Dual::ln_1p,
            |x| (x.sinh() - 3.0) / (2.0 + x),
            Dual::sigmoid,
            |x| (1.0 - x).softplus(),
            |x| log_sum_exp(&[x, 2.0 * x, Dual::constant(0.1)]),
            |x| neg_log_softmax(&[x, 2.0 * x, Dual::constant(30.0)], 2),
        ];
        for (index, function) in functions.into_iter().enumerate() {
            let (at, step) = (0.7, 1e-6);
            let of = |x| function(Dual::constant(x)).value;
            let differences = (of(at + step) - of(at - step)) / (2.0 * step);
            let found = function(Dual::variable(at)).derivative;
            assert!((found - differences).abs() <= 1e-8, "{index}: {found} {differences}");
        }
    }

    #[test]
    fn a_sure_class_keeps_its_digits() {
        let logits = [Dual::variable(40.0), Dual::constant(0.0)];
        let Dual { value, derivative } = neg_log_softmax(&logits, 0);
        let exact = oracle::exp(-40.0);
        assert!((value / exact - 1.0).abs() <= 1e-14 && (derivative / exact + 1.0).abs() <= 1e-14);
    }
}
