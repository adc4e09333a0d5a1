//! What learning a sample takes of a network whose front is frozen: with features that are
//! replayed, and with latents.
//!
//! The network is DS-CNN for keyword spotting with a frozen body. Logs a line for each kind of
//! replay, with semicolons between: its name; instructions of learning one sample with
//! [`REPLAYS`] replays; bytes of stack; bytes of memory of the tuner as it runs here; and of one
//! with the default settings.

use core::ops::Range;

use defmt::{error, info};
use embedded_storage::nor_flash::NorFlash;
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::random::Random;
use trimpot::shape::Image;
use trimpot_parity::typed::{KeywordHead, keyword_head};
use trimpot_tuner::{
    Classification, LatentFormat, LatentReplay, Model, Settings, Sizes, Storage, Tuner,
};

use crate::counter::Counter;
use crate::stack;

/// Replayed samples for each new one.
const REPLAYS: u16 = 40;
/// Features of a sample.
const FEATURES: usize = 490;
const CLASSES: u32 = 12;
/// Samples of each class that are pinned. However many these are, learning takes the same.
const PINNED: u8 = 1;
const SETTINGS: Settings = Settings::new().with_replays(REPLAYS).with_pinned(PINNED).with_recent(1);

type Network<'a> = Planned<'a, Image<1, 49, 10>, KeywordHead>;

const fn sizes(settings: &Settings) -> Sizes {
    Sizes::of::<Image<1, 49, 10>, KeywordHead>(settings)
}

/// The bytes of the memory of any of the tuners.
pub const BYTES: usize = sizes(&SETTINGS).bytes();

/// Measures all kinds of replay in this memory. What they use of the flash memory is erased each
/// time.
pub fn run<F: NorFlash>(
    counter: &mut Counter,
    values: &mut [f32],
    bytes: &mut [u8; BYTES],
    flash: F,
    area: Range<u32>,
) {
    let layers = keyword_head();
    let network: Network<'_> = Planned::new(&layers);
    let mut device = Device { counter, memory: Parts { values, bytes }, flash, area };
    measure(&mut device, "features", network, SETTINGS);
    measure(&mut device, "latents", LatentReplay::new(network), SETTINGS);
    let settings = SETTINGS.with_latent_format(LatentFormat::U8);
    measure(&mut device, "latents as bytes", LatentReplay::new(network), settings);
}

/// What the tuners run on, one after the other.
struct Device<'m, F> {
    counter: &'m mut Counter,
    memory: Parts<'m>,
    flash: F,
    area: Range<u32>,
}

/// Memory of the board, more than is needed.
struct Parts<'m> {
    values: &'m mut [f32],
    bytes: &'m mut [u8],
}

impl Storage for Parts<'_> {
    fn parts(&self) -> (&[f32], &[u8]) {
        (self.values, self.bytes)
    }

    fn parts_mut(&mut self) -> (&mut [f32], &mut [u8]) {
        (self.values, self.bytes)
    }
}

/// A tuner, and the samples it learns.
struct Run<M, F, S> {
    tuner: Tuner<M, Classification<CrossEntropy>, F, S>,
    random: Random,
    features: [f32; FEATURES],
}

#[inline(never)]
fn measure<M: Model, F: NorFlash>(
    device: &mut Device<'_, F>,
    name: &str,
    model: M,
    settings: Settings,
) {
    let Device { counter, memory, flash, area } = device;
    let own = Sizes::of_model(&model, &settings);
    let usual = Sizes::of_model(&model, &settings.with_pinned(20).with_recent(5));
    // No more than is used: erasing takes its time.
    let area = area.start..area.start + own.flash::<F>();
    if flash.erase(area.start, area.end).is_err() {
        return error!("the flash memory cannot be erased");
    }
    let task = Classification::new(CrossEntropy::new());
    let tuner = match Tuner::new(model, task, settings, memory, flash, area) {
        Ok(tuner) => tuner,
        Err(error) => return error!("{=str}: {}", name, error),
    };
    let mut run = Run { tuner, random: Random::new(1), features: [0.0; FEATURES] };
    if !pin(&mut run) {
        return error!("{=str}: samples cannot be pinned", name);
    }
    let mut counted = Counted { counter, run, instructions: 0 };
    let stack = stack::depth(&mut counted, |Counted { counter, run, instructions }, _| {
        *instructions = counter.cost_of(1, run, learn);
        0.0
    });
    let Counted { instructions, .. } = counted;
    info!(
        "{=str};{=u32};{=usize};{=usize};{=usize}",
        name,
        instructions,
        stack,
        own.ram(),
        usual.ram()
    );
}

/// A tuner whose instructions are counted while the depth of the stack is measured: learning takes
/// its time in the emulator.
struct Counted<'c, R> {
    counter: &'c mut Counter,
    run: R,
    instructions: u32,
}

/// Pins samples of all classes.
fn pin<M: Model, F: NorFlash, S: Storage>(run: &mut Run<M, F, S>) -> bool {
    let Run { tuner, random, features } = run;
    let ranges = [[0.0; FEATURES], [1.0; FEATURES]];
    ranges.iter().all(|limits| tuner.widen(limits).is_ok())
        && (0..CLASSES * u32::from(PINNED)).all(|index| {
            features.fill_with(|| random.uniform());
            tuner.pin(&*features, index % CLASSES).is_ok()
        })
}

#[inline(never)]
fn learn<M: Model, F: NorFlash, S: Storage>(run: &mut Run<M, F, S>, _call: usize) -> f32 {
    let Run { tuner, random, features } = run;
    let class = random.below(CLASSES as usize) as u32;
    features.fill_with(|| random.uniform());
    match tuner.learn(&*features, class) {
        Ok(learned) if learned.steps == u32::from(REPLAYS) + 1 && !learned.rolled_back => {
            learned.loss
        }
        _ => {
            error!("a sample was not learned");
            f32::NAN
        }
    }
}
