//! Pools whose sizes are known at run time only.

use super::kind::winner;
use super::{Average, GlobalAveragePool, Kind, PoolSpec};
use crate::lanes::{Bits, Lanes};
use crate::layer::GradientSink;
use crate::layer::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::mask::{self, Cursor};
use crate::layer::runs::Runs;
use crate::layer::windows::Grid;
use crate::spec::Dims;

impl<T: Kind, const D: usize> PoolSpec<T, D> {
    pub(crate) const fn memory(self, input: Dims) -> MemoryNeeds {
        let window = self.window_area();
        let needs = MemoryNeeds::new(OutputMemory::Separate, Stored::Nothing);
        let needs = needs.with_buffers(window, window);
        match self.output(input) {
            Ok(output) if T::IS_MAX => {
                let mask = mask::len(output.count(), self.winner_bits());
                MemoryNeeds { stored: Stored::Input, mask, ..needs }
            }
            _ => needs,
        }
    }

    /// Returns how many numbers a window has.
    const fn window_area(self) -> usize {
        let mut area = 1_usize;
        let mut sizes = self.window.size.as_slice();
        while let [size, rest @ ..] = sizes {
            area = area.saturating_mul(*size as usize);
            sizes = rest;
        }
        area
    }

    /// Returns how many bits it takes to say which number of a window is the largest: at least 1.
    const fn winner_bits(self) -> u32 {
        let last = self.window_area().saturating_sub(1);
        usize::BITS.wrapping_sub((last | 1).leading_zeros())
    }
}

impl<T: Kind, const D: usize> LayerKernel for PoolSpec<T, D> {
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Forward { dims, input, output, mask, buffer: window, .. } = pass;
                let grid = Grid::new(self.window, dims);
                let mut winners = Cursor::new(self.winner_bits());
                let inputs = input.runs(grid.input_area());
                let outputs = output.runs_mut(grid.output_area());
                for (input, output) in inputs.zip(outputs) {
                    for (place, output) in grid.places().zip(output) {
                        grid.gather_one(input, grid.corner(place), V::splat(T::OUTSIDE), window);
                        *output = T::reduce(window);
                        if T::IS_MAX && !mask.is_empty() {
                            winners.write(mask, winner(window, *output));
                        }
                    }
                }
            },
        )
    }

    #[inline(never)]
    fn forward_among_others<V: Lanes>(self, pass: Forward<'_, V>) {
        self.forward(pass);
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Backward {
                    dims, stored, mask, gradient, input_gradient, buffer: window, ..
                } = pass;
                let Some(input_gradient) = input_gradient else { return };
                let grid = Grid::new(self.window, dims);
                let mut winners = Cursor::new(self.winner_bits());
                let mut inputs = stored.runs(grid.input_area());
                let outputs = gradient.runs(grid.output_area());
                let planes = input_gradient.runs_mut(grid.input_area());
                for (plane, gradient) in planes.zip(outputs) {
                    // Nothing is stored where the gradient does not depend on it.
                    let input = inputs.next().unwrap_or_default();
                    for (place, &dy) in grid.places().zip(gradient) {
                        let winner = if !T::IS_MAX {
                            V::Bits::splat(0)
                        } else if mask.is_empty() {
                            grid.gather_one(
                                input,
                                grid.corner(place),
                                V::splat(T::OUTSIDE),
                                window,
                            );
                            winner(window, T::reduce(window))
                        } else {
                            winners.read(mask)
                        };
                        T::spread(window, winner, dy);
                        grid.scatter_one(plane, grid.corner(place), window);
                    }
                }
            },
        )
    }
}

impl GlobalAveragePool {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        MemoryNeeds::new(OutputMemory::Separate, Stored::Nothing)
    }
}

/// Returns how many numbers a channel has: at least 1, so that channels can be told apart.
fn area(input: Dims) -> usize {
    input.count().checked_div(input.channels() as usize).unwrap_or(1).max(1)
}

impl LayerKernel for GlobalAveragePool {
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Forward { dims: [dims, _], input, output, .. } = pass;
                for (mean, channel) in output.iter_mut().zip(input.runs(area(dims))) {
                    *mean = Average::reduce(channel);
                }
            },
        )
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Backward { dims: [dims, _], gradient, input_gradient, .. } = pass;
                let channels = input_gradient.unwrap_or_default().runs_mut(area(dims));
                for (channel, &dy) in channels.zip(&*gradient) {
                    Average::spread(channel, V::Bits::splat(0), dy);
                }
            },
        )
    }
}
