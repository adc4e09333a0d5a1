//! Weighted sums of a patch by several filters at once.

use super::weight;
use crate::lanes::{Lanes, splat_each};
use crate::layer::windows::Patch;

/// Filters with their biases and planes of output.
pub(super) type Todo<
    'a,
    V,
    const C: usize,
    const KH: usize,
    const KW: usize,
    const OH: usize,
    const OW: usize,
> = (&'a [Patch<f32, C, KH, KW>], &'a [f32], &'a mut [[[V; OW]; OH]]);

/// The weighted sums of a patch, for the output at one place.
pub(super) struct Sums<'p, V, const C: usize, const KH: usize, const KW: usize> {
    pub patch: &'p Patch<V, C, KH, KW>,
    /// The place: row and column.
    pub at: [usize; 2],
}

impl<V: Lanes, const C: usize, const KH: usize, const KW: usize> Sums<'_, V, C, KH, KW> {
    /// Takes as many filters as there are in blocks of `R`, and returns the others.
    #[inline(always)]
    pub fn take<'a, const OH: usize, const OW: usize, const R: usize>(
        &mut self,
        (filters, biases, output): Todo<'a, V, C, KH, KW, OH, OW>,
    ) -> Todo<'a, V, C, KH, KW, OH, OW> {
        let (blocks, filters) = filters.as_chunks::<R>();
        let (block_biases, biases) = biases.as_chunks::<R>();
        let (outputs, output) = output.as_chunks_mut::<R>();
        let [y, x] = self.at;
        for ((block, bias), planes) in blocks.iter().zip(block_biases).zip(outputs) {
            let sums = self.of(block, bias);
            for (plane, sum) in planes.iter_mut().zip(sums) {
                if let Some(place) = plane.get_mut(y).and_then(|row| row.get_mut(x)) {
                    *place = sum;
                }
            }
        }
        (filters, biases, output)
    }

    /// Bias plus weighted sum, for `R` filters.
    #[inline(always)]
    fn of<const R: usize>(&self, filters: &[Patch<f32, C, KH, KW>; R], bias: &[f32; R]) -> [V; R] {
        let mut sums = splat_each::<V, R>(bias);
        for (c, plane) in self.patch.iter().enumerate() {
            for (y, row) in plane.iter().enumerate() {
                for (x, &value) in row.iter().enumerate() {
                    for (sum, filter) in sums.iter_mut().zip(filters) {
                        if let Some(&weight) = weight(filter, [c, y, x]) {
                            *sum = V::splat(weight).mul_add(value, *sum);
                        }
                    }
                }
            }
        }
        sums
    }
}
