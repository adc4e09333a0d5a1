//! What the factory tells of the data.

use embedded_storage::nor_flash::NorFlash;

use super::Tuner;
use crate::memory::Part;
use crate::{Error, F32s, Model, Storage, Task};

impl<M: Model, T: Task, F: NorFlash, S: Storage> Tuner<M, T, F, S> {
    /// Widens the range of features that the network was trained on, so that it includes these:
    /// called twice by the factory, with the smallest and the largest value of each feature.
    /// Samples outside of the range cannot be pinned or held out, and samples far outside of it are
    /// not learned. The range has to be known before the first sample, and stays while there are
    /// any. Stored by [`install`](Self::install).
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`]; [`Error::RangeInUse`], if there are samples.
    pub fn widen<'f>(&mut self, features: impl Into<F32s<'f>>) -> Result<(), Error> {
        let (_, cut) = self.with_sample(features.into())?;
        let (mut factory, sample) = (cut.factory, cut.scratch.sample);
        let samples = factory.pinned.len().saturating_add(factory.held_out.len());
        // Bytes stand for shares of the range: it must not change under them.
        if samples > 0 && factory.range.check(sample, 0.0).is_err() {
            return Err(Error::RangeInUse);
        }
        factory.range.widen(sample)
    }

    /// Pins a sample of what must not be forgotten: replays it from now on, and never lets learned
    /// samples push it out. Stored by [`install`](Self::install). Returns how many samples are
    /// pinned.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`], [`Error::Label`], [`Error::Values`],
    /// [`Error::Anomalous`], [`Error::NoRange`], [`Error::OutOfRange`], [`Error::Full`].
    pub fn pin<'f, 't>(
        &mut self,
        features: impl Into<F32s<'f>>,
        target: impl Into<T::Target<'t>>,
    ) -> Result<u32, Error> {
        let (running, mut cut, placed) = self.with_target(features.into(), target.into())?;
        running.keep(&mut cut, placed, Part::Pinned)
    }

    /// Holds a sample out: never learns from it, and judges parameters by it before they are
    /// committed. Stored by [`install`](Self::install). Returns how many samples are held out.
    ///
    /// # Errors
    /// Those of [`pin`](Self::pin).
    pub fn hold_out<'f, 't>(
        &mut self,
        features: impl Into<F32s<'f>>,
        target: impl Into<T::Target<'t>>,
    ) -> Result<u32, Error> {
        let (running, mut cut, placed) = self.with_target(features.into(), target.into())?;
        running.keep(&mut cut, placed, Part::HeldOut)
    }

    /// Forgets the range of features and all samples in memory, so that others can be installed.
    /// What is stored stays.
    pub fn clear_samples(&mut self) {
        let (_, mut cut) = self.parts();
        cut.factory.clear();
        cut.recent.clear();
    }
}
