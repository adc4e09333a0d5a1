//! A device that learns without a host: what its sensor shows, when a button is pressed.
//!
//! There are three buttons and as many lamps. Pressed, a button says which class the thing is of
//! that the sensor shows. Asked, the device lights the lamp of the class that it takes the thing
//! for. Held, it stores what it has learned.

use core::ops::Range;

use defmt::{error, info, warn};
use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::random::Random;
use trimpot::shape::Vector;
use trimpot::{Chain, chain};
use trimpot_tuner::{Classification, Commit, Settings, Sizes, StartError, Storage};

/// What the sensor measures.
pub const FEATURES: usize = 4;
/// Buttons, and lamps.
pub const CLASSES: u32 = 3;

type Layers = Chain![Dense<FEATURES, 8>, Relu, Dense<8, { CLASSES as usize }>];
type Model = Planned<'static, Vector<FEATURES>, Layers>;
type Tuner<F, S> = trimpot_tuner::Tuner<Model, Classification<CrossEntropy>, F, S>;

static LAYERS: Layers = chain![Dense, Relu, Dense];

/// There is no factory: nothing is pinned. What was learned is stored with the weights, so that it
/// is replayed after a power cut, and judges commits.
const SETTINGS: Settings = Settings::new().with_pinned(0).with_recent(8).with_stored_samples(true);

const SIZES: Sizes = Sizes::of::<Vector<FEATURES>, Layers>(&SETTINGS);

/// The tuner's memory: for a `static`.
pub type Memory = trimpot_tuner::Memory<{ SIZES.values() }, { SIZES.bytes() }>;

/// What a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Presses a button: the thing before the sensor is of this class.
    Press(u32),
    /// Asks what the thing is.
    Ask,
    /// Holds a button: what was learned is to stay.
    Hold,
}

/// What the device shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// The lamp of a class.
    Class(u32),
    /// All is done.
    Done,
    /// It is not done.
    Failed,
}

/// Buttons and lamps.
pub trait Panel {
    /// Waits until the user does something. None, if there are no buttons any more.
    fn wait(&mut self) -> Option<Action>;
    /// Shows something.
    fn show(&mut self, light: Light);
}

/// Starts with what is stored, and does what the user says. Returns if the flash memory fails, or
/// its area holds something else.
pub fn run<F: NorFlash>(
    memory: &mut Memory,
    flash: F,
    area: Range<u32>,
    sensor: &mut Sensor,
    panel: &mut impl Panel,
) {
    let mut tuner = match start(memory, flash, area) {
        Ok(tuner) => tuner,
        Err(error) => return error!("cannot boot: {}", error),
    };
    while let Some(action) = panel.wait() {
        panel.show(respond(&mut tuner, sensor, action));
    }
}

fn start<F: NorFlash, S: Storage>(
    memory: S,
    flash: F,
    area: Range<u32>,
) -> Result<Tuner<F, S>, StartError> {
    let task = Classification::new(CrossEntropy::new());
    Tuner::new(Planned::new(&LAYERS), task, SETTINGS, memory, flash, area)
}

fn respond<F: NorFlash, S: Storage>(
    tuner: &mut Tuner<F, S>,
    sensor: &mut Sensor,
    action: Action,
) -> Light {
    let light = match action {
        Action::Press(class) => tuner.learn(&sensor.measure(), class).map(|learned| {
            info!("class {}: {}", class, learned);
            Light::Done
        }),
        Action::Ask => tuner
            .predict(&sensor.measure())
            .map(|seen| seen.class.map_or(Light::Failed, Light::Class)),
        Action::Hold => tuner.commit().map(|commit| match commit {
            Commit::Stored(_) => Light::Done,
            Commit::Rejected(_) => Light::Failed,
        }),
    };
    light.unwrap_or_else(|error| {
        warn!("not done: {}", error);
        Light::Failed
    })
}

/// A sensor that is made up: it shows three kinds of things in turn, in noise.
pub struct Sensor {
    random: Random,
    things: usize,
}

impl Sensor {
    /// The sensor, before its first thing: one of kind 0.
    pub const fn new(seed: u32) -> Self {
        Sensor { random: Random::new(seed), things: 0 }
    }

    /// Measures the next thing.
    fn measure(&mut self) -> [f32; FEATURES] {
        let kind = self.things % CLASSES as usize;
        self.things = self.things.wrapping_add(1);
        let mut features = [0.0; FEATURES];
        for (index, feature) in features.iter_mut().enumerate() {
            let signal = if index == kind { 1.0 } else { 0.0 };
            *feature = signal + 0.8 * (self.random.uniform() - 0.5);
        }
        features
    }
}
