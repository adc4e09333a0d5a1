//! Learning a sample, in slices of steps.

use embedded_storage::nor_flash::NorFlash;
use trimpot::random::Noise;

use crate::log::event;
use crate::memory::{Cut, Scratch, copy, kept};
use crate::model::{Descent, Training};
use crate::results::{Learned, Work};
use crate::running::{Running, check_finite};
use crate::samples::split;
use crate::task::Placed;
use crate::{Error, Model, Settings, Task, replay};

/// A sample that is being learned: how far that got.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// The sample's group.
    group: usize,
    /// Steps made.
    steps: u32,
    /// Replayed samples that are left.
    replays: u32,
    /// The sample's loss before the first step.
    loss: f32,
    /// Whether losses were finite.
    finite: bool,
}

impl<M: Model, T: Task, F: NorFlash> Running<M, T, F> {
    /// Computes what is kept of the sample, where that are not its features.
    ///
    /// # Errors
    /// [`Error::NotFinite`], if a latent is not.
    #[inline(never)]
    pub fn make_latent(&self, cut: &mut Cut<'_>) -> Result<(), Error> {
        let Some(latents) = self.sizes.latents else { return Ok(()) };
        let Scratch { arena, sample, latent, .. } = &mut cut.scratch;
        let (features, values) = split(sample, self.sizes.inputs);
        let Some((latent, target)) = latent.split_at_mut_checked(latents) else { return Ok(()) };
        copy(values, target);
        // All runs have the lengths that the model wants.
        let _ = self.model.latent(features, arena, latent);
        check_finite(latent)
    }

    /// Begins to learn the sample.
    #[inline(never)]
    pub fn begin(&mut self, cut: &mut Cut<'_>, placed: Placed) -> Result<(), Error> {
        self.check_idle()?;
        cut.factory.range.check(cut.scratch.sample, self.settings.margin)?;
        self.task.check_ready(self.state(cut.state))?;
        self.make_latent(cut)?;
        self.admit(cut, placed)?;
        let Placed { group, .. } = placed;
        self.task.open(cut.state, group);
        let Cut { learning, scratch: Scratch { sample, latent, .. }, .. } = &mut *cut;
        copy(kept(sample, latent), learning);
        let replays = self.settings.replays.into();
        self.learning = Some(Learning { group, steps: 0, replays, loss: 0.0, finite: true });
        Ok(())
    }

    /// Fails if a sample is being learned.
    pub fn check_idle(&self) -> Result<(), Error> {
        if self.learning.is_some() { Err(Error::Learning) } else { Ok(()) }
    }

    /// Learns on, for so many steps or, if that is 0, for one: one on the new sample, then those on
    /// replayed ones. It joins them if all went well.
    #[inline(never)]
    pub fn work(&mut self, cut: &mut Cut<'_>, steps: u32) -> Result<Work, Error> {
        let Some(mut learning) = self.learning else { return Ok(Work::Idle) };
        for _ in 0..steps.max(1) {
            if !self.next_step(cut, &mut learning) || learning.replays == 0 {
                self.learning = None;
                return self.end(cut, learning).map(Work::Done);
            }
        }
        self.learning = Some(learning);
        Ok(Work::More)
    }

    /// Makes the next step, if there is one.
    fn next_step(&mut self, cut: &mut Cut<'_>, learning: &mut Learning) -> bool {
        if learning.steps == 0 {
            let Cut { learning: row, scratch: Scratch { sample, latent, .. }, .. } = &mut *cut;
            copy(row, kept(sample, latent));
            learning.loss = self.step(cut, learning.group);
            learning.finite = learning.loss.is_finite();
        } else {
            learning.replays = learning.replays.saturating_sub(1);
            let Cut { state, factory, recent, scratch, .. } = &mut *cut;
            let groups = self.state(state).groups;
            let row = kept(scratch.sample, scratch.latent);
            let drawn = replay::draw(factory, recent, groups, &mut self.random, row);
            let Some(group) = drawn.filter(|_| learning.finite) else { return false };
            learning.finite = self.step(cut, group).is_finite();
        }
        learning.steps = learning.steps.saturating_add(1);
        true
    }

    /// Ends learning a sample.
    #[inline(never)]
    fn end(&mut self, cut: &mut Cut<'_>, learning: Learning) -> Result<Learned, Error> {
        let Learning { group, steps, loss, finite, .. } = learning;
        let (descent, mut counts) = (self.descent(), self.training);
        let (parameters, values) = (&mut *cut.parameters, &mut *cut.training);
        self.model.finish(Training { parameters, values, counts: &mut counts }, descent);
        self.training = counts;
        let rolled_back = !finite || check_finite(cut.parameters).is_err();
        if rolled_back {
            self.progress.rolled_back();
            let origin = self.return_to_stored(cut)?;
            event!("diverged, rolled back to {}", origin);
        } else {
            cut.recent.add(&cut.factory.range, cut.learning, group);
            self.progress.learned(loss);
        }
        Ok(Learned { loss, steps, rolled_back })
    }

    /// One step on the sample, as it is kept, of a group. Returns the loss before it.
    #[inline(never)]
    fn step(&mut self, cut: &mut Cut<'_>, group: usize) -> f32 {
        let Cut { parameters, training, state, scratch, .. } = cut;
        let noise = Noise::<f32>::new(self.random.next_u32());
        let Scratch { arena, sample, latent, .. } = scratch;
        let (state, sample) = (self.state(state), self.sample(kept(sample, latent), group));
        let loss =
            |outputs: &[f32], gradient: &mut [f32]| self.loss(state, sample, outputs, gradient);
        let mut counts = self.training;
        let training = Training { parameters, values: training, counts: &mut counts };
        // All runs have the lengths that the model wants.
        let loss = self.model.train(training, self.descent(), noise, sample.features, arena, loss);
        self.training = counts;
        loss.unwrap_or(f32::NAN)
    }

    fn descent(&self) -> Descent {
        let Settings { learning_rate, clip_norm, .. } = self.settings;
        Descent { learning_rate, clip_norm }
    }
}
