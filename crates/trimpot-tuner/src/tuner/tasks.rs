//! What only tuners of some task do.

use embedded_storage::nor_flash::NorFlash;
use trimpot::loss::{Class, SliceLoss, Values};
use trimpot::metric::RegressionScores;

use super::Tuner;
use crate::{
    AnomalyDetection, Calibrated, Classification, Error, Label, Model, Regression, Storage, Task,
    task,
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
    /// Sets the threshold of anomalies, for a task that has one.
    pub(crate) fn set_threshold(&mut self) -> Result<Calibrated, Error> {
        let (running, mut cut) = self.parts();
        running.check_idle()?;
        running.calibrate(&mut cut)
    }
}
