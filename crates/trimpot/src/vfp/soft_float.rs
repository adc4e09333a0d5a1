//! The inner loops where the processor has no floating-point unit: on integers, with the bits of
//! IEEE-754.
//!
//! There each operator of `f32` is a call, which takes its numbers apart, computes, rounds, and
//! puts the result together. A product is needed only to be added, and a sum only for the next
//! addition, so here they stay taken apart (see [`sum`]). With all that is around it, adding a
//! product takes 66 instructions on a Cortex-M3 instead of 116, and 109 on a Cortex-M0 instead of
//! 200.
//!
//! The functions are those of `trimpot-vfp`, whose documentation holds for them as well.

mod integer;
mod sum;
#[cfg(test)]
mod tests;

pub(crate) use libm::sqrtf as sqrt;

use integer::{HAS_LEADING_ZEROS, HAS_LONG_PRODUCT};

use crate::layer::runs::Runs;

/// A sum by the core that the program is for.
type Sum = sum::Sum<HAS_LONG_PRODUCT, HAS_LEADING_ZEROS>;

/// Returns the number plus the products of both slices, one after the other.
#[inline(never)]
fn dot(number: f32, x: &[f32], y: &[f32]) -> f32 {
    Sum::new(number).plus_products(x, y).number()
}

/// `y[i] += factor · x[i]`, for as many as the shorter of both has.
#[inline(never)]
pub(crate) fn axpy(factor: f32, x: &[f32], y: &mut [f32]) {
    Sum::add_multiple(factor, x, y);
}

/// `y[r] = offset[r] + Σ matrix[r][i] · x[i]`: the sum begins with the offset, and goes on in the
/// order of the columns.
pub(crate) fn gemv(matrix: &[f32], x: &[f32], offset: &[f32], y: &mut [f32]) {
    let mut rows = matrix;
    for (y, &offset) in y.iter_mut().zip(offset) {
        let Some((row, others)) = rows.split_at_checked(x.len()) else { return };
        *y = dot(offset, row, x);
        rows = others;
    }
}

/// `sum[i] += Σ y[r] · matrix[r][i]`, in the order of the rows.
pub(crate) fn gemv_transposed(matrix: &[f32], y: &[f32], sum: &mut [f32]) {
    for (row, &y) in matrix.runs(sum.len()).zip(y) {
        axpy(y, row, sum);
    }
}

/// `y[r][p] = offset[r] + Σ matrix[r][i] · x[i][p]`: the sum begins with the offset, and goes on in
/// the order of the rows of `x`.
pub(crate) fn gemm(matrix: &[f32], x: &[f32], columns: usize, offset: &[f32], y: &mut [f32]) {
    let terms = x.len().checked_div(columns).unwrap_or(0);
    let rows = matrix.runs(terms).zip(offset);
    for ((row, &offset), sums) in rows.zip(y.runs_mut(columns)) {
        sums.fill(offset);
        for (&factor, x) in row.iter().zip(x.runs(columns)) {
            axpy(factor, x, sums);
        }
    }
}

/// `y[r][p] = Σ matrix[i][r] · x[i][p]`: the sum begins with zero, and goes on in the order of the
/// rows.
pub(crate) fn gemm_transposed(matrix: &[f32], x: &[f32], columns: usize, y: &mut [f32]) {
    y.fill(0.0);
    let factors = y.len().checked_div(columns).unwrap_or(0);
    for (row, x) in matrix.runs(factors).zip(x.runs(columns)) {
        for (&factor, sums) in row.iter().zip(y.runs_mut(columns)) {
            axpy(factor, x, sums);
        }
    }
}

/// Which rows [`ger`] changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Those whose factor is not exactly zero.
    NotZero,
    /// All.
    All,
}

/// `matrix[r][i] += (alpha · y[r]) · x[i]`.
pub(crate) fn ger(alpha: f32, y: &[f32], x: &[f32], matrix: &mut [f32], rows: Rows) {
    for (row, &y) in matrix.runs_mut(x.len()).zip(y) {
        if rows == Rows::All || y != 0.0 {
            axpy(alpha * y, x, row);
        }
    }
}

/// For each row whose `y` is not exactly zero: `sum[i] += y[r] · matrix[r][i]`, then
/// `matrix[r][i] += (alpha · y[r]) · x[i]`. Nothing is done for a `sum` of another length than that
/// of `x`.
pub(crate) fn ger_with_sum(alpha: f32, y: &[f32], x: &[f32], matrix: &mut [f32], sum: &mut [f32]) {
    if sum.len() != x.len() {
        return;
    }
    for (row, &y) in matrix.runs_mut(x.len()).zip(y) {
        if y != 0.0 {
            axpy(y, row, sum);
            axpy(alpha * y, x, row);
        }
    }
}

/// `number + x · y`.
#[inline(never)]
fn plus_product(number: f32, x: f32, y: f32) -> f32 {
    Sum::new(number).plus_product(x, y).number()
}

/// Whether a number is at least 2²⁵ times as large as a power of two: to add that leaves it as it is.
/// Not so of NaN.
fn is_beside(number: f32, power: f32) -> bool {
    let [number, power] = [number.to_bits() << 1, power.to_bits() << 1];
    (power.saturating_add(25 << 24)..=f32::INFINITY.to_bits() << 1).contains(&number)
}

/// What is the same for all parameters in a step of Adam: see `trimpot_vfp::Adam`.
pub(crate) struct Adam {
    pub mean_kept: f32,
    pub mean_fresh: f32,
    pub square_kept: f32,
    pub square_fresh: f32,
    pub learning_rate: f32,
    pub root_correction: f32,
    pub epsilon: f32,
    pub largest: f32,
    /// A power of two, as is `raise`.
    pub rounding: f32,
    pub raise: f32,
}

/// For each parameter `p` with its gradient `g` and its state `[m, v]`:
/// `m ← m · mean_kept + g · mean_fresh`, `m ← m + rounding − rounding`,
/// `v ← v · square_kept + g² · square_fresh + raise`,
/// `p ← p − m · learning_rate / (√v · root_correction + epsilon)`.
pub(crate) fn adam(step: &Adam, parameters: &mut [f32], gradient: &[f32], state: &mut [[f32; 2]]) {
    for ((p, &g), [m, v]) in parameters.iter_mut().zip(gradient).zip(state) {
        let g = if g.abs() > step.largest { step.largest.copysign(g) } else { g };
        *m = plus_product(step.mean_fresh * g, step.mean_kept, *m);
        *m = match *m {
            // That of an input that is always zero.
            0.0 => 0.0,
            // Each is less than half of the distance to the next number.
            m if is_beside(m, step.rounding) => m,
            m => m + step.rounding - step.rounding,
        };
        *v = plus_product(step.square_fresh * (g * g), step.square_kept, *v);
        if !is_beside(*v, step.raise) {
            *v += step.raise;
        }
        let root = plus_product(step.epsilon, step.root_correction, sqrt(*v));
        *p -= step.learning_rate * *m / root;
    }
}
