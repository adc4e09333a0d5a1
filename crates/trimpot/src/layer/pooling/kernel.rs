//! Pools whose sizes are known at run time only.

use super::{Average, GlobalAveragePool, Kind, PoolSpec};
use crate::lanes::Lanes;
use crate::layer::GradientSink;
use crate::layer::kernel::{Backward, Forward, Kernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::Runs;
use crate::layer::windows::Grid;
use crate::spec::Dims;

impl<T: Kind, const D: usize> PoolSpec<T, D> {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        let mut window = 1_usize;
        let mut sizes = self.window.size.as_slice();
        while let [size, rest @ ..] = sizes {
            window = window.saturating_mul(*size as usize);
            sizes = rest;
        }
        let stored = if T::NEEDS_INPUT { Stored::Input } else { Stored::Nothing };
        MemoryNeeds::new(OutputMemory::Separate, stored).with_buffers(window, window)
    }
}

impl<T: Kind, const D: usize> Kernel for PoolSpec<T, D> {
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let Forward { dims, input, output, buffer: window, .. } = pass;
        let grid = Grid::new(self.window, dims);
        let inputs = input.runs(grid.input_area());
        let outputs = output.runs_mut(grid.output_area());
        for (input, output) in inputs.zip(outputs) {
            for (place, output) in grid.places().zip(output) {
                grid.gather(input, place, V::splat(T::OUTSIDE), window);
                *output = T::reduce(window);
            }
        }
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        let Backward { dims, stored, gradient, input_gradient, buffer: window, .. } = pass;
        let Some(input_gradient) = input_gradient else { return };
        let grid = Grid::new(self.window, dims);
        let mut inputs = stored.runs(grid.input_area());
        let outputs = gradient.runs(grid.output_area());
        let planes = input_gradient.runs_mut(grid.input_area());
        for (plane, gradient) in planes.zip(outputs) {
            // Nothing is stored where the gradient does not depend on it.
            let input = inputs.next().unwrap_or_default();
            for (place, &dy) in grid.places().zip(gradient) {
                if T::NEEDS_INPUT {
                    grid.gather(input, place, V::splat(T::OUTSIDE), window);
                }
                T::spread(window, T::reduce(window), dy);
                grid.scatter(plane, place, window);
            }
        }
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

impl Kernel for GlobalAveragePool {
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let Forward { dims: [dims, _], input, output, .. } = pass;
        for (mean, channel) in output.iter_mut().zip(input.runs(area(dims))) {
            *mean = Average::reduce(channel);
        }
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        let Backward { dims: [dims, _], gradient, input_gradient, .. } = pass;
        let channels = input_gradient.unwrap_or_default().runs_mut(area(dims));
        for (channel, &dy) in channels.zip(&*gradient) {
            Average::spread(channel, V::ZERO, dy);
        }
    }
}
