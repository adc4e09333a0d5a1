//! What a tuner does with its memory.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::ClippedSgdInPlace;
use trimpot::random::{Noise, Random};
use trimpot_link::{Checksum, Origin};

use crate::image::{CommitImage, FactoryImage};
use crate::log::event;
use crate::memory::{Cut, Scratch, copy};
use crate::metrics::Progress;
use crate::results::Learned;
use crate::samples::split;
use crate::store::{Baseline, Store};
use crate::task::{Sample, State};
use crate::{Error, F32s, Metrics, Model, Settings, Sizes, Task, replay};

/// Model, task, store, settings and what changes with every call, beside the memory.
#[derive(Debug)]
pub struct Running<M, T: Task, F> {
    pub model: M,
    pub task: T,
    pub store: Store<F>,
    pub settings: Settings,
    pub sizes: Sizes,
    pub random: Random,
    /// Where the parameters came from at boot.
    pub origin: Origin,
    /// The generation of the parameters in memory when they were last read or stored; 0 for initial
    /// ones.
    pub generation: u32,
    pub progress: Progress,
    /// What is counted of evaluated samples beside words in memory.
    pub counts: T::Counts,
}

impl<M: Model, T: Task, F: NorFlash> Running<M, T, F> {
    /// Returns what the task has learned beside the parameters.
    pub fn state<'s>(&self, numbers: &'s [f32]) -> State<'s> {
        State { numbers, groups: self.task.groups(numbers, self.sizes.groups()) }
    }

    /// Writes the numbers of the sample's target behind its features. Returns its group.
    pub fn place(&self, cut: &mut Cut<'_>, target: T::Target<'_>) -> Result<usize, Error> {
        let values = cut.scratch.sample.get_mut(self.sizes.inputs..).unwrap_or_default();
        self.task.place(self.state(cut.state), target, values)
    }

    /// Predicts what the sample is.
    #[inline(never)]
    pub fn predict<'m>(
        &self,
        parameters: &[f32],
        state: &[f32],
        scratch: Scratch<'m>,
    ) -> T::Prediction<'m> {
        let Scratch { sample, arena, .. } = scratch;
        let (features, _) = split(sample, self.sizes.inputs);
        // All runs have the lengths that the model wants.
        let outputs = self.model.predict(parameters, features, arena).unwrap_or_default();
        self.task.predict(self.state(state), features, outputs)
    }

    /// Predicts what the sample of a group is, and counts how far that is right.
    pub fn evaluate<'m>(&mut self, cut: Cut<'m>, group: usize) -> T::Prediction<'m> {
        let prediction = self.predict(cut.parameters, cut.state, cut.scratch);
        self.task.count(&mut self.counts, cut.words, group, &prediction);
        prediction
    }

    /// Returns how it is going.
    pub fn metrics(&self, cut: &Cut<'_>) -> Metrics<T::Scores> {
        self.progress.metrics(self.task.scores(&self.counts, cut.words))
    }

    /// Counts from 0 again.
    pub fn clear_metrics(&mut self, cut: &mut Cut<'_>) {
        (self.progress, self.counts) = (Progress::default(), T::Counts::default());
        cut.words.fill([0; 4]);
    }

    /// One step on the new sample, then steps on replayed ones; it joins them if all went well.
    #[inline(never)]
    pub fn learn(&mut self, cut: &mut Cut<'_>, group: usize) -> Result<Learned, Error> {
        cut.factory.range.check(cut.scratch.sample, self.settings.margin)?;
        let mut steps = 1_u32;
        let Cut { parameters, state, factory, recent, scratch, .. } = &mut *cut;
        let state = self.state(state);
        let loss = self.step(parameters, state, scratch.sample, group, scratch.arena);
        let mut finite = loss.is_finite();
        for _ in 0..self.settings.replays {
            let other = &mut *scratch.other;
            let drawn = replay::draw(factory, recent, state.groups, &mut self.random, other);
            let Some(group) = drawn else { break };
            if !finite {
                break;
            }
            finite = self.step(parameters, state, other, group, scratch.arena).is_finite();
            steps = steps.saturating_add(1);
        }
        let rolled_back = !finite || check_finite(parameters).is_err();
        if rolled_back {
            self.progress.rolled_back();
            let origin = self.return_to_stored(cut)?;
            event!("diverged, rolled back to {}", origin);
        } else {
            recent.add(scratch.sample, group);
            self.progress.learned(loss);
        }
        Ok(Learned { loss, steps, rolled_back })
    }

    /// One step of gradient descent on a sample, in place. Returns the loss before it.
    #[inline(never)]
    fn step(
        &mut self,
        parameters: &mut [f32],
        state: State<'_>,
        sample: &[f32],
        group: usize,
        arena: &mut [f32],
    ) -> f32 {
        let Settings { learning_rate, clip_norm, .. } = self.settings;
        let noise = Noise::<f32>::new(self.random.next_u32());
        let sink = ClippedSgdInPlace::new(parameters, learning_rate, clip_norm);
        let (features, values) = split(sample, self.sizes.inputs);
        let sample = Sample { features, values, group };
        let loss =
            |outputs: &[f32], gradient: &mut [f32]| self.loss(state, sample, outputs, gradient);
        // All runs have the lengths that the model wants.
        self.model.backpropagate(sink, noise, features, arena, loss).unwrap_or(f32::NAN)
    }

    /// Returns the loss of a sample, and writes its gradient.
    #[inline(never)]
    fn loss(
        &self,
        state: State<'_>,
        sample: Sample<'_>,
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32 {
        self.task.loss(state, sample, outputs, gradient)
    }

    /// Reads the stored parameters, or the next best that can be read; else makes initial ones. At
    /// boot those of a commit come with the samples that are stored with them.
    pub fn restore(&mut self, cut: &mut Cut<'_>, with_samples: bool) -> Origin {
        while let Some((stored, origin)) = self.store.newest() {
            let with_samples = with_samples && origin == Origin::Commit;
            let mut image = CommitImage { sizes: self.sizes, cut: &mut *cut, with_samples };
            match self.store.load(stored, &mut image) {
                Ok(()) => {
                    self.generation = stored.generation();
                    return origin;
                }
                Err(error) => event!("stored parameters are lost: {}", error),
            }
            if with_samples {
                cut.recent.clear();
            }
        }
        self.model.initialize(cut.parameters, &mut Random::new(self.settings.seed));
        self.task.initialize(cut.state);
        self.generation = 0;
        Origin::Blank
    }

    /// Reads all that is stored, at boot: the factory's samples, and the parameters with the
    /// samples that were learned.
    #[inline(never)]
    pub fn boot(&mut self, cut: &mut Cut<'_>) {
        cut.factory.clear();
        cut.recent.clear();
        self.clear_metrics(cut);
        while let Some(factory) = self.store.factory() {
            let mut image = FactoryImage { sizes: self.sizes, cut: &mut *cut };
            if self.store.load(factory, &mut image).is_ok() {
                break;
            }
            cut.factory.clear();
        }
        self.origin = self.restore(cut, self.settings.stores_learned);
    }

    /// Judges the parameters in memory by the held-out samples; by the replayed ones, if there are
    /// none. None if there are no samples at all.
    #[inline(never)]
    pub fn judge(&self, cut: &mut Cut<'_>) -> Option<Verdict> {
        let Cut { parameters, state, factory, recent, scratch, .. } = cut;
        let state = self.state(state);
        let mut judgment = Judgment::new(factory.range.limits());
        for (bytes, group) in factory.held_out.iter() {
            factory.range.decode(bytes, scratch.other);
            self.judge_by(parameters, state, scratch, group, &mut judgment);
        }
        if factory.held_out.len() == 0 {
            for (bytes, group) in factory.pinned.iter() {
                factory.range.decode(bytes, scratch.other);
                self.judge_by(parameters, state, scratch, group, &mut judgment);
            }
            for (sample, group) in recent.iter() {
                copy(sample, scratch.other);
                self.judge_by(parameters, state, scratch, group, &mut judgment);
            }
        }
        judgment.verdict()
    }

    /// Judges by the sample in `scratch.other`.
    #[inline(never)]
    fn judge_by(
        &self,
        parameters: &[f32],
        state: State<'_>,
        scratch: &mut Scratch<'_>,
        group: usize,
        judgment: &mut Judgment,
    ) {
        let [zeros, gradient] = &mut scratch.outputs;
        zeros.fill(0.0);
        let (features, values) = split(scratch.other, self.sizes.inputs);
        let sample = Sample { features, values, group };
        let ignorant = self.loss(state, sample, zeros, gradient);
        // All runs have the lengths that the model wants.
        let outputs = self.model.predict(parameters, features, scratch.arena);
        let outputs = outputs.unwrap_or_default();
        let loss = self.loss(state, sample, outputs, gradient);
        let is_known = !outputs.is_empty() && outputs.iter().all(|output| output.is_finite());
        judgment.add(scratch.other, group, [loss, ignorant], is_known);
    }

    /// Returns the mean loss that is tolerated of parameters in place of those with the least.
    pub fn tolerated(&self, least: f32, verdict: Verdict) -> f32 {
        least + self.settings.tolerance * verdict.ignorant
    }
}

/// How parameters do on the samples that they are judged by.
///
/// The loss of a sample is cut off at what it would be if the network knew nothing, if all outputs
/// were 0: so no sample can outweigh the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The mean loss; infinite, if an output is not finite.
    pub loss: f32,
    /// The mean loss of a network that knows nothing.
    pub ignorant: f32,
    pub samples: u32,
    /// A CRC-32 of the samples, the range that they are shares of, and what a network that knows
    /// nothing loses.
    pub judges: u32,
}

impl Verdict {
    /// Returns what later parameters are measured against once these are stored, where `least` is
    /// the least loss so far.
    pub const fn baseline(self, least: f32) -> Baseline {
        Baseline { loss: self.loss.min(least), judges: self.judges }
    }
}

/// A [`Verdict`] that is being reached.
struct Judgment {
    loss: f32,
    ignorant: f32,
    samples: u32,
    judges: Checksum,
}

impl Judgment {
    fn new(limits: impl Iterator<Item = f32>) -> Self {
        let mut judges = Checksum::new();
        for limit in limits {
            judges.update(&limit.to_le_bytes());
        }
        Judgment { loss: 0.0, ignorant: 0.0, samples: 0, judges }
    }

    /// Adds what parameters lose on a sample, and what a network that knows nothing does.
    fn add(&mut self, sample: &[f32], group: usize, [loss, ignorant]: [f32; 2], is_known: bool) {
        for number in sample {
            self.judges.update(&number.to_le_bytes());
        }
        self.judges.update(&(group as u32).to_le_bytes());
        self.judges.update(&ignorant.to_le_bytes());
        // NaN is not less, and no output that is not finite counts as little.
        let limited = if loss < ignorant { loss } else { ignorant };
        self.loss += if is_known && !loss.is_nan() { limited } else { f32::INFINITY };
        self.ignorant += ignorant;
        self.samples = self.samples.saturating_add(1);
    }

    fn verdict(self) -> Option<Verdict> {
        let Judgment { loss, ignorant, samples, judges } = self;
        let mean = |sum| sum / samples as f32;
        (samples > 0).then(|| Verdict {
            loss: mean(loss),
            ignorant: mean(ignorant),
            samples,
            judges: judges.value(),
        })
    }
}

/// Fails at the first parameter that is not finite.
pub fn check_finite(parameters: &[f32]) -> Result<(), Error> {
    match F32s::from(parameters).not_finite() {
        Some(index) => Err(Error::NotFinite { index }),
        None => Ok(()),
    }
}
