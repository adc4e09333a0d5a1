//! Storing parameters, and returning to them.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::loss::{Class, Loss};
use trimpot::shape::Vector;
use trimpot_link::{Error, Origin, Response, fingerprint};

use crate::Tuner;
use crate::log::event;
use crate::parameters::check_finite;
use crate::running::Verdict;
use crate::store::{Baseline, Staged, StoreError, Stored};

impl<
    L,
    C,
    F,
    const I: usize,
    const O: usize,
    const P: usize,
    const STEP: usize,
    const PINNED: usize,
    const RECENT: usize,
> Tuner<L, C, F, I, O, P, STEP, PINNED, RECENT>
where
    L: Layer<Vector<I>, Output = Vector<O>>,
    C: Loss<Vector<O>, Target = Class>,
    F: NorFlash,
{
    /// Stores the parameters in memory, unless they do worse than is tolerated.
    ///
    /// The record of what is stored has the least loss so far, and tells which samples it was
    /// measured on. If those judge now, too, the candidate is judged before anything is erased;
    /// else it is compared.
    pub(crate) fn commit(&mut self) -> Result<Response<'static>, Error> {
        check_finite(self.parameters())?;
        let (_, running) = self.started()?;
        running.store.look_again();
        if let Some(stored) = self.stored_already()? {
            let (memory, _) = self.started()?;
            memory.learned.settle();
            return self.committed(stored);
        }
        let (memory, running) = self.started()?;
        let verdict = running.judge(memory).ok_or(Error::NothingToJudgeBy)?;
        match running.store.newest() {
            // It can be read at the next boot, perhaps. Until then nothing is known that the
            // candidate could be measured against.
            None if running.store.has_lost() => Err(Error::Flash),
            // There is nothing that it could be worse than.
            None => self.commit_measured(verdict, verdict.loss),
            Some((newest, _)) if newest.baseline().judges == verdict.judges => {
                self.commit_measured(verdict, newest.baseline().loss)
            }
            Some((newest, _)) => self.commit_compared(verdict, newest),
        }
    }

    /// Stores the candidate in memory if its loss is tolerated, where `least` is the least so far.
    fn commit_measured(
        &mut self,
        verdict: Verdict,
        least: f32,
    ) -> Result<Response<'static>, Error> {
        let (memory, running) = self.started()?;
        let tolerated = running.tolerated(least, verdict);
        if !is_accepted(verdict, tolerated) {
            return self.reject(verdict, tolerated);
        }
        let image = memory.commit_image(running.settings.stores_learned);
        let staged = running.store.stage(&image).map_err(flash)?;
        self.seal(staged, verdict.baseline(least))
    }

    /// Stores the candidate in memory if its loss is tolerated, beside those of the stored
    /// parameters on the samples that judge now.
    ///
    /// Meanwhile the candidate waits in a free slot, without a record: there is never a second copy
    /// in memory.
    fn commit_compared(
        &mut self,
        verdict: Verdict,
        newest: Stored,
    ) -> Result<Response<'static>, Error> {
        let (memory, running) = self.started()?;
        let image = memory.commit_image(running.settings.stores_learned);
        let staged = running.store.stage_trial(&image).map_err(flash)?;
        let least = self.least_of_stored(newest);
        let (memory, running) = self.started()?;
        // Only parameters: the samples in memory are those of the candidate.
        if let Err(error) = running.store.load(staged.image(), &mut memory.parameters) {
            event!("the candidate cannot be read: {}", error);
            self.return_to_stored()?;
            return Err(Error::CandidateLost);
        }
        let least = least?;
        let tolerated = running.tolerated(least, verdict);
        if !is_accepted(verdict, tolerated) {
            return self.reject(verdict, tolerated);
        }
        if staged.is_in_place() {
            return self.seal(staged, verdict.baseline(least));
        }
        self.commit_measured(verdict, least)
    }

    /// Returns the least loss of stored parameters on the samples that judge now: of the newest and
    /// the factory's, so that many commits in a row cannot each be a little worse. They are in
    /// memory afterwards.
    fn least_of_stored(&mut self, newest: Stored) -> Result<f32, Error> {
        let (memory, running) = self.started()?;
        let mut least = f32::INFINITY;
        if let Some(factory) = running.store.factory()
            && factory != newest
        {
            running.store.load(factory, &mut memory.parameters).map_err(flash)?;
            least = running.judge(memory).map_or(least, |verdict| verdict.loss);
        }
        running.store.load(newest, &mut memory.parameters).map_err(flash)?;
        let newest = running.judge(memory).map_or(least, |verdict| verdict.loss);
        Ok(least.min(newest))
    }

    /// Stores a staged candidate.
    fn seal(&mut self, staged: Staged, baseline: Baseline) -> Result<Response<'static>, Error> {
        let (memory, running) = self.started()?;
        let stored = running.store.seal(staged, baseline).map_err(flash)?;
        memory.learned.settle();
        self.committed(stored)
    }

    fn reject(&mut self, verdict: Verdict, tolerated: f32) -> Result<Response<'static>, Error> {
        let Verdict { loss, samples, .. } = verdict;
        event!("rejected a commit: mean loss {}, tolerated {}", loss, tolerated);
        self.return_to_stored()?;
        Ok(Response::Rejected { tolerated, loss, samples })
    }

    /// Returns what is stored already, if it is the image in memory, bit for bit, and certain to be
    /// the newest: else it is stored anew.
    fn stored_already(&mut self) -> Result<Option<Stored>, Error> {
        let (memory, running) = self.started()?;
        let stores_learned = running.settings.stores_learned;
        let Some((stored, origin)) = running.store.newest() else { return Ok(None) };
        let has_other_samples = origin == Origin::Factory && stores_learned;
        if has_other_samples || running.store.may_hide_newer() {
            return Ok(None);
        }
        let image = memory.commit_image(stores_learned);
        // What cannot be read is stored anew.
        let same = running.store.holds(stored, &image).unwrap_or(false);
        Ok(same.then_some(stored))
    }

    /// Stores the parameters and samples in memory as the factory's.
    pub(crate) fn install(&mut self) -> Result<Response<'static>, Error> {
        check_finite(self.parameters())?;
        let (memory, running) = self.started()?;
        running.store.look_again();
        // Where there are no samples, no commit is judged by them either.
        let nothing = Baseline { loss: f32::INFINITY, judges: 0 };
        let verdict = running.judge(memory);
        let baseline = verdict.map_or(nothing, |verdict| verdict.baseline(verdict.loss));
        let stored = running.store.install(&memory.factory_image(), baseline).map_err(flash)?;
        memory.learned.settle();
        self.committed(stored)
    }

    /// Returns to the parameters that were stored last.
    pub(crate) fn rollback(&mut self) -> Result<Response<'static>, Error> {
        self.find_stored()?;
        self.return_to_stored()?;
        Ok(Response::Done)
    }

    /// Returns to the factory's parameters, and forgets what was learned.
    pub(crate) fn reset(&mut self) -> Result<Response<'static>, Error> {
        let mut origin = self.find_stored()?;
        if origin == Origin::Blank {
            origin = self.return_to_stored()?;
        }
        let (memory, running) = self.started()?;
        if origin != Origin::Factory || running.store.may_hide_newer() {
            running.store.reset().map_err(flash)?;
        }
        memory.learned.clear();
        match self.return_to_stored()? {
            Origin::Factory => Ok(Response::Done),
            Origin::Commit | Origin::Blank => Err(Error::StoredLost),
        }
    }

    /// Looks for what is stored, and says whose it is: nobody's, if it cannot be read any more.
    ///
    /// # Errors
    /// [`Error::NothingStored`], if nothing is.
    fn find_stored(&mut self) -> Result<Origin, Error> {
        let (_, running) = self.started()?;
        running.store.look_again();
        match running.store.newest() {
            Some((_, origin)) => Ok(origin),
            None if running.store.has_lost() => Ok(Origin::Blank),
            None => Err(Error::NothingStored),
        }
    }

    /// Reads the stored parameters back, and forgets the samples that were learned since: one of
    /// them may be what led astray. If nothing is stored, makes initial parameters.
    ///
    /// # Errors
    /// [`Error::StoredLost`], with older or initial parameters in memory, if what is stored cannot
    /// be read.
    pub(crate) fn return_to_stored(&mut self) -> Result<Origin, Error> {
        let (memory, running) = self.started()?;
        running.store.look_again();
        memory.learned.forget_fresh();
        let origin = running.restore(memory, false);
        if running.store.has_lost() { Err(Error::StoredLost) } else { Ok(origin) }
    }

    fn committed(&mut self, stored: Stored) -> Result<Response<'static>, Error> {
        let (generation, fingerprint) = (stored.generation(), fingerprint(self.parameters()));
        let (_, running) = self.started()?;
        running.generation = generation;
        event!("stored parameters {:#x}, generation {}", fingerprint, generation);
        Ok(Response::Committed { generation, fingerprint })
    }
}

/// Never if the loss is not finite.
fn is_accepted(verdict: Verdict, tolerated: f32) -> bool {
    verdict.loss.is_finite() && (verdict.loss <= tolerated || !tolerated.is_finite())
}

fn flash(error: StoreError) -> Error {
    event!("flash failed: {}", error);
    match error {
        StoreError::NothingStored => Error::NothingStored,
        StoreError::FactoryDamaged => Error::FactoryDamaged,
        StoreError::Flash(_) | StoreError::Unstable | StoreError::Mismatch => Error::Flash,
    }
}
