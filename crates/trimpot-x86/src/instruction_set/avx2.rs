//! AVX2.

use core::arch::x86_64::*;
use core::mem::transmute;

use super::{EVEN, HIGH, InstructionSet, LOW, ODD, intrinsics, sealed};

/// AVX2: 8 lanes.
#[derive(Clone, Copy, Debug)]
pub struct Avx2;

impl sealed::Sealed for Avx2 {}

#[target_feature(enable = "avx2")]
fn call<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T {
    function(argument)
}

impl InstructionSet<8> for Avx2 {
    type Float = __m256;
    type Bits = __m256i;
    type Mask = __m256;

    // SAFETY: a vector and an array of its lanes are the same bytes.
    const ZERO: __m256 = unsafe { transmute([0.0_f32; 8]) };
    // SAFETY: as above.
    const ONE: __m256 = unsafe { transmute([1.0_f32; 8]) };

    #[inline(always)]
    fn vectorize<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T {
        // SAFETY: this type is private, and a kernel gets it after the processor was asked.
        unsafe { call(argument, function) }
    }

    #[inline(always)]
    fn from_fours(four: impl Fn(usize) -> [f32; 4]) -> __m256 {
        // SAFETY: a vector and an array of its lanes are the same bytes. Vectors of four are put
        // together, as an array of numbers would be in memory.
        unsafe {
            let four = |index| transmute::<[f32; 4], __m128>(four(index));
            transmute([four(0), four(1)])
        }
    }

    #[inline(always)]
    fn to_fours(a: __m256, mut four: impl FnMut(usize, [f32; 4])) {
        // SAFETY: a vector and an array of its lanes are the same bytes.
        let [first, second]: [[f32; 4]; 2] = unsafe { transmute(a) };
        four(0, first);
        four(1, second);
    }

    intrinsics! {
        splat(number: f32) -> __m256 { _mm256_set1_ps(number) }
        from_array(numbers: [f32; 8]) -> __m256 { transmute(numbers) }
        to_array(a: __m256) -> [f32; 8] { transmute(a) }
        transpose(rows: [__m256; 4]) -> [__m256; 4] {{
            let [a, b, c, d] = rows;
            let ab_low = _mm256_shuffle_ps::<LOW>(a, b);
            let cd_low = _mm256_shuffle_ps::<LOW>(c, d);
            let ab_high = _mm256_shuffle_ps::<HIGH>(a, b);
            let cd_high = _mm256_shuffle_ps::<HIGH>(c, d);
            [
                _mm256_shuffle_ps::<EVEN>(ab_low, cd_low),
                _mm256_shuffle_ps::<ODD>(ab_low, cd_low),
                _mm256_shuffle_ps::<EVEN>(ab_high, cd_high),
                _mm256_shuffle_ps::<ODD>(ab_high, cd_high),
            ]
        }}

        add(a: __m256, b: __m256) -> __m256 { _mm256_add_ps(a, b) }
        sub(a: __m256, b: __m256) -> __m256 { _mm256_sub_ps(a, b) }
        mul(a: __m256, b: __m256) -> __m256 { _mm256_mul_ps(a, b) }
        div(a: __m256, b: __m256) -> __m256 { _mm256_div_ps(a, b) }
        sqrt(a: __m256) -> __m256 { _mm256_sqrt_ps(a) }
        // They give their second operand unless the first is greater, or less: just as said.
        max(a: __m256, b: __m256) -> __m256 { _mm256_max_ps(a, b) }
        min(a: __m256, b: __m256) -> __m256 { _mm256_min_ps(a, b) }

        to_bits(a: __m256) -> __m256i { transmute(a) }
        from_bits(a: __m256i) -> __m256 { transmute(a) }
        splat_bits(integer: u32) -> __m256i { _mm256_set1_epi32(integer.cast_signed()) }
        bits_from_array(integers: [u32; 8]) -> __m256i { transmute(integers) }
        bits_to_array(a: __m256i) -> [u32; 8] { transmute(a) }
        and(a: __m256i, b: __m256i) -> __m256i { _mm256_and_si256(a, b) }
        or(a: __m256i, b: __m256i) -> __m256i { _mm256_or_si256(a, b) }
        xor(a: __m256i, b: __m256i) -> __m256i { _mm256_xor_si256(a, b) }
        wrapping_add(a: __m256i, b: __m256i) -> __m256i { _mm256_add_epi32(a, b) }
        wrapping_sub(a: __m256i, b: __m256i) -> __m256i { _mm256_sub_epi32(a, b) }
        wrapping_mul(a: __m256i, b: __m256i) -> __m256i { _mm256_mullo_epi32(a, b) }
        shl(a: __m256i, by: u32) -> __m256i {
            _mm256_sll_epi32(a, _mm_cvtsi32_si128(by.cast_signed()))
        }
        shr(a: __m256i, by: u32) -> __m256i {
            _mm256_srl_epi32(a, _mm_cvtsi32_si128(by.cast_signed()))
        }

        // Each lane of a mask has all bits, or none.
        lt(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_LT_OQ>(a, b) }
        le(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_LE_OQ>(a, b) }
        gt(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_GT_OQ>(a, b) }
        ge(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_GE_OQ>(a, b) }
        eq(a: __m256, b: __m256) -> __m256 { _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b) }
        same(a: __m256i, b: __m256i) -> __m256 { _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)) }
        select(mask: __m256, yes: __m256, no: __m256) -> __m256 { _mm256_blendv_ps(no, yes, mask) }
        any(mask: __m256) -> bool { _mm256_movemask_ps(mask) != 0 }
        all(mask: __m256) -> bool { _mm256_movemask_ps(mask) == 0xff }
        mask_and(a: __m256, b: __m256) -> __m256 { _mm256_and_ps(a, b) }
        mask_or(a: __m256, b: __m256) -> __m256 { _mm256_or_ps(a, b) }
        mask_not(mask: __m256) -> __m256 {
            _mm256_xor_ps(mask, _mm256_castsi256_ps(_mm256_set1_epi32(-1)))
        }
    }
}
