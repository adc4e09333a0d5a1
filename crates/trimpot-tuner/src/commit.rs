//! Keeping weights, and returning to them.
//!
//! There is never a second copy of the weights in memory: the candidate waits in its slot of the flash
//! while the kept weights are tried.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::loss::{Class, Loss};
use trimpot::shape::Vector;
use trimpot_link::{Error, Origin, Response};

use crate::Tuner;
use crate::log::event;
use crate::store::{Image, Kind, Staged, StoreError};

impl<
    L,
    C,
    F,
    const I: usize,
    const O: usize,
    const P: usize,
    const KEPT: usize,
    const RECENT: usize,
> Tuner<L, C, F, I, O, P, KEPT, RECENT>
where
    L: Layer<Vector<I>, Output = Vector<O>>,
    C: Loss<Vector<O>, Target = Class>,
    F: NorFlash,
{
    /// Keeps the weights in memory, unless they do worse on the replayed samples than those kept.
    pub(crate) fn commit(&mut self) -> Result<Response<'static>, Error> {
        self.check_finite()?;
        let candidate = self.mean_loss();
        let staged = self.store.stage(Kind::Commit, self.network.parameters()).map_err(flash)?;
        if let (Some(candidate), Some((kept, _))) = (candidate, self.store.kept()) {
            let kept = self.try_out(kept, staged.image())?;
            if !self.accepts(candidate, kept) {
                event!("rejected a commit: mean loss {} after {}", candidate, kept);
                return Ok(Response::Rejected { kept, rejected: candidate });
            }
            self.reload(staged.image())?;
        }
        self.keep(staged)
    }

    /// Keeps the weights in memory as the factory's.
    pub(crate) fn install(&mut self) -> Result<Response<'static>, Error> {
        self.check_finite()?;
        let staged = self.store.stage(Kind::Factory, self.network.parameters()).map_err(flash)?;
        self.keep(staged)
    }

    /// Returns to the weights that were kept last.
    pub(crate) fn rollback(&mut self) -> Result<Response<'static>, Error> {
        self.store.kept().ok_or(Error::NothingKept)?;
        match self.restore() {
            Origin::Blank => Err(Error::Flash),
            Origin::Factory | Origin::Commit => Ok(Response::Done),
        }
    }

    /// Returns to the factory's weights, and forgets what was learned.
    pub(crate) fn reset(&mut self) -> Result<Response<'static>, Error> {
        if !self.store.has_factory() {
            return Err(Error::NothingKept);
        }
        if let Some((_, Origin::Commit)) = self.store.kept() {
            self.store.reset().map_err(flash)?;
        }
        self.replay.forget_learned();
        self.rollback()
    }

    /// Reads the kept weights, or the next best that can be read; else makes initial ones.
    pub(crate) fn restore(&mut self) -> Origin {
        while let Some((image, origin)) = self.store.kept() {
            match self.store.load(image, self.network.parameters_mut()) {
                Ok(()) => return origin,
                Err(error) => {
                    event!("kept weights are lost: {}", error);
                    self.store.discard(image);
                }
            }
        }
        self.network.initialize(self.settings.seed);
        Origin::Blank
    }

    /// Puts the kept weights in place of the staged ones. Returns their mean loss.
    fn try_out(&mut self, kept: Image, staged: Image) -> Result<f32, Error> {
        if let Err(error) = self.store.load(kept, self.network.parameters_mut()) {
            self.store.discard(kept);
            self.reload(staged)?;
            return Err(flash(error));
        }
        Ok(self.mean_loss().unwrap_or(0.0))
    }

    /// Puts the staged weights back in memory, or if they are lost, the kept ones.
    fn reload(&mut self, staged: Image) -> Result<(), Error> {
        self.store.load(staged, self.network.parameters_mut()).map_err(|error| {
            self.restore();
            flash(error)
        })
    }

    /// Whether a mean loss is good enough to be kept in place of another. Never one that is not finite;
    /// always a finite one in place of one that is not.
    fn accepts(&self, candidate: f32, kept: f32) -> bool {
        let limit = kept * (1.0 + self.settings.tolerance);
        candidate.is_finite() && (candidate <= limit || !limit.is_finite())
    }

    fn keep(&mut self, staged: Staged) -> Result<Response<'static>, Error> {
        let fingerprint = staged.image().fingerprint();
        self.store.seal(staged).map_err(flash)?;
        let generation = self.store.generation();
        event!("kept weights {:#x}, generation {}", fingerprint, generation);
        Ok(Response::Committed { generation, fingerprint })
    }

    /// Mean loss on the replayed samples.
    fn mean_loss(&self) -> Option<f32> {
        let (mut sum, mut count) = (0.0, 0u32);
        for (sample, label) in self.replay.iter() {
            let outputs = self.network.predict::<f32>(sample);
            sum += self.loss.value::<f32>(&outputs, &label);
            count = count.saturating_add(1);
        }
        (count > 0).then(|| sum / count as f32)
    }
}

fn flash(error: StoreError) -> Error {
    event!("flash failed: {}", error);
    Error::Flash
}
