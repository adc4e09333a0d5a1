//! The network that learns.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::loss::{Class, Loss};
use trimpot::network::{self, Planned};
use trimpot::random::Random;
use trimpot::shape::Vector;
use trimpot_link::{
    Description, Error, F32Slice, Origin, PROTOCOL, ReplayCounts, Request, Response, fingerprint,
    first_sequence,
};

use crate::Settings;
use crate::log::event;
use crate::memory::Memory;
use crate::parameters::{all_finite, check_finite};
use crate::running::{Running, decide};
use crate::store::{Identity, Layout, OpenError, Store};

/// A network of layers `L`, with `I` features, `O` classes, `P` parameters and `STEP` values in a
/// training step, that learns with the loss `C` and is stored in the flash memory `F`. Of each class
/// it replays `PINNED` samples of the factory and the `RECENT` ones that were learned last, and
/// judges commits by up to `PINNED` others.
///
/// Everything it does depends on the requests, the settings and the flash alone, to the bit.
///
/// `PINNED` and `RECENT` are 255 at most, since a stored count is a byte: this does not compile.
///
/// ```compile_fail,E0080
/// use trimpot::{Chain, layer::Dense, loss::CrossEntropy};
/// type Flash = trimpot_testkit::flash::Flash<1, 4, 256>;
/// type Tuner<const RECENT: usize> =
///     trimpot_tuner::Tuner<Chain![Dense<4, 2>], CrossEntropy, Flash, 4, 2, 10, 4, 0, RECENT>;
/// let _possible = Tuner::<255>::new();
/// let _impossible = Tuner::<256>::new();
/// ```
#[derive(Debug)]
pub struct Tuner<
    L,
    C,
    F,
    const I: usize,
    const O: usize,
    const P: usize,
    const STEP: usize,
    const PINNED: usize,
    const RECENT: usize,
> {
    memory: Memory<I, O, P, PINNED, RECENT>,
    state: State<Running<L, C, F, STEP>>,
}

/// Whether a tuner has started.
///
/// The discriminant is a byte of its own, and `Created` is 0. An `Option` would say `None` by a
/// number that some field of the content never has, and one byte that is not zero puts the whole
/// `static` into flash memory.
#[derive(Debug)]
#[repr(u8)]
enum State<R> {
    Created,
    Running(R),
}

/// What a board gives a tuner.
#[derive(Debug)]
pub struct Device<F> {
    /// The flash memory.
    pub flash: F,
    /// The area of the flash memory that is the tuner's: whole erase pages, of which it uses
    /// [`Tuner::FLASH`] bytes, and nobody else any.
    pub area: Range<u32>,
    /// A number that no boot of the board repeats, so that frames recorded before a reboot are
    /// refused after it: random, from the hardware, or [counted](crate::boots::count).
    pub session: u32,
}

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
{
    /// Creates a tuner that is not started: all zero, so that a `static` takes no flash memory, and
    /// there is nothing to build on the stack.
    pub const fn new() -> Self {
        Tuner { memory: Memory::new(), state: State::Created }
    }

    /// Returns the parameters in memory, layer by layer.
    pub const fn parameters(&self) -> &[f32; P] {
        &self.memory.parameters
    }

    pub(crate) const fn parameters_mut(&mut self) -> &mut [f32; P] {
        &mut self.memory.parameters
    }

    /// Returns the flash memory, once the tuner has started.
    pub const fn flash_mut(&mut self) -> Option<&mut F>
    where
        F: NorFlash,
    {
        match &mut self.state {
            State::Running(running) => Some(running.store.flash_mut()),
            State::Created => None,
        }
    }

    /// Gives the flash memory back, if the tuner has started.
    pub fn into_flash(self) -> Option<F>
    where
        F: NorFlash,
    {
        match self.state {
            State::Running(running) => Some(running.store.into_flash()),
            State::Created => None,
        }
    }

    /// Returns the memory, and what runs in it.
    pub(crate) fn started(
        &mut self,
    ) -> Result<(&mut Memory<I, O, P, PINNED, RECENT>, &mut Running<L, C, F, STEP>), Error> {
        match &mut self.state {
            State::Running(running) => Ok((&mut self.memory, running)),
            State::Created => Err(Error::NotStarted),
        }
    }
}

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
> Default for Tuner<L, C, F, I, O, P, STEP, PINNED, RECENT>
{
    fn default() -> Self {
        Tuner::new()
    }
}

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
    /// Bytes of memory for network, samples, metrics and a training step. The driver of the flash
    /// memory and the link's buffers come on top.
    pub const RAM: usize = size_of::<Memory<I, O, P, PINNED, RECENT>>() + size_of::<[f32; STEP]>();

    /// Bytes of flash memory that are used.
    pub const FLASH: u32 = Self::layout(false).bytes();

    /// The same where learned samples are stored too.
    pub const FLASH_WITH_SAMPLES: u32 = Self::layout(true).bytes();

    const fn layout(stores_learned: bool) -> Layout {
        type OfSize<
            const I: usize,
            const O: usize,
            const P: usize,
            const N: usize,
            const R: usize,
        > = Memory<I, O, P, N, R>;
        let commit = OfSize::<I, O, P, PINNED, RECENT>::commit_bytes(stores_learned);
        Layout::new::<F>(OfSize::<I, O, P, PINNED, RECENT>::FACTORY_BYTES, commit)
    }

    /// Starts with what is stored: the parameters of the last commit, else the factory's, else
    /// random ones, and the factory's samples.
    ///
    /// # Errors
    /// If the area of the flash memory is too small, holds something else, or cannot be read: a
    /// failure is not taken for emptiness.
    pub fn start(
        &mut self,
        layers: L,
        loss: C,
        device: Device<F>,
        settings: Settings,
    ) -> Result<(), OpenError> {
        const {
            assert!(
                STEP >= Planned::<Vector<I>, L>::STEP_VALUES
                    && STEP >= Planned::<Vector<I>, L>::INFERENCE_VALUES,
                "there is memory for a training step"
            );
        }
        let Device { flash, area, session } = device;
        let architecture = network::fingerprint::<Vector<I>, L>(&layers);
        let identity = Identity { architecture, version: settings.version };
        let store = Store::open(flash, area, identity, Self::layout(settings.stores_learned))?;
        self.state = State::Running(Running {
            layers,
            loss,
            store,
            settings,
            random: Random::new(settings.seed),
            origin: Origin::Blank,
            generation: 0,
            next: first_sequence(session),
        });
        let Ok((memory, running)) = self.started() else { return Ok(()) };
        running.boot(memory);
        event!("booted from {}, {} damaged", running.origin, running.store.damaged());
        Ok(())
    }

    /// Does what is asked, whatever its number. Numbers in the answer are written to `scratch`.
    pub fn handle<'s>(&mut self, request: &Request<'_>, scratch: &'s mut [u8]) -> Response<'s> {
        self.try_handle(request, scratch).unwrap_or_else(Response::Refused)
    }

    // What has samples on the stack is a function of its own, so that each is there alone.
    fn try_handle<'s>(
        &mut self,
        request: &Request<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        self.started()?;
        match *request {
            Request::Describe => self.describe().map(Response::Description),
            Request::Predict { features } => self.predict(features, scratch),
            Request::Evaluate { features, label } => self.evaluate(features, label, scratch),
            Request::Learn { features, label } => self.learn(features, label),
            Request::Widen { features } => self.widen(features),
            Request::Remember { features, label } => self.pin(features, label),
            Request::HoldOut { features, label } => self.hold_out(features, label),
            Request::ClearSamples => {
                self.memory.factory.clear();
                self.memory.learned.clear();
                Ok(Response::Done)
            }
            Request::Metrics => Ok(self.memory.metrics.report()),
            Request::ClearMetrics => {
                self.memory.metrics.clear();
                Ok(Response::Done)
            }
            Request::ReadParameters { at, count } => self.read_parameters(at, count, scratch),
            Request::WriteParameters { at, values } => self.write_parameters(at, values),
            Request::Install => self.install(),
            Request::Commit => self.commit(),
            Request::Rollback => self.rollback(),
            Request::Reset => self.reset(),
        }
    }

    fn describe(&mut self) -> Result<Description, Error> {
        let (memory, running) = self.started()?;
        Ok(Description {
            protocol: PROTOCOL,
            architecture: running.store.identity().architecture,
            version: running.settings.version,
            inputs: I as u32,
            outputs: O as u32,
            parameters: P as u32,
            fingerprint: fingerprint(&memory.parameters),
            origin: running.origin,
            generation: running.generation,
            damaged: running.store.damaged(),
            replay: ReplayCounts {
                pinned: memory.factory.pinned.len() as u32,
                learned: memory.learned.len() as u32,
                capacity: (O * (PINNED + RECENT)) as u32,
                held_out: memory.factory.held_out.len() as u32,
            },
            stores_learned: running.settings.stores_learned,
            ram: Self::RAM as u32,
            next: running.next,
        })
    }

    #[inline(never)]
    fn predict<'s>(
        &mut self,
        features: F32Slice<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        let capacity = scratch.len() as u32;
        let mut sample = [0.0; I];
        Self::sample(features, &mut sample)?;
        let (memory, running) = self.started()?;
        let outputs = running.outputs::<I, O>(&memory.parameters, &sample);
        let class = decide(&outputs);
        let outputs = F32Slice::from_f32s(&outputs, scratch).ok_or(Error::TooLong { capacity })?;
        Ok(Response::Prediction { class, outputs })
    }

    #[inline(never)]
    fn evaluate<'s>(
        &mut self,
        features: F32Slice<'_>,
        label: u32,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        let class = Self::class(label)?;
        let response = self.predict(features, scratch)?;
        if let Response::Prediction { class: predicted, .. } = response {
            self.memory.metrics.evaluated(class, predicted.map(|class| class as usize));
        }
        Ok(response)
    }

    #[inline(never)]
    fn widen(&mut self, features: F32Slice<'_>) -> Result<Response<'static>, Error> {
        let mut sample = [0.0; I];
        Self::sample(features, &mut sample)?;
        let factory = &mut self.memory.factory;
        let samples = factory.pinned.len().saturating_add(factory.held_out.len());
        // Bytes stand for shares of the range: it must not change under them.
        if samples > 0 && factory.range.check(&sample, 0.0).is_err() {
            return Err(Error::RangeInUse);
        }
        factory.range.widen(&sample)?;
        Ok(Response::Done)
    }

    #[inline(never)]
    fn pin(&mut self, features: F32Slice<'_>, label: u32) -> Result<Response<'static>, Error> {
        let mut sample = [0.0; I];
        let class = Self::sample(features, &mut sample).and_then(|()| Self::class(label))?;
        let factory = &mut self.memory.factory;
        factory.pinned.add(&factory.range, &sample, class)?;
        Ok(Response::Remembered { count: factory.pinned.len() as u32 })
    }

    #[inline(never)]
    fn hold_out(&mut self, features: F32Slice<'_>, label: u32) -> Result<Response<'static>, Error> {
        let mut sample = [0.0; I];
        let class = Self::sample(features, &mut sample).and_then(|()| Self::class(label))?;
        let factory = &mut self.memory.factory;
        factory.held_out.add(&factory.range, &sample, class)?;
        Ok(Response::Remembered { count: factory.held_out.len() as u32 })
    }

    /// One step on the new sample, then steps on replayed ones; it joins them if all went well.
    #[inline(never)]
    fn learn(&mut self, features: F32Slice<'_>, label: u32) -> Result<Response<'static>, Error> {
        let mut sample = [0.0; I];
        let class = Self::sample(features, &mut sample).and_then(|()| Self::class(label))?;
        let (memory, running) = self.started()?;
        memory.factory.range.check(&sample, running.settings.margin)?;
        let mut steps = 1_u32;
        let loss = running.step::<I, O>(&mut memory.parameters, &sample, label);
        let mut finite = loss.is_finite();
        let mut old = [0.0; I];
        for _ in 0..running.settings.replays {
            let Some(label) = running.draw(memory, &mut old) else { break };
            if !finite {
                break;
            }
            finite = running.step::<I, O>(&mut memory.parameters, &old, label).is_finite();
            steps = steps.saturating_add(1);
        }
        let rolled_back = !finite || check_finite(&memory.parameters).is_err();
        if rolled_back {
            memory.metrics.rolled_back();
            let origin = self.return_to_stored()?;
            event!("diverged, rolled back to {}", origin);
        } else {
            memory.learned.add(&sample, class);
            memory.metrics.learned(loss);
        }
        Ok(Response::Learned { loss, steps, rolled_back })
    }

    /// Reads the features of a sample.
    fn sample(features: F32Slice<'_>, sample: &mut [f32; I]) -> Result<(), Error> {
        if !features.copy_to(sample) {
            return Err(Error::Features { expected: I as u32, found: features.len() as u32 });
        }
        all_finite(sample.iter().copied())
    }

    /// Returns the class of a sample.
    fn class(label: u32) -> Result<usize, Error> {
        let class = label as usize;
        if class < O { Ok(class) } else { Err(Error::Label { classes: O as u32, found: label }) }
    }

    /// Returns the number of the next request; 0 before the start.
    pub(crate) fn next(&mut self) -> u64 {
        match &self.state {
            State::Running(running) => running.next,
            State::Created => 0,
        }
    }

    /// A request was done: the next one has the next number.
    pub(crate) fn count(&mut self) {
        if let State::Running(running) = &mut self.state {
            running.next = running.next.wrapping_add(1);
        }
    }
}
