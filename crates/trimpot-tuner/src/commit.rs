//! Storing parameters, and returning to them.

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::{Origin, fingerprint};

use crate::image::{CommitImage, FactoryImage};
use crate::log::event;
use crate::memory::Cut;
use crate::results::{Commit, Committed, Rejected};
use crate::running::{Running, Verdict, check_finite};
use crate::store::{Baseline, Staged, StoreError, Stored};
use crate::{Error, Model, Task};

impl<M: Model, T: Task, F: NorFlash> Running<M, T, F> {
    /// Stores the parameters in memory, unless they do worse than is tolerated.
    ///
    /// The record of what is stored has the least loss so far, and tells which samples it was
    /// measured on. If those judge now, too, the candidate is judged before anything is erased;
    /// else it is compared.
    #[inline(never)]
    pub fn commit(&mut self, cut: &mut Cut<'_>) -> Result<Commit, Error> {
        check_finite(cut.parameters)?;
        if self.settings.demands_judges && cut.factory.is_empty() {
            return Err(Error::NothingToJudgeBy);
        }
        self.store.look_again();
        if let Some(stored) = self.stored_already(cut) {
            cut.recent.settle();
            return Ok(Commit::Unchanged(self.committed(cut, stored)));
        }
        let classes = self.classes(cut.state);
        let verdict = self.judge(cut, classes).ok_or(Error::NothingToJudgeBy)?;
        match self.store.newest() {
            // It can be read at the next boot, perhaps.
            None if self.store.has_lost() => Err(Error::StoredUnreadable),
            // There is nothing that it could be worse than.
            None => self.commit_measured(cut, verdict, verdict.loss),
            Some((newest, _)) if newest.baseline().judges == verdict.judges => {
                self.commit_measured(cut, verdict, newest.baseline().loss)
            }
            Some((newest, _)) => self.commit_compared(cut, verdict, newest),
        }
    }

    /// Stores the candidate in memory if its loss is tolerated, where `least` is the least so far.
    #[inline(never)]
    fn commit_measured(
        &mut self,
        cut: &mut Cut<'_>,
        verdict: Verdict,
        least: f32,
    ) -> Result<Commit, Error> {
        let tolerated = self.tolerated(least, verdict);
        if !is_accepted(verdict, tolerated) {
            return self.reject(cut, verdict, tolerated);
        }
        let (sizes, with_samples) = (self.sizes, self.settings.stores_learned);
        let image = CommitImage { sizes, cut: &mut *cut, with_samples };
        let staged = self.store.stage(&image).map_err(failed)?;
        self.seal(cut, staged, verdict.baseline(least))
    }

    /// Stores the candidate in memory if its loss is tolerated, beside those of the stored
    /// parameters on the samples that judge now.
    ///
    /// Meanwhile the candidate waits in a free slot, without a record: there is never a second copy
    /// in memory.
    #[inline(never)]
    fn commit_compared(
        &mut self,
        cut: &mut Cut<'_>,
        verdict: Verdict,
        newest: Stored,
    ) -> Result<Commit, Error> {
        let (sizes, with_samples) = (self.sizes, self.settings.stores_learned);
        let image = CommitImage { sizes, cut: &mut *cut, with_samples };
        let staged = self.store.stage_trial(&image).map_err(failed)?;
        let classes = self.classes(cut.state);
        let least = self.least_of_stored(cut, newest, classes);
        if let Err(error) = self.load(cut, staged.image()) {
            event!("the candidate cannot be read: {}", error);
            self.return_to_stored(cut)?;
            return Err(Error::CandidateLost);
        }
        let least = least?;
        let tolerated = self.tolerated(least, verdict);
        if !is_accepted(verdict, tolerated) {
            return self.reject(cut, verdict, tolerated);
        }
        if staged.is_in_place() {
            return self.seal(cut, staged, verdict.baseline(least));
        }
        self.commit_measured(cut, verdict, least)
    }

    /// Reads stored parameters alone: the samples in memory are those of the candidate.
    fn load(&mut self, cut: &mut Cut<'_>, stored: Stored) -> Result<(), Error> {
        let mut image = CommitImage { sizes: self.sizes, cut, with_samples: false };
        self.store.load(stored, &mut image).map_err(failed)
    }

    /// Returns the least loss of stored parameters on the samples that judge now, where so many
    /// classes count: of the newest and the factory's, so that many commits in a row cannot each be
    /// a little worse. They are in memory afterwards.
    #[inline(never)]
    fn least_of_stored(
        &mut self,
        cut: &mut Cut<'_>,
        newest: Stored,
        classes: Option<usize>,
    ) -> Result<f32, Error> {
        let mut least = f32::INFINITY;
        if let Some(factory) = self.store.factory()
            && factory != newest
        {
            self.load(cut, factory)?;
            least = self.judge(cut, classes).map_or(least, |verdict| verdict.loss);
        }
        self.load(cut, newest)?;
        let newest = self.judge(cut, classes).map_or(least, |verdict| verdict.loss);
        Ok(least.min(newest))
    }

    /// Stores a staged candidate.
    fn seal(
        &mut self,
        cut: &mut Cut<'_>,
        staged: Staged,
        baseline: Baseline,
    ) -> Result<Commit, Error> {
        let stored = self.store.seal(staged, baseline).map_err(failed)?;
        cut.recent.settle();
        Ok(Commit::Stored(self.committed(cut, stored)))
    }

    fn reject(
        &mut self,
        cut: &mut Cut<'_>,
        verdict: Verdict,
        tolerated: f32,
    ) -> Result<Commit, Error> {
        let Verdict { loss, samples, .. } = verdict;
        event!("rejected a commit: mean loss {}, tolerated {}", loss, tolerated);
        self.return_to_stored(cut)?;
        Ok(Commit::Rejected(Rejected { tolerated, loss, samples }))
    }

    /// Returns what is stored already, if it is the image in memory, bit for bit, and certain to be
    /// the newest: else it is stored anew.
    #[inline(never)]
    fn stored_already(&mut self, cut: &mut Cut<'_>) -> Option<Stored> {
        let (sizes, with_samples) = (self.sizes, self.settings.stores_learned);
        let (stored, origin) = self.store.newest()?;
        let has_other_samples = origin == Origin::Factory && with_samples;
        if has_other_samples || self.store.may_hide_newer() {
            return None;
        }
        let image = CommitImage { sizes, cut, with_samples };
        // What cannot be read is stored anew.
        let same = self.store.holds(stored, &image).unwrap_or(false);
        same.then_some(stored)
    }

    /// Stores the parameters and samples in memory as the factory's.
    #[inline(never)]
    pub fn install(&mut self, cut: &mut Cut<'_>) -> Result<Committed, Error> {
        check_finite(cut.parameters)?;
        self.store.look_again();
        // Where there are no samples, no commit is judged by them either.
        let nothing = Baseline { loss: f32::INFINITY, judges: 0 };
        let classes = self.classes(cut.state);
        let verdict = self.judge(cut, classes);
        let baseline = verdict.map_or(nothing, |verdict| verdict.baseline(verdict.loss));
        let image = FactoryImage { sizes: self.sizes, cut: &mut *cut };
        let stored = self.store.install(&image, baseline).map_err(failed)?;
        cut.recent.settle();
        Ok(self.committed(cut, stored))
    }

    /// Returns to the parameters that were stored last.
    #[inline(never)]
    pub fn rollback(&mut self, cut: &mut Cut<'_>) -> Result<(), Error> {
        self.find_stored()?;
        self.return_to_stored(cut).map(|_| ())
    }

    /// Returns to the factory's parameters, and forgets what was learned.
    #[inline(never)]
    pub fn reset(&mut self, cut: &mut Cut<'_>) -> Result<(), Error> {
        let mut origin = self.find_stored()?;
        if origin == Origin::Blank {
            origin = self.return_to_stored(cut)?;
        }
        if origin != Origin::Factory || self.store.may_hide_newer() {
            self.store.reset().map_err(failed)?;
        }
        cut.recent.clear();
        match self.return_to_stored(cut)? {
            Origin::Factory => Ok(()),
            Origin::Commit | Origin::Blank => Err(Error::StoredLost),
        }
    }

    /// Looks for what is stored, and says whose it is: nobody's, if it cannot be read any more.
    ///
    /// # Errors
    /// [`Error::NothingStored`], if nothing is.
    fn find_stored(&mut self) -> Result<Origin, Error> {
        self.store.look_again();
        match self.store.newest() {
            Some((_, origin)) => Ok(origin),
            None if self.store.has_lost() => Ok(Origin::Blank),
            None => Err(Error::NothingStored),
        }
    }

    /// Reads the stored parameters back, and forgets the samples that were learned since: one of
    /// them may be what led astray. If nothing is stored, makes initial parameters.
    ///
    /// # Errors
    /// [`Error::StoredLost`], with older or initial parameters in memory, if what is stored cannot
    /// be read.
    #[inline(never)]
    pub fn return_to_stored(&mut self, cut: &mut Cut<'_>) -> Result<Origin, Error> {
        self.store.look_again();
        cut.recent.forget_fresh();
        let origin = self.restore(cut, false);
        if self.store.has_lost() { Err(Error::StoredLost) } else { Ok(origin) }
    }

    fn committed(&mut self, cut: &Cut<'_>, stored: Stored) -> Committed {
        let (generation, fingerprint) = (stored.generation(), fingerprint(cut.parameters));
        self.generation = generation;
        event!("stored parameters {:#x}, generation {}", fingerprint, generation);
        Committed { generation, fingerprint }
    }
}

/// Never if the loss is not finite.
fn is_accepted(verdict: Verdict, tolerated: f32) -> bool {
    verdict.loss.is_finite() && (verdict.loss <= tolerated || !tolerated.is_finite())
}

fn failed(error: StoreError) -> Error {
    event!("flash failed: {}", error);
    error.into()
}
