//! One lane: `f32` itself.

use super::sealed::Sealed;
use super::{Bits, Lanes, Mask};
use crate::vfp;

impl Sealed for f32 {}
impl Sealed for bool {}
impl Sealed for u32 {}

impl Lanes for f32 {
    const LANES: usize = 1;
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;
    type Mask = bool;
    type Bits = u32;
    type Array = [f32; 1];

    #[inline(always)]
    fn splat(value: f32) -> f32 {
        value
    }
    #[inline(always)]
    fn from_fn(mut lane: impl FnMut(usize) -> f32) -> f32 {
        lane(0)
    }
    #[inline(always)]
    fn from_array([value]: [f32; 1]) -> f32 {
        value
    }
    #[inline(always)]
    fn to_array(self) -> [f32; 1] {
        [self]
    }
    #[inline(always)]
    fn chunks(numbers: &[f32]) -> (&[[f32; 1]], &[f32]) {
        numbers.as_chunks()
    }
    #[inline(always)]
    fn chunks_mut(numbers: &mut [f32]) -> (&mut [[f32; 1]], &mut [f32]) {
        numbers.as_chunks_mut()
    }
    #[inline(always)]
    fn to_bits(self) -> u32 {
        f32::to_bits(self)
    }
    #[inline(always)]
    fn from_bits(bits: u32) -> f32 {
        f32::from_bits(bits)
    }
    #[inline(always)]
    fn same(left: u32, right: u32) -> bool {
        left == right
    }
    #[inline(always)]
    fn lt(self, other: f32) -> bool {
        self < other
    }
    #[inline(always)]
    fn le(self, other: f32) -> bool {
        self <= other
    }
    #[inline(always)]
    fn gt(self, other: f32) -> bool {
        self > other
    }
    #[inline(always)]
    fn ge(self, other: f32) -> bool {
        self >= other
    }
    #[inline(always)]
    fn eq(self, other: f32) -> bool {
        self == other
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        vfp::sqrt(self)
    }
    #[inline(always)]
    fn as_numbers(values: &[f32]) -> Option<&[f32]> {
        Some(values)
    }
    #[inline(always)]
    fn as_numbers_mut(values: &mut [f32]) -> Option<&mut [f32]> {
        Some(values)
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        self
    }
}

impl Mask<f32> for bool {
    #[inline(always)]
    fn select(self, yes: f32, no: f32) -> f32 {
        if self { yes } else { no }
    }
    #[inline(always)]
    fn any(self) -> bool {
        self
    }
    #[inline(always)]
    fn all(self) -> bool {
        self
    }
}

impl Bits for u32 {
    #[inline(always)]
    fn splat(value: u32) -> u32 {
        value
    }
    #[inline(always)]
    fn from_fn(mut lane: impl FnMut(usize) -> u32) -> u32 {
        lane(0)
    }
    #[inline(always)]
    fn lane(self, _lane: usize) -> u32 {
        self
    }
    #[inline(always)]
    fn wrapping_add(self, other: u32) -> u32 {
        u32::wrapping_add(self, other)
    }
    #[inline(always)]
    fn wrapping_sub(self, other: u32) -> u32 {
        u32::wrapping_sub(self, other)
    }
    #[inline(always)]
    fn wrapping_mul(self, other: u32) -> u32 {
        u32::wrapping_mul(self, other)
    }
    #[inline(always)]
    fn shl(self, by: u32) -> u32 {
        self.wrapping_shl(by)
    }
    #[inline(always)]
    fn shr(self, by: u32) -> u32 {
        self.wrapping_shr(by)
    }
}
