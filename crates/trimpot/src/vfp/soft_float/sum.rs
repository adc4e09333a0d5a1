//! A sum of products that stays taken apart into exponent and significand.
//!
//! Each product is rounded to `f32`, and so is each sum: to nearest, ties to even. The result has
//! the bits of `sum + x · y` by the operators of `f32`; which NaN it is nobody promises. What is
//! saved is to put numbers together between the two, and from one product to the next.
//!
//! Only normal numbers, and sums that are +0, are taken apart, and products with zero are skipped.
//! Whatever else goes in or comes out (subnormal numbers, −0, infinities, NaN, a difference that is
//! 0) is left to the operators.
//!
//! Significands have their sign, in two's complement, so that addition does not ask for signs. They
//! have four bits more than 24. A term that is shifted to the right, to the other one's exponent,
//! loses bits only where it is so much smaller that at most one bit cancels. Three bits are then
//! left below the rounded ones, and the exact sum is less than the last of them above the computed
//! one: only where those three seem to be half a unit does it matter that something was lost.

use core::hint::cold_path;

use super::integer::{high_product, redundant_sign_bits};

/// The exponent field of 1.
const BIAS: i32 = 127;
/// Exponents of sums. The greatest of `f32` is left out: a sum that is rounded up to the next power
/// of two keeps its exponent, and would be infinite.
const LEAST: i32 = 1;
const GREATEST: i32 = 253;
/// An exponent far below those of products: that of +0.
const OF_ZERO: i32 = -1024;
/// An exponent far above those of products: that of numbers which are not taken apart.
const OF_OTHERS: i32 = 1024;
/// How many bits are below a significand of 24 bits, and these.
const SPARE_BITS: u32 = 4;
const LOW_BITS: i32 = (1 << SPARE_BITS) - 1;
/// Half a unit in the last place of a significand whose leading bit is the 29th, and the unit.
const HALF: i32 = 1 << 5;
const UNIT: i32 = 1 << 6;

/// A sum, by a core that multiplies to 64 bits or not, and counts leading zeros or not.
#[derive(Clone, Copy)]
pub(super) struct Sum<const LONG_PRODUCT: bool, const LEADING_ZEROS: bool> {
    /// The significand with its sign, 24 bits of which the leading one is the 27th; or 2²⁸, where
    /// rounding went up to a power of two. Of +0 it is 0, of [others](OF_OTHERS) their bits.
    significand: i32,
    /// The exponent field of a number whose leading bit is the 27th.
    exponent: i32,
}

impl<const LONG_PRODUCT: bool, const LEADING_ZEROS: bool> Sum<LONG_PRODUCT, LEADING_ZEROS> {
    /// Takes a number apart.
    #[inline(always)]
    pub(super) fn new(number: f32) -> Self {
        let bits = number.to_bits();
        let exponent = exponent_field(bits);
        if (LEAST..=GREATEST).contains(&exponent) {
            let magnitude = significand(bits) << SPARE_BITS;
            return Self { significand: with_sign(magnitude as i32, sign(bits)), exponent };
        }
        Self { significand: bits as i32, exponent: if bits == 0 { OF_ZERO } else { OF_OTHERS } }
    }

    /// Returns the number.
    #[inline(always)]
    pub(super) fn number(self) -> f32 {
        if !(LEAST..=GREATEST).contains(&self.exponent) {
            return f32::from_bits(self.significand as u32);
        }
        let sign = self.significand as u32 & 1 << 31;
        // The leading bit adds one to the exponent, and two where it is the 28th.
        let exponent = (self.exponent as u32).wrapping_sub(1) << 23;
        let magnitude = self.significand.unsigned_abs() >> SPARE_BITS;
        f32::from_bits(exponent.wrapping_add(magnitude) | sign)
    }

    /// Returns the sum plus the product of two numbers, rounded twice.
    #[inline(always)]
    pub(super) fn plus_product(self, x: f32, y: f32) -> Self {
        match self.plus_normal_product(x.to_bits(), y.to_bits()) {
            Some(sum) => sum,
            None => self.plus_any_product(x, y),
        }
    }

    /// Returns the sum plus the products of both slices, one after the other.
    #[inline(always)]
    pub(super) fn plus_products(mut self, x: &[f32], y: &[f32]) -> Self {
        for (&x, &y) in x.iter().zip(y) {
            self = self.plus_product(x, y);
        }
        self
    }

    /// `y[i] += factor · x[i]`, for as many as the shorter of both has.
    #[inline(always)]
    pub(super) fn add_multiple(factor: f32, x: &[f32], y: &mut [f32]) {
        for (&x, y) in x.iter().zip(y) {
            *y = Self::new(*y).plus_product(factor, x).number();
        }
    }

    /// [`plus_product`](Self::plus_product) of all numbers.
    #[cold]
    #[inline(never)]
    fn plus_any_product(self, x: f32, y: f32) -> Self {
        Self::new(self.number() + x * y)
    }

    /// [`plus_product`](Self::plus_product) where both factors and all results are normal, or zero
    /// is one of the factors.
    #[inline(always)]
    fn plus_normal_product(self, x: u32, y: u32) -> Option<Self> {
        let (of_x, of_y) = (exponent_field(x), exponent_field(y));
        if !is_of_normal(of_x) || !is_of_normal(of_y) {
            return (is_zero_product(x, y) && self.exponent != OF_OTHERS).then_some(self);
        }
        let mut product = high_product::<LONG_PRODUCT>(significand(x), significand(y)) as i32;
        let carry = product >> 29;
        let exponent = of_x.wrapping_add(of_y).wrapping_add(carry).wrapping_sub(BIAS);
        if exponent < LEAST {
            return None;
        }
        if carry == 0 {
            product <<= 1;
        }
        self.plus(Self { significand: rounded_product(product, x, y), exponent })
    }

    /// Returns the sum of both, rounded, if it is normal. The term is.
    #[inline(always)]
    fn plus(self, term: Self) -> Option<Self> {
        let distance = self.exponent.wrapping_sub(term.exponent);
        let (greater, lesser, distance) = if distance >= 0 {
            if distance > 31 {
                return (self.exponent != OF_OTHERS).then_some(self);
            }
            (self, term.significand, distance as u32)
        } else {
            (term, self.significand, distance.unsigned_abs().min(31))
        };
        // The exact sum is this one, or less than 1 above it.
        let shifted = lesser.wrapping_shr(distance);
        let sum = greater.significand.wrapping_add(shifted);
        if sum == 0 {
            return None;
        }
        let shift = redundant_sign_bits::<LEADING_ZEROS>(sum).wrapping_sub(1);
        let mut rounded = sum.wrapping_shl(shift).wrapping_add(HALF);
        if rounded % UNIT == 0 {
            cold_path();
            // Half a unit, if the exact sum is this one: to even.
            if shifted.wrapping_shl(distance) == lesser {
                rounded &= !UNIT;
            }
        }
        let exponent = greater.exponent.wrapping_add(2).wrapping_sub(shift as i32);
        if !(LEAST..=GREATEST).contains(&exponent) {
            return None;
        }
        Some(Self { significand: rounded >> 2 & !LOW_BITS, exponent })
    }
}

/// Returns the product of the significands of `x` and `y` with its sign, rounded, from its first 30
/// bits.
#[inline(always)]
fn rounded_product(magnitude: i32, x: u32, y: u32) -> i32 {
    let sign = sign(x ^ y);
    let mut rounded = with_sign(magnitude, sign).wrapping_add(HALF);
    if rounded % UNIT == 0 {
        cold_path();
        // Half a unit, but for the product modulo 2¹⁸, which was cut off from the magnitude.
        if significand(x).wrapping_mul(significand(y)) << 14 == 0 {
            rounded &= !UNIT;
        } else if sign < 0 {
            rounded = rounded.wrapping_sub(UNIT);
        }
    }
    rounded >> 2 & !LOW_BITS
}

#[inline(always)]
const fn exponent_field(bits: u32) -> i32 {
    (bits >> 23 & 0xff) as i32
}

#[inline(always)]
const fn is_of_normal(exponent: i32) -> bool {
    exponent >= 1 && exponent <= 254
}

/// Returns the 24 bits of a normal number's significand.
#[inline(always)]
const fn significand(bits: u32) -> u32 {
    bits & 0x007f_ffff | 0x0080_0000
}

/// Returns −1 where the number is negative, 0 elsewhere.
#[inline(always)]
const fn sign(bits: u32) -> i32 {
    bits as i32 >> 31
}

#[inline(always)]
const fn with_sign(magnitude: i32, sign: i32) -> i32 {
    (magnitude ^ sign).wrapping_sub(sign)
}

/// Returns whether one of two numbers is zero, and the other one finite.
#[inline(always)]
const fn is_zero_product(x: u32, y: u32) -> bool {
    let is_finite = exponent_field(x) < 255 && exponent_field(y) < 255;
    is_finite && (is_zero(x) || is_zero(y))
}

/// In two steps, lest the compiler compares numbers.
#[inline(always)]
const fn is_zero(bits: u32) -> bool {
    exponent_field(bits) == 0 && bits << 9 == 0
}
