//! The network that learns.

mod debug;

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot::loss::{Class, SliceLoss};
use trimpot::random::Random;
use trimpot_link::{Origin, ReplayCounts, Task, fingerprint};

use crate::log::event;
use crate::memory::{Cut, Storage};
use crate::metrics::{Metrics, Progress};
use crate::results::{Commit, Committed, Description, Learned, Prediction};
use crate::running::{Running, check_finite};
use crate::store::{Identity, Store};
use crate::{Error, F32s, Model, Settings, Sizes, StartError};

/// A network that learns: the model `M` with the loss `C`, stored in the flash memory `F`, in the
/// memory `S`.
///
/// It learns from labelled samples, one by one, and replays earlier ones: of each class those that
/// the factory [pinned](Self::pin), and those that were learned last. [`commit`](Self::commit)
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
/// use trimpot_tuner::{Commit, Memory, Settings, Sizes, Tuner};
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
/// let (model, loss) = (Planned::<Vector<4>, _>::new(&LAYERS), CrossEntropy::new());
/// let mut tuner = Tuner::new(model, loss, SETTINGS, &mut memory, flash, 0..64 * 1024)?;
///
/// let learned = tuner.learn(&[0.0, 1.0, 0.0, 0.0], 1)?;
/// assert!(learned.loss > 0.0 && !learned.rolled_back);
/// assert!(matches!(tuner.commit()?, Commit::Stored(_)));
/// assert_eq!(tuner.predict(&[0.0, 1.0, 0.0, 0.0])?.outputs.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Tuner<M, C, F, S> {
    running: Running<M, C, F>,
    memory: S,
}

impl<M: Model, C: SliceLoss<Target = Class>, F: NorFlash, S: Storage> Tuner<M, C, F, S> {
    /// Starts with what is stored in an area of the flash memory: the parameters of the last
    /// commit, else the factory's, else random ones, and the factory's samples.
    ///
    /// The area consists of whole erase pages. [`Sizes::flash`] bytes of it are used, by nobody
    /// else. The memory may hold anything.
    ///
    /// # Errors
    /// If there is too little memory, if the loss is undefined for the network's outputs, or if the
    /// area is too small, holds something else, or cannot be read: a failure is not taken for
    /// emptiness.
    // What opening a store takes on the stack is gone afterwards.
    #[inline(never)]
    pub fn new(
        model: M,
        loss: C,
        settings: Settings,
        memory: S,
        flash: F,
        area: Range<u32>,
    ) -> Result<Self, StartError> {
        let sizes = Sizes::of_model(&model, &settings);
        check::<C>(&sizes, memory.parts())?;
        let identity = Identity { architecture: model.fingerprint(), version: settings.version };
        let store = Store::open(flash, area, identity, sizes.layout::<F>())?;
        let running = Running {
            model,
            loss,
            store,
            settings,
            sizes,
            random: Random::new(settings.seed),
            origin: Origin::Blank,
            generation: 0,
            progress: Progress::default(),
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
        let capacity = sizes.pinned.saturating_add(sizes.recent).saturating_mul(sizes.classes);
        Description {
            architecture: store.identity().architecture,
            inputs: sizes.inputs as u32,
            task: Task::Classes,
            outputs: sizes.classes as u32,
            classes: sizes.classes as u32,
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

    /// Computes the outputs for a sample.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`].
    pub fn predict<'f>(&mut self, features: impl Into<F32s<'f>>) -> Result<Prediction<'_>, Error> {
        let (running, cut) = self.with_sample(features.into())?;
        Ok(running.predict(cut.parameters, cut.scratch))
    }

    /// Computes the outputs for a sample of class `label`, and counts in the metrics whether they
    /// were right.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`], [`Error::Label`].
    pub fn evaluate<'f>(
        &mut self,
        features: impl Into<F32s<'f>>,
        label: u32,
    ) -> Result<Prediction<'_>, Error> {
        let (running, cut) = self.with_labelled(features.into(), label)?;
        let prediction = running.predict(cut.parameters, cut.scratch);
        running.progress.evaluated(cut.tallies, label, prediction.class);
        Ok(prediction)
    }

    /// Learns that a sample is of class `label`: one step on the sample, then steps on replayed
    /// ones, which it joins.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::NotFinite`], [`Error::Label`]; [`Error::OutOfRange`], if a
    /// feature is far outside of what the network was trained on; [`Error::StoredLost`], if the
    /// steps led to something not finite and what is stored cannot be read.
    pub fn learn<'f>(
        &mut self,
        features: impl Into<F32s<'f>>,
        label: u32,
    ) -> Result<Learned, Error> {
        let (running, mut cut) = self.with_labelled(features.into(), label)?;
        running.learn(&mut cut, label)
    }

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
    /// [`Error::Features`], [`Error::NotFinite`], [`Error::Label`], [`Error::NoRange`],
    /// [`Error::OutOfRange`], [`Error::Full`].
    pub fn pin<'f>(&mut self, features: impl Into<F32s<'f>>, label: u32) -> Result<u32, Error> {
        let (_, cut) = self.with_labelled(features.into(), label)?;
        let (mut factory, sample) = (cut.factory, cut.scratch.sample);
        factory.pinned.add(&factory.range, sample, label)?;
        Ok(factory.pinned.len() as u32)
    }

    /// Holds a sample out: never learns from it, and judges parameters by it before they are
    /// committed. Stored by [`install`](Self::install). Returns how many samples are held out.
    ///
    /// # Errors
    /// Those of [`pin`](Self::pin).
    pub fn hold_out<'f>(
        &mut self,
        features: impl Into<F32s<'f>>,
        label: u32,
    ) -> Result<u32, Error> {
        let (_, cut) = self.with_labelled(features.into(), label)?;
        let (mut factory, sample) = (cut.factory, cut.scratch.sample);
        factory.held_out.add(&factory.range, sample, label)?;
        Ok(factory.held_out.len() as u32)
    }

    /// Forgets the range of features and all samples in memory, so that others can be installed.
    /// What is stored stays.
    pub fn clear_samples(&mut self) {
        let (_, mut cut) = self.parts();
        cut.factory.clear();
        cut.recent.clear();
    }

    /// Returns how it is going.
    pub fn metrics(&mut self) -> Metrics {
        let (running, cut) = self.parts();
        running.progress.metrics(cut.tallies)
    }

    /// Starts counting anew.
    pub fn clear_metrics(&mut self) {
        let (running, cut) = self.parts();
        running.progress.clear(cut.tallies);
    }

    /// Overwrites parameters in memory, from number `at` on.
    ///
    /// # Errors
    /// [`Error::NotFinite`], [`Error::Range`].
    pub fn write_parameters<'f>(
        &mut self,
        at: u32,
        values: impl Into<F32s<'f>>,
    ) -> Result<(), Error> {
        let (_, cut) = self.parts();
        write(cut.parameters, at, values.into())
    }

    /// Stores the parameters in memory as the factory's, with the range of features and the pinned
    /// and held-out samples: what [`reset`](Self::reset) returns to. Forgets earlier commits.
    ///
    /// # Errors
    /// [`Error::NotFinite`], [`Error::Flash`].
    pub fn install(&mut self) -> Result<Committed, Error> {
        let (running, mut cut) = self.parts();
        running.install(&mut cut)
    }

    /// Stores the parameters in memory, so that they survive a power cut, unless they do worse on
    /// the held-out samples than is tolerated: than the least loss that stored parameters have had
    /// on them. Without such samples the replayed ones are the judge, and where others judge than
    /// before, the parameters stored last and the factory's are what is compared with.
    ///
    /// # Errors
    /// [`Error::NotFinite`], [`Error::NothingToJudgeBy`], [`Error::Flash`],
    /// [`Error::StoredUnreadable`]; [`Error::CandidateLost`] or [`Error::StoredLost`], if the flash
    /// memory fails on the way, each of which says what is in memory.
    pub fn commit(&mut self) -> Result<Commit, Error> {
        let (running, mut cut) = self.parts();
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

    /// [Installs](Self::install) at boot: that is where the parameters came from, then.
    pub(crate) fn install_at_boot(&mut self) -> Result<(), Error> {
        self.install()?;
        self.running.origin = Origin::Factory;
        Ok(())
    }

    /// Returns the network without its parameters.
    pub const fn model(&self) -> &M {
        &self.running.model
    }

    /// Returns the memory in its parts, and what runs in it.
    fn parts(&mut self) -> (&mut Running<M, C, F>, Cut<'_>) {
        let cut = self.running.sizes.cut(self.memory.parts_mut());
        (&mut self.running, cut)
    }

    /// [`parts`](Self::parts) with these features in place of the sample.
    #[inline(never)]
    fn with_sample(
        &mut self,
        features: F32s<'_>,
    ) -> Result<(&mut Running<M, C, F>, Cut<'_>), Error> {
        let (running, cut) = self.parts();
        if !features.copy_to(cut.scratch.sample) {
            let expected = running.sizes.inputs as u32;
            return Err(Error::Features { expected, found: features.len() as u32 });
        }
        check_finite(cut.scratch.sample)?;
        Ok((running, cut))
    }

    /// [`with_sample`](Self::with_sample) of a class.
    fn with_labelled(
        &mut self,
        features: F32s<'_>,
        label: u32,
    ) -> Result<(&mut Running<M, C, F>, Cut<'_>), Error> {
        let (running, cut) = self.with_sample(features)?;
        let classes = running.sizes.classes as u32;
        if label < classes {
            Ok((running, cut))
        } else {
            Err(Error::Label { classes, found: label })
        }
    }
}

impl<M, C, F: NorFlash, S> Tuner<M, C, F, S> {
    /// Returns the flash memory.
    pub const fn flash_mut(&mut self) -> &mut F {
        self.running.store.flash_mut()
    }

    /// Gives the flash memory back.
    pub fn into_flash(self) -> F {
        self.running.store.into_flash()
    }
}

impl<M, C, F, S: Storage> Tuner<M, C, F, S> {
    /// Returns the parameters in memory, layer by layer.
    pub fn parameters(&self) -> &[f32] {
        let (values, _) = self.memory.parts();
        values.get(..self.running.sizes.parameters).unwrap_or_default()
    }
}

/// Checks that there is memory enough, and that the loss is defined.
fn check<C: SliceLoss>(sizes: &Sizes, (values, bytes): (&[f32], &[u8])) -> Result<(), StartError> {
    let (needed, available) = (sizes.values(), values.len());
    if available < needed {
        return Err(StartError::Values { needed, available });
    }
    let (needed, available) = (sizes.bytes(), bytes.len());
    if available < needed {
        return Err(StartError::Bytes { needed, available });
    }
    let (needed, available) = (C::LEAST, sizes.classes);
    if available < needed {
        return Err(StartError::Outputs { needed, available });
    }
    Ok(())
}

/// Overwrites parameters from number `at` on.
fn write(parameters: &mut [f32], at: u32, values: F32s<'_>) -> Result<(), Error> {
    if let Some(index) = values.not_finite() {
        return Err(Error::NotFinite { index });
    }
    let end = at.saturating_add(values.len() as u32);
    let range = Error::Range { parameters: parameters.len() as u32, end };
    let places = parameters.get_mut(at as usize..end as usize).ok_or(range)?;
    if values.copy_to(places) { Ok(()) } else { Err(range) }
}
