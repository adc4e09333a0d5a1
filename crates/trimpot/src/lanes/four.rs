//! Four vectors in step: [`f32x64`], for losses over slices.
//!
//! A loss with an exponential is a chain of dozens of operations, each of which waits for the one
//! before. A processor fills the gaps with the next elements as far as it looks ahead, which is not
//! far enough; the operations of four chains alternate. It makes such losses a fifth to a third
//! faster, with registers of 8 numbers as with those of 16. The price: with AVX2, whose registers
//! do not hold four vectors, hinge and Huber become slower, by up to a third and a tenth.
//! (Rejected: two vectors in step, which gain less than a tenth.)

use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

use super::sealed::Sealed;
use super::{Bits, Lanes, Mask, f32x16};

/// 64 lanes, those of four [`f32x16`] one after the other.
#[expect(non_camel_case_types, reason = "as those of fewer lanes")]
pub(crate) type f32x64 = Four<f32x16>;

/// Four of something, and whatever is done to one is done to all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Four<T>([T; 4]);

impl<T: Copy> Four<T> {
    #[inline(always)]
    fn map<U>(self, f: impl Fn(T) -> U) -> Four<U> {
        let [a, b, c, d] = self.0;
        Four([f(a), f(b), f(c), f(d)])
    }

    #[inline(always)]
    fn with<U: Copy, W>(self, other: Four<U>, f: impl Fn(T, U) -> W) -> Four<W> {
        let ([a, b, c, d], [e, g, h, i]) = (self.0, other.0);
        Four([f(a, e), f(b, g), f(c, h), f(d, i)])
    }
}

impl<T> From<[T; 4]> for Four<T> {
    #[inline(always)]
    fn from(four: [T; 4]) -> Self {
        Four(four)
    }
}

impl<T> Sealed for Four<T> {}

macro_rules! operators {
    ($($operator:ident $method:ident)*) => {$(
        impl<T: Copy + $operator<Output = T>> $operator for Four<T> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.with(other, T::$method)
            }
        }
    )*};
}
operators!(Add add Sub sub Mul mul Div div BitAnd bitand BitOr bitor BitXor bitxor);

macro_rules! assignments {
    ($($operator:ident $method:ident by $plain:ident)*) => {$(
        impl $operator for f32x64 {
            #[inline(always)]
            fn $method(&mut self, other: Self) {
                *self = self.$plain(other);
            }
        }
    )*};
}
assignments!(AddAssign add_assign by add SubAssign sub_assign by sub MulAssign mul_assign by mul);

impl<T: Copy + Neg<Output = T>> Neg for Four<T> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(T::neg)
    }
}

impl<T: Copy + Not<Output = T>> Not for Four<T> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        self.map(T::not)
    }
}

const LANES: usize = 4 * f32x16::LANES;

impl Lanes for f32x64 {
    const LANES: usize = LANES;
    const REGISTERS: usize = f32x16::REGISTERS / 4;
    const ZERO: Self = Four([f32x16::ZERO; 4]);
    const ONE: Self = Four([f32x16::ONE; 4]);
    type Mask = Four<<f32x16 as Lanes>::Mask>;
    type Bits = Four<<f32x16 as Lanes>::Bits>;
    type Array = [f32; LANES];

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Four([f32x16::splat(value); 4])
    }
    #[inline(always)]
    fn from_fn(lane: impl FnMut(usize) -> f32) -> Self {
        Self::from_array(core::array::from_fn(lane))
    }
    #[inline(always)]
    fn from_array(lanes: [f32; LANES]) -> Self {
        Four(bytemuck::cast::<_, [_; 4]>(lanes).map(f32x16))
    }
    #[inline(always)]
    fn to_array(self) -> [f32; LANES] {
        bytemuck::cast(self.0.map(|quarter| quarter.0))
    }
    #[inline(always)]
    fn to_bits(self) -> Self::Bits {
        self.map(f32x16::to_bits)
    }
    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        bits.map(f32x16::from_bits)
    }
    #[inline(always)]
    fn same(left: Self::Bits, right: Self::Bits) -> Self::Mask {
        left.with(right, f32x16::same)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        self.with(other, Lanes::lt)
    }
    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        self.with(other, Lanes::le)
    }
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        self.with(other, Lanes::gt)
    }
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        self.with(other, Lanes::ge)
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Self::Mask {
        self.with(other, Lanes::eq)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.with(other, Lanes::max)
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.with(other, Lanes::min)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(Lanes::sqrt)
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        let [a, b, c, d] = self.0;
        Lanes::sum((a + c) + (b + d))
    }
}

impl Mask<f32x64> for <f32x64 as Lanes>::Mask {
    #[inline(always)]
    fn select(self, yes: f32x64, no: f32x64) -> f32x64 {
        let ([a, b, c, d], [e, f, g, h], [i, j, k, l]) = (self.0, yes.0, no.0);
        Four([a.select(e, i), b.select(f, j), c.select(g, k), d.select(h, l)])
    }
    #[inline(always)]
    fn any(self) -> bool {
        let [a, b, c, d] = self.0;
        (a | b | c | d).any()
    }
    #[inline(always)]
    fn all(self) -> bool {
        let [a, b, c, d] = self.0;
        (a & b & c & d).all()
    }
}

impl<B: Bits> Bits for Four<B> {
    #[inline(always)]
    fn splat(value: u32) -> Self {
        Four([B::splat(value); 4])
    }
    #[inline(always)]
    fn from_fn(mut lane: impl FnMut(usize) -> u32) -> Self {
        let quarter = |from| B::from_fn(|at| lane(from + at));
        Four([0, LANES / 4, LANES / 2, LANES / 4 * 3].map(quarter))
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> u32 {
        let [.., last] = self.0;
        let quarter = (lane / (LANES / 4)).min(3);
        self.0.get(quarter).copied().unwrap_or(last).lane(lane - quarter * (LANES / 4))
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        self.with(other, B::wrapping_add)
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        self.with(other, B::wrapping_sub)
    }
    #[inline(always)]
    fn wrapping_mul(self, other: Self) -> Self {
        self.with(other, B::wrapping_mul)
    }
    #[inline(always)]
    fn shl(self, by: u32) -> Self {
        self.map(|bits| bits.shl(by))
    }
    #[inline(always)]
    fn shr(self, by: u32) -> Self {
        self.map(|bits| bits.shr(by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_keep_their_order() {
        let numbers = f32x64::from_fn(|lane| lane as f32);
        assert_eq!(numbers.to_array(), core::array::from_fn(|lane| lane as f32));
        assert_eq!(numbers.sum(), 2016.0);
        let bits = <f32x64 as Lanes>::Bits::from_fn(|lane| lane as u32);
        assert!((0..LANES).all(|lane| bits.lane(lane) == lane as u32));
        assert_eq!(bits.lane(LANES), 63);
    }

    #[test]
    fn masks_ask_all_four() {
        let numbers = f32x64::from_fn(|lane| lane as f32);
        for least in [0.0, 1.0, 40.0, 63.0, 64.0] {
            let mask = numbers.ge(f32x64::splat(least));
            assert_eq!((mask.any(), mask.all()), (least < 64.0, least == 0.0));
            let chosen = mask.select(numbers, -numbers).to_array();
            assert!((0..64_u8).map(f32::from).zip(chosen).all(|(number, chosen)| {
                chosen == if number >= least { number } else { -number }
            }));
        }
    }
}
