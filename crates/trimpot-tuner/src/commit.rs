//! Storing parameters, and returning to them.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::loss::{Class, Loss};
use trimpot::shape::Vector;
use trimpot_link::{Error, Origin, Response, fingerprint};

use crate::Tuner;
use crate::log::event;
use crate::running::Verdict;
use crate::store::{StoreError, Stored};
use crate::tuner::check_finite;

impl<
    L,
    C,
    F,
    const I: usize,
    const O: usize,
    const P: usize,
    const PINNED: usize,
    const RECENT: usize,
> Tuner<L, C, F, I, O, P, PINNED, RECENT>
where
    L: Layer<Vector<I>, Output = Vector<O>>,
    C: Loss<Vector<O>, Target = Class>,
    F: NorFlash,
{
    /// Stores the parameters in memory, unless they do worse than is tolerated.
    ///
    /// They are judged before anything is erased: the record of what is stored has the least loss so far.
    /// Where other samples judge now, the candidate waits in a free slot, without a record, while the stored
    /// parameters are tried on them: there is never a second copy in memory.
    pub(crate) fn commit(&mut self) -> Result<Response<'static>, Error> {
        check_finite(self.parameters())?;
        if let Some(stored) = self.stored_already()? {
            let (memory, _) = self.started()?;
            memory.learned.settle();
            return self.committed(stored);
        }
        let (memory, running) = self.started()?;
        let verdict = running.judge(memory).ok_or(Error::NothingToJudgeBy)?;
        let Some((newest, _)) = running.store.newest() else {
            // There is nothing that it could be worse than.
            return self.accept(verdict, verdict.loss);
        };
        match running.least_loss(newest, memory.factory.held_out.len()) {
            Some(least) => self.accept(verdict, least),
            None => self.compare(verdict, newest),
        }
    }

    /// Stores the candidate in memory if its loss is small enough.
    fn accept(&mut self, verdict: Verdict, least: f32) -> Result<Response<'static>, Error> {
        let (memory, running) = self.started()?;
        let tolerated = running.tolerated(least, verdict);
        if !is_accepted(verdict, tolerated) {
            return self.reject(verdict, tolerated);
        }
        let image = memory.commit_image(running.settings.stores_learned);
        let staged = running.store.stage(&image, least.min(verdict.loss)).map_err(flash)?;
        let stored = running.store.seal(staged).map_err(flash)?;
        memory.learned.settle();
        self.committed(stored)
    }

    /// Tries the stored parameters on the samples that judge now, and stores the candidate if it is good enough.
    fn compare(&mut self, verdict: Verdict, newest: Stored) -> Result<Response<'static>, Error> {
        let (memory, running) = self.started()?;
        let stores_learned = running.settings.stores_learned;
        let image = memory.commit_image(stores_learned);
        let staged = running.store.stage(&image, verdict.loss).map_err(flash)?;
        let tried = running.store.load(newest, &mut memory.parameters);
        let best = running.judge(memory).filter(|_| tried.is_ok());
        let least = best.map_or(verdict.ignorant, |best| best.loss);
        let tolerated = running.tolerated(least, verdict);
        if !is_accepted(verdict, tolerated) {
            return self.reject(verdict, tolerated);
        }
        // Only parameters: the samples in memory are those of the candidate.
        if let Err(error) = running.store.load(staged.image(), &mut memory.parameters) {
            running.restore(memory);
            return Err(flash(error));
        }
        tried.map_err(flash)?;
        let stored = running.store.seal(staged).map_err(flash)?;
        memory.learned.settle();
        self.committed(stored)
    }

    fn reject(&mut self, verdict: Verdict, tolerated: f32) -> Result<Response<'static>, Error> {
        let Verdict { loss, samples, .. } = verdict;
        event!("rejected a commit: mean loss {}, tolerated {}", loss, tolerated);
        self.return_to_stored()?;
        Ok(Response::Rejected { tolerated, loss, samples })
    }

    /// What is stored already, if it is the image in memory, bit for bit.
    fn stored_already(&mut self) -> Result<Option<Stored>, Error> {
        let (memory, running) = self.started()?;
        let stores_learned = running.settings.stores_learned;
        let Some((stored, origin)) = running.store.newest() else { return Ok(None) };
        if origin == Origin::Factory && stores_learned {
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
        let loss = running.judge(memory).map_or(0.0, |verdict| verdict.loss);
        let stored = running.store.install(&memory.factory_image(), loss).map_err(flash)?;
        running.judges = memory.factory.held_out.len();
        memory.learned.settle();
        self.committed(stored)
    }

    /// Returns to the parameters that were stored last.
    pub(crate) fn rollback(&mut self) -> Result<Response<'static>, Error> {
        let (_, running) = self.started()?;
        running.store.newest().ok_or(Error::NothingStored)?;
        match self.return_to_stored()? {
            Origin::Blank => Err(Error::Flash),
            Origin::Factory | Origin::Commit => Ok(Response::Done),
        }
    }

    /// Returns to the factory's parameters, and forgets what was learned.
    pub(crate) fn reset(&mut self) -> Result<Response<'static>, Error> {
        let (memory, running) = self.started()?;
        let (_, origin) = running.store.newest().ok_or(Error::NothingStored)?;
        if origin == Origin::Commit {
            running.store.reset().map_err(flash)?;
        }
        memory.learned.clear();
        self.rollback()
    }

    /// Reads the stored parameters back, and forgets the samples that were learned since: one of them may
    /// be what led astray.
    pub(crate) fn return_to_stored(&mut self) -> Result<Origin, Error> {
        let (memory, running) = self.started()?;
        memory.learned.forget_fresh();
        Ok(running.restore(memory))
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
