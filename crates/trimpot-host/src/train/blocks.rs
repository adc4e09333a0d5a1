//! The blocks of a batch: as many samples as there are lanes, each with its tape.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use trimpot::lanes::RowMajor;

use super::gradient::Batch;
use super::tape::Tape;
use super::trainable::Judged;
use crate::block::MOST_LANES;
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
    fn lend(&self) -> Lent<'_, V> {
        Lent { memory: self.unused().pop().unwrap_or_default(), from: self }
    }

    fn unused(&self) -> MutexGuard<'_, Vec<Memory<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Memory that nobody else uses meanwhile. When this is dropped, it goes back.
struct Lent<'m, V> {
    memory: Memory<V>,
    from: &'m Memories<V>,
}

impl<V> Drop for Lent<'_, V> {
    fn drop(&mut self) {
        self.from.unused().push(std::mem::take(&mut self.memory));
    }
}

/// The blocks of a batch: as many samples as there are lanes, each with what a pass leaves behind.
#[derive(Debug)]
pub struct Blocks<'a, V> {
    pub(super) samples: &'a [usize],
    pub(super) tapes: &'a mut [Tape<V>],
    pub(super) memories: &'a Memories<V>,
    /// Whether several threads are worth it.
    pub(super) threads: bool,
}

impl<V: RowMajor> Blocks<'_, V> {
    /// Runs each block forward and backward by itself, on a tape that is empty.
    #[inline(always)]
    pub(crate) fn pass(
        &mut self,
        pass: impl Fn(&[usize], &RefCell<&mut Tape<V>>, &mut Memory<V>) -> Judged<V> + Sync,
    ) {
        self.for_each_with_memory(
            #[inline(always)]
            |samples, tape, memory| {
                tape.clear();
                let judged = pass(samples, &RefCell::new(&mut *tape), memory);
                tape.judge(judged, samples.len());
            },
        );
    }

    /// Does something with the samples and the tape of each block. What works on lanes is to be
    /// `#[inline(always)]`.
    pub(crate) fn for_each(&mut self, work: impl Fn(&[usize], &mut Tape<V>) + Sync) {
        self.run(
            || (),
            #[inline(always)]
            |samples, tape, ()| work(samples, tape),
        );
    }

    /// As [`for_each`](Self::for_each), with memory.
    pub(crate) fn for_each_with_memory(
        &mut self,
        work: impl Fn(&[usize], &mut Tape<V>, &mut Memory<V>) + Sync,
    ) {
        let memories = self.memories;
        self.run(
            || memories.lend(),
            #[inline(always)]
            |samples, tape, lent| work(samples, tape, &mut lent.memory),
        );
    }

    /// Does something with each block. What `lend` gives serves one block after another.
    fn run<M>(
        &mut self,
        lend: impl Fn() -> M + Sync,
        work: impl Fn(&[usize], &mut Tape<V>, &mut M) + Sync,
    ) {
        const { assert!(V::LANES <= MOST_LANES) }
        let work = |lent: &mut M, (tape, samples): (&mut Tape<V>, &[usize])| {
            V::vectorize(
                tape,
                #[inline(always)]
                |tape| work(samples, tape, lent),
            );
        };
        if self.threads {
            let blocks = self.tapes.par_iter_mut().zip(self.samples.par_chunks(V::LANES));
            blocks.for_each_init(&lend, work);
        } else {
            let mut lent = lend();
            let blocks = self.tapes.iter_mut().zip(self.samples.chunks(V::LANES));
            blocks.for_each(|block| work(&mut lent, block));
        }
    }

    /// Returns the tapes, for what is the gradient of the batch.
    pub(crate) fn batch(&self) -> Batch<'_, V> {
        Batch { tapes: self.tapes, samples: self.samples.len() }
    }
}
