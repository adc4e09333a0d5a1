//! Embeddings whose sizes are known at run time only.

use super::{EmbeddingSpec, only, row};
use crate::lanes::Lanes;
use crate::layer::GradientSink;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::{Backward, Forward, LayerKernel, MemoryNeeds, OutputMemory, Stored};
use crate::layer::runs::Runs;
use crate::random::Random;
use crate::spec::Dims;

impl EmbeddingSpec {
    pub(crate) const fn memory(self, _input: Dims) -> MemoryNeeds {
        // The gradient of a row.
        MemoryNeeds::new(OutputMemory::Separate, Stored::Input).with_buffers(0, self.size as usize)
    }

    /// Returns the row that an index means, and where in the table it begins.
    fn start(self, index: f32) -> Option<usize> {
        Some(row(index, self.rows as usize)?.saturating_mul(self.size as usize))
    }
}

impl LayerKernel for EmbeddingSpec {
    fn initialize<H: Initialization>(self, _: &H, parameters: &mut [f32], random: &mut Random) {
        parameters.fill_with(|| random.normal());
    }

    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Forward { parameters: table, input, output, .. } = pass;
                let size = self.size as usize;
                for (output, indices) in output.runs_mut(size).zip(input) {
                    output.fill(V::ZERO);
                    for (lane, &index) in indices.to_array().as_ref().iter().enumerate() {
                        let Some(start) = self.start(index) else { continue };
                        let row = table.get(start..start.saturating_add(size)).unwrap_or_default();
                        for (output, &value) in output.iter_mut().zip(row) {
                            *output += only(lane, V::splat(value));
                        }
                    }
                }
            },
        )
    }

    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let Backward { mut sink, stored: input, gradient, buffer: row, .. } = pass;
                for (gradient, indices) in gradient.runs(self.size as usize).zip(input) {
                    for (lane, &index) in indices.to_array().as_ref().iter().enumerate() {
                        let Some(start) = self.start(index) else { continue };
                        for (row, &dy) in row.iter_mut().zip(gradient) {
                            *row = only(lane, dy);
                        }
                        sink.add(start, row);
                    }
                }
            },
        )
    }
}
