//! Outer products of slices: what sinks do with a matrix whose size is known at run time only.
//!
//! Rows go side by side, so that what they have in common is loaded once for all of them; where
//! [`vfp`] has the loops, its functions do it all. The sums and their order are those of matrices
//! of a fixed size, and so are the bits.

use super::rows_pulled_back;
use crate::lanes::Lanes;
use crate::layer::runs::{Runs, SideBySide, cut};
use crate::vfp;

/// Adds `output_gradient[o] · input[i]` to `gradient[o][i]`.
pub(super) fn accumulate<V: Lanes>(gradient: &mut [V], output_gradient: &[V], input: &[V]) {
    V::vectorize(
        gradient,
        #[inline(always)]
        |gradient| {
            if vfp::serves::<V>() {
                return vfp::accumulate(output_gradient, input, gradient);
            }
            let rows = gradient.runs_mut(input.len());
            let mut rows = rows.zip(output_gradient.iter().copied());
            while let Some((first, dy)) = rows.next() {
                match rows.next() {
                    Some((second, other)) => {
                        for ((first, second), &x) in first.iter_mut().zip(second).zip(input) {
                            *first = dy.mul_add(x, *first);
                            *second = other.mul_add(x, *second);
                        }
                    }
                    None => {
                        for (sum, &x) in first.iter_mut().zip(input) {
                            *sum = dy.mul_add(x, *sum);
                        }
                    }
                }
            }
        },
    )
}

/// Adds `output_gradient[o] · weight[o][i]` to `input_gradient[i]`, in the order of the rows: for a
/// [`GradientSink`](super::GradientSink) that has its own way with the gradient of the matrix.
pub fn add_input_gradient_slices<V: Lanes>(
    weight: &[f32],
    output_gradient: &[V],
    input_gradient: &mut [V],
) {
    V::vectorize(
        input_gradient,
        #[inline(always)]
        |input_gradient| {
            if vfp::serves::<V>() {
                return vfp::gemv_transposed(weight, output_gradient, input_gradient);
            }
            let (weight, output_gradient) = match rows_pulled_back::<V>() {
                8.. => pull_back::<V, 8>(weight, output_gradient, input_gradient),
                4.. => pull_back::<V, 4>(weight, output_gradient, input_gradient),
                _ => (weight, output_gradient),
            };
            let (weight, output_gradient) =
                pull_back::<V, 2>(weight, output_gradient, input_gradient);
            pull_back::<V, 1>(weight, output_gradient, input_gradient);
        },
    )
}

/// [`add_input_gradient_slices`] for `R` rows at once, as often as there are so many. Returns those
/// that are left.
#[inline(always)]
fn pull_back<'a, V: Lanes, const R: usize>(
    weight: &'a [f32],
    output_gradient: &'a [V],
    input_gradient: &mut [V],
) -> (&'a [f32], &'a [V])
where
    [&'a [f32]; R]: SideBySide<Place = [&'a f32; R]>,
{
    let mut weight = weight;
    let (blocks, last) = output_gradient.as_chunks::<R>();
    for &output_gradient in blocks {
        let Some((rows, others)) = cut(weight, input_gradient.len()) else { break };
        for (sum, weights) in input_gradient.iter_mut().zip(rows.side_by_side()) {
            for (dy, &weight) in output_gradient.into_iter().zip(weights) {
                *sum = dy.mul_add(V::splat(weight), *sum);
            }
        }
        weight = others;
    }
    (weight, last)
}

/// Gradient descent in place: [`SgdInPlace::add_outer`](super::SgdInPlace).
pub(super) fn sgd(
    parameters: &mut [f32],
    learning_rate: f32,
    output_gradient: &[f32],
    input: &[f32],
    mut input_gradient: Option<&mut [f32]>,
) {
    if vfp::serves::<f32>() {
        let step = -learning_rate;
        return vfp::sgd_step(step, output_gradient, input, parameters, input_gradient);
    }
    let rows = parameters.runs_mut(input.len());
    let rows = rows.zip(output_gradient.iter().copied());
    let mut active = rows.filter(|&(_, dy)| dy != 0.0);
    while let Some((first, dy)) = active.next() {
        let step = -learning_rate * dy;
        match (active.next(), input_gradient.as_deref_mut()) {
            (Some((second, other)), Some(input_gradient)) => {
                let other_step = -learning_rate * other;
                let weights = first.iter_mut().zip(second);
                for ((first, second), (&x, sum)) in weights.zip(input.iter().zip(input_gradient)) {
                    *sum += dy * *first;
                    *sum += other * *second;
                    *first += step * x;
                    *second += other_step * x;
                }
            }
            (Some((second, other)), None) => {
                let other_step = -learning_rate * other;
                for ((first, second), &x) in first.iter_mut().zip(second).zip(input) {
                    *first += step * x;
                    *second += other_step * x;
                }
            }
            (None, Some(input_gradient)) => {
                for (weight, (&x, sum)) in first.iter_mut().zip(input.iter().zip(input_gradient)) {
                    *sum += dy * *weight;
                    *weight += step * x;
                }
            }
            (None, None) => {
                for (weight, &x) in first.iter_mut().zip(input) {
                    *weight += step * x;
                }
            }
        }
    }
}
