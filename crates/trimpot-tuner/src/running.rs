//! What a tuner does with its memory.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::ClippedSgdInPlace;
use trimpot::loss::{Class, SliceLoss};
use trimpot::metric::argmax;
use trimpot::random::{Noise, Random};
use trimpot_link::{Checksum, Origin};

use crate::image::{CommitImage, FactoryImage};
use crate::log::event;
use crate::memory::{Cut, Scratch, copy};
use crate::metrics::Progress;
use crate::results::{Learned, Prediction};
use crate::store::{Baseline, Store};
use crate::{Error, F32s, Model, Settings, Sizes, replay};

/// Model, loss, store, settings and what changes with every call, beside the memory.
#[derive(Debug)]
pub struct Running<M, C, F> {
    pub model: M,
    pub loss: C,
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
}

impl<M: Model, C: SliceLoss<Target = Class>, F: NorFlash> Running<M, C, F> {
    /// Computes the outputs for the sample.
    #[inline(never)]
    pub fn predict<'m>(&self, parameters: &[f32], scratch: Scratch<'m>) -> Prediction<'m> {
        let Scratch { sample, arena, .. } = scratch;
        // All runs have the lengths that the model wants.
        let outputs = self.model.predict(parameters, sample, arena).unwrap_or_default();
        Prediction { class: decide(outputs), outputs }
    }

    /// One step on the new sample, then steps on replayed ones; it joins them if all went well.
    #[inline(never)]
    pub fn learn(&mut self, cut: &mut Cut<'_>, label: u32) -> Result<Learned, Error> {
        cut.factory.range.check(cut.scratch.sample, self.settings.margin)?;
        let mut steps = 1_u32;
        let loss = self.step(cut.parameters, cut.scratch.sample, label, cut.scratch.arena);
        let mut finite = loss.is_finite();
        for _ in 0..self.settings.replays {
            let other = &mut *cut.scratch.other;
            let drawn = replay::draw(&cut.factory, &cut.recent, &mut self.random, other);
            let Some(label) = drawn else { break };
            if !finite {
                break;
            }
            finite = self.step(cut.parameters, other, label, cut.scratch.arena).is_finite();
            steps = steps.saturating_add(1);
        }
        let rolled_back = !finite || check_finite(cut.parameters).is_err();
        if rolled_back {
            self.progress.rolled_back();
            let origin = self.return_to_stored(cut)?;
            event!("diverged, rolled back to {}", origin);
        } else {
            cut.recent.add(cut.scratch.sample, label);
            self.progress.learned(loss);
        }
        Ok(Learned { loss, steps, rolled_back })
    }

    /// One step of gradient descent on a sample, in place. Returns the loss before it.
    #[inline(never)]
    fn step(
        &mut self,
        parameters: &mut [f32],
        sample: &[f32],
        label: u32,
        arena: &mut [f32],
    ) -> f32 {
        let Settings { learning_rate, clip_norm, .. } = self.settings;
        let noise = Noise::<f32>::new(self.random.next_u32());
        let sink = ClippedSgdInPlace::new(parameters, learning_rate, clip_norm);
        let loss = |outputs: &[f32], gradient: &mut [f32]| self.loss(outputs, label, gradient);
        // All runs have the lengths that the model wants.
        self.model.backpropagate(sink, noise, sample, arena, loss).unwrap_or(f32::NAN)
    }

    /// Returns the loss of a sample of a class, and writes its gradient.
    #[inline(never)]
    fn loss(&self, outputs: &[f32], label: u32, gradient: &mut [f32]) -> f32 {
        self.loss.slice_gradient::<f32>(outputs, label, gradient)
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
        self.generation = 0;
        Origin::Blank
    }

    /// Reads all that is stored, at boot: the factory's samples, and the parameters with the
    /// samples that were learned.
    #[inline(never)]
    pub fn boot(&mut self, cut: &mut Cut<'_>) {
        cut.factory.clear();
        cut.recent.clear();
        self.progress.clear(cut.tallies);
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
        let Cut { parameters, factory, recent, scratch, .. } = cut;
        let mut judgment = Judgment::new(factory.range.limits());
        for (bytes, label) in factory.held_out.iter() {
            factory.range.decode(bytes, scratch.other);
            self.judge_by(parameters, scratch, label, &mut judgment);
        }
        if factory.held_out.len() == 0 {
            for (bytes, label) in factory.pinned.iter() {
                factory.range.decode(bytes, scratch.other);
                self.judge_by(parameters, scratch, label, &mut judgment);
            }
            for (sample, label) in recent.iter() {
                copy(sample, scratch.other);
                self.judge_by(parameters, scratch, label, &mut judgment);
            }
        }
        judgment.verdict()
    }

    /// Judges by the sample in `scratch.other`.
    #[inline(never)]
    fn judge_by(
        &self,
        parameters: &[f32],
        scratch: &mut Scratch<'_>,
        label: u32,
        judgment: &mut Judgment,
    ) {
        let [zeros, gradient] = &mut scratch.outputs;
        zeros.fill(0.0);
        let ignorant = self.loss(zeros, label, gradient);
        // All runs have the lengths that the model wants.
        let outputs = self.model.predict(parameters, scratch.other, scratch.arena);
        let outputs = outputs.unwrap_or_default();
        let loss = self.loss(outputs, label, gradient);
        let is_known = decide(outputs).is_some();
        judgment.add(scratch.other, label, [loss, ignorant], is_known);
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
    fn add(&mut self, sample: &[f32], label: u32, [loss, ignorant]: [f32; 2], is_known: bool) {
        for feature in sample {
            self.judges.update(&feature.to_le_bytes());
        }
        self.judges.update(&label.to_le_bytes());
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

/// Returns the class with the largest output, the first of equals; none if an output is not finite.
pub fn decide(outputs: &[f32]) -> Option<u32> {
    let is_known = !outputs.is_empty() && outputs.iter().all(|output| output.is_finite());
    is_known.then(|| argmax(outputs) as u32)
}

/// Fails at the first parameter that is not finite.
pub fn check_finite(parameters: &[f32]) -> Result<(), Error> {
    match F32s::from(parameters).not_finite() {
        Some(index) => Err(Error::NotFinite { index }),
        None => Ok(()),
    }
}
