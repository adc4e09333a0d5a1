//! The blocks of a batch: as many samples as there are lanes, each with its tape.

use std::cell::RefCell;

use rayon::prelude::*;
use trimpot::lanes::{Lanes, Native};

use super::gradient::Batch;
use super::tape::Tape;
use super::trainable::Totals;

/// The blocks of a batch: as many samples as there are lanes, each with what a pass leaves behind.
#[derive(Debug)]
pub struct Blocks<'a> {
    pub(super) samples: &'a [usize],
    pub(super) tapes: &'a mut [Tape],
    pub(super) totals: &'a mut [Totals],
    /// Whether several threads are worth it.
    pub(super) threads: bool,
}

impl Blocks<'_> {
    /// Runs each block forward and backward by itself, on a tape that is empty.
    pub(crate) fn pass(&mut self, pass: impl Fn(&[usize], &RefCell<&mut Tape>) -> Totals + Sync) {
        self.for_each(|samples, tape, totals| {
            tape.clear();
            *totals = pass(samples, &RefCell::new(tape));
        });
    }

    /// Does something with each block: with its samples, its tape, and what its samples' losses are
    /// noted in.
    pub(crate) fn for_each(&mut self, work: impl Fn(&[usize], &mut Tape, &mut Totals) + Sync) {
        let work = |((tape, totals), samples): ((&mut Tape, &mut Totals), &[usize])| {
            work(samples, tape, totals);
        };
        if self.threads {
            let places = self.tapes.par_iter_mut().zip(&mut *self.totals);
            places.zip(self.samples.par_chunks(Native::LANES)).for_each(work);
        } else {
            let places = self.tapes.iter_mut().zip(&mut *self.totals);
            places.zip(self.samples.chunks(Native::LANES)).for_each(work);
        }
    }

    /// Returns the tapes, for what is the gradient of the batch.
    pub(crate) fn batch(&self) -> Batch<'_> {
        Batch { tapes: self.tapes, samples: self.samples.len() }
    }
}
