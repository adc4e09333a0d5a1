//! Two operations on integers for which not every core has instructions.

/// Whether the core is an Armv6-M: it has no atomics, and that can be asked for. (An Armv8-M
/// without the main extension is not told apart from those with it: there both operations are
/// calls.)
const IS_ARMV6_M: bool = cfg!(all(target_arch = "arm", not(target_has_atomic = "32")));
/// Whether the core multiplies to 64 bits.
pub(super) const HAS_LONG_PRODUCT: bool = !IS_ARMV6_M;
/// Whether the core counts leading zeros.
pub(super) const HAS_LEADING_ZEROS: bool = !IS_ARMV6_M && cfg!(not(target_arch = "riscv32"));

/// Returns the product of two integers of 24 bits without its last 18 bits.
#[inline(always)]
pub(super) fn high_product<const HAS_LONG_PRODUCT: bool>(x: u32, y: u32) -> u32 {
    if HAS_LONG_PRODUCT { of_long_product(x, y) } else { of_products(x, y) }
}

#[inline(always)]
fn of_long_product(x: u32, y: u32) -> u32 {
    (u64::from(x << 8).wrapping_mul(u64::from(y << 8)) >> 34) as u32
}

/// By products of 32 bits.
#[inline(always)]
fn of_products(x: u32, y: u32) -> u32 {
    let [(x_high, x_low), (y_high, y_low)] = [x, y].map(|factor| (factor >> 8, factor & 0xff));
    let low = x_low.wrapping_mul(y_low) >> 8;
    let middle = x_high.wrapping_mul(y_low).wrapping_add(x_low.wrapping_mul(y_high));
    x_high.wrapping_mul(y_high).wrapping_add(middle.wrapping_add(low) >> 8) >> 2
}

/// Returns how many bits after the sign are the same as it, where the first one is.
#[inline(always)]
pub(super) fn redundant_sign_bits<const HAS_LEADING_ZEROS: bool>(integer: i32) -> u32 {
    let magnitude = (integer ^ (integer >> 31)) as u32;
    if HAS_LEADING_ZEROS { by_leading_zeros(magnitude) } else { bit_by_bit(magnitude) }
}

#[inline(always)]
fn by_leading_zeros(magnitude: u32) -> u32 {
    magnitude.leading_zeros().wrapping_sub(1)
}

/// Of a magnitude of 2²⁹ at most: mostly there are three, or two.
#[inline(always)]
fn bit_by_bit(magnitude: u32) -> u32 {
    if magnitude >> 28 != 0 {
        return 2_u32.wrapping_sub(magnitude >> 29);
    }
    // Where the magnitude is 0 it ends with the bit that is added.
    let (mut magnitude, mut bits) = (magnitude << 4 | 8, 3_u32);
    while magnitude >> 31 == 0 {
        magnitude <<= 1;
        bits = bits.wrapping_add(1);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_32_bits_make_the_long_one() {
        let factors = (1 << 23..1 << 24).step_by(8_191).chain([(1 << 24) - 1]);
        for x in factors.clone() {
            for y in factors.clone().map(|y| y ^ x & 0xff) {
                assert_eq!(of_products(x, y), of_long_product(x, y), "{x} {y}");
            }
        }
    }

    #[test]
    fn bits_are_counted_one_by_one() {
        let magnitudes = (0..30).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        for magnitude in magnitudes.filter(|&magnitude| magnitude <= 1 << 29) {
            assert_eq!(bit_by_bit(magnitude), by_leading_zeros(magnitude), "{magnitude}");
        }
    }
}
