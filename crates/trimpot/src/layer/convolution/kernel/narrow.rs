//! Depthwise windows of three neighbours over narrow planes: a row of places is in registers, as
//! far as there are so many, and what is beside it is zero. Nothing is copied.
//!
//! Where a value is a register, a row of five places and three rows of a window are 45
//! multiply-adds, or 23 cycles of two multiplications and two additions; they take 54 loads, or 27
//! cycles.

use super::{Block, Group, Groups};
use crate::lanes::Lanes;

/// Calls `$call` with the width of the planes as a constant; else `$other`.
macro_rules! with_width {
    ($width:expr, $P:ident => $call:expr, $other:expr, $($width_here:literal)*) => {
        match $width {
            $($width_here => {
                const $P: usize = $width_here;
                $call
            })*
            _ => $other,
        }
    };
}

impl Groups {
    /// Returns whether the window is three wide, and goes over each number of a narrow plane.
    pub(super) fn is_narrow(&self) -> bool {
        let grid = &self.grid;
        grid.size[1] == 3
            && grid.stride == [1, 1]
            && grid.dilation == [1, 1]
            && grid.padding[1] == 1
            && grid.places[1] == grid.plane[1]
    }

    /// Writes the output of a channel, and returns whether it did.
    #[inline(always)]
    pub(super) fn narrow_forward<V: Lanes>(&self, group: &mut Group<'_, V>) -> bool {
        if !self.is_narrow() {
            return false;
        }
        let (weights, above) = (group.weights.as_chunks().0.iter().copied(), self.grid.padding[0]);
        let bias = group.biases.first().copied().unwrap_or(0.0);
        let (from, to) = (group.input, &mut *group.output);
        with_width!(self.grid.plane[1], P => {
            weigh::<V, P>((weights, bias), above, from, to);
            true
        }, false, 3 4 5 6 7 8)
    }

    /// The way back of a channel; returns whether it is done.
    #[inline(always)]
    pub(super) fn narrow_backward<V: Lanes>(&self, block: &mut Block<'_, V>) -> bool {
        if !self.is_narrow() {
            return false;
        }
        let (above, output_gradient) = (self.grid.padding[0], block.output_gradient);
        let below = self.grid.size[0].wrapping_sub(1).wrapping_sub(above);
        let weights = block.weights.as_chunks().0.iter().rev().map(|&[a, b, c]| [c, b, a]);
        with_width!(self.grid.plane[1], P => {
            if let Some(input) = block.input {
                add_products::<V, P>(above, input, output_gradient, block.gradient);
            }
            if let Some(input_gradient) = block.input_gradient.as_deref_mut() {
                weigh::<V, P>((weights, 0.0), below, output_gradient, input_gradient);
            }
            true
        }, false, 3 4 5 6 7 8)
    }
}

/// Returns the number at a place of a row, and zero beside it.
#[inline(always)]
fn at<V: Lanes>(row: &[V], x: usize) -> V {
    row.get(x).copied().unwrap_or(V::ZERO)
}

/// Writes the weighted sums of what is under the window, whose first row begins so far above. The
/// weights come row by row.
#[inline(never)]
fn weigh<V: Lanes, const P: usize>(
    (weights, bias): (impl Iterator<Item = [f32; 3]> + Clone, f32),
    above: usize,
    plane: &[V],
    places: &mut [V],
) {
    V::vectorize(
        places,
        #[inline(always)]
        |places| {
            let (rows, zeros) = (plane.as_chunks::<P>().0, [V::ZERO; P]);
            for (y, places) in places.as_chunks_mut::<P>().0.iter_mut().enumerate() {
                let mut sums = [V::splat(bias); P];
                for (down, [before, here, behind]) in weights.clone().enumerate() {
                    let row = rows.get(y.wrapping_add(down).wrapping_sub(above)).unwrap_or(&zeros);
                    let (before, here, behind) =
                        (V::splat(before), V::splat(here), V::splat(behind));
                    for (x, sum) in sums.iter_mut().enumerate() {
                        *sum = before.mul_add(at(row, x.wrapping_sub(1)), *sum);
                        *sum = here.mul_add(at(row, x), *sum);
                        *sum = behind.mul_add(at(row, x.wrapping_add(1)), *sum);
                    }
                }
                *places = sums;
            }
        },
    )
}

/// Writes the gradient of the weights: for each of them the products of the output's gradient with
/// what is under it, in the order of the places.
#[inline(never)]
fn add_products<V: Lanes, const P: usize>(
    above: usize,
    plane: &[V],
    output_gradient: &[V],
    gradient: &mut [V],
) {
    V::vectorize(
        gradient,
        #[inline(always)]
        |gradient| {
            let (rows, zeros) = (plane.as_chunks::<P>().0, [V::ZERO; P]);
            gradient.fill(V::ZERO);
            for (y, dy) in output_gradient.as_chunks::<P>().0.iter().enumerate() {
                for (down, sums) in gradient.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                    let row = rows.get(y.wrapping_add(down).wrapping_sub(above)).unwrap_or(&zeros);
                    let [mut before, mut here, mut behind] = *sums;
                    for (x, &dy) in dy.iter().enumerate() {
                        before = dy.mul_add(at(row, x.wrapping_sub(1)), before);
                        here = dy.mul_add(at(row, x), here);
                        behind = dy.mul_add(at(row, x.wrapping_add(1)), behind);
                    }
                    *sums = [before, here, behind];
                }
            }
        },
    )
}
