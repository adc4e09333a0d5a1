//! Several lanes: the vectors of the `wide` crate, which no other code names.
//!
//! Rejected: `wide`'s own `mul_add` (fuses on some targets only), `max` and `min` (NaN handling
//! differs between targets), `exp` and friends (differ between widths).

pub use wide::{f32x4, f32x8, f32x16};
use wide::{u32x4, u32x8, u32x16};

use super::sealed::Sealed;
use super::{Bits, Lanes, Mask};

macro_rules! vector {
    ($float:ident, $bits:ident, $lanes:literal) => {
        impl Sealed for $float {}
        impl Sealed for $bits {}

        impl Lanes for $float {
            const LANES: usize = $lanes;
            const ZERO: $float = $float::splat(0.0);
            const ONE: $float = $float::splat(1.0);
            type Mask = $float;
            type Bits = $bits;
            type Array = [f32; $lanes];

            #[inline(always)]
            fn splat(value: f32) -> $float {
                $float::splat(value)
            }
            #[inline(always)]
            fn from_fn(lane: impl FnMut(usize) -> f32) -> $float {
                $float::new(core::array::from_fn(lane))
            }
            #[inline(always)]
            fn from_array(lanes: [f32; $lanes]) -> $float {
                $float::new(lanes)
            }
            #[inline(always)]
            fn to_array(self) -> [f32; $lanes] {
                $float::to_array(self)
            }
            #[inline(always)]
            fn to_bits(self) -> $bits {
                $float::to_bits(self)
            }
            #[inline(always)]
            fn from_bits(bits: $bits) -> $float {
                $float::from_bits(bits)
            }
            #[inline(always)]
            fn same(left: $bits, right: $bits) -> $float {
                $float::from_bits(left.simd_eq(right))
            }
            #[inline(always)]
            fn lt(self, other: $float) -> $float {
                self.simd_lt(other)
            }
            #[inline(always)]
            fn le(self, other: $float) -> $float {
                self.simd_le(other)
            }
            #[inline(always)]
            fn gt(self, other: $float) -> $float {
                self.simd_gt(other)
            }
            #[inline(always)]
            fn ge(self, other: $float) -> $float {
                self.simd_ge(other)
            }
            #[inline(always)]
            fn eq(self, other: $float) -> $float {
                self.simd_eq(other)
            }
            #[inline(always)]
            fn sqrt(self) -> $float {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn sum(self) -> f32 {
                let mut lanes = $float::to_array(self);
                let mut half = $lanes / 2;
                while half > 0 {
                    if let Some((first, second)) = lanes.split_at_mut_checked(half) {
                        for (sum, &lane) in first.iter_mut().zip(&*second) {
                            *sum += lane;
                        }
                    }
                    half /= 2;
                }
                lanes[0]
            }
            // `maxps` and `minps` give their second operand unless the first is greater, or less:
            // just as said.
            #[cfg(target_arch = "x86_64")]
            #[inline(always)]
            fn max(self, other: $float) -> $float {
                self.fast_max(other)
            }
            #[cfg(target_arch = "x86_64")]
            #[inline(always)]
            fn min(self, other: $float) -> $float {
                self.fast_min(other)
            }
        }

        impl Mask<$float> for $float {
            #[inline(always)]
            fn select(self, yes: $float, no: $float) -> $float {
                $float::select(self, yes, no)
            }
            #[inline(always)]
            fn any(self) -> bool {
                $float::any(self)
            }
            #[inline(always)]
            fn all(self) -> bool {
                $float::all(self)
            }
        }

        impl Bits for $bits {
            #[inline(always)]
            fn splat(value: u32) -> $bits {
                $bits::splat(value)
            }
            #[inline(always)]
            fn from_slice(integers: &[u32]) -> $bits {
                if let Some(&lanes) = integers.first_chunk() {
                    return $bits::new(lanes);
                }
                let last = integers.last().copied().unwrap_or(0);
                Self::from_fn(|lane| integers.get(lane).copied().unwrap_or(last))
            }
            #[inline(always)]
            fn from_fn(lane: impl FnMut(usize) -> u32) -> $bits {
                $bits::new(core::array::from_fn(lane))
            }
            #[inline(always)]
            fn lane(self, lane: usize) -> u32 {
                let lanes = $bits::to_array(self);
                let [.., last] = lanes;
                lanes.get(lane).copied().unwrap_or(last)
            }
            #[inline(always)]
            fn wrapping_add(self, other: $bits) -> $bits {
                self + other
            }
            #[inline(always)]
            fn wrapping_sub(self, other: $bits) -> $bits {
                self - other
            }
            #[inline(always)]
            fn wrapping_mul(self, other: $bits) -> $bits {
                self * other
            }
            #[inline(always)]
            fn shl(self, by: u32) -> $bits {
                self << by
            }
            #[inline(always)]
            fn shr(self, by: u32) -> $bits {
                self >> by
            }
        }
    };
}

vector!(f32x4, u32x4, 4);
vector!(f32x8, u32x8, 8);
vector!(f32x16, u32x16, 16);
