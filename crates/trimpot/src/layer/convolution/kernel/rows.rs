//! Convolutions of one filter for each channel: all places of a row side by side.
//!
//! There is no other filter that could share what is copied, or whose sums could be computed side
//! by side. But each weight meets a run of numbers, one for each place of a row.

use super::{Block, Group, Groups};
use crate::lanes::Lanes;
use crate::layer::runs::Runs;
use crate::layer::windows::Band;

impl Groups {
    /// The output of a channel. The buffer holds a [`Band`].
    #[inline(never)]
    pub(super) fn rows_forward<V: Lanes>(&self, mut group: Group<'_, V>, buffer: &mut [V]) {
        V::vectorize(
            buffer,
            #[inline(always)]
            |buffer| {
                if self.narrow_forward(&mut group) {
                    return;
                }
                let Group { weights, biases, input, output } = group;
                let mut band = Band::new(&self.grid);
                let bias = biases.first().copied().unwrap_or(0.0);
                for (y, places) in output.runs_mut(self.grid.places[1]).enumerate() {
                    band.advance(input, y, buffer);
                    band.weigh((weights.iter(), bias), buffer, places);
                }
            },
        )
    }

    /// The way back of a channel. The buffer holds a [`Band`].
    #[inline(never)]
    pub(super) fn rows_backward<V: Lanes>(&self, block: Block<'_, V>) {
        V::vectorize(
            block,
            #[inline(always)]
            |mut block| {
                if self.narrow_backward(&mut block) {
                    return;
                }
                let Block { weights, input, output_gradient, gradient, buffer, .. } = block;
                let mut input_gradient = block.input_gradient;
                let mut band = Band::new(&self.grid);
                gradient.fill(V::ZERO);
                buffer.fill(V::ZERO);
                for (y, row) in output_gradient.runs(self.grid.places[1]).enumerate() {
                    if let Some(input) = input {
                        band.advance(input, y, buffer);
                        band.add_products(buffer, row, gradient);
                    }
                    if let Some(input_gradient) = input_gradient.as_deref_mut()
                        && !self.is_dense()
                    {
                        self.pass_row_on(weights, row, y, input_gradient);
                    }
                }
                if let Some(input_gradient) = input_gradient
                    && self.is_dense()
                {
                    self.rows_reversed(weights, output_gradient, input_gradient, buffer);
                }
            },
        )
    }

    /// Returns whether the window goes to the next number, always.
    fn is_dense(&self) -> bool {
        self.grid.stride == [1, 1]
    }

    /// Writes the gradient of a channel: where the window goes to the next number, always, it is
    /// what the window with its taps in the opposite order makes of the output's gradient. So each
    /// number gets its products in the order of the places, and products of zeros from outside.
    #[inline(never)]
    fn rows_reversed<V: Lanes>(
        &self,
        weights: &[f32],
        output_gradient: &[V],
        input_gradient: &mut [V],
        buffer: &mut [V],
    ) {
        V::vectorize(
            input_gradient,
            #[inline(always)]
            |input_gradient| {
                let grid = self.grid.reversed();
                let mut band = Band::new(&grid);
                buffer.fill(V::ZERO);
                for (y, places) in input_gradient.runs_mut(grid.places[1]).enumerate() {
                    band.advance(output_gradient, y, buffer);
                    band.weigh((weights.iter().rev(), 0.0), buffer, places);
                }
            },
        )
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
        V::vectorize(
            input_gradient,
            #[inline(always)]
            |input_gradient| {
                let ([_, width], [_, across]) = (self.grid.plane, self.grid.size);
                let ([_, stride], [down, along]) = (self.grid.stride, self.grid.dilation);
                let [mut top, left] = self.grid.corner([y, 0]);
                let last = left.wrapping_add(across.wrapping_sub(1).wrapping_mul(along));
                for weights in weights.runs(across) {
                    let start = self.grid.row(top);
                    top = top.wrapping_add(down);
                    let to = start
                        .and_then(|start| input_gradient.get_mut(start..start.wrapping_add(width)));
                    let Some(to) = to else { continue };
                    let mut first = last;
                    for &weight in weights.iter().rev() {
                        let weight = V::splat(weight);
                        let mut x = first;
                        for &dy in row {
                            if let Some(sum) = to.get_mut(x) {
                                *sum = dy.mul_add(weight, *sum);
                            }
                            x = x.wrapping_add(stride);
                        }
                        first = first.wrapping_sub(along);
                    }
                }
            },
        )
    }
}
