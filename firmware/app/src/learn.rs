//! What learning a sample takes of a network whose front is frozen: with features that are replayed,
//! and with latents.
//!
//! The network is DS-CNN for keyword spotting with a frozen body. Logs a line for each kind of
//! replay, with semicolons between: its name; instructions of learning one sample with
//! [`REPLAYS`] replays; bytes of stack; bytes of memory of the tuner as it runs here; and of one with
//! the default settings.

use core::convert::Infallible;

use defmt::{error, info};
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::random::Random;
use trimpot::shape::Image;
use trimpot_parity::typed::{KeywordHead, keyword_head};
use trimpot_tuner::{Classification, LatentReplay, Model, Settings, Sizes, Storage, Tuner};

use crate::counter::Counter;
use crate::stack;

/// Replayed samples for each new one.
const REPLAYS: u32 = 40;
/// Features of a sample.
const FEATURES: usize = 490;
const CLASSES: u32 = 12;
/// Samples of each class that are pinned. However many these are, learning takes the same.
const PINNED: u8 = 2;
const SETTINGS: Settings = Settings::new().with_replays(REPLAYS).with_pinned(PINNED).with_recent(1);

type Network<'a> = Planned<'a, Image<1, 49, 10>, KeywordHead>;

const fn sizes(settings: &Settings) -> Sizes {
    Sizes::of::<Image<1, 49, 10>, KeywordHead>(settings)
}

/// Memory for each of the tuners.
pub type Memory = trimpot_tuner::Memory<
    { sizes(&SETTINGS).with_latents(64).values() + sizes(&SETTINGS).values() },
    { sizes(&SETTINGS).bytes() },
>;

/// Measures all kinds of replay in this memory.
pub fn run(counter: &mut Counter, memory: &mut Memory) {
    let layers = keyword_head();
    let network: Network<'_> = Planned::new(&layers);
    measure(counter, memory, "features", network, SETTINGS);
    measure(counter, memory, "latents", LatentReplay::new(network), SETTINGS);
    let settings = SETTINGS.with_latent_bytes(true);
    measure(counter, memory, "latents as bytes", LatentReplay::new(network), settings);
}

/// A tuner, and the samples it learns.
struct Run<M: Model, S> {
    tuner: Tuner<M, Classification<CrossEntropy>, Blank, S>,
    random: Random,
    features: [f32; FEATURES],
}

#[inline(never)]
fn measure<M: Model>(
    counter: &mut Counter,
    memory: &mut Memory,
    name: &str,
    model: M,
    settings: Settings,
) {
    let own = Sizes::of_model(&model, &settings);
    let usual = Sizes::of_model(&model, &settings.with_pinned(20).with_recent(5));
    let task = Classification::new(CrossEntropy::new());
    let area = 0..Blank::CAPACITY as u32;
    let Ok(tuner) = Tuner::new(model, task, settings, memory, Blank, area) else {
        return error!("{=str} does not fit", name);
    };
    let mut run = Run { tuner, random: Random::new(1), features: [0.0; FEATURES] };
    if !pin(&mut run) {
        return error!("{=str}: samples cannot be pinned", name);
    }
    let stack = stack::depth(&mut run, learn);
    let instructions = counter.cost_of(1, &mut run, learn);
    info!(
        "{=str};{=u32};{=usize};{=usize};{=usize}",
        name,
        instructions,
        stack,
        own.ram(),
        usual.ram()
    );
}

/// Pins samples of all classes.
fn pin<M: Model, S: Storage>(run: &mut Run<M, S>) -> bool {
    let Run { tuner, random, features } = run;
    let ranges = [[0.0; FEATURES], [1.0; FEATURES]];
    ranges.iter().all(|limits| tuner.widen(limits).is_ok())
        && (0..CLASSES * u32::from(PINNED)).all(|index| {
            features.fill_with(|| random.uniform());
            tuner.pin(&*features, index % CLASSES).is_ok()
        })
}

#[inline(never)]
fn learn<M: Model, S: Storage>(run: &mut Run<M, S>, _call: usize) -> f32 {
    let Run { tuner, random, features } = run;
    let class = random.below(CLASSES as usize) as u32;
    features.fill_with(|| random.uniform());
    match tuner.learn(&*features, class) {
        Ok(learned) if learned.steps == REPLAYS + 1 && !learned.rolled_back => learned.loss,
        _ => {
            error!("a sample was not learned");
            f32::NAN
        }
    }
}

/// A flash memory that is blank, and stays so: nothing is stored here.
struct Blank;

impl Blank {
    const CAPACITY: usize = 8 * 1024 * 1024;
}

impl ErrorType for Blank {
    type Error = Infallible;
}

impl ReadNorFlash for Blank {
    const READ_SIZE: usize = 1;

    fn read(&mut self, _offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0xff);
        Ok(())
    }

    fn capacity(&self) -> usize {
        Blank::CAPACITY
    }
}

impl NorFlash for Blank {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, _from: u32, _to: u32) -> Result<(), Infallible> {
        Ok(())
    }

    fn write(&mut self, _offset: u32, _bytes: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
}
