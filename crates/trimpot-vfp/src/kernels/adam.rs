//! The optimizer Adam.

use core::arch::naked_asm;

/// What is the same for all parameters in a step of Adam.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// β₁.
    pub mean_kept: f32,
    /// 1 − β₁.
    pub mean_fresh: f32,
    /// β₂.
    pub square_kept: f32,
    /// 1 − β₂.
    pub square_fresh: f32,
    /// The learning rate, with what corrects the mean.
    pub learning_rate: f32,
    /// What corrects the root.
    pub root_correction: f32,
    /// ε.
    pub epsilon: f32,
    /// The largest size of a gradient, positive: one beyond it, on either side, is taken for it.
    pub largest: f32,
}

/// For each parameter `p` with its gradient `g` and its state `[m, v]`:
/// `m ← m · mean_kept + g · mean_fresh`, `v ← v · square_kept + g² · square_fresh`,
/// `p ← p − m · learning_rate / (√v · root_correction + epsilon)`.
///
/// What is beyond the shortest of the three is left as it is. A NaN stays NaN.
pub fn adam(step: &Adam, parameters: &mut [f32], gradient: &[f32], state: &mut [[f32; 2]]) {
    let count = parameters.len().min(gradient.len()).min(state.len());
    let (parameters, state) = (parameters.as_mut_ptr(), state.as_mut_ptr());
    // SAFETY: none of the three has fewer elements.
    unsafe { update(parameters, gradient.as_ptr(), state, count, step) }
}

/// Updates parameters, four at a time.
///
/// The assembler's macro is one of them. The settings are in s16 to s23, in the order of [`Adam`],
/// and in s24 is the negative of the last one.
///
/// # Safety
/// There are so many parameters, gradients and states.
#[unsafe(naked)]
pub unsafe extern "C" fn update(
    parameters: *mut f32,
    gradient: *const f32,
    state: *mut [f32; 2],
    count: usize,
    step: &Adam,
) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        ".macro trimpot_adam g, p, m, v",
        "vabs.f32 s25, \\g",
        "vcmp.f32 s25, s23",
        "vmrs APSR_nzcv, fpscr",
        // It is true of a NaN, too.
        "ble 8f",
        "vcmp.f32 \\g, #0",
        "vmrs APSR_nzcv, fpscr",
        "vmov.f32 \\g, s23",
        "it mi",
        "vmovmi.f32 \\g, s24",
        "8:",
        "vmul.f32 \\m, \\m, s16",
        "vmla.f32 \\m, \\g, s17",
        "vmul.f32 \\g, \\g, \\g",
        "vmul.f32 \\v, \\v, s18",
        "vmla.f32 \\v, \\g, s19",
        "vsqrt.f32 s25, \\v",
        "vmul.f32 \\g, \\m, s20",
        "vmul.f32 s25, s25, s21",
        "vadd.f32 s25, s25, s22",
        "vdiv.f32 \\g, \\g, s25",
        "vsub.f32 \\p, \\p, \\g",
        ".endm",
        "ldr r12, [sp]",
        "vpush {{s16-s25}}",
        "vldmia r12, {{s16-s23}}",
        "vneg.f32 s24, s23",
        "subs r3, #4",
        "blo 3f",
        "2:",
        "vldmia r1!, {{s0-s3}}",
        "vldmia r0, {{s4-s7}}",
        "vldmia r2, {{s8-s15}}",
        "trimpot_adam s0, s4, s8, s9",
        "trimpot_adam s1, s5, s10, s11",
        "trimpot_adam s2, s6, s12, s13",
        "trimpot_adam s3, s7, s14, s15",
        "vstmia r2!, {{s8-s15}}",
        "vstmia r0!, {{s4-s7}}",
        "subs r3, #4",
        "bhs 2b",
        "3:",
        "adds r3, #4",
        "beq 5f",
        "4:",
        "vldmia r1!, {{s0}}",
        "vldmia r0, {{s4}}",
        "vldmia r2, {{s8-s9}}",
        "trimpot_adam s0, s4, s8, s9",
        "vstmia r2!, {{s8-s9}}",
        "vstmia r0!, {{s4}}",
        "subs r3, #1",
        "bne 4b",
        "5:",
        "vpop {{s16-s25}}",
        "bx lr",
        ".purgem trimpot_adam",
    )
}
