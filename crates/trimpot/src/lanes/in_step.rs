//! Vectors in step, and how many of them a kernel over slices takes.
//!
//! A loss with an exponential is a chain of dozens of operations, each of which waits for the one
//! before. A processor fills the gaps with the next elements as far as it looks ahead, which is not
//! far enough; the operations of several chains that alternate fill them. But each chain has a few
//! numbers under way, and those that find no register go through memory. So how many go in step
//! follows from the registers that there are, and from the kernel's need: [`Registers`] is the one
//! place where that is decided. No choice changes a bit.

use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use trimpot_x86::InstructionSet;

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use super::registers::{Vector, VectorBits, VectorMask};
use super::row_major::{self, TILE};
use super::sealed::Sealed;
use super::{Bits, Lanes, Mask, RowMajor, f32x4, f32x8, f32x16};
use super::{mask32x4, mask32x8, mask32x16, u32x4, u32x8, u32x16};
use crate::arrays;
use crate::shape::Shape;

/// A vector as wide as a register, with the vectors in step that kernels over slices are made of:
/// entry points choose the register, kernels take what it says here.
pub trait Registers: RowMajor {
    /// For a few operations an element. With the 64 partial sums, an accumulator for each, in
    /// registers as well.
    type Short: Lanes;
    /// For a long chain of operations, such as an exponential.
    type Long: Lanes;
    /// For losses of rows, a row in each lane, whose numbers are in memory anyway.
    type PerRow: RowMajor;
    /// For blocks of samples that go through a network, a sample in each lane. With two registers a
    /// weight that is loaded meets both, and there are half as many blocks.
    type Block: RowMajor;
}

/// On the board: no kernel over slices is in a hurry there.
impl Registers for f32 {
    type Short = f32;
    type Long = f32;
    type PerRow = f32;
    type Block = f32;
}

/// 16 registers with SSE2, 32 with NEON (where nothing was measured yet).
impl Registers for f32x4 {
    type Short = f32x4;
    #[cfg(target_arch = "aarch64")]
    type Long = Pair<Pair<f32x4>>;
    #[cfg(not(target_arch = "aarch64"))]
    type Long = Pair<f32x4>;
    type PerRow = f32x4;
    type Block = f32x4;
}

/// 16 registers: the partial sums take eight. Four in a long chain are as fast as two where a
/// processor looks far ahead (Zen 5), with twice the loads and stores of what finds no
/// register.
impl Registers for f32x8 {
    type Short = f32x8;
    type Long = Pair<f32x8>;
    type PerRow = Pair<f32x8>;
    type Block = f32x16;
}

/// 32 registers: the partial sums take four. Two in a long chain are a quarter slower than four.
/// (Blocks of two would take batches of 32 to be full.)
impl Registers for f32x16 {
    type Short = Pair<Pair<f32x16>>;
    type Long = Pair<Pair<f32x16>>;
    type PerRow = Pair<f32x16>;
    type Block = f32x16;
}

/// As [`f32x8`].
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
impl<S: InstructionSet<8>> Registers for Vector<S, 8> {
    type Short = Self;
    type Long = Pair<Self>;
    type PerRow = Pair<Self>;
    type Block = Pair<Self>;
}

/// As [`f32x16`].
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
impl<S: InstructionSet<16>> Registers for Vector<S, 16> {
    type Short = Pair<Pair<Self>>;
    type Long = Pair<Pair<Self>>;
    type PerRow = Pair<Self>;
    type Block = Self;
}

/// Two of something, and whatever is done to one is done to the other: a pair of pairs is four in
/// step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair<T>(T, T);

impl<T: Copy> Pair<T> {
    #[inline(always)]
    fn map<U>(self, f: impl Fn(T) -> U) -> Pair<U> {
        Pair(f(self.0), f(self.1))
    }

    #[inline(always)]
    fn with<U: Copy, W>(self, other: Pair<U>, f: impl Fn(T, U) -> W) -> Pair<W> {
        Pair(f(self.0, other.0), f(self.1, other.1))
    }
}

impl<T> Sealed for Pair<T> {}

macro_rules! operators {
    ($($operator:ident $method:ident)*) => {$(
        impl<T: Copy + $operator<Output = T>> $operator for Pair<T> {
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
    ($($operator:ident $method:ident)*) => {$(
        impl<T: $operator> $operator for Pair<T> {
            #[inline(always)]
            fn $method(&mut self, other: Self) {
                self.0.$method(other.0);
                self.1.$method(other.1);
            }
        }
    )*};
}
assignments!(AddAssign add_assign SubAssign sub_assign MulAssign mul_assign);

impl<T: Copy + Neg<Output = T>> Neg for Pair<T> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(T::neg)
    }
}

impl<T: Copy + Not<Output = T>> Not for Pair<T> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        self.map(T::not)
    }
}

macro_rules! lanes_of_pairs {
    ($([$($generics:tt)*] $half:ty, $bits:ty, $mask:ty: $lanes:literal;)*) => {$(
        impl<$($generics)*> Lanes for Pair<$half> {
            const LANES: usize = $lanes;
            const REGISTERS: usize = <$half>::REGISTERS / 2;
            const ZERO: Self = Pair(<$half>::ZERO, <$half>::ZERO);
            const ONE: Self = Pair(<$half>::ONE, <$half>::ONE);
            type Mask = Pair<$mask>;
            type Bits = Pair<$bits>;
            type Array = [f32; $lanes];

            #[inline(always)]
            fn vectorize<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T {
                <$half>::vectorize(argument, function)
            }
            #[inline(always)]
            fn splat(value: f32) -> Self {
                Pair(<$half>::splat(value), <$half>::splat(value))
            }
            #[inline(always)]
            fn from_fn(lane: impl FnMut(usize) -> f32) -> Self {
                Self::from_array(arrays::from_fn(0.0, lane))
            }
            #[inline(always)]
            fn from_array(lanes: [f32; $lanes]) -> Self {
                let [first, second] = bytemuck::cast(lanes);
                Pair(<$half>::from_array(first), <$half>::from_array(second))
            }
            #[inline(always)]
            fn to_array(self) -> [f32; $lanes] {
                bytemuck::cast([self.0.to_array(), self.1.to_array()])
            }
            #[inline(always)]
            fn chunks(numbers: &[f32]) -> (&[[f32; $lanes]], &[f32]) {
                numbers.as_chunks()
            }
            #[inline(always)]
            fn chunks_mut(numbers: &mut [f32]) -> (&mut [[f32; $lanes]], &mut [f32]) {
                numbers.as_chunks_mut()
            }
            #[inline(always)]
            fn to_bits(self) -> Self::Bits {
                self.map(Lanes::to_bits)
            }
            #[inline(always)]
            fn from_bits(bits: Self::Bits) -> Self {
                bits.map(Lanes::from_bits)
            }
            #[inline(always)]
            fn same(left: Self::Bits, right: Self::Bits) -> Self::Mask {
                left.with(right, <$half as Lanes>::same)
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
                Lanes::sum(self.0 + self.1)
            }
        }

        impl<$($generics)*> RowMajor for Pair<$half> {
            #[inline(always)]
            fn read_tile(neighbours: impl Fn(usize) -> [f32; TILE]) -> [Self; TILE] {
                let [a, b, c, d] = <$half>::read_tile(&neighbours);
                let [e, f, g, h] = <$half>::read_tile(
                    #[inline(always)]
                    |lane| neighbours($lanes / 2 + lane),
                );
                [Pair(a, e), Pair(b, f), Pair(c, g), Pair(d, h)]
            }
            #[inline(always)]
            fn write_tile(tile: &[Self; TILE], mut write: impl FnMut(usize, [f32; TILE])) {
                let [a, b, c, d] = *tile;
                <$half>::write_tile(&[a.0, b.0, c.0, d.0], &mut write);
                <$half>::write_tile(
                    &[a.1, b.1, c.1, d.1],
                    #[inline(always)]
                    |lane, row| write($lanes / 2 + lane, row),
                );
            }
            #[inline(always)]
            fn gather<'a, P: Shape>(
                row: impl Fn(usize) -> &'a [f32],
                lanes: &mut P::Values<Self>,
            ) {
                row_major::gather::<Self, P, $lanes>(row, lanes);
            }
        }

        impl<$($generics)*> Mask<Pair<$half>> for Pair<$mask> {
            #[inline(always)]
            fn select(self, yes: Pair<$half>, no: Pair<$half>) -> Pair<$half> {
                Pair(self.0.select(yes.0, no.0), self.1.select(yes.1, no.1))
            }
            #[inline(always)]
            fn any(self) -> bool {
                (self.0 | self.1).any()
            }
            #[inline(always)]
            fn all(self) -> bool {
                (self.0 & self.1).all()
            }
        }

        impl<$($generics)*> Bits for Pair<$bits> {
            #[inline(always)]
            fn splat(value: u32) -> Self {
                Pair(Bits::splat(value), Bits::splat(value))
            }
            #[inline(always)]
            fn from_slice(integers: &[u32]) -> Self {
                if let Some((first, second)) = integers.split_at_checked($lanes / 2)
                    && !second.is_empty()
                {
                    return Pair(Bits::from_slice(first), Bits::from_slice(second));
                }
                let first: $bits = Bits::from_slice(integers);
                Pair(first, Bits::splat(first.lane($lanes / 2 - 1)))
            }
            #[inline(always)]
            fn from_fn(mut lane: impl FnMut(usize) -> u32) -> Self {
                let first = Bits::from_fn(&mut lane);
                let second = Bits::from_fn(
                    #[inline(always)]
                    |at| lane($lanes / 2 + at),
                );
                Pair(first, second)
            }
            #[inline(always)]
            fn lane(self, lane: usize) -> u32 {
                match lane.checked_sub($lanes / 2) {
                    Some(lane) => self.1.lane(lane),
                    None => self.0.lane(lane),
                }
            }
            #[inline(always)]
            fn wrapping_add(self, other: Self) -> Self {
                self.with(other, Bits::wrapping_add)
            }
            #[inline(always)]
            fn wrapping_sub(self, other: Self) -> Self {
                self.with(other, Bits::wrapping_sub)
            }
            #[inline(always)]
            fn wrapping_mul(self, other: Self) -> Self {
                self.with(other, Bits::wrapping_mul)
            }
            #[inline(always)]
            fn shl(self, by: u32) -> Self {
                self.map(
                    #[inline(always)]
                    |bits| bits.shl(by),
                )
            }
            #[inline(always)]
            fn shr(self, by: u32) -> Self {
                self.map(
                    #[inline(always)]
                    |bits| bits.shr(by),
                )
            }
        }
    )*};
}
// A vector of its own for a register joins this list, and says above what goes in step.
lanes_of_pairs! {
    [] f32x4, u32x4, mask32x4: 8;
    [] f32x8, u32x8, mask32x8: 16;
    [] f32x16, u32x16, mask32x16: 32;
    [] Pair<f32x4>, Pair<u32x4>, Pair<mask32x4>: 16;
    [] Pair<f32x8>, Pair<u32x8>, Pair<mask32x8>: 32;
    [] Pair<f32x16>, Pair<u32x16>, Pair<mask32x16>: 64;
}
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
lanes_of_pairs! {
    [S: InstructionSet<8>] Vector<S, 8>, VectorBits<S, 8>, VectorMask<S, 8>: 16;
    [S: InstructionSet<16>] Vector<S, 16>, VectorBits<S, 16>, VectorMask<S, 16>: 32;
    [S: InstructionSet<16>]
        Pair<Vector<S, 16>>, Pair<VectorBits<S, 16>>, Pair<VectorMask<S, 16>>: 64;
}

#[cfg(test)]
mod tests {
    use super::*;

    type Four = Pair<Pair<f32x16>>;

    #[test]
    fn lanes_keep_their_order() {
        let numbers = Four::from_fn(|lane| lane as f32);
        assert_eq!(numbers.to_array(), core::array::from_fn(|lane| lane as f32));
        assert_eq!(numbers.sum(), 2016.0);
        let bits = <Four as Lanes>::Bits::from_fn(|lane| lane as u32);
        assert!((0..64).all(|lane| bits.lane(lane) == lane as u32));
        assert_eq!(bits.lane(64), 63);
    }

    #[test]
    fn masks_ask_all_of_them() {
        let numbers = Four::from_fn(|lane| lane as f32);
        for least in [0.0, 1.0, 40.0, 63.0, 64.0] {
            let mask = numbers.ge(Four::splat(least));
            assert_eq!((mask.any(), mask.all()), (least < 64.0, least == 0.0));
            let chosen = mask.select(numbers, -numbers).to_array();
            assert!((0..64_u8).map(f32::from).zip(chosen).all(|(number, chosen)| {
                chosen == if number >= least { number } else { -number }
            }));
        }
    }
}
