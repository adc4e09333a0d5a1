//! What the backward pass of a block leaves behind: all that the gradient of the parameters is made
//! of.
//!
//! A matrix's gradient is a sum over samples of products of output gradients and inputs, so these
//! are what is stored; the products are made when all samples are there, one register of the sum at
//! a time, instead of going to memory and back with every sample.

use std::cell::RefCell;

use aligned_vec::{AVec, avec};
use trimpot::lanes::{Lanes, Native, RowMajor, TILE};
use trimpot::layer::{GradientSink, add_input_gradient, add_input_gradient_slices};

/// A run of parameters, and what its gradient is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The first parameter.
    pub at: usize,
    /// Where the numbers begin.
    pub start: usize,
    /// What they are.
    pub kind: Kind,
}

/// What the numbers of an entry are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a matrix, row by row: the output gradients, those of all samples, row by row.
    Matrix {
        /// Where the inputs begin, `columns` of each sample, sample by sample.
        inputs: usize,
        /// Rows of the matrix: outputs.
        rows: usize,
        /// Columns of the matrix: inputs.
        columns: usize,
    },
    /// Of `len` parameters, the gradients: those of all samples, parameter by parameter.
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

/// The sum of some numbers, and that of their squares, of the sample in each lane.
pub(crate) type Sums = [[f64; Native::LANES]; 2];

/// What a backward pass leaves behind: all that the gradient of the parameters is made of.
#[derive(Debug)]
pub struct Tape {
    entries: Vec<Entry>,
    /// Registers, each of which is in one line of the cache.
    numbers: AVec<f32>,
    /// Numbers in use: whole registers.
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
            numbers: avec![],
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

    /// Returns the numbers from `start` on, and a register more than there is.
    pub(crate) fn numbers(&self, start: usize) -> &[f32] {
        &self.numbers[start..]
    }

    /// Notes the input of the network, which has a sample in each lane; `row` gives the sample of a
    /// lane.
    ///
    /// Where the first layer is a matrix, these are its inputs, and need not be transposed again.
    pub(crate) fn input<'a>(&mut self, columns: usize, row: impl Fn(usize) -> &'a [f32]) {
        let rows = self.next(columns * Native::LANES);
        for (lane, numbers) in rows.chunks_exact_mut(columns).enumerate() {
            numbers.copy_from_slice(row(lane));
        }
    }

    /// Notes the input of the network from these lanes, as [`input`](Self::input) does from rows.
    pub(crate) fn input_of_lanes(&mut self, lanes: &[Native]) {
        write_rows(lanes, self.next(lanes.len() * Native::LANES));
    }

    /// Notes the output gradients of the matrix that begins with parameter `at`, and its inputs,
    /// unless these are those of the network.
    fn matrix(&mut self, at: usize, output_gradient: &[Native], input: Input) {
        let rows = output_gradient.len();
        let (inputs, columns) = match input {
            Input::OfNetwork { columns } => (0, columns),
            Input::OfLayer(input) => {
                let inputs = self.used;
                write_rows(input, self.next(input.len() * Native::LANES));
                (inputs, input.len())
            }
        };
        let start = self.used;
        self.entries.push(Entry { at, start, kind: Kind::Matrix { inputs, rows, columns } });
        write(output_gradient, self.next(rows * Native::LANES));
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
        write(gradient, self.next(added * Native::LANES));
    }

    /// Returns the next `count` numbers, to be written. Those of the step before are still there.
    fn next(&mut self, count: usize) -> &mut [f32] {
        let start = self.used;
        self.used += count;
        // A register more, which may be read with the last numbers.
        let needed = self.used + Native::LANES;
        if self.numbers.len() < needed {
            self.numbers.resize(needed, 0.0);
        }
        &mut self.numbers[start..self.used]
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
fn write(values: &[Native], numbers: &mut [f32]) {
    for (numbers, value) in numbers.as_chunks_mut().0.iter_mut().zip(values) {
        *numbers = value.to_array();
    }
}

/// Transposes values with a sample in each lane to one row a sample.
fn write_rows(values: &[Native], rows: &mut [f32]) {
    let columns = values.len();
    let (tiles, _) = values.as_chunks();
    for (tile, from) in tiles.iter().zip((0..).step_by(TILE)) {
        Native::write_tile(tile, |lane, neighbours| {
            rows[lane * columns + from..][..TILE].copy_from_slice(&neighbours);
        });
    }
    let from = tiles.len() * TILE;
    for (column, value) in values.iter().enumerate().skip(from) {
        for (row, &number) in rows.chunks_exact_mut(columns).zip(value.to_array().as_ref()) {
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
