//! The blocks of a batch: as many samples as there are lanes, each with its tape.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use trimpot::lanes::RowMajor;

use super::gradient::Batch;
use super::tape::Tape;
use super::trainable::Totals;
use crate::dyn_network::Scratch;

/// The memory of the pass of a block, to be used again by that of another one.
#[derive(Debug)]
pub(crate) struct Memory<V> {
    /// Features and values.
    pub scratch: Scratch<V>,
    /// The targets of the samples.
    pub targets: Vec<V>,
    /// The gradient of the outputs, where no pass has it.
    pub gradient: Vec<V>,
}

impl<V> Default for Memory<V> {
    fn default() -> Self {
        Memory { scratch: Scratch::default(), targets: Vec::new(), gradient: Vec::new() }
    }
}

/// Memory that is not in use: as much as there were threads at the same time.
#[derive(Debug)]
pub(super) struct Memories<V>(Mutex<Vec<Memory<V>>>);

impl<V> Default for Memories<V> {
    fn default() -> Self {
        Memories(Mutex::default())
    }
}

impl<V> Memories<V> {
    /// Does something with memory that nobody else uses meanwhile.
    #[inline(always)]
    fn with(&self, work: impl FnOnce(&mut Memory<V>)) {
        let mut memory = self.unused().pop().unwrap_or_default();
        work(&mut memory);
        self.unused().push(memory);
    }

    fn unused(&self) -> MutexGuard<'_, Vec<Memory<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The blocks of a batch: as many samples as there are lanes, each with what a pass leaves behind.
#[derive(Debug)]
pub struct Blocks<'a, V> {
    pub(super) samples: &'a [usize],
    pub(super) tapes: &'a mut [Tape<V>],
    pub(super) totals: &'a mut [Totals],
    pub(super) memories: &'a Memories<V>,
    /// Whether several threads are worth it.
    pub(super) threads: bool,
}

impl<V: RowMajor> Blocks<'_, V> {
    /// Runs each block forward and backward by itself, on a tape that is empty.
    #[inline(always)]
    pub(crate) fn pass(
        &mut self,
        pass: impl Fn(&[usize], &RefCell<&mut Tape<V>>, &mut Memory<V>) -> Totals + Sync,
    ) {
        self.for_each(
            #[inline(always)]
            |samples, tape, memory, totals| {
                tape.clear();
                *totals = pass(samples, &RefCell::new(tape), memory);
            },
        );
    }

    /// Does something with each block: with its samples, its tape, memory, and what its samples'
    /// losses are noted in. What works on lanes is to be `#[inline(always)]`.
    pub(crate) fn for_each(
        &mut self,
        work: impl Fn(&[usize], &mut Tape<V>, &mut Memory<V>, &mut Totals) + Sync,
    ) {
        let memories = self.memories;
        let work = |((tape, totals), samples): ((&mut Tape<V>, &mut Totals), &[usize])| {
            memories.with(|memory| {
                V::vectorize(
                    #[inline(always)]
                    || work(samples, tape, memory, totals),
                );
            });
        };
        if self.threads {
            let places = self.tapes.par_iter_mut().zip(&mut *self.totals);
            places.zip(self.samples.par_chunks(V::LANES)).for_each(work);
        } else {
            let places = self.tapes.iter_mut().zip(&mut *self.totals);
            places.zip(self.samples.chunks(V::LANES)).for_each(work);
        }
    }

    /// Returns the tapes, for what is the gradient of the batch.
    pub(crate) fn batch(&self) -> Batch<'_, V> {
        Batch { tapes: self.tapes, samples: self.samples.len() }
    }
}
