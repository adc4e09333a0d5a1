//! The optimizer Adam.

use core::arch::naked_asm;

/// What a step of Adam is for all parameters the same: the shares of the averages, and of what is
/// new in them; what the mean is multiplied with, and the root of the mean square; what is added to
/// that; and the largest gradient.
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
    /// The largest size of a gradient: one beyond it, on either side, is taken for it.
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

/// One parameter: in these registers are the gradient, the parameter, and its state. The settings
/// are in s16 to s23, in the order of [`Adam`], and in s24 is the negative of the last one.
macro_rules! element {
    ($gradient:literal, $parameter:literal, $mean:literal, $square:literal) => {
        concat!(
            // Neither is true of a NaN.
            "vcmp.f32 ",
            $gradient,
            ", s23\n",
            "vmrs APSR_nzcv, fpscr\n",
            "it gt\n",
            "vmovgt.f32 ",
            $gradient,
            ", s23\n",
            "vcmp.f32 ",
            $gradient,
            ", s24\n",
            "vmrs APSR_nzcv, fpscr\n",
            "it mi\n",
            "vmovmi.f32 ",
            $gradient,
            ", s24\n",
            "vmul.f32 ",
            $mean,
            ", ",
            $mean,
            ", s16\n",
            "vmla.f32 ",
            $mean,
            ", ",
            $gradient,
            ", s17\n",
            "vmul.f32 ",
            $gradient,
            ", ",
            $gradient,
            ", ",
            $gradient,
            "\n",
            "vmul.f32 ",
            $square,
            ", ",
            $square,
            ", s18\n",
            "vmla.f32 ",
            $square,
            ", ",
            $gradient,
            ", s19\n",
            "vsqrt.f32 s25, ",
            $square,
            "\n",
            "vmul.f32 ",
            $gradient,
            ", ",
            $mean,
            ", s20\n",
            "vmul.f32 s25, s25, s21\n",
            "vadd.f32 s25, s25, s22\n",
            "vdiv.f32 ",
            $gradient,
            ", ",
            $gradient,
            ", s25\n",
            "vsub.f32 ",
            $parameter,
            ", ",
            $parameter,
            ", ",
            $gradient
        )
    };
}

/// # Safety
/// There are so many parameters, gradients and states.
#[unsafe(naked)]
unsafe extern "C" fn update(
    parameters: *mut f32,
    gradient: *const f32,
    state: *mut [f32; 2],
    count: usize,
    step: *const Adam,
) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
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
        element!("s0", "s4", "s8", "s9"),
        element!("s1", "s5", "s10", "s11"),
        element!("s2", "s6", "s12", "s13"),
        element!("s3", "s7", "s14", "s15"),
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
        element!("s0", "s4", "s8", "s9"),
        "vstmia r2!, {{s8-s9}}",
        "vstmia r0!, {{s4}}",
        "subs r3, #1",
        "bne 4b",
        "5:",
        "vpop {{s16-s25}}",
        "bx lr",
    )
}
