//! What the backward pass of a block leaves behind: all that the gradient of the parameters is made
//! of.
//!
//! A matrix's gradient is a sum over samples of products of output gradients and inputs, so these
//! are what is stored; the products are made when all samples are there, one register of the sum at
//! a time, instead of going to memory and back with every sample.
//!
//! Inputs are stored in squares: of as many columns as there are lanes, a row for each sample. So
//! what a tile of the gradient takes of a block is in one place, whatever the number of columns.

use std::cell::RefCell;

use aligned_vec::{AVec, avec};
use trimpot::lanes::{RowMajor, TILE};
use trimpot::layer::{GradientSink, add_input_gradient, add_input_gradient_slices};

use super::trainable::Judged;

/// A run of parameters, and what its gradient is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The first parameter.
    pub at: usize,
    /// Where its values begin.
    pub start: usize,
    /// What these are.
    pub kind: Kind,
}

/// What the values of an entry are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a matrix, the output gradients: a value for each row, with a sample in each lane.
    Matrix {
        /// Where the inputs begin, in squares.
        inputs: usize,
        /// Rows of the matrix: outputs.
        rows: usize,
        /// Columns of the matrix: inputs.
        columns: usize,
    },
    /// Of `len` parameters, the gradients: a value for each, with a sample in each lane.
    Run {
        /// How many.
        len: usize,
    },
}

impl Entry {
    /// Returns how many parameters it has.
    pub(crate) fn len(&self) -> usize {
        match self.kind {
            Kind::Matrix { rows, columns, .. } => rows * columns,
            Kind::Run { len } => len,
        }
    }
}

/// The sum of some numbers of a sample, and that of their squares.
pub(crate) type Sums = [f64; 2];

/// What the passes of a block leave behind: all that the gradient of the parameters is made of, and
/// how its samples went.
#[derive(Debug)]
pub struct Tape<V> {
    entries: Vec<Entry>,
    /// Values, each of which is as many numbers as there are lanes, and in one line of the cache.
    numbers: AVec<f32>,
    /// How many values are in use.
    used: usize,
    /// Of a pass that halts between layers: the input of the network, a sample in each lane.
    pub(crate) input: Vec<V>,
    /// The values of such a pass.
    pub(crate) arena: Vec<V>,
    /// Of each channel of a batch normalisation, those of the sample in each lane.
    pub(crate) sums: Vec<Sums>,
    /// The loss of each sample.
    pub(crate) losses: Vec<f32>,
    /// How many predictions were correct; `None` without classes.
    pub(crate) correct: Option<u32>,
}

impl<V> Default for Tape<V> {
    fn default() -> Self {
        Tape {
            entries: Vec::new(),
            numbers: avec![],
            used: 0,
            input: Vec::new(),
            arena: Vec::new(),
            sums: Vec::new(),
            losses: Vec::new(),
            correct: None,
        }
    }
}

impl<V: RowMajor> Tape<V> {
    /// Begins again.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.used = 0;
    }

    /// Notes how the samples went, which are in the first lanes.
    #[inline(always)]
    pub(crate) fn judge(&mut self, judged: Judged<V>, samples: usize) {
        self.losses.clear();
        self.losses.extend_from_slice(&judged.losses.to_array().as_ref()[..samples]);
        self.correct = judged.correct;
    }

    /// Returns all entries, in the order in which they came.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the values from `start` on.
    #[inline(always)]
    pub(crate) fn values(&self, start: usize) -> &[V::Array] {
        V::chunks(&self.numbers[start * V::LANES..self.used * V::LANES]).0
    }

    /// Notes the input of the network, which has a sample in each lane; `row` gives the sample of a
    /// lane.
    ///
    /// Where the first layer is a matrix, these are its inputs, and need not be transposed again.
    #[inline(always)]
    pub(crate) fn input<'a>(&mut self, columns: usize, row: impl Fn(usize) -> &'a [f32]) {
        let squares = self.next_squares(columns);
        for lane in 0..V::LANES {
            let (whole, last) = V::chunks(row(lane));
            let mut places = squares.iter_mut().skip(lane).step_by(V::LANES);
            for (numbers, place) in whole.iter().zip(places.by_ref()) {
                *place = *numbers;
            }
            if let Some(place) = places.next() {
                let (numbers, others) = place.as_mut().split_at_mut(last.len());
                numbers.copy_from_slice(last);
                others.fill(0.0);
            }
        }
    }

    /// Notes the input of the network from these lanes, as [`input`](Self::input) does from rows.
    #[inline(always)]
    pub(crate) fn input_of_lanes(&mut self, lanes: &[V]) {
        transpose(lanes, self.next_squares(lanes.len()));
    }

    /// Notes the output gradients of the matrix that begins with parameter `at`, and its inputs,
    /// unless these are those of the network.
    #[inline(always)]
    fn matrix(&mut self, at: usize, output_gradient: &[V], input: Input<V>) {
        let rows = output_gradient.len();
        let (inputs, columns) = match input {
            Input::OfNetwork { columns } => (0, columns),
            Input::OfLayer(input) => {
                let inputs = self.used;
                transpose(input, self.next_squares(input.len()));
                (inputs, input.len())
            }
        };
        let start = self.used;
        self.entries.push(Entry { at, start, kind: Kind::Matrix { inputs, rows, columns } });
        write(output_gradient, self.next(rows));
    }

    /// Notes the gradients of the parameters from `at` on.
    #[inline(always)]
    fn run(&mut self, at: usize, gradient: &[V]) {
        let added = gradient.len();
        match self.entries.last_mut() {
            Some(Entry { at: first, kind: Kind::Run { len }, .. }) if *first + *len == at => {
                *len += added;
            }
            _ => {
                let kind = Kind::Run { len: added };
                self.entries.push(Entry { at, start: self.used, kind });
            }
        }
        write(gradient, self.next(added));
    }

    /// Returns the next `count` values, to be written. Those of the step before are still there.
    #[inline(always)]
    fn next(&mut self, count: usize) -> &mut [V::Array] {
        let start = self.used * V::LANES;
        self.used += count;
        let end = self.used * V::LANES;
        if self.numbers.len() < end {
            self.numbers.resize(end, 0.0);
        }
        V::chunks_mut(&mut self.numbers[start..end]).0
    }

    /// [`next`](Self::next), for the inputs of so many columns: squares of values, in each row
    /// those of a sample, as many as there are lanes.
    #[inline(always)]
    fn next_squares(&mut self, columns: usize) -> &mut [V::Array] {
        self.next(columns.next_multiple_of(V::LANES))
    }
}

/// The inputs of a matrix.
#[derive(Clone, Copy, Debug)]
enum Input<'a, V> {
    /// Those of the network, which are on the tape.
    OfNetwork {
        /// How many.
        columns: usize,
    },
    /// Others.
    OfLayer(&'a [V]),
}

/// Writes values with a sample in each lane as they are.
#[inline(always)]
fn write<V: RowMajor>(values: &[V], places: &mut [V::Array]) {
    for (place, value) in places.iter_mut().zip(values) {
        *place = value.to_array();
    }
}

/// Transposes values with a sample in each lane to one row a sample, with zeros behind the last
/// columns.
#[inline(always)]
fn transpose<V: RowMajor>(values: &[V], squares: &mut [V::Array]) {
    let values = values.chunks_exact(V::LANES);
    let last = values.remainder();
    let mut squares = squares.chunks_exact_mut(V::LANES);
    for (values, square) in values.zip(squares.by_ref()) {
        write_columns(values, square);
    }
    if let Some(square) = squares.next() {
        square.fill(V::ZERO.to_array());
        write_columns(last, square);
    }
}

/// Writes the first columns of a square.
#[inline(always)]
fn write_columns<V: RowMajor>(columns: &[V], square: &mut [V::Array]) {
    let (tiles, _) = columns.as_chunks();
    for (tile, from) in tiles.iter().zip((0..).step_by(TILE)) {
        V::write_tile(
            tile,
            #[inline(always)]
            |lane, neighbours| {
                square[lane].as_mut()[from..][..TILE].copy_from_slice(&neighbours);
            },
        );
    }
    for (column, value) in columns.iter().enumerate().skip(tiles.len() * TILE) {
        for (row, &number) in square.iter_mut().zip(value.to_array().as_ref()) {
            row.as_mut()[column] = number;
        }
    }
}

/// Notes on a tape what the gradient is made of.
#[derive(Debug)]
pub(crate) struct TapeSink<'a, 't, V> {
    parameters: &'a [f32],
    at: usize,
    input: &'a [V],
    tape: &'a RefCell<&'t mut Tape<V>>,
}

impl<V> Clone for TapeSink<'_, '_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for TapeSink<'_, '_, V> {}

impl<'a, 't, V: RowMajor> TapeSink<'a, 't, V> {
    /// Of all parameters of a network, with its input, which is on the tape.
    pub(crate) fn new(
        parameters: &'a [f32],
        input: &'a [V],
        tape: &'a RefCell<&'t mut Tape<V>>,
    ) -> Self {
        TapeSink { parameters, at: 0, input, tape }
    }

    /// Notes the gradient of the matrix that the parameters begin with. A function of its own: one
    /// for all sizes.
    fn matrix(&self, output_gradient: &[V], input: &[V]) {
        let recorded = if std::ptr::eq(self.input, input) {
            Input::OfNetwork { columns: input.len() }
        } else {
            Input::OfLayer(input)
        };
        let mut tape = self.tape.borrow_mut();
        V::vectorize(
            &mut **tape,
            #[inline(always)]
            |tape| tape.matrix(self.at, output_gradient, recorded),
        );
    }
}

impl<V: RowMajor> GradientSink<V> for TapeSink<'_, '_, V> {
    #[inline(always)]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = self.parameters.split_at(at.min(self.parameters.len()));
        let rest = TapeSink { parameters: second, at: self.at + first.len(), ..self };
        (TapeSink { parameters: first, ..self }, rest)
    }

    #[inline(always)]
    fn parameters(&self) -> &[f32] {
        self.parameters
    }

    #[inline(always)]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[V; O],
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
    ) {
        self.matrix(output_gradient, input);
        if let Some(input_gradient) = input_gradient {
            add_input_gradient(self.parameters.as_chunks().0, output_gradient, input_gradient);
        }
    }

    #[inline(always)]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[V],
        input: &[V],
        input_gradient: Option<&mut [V]>,
    ) {
        self.matrix(output_gradient, input);
        if let Some(input_gradient) = input_gradient {
            add_input_gradient_slices(self.parameters, output_gradient, input_gradient);
        }
    }

    fn add(&mut self, at: usize, gradient: &[V]) {
        let mut tape = self.tape.borrow_mut();
        V::vectorize(
            &mut **tape,
            #[inline(always)]
            |tape| tape.run(self.at + at, gradient),
        );
    }
}
