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
use trimpot::lanes::{Lanes, Native, RowMajor, TILE};
use trimpot::layer::{GradientSink, add_input_gradient, add_input_gradient_slices};

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
        /// Where the inputs begin, in [squares](Square).
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

/// The numbers of a value.
pub(crate) type Values = [f32; Native::LANES];

/// Inputs of a block of samples: in each row those of a sample, as many as there are lanes.
pub(crate) type Square = [Values; Native::LANES];

/// The sum of some numbers, and that of their squares, of the sample in each lane.
pub(crate) type Sums = [[f64; Native::LANES]; 2];

/// What a backward pass leaves behind: all that the gradient of the parameters is made of.
#[derive(Debug)]
pub struct Tape {
    entries: Vec<Entry>,
    /// Values, each of which is in one line of the cache.
    values: AVec<Values>,
    /// How many of them are in use.
    used: usize,
    /// Buffer for the input of the network, a sample in each lane.
    pub(crate) buffer: Vec<Native>,
    /// The values of a pass, of a network that is a type or one that halts between layers.
    pub(crate) arena: Vec<Native>,
    /// Those of each channel of a batch normalisation.
    pub(crate) sums: Vec<Sums>,
}

impl Default for Tape {
    fn default() -> Self {
        Tape {
            entries: Vec::new(),
            values: avec![],
            used: 0,
            buffer: Vec::new(),
            arena: Vec::new(),
            sums: Vec::new(),
        }
    }
}

impl Tape {
    /// Begins again.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.used = 0;
    }

    /// Returns all entries, in the order in which they came.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the values from `start` on.
    pub(crate) fn values(&self, start: usize) -> &[Values] {
        &self.values[start..self.used]
    }

    /// Notes the input of the network, which has a sample in each lane; `row` gives the sample of a
    /// lane.
    ///
    /// Where the first layer is a matrix, these are its inputs, and need not be transposed again.
    pub(crate) fn input<'a>(&mut self, columns: usize, row: impl Fn(usize) -> &'a [f32]) {
        let squares = self.next_squares(columns);
        for lane in 0..Native::LANES {
            let (whole, last) = row(lane).as_chunks();
            let mut places = squares.iter_mut().map(|square| &mut square[lane]);
            for (numbers, place) in whole.iter().zip(places.by_ref()) {
                *place = *numbers;
            }
            if let Some(place) = places.next() {
                let (numbers, others) = place.split_at_mut(last.len());
                numbers.copy_from_slice(last);
                others.fill(0.0);
            }
        }
    }

    /// Notes the input of the network from these lanes, as [`input`](Self::input) does from rows.
    pub(crate) fn input_of_lanes(&mut self, lanes: &[Native]) {
        transpose(lanes, self.next_squares(lanes.len()));
    }

    /// Notes the output gradients of the matrix that begins with parameter `at`, and its inputs,
    /// unless these are those of the network.
    fn matrix(&mut self, at: usize, output_gradient: &[Native], input: Input) {
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
    fn run(&mut self, at: usize, gradient: &[Native]) {
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
    fn next(&mut self, count: usize) -> &mut [Values] {
        let start = self.used;
        self.used += count;
        if self.values.len() < self.used {
            self.values.resize(self.used, [0.0; Native::LANES]);
        }
        &mut self.values[start..self.used]
    }

    /// [`next`](Self::next), for the inputs of so many columns.
    fn next_squares(&mut self, columns: usize) -> &mut [Square] {
        self.next(columns.next_multiple_of(Native::LANES)).as_chunks_mut().0
    }
}

/// The inputs of a matrix.
#[derive(Clone, Copy, Debug)]
enum Input<'a> {
    /// Those of the network, which are on the tape.
    OfNetwork {
        /// How many.
        columns: usize,
    },
    /// Others.
    OfLayer(&'a [Native]),
}

/// Writes values with a sample in each lane as they are.
fn write(values: &[Native], places: &mut [Values]) {
    for (place, value) in places.iter_mut().zip(values) {
        *place = value.to_array();
    }
}

/// Transposes values with a sample in each lane to one row a sample, with zeros behind the last
/// columns.
fn transpose(values: &[Native], squares: &mut [Square]) {
    let (whole, last) = values.as_chunks::<{ Native::LANES }>();
    let mut squares = squares.iter_mut();
    for (values, square) in whole.iter().zip(squares.by_ref()) {
        write_columns(values, square);
    }
    if let Some(square) = squares.next() {
        *square = [[0.0; _]; _];
        write_columns(last, square);
    }
}

/// Writes the first columns of a square.
#[inline(always)]
fn write_columns(columns: &[Native], square: &mut Square) {
    let (tiles, _) = columns.as_chunks();
    for (tile, from) in tiles.iter().zip((0..).step_by(TILE)) {
        Native::write_tile(tile, |lane, neighbours| {
            square[lane][from..][..TILE].copy_from_slice(&neighbours);
        });
    }
    for (column, value) in columns.iter().enumerate().skip(tiles.len() * TILE) {
        for (row, &number) in square.iter_mut().zip(value.to_array().as_ref()) {
            row[column] = number;
        }
    }
}

/// Notes on a tape what the gradient is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TapeSink<'a, 't> {
    parameters: &'a [f32],
    at: usize,
    input: &'a [Native],
    tape: &'a RefCell<&'t mut Tape>,
}

impl<'a, 't> TapeSink<'a, 't> {
    /// Of all parameters of a network, with its input, which is on the tape.
    pub(crate) fn new(
        parameters: &'a [f32],
        input: &'a [Native],
        tape: &'a RefCell<&'t mut Tape>,
    ) -> Self {
        TapeSink { parameters, at: 0, input, tape }
    }

    /// Notes the gradient of the matrix that the parameters begin with.
    fn matrix(&self, output_gradient: &[Native], input: &[Native]) {
        let recorded = if std::ptr::eq(self.input, input) {
            Input::OfNetwork { columns: input.len() }
        } else {
            Input::OfLayer(input)
        };
        self.tape.borrow_mut().matrix(self.at, output_gradient, recorded);
    }
}

impl GradientSink<Native> for TapeSink<'_, '_> {
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

    #[inline]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[Native; O],
        input: &[Native; I],
        input_gradient: Option<&mut [Native; I]>,
    ) {
        self.matrix(output_gradient, input);
        if let Some(input_gradient) = input_gradient {
            add_input_gradient(self.parameters.as_chunks().0, output_gradient, input_gradient);
        }
    }

    #[inline]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[Native],
        input: &[Native],
        input_gradient: Option<&mut [Native]>,
    ) {
        self.matrix(output_gradient, input);
        if let Some(input_gradient) = input_gradient {
            add_input_gradient_slices(self.parameters, output_gradient, input_gradient);
        }
    }

    #[inline]
    fn add(&mut self, at: usize, gradient: &[Native]) {
        self.tape.borrow_mut().run(self.at + at, gradient);
    }
}
