//! The number type of every kernel: a lane is a sample.
//!
//! A kernel written once over [`Lanes`] runs as plain scalar code with `f32` and on 4, 8 or 16
//! samples at once with vectors. Every operation here is exact IEEE-754
//! single precision in a fixed order, so each lane of a vector gets the bits that `f32` gets.
//! (A NaN is a NaN in every width, but its sign and payload are the processor's.)

use core::fmt::Debug;
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

mod in_step;
mod level;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod registers;
mod row_major;
mod scalar;
mod vector;

pub use in_step::Registers;
pub use level::{Kernel, Level};
pub use row_major::{RowMajor, TILE};
pub use vector::{f32x4, f32x8, f32x16, mask32x4, mask32x8, mask32x16, u32x4, u32x8, u32x16};

/// What blocks of samples are made of on the level that the program is built for: see
/// [`Registers::Block`].
pub type Native = <NativeRegister as Registers>::Block;

cfg_select! {
    target_feature = "avx512f" => {
        /// A register of the processor that the program is built for.
        pub(crate) type NativeRegister = f32x16;
    }
    target_feature = "avx" => {
        /// A register of the processor that the program is built for.
        pub(crate) type NativeRegister = f32x8;
    }
    any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128") => {
        /// A register of the processor that the program is built for.
        pub(crate) type NativeRegister = f32x4;
    }
    _ => {
        /// A register of the processor that the program is built for.
        pub(crate) type NativeRegister = f32;
    }
}

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

use crate::arrays;

/// One `f32` for each of [`Lanes::LANES`] samples.
///
/// Implemented by `f32`, [`f32x4`], [`f32x8`] and [`f32x16`], by the vectors that a [`Kernel`]
/// gets, and by two or four of these in step.
pub trait Lanes:
    Sealed
    + Copy
    + Debug
    + Default
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// How many samples one value holds.
    const LANES: usize;
    /// How many values the registers of the processor hold: what the sizes of tiles follow from.
    const REGISTERS: usize;
    /// Zero in every lane.
    const ZERO: Self;
    /// One in every lane.
    const ONE: Self;

    /// The outcome of a comparison, lane by lane.
    type Mask: Mask<Self>;
    /// The same lanes as unsigned integers: the bits of a number, or a class label.
    type Bits: Bits;
    /// The lanes in order: `[f32; LANES]`.
    type Array: Copy + Debug + AsRef<[f32]> + AsMut<[f32]>;

    /// Calls a function within one that is compiled for the instructions of this type, which are
    /// more than those of the program where a [`Kernel`] got it. To be used around what is not
    /// inlined into the kernel: a loop that is to stay a function of its own, or what another
    /// thread does.
    ///
    /// The argument is what the function writes to, or else what its loop reads each time: the
    /// compiler knows that nothing else points to what an argument does, but not of what a closure
    /// captures. The function is a closure that is `#[inline(always)]`.
    #[inline]
    fn vectorize<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T {
        function(argument)
    }

    /// The same number in every lane.
    fn splat(value: f32) -> Self;
    /// Returns the number that `lane` gives for each lane.
    fn from_fn(lane: impl FnMut(usize) -> f32) -> Self;
    /// Returns the lanes from an array.
    fn from_array(lanes: Self::Array) -> Self;
    /// Returns the lanes as an array.
    fn to_array(self) -> Self::Array;
    /// Cuts numbers into lanes, and the rest, which is fewer than [`LANES`](Self::LANES).
    fn chunks(numbers: &[f32]) -> (&[Self::Array], &[f32]);
    /// [`chunks`](Self::chunks), to be written.
    fn chunks_mut(numbers: &mut [f32]) -> (&mut [Self::Array], &mut [f32]);
    /// Returns the bits of each number.
    fn to_bits(self) -> Self::Bits;
    /// Returns the numbers with these bits.
    fn from_bits(bits: Self::Bits) -> Self;
    /// Returns where the two integers are equal.
    fn same(left: Self::Bits, right: Self::Bits) -> Self::Mask;

    /// `self < other`; false where either is NaN.
    fn lt(self, other: Self) -> Self::Mask;
    /// `self <= other`; false where either is NaN.
    fn le(self, other: Self) -> Self::Mask;
    /// `self > other`; false where either is NaN.
    fn gt(self, other: Self) -> Self::Mask;
    /// `self >= other`; false where either is NaN.
    fn ge(self, other: Self) -> Self::Mask;
    /// `self == other`; false where either is NaN.
    fn eq(self, other: Self) -> Self::Mask;
    /// Returns the square root, correctly rounded; NaN below zero.
    fn sqrt(self) -> Self;
    /// Returns the sum over the lanes, by halves: the first half plus the second, until one number
    /// is left.
    fn sum(self) -> f32;

    /// Returns the values as numbers, where each is a single one.
    #[inline(always)]
    fn as_numbers(_values: &[Self]) -> Option<&[f32]> {
        None
    }

    /// [`as_numbers`](Self::as_numbers), to be changed.
    #[inline(always)]
    fn as_numbers_mut(_values: &mut [Self]) -> Option<&mut [f32]> {
        None
    }

    /// `self · factor + term`, rounded twice: never fused, so that every machine agrees.
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }

    /// Returns the absolute value.
    #[inline(always)]
    fn abs(self) -> Self {
        Self::from_bits(self.to_bits() & Self::Bits::splat(0x7fff_ffff))
    }

    /// Returns the magnitude of `self` with the sign of `sign`.
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        Self::from_bits(
            (self.to_bits() & Self::Bits::splat(0x7fff_ffff))
                | (sign.to_bits() & Self::Bits::splat(0x8000_0000)),
        )
    }

    /// `self` where it is greater, `other` elsewhere: so `other` where either is NaN.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.gt(other).select(self, other)
    }

    /// `self` where it is less, `other` elsewhere: so `other` where either is NaN.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.lt(other).select(self, other)
    }

    /// −1, 0 or 1: the derivative of [`abs`](Self::abs), 0 at the kink; NaN for NaN.
    #[inline(always)]
    fn signum(self) -> Self {
        self.eq(Self::ZERO).select(Self::ZERO, self.is_nan().select(self, Self::ONE.copysign(self)))
    }

    /// Returns where the number is NaN.
    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        !self.eq(self)
    }
}

/// Returns each number in every lane.
#[inline(always)]
pub(crate) fn splat_each<V: Lanes, const N: usize>(numbers: &[f32; N]) -> [V; N] {
    arrays::map(
        numbers,
        V::ZERO,
        #[inline(always)]
        |&number| V::splat(number),
    )
}

/// Returns the sum of a power of two of numbers, by halves.
#[inline(always)]
fn sum_by_halves<const N: usize>(mut lanes: [f32; N]) -> f32 {
    let mut half = N / 2;
    while half > 0 {
        if let Some((first, second)) = lanes.split_at_mut_checked(half) {
            for (sum, &lane) in first.iter_mut().zip(&*second) {
                *sum += lane;
            }
        }
        half /= 2;
    }
    lanes.first().copied().unwrap_or(0.0)
}

/// The outcome of a comparison of `V`s, lane by lane.
pub trait Mask<V>:
    Sealed + Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self>
{
    /// `yes` where the mask is set, `no` elsewhere.
    fn select(self, yes: V, no: V) -> V;
    /// Returns whether the mask is set in some lane.
    fn any(self) -> bool;
    /// Returns whether the mask is set in every lane.
    fn all(self) -> bool;
}

/// One `u32` a lane. Arithmetic wraps.
pub trait Bits:
    Sealed
    + Copy
    + Debug
    + Default
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
{
    /// The same integer in every lane.
    fn splat(value: u32) -> Self;
    /// Returns the integer that `lane` gives for each lane.
    fn from_fn(lane: impl FnMut(usize) -> u32) -> Self;
    /// Returns the first integers of a slice. In the lanes beyond, the last one; in all of them 0
    /// if there is none.
    #[inline(always)]
    fn from_slice(integers: &[u32]) -> Self {
        let last = integers.last().copied().unwrap_or(0);
        Self::from_fn(
            #[inline(always)]
            |lane| integers.get(lane).copied().unwrap_or(last),
        )
    }
    /// Returns the integer in this lane, or in the last one if there are fewer.
    fn lane(self, lane: usize) -> u32;
    /// Sum modulo 2³².
    fn wrapping_add(self, other: Self) -> Self;
    /// Difference modulo 2³².
    fn wrapping_sub(self, other: Self) -> Self;
    /// Product modulo 2³².
    fn wrapping_mul(self, other: Self) -> Self;
    /// Shift towards the high bits, by less than 32.
    fn shl(self, by: u32) -> Self;
    /// Shift towards the low bits, zeros coming in, by less than 32.
    fn shr(self, by: u32) -> Self;
}
