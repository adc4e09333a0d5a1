//! AVX-512, as x86-64-v4 has it.

use core::arch::x86_64::*;
use core::mem::transmute;

use super::{EVEN, HIGH, InstructionSet, LOW, ODD, intrinsics, sealed};

/// AVX-512, as x86-64-v4 has it: 16 lanes.
#[derive(Clone, Copy, Debug)]
pub struct Avx512;

impl sealed::Sealed for Avx512 {}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn call<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T {
    function(argument)
}

impl InstructionSet<16> for Avx512 {
    type Float = __m512;
    type Bits = __m512i;
    type Mask = __mmask16;

    // SAFETY: a vector and an array of its lanes are the same bytes.
    const ZERO: __m512 = unsafe { transmute([0.0_f32; 16]) };
    // SAFETY: as above.
    const ONE: __m512 = unsafe { transmute([1.0_f32; 16]) };

    #[inline(always)]
    fn vectorize<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T {
        // SAFETY: this type is private, and a kernel gets it after the processor was asked.
        unsafe { call(argument, function) }
    }

    #[inline(always)]
    fn from_fours(four: impl Fn(usize) -> [f32; 4]) -> __m512 {
        // SAFETY: a vector and an array of its lanes are the same bytes. Vectors of four are put
        // together, as an array of numbers would be in memory.
        unsafe {
            let four = |index| transmute::<[f32; 4], __m128>(four(index));
            transmute([four(0), four(1), four(2), four(3)])
        }
    }

    #[inline(always)]
    fn to_fours(a: __m512, mut four: impl FnMut(usize, [f32; 4])) {
        // SAFETY: a vector and an array of its lanes are the same bytes.
        let [first, second, third, fourth]: [[f32; 4]; 4] = unsafe { transmute(a) };
        four(0, first);
        four(1, second);
        four(2, third);
        four(3, fourth);
    }

    intrinsics! {
        splat(number: f32) -> __m512 { _mm512_set1_ps(number) }
        from_array(numbers: [f32; 16]) -> __m512 { transmute(numbers) }
        to_array(a: __m512) -> [f32; 16] { transmute(a) }
        transpose(rows: [__m512; 4]) -> [__m512; 4] {{
            let [a, b, c, d] = rows;
            let ab_low = _mm512_shuffle_ps::<LOW>(a, b);
            let cd_low = _mm512_shuffle_ps::<LOW>(c, d);
            let ab_high = _mm512_shuffle_ps::<HIGH>(a, b);
            let cd_high = _mm512_shuffle_ps::<HIGH>(c, d);
            [
                _mm512_shuffle_ps::<EVEN>(ab_low, cd_low),
                _mm512_shuffle_ps::<ODD>(ab_low, cd_low),
                _mm512_shuffle_ps::<EVEN>(ab_high, cd_high),
                _mm512_shuffle_ps::<ODD>(ab_high, cd_high),
            ]
        }}

        add(a: __m512, b: __m512) -> __m512 { _mm512_add_ps(a, b) }
        sub(a: __m512, b: __m512) -> __m512 { _mm512_sub_ps(a, b) }
        mul(a: __m512, b: __m512) -> __m512 { _mm512_mul_ps(a, b) }
        div(a: __m512, b: __m512) -> __m512 { _mm512_div_ps(a, b) }
        sqrt(a: __m512) -> __m512 { _mm512_sqrt_ps(a) }
        // They give their second operand unless the first is greater, or less: just as said.
        max(a: __m512, b: __m512) -> __m512 { _mm512_max_ps(a, b) }
        min(a: __m512, b: __m512) -> __m512 { _mm512_min_ps(a, b) }

        to_bits(a: __m512) -> __m512i { transmute(a) }
        from_bits(a: __m512i) -> __m512 { transmute(a) }
        splat_bits(integer: u32) -> __m512i { _mm512_set1_epi32(integer.cast_signed()) }
        bits_from_array(integers: [u32; 16]) -> __m512i { transmute(integers) }
        bits_to_array(a: __m512i) -> [u32; 16] { transmute(a) }
        and(a: __m512i, b: __m512i) -> __m512i { _mm512_and_si512(a, b) }
        or(a: __m512i, b: __m512i) -> __m512i { _mm512_or_si512(a, b) }
        xor(a: __m512i, b: __m512i) -> __m512i { _mm512_xor_si512(a, b) }
        wrapping_add(a: __m512i, b: __m512i) -> __m512i { _mm512_add_epi32(a, b) }
        wrapping_sub(a: __m512i, b: __m512i) -> __m512i { _mm512_sub_epi32(a, b) }
        wrapping_mul(a: __m512i, b: __m512i) -> __m512i { _mm512_mullo_epi32(a, b) }
        shl(a: __m512i, by: u32) -> __m512i {
            _mm512_sll_epi32(a, _mm_cvtsi32_si128(by.cast_signed()))
        }
        shr(a: __m512i, by: u32) -> __m512i {
            _mm512_srl_epi32(a, _mm_cvtsi32_si128(by.cast_signed()))
        }

        // A mask is a bit a lane.
        lt(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
        le(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b) }
        gt(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b) }
        ge(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b) }
        eq(a: __m512, b: __m512) -> __mmask16 { _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b) }
        same(a: __m512i, b: __m512i) -> __mmask16 { _mm512_cmpeq_epi32_mask(a, b) }
        select(mask: __mmask16, yes: __m512, no: __m512) -> __m512 {
            _mm512_mask_blend_ps(mask, no, yes)
        }
    }

    #[inline(always)]
    fn any(mask: __mmask16) -> bool {
        mask != 0
    }
    #[inline(always)]
    fn all(mask: __mmask16) -> bool {
        mask == __mmask16::MAX
    }
    #[inline(always)]
    fn mask_and(a: __mmask16, b: __mmask16) -> __mmask16 {
        a & b
    }
    #[inline(always)]
    fn mask_or(a: __mmask16, b: __mmask16) -> __mmask16 {
        a | b
    }
    #[inline(always)]
    fn mask_not(mask: __mmask16) -> __mmask16 {
        !mask
    }
}
