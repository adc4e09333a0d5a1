//! Several lanes: [`f32x4`], [`f32x8`] and [`f32x16`], their masks and their integers.
//!
//! Each is a vector of the `wide` crate, which no other code of the core names, with the operations
//! of [`Lanes`] and no more. What is left out could make results depend on the processor, or on the
//! width: `wide`'s own `mul_add` (fuses on some targets only), `max` and `min` (NaN handling
//! differs between targets), `exp` and friends (differ between widths).
#![expect(non_camel_case_types, reason = "the names of such vectors in `core::simd`")]

use core::fmt::{self, Debug, Formatter};
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

use super::sealed::Sealed;
use super::{Bits, Lanes, Mask};
use crate::arrays;

/// The registers of the processor that the program is built for, and the lanes of each.
const REGISTERS: (usize, usize) = cfg_select! {
    target_feature = "avx512f" => { (32, 16) }
    target_feature = "avx" => { (16, 8) }
    target_feature = "neon" => { (32, 4) }
    _ => { (16, 4) }
};

/// Returns how many values of so many lanes the registers hold.
const fn registers(lanes: usize) -> usize {
    let (count, width) = REGISTERS;
    count / lanes.div_ceil(width)
}

macro_rules! operators {
    ($type:ident: $($operator:ident $method:ident)*) => {$(
        impl $operator for $type {
            type Output = $type;
            #[inline(always)]
            fn $method(self, other: $type) -> $type {
                $type(self.0.$method(other.0))
            }
        }
    )*};
}

macro_rules! assignments {
    ($type:ident: $($operator:ident $method:ident by $plain:ident)*) => {$(
        impl $operator for $type {
            #[inline(always)]
            fn $method(&mut self, other: $type) {
                *self = self.$plain(other);
            }
        }
    )*};
}

macro_rules! vector {
    ($float:ident, $bits:ident, $mask:ident, $lanes:literal) => {
        #[doc = concat!("One `f32` for each of ", $lanes, " samples.")]
        #[derive(Clone, Copy, Default, PartialEq)]
        #[repr(transparent)]
        pub struct $float(pub(super) wide::$float);

        #[doc = concat!("One `u32` for each of ", $lanes, " samples.")]
        #[derive(Clone, Copy, Default, PartialEq, Eq)]
        #[repr(transparent)]
        pub struct $bits(wide::$bits);

        #[doc = concat!("The outcome of a comparison of [`", stringify!($float), "`]s.")]
        #[derive(Clone, Copy)]
        #[repr(transparent)]
        pub struct $mask(wide::$float);

        impl Sealed for $float {}
        impl Sealed for $bits {}
        impl Sealed for $mask {}

        impl Debug for $float {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                self.0.to_array().fmt(f)
            }
        }

        impl Debug for $bits {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                self.0.to_array().fmt(f)
            }
        }

        impl Debug for $mask {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                self.0.to_array().map(|lane| lane.to_bits() != 0).fmt(f)
            }
        }

        operators!($float: Add add Sub sub Mul mul Div div);
        assignments!($float: AddAssign add_assign by add SubAssign sub_assign by sub);
        assignments!($float: MulAssign mul_assign by mul);
        operators!($bits: BitAnd bitand BitOr bitor BitXor bitxor);
        operators!($mask: BitAnd bitand BitOr bitor);

        impl Neg for $float {
            type Output = $float;
            #[inline(always)]
            fn neg(self) -> $float {
                $float(-self.0)
            }
        }

        impl Not for $mask {
            type Output = $mask;
            #[inline(always)]
            fn not(self) -> $mask {
                $mask(!self.0)
            }
        }

        impl Lanes for $float {
            const LANES: usize = $lanes;
            const REGISTERS: usize = registers($lanes);
            const ZERO: $float = $float(wide::$float::splat(0.0));
            const ONE: $float = $float(wide::$float::splat(1.0));
            type Mask = $mask;
            type Bits = $bits;
            type Array = [f32; $lanes];

            #[inline(always)]
            fn splat(value: f32) -> $float {
                $float(wide::$float::splat(value))
            }
            #[inline(always)]
            fn from_fn(lane: impl FnMut(usize) -> f32) -> $float {
                Self::from_array(arrays::from_fn(0.0, lane))
            }
            #[inline(always)]
            fn from_array(lanes: [f32; $lanes]) -> $float {
                $float(wide::$float::new(lanes))
            }
            #[inline(always)]
            fn to_array(self) -> [f32; $lanes] {
                self.0.to_array()
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
            fn to_bits(self) -> $bits {
                $bits(self.0.to_bits())
            }
            #[inline(always)]
            fn from_bits(bits: $bits) -> $float {
                $float(wide::$float::from_bits(bits.0))
            }
            #[inline(always)]
            fn same(left: $bits, right: $bits) -> $mask {
                $mask(wide::$float::from_bits(left.0.simd_eq(right.0)))
            }
            #[inline(always)]
            fn lt(self, other: $float) -> $mask {
                $mask(self.0.simd_lt(other.0))
            }
            #[inline(always)]
            fn le(self, other: $float) -> $mask {
                $mask(self.0.simd_le(other.0))
            }
            #[inline(always)]
            fn gt(self, other: $float) -> $mask {
                $mask(self.0.simd_gt(other.0))
            }
            #[inline(always)]
            fn ge(self, other: $float) -> $mask {
                $mask(self.0.simd_ge(other.0))
            }
            #[inline(always)]
            fn eq(self, other: $float) -> $mask {
                $mask(self.0.simd_eq(other.0))
            }
            #[inline(always)]
            fn sqrt(self) -> $float {
                $float(self.0.sqrt())
            }
            #[inline(always)]
            fn sum(self) -> f32 {
                super::sum_by_halves(self.to_array())
            }
            // `maxps` and `minps` give their second operand unless the first is greater, or less:
            // just as said.
            #[cfg(target_arch = "x86_64")]
            #[inline(always)]
            fn max(self, other: $float) -> $float {
                $float(self.0.fast_max(other.0))
            }
            #[cfg(target_arch = "x86_64")]
            #[inline(always)]
            fn min(self, other: $float) -> $float {
                $float(self.0.fast_min(other.0))
            }
        }

        impl Mask<$float> for $mask {
            #[inline(always)]
            fn select(self, yes: $float, no: $float) -> $float {
                $float(self.0.select(yes.0, no.0))
            }
            #[inline(always)]
            fn any(self) -> bool {
                self.0.any()
            }
            #[inline(always)]
            fn all(self) -> bool {
                self.0.all()
            }
        }

        impl Bits for $bits {
            #[inline(always)]
            fn splat(value: u32) -> $bits {
                $bits(wide::$bits::splat(value))
            }
            #[inline(always)]
            fn from_slice(integers: &[u32]) -> $bits {
                if let Some(&lanes) = integers.first_chunk() {
                    return $bits(wide::$bits::new(lanes));
                }
                let last = integers.last().copied().unwrap_or(0);
                Self::from_fn(
                    #[inline(always)]
                    |lane| integers.get(lane).copied().unwrap_or(last),
                )
            }
            #[inline(always)]
            fn from_fn(lane: impl FnMut(usize) -> u32) -> $bits {
                $bits(wide::$bits::new(arrays::from_fn(0, lane)))
            }
            #[inline(always)]
            fn lane(self, lane: usize) -> u32 {
                let lanes = self.0.to_array();
                let [.., last] = lanes;
                lanes.get(lane).copied().unwrap_or(last)
            }
            #[inline(always)]
            fn wrapping_add(self, other: $bits) -> $bits {
                $bits(self.0 + other.0)
            }
            #[inline(always)]
            fn wrapping_sub(self, other: $bits) -> $bits {
                $bits(self.0 - other.0)
            }
            #[inline(always)]
            fn wrapping_mul(self, other: $bits) -> $bits {
                $bits(self.0 * other.0)
            }
            #[inline(always)]
            fn shl(self, by: u32) -> $bits {
                $bits(self.0 << by)
            }
            #[inline(always)]
            fn shr(self, by: u32) -> $bits {
                $bits(self.0 >> by)
            }
        }
    };
}

vector!(f32x4, u32x4, mask32x4, 4);
vector!(f32x8, u32x8, mask32x8, 8);
vector!(f32x16, u32x16, mask32x16, 16);

macro_rules! transpose {
    ($float:ident, $lanes:literal) => {
        impl $float {
            /// Returns the columns of a square, the rows of which are given.
            #[inline(always)]
            pub(crate) fn transpose(rows: [$float; $lanes]) -> [$float; $lanes] {
                let rows = arrays::map(
                    &rows,
                    wide::$float::ZERO,
                    #[inline(always)]
                    |row| row.0,
                );
                let columns = wide::$float::transpose(rows);
                arrays::map(
                    &columns,
                    $float::ZERO,
                    #[inline(always)]
                    |&column| $float(column),
                )
            }
        }
    };
}

transpose!(f32x4, 4);
transpose!(f32x8, 8);
