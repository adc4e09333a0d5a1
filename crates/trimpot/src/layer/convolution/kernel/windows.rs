//! Any convolution: what lies under the window is copied out at each place, and several filters
//! take their weighted sums of it.

use super::{Block, Group, Groups, SHARED};
use crate::lanes::Lanes;
use crate::layer::dense::weighted_sums;
use crate::layer::runs::Runs;
use crate::layer::split_mut;
use crate::vfp;

impl Groups {
    /// The outputs of a group. The buffer holds a window.
    #[inline(never)]
    pub(super) fn windows_forward<V: Lanes>(&self, group: Group<'_, V>, window: &mut [V]) {
        let Group { weights, biases, input, output } = group;
        let area = self.grid.output_area();
        for (index, place) in self.grid.places().enumerate() {
            self.grid.gather(input, place, V::ZERO, window);
            let mut at = index;
            weighted_sums((weights, biases), window, |sums| {
                for &sum in sums {
                    if let Some(place) = output.get_mut(at) {
                        *place = sum;
                    }
                    at = at.wrapping_add(area);
                }
            });
        }
    }

    /// The way back of some filters. The buffer holds a window, where weights are trained, and its
    /// gradient.
    #[inline(never)]
    pub(super) fn windows_backward<V: Lanes>(&self, block: Block<'_, V>) {
        let Block { weights, input, output_gradient, mut input_gradient, gradient, buffer } = block;
        let (window, mixture) = split_mut(buffer, if input.is_some() { self.weights } else { 0 });
        let (mixture, _) = split_mut(mixture, self.weights);
        gradient.fill(V::ZERO);
        let area = self.grid.output_area();
        for (index, place) in self.grid.places().enumerate() {
            let mut column = [V::ZERO; SHARED];
            let mut at = index;
            for dy in &mut column {
                *dy = output_gradient.get(at).copied().unwrap_or(V::ZERO);
                at = at.wrapping_add(area);
            }
            if let Some(input) = input {
                self.grid.gather(input, place, V::ZERO, window);
                for (gradient, dy) in gradient.runs_mut(self.weights).zip(column) {
                    if vfp::serves::<V>() {
                        vfp::axpy(dy, window, gradient);
                        continue;
                    }
                    for (sum, &value) in gradient.iter_mut().zip(&*window) {
                        *sum = dy.mul_add(value, *sum);
                    }
                }
            }
            let Some(input_gradient) = input_gradient.as_deref_mut() else { continue };
            mixture.fill(V::ZERO);
            for (filter, dy) in weights.runs(self.weights).zip(column) {
                if vfp::serves::<V>() {
                    vfp::axpy(dy, filter, mixture);
                    continue;
                }
                for (sum, &weight) in mixture.iter_mut().zip(filter) {
                    *sum = dy.mul_add(V::splat(weight), *sum);
                }
            }
            self.grid.scatter(input_gradient, place, mixture);
        }
    }
}
