//! Masks: what the backward pass needs of a value, where the value itself is not stored.
//!
//! That is an integer of a few bits: a sign, or which number of a window is the largest. As many
//! integers as fit lie in the bits of one value; in a vector each lane has its own. Masks are
//! moved, and never computed with.

use crate::lanes::{Bits, Lanes, Mask};

/// How many bits of a value are used. Without the two highest ones it is never NaN, of which not
/// every processor leaves the bits alone.
const BITS: u32 = 30;

/// Returns how many values a mask of so many integers has: 0 if such an integer does not fit.
pub(super) const fn len(integers: usize, bits: u32) -> usize {
    match BITS.checked_div(bits) {
        Some(each @ 1..) => integers.div_ceil(each as usize),
        _ => 0,
    }
}

/// Stores which of the values are positive; nothing if the mask is empty.
#[inline(always)]
pub(super) fn store_signs<V: Lanes>(mask: &mut [V], values: &[V]) {
    let mut rest = values;
    for mask in mask {
        // (`chunks`, whose length is a division, has a panic at opt-level z.)
        let (values, others) = rest.split_at_checked(BITS as usize).unwrap_or((rest, &[]));
        rest = others;
        // The lowest bit is that of the first one.
        let (one, mut bits) = (V::from_bits(V::Bits::splat(1)), V::Bits::splat(0));
        for value in values.iter().rev() {
            bits = bits.shl(1) | value.gt(V::ZERO).select(one, V::ZERO).to_bits();
        }
        *mask = V::from_bits(bits);
    }
}

/// Multiplies numbers by `above` where the value was positive, and by `below` elsewhere; does
/// nothing if the mask is empty.
#[inline(always)]
pub(super) fn multiply_by_signs<V: Lanes>(mask: &[V], numbers: &mut [V], above: V, below: V) {
    let one = V::Bits::splat(1);
    let mut rest = numbers.iter_mut();
    for mask in mask {
        let mut bits = mask.to_bits();
        for number in rest.by_ref().take(BITS as usize) {
            *number *= V::same(bits & one, one).select(above, below);
            bits = bits.shr(1);
        }
    }
}

/// Goes through the integers of a mask, each of which has so many bits: at least 1, and no more
/// than fit.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    bits: u32,
    /// The value that the next integer is in, and where in that it begins.
    at: usize,
    shift: u32,
}

impl Cursor {
    /// Begins with the first one.
    pub const fn new(bits: u32) -> Self {
        Cursor { bits, at: 0, shift: 0 }
    }

    /// Writes the next integer.
    #[inline(always)]
    pub fn write<V: Lanes>(&mut self, mask: &mut [V], integer: V::Bits) {
        if let Some(value) = mask.get_mut(self.at) {
            // The first one of a value overwrites what was there.
            let before = if self.shift == 0 { V::ZERO } else { *value };
            *value = V::from_bits(before.to_bits() | integer.shl(self.shift));
        }
        self.advance();
    }

    /// Reads the next integer.
    #[inline(always)]
    pub fn read<V: Lanes>(&mut self, mask: &[V]) -> V::Bits {
        let value = mask.get(self.at).copied().unwrap_or(V::ZERO);
        let ones = 1_u32.wrapping_shl(self.bits).wrapping_sub(1);
        let integer = value.to_bits().shr(self.shift) & V::Bits::splat(ones);
        self.advance();
        integer
    }

    #[inline(always)]
    fn advance(&mut self) {
        self.shift = self.shift.wrapping_add(self.bits);
        if BITS.wrapping_sub(self.shift) < self.bits {
            (self.at, self.shift) = (self.at.wrapping_add(1), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::lanes::f32x4;

    #[test]
    fn integers_of_any_size_come_back() {
        for bits in 1..=BITS {
            let most = u32::MAX >> (32 - bits);
            let integers: Vec<_> = (0..70_u32)
                .map(|i| u32x4(|lane| i.wrapping_mul(0x9e37_79b9 + lane) & most))
                .collect();
            let mut mask = vec![f32x4::splat(f32::NAN); len(integers.len(), bits)];
            let mut cursor = Cursor::new(bits);
            integers.iter().for_each(|&integer| cursor.write(&mut mask, integer));
            assert!(mask.iter().all(|value| value.to_array().iter().all(|lane| lane.is_finite())));
            let mut cursor = Cursor::new(bits);
            assert!(integers.iter().all(|&integer| cursor.read(&mask) == integer), "{bits}");
        }
        assert_eq!([len(70, 0), len(70, BITS + 1)], [0, 0]);
    }

    fn u32x4(lane: impl Fn(u32) -> u32) -> <f32x4 as Lanes>::Bits {
        Bits::from_fn(|index| lane(index as u32))
    }

    #[test]
    fn signs_come_back() {
        for count in [0, 1, 29, 30, 31, 75] {
            let values: Vec<_> = (0..count)
                .map(|i| f32x4::from_array([1.0, -1.0, 0.0, f32::NAN].map(|x| x * (i % 3) as f32)))
                .collect();
            let mut mask = vec![f32x4::splat(f32::NAN); len(count, 1)];
            store_signs(&mut mask, &values);
            let mut found = vec![f32x4::splat(1.0); count];
            multiply_by_signs(&mask, &mut found, f32x4::splat(3.0), f32x4::splat(0.5));
            for (found, value) in found.iter().zip(&values) {
                let expected = value.to_array().map(|x| if x > 0.0 { 3.0 } else { 0.5 });
                assert_eq!(found.to_array(), expected, "{count}");
            }
        }
    }
}
