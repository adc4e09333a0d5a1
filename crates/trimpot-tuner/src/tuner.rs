//! The network that learns.

use core::fmt;

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::loss::{Class, Loss};
use trimpot::metric::argmax;
use trimpot::network::Network;
use trimpot::random::Random;
use trimpot::shape::Vector;
use trimpot_link::{
    Description, Error, Numbers, Origin, PROTOCOL, Packet, Request, Response, fingerprint,
};

use crate::log::event;
use crate::metrics::Metrics;
use crate::replay::Replay;
use crate::store::{Store, TooSmall};
use crate::{Service, Settings};

/// A network of layers `L`, with `I` features, `O` classes and `P` parameters, that learns with the
/// loss `C` and is kept in the flash memory `F`. Of each class it replays `KEPT` samples from the
/// factory and the `RECENT` ones that were learned last.
///
/// Everything it does depends on the requests, the settings and the flash alone, to the bit.
#[derive(Debug)]
pub struct Tuner<
    L,
    C,
    F,
    const I: usize,
    const O: usize,
    const P: usize,
    const KEPT: usize,
    const RECENT: usize,
> {
    pub(crate) network: Network<Vector<I>, L, P>,
    pub(crate) loss: C,
    pub(crate) store: Store<F, P>,
    pub(crate) replay: Replay<I, O, KEPT, RECENT>,
    pub(crate) metrics: Metrics<O>,
    pub(crate) random: Random,
    pub(crate) settings: Settings,
    /// Where the parameters came from at boot.
    origin: Origin,
    /// The number of the next request.
    next: u32,
}

/// Why a tuner cannot boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BootError {
    /// The flash memory is too small.
    FlashTooSmall(TooSmall),
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BootError::FlashTooSmall(TooSmall { needed, capacity }) = self;
        write!(f, "the weights need {needed} bytes of flash memory, but there are {capacity}")
    }
}

impl core::error::Error for BootError {}

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
    /// Bytes of memory for network, replay buffer, metrics and a training step. The driver of the
    /// flash memory and the link's buffers come on top.
    pub const RAM: usize = size_of::<Network<Vector<I>, L, P>>()
        + size_of::<Replay<I, O, KEPT, RECENT>>()
        + size_of::<Metrics<O>>()
        + Network::<Vector<I>, L, P>::STEP_BYTES;

    /// Bytes of flash memory for the weights.
    pub const FLASH: usize = Store::<F, P>::SIZE;

    /// A tuner that has to be [started](Self::start) where it is going to stay: it is tens of
    /// kilobytes large, and this is a constant function, so that a board need not build it on the stack.
    pub const fn new(flash: F, layers: L, loss: C, settings: Settings) -> Self {
        Tuner {
            network: Network::new(layers, [0.0; P]),
            loss,
            store: Store::new(flash, Network::<Vector<I>, L, P>::ARCHITECTURE),
            replay: Replay::new(),
            metrics: Metrics::new(),
            random: Random::new(settings.seed),
            settings,
            origin: Origin::Blank,
            next: 0,
        }
    }

    /// Starts with the weights that are kept: of the last commit, else the factory's, else random ones.
    pub fn start(&mut self) -> Result<(), BootError> {
        self.store.open().map_err(BootError::FlashTooSmall)?;
        self.origin = self.restore();
        event!("booted from {}, generation {}", self.origin, self.store.generation());
        Ok(())
    }

    /// [`new`](Self::new) and [`start`](Self::start), where memory is plenty.
    pub fn boot(flash: F, layers: L, loss: C, settings: Settings) -> Result<Self, BootError> {
        let mut tuner = Tuner::new(flash, layers, loss, settings);
        tuner.start()?;
        Ok(tuner)
    }

    /// The network.
    pub const fn network(&self) -> &Network<Vector<I>, L, P> {
        &self.network
    }

    /// The replay buffer.
    pub const fn replay(&self) -> &Replay<I, O, KEPT, RECENT> {
        &self.replay
    }

    /// The flash memory.
    pub const fn flash_mut(&mut self) -> &mut F {
        self.store.flash_mut()
    }

    /// Gives the flash memory back.
    pub fn into_flash(self) -> F {
        self.store.into_flash()
    }

    /// Does what is asked, whatever its number. Numbers in the answer are written to `scratch`.
    pub fn handle<'s>(&mut self, request: &Request<'_>, scratch: &'s mut [u8]) -> Response<'s> {
        self.try_handle(request, scratch).unwrap_or_else(Response::Refused)
    }

    fn try_handle<'s>(
        &mut self,
        request: &Request<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        match *request {
            Request::Describe => Ok(Response::Description(self.describe())),
            Request::Predict { features } => self.predict(features, scratch),
            Request::Evaluate { features, label } => {
                let class = Self::class(label)?;
                let response = self.predict(features, scratch)?;
                if let Response::Prediction { class: predicted, .. } = response {
                    self.metrics.evaluated(class, predicted as usize);
                }
                Ok(response)
            }
            Request::Learn { features, label } => self.learn(features, label),
            Request::Remember { features, label } => {
                let (sample, class) = (Self::sample(features)?, Self::class(label)?);
                if !self.replay.keep(&sample, class) {
                    return Err(Error::Full { capacity: KEPT as u32 });
                }
                Ok(Response::Remembered { held: self.replay.len() as u32 })
            }
            Request::Metrics => Ok(self.metrics.report()),
            Request::ClearMetrics => {
                self.metrics = Metrics::new();
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

    fn describe(&self) -> Description {
        Description {
            protocol: PROTOCOL,
            architecture: Network::<Vector<I>, L, P>::ARCHITECTURE,
            inputs: I as u32,
            outputs: O as u32,
            parameters: P as u32,
            fingerprint: fingerprint(self.network.parameters()),
            origin: self.origin,
            generation: self.store.generation(),
            replay: (self.replay.len() as u32, Replay::<I, O, KEPT, RECENT>::CAPACITY as u32),
            ram: Self::RAM as u32,
            next: self.next,
        }
    }

    fn predict<'s>(
        &self,
        features: Numbers<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        let capacity = scratch.len() as u32;
        let outputs = self.network.predict::<f32>(&Self::sample(features)?);
        let class = argmax(&outputs) as u32;
        let outputs = Numbers::from_f32s(&outputs, scratch).ok_or(Error::TooLong { capacity })?;
        Ok(Response::Prediction { class, outputs })
    }

    /// One step on the new sample, then steps on replayed ones; it joins them if all went well.
    fn learn(&mut self, features: Numbers<'_>, label: u32) -> Result<Response<'static>, Error> {
        let (sample, class) = (Self::sample(features)?, Self::class(label)?);
        let rate = self.settings.rate;
        let mut steps = 1u32;
        let seed = self.random.next_u32();
        let loss = self.network.descend(&self.loss, &sample, &label, rate, seed);
        let mut finite = loss.is_finite();
        for _ in 0..self.settings.replays {
            let Some((old, label)) = self.replay.draw(&mut self.random) else { break };
            if !finite {
                break;
            }
            let seed = self.random.next_u32();
            finite = self.network.descend(&self.loss, old, &label, rate, seed).is_finite();
            steps = steps.saturating_add(1);
        }
        let rolled_back = !finite || self.check_finite().is_err();
        if rolled_back {
            let origin = self.restore();
            event!("diverged, rolled back to {}", origin);
            self.metrics.rolled_back();
        } else {
            self.replay.learned(&sample, class);
            self.metrics.learned(loss);
        }
        Ok(Response::Learned { loss, steps, rolled_back })
    }

    fn read_parameters<'s>(
        &self,
        at: u32,
        count: u32,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        let range = Error::Range { parameters: P as u32, end: at };
        let parameters = self.network.parameters().get(at as usize..).ok_or(range)?;
        let fits = (scratch.len() / size_of::<f32>()).min(count as usize);
        let parameters = parameters.get(..fits).unwrap_or(parameters);
        let capacity = scratch.len() as u32;
        let values = Numbers::from_f32s(parameters, scratch).ok_or(Error::TooLong { capacity })?;
        Ok(Response::Parameters { at, values })
    }

    fn write_parameters(
        &mut self,
        at: u32,
        values: Numbers<'_>,
    ) -> Result<Response<'static>, Error> {
        finite(values.iter())?;
        let end = at.saturating_add(values.len() as u32);
        let range = Error::Range { parameters: P as u32, end };
        let places = self.network.parameters_mut().get_mut(at as usize..end as usize);
        let places = places.ok_or(range)?;
        if values.copy_to(places) { Ok(Response::Done) } else { Err(range) }
    }

    /// Fails at the first parameter in memory that is not finite.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        finite(self.network.parameters().iter().copied())
    }

    /// The features of a sample.
    fn sample(features: Numbers<'_>) -> Result<[f32; I], Error> {
        let mut sample = [0.0; I];
        if !features.copy_to(&mut sample) {
            return Err(Error::Features { expected: I as u32, found: features.len() as u32 });
        }
        finite(sample.iter().copied())?;
        Ok(sample)
    }

    /// The class of a sample.
    fn class(label: u32) -> Result<usize, Error> {
        let class = label as usize;
        if class < O { Ok(class) } else { Err(Error::Label { classes: O as u32, found: label }) }
    }
}

/// Fails at the first number that is not finite.
fn finite(numbers: impl Iterator<Item = f32>) -> Result<(), Error> {
    match numbers.zip(0u32..).find(|(number, _)| !number.is_finite()) {
        Some((_, index)) => Err(Error::NotFinite { index }),
        None => Ok(()),
    }
}

impl<
    L,
    C,
    F,
    const I: usize,
    const O: usize,
    const P: usize,
    const KEPT: usize,
    const RECENT: usize,
> Service for Tuner<L, C, F, I, O, P, KEPT, RECENT>
where
    L: Layer<Vector<I>, Output = Vector<O>>,
    C: Loss<Vector<O>, Target = Class>,
    F: NorFlash,
{
    /// A request takes its number only if it is done: a refused one changes nothing, so its number is
    /// still the next. What cannot be read has no number, and is answered with the next one.
    fn answer<'s>(
        &mut self,
        request: Result<Packet<Request<'_>>, Error>,
        scratch: &'s mut [u8],
    ) -> Packet<Response<'s>> {
        let expected = self.next;
        let Packet { sequence, message: request } = match request {
            Ok(packet) => packet,
            Err(error) => return Packet { sequence: expected, message: Response::Refused(error) },
        };
        if request == Request::Describe {
            return Packet { sequence, message: self.handle(&request, scratch) };
        }
        if sequence != expected {
            let error = Error::Sequence { expected, found: sequence };
            return Packet { sequence, message: Response::Refused(error) };
        }
        let message = self.handle(&request, scratch);
        if !matches!(message, Response::Refused(_)) {
            self.next = expected.wrapping_add(1);
        }
        Packet { sequence, message }
    }
}
