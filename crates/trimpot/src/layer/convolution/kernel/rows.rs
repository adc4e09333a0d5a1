//! Convolutions of one filter for each channel: all places of a row side by side.
//!
//! There is no other filter that could share what is copied, or whose sums could be computed side
//! by side. But each weight meets a run of numbers, one for each place of a row.

use super::{Block, Group, Groups};
use crate::lanes::Lanes;
use crate::layer::runs::Runs;
use crate::layer::windows::{BESIDE, Band};
use crate::vfp;

impl Groups {
    /// The output of a channel. The buffer holds a [`Band`].
    #[inline(never)]
    pub(super) fn rows_forward<V: Lanes>(&self, group: Group<'_, V>, buffer: &mut [V]) {
        let Group { weights, biases, input, output } = group;
        let mut band = Band::new(&self.grid);
        let bias = biases.first().copied().unwrap_or(0.0);
        let [height, width] = self.grid.places;
        for y in 0..height {
            band.advance(input, y, buffer);
            let start = y.wrapping_mul(width);
            let mut x = 0_usize;
            while x < width {
                // What is behind the row's end comes later, and overwrites this.
                let places = output.get_mut(start.wrapping_add(x)..).unwrap_or_default();
                let numbers = buffer.get(x..).unwrap_or_default();
                band.weighted_sums((weights, bias), numbers, places);
                x = x.wrapping_add(BESIDE);
            }
        }
    }

    /// The way back of a channel. The buffer holds a [`Band`].
    #[inline(never)]
    pub(super) fn rows_backward<V: Lanes>(&self, block: Block<'_, V>) {
        let Block { weights, input, output_gradient, mut input_gradient, gradient, buffer } = block;
        let mut band = Band::new(&self.grid);
        gradient.fill(V::ZERO);
        for (y, row) in output_gradient.runs(self.grid.places[1]).enumerate() {
            if let Some(input) = input {
                band.advance(input, y, buffer);
                band.add_products(buffer, row, gradient);
            }
            if let Some(input_gradient) = input_gradient.as_deref_mut() {
                self.pass_row_on(weights, row, y, input_gradient);
            }
        }
    }

    /// Adds to the gradient of a channel what a row of the output's gradient gives: of each row of
    /// weights the last one first, so that each number gets what it does if the window moves along.
    #[inline(never)]
    fn pass_row_on<V: Lanes>(
        &self,
        weights: &[f32],
        row: &[V],
        y: usize,
        input_gradient: &mut [V],
    ) {
        let ([_, width], [_, across]) = (self.grid.plane, self.grid.size);
        let ([_, stride], [down, along]) = (self.grid.stride, self.grid.dilation);
        let [mut top, left] = self.grid.corner([y, 0]);
        let last = left.wrapping_add(across.wrapping_sub(1).wrapping_mul(along));
        for weights in weights.runs(across) {
            let start = self.grid.row(top);
            top = top.wrapping_add(down);
            let to =
                start.and_then(|start| input_gradient.get_mut(start..start.wrapping_add(width)));
            let Some(to) = to else { continue };
            let mut first = last;
            for &weight in weights.iter().rev() {
                let weight = V::splat(weight);
                if stride == 1 {
                    // Outside on the left it wraps round.
                    let outside = if first < width { 0 } else { first.wrapping_neg() };
                    let to = to.get_mut(first.wrapping_add(outside)..).unwrap_or_default();
                    let from = row.get(outside..).unwrap_or_default();
                    if vfp::serves::<V>() {
                        vfp::axpy(weight, from, to);
                    } else {
                        for (sum, &dy) in to.iter_mut().zip(from) {
                            *sum = dy.mul_add(weight, *sum);
                        }
                    }
                } else {
                    let mut x = first;
                    for &dy in row {
                        if let Some(sum) = to.get_mut(x) {
                            *sum = dy.mul_add(weight, *sum);
                        }
                        x = x.wrapping_add(stride);
                    }
                }
                first = first.wrapping_sub(along);
            }
        }
    }
}
