//! The network that learns.

mod debug;
mod factory;
mod slices;
mod tasks;

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot::random::Random;
use trimpot_link::{Origin, ReplayCounts, fingerprint};

use crate::log::event;
use crate::memory::{Cut, Storage};
use crate::metrics::{Metrics, Progress};
use crate::model::TrainingCounts;
use crate::results::{Commit, Committed, Description, Learned, Work};
use crate::running::{Running, check_finite};
use crate::store::{Identity, Store};
use crate::task::Placed;
use crate::{Error, F32s, Model, Settings, Sizes, StartError, Task};

/// A network that learns: the model `M` with the [task](Task) `T`, stored in the flash memory `F`,
/// in the memory `S`.
///
/// It learns from samples with targets, one by one, and replays earlier ones: of each class those
/// that the factory [pinned](Self::pin), and those that were learned last. [`commit`](Self::commit)
/// stores what it has learned, unless it does worse on held-out samples.
///
/// Everything it does depends on the calls, the settings and the flash alone, to the bit.
///
/// ```
/// use trimpot::layer::{Dense, Relu};
/// use trimpot::loss::CrossEntropy;
/// use trimpot::network::Planned;
/// use trimpot::shape::Vector;
/// use trimpot::{Chain, chain};
/// use trimpot_tuner::{Classification, Commit, Memory, Settings, Sizes, Tuner};
/// # use trimpot_testkit::flash::Flash;
///
/// type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 3>];
/// static LAYERS: Layers = chain![Dense, Relu, Dense];
/// const SETTINGS: Settings = Settings::new().with_pinned(2).with_recent(3);
/// const SIZES: Sizes = Sizes::of::<Vector<4>, Layers>(&SETTINGS);
///
/// // On a board the memory is a `static`, and the flash the driver's.
/// let mut memory = Memory::<{ SIZES.values() }, { SIZES.bytes() }>::new();
/// let flash = Flash::<1, 4, 256>::new(64 * 1024);
/// let model = Planned::<Vector<4>, _>::new(&LAYERS);
/// let task = Classification::new(CrossEntropy::new());
/// let mut tuner = Tuner::new(model, task, SETTINGS, &mut memory, flash, 0..64 * 1024)?;
///
/// let learned = tuner.learn(&[0.0, 1.0, 0.0, 0.0], 1)?;
/// assert!(learned.loss > 0.0 && !learned.rolled_back);
/// assert!(matches!(tuner.commit()?, Commit::Stored(_)));
/// assert_eq!(tuner.predict(&[0.0, 1.0, 0.0, 0.0])?.outputs.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Tuner<M, T: Task, F, S> {
    running: Running<M, T, F>,
    memory: S,
}

/// What runs in the memory, the memory, and what is known of the sample in it.
type WithTarget<'t, M, T, F> = (&'t mut Running<M, T, F>, Cut<'t>, Placed);

impl<M: Model, T: Task, F: NorFlash, S: Storage> Tuner<M, T, F, S> {
    /// Starts with what is stored in an area of the flash memory: the parameters of the last
    /// commit, else the factory's, else random ones, and the factory's samples.
    ///
    /// The area consists of whole erase pages. [`Sizes::flash`] bytes of it are used, by nobody
    /// else. The memory may hold anything.
    ///
    /// # Errors
    /// If there is too little memory, if the task is undefined for the network's outputs, or if the
    /// area is too small, holds something else, or cannot be read: a failure is not taken for
    /// emptiness.
    // What opening a store takes on the stack is gone afterwards.
    #[inline(never)]
    pub fn new(
        model: M,
        task: T,
        settings: Settings,
        memory: S,
        flash: F,
        area: Range<u32>,
    ) -> Result<Self, StartError> {
        let sizes = Sizes::of_model(&model, &settings).with_task(task.sizes());
        check(&sizes, memory.parts())?;
        task.check(sizes.kept(), sizes.outputs)?;
        let (architecture, version) = (model.fingerprint(), settings.version);
        // Bytes of another format are not those of this tuner.
        let task_code = task.code() ^ sizes.format().code();
        let identity = Identity { architecture, version, task: task_code };
        let store = Store::open(flash, area, identity, sizes.layout::<F>())?;
        let running = Running {
            model,
            task,
            store,
            settings,
            sizes,
            random: Random::new(settings.seed),
            origin: Origin::Blank,
            generation: 0,
            progress: Progress::default(),
            learning: None,
            training: TrainingCounts::default(),
            counts: T::Counts::default(),
        };
        let mut tuner = Tuner { running, memory };
        let (running, mut cut) = tuner.parts();
        running.boot(&mut cut);
        event!("booted from {}, {} damaged", running.origin, running.store.damaged());
        Ok(tuner)
    }

    /// Returns what the tuner is, and how it is.
    pub fn describe(&mut self) -> Description {
        let (running, cut) = self.parts();
        let &mut Running { sizes, ref settings, ref store, .. } = running;
        let capacity = sizes.pinned.saturating_add(sizes.recent).saturating_mul(sizes.groups());
        Description {
            architecture: store.identity().architecture,
            inputs: sizes.inputs as u32,
            task: running.task.spec().kind(),
            outputs: sizes.outputs as u32,
            classes: running.classes(cut.state).unwrap_or_default() as u32,
            parameters: sizes.parameters as u32,
            version: settings.version,
            fingerprint: fingerprint(cut.parameters),
            origin: running.origin,
            generation: running.generation,
            damaged: store.damaged(),
            replay: ReplayCounts {
                pinned: cut.factory.pinned.len() as u32,
                learned: cut.recent.len() as u32,
                capacity: capacity as u32,
                pinned_capacity: sizes.pinned as u32,
                held_out: cut.factory.held_out.len() as u32,
            },
            stores_learned: settings.stores_learned,
            ram: sizes.ram() as u32,
        }
    }

    /// Predicts what a sample is.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`].
    pub fn predict<'f>(
        &mut self,
        features: impl Into<F32s<'f>>,
    ) -> Result<T::Prediction<'_>, Error> {
        let (running, cut) = self.with_sample(features.into())?;
        running.predict(cut)
    }

    /// Predicts what a sample is, and counts in the metrics how far that is from its target.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`], [`Error::Label`], [`Error::Values`].
    pub fn evaluate<'f, 't>(
        &mut self,
        features: impl Into<F32s<'f>>,
        target: impl Into<T::Target<'t>>,
    ) -> Result<T::Prediction<'_>, Error> {
        let (running, cut, placed) = self.with_target(features.into(), target.into())?;
        running.evaluate(cut, placed)
    }

    /// Learns a sample's target: one step on the sample, then steps on replayed ones, which it
    /// joins.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`], [`Error::Label`], [`Error::Values`];
    /// [`Error::OutOfRange`], if a feature is far outside of what the network was trained on;
    /// [`Error::Anomalous`], [`Error::NotCalibrated`]; [`Error::Learning`], if another sample is
    /// being learned; [`Error::StoredLost`], if the steps led to something not finite and what is
    /// stored cannot be read.
    pub fn learn<'f, 't>(
        &mut self,
        features: impl Into<F32s<'f>>,
        target: impl Into<T::Target<'t>>,
    ) -> Result<Learned, Error> {
        self.begin(features, target)?;
        loop {
            if let Work::Done(learned) = self.work(u32::MAX)? {
                return Ok(learned);
            }
        }
    }

    /// Returns how it is going.
    pub fn metrics(&mut self) -> Metrics<T::Scores> {
        let (running, cut) = self.parts();
        running.metrics(&cut)
    }

    /// Starts counting anew.
    pub fn clear_metrics(&mut self) {
        let (running, mut cut) = self.parts();
        running.clear_metrics(&mut cut);
    }

    /// Overwrites parameters in memory, from number `at` on. What an
    /// [optimizer](crate::Optimized) remembers of them is forgotten.
    ///
    /// # Errors
    /// [`Error::Learning`], [`Error::NotFinite`], [`Error::Range`].
    pub fn write_parameters<'f>(
        &mut self,
        at: u32,
        values: impl Into<F32s<'f>>,
    ) -> Result<(), Error> {
        let (running, mut cut) = self.parts();
        running.check_idle()?;
        let values = values.into();
        if let Some(index) = values.not_finite() {
            return Err(Error::NotFinite { index });
        }
        overwrite(cut.parameters, at, values)?;
        running.forget_training(&mut cut);
        Ok(())
    }

    /// Stores the parameters in memory as the factory's, with the range of features and the pinned
    /// and held-out samples: what [`reset`](Self::reset) returns to. Forgets earlier commits.
    ///
    /// # Errors
    /// [`Error::Learning`], [`Error::NotFinite`], [`Error::Flash`].
    pub fn install(&mut self) -> Result<Committed, Error> {
        let (running, mut cut) = self.parts();
        running.check_idle()?;
        running.install(&mut cut)
    }

    /// Stores the parameters in memory, so that they survive a power cut, unless they do worse on
    /// the held-out samples than is tolerated: than the least loss that stored parameters have had
    /// on them. Without such samples the replayed ones are the judge, and where others judge than
    /// before, the parameters stored last and the factory's are what is compared with. Without any
    /// samples of the factory nothing is stored where
    /// [these are demanded](Settings::with_factory_judges).
    ///
    /// # Errors
    /// [`Error::Learning`], [`Error::NotFinite`], [`Error::NothingToJudgeBy`], [`Error::Flash`],
    /// [`Error::StoredUnreadable`]; [`Error::CandidateLost`] or [`Error::StoredLost`], if the flash
    /// memory fails on the way, each of which says what is in memory.
    pub fn commit(&mut self) -> Result<Commit, Error> {
        let (running, mut cut) = self.parts();
        running.check_idle()?;
        running.commit(&mut cut)
    }

    /// Returns to the parameters that were stored last, and forgets the samples that were learned
    /// since.
    ///
    /// # Errors
    /// [`Error::NothingStored`], [`Error::StoredLost`].
    pub fn rollback(&mut self) -> Result<(), Error> {
        let (running, mut cut) = self.parts();
        running.rollback(&mut cut)
    }

    /// Returns to the factory's parameters, and forgets commits and learned samples.
    ///
    /// # Errors
    /// [`Error::NothingStored`], [`Error::FactoryDamaged`], [`Error::Flash`];
    /// [`Error::StoredLost`], if they cannot be read once commits are forgotten.
    pub fn reset(&mut self) -> Result<(), Error> {
        let (running, mut cut) = self.parts();
        running.reset(&mut cut)
    }

    /// [Installs](Self::install) at boot, where nothing was stored: that is where the parameters came
    /// from, then.
    ///
    /// # Errors
    /// Those of [`install`](Self::install).
    pub fn install_at_boot(&mut self) -> Result<(), Error> {
        self.install()?;
        self.running.origin = Origin::Factory;
        Ok(())
    }

    /// Returns the network without its parameters.
    pub const fn model(&self) -> &M {
        &self.running.model
    }

    /// Returns the memory in its parts, and what runs in it.
    fn parts(&mut self) -> (&mut Running<M, T, F>, Cut<'_>) {
        let cut = self.running.sizes.cut(self.memory.parts_mut());
        (&mut self.running, cut)
    }

    /// [`parts`](Self::parts) with these features in place of the sample.
    #[inline(never)]
    fn with_sample(
        &mut self,
        features: F32s<'_>,
    ) -> Result<(&mut Running<M, T, F>, Cut<'_>), Error> {
        let (running, cut) = self.parts();
        let Sizes { inputs, .. } = running.sizes;
        let place = cut.scratch.sample.get_mut(..inputs).unwrap_or_default();
        if !features.copy_to(place) {
            let expected = inputs as u32;
            return Err(Error::Features { expected, found: features.len() as u32 });
        }
        check_finite(place)?;
        Ok((running, cut))
    }

    /// [`with_sample`](Self::with_sample) with its target.
    fn with_target(
        &mut self,
        features: F32s<'_>,
        target: T::Target<'_>,
    ) -> Result<WithTarget<'_, M, T, F>, Error> {
        let (running, mut cut) = self.with_sample(features)?;
        let placed = running.place(&mut cut, target)?;
        Ok((running, cut, placed))
    }
}

impl<M, T: Task, F: NorFlash, S> Tuner<M, T, F, S> {
    /// Returns the flash memory.
    pub const fn flash_mut(&mut self) -> &mut F {
        self.running.store.flash_mut()
    }

    /// Gives the flash memory back.
    pub fn into_flash(self) -> F {
        self.running.store.into_flash()
    }
}

impl<M, T: Task, F, S: Storage> Tuner<M, T, F, S> {
    /// Returns the parameters in memory, layer by layer.
    pub fn parameters(&self) -> &[f32] {
        let (values, _) = self.memory.parts();
        values.get(..self.running.sizes.parameters).unwrap_or_default()
    }
}

/// Checks that there is memory enough.
fn check(sizes: &Sizes, (values, bytes): (&[f32], &[u8])) -> Result<(), StartError> {
    let (needed, available) = (sizes.values(), values.len());
    if available < needed {
        return Err(StartError::Values { needed, available });
    }
    let (needed, available) = (sizes.bytes(), bytes.len());
    if available < needed {
        return Err(StartError::Bytes { needed, available });
    }
    Ok(())
}

/// Overwrites numbers from number `at` on.
fn overwrite(numbers: &mut [f32], at: u32, values: F32s<'_>) -> Result<(), Error> {
    let end = at.saturating_add(values.len() as u32);
    let range = Error::Range { parameters: numbers.len() as u32, end };
    let places = numbers.get_mut(at as usize..end as usize).ok_or(range)?;
    if values.copy_to(places) { Ok(()) } else { Err(range) }
}
