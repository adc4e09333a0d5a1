//! The memory of a tuner, and how it is divided.

use core::mem;

use crate::format::Format;
use crate::replay::Recent;
use crate::samples::{FeatureRange, Samples};
use crate::task::Word;
use crate::{Error, Sizes};

/// Memory for a [`Tuner`](crate::Tuner): numbers, and bytes.
///
/// What they are for, the tuner knows: how many of them it needs, [`Sizes`] says.
pub trait Storage {
    /// Returns all numbers and all bytes.
    fn parts(&self) -> (&[f32], &[u8]);
    /// [`parts`](Self::parts), to be changed.
    fn parts_mut(&mut self) -> (&mut [f32], &mut [u8]);
}

/// `VALUES` numbers and `BYTES` bytes: those of [`Sizes`]. All zero before the start, so that a
/// `static` takes no flash memory.
#[derive(Clone, Debug)]
pub struct Memory<const VALUES: usize, const BYTES: usize> {
    values: [f32; VALUES],
    bytes: [u8; BYTES],
}

impl<const VALUES: usize, const BYTES: usize> Memory<VALUES, BYTES> {
    /// Creates memory that is all zero.
    pub const fn new() -> Self {
        Memory { values: [0.0; VALUES], bytes: [0; BYTES] }
    }
}

impl<const VALUES: usize, const BYTES: usize> Default for Memory<VALUES, BYTES> {
    fn default() -> Self {
        Memory::new()
    }
}

impl<const VALUES: usize, const BYTES: usize> Storage for Memory<VALUES, BYTES> {
    fn parts(&self) -> (&[f32], &[u8]) {
        (&self.values, &self.bytes)
    }

    fn parts_mut(&mut self) -> (&mut [f32], &mut [u8]) {
        (&mut self.values, &mut self.bytes)
    }
}

impl<S: Storage + ?Sized> Storage for &mut S {
    fn parts(&self) -> (&[f32], &[u8]) {
        (**self).parts()
    }

    fn parts_mut(&mut self) -> (&mut [f32], &mut [u8]) {
        (**self).parts_mut()
    }
}

/// The parts of the memory, for one call.
pub struct Cut<'m> {
    pub parameters: &'m mut [f32],
    /// What the task has learned beside the parameters.
    pub state: &'m mut [f32],
    pub factory: FactorySamples<'m>,
    pub recent: Recent<'m>,
    /// What training remembers.
    pub training: &'m mut [f32],
    /// The sample that is being learned, as it is kept: features or a latent, then the numbers of
    /// its target.
    pub learning: &'m mut [f32],
    /// What is counted of evaluated samples.
    pub words: &'m mut [Word],
    pub scratch: Scratch<'m>,
}

/// What the factory knows of the data.
pub struct FactorySamples<'m> {
    /// The range of features.
    pub range: FeatureRange<'m>,
    /// What the bytes of samples are.
    pub format: Format,
    /// Samples that are replayed.
    pub pinned: Samples<'m>,
    /// Samples that are never learned, and judge commits.
    pub held_out: Samples<'m>,
}

/// Samples that the factory gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Pinned,
    HeldOut,
}

impl FactorySamples<'_> {
    /// Adds a sample, as it is kept, to one part. Returns how many there are.
    ///
    /// # Errors
    /// [`Error::Full`].
    pub fn add(&mut self, part: Part, sample: &[f32], group: usize) -> Result<u32, Error> {
        let samples = match part {
            Part::Pinned => &mut self.pinned,
            Part::HeldOut => &mut self.held_out,
        };
        samples.add(&self.range, self.format, sample, group)?;
        Ok(samples.len() as u32)
    }

    /// Writes the sample that these bytes stand for.
    pub fn decode(&self, bytes: &[u8], sample: &mut [f32]) {
        self.format.decode(&self.range, bytes, sample);
    }

    /// Returns whether there are no samples, neither pinned nor held out.
    pub fn is_empty(&self) -> bool {
        self.pinned.len() == 0 && self.held_out.len() == 0
    }

    /// Forgets all of it.
    pub fn clear(&mut self) {
        self.range.clear();
        self.pinned.clear();
        self.held_out.clear();
    }
}

/// What a call needs while it lasts: it holds anything before.
pub struct Scratch<'m> {
    /// The values of a pass through the network.
    pub arena: &'m mut [f32],
    /// The sample that a call is about: features, then the numbers of its target.
    pub sample: &'m mut [f32],
    /// That sample, or one that is replayed or judges, as it is kept: a latent, then the numbers of
    /// its target. Empty, if features are: then it is in place of the other.
    pub latent: &'m mut [f32],
    /// What a network outputs that knows nothing, and a gradient with respect to outputs.
    pub outputs: [&'m mut [f32]; 2],
    /// Scores of samples.
    pub scores: &'m mut [f32],
}

/// Returns the sample as it is kept: the latent, if there is one.
pub fn kept<'r>(sample: &'r mut [f32], latent: &'r mut [f32]) -> &'r mut [f32] {
    if latent.is_empty() { sample } else { latent }
}

impl Sizes {
    /// Divides the memory. A part that does not fit is empty: a tuner is made only if all fit.
    // Inlined, each method of a tuner would have all of this.
    #[inline(never)]
    pub(crate) fn cut<'m>(&self, (values, bytes): (&'m mut [f32], &'m mut [u8])) -> Cut<'m> {
        let &Sizes { inputs, outputs, parameters, training, arena, pinned, recent, .. } = self;
        let (groups, row) = (self.groups(), self.row());
        let (mut values, mut bytes) = (values, bytes);
        let parameters = take(&mut values, parameters);
        let state = take(&mut values, self.state());
        let (low, high) = (take(&mut values, inputs), take(&mut values, inputs));
        let (training, learning) = (take(&mut values, training), take(&mut values, row));
        let arena = take(&mut values, arena);
        let sample = take(&mut values, self.sample());
        let latent = take(&mut values, if self.latents.is_some() { row } else { 0 });
        let outputs = [take(&mut values, outputs), take(&mut values, outputs)];
        let scores = take(&mut values, self.scores());
        let widened = take(&mut bytes, size_of::<u32>());
        let (counts, fresh) = (take(&mut bytes, groups), take(&mut bytes, groups));
        let words = take(&mut bytes, self.words().saturating_mul(size_of::<Word>()));
        let (format, stride) = (self.recent_format(), self.recent_row_bytes());
        let learned = groups.saturating_mul(recent).saturating_mul(stride);
        let learned = take(&mut bytes, learned);
        let recent = Recent { bytes: learned, format, counts, fresh, stride, capacity: recent };
        let stride = self.row_bytes();
        let samples = groups.saturating_mul(pinned).saturating_mul(stride);
        let mut samples = || {
            let counts = take(&mut bytes, groups);
            Samples { counts, bytes: take(&mut bytes, samples), stride, capacity: pinned }
        };
        Cut {
            parameters,
            state,
            factory: FactorySamples {
                range: FeatureRange { low, high, widened },
                format: self.format(),
                pinned: samples(),
                held_out: samples(),
            },
            recent,
            training,
            learning,
            words: words.as_chunks_mut().0,
            scratch: Scratch { arena, sample, latent, outputs, scores },
        }
    }
}

/// Copies what fits. (`copy_from_slice` panics where lengths differ.)
pub fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Takes the first `count` elements; none, if there are fewer.
fn take<'m, T>(rest: &mut &'m mut [T], count: usize) -> &'m mut [T] {
    match mem::take(rest).split_at_mut_checked(count) {
        Some((first, others)) => {
            *rest = others;
            first
        }
        None => &mut [],
    }
}
