//! Lanes in registers that the processor turns out to have when the program runs: [`Vector`].
//!
//! What [`vector`](super::vector) is for the instructions that the program is built for, this is
//! for AVX2 and AVX-512 in any program for x86-64. The operations are those of `trimpot-x86`, which
//! hands its types to a [`Kernel`](super::Kernel) after it has asked the processor.

use core::fmt::{self, Debug, Formatter};
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

use trimpot_x86::Registers;

use super::row_major::{self, TILE};
use super::sealed::Sealed;
use super::{Bits, Lanes, Mask, RowMajor};
use crate::shape::Shape;

/// One `f32` for each of `N` samples, in a register of `R`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Vector<R: Registers<N>, const N: usize>(R::Float);

/// One `u32` for each of `N` samples.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct VectorBits<R: Registers<N>, const N: usize>(R::Bits);

/// The outcome of a comparison of [`Vector`]s.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct VectorMask<R: Registers<N>, const N: usize>(R::Mask);

impl<R: Registers<N>, const N: usize> Sealed for Vector<R, N> {}
impl<R: Registers<N>, const N: usize> Sealed for VectorBits<R, N> {}
impl<R: Registers<N>, const N: usize> Sealed for VectorMask<R, N> {}

impl<R: Registers<N>, const N: usize> Debug for Vector<R, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        R::to_array(self.0).fmt(f)
    }
}

impl<R: Registers<N>, const N: usize> Debug for VectorBits<R, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        R::bits_to_array(self.0).fmt(f)
    }
}

impl<R: Registers<N>, const N: usize> Default for Vector<R, N> {
    #[inline(always)]
    fn default() -> Self {
        Self::ZERO
    }
}

impl<R: Registers<N>, const N: usize> Default for VectorBits<R, N> {
    #[inline(always)]
    fn default() -> Self {
        Self::splat(0)
    }
}

macro_rules! operators {
    ($type:ident: $($operator:ident $method:ident by $function:ident)*) => {$(
        impl<R: Registers<N>, const N: usize> $operator for $type<R, N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                $type(R::$function(self.0, other.0))
            }
        }
    )*};
}
operators!(Vector: Add add by add Sub sub by sub Mul mul by mul Div div by div);
operators!(VectorBits: BitAnd bitand by and BitOr bitor by or BitXor bitxor by xor);
operators!(VectorMask: BitAnd bitand by mask_and BitOr bitor by mask_or);

macro_rules! assignments {
    ($($operator:ident $method:ident by $plain:ident)*) => {$(
        impl<R: Registers<N>, const N: usize> $operator for Vector<R, N> {
            #[inline(always)]
            fn $method(&mut self, other: Self) {
                *self = self.$plain(other);
            }
        }
    )*};
}
assignments!(AddAssign add_assign by add SubAssign sub_assign by sub MulAssign mul_assign by mul);

impl<R: Registers<N>, const N: usize> Neg for Vector<R, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Vector(R::from_bits(R::xor(R::to_bits(self.0), R::splat_bits(1 << 31))))
    }
}

impl<R: Registers<N>, const N: usize> Not for VectorMask<R, N> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        VectorMask(R::mask_not(self.0))
    }
}

impl<R: Registers<N>, const N: usize> Lanes for Vector<R, N> {
    const LANES: usize = N;
    const ZERO: Self = Vector(R::ZERO);
    const ONE: Self = Vector(R::ONE);
    type Mask = VectorMask<R, N>;
    type Bits = VectorBits<R, N>;
    type Array = [f32; N];

    #[inline(always)]
    fn vectorize<T>(function: impl FnOnce() -> T) -> T {
        R::vectorize(function)
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Vector(R::splat(value))
    }
    #[inline(always)]
    fn from_fn(lane: impl FnMut(usize) -> f32) -> Self {
        Self::from_array(core::array::from_fn(lane))
    }
    #[inline(always)]
    fn from_array(lanes: [f32; N]) -> Self {
        Vector(R::from_array(lanes))
    }
    #[inline(always)]
    fn to_array(self) -> [f32; N] {
        R::to_array(self.0)
    }
    #[inline(always)]
    fn to_bits(self) -> Self::Bits {
        VectorBits(R::to_bits(self.0))
    }
    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        Vector(R::from_bits(bits.0))
    }
    #[inline(always)]
    fn same(left: Self::Bits, right: Self::Bits) -> Self::Mask {
        VectorMask(R::same(left.0, right.0))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        VectorMask(R::lt(self.0, other.0))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        VectorMask(R::le(self.0, other.0))
    }
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        VectorMask(R::gt(self.0, other.0))
    }
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        VectorMask(R::ge(self.0, other.0))
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Self::Mask {
        VectorMask(R::eq(self.0, other.0))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Vector(R::max(self.0, other.0))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Vector(R::min(self.0, other.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Vector(R::sqrt(self.0))
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        super::sum_by_halves(self.to_array())
    }
}

impl<R: Registers<N>, const N: usize> Mask<Vector<R, N>> for VectorMask<R, N> {
    #[inline(always)]
    fn select(self, yes: Vector<R, N>, no: Vector<R, N>) -> Vector<R, N> {
        Vector(R::select(self.0, yes.0, no.0))
    }
    #[inline(always)]
    fn any(self) -> bool {
        R::any(self.0)
    }
    #[inline(always)]
    fn all(self) -> bool {
        R::all(self.0)
    }
}

impl<R: Registers<N>, const N: usize> Bits for VectorBits<R, N> {
    #[inline(always)]
    fn splat(value: u32) -> Self {
        VectorBits(R::splat_bits(value))
    }
    #[inline(always)]
    fn from_slice(integers: &[u32]) -> Self {
        if let Some(&lanes) = integers.first_chunk() {
            return VectorBits(R::bits_from_array(lanes));
        }
        let last = integers.last().copied().unwrap_or(0);
        Self::from_fn(
            #[inline(always)]
            |lane| integers.get(lane).copied().unwrap_or(last),
        )
    }
    #[inline(always)]
    fn from_fn(lane: impl FnMut(usize) -> u32) -> Self {
        VectorBits(R::bits_from_array(core::array::from_fn(lane)))
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> u32 {
        let lanes = R::bits_to_array(self.0);
        lanes.get(lane).or(lanes.last()).copied().unwrap_or(0)
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        VectorBits(R::wrapping_add(self.0, other.0))
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        VectorBits(R::wrapping_sub(self.0, other.0))
    }
    #[inline(always)]
    fn wrapping_mul(self, other: Self) -> Self {
        VectorBits(R::wrapping_mul(self.0, other.0))
    }
    #[inline(always)]
    fn shl(self, by: u32) -> Self {
        VectorBits(R::shl(self.0, by))
    }
    #[inline(always)]
    fn shr(self, by: u32) -> Self {
        VectorBits(R::shr(self.0, by))
    }
}

impl<R: Registers<N>, const N: usize> RowMajor for Vector<R, N> {
    #[inline(always)]
    fn read_tile(neighbours: impl Fn(usize) -> [f32; TILE]) -> [Self; TILE] {
        // Without a loop, which would keep the rows in memory.
        let register = |row| R::from_fours(|square| neighbours(square * TILE + row));
        R::transpose([register(0), register(1), register(2), register(3)]).map(Vector)
    }
    #[inline(always)]
    fn write_tile(tile: &[Self; TILE], mut write: impl FnMut(usize, [f32; TILE])) {
        let [a, b, c, d] = R::transpose(tile.map(|register| register.0));
        for (row, register) in [(0, a), (1, b), (2, c), (3, d)] {
            R::to_fours(register, |square, four| write(square * TILE + row, four));
        }
    }
    #[inline(always)]
    fn gather<'a, P: Shape>(row: impl Fn(usize) -> &'a [f32], lanes: &mut P::Values<Self>) {
        row_major::gather::<Self, P, N>(row, lanes);
    }
}
