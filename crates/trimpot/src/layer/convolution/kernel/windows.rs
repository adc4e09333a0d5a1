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
        V::vectorize(
            window,
            #[inline(always)]
            |window| {
                let Group { weights, biases, input, output } = group;
                let area = self.grid.output_area();
                for (index, place) in self.grid.places().enumerate() {
                    self.grid.gather(input, place, V::ZERO, window);
                    let mut at = index;
                    weighted_sums(
                        (weights, biases),
                        window,
                        #[inline(always)]
                        |sums| {
                            for &sum in sums {
                                if let Some(place) = output.get_mut(at) {
                                    *place = sum;
                                }
                                at = at.wrapping_add(area);
                            }
                        },
                    );
                }
            },
        )
    }

    /// The way back of some filters. The buffer holds a window and its gradient.
    #[inline(never)]
    pub(super) fn windows_backward<V: Lanes>(&self, block: Block<'_, V>) {
        V::vectorize(
            block,
            #[inline(always)]
            |block| {
                let Block { weights, input, output_gradient, input_gradient, gradient, buffer } =
                    block;
                if let Some(input) = input {
                    self.windows_weight_gradient(input, output_gradient, gradient, buffer);
                }
                let Some(input_gradient) = input_gradient else { return };
                let (mixture, _) = split_mut(buffer, self.weights);
                for (index, place) in self.grid.places().enumerate() {
                    mixture.fill(V::ZERO);
                    let column = self.column(output_gradient, index);
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
            },
        )
    }

    /// Returns the output's gradient at a place, of each filter.
    #[inline(always)]
    fn column<V: Lanes>(&self, output_gradient: &[V], index: usize) -> [V; SHARED] {
        let mut column = [V::ZERO; SHARED];
        let planes = output_gradient.runs(self.grid.output_area());
        for (dy, plane) in column.iter_mut().zip(planes) {
            *dy = plane.get(index).copied().unwrap_or(V::ZERO);
        }
        column
    }

    /// Writes the gradient of the weights of some filters, two places at a time: a sum is loaded
    /// and stored once for both. The buffer holds two windows.
    #[inline(always)]
    fn windows_weight_gradient<V: Lanes>(
        &self,
        input: &[V],
        output_gradient: &[V],
        gradient: &mut [V],
        buffer: &mut [V],
    ) {
        let (first, second) = split_mut(buffer, self.weights);
        let (second, _) = split_mut(second, self.weights);
        gradient.fill(V::ZERO);
        let mut places = self.grid.places().enumerate();
        while let Some((index, place)) = places.next() {
            self.grid.gather(input, place, V::ZERO, first);
            let columns = self.column(output_gradient, index);
            let rows = gradient.runs_mut(self.weights).zip(columns);
            let Some((index, place)) = places.next() else {
                rows.for_each(
                    #[inline(always)]
                    |(gradient, dy)| add_multiple(dy, first, gradient),
                );
                return;
            };
            self.grid.gather(input, place, V::ZERO, second);
            let others = self.column(output_gradient, index);
            for ((gradient, dy), other) in rows.zip(others) {
                if vfp::serves::<V>() {
                    add_multiple(dy, first, gradient);
                    add_multiple(other, second, gradient);
                    continue;
                }
                for (sum, (&x, &y)) in gradient.iter_mut().zip(first.iter().zip(&*second)) {
                    *sum = other.mul_add(y, dy.mul_add(x, *sum));
                }
            }
        }
    }
}

/// Adds a multiple of a window to a gradient.
#[inline(always)]
fn add_multiple<V: Lanes>(dy: V, window: &[V], gradient: &mut [V]) {
    if vfp::serves::<V>() {
        return vfp::axpy(dy, window, gradient);
    }
    for (sum, &x) in gradient.iter_mut().zip(window) {
        *sum = dy.mul_add(x, *sum);
    }
}
