//! Convolutions of one number that go over all of a plane: what a weight meets are whole planes,
//! and each pass is a product of matrices.
//!
//! ```text
//! y[o][p]  = b[o] + Σ W[o][i] · x[i][p]    in the order of the channels
//! dx[i][p] =        Σ W[o][i] · dy[o][p]   in the order of the filters
//! dW[o][i] =        Σ dy[o][p] · x[i][p]   in the order of the places
//! ```
//!
//! A tile of sums stays in registers until it is whole, and goes to memory once. On a PC what
//! limits it are two multiplications and two additions a cycle. A tile of four rows and two
//! registers takes eight of each and six loads, which is four cycles and three; four by four takes
//! eight and four. The planes of all channels under a tile stay in the cache while all filters take
//! their sums of them.

use super::SHARED;
use crate::arrays;
use crate::lanes::Lanes;
use crate::layer::runs::{Runs, cut};
use crate::layer::{split, split_mut};
use crate::vfp;

/// Rows of a tile.
const ROWS: usize = SHARED;

/// Calls `$call` with the columns of a tile as a constant: half of the registers hold its sums, and
/// the others what is multiplied.
macro_rules! with_columns {
    ($V:ident, $C:ident => $call:expr) => {
        match $V::REGISTERS / (2 * ROWS) {
            4.. => {
                const $C: usize = 4;
                $call
            }
            2.. => {
                const $C: usize = 2;
                $call
            }
            _ => {
                const $C: usize = 1;
                $call
            }
        }
    };
}

/// How many planes go in and come out, and how many numbers each has: at least one.
#[derive(Clone, Copy)]
pub(super) struct Planes {
    pub channels: usize,
    pub filters: usize,
    pub area: usize,
}

impl Planes {
    /// Writes bias plus weighted sum of the input's planes.
    #[inline(never)]
    pub fn forward<V: Lanes>(
        self,
        (weights, biases): (&[f32], &[f32]),
        input: &[V],
        output: &mut [V],
    ) {
        V::vectorize(
            output,
            #[inline(always)]
            |output| {
                if vfp::serves::<V>() {
                    return vfp::gemm((weights, Some(biases)), input, self.area, output);
                }
                let rows = Rows { weights, biases, terms: self.channels };
                product(rows, self.filters, input, self.area, output);
            },
        )
    }

    /// Writes the gradient of the input.
    #[inline(never)]
    pub fn input_gradient<V: Lanes>(
        self,
        weights: &[f32],
        output_gradient: &[V],
        input_gradient: &mut [V],
    ) {
        V::vectorize(
            input_gradient,
            #[inline(always)]
            |input_gradient| {
                if vfp::serves::<V>() {
                    return vfp::gemm((weights, None), output_gradient, self.area, input_gradient);
                }
                let columns = Columns { weights, columns: self.channels };
                product(columns, self.channels, output_gradient, self.area, input_gradient);
            },
        )
    }

    /// Writes the gradient of the weights of some filters: [`ROWS`] or one.
    #[inline(never)]
    pub fn weight_gradient<V: Lanes>(self, input: &[V], output_gradient: &[V], gradient: &mut [V]) {
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                if vfp::serves::<V>() {
                    return self.weight_gradient_by_rows(input, output_gradient, gradient);
                }
                match cut::<ROWS, _>(output_gradient, self.area) {
                    Some((planes, _)) => {
                        with_columns!(V, C => self.products::<V, ROWS, C>(planes, input, gradient));
                    }
                    None => {
                        let plane = [output_gradient];
                        with_columns!(V, C => self.products::<V, 1, C>(plane, input, gradient));
                    }
                }
            },
        )
    }

    /// [`weight_gradient`](Self::weight_gradient) by the inner loops of [`vfp`].
    #[inline(always)]
    fn weight_gradient_by_rows<V: Lanes>(
        self,
        input: &[V],
        output_gradient: &[V],
        gradient: &mut [V],
    ) {
        const ZEROS: [f32; 16] = [0.0; 16];
        let gradients = gradient.runs_mut(self.channels);
        for (gradient, plane) in gradients.zip(output_gradient.runs(self.area)) {
            let mut planes = input;
            let mut rest = gradient;
            while !rest.is_empty() {
                let (sums, others) = split_mut(rest, ZEROS.len());
                vfp::gemv((planes, &ZEROS), plane, sums);
                (_, planes) = split(planes, ZEROS.len().saturating_mul(self.area));
                rest = others;
            }
        }
    }

    /// Writes the sums of the products of `R` planes with each of the input's.
    #[inline(always)]
    fn products<V: Lanes, const R: usize, const C: usize>(
        self,
        rows: [&[V]; R],
        mut input: &[V],
        gradient: &mut [V],
    ) {
        let mut channel = 0_usize;
        while let Some((columns, others)) = cut::<C, _>(input, self.area) {
            self.put(products(rows, columns), channel, gradient);
            channel = channel.wrapping_add(C);
            input = others;
        }
        while let Some((columns, others)) = cut::<1, _>(input, self.area) {
            self.put(products(rows, columns), channel, gradient);
            channel = channel.wrapping_add(1);
            input = others;
        }
    }

    /// Writes a tile from a channel on.
    #[inline(always)]
    fn put<V: Lanes, const R: usize, const C: usize>(
        self,
        tile: [[V; C]; R],
        channel: usize,
        gradient: &mut [V],
    ) {
        for (gradient, sums) in gradient.runs_mut(self.channels).zip(tile) {
            put(sums, channel, gradient);
        }
    }
}

/// Writes some numbers from a place on.
#[inline(always)]
fn put<V: Lanes, const C: usize>(numbers: [V; C], at: usize, to: &mut [V]) {
    if let Some(to) = to.get_mut(at..).and_then(<[V]>::first_chunk_mut) {
        *to = numbers;
    }
}

/// What is multiplied with planes, row by row, and where the sums of a row begin.
trait Factors: Copy {
    /// Returns where the sums of `R` rows begin, and the factors of these rows for one plane after
    /// the other.
    fn rows<const R: usize>(self, first: usize) -> ([f32; R], impl Iterator<Item = [f32; R]>);
}

/// A matrix and its biases.
#[derive(Clone, Copy)]
struct Rows<'a> {
    weights: &'a [f32],
    biases: &'a [f32],
    terms: usize,
}

impl Factors for Rows<'_> {
    #[inline(always)]
    fn rows<const R: usize>(self, first: usize) -> ([f32; R], impl Iterator<Item = [f32; R]>) {
        let (_, biases) = split(self.biases, first);
        let (_, weights) = split(self.weights, first.saturating_mul(self.terms));
        let rows = cut::<R, _>(weights, self.terms).map(|(rows, _)| rows).unwrap_or([&[]; R]);
        let terms = rows.first().map_or(0, |row| row.len());
        let factors = (0..terms).map(
            #[inline(always)]
            move |term| {
                arrays::map(
                    &rows,
                    0.0,
                    #[inline(always)]
                    |row| row.get(term).copied().unwrap_or(0.0),
                )
            },
        );
        (biases.first_chunk().copied().unwrap_or([0.0; R]), factors)
    }
}

/// The columns of a matrix, as rows.
#[derive(Clone, Copy)]
struct Columns<'a> {
    weights: &'a [f32],
    columns: usize,
}

impl Factors for Columns<'_> {
    #[inline(always)]
    fn rows<const R: usize>(self, first: usize) -> ([f32; R], impl Iterator<Item = [f32; R]>) {
        ([0.0; R], at_each(self.weights, first, self.columns).copied())
    }
}

/// Returns `C` numbers from a place on in each run of this length.
#[inline(always)]
fn at_each<T, const C: usize>(
    numbers: &[T],
    at: usize,
    len: usize,
) -> impl Iterator<Item = &[T; C]> {
    let mut rest = numbers;
    core::iter::from_fn(move || {
        let (run, others) = rest.split_at_checked(len)?;
        rest = others;
        run.get(at..)?.first_chunk()
    })
}

/// Writes the sums for each row: tiles of all rows under the same columns one after another.
#[inline(always)]
fn product<V: Lanes>(factors: impl Factors, rows: usize, x: &[V], len: usize, y: &mut [V]) {
    let mut column = 0_usize;
    with_columns!(V, C => while len.wrapping_sub(column) >= C {
        columns::<V, C>(factors, rows, x, [column, len], y);
        column = column.wrapping_add(C);
    });
    while column < len {
        columns::<V, 1>(factors, rows, x, [column, len], y);
        column = column.wrapping_add(1);
    }
}

/// Writes `C` sums for each row.
#[inline(always)]
fn columns<V: Lanes, const C: usize>(
    factors: impl Factors,
    rows: usize,
    x: &[V],
    [column, len]: [usize; 2],
    y: &mut [V],
) {
    let mut row = 0_usize;
    let mut outputs = y.runs_mut(len);
    while rows.wrapping_sub(row) >= ROWS {
        let tile = tile::<V, ROWS, C>(factors.rows(row), at_each(x, column, len));
        for (sums, output) in tile.into_iter().zip(&mut outputs) {
            put(sums, column, output);
        }
        row = row.wrapping_add(ROWS);
    }
    while row < rows {
        let [sums] = tile::<V, 1, C>(factors.rows(row), at_each(x, column, len));
        if let Some(output) = outputs.next() {
            put(sums, column, output);
        }
        row = row.wrapping_add(1);
    }
}

/// Returns the sums of `R` rows and `C` columns.
#[inline(always)]
fn tile<'x, V: Lanes, const R: usize, const C: usize>(
    (start, factors): ([f32; R], impl Iterator<Item = [f32; R]>),
    planes: impl Iterator<Item = &'x [V; C]>,
) -> [[V; C]; R] {
    let mut sums = [[V::ZERO; C]; R];
    for (sums, start) in sums.iter_mut().zip(start) {
        *sums = [V::splat(start); C];
    }
    for (factors, numbers) in factors.zip(planes) {
        for (sums, factor) in sums.iter_mut().zip(factors) {
            let factor = V::splat(factor);
            for (sum, &number) in sums.iter_mut().zip(numbers) {
                *sum = factor.mul_add(number, *sum);
            }
        }
    }
    sums
}

/// Returns the sums of the products of each row with each column, number by number.
#[inline(always)]
fn products<V: Lanes, const R: usize, const C: usize>(
    rows: [&[V]; R],
    columns: [&[V]; C],
) -> [[V; C]; R] {
    let mut sums = [[V::ZERO; C]; R];
    let len = rows.first().map_or(0, |row| row.len());
    for at in 0..len {
        let numbers = arrays::map(
            &columns,
            V::ZERO,
            #[inline(always)]
            |column| column.get(at).copied().unwrap_or(V::ZERO),
        );
        for (sums, row) in sums.iter_mut().zip(rows) {
            let factor = row.get(at).copied().unwrap_or(V::ZERO);
            for (sum, number) in sums.iter_mut().zip(numbers) {
                *sum = factor.mul_add(number, *sum);
            }
        }
    }
    sums
}
