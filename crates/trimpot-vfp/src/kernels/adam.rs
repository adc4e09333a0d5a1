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
    /// What is added to the mean and taken off again, so that it does not become subnormal.
    pub rounding: f32,
    /// What is added to the mean square, so that it does not either.
    pub raise: f32,
}

/// For each parameter `p` with its gradient `g` and its state `[m, v]`:
/// `m ← m · mean_kept + g · mean_fresh`, `m ← m + rounding − rounding`,
/// `v ← v · square_kept + g² · square_fresh + raise`,
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
/// The settings are in s16 to s25, in the order of [`Adam`]. Gradients of four are too large for
/// `largest` only if all their bits together are (which are at least those of each); then each of
/// them is looked at.
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
        // Cuts a gradient to the largest. What is compared first is true of a NaN, too.
        ".macro trimpot_bounded g",
        "vabs.f32 s26, \\g",
        "vcmp.f32 s26, s23",
        "vmrs APSR_nzcv, fpscr",
        "ble 8f",
        "vcmp.f32 \\g, #0",
        "vmrs APSR_nzcv, fpscr",
        "vmov.f32 \\g, s23",
        "it mi",
        "vnegmi.f32 \\g, s23",
        "8:",
        ".endm",
        ".macro trimpot_adam g, p, m, v",
        "vmul.f32 \\m, \\m, s16",
        "vmla.f32 \\m, \\g, s17",
        "vadd.f32 \\m, \\m, s24",
        "vmul.f32 \\g, \\g, \\g",
        "vmul.f32 \\v, \\v, s18",
        "vmla.f32 \\v, \\g, s19",
        "vsub.f32 \\m, \\m, s24",
        "vadd.f32 \\v, \\v, s25",
        "vsqrt.f32 s26, \\v",
        "vmul.f32 \\g, \\m, s20",
        "vmul.f32 s26, s26, s21",
        "vadd.f32 s26, s26, s22",
        "vdiv.f32 \\g, \\g, s26",
        "vsub.f32 \\p, \\p, \\g",
        ".endm",
        "ldr r12, [sp]",
        "push {{r4-r7}}",
        "vpush {{s16-s26}}",
        "vldmia r12, {{s16-s25}}",
        "vmov r7, s23",
        // Without its sign.
        "lsls r7, r7, #1",
        "subs r3, #4",
        "blo 3f",
        "2:",
        "vldmia r1!, {{s0-s3}}",
        "vldmia r0, {{s4-s7}}",
        "vldmia r2, {{s8-s15}}",
        "vmov r4, r5, s0, s1",
        "vmov r6, r12, s2, s3",
        "orrs r4, r5",
        "orrs r4, r6",
        "orr r4, r4, r12",
        "cmp r7, r4, lsl #1",
        "blo 7f",
        "6:",
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
        "trimpot_bounded s0",
        "trimpot_adam s0, s4, s8, s9",
        "vstmia r2!, {{s8-s9}}",
        "vstmia r0!, {{s4}}",
        "subs r3, #1",
        "bne 4b",
        "5:",
        "vpop {{s16-s26}}",
        "pop {{r4-r7}}",
        "bx lr",
        "7:",
        "trimpot_bounded s0",
        "trimpot_bounded s1",
        "trimpot_bounded s2",
        "trimpot_bounded s3",
        "b 6b",
        ".purgem trimpot_bounded",
        ".purgem trimpot_adam",
    )
}
