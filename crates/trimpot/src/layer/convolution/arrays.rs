//! Convolutions whose sizes the compiler knows, with the same kernel, stride and padding in every
//! direction.

mod sums;

use core::array;

use self::sums::Sums;
use super::SHARED;
use super::kernel::Groups;
use crate::lanes::Lanes;
use crate::layer::dense::weighted_sums;
use crate::layer::kernel::{Backward, Forward, LayerKernel};
use crate::layer::windows::{Patch, Window, add_patch, take_patch};
use crate::layer::{GradientSink, split, split_mut};
use crate::shape::{Image, Shape};
use crate::vfp;

/// Filters that see all `C` channels of `H` rows of `W` numbers, for planes of `OH` rows of `OW`.
#[derive(Clone, Copy)]
pub(super) struct Dense<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
>(pub Filters<C, KH, KW>);

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
> Dense<C, H, W, OH, OW, KH, KW>
{
    /// Returns whether a filter is one number for each channel, and each number of a plane has its
    /// output: then passes are products of matrices, and calls.
    #[inline(always)]
    fn has_plain_planes(self) -> bool {
        KH * KW == 1 && self.0.window.stride == [1, 1] && OH == H && OW == W
    }
}

/// Returns a run of numbers as planes.
#[inline(always)]
fn planes<V, const H: usize, const W: usize>(numbers: &[V]) -> &[[[V; W]; H]] {
    numbers.as_chunks().0.as_chunks().0
}

/// [`planes`], to be changed.
#[inline(always)]
fn planes_mut<V, const H: usize, const W: usize>(numbers: &mut [V]) -> &mut [[[V; W]; H]] {
    numbers.as_chunks_mut().0.as_chunks_mut().0
}

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
> LayerKernel for Dense<C, H, W, OH, OW, KH, KW>
{
    #[inline(always)]
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        if self.has_plain_planes() {
            let Forward { dims: [_, output], parameters, input, output: to, buffer, .. } = pass;
            let groups = Groups::of_points([C, output.channels() as usize], H * W);
            return groups.forward(parameters, input, to, buffer);
        }
        let Forward { parameters, input, output, buffer, .. } = pass;
        let output = planes_mut::<V, OH, OW>(output);
        let numbers = split(parameters, output.len() * Filters::<C, KH, KW>::WEIGHTS);
        self.0.forward(numbers, planes::<V, H, W>(input), output, buffer);
    }

    #[inline(always)]
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        if self.has_plain_planes() {
            let Backward { dims: [_, output], sink, stored, input_gradient, buffer, .. } = pass;
            let groups = Groups::of_points([C, output.channels() as usize], H * W);
            let input = pass.trains_weights.then_some(stored);
            return groups.backward(sink, input, pass.gradient, input_gradient, buffer);
        }
        let Backward { mut sink, stored, gradient, input_gradient, buffer, .. } = pass;
        let gradient = planes::<V, OH, OW>(gradient);
        let input = pass.trains_weights.then(|| planes::<V, H, W>(stored));
        let input_gradient = input_gradient.map(planes_mut::<V, H, W>);
        self.0.backward(&mut sink, [0, gradient.len()], gradient, input, input_gradient, buffer);
    }
}

/// Filters of `C` channels of `KH` rows of `KW` weights.
#[derive(Clone, Copy)]
pub(super) struct Filters<const C: usize, const KH: usize, const KW: usize> {
    pub window: Window,
}

impl<const C: usize, const KH: usize, const KW: usize> Filters<C, KH, KW> {
    /// Weights of one filter.
    const WEIGHTS: usize = C * KH * KW;

    /// Returns whether [`vfp`] has the loops, and filters are long enough for loops that are
    /// called: with 9 or 15 weights a network took 7 to 17 % more instructions.
    #[inline(always)]
    const fn is_served<V: Lanes>() -> bool {
        vfp::serves::<V>() && Self::WEIGHTS > 16
    }

    /// Returns a run of weights, filter by filter.
    #[inline(always)]
    fn of(weights: &[f32]) -> &[Patch<f32, C, KH, KW>] {
        weights.as_chunks().0.as_chunks().0.as_chunks().0
    }

    /// [`of`](Self::of) for gradients of weights, to be changed.
    #[inline(always)]
    fn of_mut<V>(gradients: &mut [V]) -> &mut [Patch<V, C, KH, KW>] {
        gradients.as_chunks_mut().0.as_chunks_mut().0.as_chunks_mut().0
    }

    /// One plane of output for each filter. The buffer holds a patch.
    #[inline(always)]
    fn forward<V: Lanes, const H: usize, const W: usize, const OH: usize, const OW: usize>(
        self,
        (weights, biases): (&[f32], &[f32]),
        input: &[[[V; W]; H]],
        output: &mut [[[V; OW]; OH]],
        buffer: &mut [V],
    ) {
        let Some(patch) = Image::<C, KH, KW>::shaped_mut(buffer) else { return };
        for y in 0..OH {
            for x in 0..OW {
                take_patch(input, self.window.corner(y, x), patch);
                if Self::is_served::<V>() {
                    let mut planes = output.iter_mut();
                    weighted_sums(
                        (weights, biases),
                        flat(patch),
                        #[inline(always)]
                        |sums| {
                            for (&sum, plane) in sums.iter().zip(planes.by_ref()) {
                                if let Some(place) = plane.get_mut(y).and_then(|row| row.get_mut(x))
                                {
                                    *place = sum;
                                }
                            }
                        },
                    );
                    continue;
                }
                let mut sums = Sums { patch, at: [y, x] };
                let rest = sums.take::<_, _, 8>((Self::of(weights), biases, &mut *output));
                let rest = sums.take::<_, _, 4>(rest);
                sums.take::<_, _, 1>(rest);
            }
        }
    }

    /// Adds the gradients of `count` filters, the ones from `first` on of all, to the sink; and
    /// those of their inputs to `input_gradient`. `output_gradient` are the planes of the output's
    /// gradient, one for each of these filters. The buffer holds the gradient of a patch and, where
    /// weights are trained and there is an input, a patch, and the gradients of [`SHARED`] filters.
    #[inline(always)]
    fn backward<
        V: Lanes,
        S: GradientSink<V>,
        const H: usize,
        const W: usize,
        const OH: usize,
        const OW: usize,
    >(
        self,
        sink: &mut S,
        [first, all]: [usize; 2],
        output_gradient: &[[[V; OW]; OH]],
        input: Option<&[[[V; W]; H]]>,
        mut input_gradient: Option<&mut [[[V; W]; H]]>,
        buffer: &mut [V],
    ) {
        let (blocks, last) = output_gradient.as_chunks::<SHARED>();
        for (block, output_gradient) in blocks.iter().enumerate() {
            let first = first + block * SHARED;
            let to = input_gradient.as_deref_mut();
            self.block(sink, [first, all], output_gradient, input, to, buffer);
        }
        for (filter, output_gradient) in last.iter().enumerate() {
            let first = first + blocks.len() * SHARED + filter;
            let output_gradient = array::from_ref(output_gradient);
            let to = input_gradient.as_deref_mut();
            self.block(sink, [first, all], output_gradient, input, to, buffer);
        }
    }

    /// [`backward`](Self::backward) for `R` filters.
    #[inline(always)]
    fn block<
        V: Lanes,
        S: GradientSink<V>,
        const H: usize,
        const W: usize,
        const OH: usize,
        const OW: usize,
        const R: usize,
    >(
        self,
        sink: &mut S,
        [first, all]: [usize; 2],
        output_gradient: &[[[V; OW]; OH]; R],
        input: Option<&[[[V; W]; H]]>,
        mut input_gradient: Option<&mut [[[V; W]; H]]>,
        buffer: &mut [V],
    ) {
        let (mixture, buffer) = split_mut(buffer, Self::WEIGHTS);
        let (patch, gradient) = split_mut(buffer, Self::WEIGHTS);
        let mut weights = input.and_then(|input| {
            let patch = Image::<C, KH, KW>::shaped_mut(patch)?;
            let gradient = Self::of_mut(gradient).first_chunk_mut::<R>()?;
            gradient.as_flattened_mut().as_flattened_mut().as_flattened_mut().fill(V::ZERO);
            Some((input, patch, gradient))
        });
        let Some(mixture) = Image::<C, KH, KW>::shaped_mut(mixture) else { return };
        let mut bias_gradient = [V::ZERO; R];
        let (_, filters) = split(sink.parameters(), first * Self::WEIGHTS);
        let Some(filters) = Self::of(filters).first_chunk::<R>() else { return };
        for y in 0..OH {
            for x in 0..OW {
                let output_gradient = crate::arrays::map(
                    output_gradient,
                    V::ZERO,
                    #[inline(always)]
                    |plane| plane.get(y).and_then(|row| row.get(x)).copied().unwrap_or(V::ZERO),
                );
                let corner = self.window.corner(y, x);
                for (sum, &dy) in bias_gradient.iter_mut().zip(&output_gradient) {
                    *sum += dy;
                }
                if let Some((input, patch, gradient)) = &mut weights {
                    take_patch(input, corner, patch);
                    add_products(gradient, &output_gradient, patch);
                }
                if let Some(input_gradient) = input_gradient.as_deref_mut() {
                    mix(filters, &output_gradient, mixture);
                    add_patch(input_gradient, corner, mixture);
                }
            }
        }
        if let Some((_, _, gradient)) = weights {
            sink.add(first * Self::WEIGHTS, gradient.as_flattened().as_flattened().as_flattened());
        }
        sink.add(all * Self::WEIGHTS + first, &bias_gradient);
    }
}

/// Returns a patch as a run of numbers.
#[inline(always)]
fn flat<V, const C: usize, const KH: usize, const KW: usize>(patch: &Patch<V, C, KH, KW>) -> &[V] {
    patch.as_flattened().as_flattened()
}

/// [`flat`], to be changed.
#[inline(always)]
fn flat_mut<V, const C: usize, const KH: usize, const KW: usize>(
    patch: &mut Patch<V, C, KH, KW>,
) -> &mut [V] {
    patch.as_flattened_mut().as_flattened_mut()
}

/// Returns the weight of a filter at this channel, row and place.
#[inline(always)]
fn weight<const C: usize, const KH: usize, const KW: usize>(
    filter: &Patch<f32, C, KH, KW>,
    [c, y, x]: [usize; 3],
) -> Option<&f32> {
    filter.get(c)?.get(y)?.get(x)
}

/// [`weight`] of a gradient, to be changed.
#[inline(always)]
fn weight_mut<V, const C: usize, const KH: usize, const KW: usize>(
    gradient: &mut Patch<V, C, KH, KW>,
    [c, y, x]: [usize; 3],
) -> Option<&mut V> {
    gradient.get_mut(c)?.get_mut(y)?.get_mut(x)
}

/// Adds `output_gradient[r] · patch` to each `gradient[r]`.
#[inline(always)]
fn add_products<V: Lanes, const C: usize, const KH: usize, const KW: usize, const R: usize>(
    gradient: &mut [Patch<V, C, KH, KW>; R],
    output_gradient: &[V; R],
    patch: &Patch<V, C, KH, KW>,
) {
    if Filters::<C, KH, KW>::is_served::<V>() {
        let rows = gradient.iter_mut().zip(output_gradient);
        return rows.for_each(|(gradient, &dy)| vfp::axpy(dy, flat(patch), flat_mut(gradient)));
    }
    for (c, plane) in patch.iter().enumerate() {
        for (y, row) in plane.iter().enumerate() {
            for (x, &value) in row.iter().enumerate() {
                for (gradient, &dy) in gradient.iter_mut().zip(output_gradient) {
                    if let Some(sum) = weight_mut(gradient, [c, y, x]) {
                        *sum = dy.mul_add(value, *sum);
                    }
                }
            }
        }
    }
}

/// Writes the sum of `output_gradient[r] · filters[r]`.
#[inline(always)]
fn mix<V: Lanes, const C: usize, const KH: usize, const KW: usize, const R: usize>(
    filters: &[Patch<f32, C, KH, KW>; R],
    output_gradient: &[V; R],
    mixture: &mut Patch<V, C, KH, KW>,
) {
    if Filters::<C, KH, KW>::is_served::<V>() {
        let sum = flat_mut(mixture);
        sum.fill(V::ZERO);
        return filters.iter().zip(output_gradient).for_each(|(filter, &dy)| {
            vfp::axpy(dy, flat(filter), sum);
        });
    }
    for (c, plane) in mixture.iter_mut().enumerate() {
        for (y, row) in plane.iter_mut().enumerate() {
            for (x, place) in row.iter_mut().enumerate() {
                let mut sum = V::ZERO;
                for (filter, dy) in filters.iter().zip(output_gradient) {
                    if let Some(&weight) = weight(filter, [c, y, x]) {
                        sum = dy.mul_add(V::splat(weight), sum);
                    }
                }
                *place = sum;
            }
        }
    }
}
