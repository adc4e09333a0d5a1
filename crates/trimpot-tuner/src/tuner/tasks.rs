//! What only tuners of some task do.

use embedded_storage::nor_flash::NorFlash;
use trimpot::loss::{Class, SliceLoss, Values};
use trimpot::metric::RegressionScores;

use super::{Tuner, overwrite};
use crate::{
    AnomalyDetection, Calibrated, Classification, Error, F32s, Label, Model, Regression, Sizes,
    Storage, Task, TaskSpec, task,
};

impl<M, L, F, S> Tuner<M, Classification<L>, F, S>
where
    M: Model,
    L: SliceLoss<Target = Class>,
    F: NorFlash,
    S: Storage,
{
    /// Returns how many classes are in use: those from 0 on.
    pub fn classes(&mut self) -> u32 {
        let (running, cut) = self.parts();
        running.state(cut.state).groups as u32
    }

    /// Takes one more class into use, before there is a sample of it. Returns its label. Stored by
    /// [`commit`](Self::commit) and [`install`](Self::install).
    ///
    /// # Errors
    /// [`Error::Label`], if all outputs of the network are in use; [`Error::Learning`].
    pub fn add_class(&mut self) -> Result<u32, Error> {
        let class = self.classes();
        let (running, cut) = self.parts();
        running.check_idle()?;
        let placed = running.task.place(running.state(cut.state), Label(class), &mut [])?;
        running.task.open(cut.state, placed.group);
        Ok(class)
    }
}

impl<M, L, F, S> Tuner<M, Regression<L>, F, S>
where
    M: Model,
    L: SliceLoss<Target = Values>,
    F: NorFlash,
    S: Storage,
{
    /// Returns the scores of one output for the samples that were evaluated since the metrics were
    /// cleared; none if there is no such output.
    pub fn output_scores(&mut self, output: usize) -> Option<RegressionScores> {
        let (_, cut) = self.parts();
        task::of_output(cut.words, output)
    }
}

impl<M, L, F, S> Tuner<M, AnomalyDetection<L>, F, S>
where
    M: Model,
    L: SliceLoss<Target = Values>,
    F: NorFlash,
    S: Storage,
{
    /// Sets the threshold of anomalies by the held-out samples, or by the replayed ones if there
    /// are none; and before, for embeddings, their centre, the mean of outputs. Forgets earlier
    /// verdicts. Stored by [`commit`](Self::commit) and [`install`](Self::install).
    ///
    /// Samples that were learned have lower scores than others: held-out ones tell more.
    ///
    /// # Errors
    /// [`Error::Learning`]; [`Error::NothingToJudgeBy`] without samples; [`Error::NotFinite`], if
    /// an output, a score or the threshold is not finite. Nothing has changed then.
    pub fn calibrate(&mut self) -> Result<Calibrated, Error> {
        self.set_threshold()
    }
}

impl<M: Model, T: Task, F: NorFlash, S: Storage> Tuner<M, T, F, S> {
    /// Returns what it learns, as data.
    pub fn task(&self) -> TaskSpec {
        self.running.task.spec()
    }

    /// Returns what was learned beside the parameters: how many classes are in use, where there may
    /// be [more](Classification::with_classes); the threshold of anomalies, infinite before
    /// [calibration](Self::calibrate), and behind it the centre, if the network is an embedding;
    /// nothing for other tasks.
    pub fn state(&self) -> &[f32] {
        let (values, _) = self.memory.parts();
        let Sizes { parameters, .. } = self.running.sizes;
        values.get(parameters..self.running.sizes.learned_values()).unwrap_or_default()
    }

    /// Overwrites that, from number `at` on: with a threshold that was found elsewhere, say.
    /// Forgets earlier verdicts. Stored by [`commit`](Self::commit) and [`install`](Self::install).
    ///
    /// # Errors
    /// [`Error::Learning`], [`Error::Range`]; [`Error::NotFinite`], if a number cannot be what it
    /// is for. Nothing has changed then.
    pub fn write_state<'f>(&mut self, at: u32, values: impl Into<F32s<'f>>) -> Result<(), Error> {
        let (running, cut) = self.parts();
        running.check_idle()?;
        let (values, outputs) = (values.into(), running.sizes.outputs);
        let can_be =
            |index: u32, number| running.task.can_be(at.saturating_add(index), number, outputs);
        if let Some(index) = values.first(&|index, number| !can_be(index, number)) {
            return Err(Error::NotFinite { index });
        }
        overwrite(cut.state, at, values)?;
        running.task.forget();
        Ok(())
    }

    /// Sets the threshold of anomalies, for a task that has one.
    pub(crate) fn set_threshold(&mut self) -> Result<Calibrated, Error> {
        let (running, mut cut) = self.parts();
        running.check_idle()?;
        running.calibrate(&mut cut)
    }
}
