//! What vectors can do, and the two ways to get any.
#![expect(unsafe_code, reason = "instructions that not every processor has")]

mod avx2;
mod avx512;

cpufeatures::new!(avx2_features, "avx2");
cpufeatures::new!(avx512_features, "avx512f", "avx512bw", "avx512dq", "avx512vl");

/// Returns whether the processor has AVX2, and the operating system saves its registers.
#[inline]
#[must_use]
pub fn has_avx2() -> bool {
    avx2_features::get()
}

/// Returns whether the processor has AVX-512 as x86-64-v4 does (F, BW, DQ, VL), and the operating
/// system saves its registers.
#[inline]
#[must_use]
pub fn has_avx512() -> bool {
    avx512_features::get()
}

/// A function that is generic over the instructions that it is made of.
///
/// Both methods and all that works on vectors behind them are to be `#[inline(always)]`, up to the
/// next [`InstructionSet::vectorize`]: a function that is not inlined is compiled for what the
/// program is built for, where each operation on a vector is a call.
pub trait Kernel {
    /// What it returns.
    type Output;
    /// Does it with 8 numbers a register.
    fn run_8<S: InstructionSet<8>>(self) -> Self::Output;
    /// Does it with 16 numbers a register.
    fn run_16<S: InstructionSet<16>>(self) -> Self::Output;
}

/// Runs a kernel on registers of 8 numbers, if the processor has AVX2.
///
/// # Errors
/// The kernel, if it has not.
#[inline(always)]
pub fn avx2<K: Kernel>(kernel: K) -> Result<K::Output, K> {
    if !has_avx2() {
        return Err(kernel);
    }
    Ok(avx2::Avx2::vectorize(
        kernel,
        #[inline(always)]
        |kernel| kernel.run_8::<avx2::Avx2>(),
    ))
}

/// Runs a kernel on registers of 16 numbers, if the processor has AVX-512.
///
/// # Errors
/// The kernel, if it has not.
#[inline(always)]
pub fn avx512<K: Kernel>(kernel: K) -> Result<K::Output, K> {
    if !has_avx512() {
        return Err(kernel);
    }
    Ok(avx512::Avx512::vectorize(
        kernel,
        #[inline(always)]
        |kernel| kernel.run_16::<avx512::Avx512>(),
    ))
}

mod sealed {
    /// What the instruction sets of this crate are, and no other type can be.
    pub trait Sealed {}
}

/// An instruction set with registers of `N` numbers.
///
/// The trait is sealed and the types are private: a [`Kernel`] gets them, and the processor has the
/// instructions then. Operations are named and rounded as those of `trimpot::lanes`.
pub trait InstructionSet<const N: usize>: sealed::Sealed + Copy + Send + Sync + 'static {
    /// `N` numbers.
    type Float: Copy + Send + Sync + 'static;
    /// `N` integers of 32 bits.
    type Bits: Copy + Send + Sync + 'static;
    /// The outcome of `N` comparisons.
    type Mask: Copy + Send + Sync + 'static;

    /// Zero in every lane.
    const ZERO: Self::Float;
    /// One in every lane.
    const ONE: Self::Float;

    /// Calls a function in one that is compiled for these instructions: it is inlined there if it
    /// is `#[inline(always)]`.
    fn vectorize<A, T>(argument: A, function: impl FnOnce(A) -> T) -> T;

    /// The same number in every lane.
    fn splat(number: f32) -> Self::Float;
    /// The numbers, one in each lane.
    fn from_array(numbers: [f32; N]) -> Self::Float;
    /// The lanes, one after the other.
    fn to_array(a: Self::Float) -> [f32; N];
    /// Four lanes after the other, each as `four` gives them.
    fn from_fours(four: impl Fn(usize) -> [f32; 4]) -> Self::Float;
    /// Hands over four lanes after the other.
    fn to_fours(a: Self::Float, four: impl FnMut(usize, [f32; 4]));
    /// Transposes squares of 4 × 4: four lanes of each.
    fn transpose(rows: [Self::Float; 4]) -> [Self::Float; 4];

    /// `a + b`.
    fn add(a: Self::Float, b: Self::Float) -> Self::Float;
    /// `a − b`.
    fn sub(a: Self::Float, b: Self::Float) -> Self::Float;
    /// `a · b`.
    fn mul(a: Self::Float, b: Self::Float) -> Self::Float;
    /// `a / b`.
    fn div(a: Self::Float, b: Self::Float) -> Self::Float;
    /// `√a`, correctly rounded.
    fn sqrt(a: Self::Float) -> Self::Float;
    /// `a` where it is greater, `b` elsewhere.
    fn max(a: Self::Float, b: Self::Float) -> Self::Float;
    /// `a` where it is less, `b` elsewhere.
    fn min(a: Self::Float, b: Self::Float) -> Self::Float;

    /// `a < b`; as all comparisons, false where either is NaN.
    fn lt(a: Self::Float, b: Self::Float) -> Self::Mask;
    /// `a <= b`.
    fn le(a: Self::Float, b: Self::Float) -> Self::Mask;
    /// `a > b`.
    fn gt(a: Self::Float, b: Self::Float) -> Self::Mask;
    /// `a >= b`.
    fn ge(a: Self::Float, b: Self::Float) -> Self::Mask;
    /// `a == b`.
    fn eq(a: Self::Float, b: Self::Float) -> Self::Mask;
    /// Where two integers are equal.
    fn same(a: Self::Bits, b: Self::Bits) -> Self::Mask;

    /// `yes` where the mask is set, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self::Float, no: Self::Float) -> Self::Float;
    /// Whether the mask is set in some lane.
    fn any(mask: Self::Mask) -> bool;
    /// Whether the mask is set in every lane.
    fn all(mask: Self::Mask) -> bool;
    /// Where both are set.
    fn mask_and(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Where one is set, or both.
    fn mask_or(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Where the mask is not set.
    fn mask_not(mask: Self::Mask) -> Self::Mask;

    /// The bits of each number.
    fn to_bits(a: Self::Float) -> Self::Bits;
    /// The numbers with these bits.
    fn from_bits(a: Self::Bits) -> Self::Float;
    /// The same integer in every lane.
    fn splat_bits(integer: u32) -> Self::Bits;
    /// The integers, one in each lane.
    fn bits_from_array(integers: [u32; N]) -> Self::Bits;
    /// The lanes, one after the other.
    fn bits_to_array(a: Self::Bits) -> [u32; N];
    /// The bits that both have.
    fn and(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// The bits that one has, or both.
    fn or(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// The bits that one has, and not both.
    fn xor(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Sum modulo 2³².
    fn wrapping_add(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Difference modulo 2³².
    fn wrapping_sub(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Product modulo 2³².
    fn wrapping_mul(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Shift towards the high bits, by less than 32.
    fn shl(a: Self::Bits, by: u32) -> Self::Bits;
    /// Shift towards the low bits, by less than 32.
    fn shr(a: Self::Bits, by: u32) -> Self::Bits;
}

/// Functions of [`InstructionSet`] that are intrinsics.
macro_rules! intrinsics {
    ($($name:ident($($argument:ident: $type:ty),*) -> $output:ty { $intrinsic:expr })*) => {$(
        #[inline(always)]
        fn $name($($argument: $type),*) -> $output {
            // SAFETY: this type is private, and a kernel gets it after the processor was asked. A
            // vector and an array of its lanes are the same bytes, all of which are valid.
            unsafe { $intrinsic }
        }
    )*};
}
use intrinsics;

/// Picks of two registers, for each four lanes: the first two of either; the last two; every other
/// one from the first on; from the second.
const LOW: i32 = 0b01_00_01_00;
const HIGH: i32 = 0b11_10_11_10;
const EVEN: i32 = 0b10_00_10_00;
const ODD: i32 = 0b11_01_11_01;
