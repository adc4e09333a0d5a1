//! Inner loops in the instructions of Arm's floating-point unit, where the processor has one:
//! whatever the program is compiled for, they cost the same. Without a unit of any kind the same
//! loops compute on integers.
//!
//! The sums and their order are those of the loops over [`Lanes`], and so are the bits.

use crate::lanes::Lanes;

cfg_select! {
    all(target_arch = "arm", target_os = "none", target_abi = "eabihf") => {
        use trimpot_vfp as loops;
        const IS_HERE: bool = true;
    }
    // A RISC-V with F has Zicsr, and the latter can be asked for. A program for an Arm with a unit
    // whose functions take numbers in the registers of integers is one without.
    any(
        all(target_arch = "arm", target_os = "none", target_abi = "eabi"),
        all(
            target_arch = "riscv32",
            target_feature = "m",
            not(any(target_feature = "f", target_feature = "zicsr")),
        ),
    ) => {
        mod soft_float;
        use soft_float as loops;
        const IS_HERE: bool = true;
    }
    _ => {
        mod elsewhere;
        use elsewhere as loops;
        const IS_HERE: bool = false;
        #[cfg(test)]
        mod soft_float;
    }
}

/// What is the same for all parameters in a step of Adam.
pub(crate) use loops::Adam;
/// Returns the square root, correctly rounded; on every processor.
pub(crate) use loops::sqrt;

/// Returns whether the functions below work: the processor has the unit, or none of any kind, and a
/// value is a number.
#[inline(always)]
pub(crate) const fn serves<V: Lanes>() -> bool {
    IS_HERE && V::LANES == 1
}

/// Writes offset plus weighted sum of `x` for each row of the matrix, of weights or values.
#[inline(always)]
pub(crate) fn gemv<M: Lanes, V: Lanes>((matrix, offset): (&[M], &[f32]), x: &[V], y: &mut [V]) {
    if let (Some(matrix), Some(x), Some(y)) =
        (M::as_numbers(matrix), V::as_numbers(x), V::as_numbers_mut(y))
    {
        loops::gemv(matrix, x, offset, y);
    }
}

/// Writes offset plus weighted sum of the rows of `x` for each row of the matrix; or, with no
/// offset, for each column of it.
#[inline(always)]
pub(crate) fn gemm<V: Lanes>(
    (matrix, offset): (&[f32], Option<&[f32]>),
    x: &[V],
    columns: usize,
    y: &mut [V],
) {
    if let (Some(x), Some(y)) = (V::as_numbers(x), V::as_numbers_mut(y)) {
        match offset {
            Some(offset) => loops::gemm(matrix, x, columns, offset, y),
            None => loops::gemm_transposed(matrix, x, columns, y),
        }
    }
}

/// Adds a multiple of `x`, values or weights, to `y`.
#[inline(always)]
pub(crate) fn axpy<X: Lanes, V: Lanes>(factor: V, x: &[X], y: &mut [V]) {
    if let (Some(x), Some(y)) = (X::as_numbers(x), V::as_numbers_mut(y)) {
        // The sum of a single lane is its number.
        loops::axpy(factor.sum(), x, y);
    }
}

/// Adds the products of output gradients and rows of the matrix to the gradient of the input.
#[inline(always)]
pub(crate) fn gemv_transposed<V: Lanes>(matrix: &[f32], output_gradient: &[V], sum: &mut [V]) {
    if let (Some(dy), Some(sum)) = (V::as_numbers(output_gradient), V::as_numbers_mut(sum)) {
        loops::gemv_transposed(matrix, dy, sum);
    }
}

/// Adds the product of output gradient and `x` to each row of the gradient.
#[inline(always)]
pub(crate) fn accumulate<V: Lanes>(output_gradient: &[V], x: &[V], gradient: &mut [V]) {
    if let (Some(dy), Some(x), Some(gradient)) =
        (V::as_numbers(output_gradient), V::as_numbers(x), V::as_numbers_mut(gradient))
    {
        loops::ger(1.0, dy, x, gradient, loops::Rows::All);
    }
}

/// Adds `step` times output gradient times `x` to each row of the weights whose output gradient is
/// not exactly zero; before that, that gradient times the row to the gradient of `x`, where there
/// is one.
#[inline(always)]
pub(crate) fn sgd_step(
    step: f32,
    output_gradient: &[f32],
    x: &[f32],
    weights: &mut [f32],
    gradient: Option<&mut [f32]>,
) {
    match gradient {
        Some(gradient) => loops::ger_with_sum(step, output_gradient, x, weights, gradient),
        None => loops::ger(step, output_gradient, x, weights, loops::Rows::NotZero),
    }
}

/// Makes a step of Adam. The state of a parameter is two numbers.
#[inline(always)]
pub(crate) fn adam<V: Lanes>(step: &Adam, parameters: &mut [V], gradient: &[V], state: &mut [V]) {
    if let (Some(parameters), Some(gradient), Some(state)) =
        (V::as_numbers_mut(parameters), V::as_numbers(gradient), V::as_numbers_mut(state))
    {
        loops::adam(step, parameters, gradient, state.as_chunks_mut().0);
    }
}
