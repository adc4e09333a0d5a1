//! What a tuner does with its memory.

use embedded_storage::nor_flash::NorFlash;
use trimpot::random::Random;
use trimpot_link::{Checksum, Origin};

use crate::image::{CommitImage, FactoryImage};
use crate::judges::Judges;
use crate::learning::Learning;
use crate::log::event;
use crate::memory::{Cut, Part, Scratch, kept};
use crate::metrics::Progress;
use crate::model::TrainingCounts;
use crate::samples::split;
use crate::store::{Baseline, Store};
use crate::task::{Placed, Sample, State};
use crate::{Condition, Error, F32s, Metrics, Model, Settings, Sizes, Task};

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
    /// The sample that is being learned.
    pub learning: Option<Learning>,
    pub training: TrainingCounts,
    /// What is counted of evaluated samples beside words in memory.
    pub counts: T::Counts,
}

impl<M: Model, T: Task, F: NorFlash> Running<M, T, F> {
    /// Returns what the task has learned beside the parameters.
    pub fn state<'s>(&self, numbers: &'s [f32]) -> State<'s> {
        self.state_with(numbers, self.classes(numbers))
    }

    /// Returns how many classes are in use; none if outputs are no classes.
    pub fn classes(&self, numbers: &[f32]) -> Option<usize> {
        self.task.classes(numbers, self.sizes.outputs)
    }

    /// [`state`](Self::state) with so many classes in use.
    fn state_with<'s>(&self, numbers: &'s [f32], classes: Option<usize>) -> State<'s> {
        let (capacity, outputs) = (self.sizes.groups(), self.sizes.outputs);
        let (groups, outputs) = classes.map_or((capacity, outputs), |classes| (classes, classes));
        State { numbers, groups, outputs, capacity }
    }

    /// Returns features and target of a sample.
    pub fn sample<'s>(&self, row: &'s [f32], group: usize) -> Sample<'s> {
        let (features, values) = split(row, self.sizes.kept());
        Sample { features, values, group }
    }

    /// Writes the numbers of the sample's target behind its features.
    pub fn place(&self, cut: &mut Cut<'_>, target: T::Target<'_>) -> Result<Placed, Error> {
        let values = cut.scratch.sample.get_mut(self.sizes.inputs..).unwrap_or_default();
        self.task.place(self.state(cut.state), target, values)
    }

    /// Fails if the sample, as it is kept, is not to be learned.
    pub fn admit(&self, cut: &mut Cut<'_>, placed: Placed) -> Result<(), Error> {
        if placed.condition == Condition::Normal {
            return Ok(());
        }
        let Cut { parameters, state, scratch, .. } = cut;
        let Scratch { arena, sample, latent, outputs: [_, gradient], .. } = scratch;
        let (features, _) = split(kept(sample, latent), self.sizes.kept());
        let outputs = self.outputs(parameters, self.state(state), features, arena);
        self.task.admit(self.state(state), placed.condition, features, outputs, gradient)
    }

    /// Pins or holds out the sample, whose class is in use from then on.
    pub fn keep(&self, cut: &mut Cut<'_>, placed: Placed, part: Part) -> Result<u32, Error> {
        self.make_latent(cut)?;
        self.admit(cut, placed)?;
        let Cut { factory, scratch: Scratch { sample, latent, .. }, .. } = &mut *cut;
        factory.range.admit(sample)?;
        let count = factory.add(part, kept(sample, latent), placed.group)?;
        self.task.open(cut.state, placed.group);
        Ok(count)
    }

    /// Computes the outputs that take part.
    pub fn outputs<'m>(
        &self,
        parameters: &[f32],
        state: State<'_>,
        features: &'m [f32],
        arena: &'m mut [f32],
    ) -> &'m [f32] {
        // All runs have the lengths that the model wants.
        let outputs = self.model.predict(parameters, features, arena).unwrap_or_default();
        split(outputs, state.outputs).0
    }

    /// Predicts what a sample with these features is.
    #[inline(never)]
    fn look<'m>(
        &self,
        parameters: &[f32],
        state: &[f32],
        features: &'m [f32],
        arena: &'m mut [f32],
        gradient: &mut [f32],
    ) -> T::Prediction<'m> {
        let state = self.state(state);
        let outputs = self.outputs(parameters, state, features, arena);
        self.task.predict(state, features, outputs, gradient)
    }

    /// Predicts what the sample is.
    pub fn predict<'m>(&mut self, mut cut: Cut<'m>) -> Result<T::Prediction<'m>, Error> {
        self.make_latent(&mut cut)?;
        let Cut { parameters, state, scratch, .. } = cut;
        let Scratch { arena, sample, latent, outputs: [_, gradient], .. } = scratch;
        let (features, _) = split(kept(sample, latent), self.sizes.kept());
        let mut prediction = self.look(parameters, state, features, arena, gradient);
        self.task.observe(&mut prediction);
        Ok(prediction)
    }

    /// Predicts what the sample is, and counts how far that is right.
    pub fn evaluate<'m>(
        &mut self,
        mut cut: Cut<'m>,
        placed: Placed,
    ) -> Result<T::Prediction<'m>, Error> {
        self.make_latent(&mut cut)?;
        let Cut { parameters, state, words, scratch, .. } = cut;
        let State { groups, .. } = self.state(state);
        if placed.group >= groups {
            let (classes, found) = (groups as u32, placed.group as u32);
            return Err(Error::Label { classes, found });
        }
        let Scratch { arena, sample, latent, outputs: [_, gradient], .. } = scratch;
        let (features, values) = split(kept(sample, latent), self.sizes.kept());
        let prediction = self.look(parameters, state, features, arena, gradient);
        self.task.count(&mut self.counts, words, placed, values, &prediction);
        Ok(prediction)
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

    /// Returns the loss of a sample, and writes its gradient: 0 for outputs that take no part.
    #[inline(never)]
    pub fn loss(
        &self,
        state: State<'_>,
        sample: Sample<'_>,
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32 {
        let (outputs, _) = split(outputs, state.outputs);
        let Some((gradient, rest)) = gradient.split_at_mut_checked(outputs.len()) else {
            return f32::NAN;
        };
        rest.fill(0.0);
        self.task.loss(state, sample, outputs, gradient)
    }

    /// Reads the stored parameters, or the next best that can be read; else makes initial ones. At
    /// boot those of a commit come with the samples that are stored with them.
    ///
    /// What was under way is forgotten: it was of other parameters.
    pub fn restore(&mut self, cut: &mut Cut<'_>, with_samples: bool) -> Origin {
        self.learning = None;
        self.forget_training(cut);
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

    /// Forgets what training remembers of the parameters.
    pub fn forget_training(&mut self, cut: &mut Cut<'_>) {
        self.training = TrainingCounts::default();
        cut.training.fill(0.0);
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
    ///
    /// So many `classes` count, if outputs are classes: more or fewer than the parameters know, if
    /// they are compared with others. Samples of a class that they do not know have the loss of a
    /// network that knows nothing.
    #[inline(never)]
    pub fn judge(&self, cut: &mut Cut<'_>, classes: Option<usize>) -> Option<Verdict> {
        let Cut { parameters, state, factory, recent, scratch, .. } = cut;
        let Scratch { arena, sample, latent, outputs: [ignorant, gradient], .. } = scratch;
        let row = kept(sample, latent);
        let (known, compared) = (self.state(state), self.state_with(state, classes));
        let judges = Judges { factory, recent, groups: compared.groups };
        let most = self.know_nothing(&judges, compared, row, [&mut *ignorant, &mut *gradient]);
        let mut judgment = Judgment::new(factory.range.limits());
        judges.for_each(row, &mut |row, group| {
            let sample = self.sample(row, group);
            let least = self.loss(compared, sample, ignorant, gradient);
            let (loss, is_known) = if group < known.groups {
                let outputs = self.outputs(parameters, known, sample.features, arena);
                let is_known = !outputs.is_empty() && outputs.iter().all(|value| value.is_finite());
                (self.loss(known, sample, outputs, gradient), is_known)
            } else {
                (least, true)
            };
            judgment.add(row, group, [loss, least], most.unwrap_or(least), is_known);
        });
        judgment.verdict()
    }

    /// Writes what a network outputs that knows nothing: the mean of what is wanted for the judges,
    /// or 0. The mean is a running one, so that it is finite.
    ///
    /// Returns the most that a sample counts, if it is not what such a network loses on it: where
    /// outputs are the mean of what is wanted, that may be next to nothing, so it is what such a
    /// network loses in the mean. Where all samples want the same there is no limit.
    #[inline(never)]
    fn know_nothing(
        &self,
        judges: &Judges<'_, '_>,
        state: State<'_>,
        row: &mut [f32],
        [outputs, gradient]: [&mut [f32]; 2],
    ) -> Option<f32> {
        outputs.fill(0.0);
        let mut samples = 0_u32;
        judges.for_each(row, &mut |row, group| {
            let Some(wanted) = self.task.wanted(self.sample(row, group)) else { return };
            samples = samples.saturating_add(1);
            for (mean, value) in outputs.iter_mut().zip(wanted) {
                *mean += (value - *mean) / samples as f32;
            }
        });
        if samples == 0 {
            return None;
        }
        let mut sum = 0.0;
        judges.for_each(row, &mut |row, group| {
            sum += self.loss(state, self.sample(row, group), outputs, gradient);
        });
        let mean = sum / samples as f32;
        Some(if mean > 0.0 { mean } else { f32::INFINITY })
    }

    /// Returns the mean loss that is tolerated of parameters in place of those with the least.
    pub fn tolerated(&self, least: f32, verdict: Verdict) -> f32 {
        least + self.settings.tolerance * verdict.ignorant
    }
}

/// How parameters do on the samples that they are judged by.
///
/// The loss of a sample is cut off at what it would be if the network knew nothing, as the
/// [task](Task) says: so no sample can outweigh the others.
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

    /// Adds what parameters lose on a sample, of which `most` counts, and what a network that knows
    /// nothing does.
    fn add(
        &mut self,
        sample: &[f32],
        group: usize,
        [loss, ignorant]: [f32; 2],
        most: f32,
        is_known: bool,
    ) {
        for number in sample {
            self.judges.update(&number.to_le_bytes());
        }
        self.judges.update(&(group as u32).to_le_bytes());
        self.judges.update(&ignorant.to_le_bytes());
        // NaN is not less, and no output that is not finite counts as little.
        let limited = if loss < most { loss } else { most };
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
