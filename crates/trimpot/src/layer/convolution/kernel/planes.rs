//! The way back of convolutions of one number that go over all of a plane: what a weight meets are
//! whole planes.

use super::{Block, Groups};
use crate::lanes::Lanes;
use crate::layer::runs::Runs;
use crate::layer::split;
use crate::layer::windows::products;
use crate::vfp;

impl Groups {
    /// The way back of four filters or of one. Needs no buffer.
    #[inline(never)]
    pub(super) fn planes_backward<V: Lanes>(&self, block: Block<'_, V>) {
        let area = self.grid.output_area();
        let mut planes = block.output_gradient.runs(area);
        let planes = [planes.next(), planes.next(), planes.next(), planes.next()];
        match planes {
            [Some(a), Some(b), Some(c), Some(d)] => self.four_backward([a, b, c, d], block),
            [Some(plane), ..] => self.one_backward(plane, block),
            [None, ..] => {}
        }
    }

    #[inline(always)]
    fn four_backward<V: Lanes>(&self, planes: [&[V]; 4], block: Block<'_, V>) {
        let Block { weights, input, input_gradient, gradient, .. } = block;
        let area = self.grid.input_area();
        for (channel, input) in input.unwrap_or_default().runs(area).enumerate() {
            let mut sums = [V::ZERO; 4];
            products(&mut sums, planes, input);
            for (gradient, sum) in gradient.runs_mut(self.weights).zip(sums) {
                if let Some(place) = gradient.get_mut(channel) {
                    *place = sum;
                }
            }
        }
        let [a, b, c, d] = planes;
        let mut filters = [weights; 4];
        let mut rest = weights;
        for filter in &mut filters {
            (*filter, rest) = split(rest, self.weights);
        }
        let channels = input_gradient.unwrap_or_default().runs_mut(area);
        for (channel, input_gradient) in channels.enumerate() {
            let [p, q, r, s] =
                filters.map(|filter| V::splat(filter.get(channel).copied().unwrap_or(0.0)));
            let planes = a.iter().zip(b).zip(c.iter().zip(d));
            for (sum, ((&a, &b), (&c, &d))) in input_gradient.iter_mut().zip(planes) {
                *sum += d.mul_add(s, c.mul_add(r, b.mul_add(q, a * p)));
            }
        }
    }

    #[inline(always)]
    fn one_backward<V: Lanes>(&self, plane: &[V], block: Block<'_, V>) {
        let Block { weights, input, input_gradient, gradient, .. } = block;
        let area = self.grid.input_area();
        for (place, input) in gradient.iter_mut().zip(input.unwrap_or_default().runs(area)) {
            let numbers = plane.iter().zip(input);
            *place = numbers.fold(V::ZERO, |sum, (&dy, &x)| dy.mul_add(x, sum));
        }
        let channels = input_gradient.unwrap_or_default().runs_mut(area);
        for (input_gradient, &weight) in channels.zip(weights) {
            let weight = V::splat(weight);
            if vfp::serves::<V>() {
                vfp::axpy(weight, plane, input_gradient);
                continue;
            }
            for (sum, &dy) in input_gradient.iter_mut().zip(plane) {
                *sum = dy.mul_add(weight, *sum);
            }
        }
    }
}
