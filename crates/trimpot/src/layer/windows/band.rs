//! What lies under a window at all places of a row.
//!
//! With a stride the numbers that the window covers at neighbouring places are apart, so a row of
//! the plane is copied into as many runs as the stride has numbers: one of every third, and so on.
//! Then what is at the same place of the window, a tap, is a run of neighbours for all places.

use super::{Grid, WindowSpec};
use crate::arrays;
use crate::lanes::Lanes;
use crate::layer::runs::Runs;
use crate::layer::{split, split_mut};

/// How many places are computed side by side.
const BESIDE: usize = 8;

/// The rows of a plane under a window, in a buffer of [`Band::values`].
///
/// They lie in a ring: what the window covers at the next row of places as well stays where it is.
#[derive(Clone, Copy)]
pub(in crate::layer) struct Band<'g> {
    grid: &'g Grid,
    /// How long the runs are that a row is copied into, and how long all of them.
    len: usize,
    row: usize,
    /// How many numbers of a run, and how many runs, it is from a tap to the next.
    apart: [usize; 2],
    /// Where the window's first row is in the buffer.
    first: usize,
}

/// Returns into how many runs a row is copied, and how long they are.
const fn runs([size, stride, dilation, places]: [usize; 4]) -> [usize; 2] {
    let last = size.saturating_sub(1).saturating_mul(dilation);
    let beyond = match last.checked_div(stride) {
        Some(beyond) => beyond,
        None => 0,
    };
    let runs = if last < stride { last + 1 } else { stride };
    [runs, places.saturating_add(beyond)]
}

impl<'g> Band<'g> {
    /// Returns how many values the buffer has, for planes that are so wide behind the window.
    pub const fn values<const D: usize>(window: WindowSpec<D>, places: u32) -> usize {
        let (sizes, strides, dilations) =
            (window.size.as_slice(), window.stride.as_slice(), window.dilation.as_slice());
        let ([above @ .., size], [.., stride], [.., dilation]) = (sizes, strides, dilations) else {
            return 0;
        };
        let height = match above {
            [height, ..] => *height as usize,
            [] => 1,
        };
        let [runs, len] =
            runs([*size as usize, *stride as usize, *dilation as usize, places as usize]);
        // Behind the last place there are others that are computed side by side with it.
        height.saturating_mul(runs.saturating_mul(len)).saturating_add(BESIDE - 1)
    }

    /// Creates the band of a plane, of which no row has been copied yet.
    pub fn new(grid: &'g Grid) -> Self {
        let ([_, size], [_, stride], [_, dilation]) = (grid.size, grid.stride, grid.dilation);
        let [runs, len] = runs([size, stride, dilation, grid.places[1]]);
        let numbers = dilation.checked_div(stride).unwrap_or(0);
        let apart = [numbers, dilation.wrapping_sub(numbers.wrapping_mul(stride))];
        Band { grid, len, row: runs.wrapping_mul(len), apart, first: 0 }
    }

    /// Returns where the row of the window is in the buffer that comes so long behind another.
    #[inline(always)]
    fn wrapped(&self, at: usize) -> usize {
        let end = self.row.wrapping_mul(self.grid.size[0]);
        if at < end { at } else { at.wrapping_sub(end) }
    }

    /// Copies the rows under the window at a row of places: the first one of a plane, or the next.
    /// What is outside on the left and right is zero already; what is above and below becomes it.
    #[inline(never)]
    pub fn advance<V: Lanes>(&mut self, plane: &[V], y: usize, buffer: &mut [V]) {
        V::vectorize(
            buffer,
            #[inline(always)]
            |buffer| {
                let ([height, _], [stride, _], [dilation, _]) =
                    (self.grid.size, self.grid.stride, self.grid.dilation);
                let [top, left] = self.grid.corner([y, 0]);
                let mut copied = 0;
                if y > 0 && dilation == 1 && stride < height {
                    copied = height.wrapping_sub(stride);
                    self.first =
                        self.wrapped(self.first.wrapping_add(stride.wrapping_mul(self.row)));
                }
                for row in copied..height {
                    let at = self.wrapped(self.first.wrapping_add(row.wrapping_mul(self.row)));
                    let (to, _) = split_mut(buffer.get_mut(at..).unwrap_or_default(), self.row);
                    match self.grid.row(top.wrapping_add(row.wrapping_mul(dilation))) {
                        Some(start) => self.copy(plane.get(start..).unwrap_or_default(), left, to),
                        None => to.fill(V::ZERO),
                    }
                }
            },
        )
    }

    /// Copies a row of the plane from `left` on.
    #[inline(always)]
    fn copy<V: Lanes>(&self, plane: &[V], left: usize, runs: &mut [V]) {
        let ([_, width], [_, stride]) = (self.grid.plane, self.grid.stride);
        let (from, _) = split(plane, width);
        if stride == 1 {
            // Outside on the left it wraps round.
            let outside = if left < width { 0 } else { left.wrapping_neg() };
            let from = from.get(left.wrapping_add(outside)..).unwrap_or_default();
            let to = runs.get_mut(outside..).unwrap_or_default();
            to.iter_mut().zip(from).for_each(
                #[inline(always)]
                |(to, &number)| *to = number,
            );
            return;
        }
        let mut first = left;
        for run in runs.runs_mut(self.len) {
            let mut x = first;
            for to in run {
                if let Some(&number) = from.get(x) {
                    *to = number;
                }
                x = x.wrapping_add(stride);
            }
            first = first.wrapping_add(1);
        }
    }

    /// Writes the weighted sums of the taps for all places of a row, at most [`BESIDE`] of them
    /// side by side. The weights come in the order of the taps.
    #[inline(always)]
    pub fn weigh<'w, V: Lanes>(
        &self,
        (weights, bias): (impl Iterator<Item = &'w f32> + Clone, f32),
        buffer: &[V],
        places: &mut [V],
    ) {
        let mut x = 0_usize;
        while x < places.len() {
            let (_, to) = split_mut(places, x);
            let numbers = (weights.clone(), bias);
            let from = buffer.get(x..).unwrap_or_default();
            // Tiles of any width, so that nothing is computed in vain; for numbers one is enough.
            match to.len() {
                1 if V::LANES > 1 => self.weighted_sums::<V, 1>(numbers, from, to),
                2 if V::LANES > 1 => self.weighted_sums::<V, 2>(numbers, from, to),
                3 if V::LANES > 1 => self.weighted_sums::<V, 3>(numbers, from, to),
                4 if V::LANES > 1 => self.weighted_sums::<V, 4>(numbers, from, to),
                5 if V::LANES > 1 => self.weighted_sums::<V, 5>(numbers, from, to),
                6 if V::LANES > 1 => self.weighted_sums::<V, 6>(numbers, from, to),
                7 if V::LANES > 1 => self.weighted_sums::<V, 7>(numbers, from, to),
                _ => self.weighted_sums::<V, BESIDE>(numbers, from, to),
            }
            x = x.wrapping_add(BESIDE);
        }
    }

    /// Writes a weighted sum of the taps for `P` places of a row, or as many as there is memory
    /// for. `numbers` are those of the buffer from the first place on.
    #[inline(never)]
    fn weighted_sums<'w, V: Lanes, const P: usize>(
        &self,
        (mut weights, bias): (impl Iterator<Item = &'w f32>, f32),
        numbers: &[V],
        places: &mut [V],
    ) {
        V::vectorize(
            places,
            #[inline(always)]
            |places| {
                let mut sums = [V::splat(bias); P];
                if self.apart == [1, 0] {
                    let ([height, across], mut at) = (self.grid.size, self.first);
                    for _ in 0..height {
                        let row = numbers.get(at..).unwrap_or_default();
                        at = self.wrapped(at.wrapping_add(self.row));
                        for (&weight, run) in weights.by_ref().take(across).zip(row.array_windows())
                        {
                            sums = add(sums, weight, run);
                        }
                    }
                } else {
                    for (&weight, tap) in weights.zip(self.taps()) {
                        let run = numbers.get(tap..).and_then(<[V]>::first_chunk);
                        sums = run.map_or(
                            sums,
                            #[inline(always)]
                            |run| add(sums, weight, run),
                        );
                    }
                }
                match places.first_chunk_mut() {
                    Some(places) => *places = sums,
                    None => places.iter_mut().zip(sums).for_each(
                        #[inline(always)]
                        |(place, sum)| *place = sum,
                    ),
                }
            },
        )
    }

    /// Adds for each tap the products of its numbers with the factors of a row of places, in order,
    /// to its sum.
    #[inline(never)]
    pub fn add_products<V: Lanes>(&self, numbers: &[V], factors: &[V], sums: &mut [V]) {
        V::vectorize(
            sums,
            #[inline(always)]
            |sums| {
                let mut taps = self.taps().map(|tap| numbers.get(tap..).unwrap_or_default());
                let (fours, others) = sums.as_chunks_mut::<4>();
                for sums in fours {
                    let four = arrays::from_fn(
                        &[][..],
                        #[inline(always)]
                        |_| taps.next().unwrap_or_default(),
                    );
                    products(sums, four, factors);
                }
                for (sum, numbers) in others.iter_mut().zip(taps) {
                    let numbers = numbers.iter().zip(factors);
                    *sum = numbers.fold(
                        *sum,
                        #[inline(always)]
                        |sum, (&number, &factor)| factor.mul_add(number, sum),
                    );
                }
            },
        )
    }

    /// Returns where the runs of the taps begin, row by row.
    #[inline(always)]
    fn taps(&self) -> impl Iterator<Item = usize> {
        let ([_, across], [_, stride], [numbers, runs]) =
            (self.grid.size, self.grid.stride, self.apart);
        let step = runs.wrapping_mul(self.len).wrapping_add(numbers);
        // From the run after the last one to the next number of the first one.
        let back = stride.wrapping_mul(self.len).wrapping_sub(1);
        let (mut start, mut at, mut run, mut tap) = (self.first, self.first, 0_usize, 0_usize);
        core::iter::from_fn(move || {
            if tap == across {
                start = self.wrapped(start.wrapping_add(self.row));
                (at, run, tap) = (start, 0, 0);
            }
            let tap_at = at;
            at = at.wrapping_add(step);
            run = run.wrapping_add(runs);
            if run >= stride {
                run = run.wrapping_sub(stride);
                at = at.wrapping_sub(back);
            }
            tap = tap.wrapping_add(1);
            Some(tap_at)
        })
    }
}

/// Returns sums plus the products of a run with a weight.
#[inline(always)]
fn add<V: Lanes, const P: usize>(mut sums: [V; P], weight: f32, run: &[V; P]) -> [V; P] {
    let weight = V::splat(weight);
    sums.iter_mut().zip(run).for_each(
        #[inline(always)]
        |(sum, &number)| *sum = weight.mul_add(number, *sum),
    );
    sums
}

/// Adds the products of each row with the factors to its sum.
#[inline(always)]
fn products<V: Lanes>([p, q, r, s]: &mut [V; 4], [a, b, c, d]: [&[V]; 4], factors: &[V]) {
    let rows = a.iter().zip(b).zip(c.iter().zip(d));
    for (&factor, ((&a, &b), (&c, &d))) in factors.iter().zip(rows) {
        *p = factor.mul_add(a, *p);
        *q = factor.mul_add(b, *q);
        *r = factor.mul_add(c, *r);
        *s = factor.mul_add(d, *s);
    }
}
