//! Lanes in registers that the processor turns out to have when the program runs: [`Vector`].
//!
//! What [`vector`](super::vector) is for the instructions that the program is built for, this is
//! for AVX2 and AVX-512 in any program for x86-64. The operations are those of `trimpot-x86`, which
//! hands its types to a [`Kernel`](super::Kernel) after it has asked the processor.

use core::fmt::{self, Debug, Formatter};
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

use trimpot_x86::InstructionSet;

use super::row_major::{self, TILE};
use super::sealed::Sealed;
use super::{Bits, Lanes, Mask, RowMajor};
use crate::arrays;
use crate::shape::Shape;

/// One `f32` for each of `N` samples, in a register of the instruction set `S`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Vector<S: InstructionSet<N>, const N: usize>(S::Float);

/// One `u32` for each of `N` samples.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct VectorBits<S: InstructionSet<N>, const N: usize>(S::Bits);

/// The outcome of a comparison of [`Vector`]s.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct VectorMask<S: InstructionSet<N>, const N: usize>(S::Mask);

impl<S: InstructionSet<N>, const N: usize> Sealed for Vector<S, N> {}
impl<S: InstructionSet<N>, const N: usize> Sealed for VectorBits<S, N> {}
impl<S: InstructionSet<N>, const N: usize> Sealed for VectorMask<S, N> {}

impl<S: InstructionSet<N>, const N: usize> Debug for Vector<S, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        S::to_array(self.0).fmt(f)
    }
}

impl<S: InstructionSet<N>, const N: usize> Debug for VectorBits<S, N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        S::bits_to_array(self.0).fmt(f)
    }
}

impl<S: InstructionSet<N>, const N: usize> Default for Vector<S, N> {
    #[inline(always)]
    fn default() -> Self {
        Self::ZERO
    }
}

impl<S: InstructionSet<N>, const N: usize> Default for VectorBits<S, N> {
    #[inline(always)]
    fn default() -> Self {
        Self::splat(0)
    }
}

macro_rules! operators {
    ($type:ident: $($operator:ident $method:ident by $function:ident)*) => {$(
        impl<S: InstructionSet<N>, const N: usize> $operator for $type<S, N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                $type(S::$function(self.0, other.0))
            }
        }
    )*};
}
operators!(Vector: Add add by add Sub sub by sub Mul mul by mul Div div by div);
operators!(VectorBits: BitAnd bitand by and BitOr bitor by or BitXor bitxor by xor);
operators!(VectorMask: BitAnd bitand by mask_and BitOr bitor by mask_or);

macro_rules! assignments {
    ($($operator:ident $method:ident by $plain:ident)*) => {$(
        impl<S: InstructionSet<N>, const N: usize> $operator for Vector<S, N> {
            #[inline(always)]
            fn $method(&mut self, other: Self) {
                *self = self.$plain(other);
            }
        }
    )*};
}
assignments!(AddAssign add_assign by add SubAssign sub_assign by sub MulAssign mul_assign by mul);

impl<S: InstructionSet<N>, const N: usize> Neg for Vector<S, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Vector(S::from_bits(S::xor(S::to_bits(self.0), S::splat_bits(1 << 31))))
    }
}

impl<S: InstructionSet<N>, const N: usize> Not for VectorMask<S, N> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        VectorMask(S::mask_not(self.0))
    }
}

impl<S: InstructionSet<N>, const N: usize> Lanes for Vector<S, N> {
    const LANES: usize = N;
    // 16 of AVX2, 32 of AVX-512.
    const REGISTERS: usize = 2 * N;
    const ZERO: Self = Vector(S::ZERO);
    const ONE: Self = Vector(S::ONE);
    type Mask = VectorMask<S, N>;
    type Bits = VectorBits<S, N>;
    type Array = [f32; N];

    #[inline(always)]
    fn vectorize<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T {
        S::vectorize(argument, function)
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Vector(S::splat(value))
    }
    #[inline(always)]
    fn from_fn(lane: impl FnMut(usize) -> f32) -> Self {
        Self::from_array(arrays::from_fn(0.0, lane))
    }
    #[inline(always)]
    fn from_array(lanes: [f32; N]) -> Self {
        Vector(S::from_array(lanes))
    }
    #[inline(always)]
    fn to_array(self) -> [f32; N] {
        S::to_array(self.0)
    }
    #[inline(always)]
    fn chunks(numbers: &[f32]) -> (&[[f32; N]], &[f32]) {
        numbers.as_chunks()
    }
    #[inline(always)]
    fn chunks_mut(numbers: &mut [f32]) -> (&mut [[f32; N]], &mut [f32]) {
        numbers.as_chunks_mut()
    }
    #[inline(always)]
    fn to_bits(self) -> Self::Bits {
        VectorBits(S::to_bits(self.0))
    }
    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        Vector(S::from_bits(bits.0))
    }
    #[inline(always)]
    fn same(left: Self::Bits, right: Self::Bits) -> Self::Mask {
        VectorMask(S::same(left.0, right.0))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        VectorMask(S::lt(self.0, other.0))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        VectorMask(S::le(self.0, other.0))
    }
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        VectorMask(S::gt(self.0, other.0))
    }
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        VectorMask(S::ge(self.0, other.0))
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Self::Mask {
        VectorMask(S::eq(self.0, other.0))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Vector(S::max(self.0, other.0))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Vector(S::min(self.0, other.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Vector(S::sqrt(self.0))
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        super::sum_by_halves(self.to_array())
    }
}

impl<S: InstructionSet<N>, const N: usize> Mask<Vector<S, N>> for VectorMask<S, N> {
    #[inline(always)]
    fn select(self, yes: Vector<S, N>, no: Vector<S, N>) -> Vector<S, N> {
        Vector(S::select(self.0, yes.0, no.0))
    }
    #[inline(always)]
    fn any(self) -> bool {
        S::any(self.0)
    }
    #[inline(always)]
    fn all(self) -> bool {
        S::all(self.0)
    }
}

impl<S: InstructionSet<N>, const N: usize> Bits for VectorBits<S, N> {
    #[inline(always)]
    fn splat(value: u32) -> Self {
        VectorBits(S::splat_bits(value))
    }
    #[inline(always)]
    fn from_slice(integers: &[u32]) -> Self {
        if let Some(&lanes) = integers.first_chunk() {
            return VectorBits(S::bits_from_array(lanes));
        }
        let last = integers.last().copied().unwrap_or(0);
        Self::from_fn(
            #[inline(always)]
            |lane| integers.get(lane).copied().unwrap_or(last),
        )
    }
    #[inline(always)]
    fn from_fn(lane: impl FnMut(usize) -> u32) -> Self {
        VectorBits(S::bits_from_array(arrays::from_fn(0, lane)))
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> u32 {
        let lanes = S::bits_to_array(self.0);
        lanes.get(lane).or(lanes.last()).copied().unwrap_or(0)
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        VectorBits(S::wrapping_add(self.0, other.0))
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        VectorBits(S::wrapping_sub(self.0, other.0))
    }
    #[inline(always)]
    fn wrapping_mul(self, other: Self) -> Self {
        VectorBits(S::wrapping_mul(self.0, other.0))
    }
    #[inline(always)]
    fn shl(self, by: u32) -> Self {
        VectorBits(S::shl(self.0, by))
    }
    #[inline(always)]
    fn shr(self, by: u32) -> Self {
        VectorBits(S::shr(self.0, by))
    }
}

impl<S: InstructionSet<N>, const N: usize> Vector<S, N> {
    /// Returns the neighbours of every fourth row from this one on.
    #[inline(always)]
    fn register(neighbours: &impl Fn(usize) -> [f32; TILE], row: usize) -> S::Float {
        S::from_fours(
            #[inline(always)]
            |square| neighbours(square * TILE + row),
        )
    }
}

impl<S: InstructionSet<N>, const N: usize> RowMajor for Vector<S, N> {
    #[inline(always)]
    fn read_tile(neighbours: impl Fn(usize) -> [f32; TILE]) -> [Self; TILE] {
        // Without a loop, which would keep the rows in memory.
        let [a, b, c, d] = S::transpose([
            Self::register(&neighbours, 0),
            Self::register(&neighbours, 1),
            Self::register(&neighbours, 2),
            Self::register(&neighbours, 3),
        ]);
        [Vector(a), Vector(b), Vector(c), Vector(d)]
    }
    #[inline(always)]
    fn write_tile(tile: &[Self; TILE], mut write: impl FnMut(usize, [f32; TILE])) {
        let [a, b, c, d] = *tile;
        let [a, b, c, d] = S::transpose([a.0, b.0, c.0, d.0]);
        for (row, register) in [(0, a), (1, b), (2, c), (3, d)] {
            S::to_fours(
                register,
                #[inline(always)]
                |square, four| write(square * TILE + row, four),
            );
        }
    }
    #[inline(always)]
    fn gather<'a, P: Shape>(row: impl Fn(usize) -> &'a [f32], lanes: &mut P::Values<Self>) {
        row_major::gather::<Self, P, N>(row, lanes);
    }
}
