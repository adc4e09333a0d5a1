//! A sensor and a panel of buttons and lamps that an emulated board can have: one is made up, the
//! others are bytes of a serial port. A device has its pins and converters in their place.

use embedded_io::{Read, Write};
use trimpot::random::Random;

/// What the sensor measures.
pub const FEATURES: usize = 4;
/// Buttons, and lamps; and kinds of things that the sensor shows.
pub const CLASSES: usize = 3;

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

/// Buttons and lamps that are bytes.
///
/// | byte from the user | does |
/// |---|---|
/// | `0`, `1`, `2` | presses a button |
/// | `?` | asks what the thing before the sensor is |
/// | `!` | holds a button |
///
/// The device shows `0`, `1`, `2`, or `+` for what is done, and `-` for what is not.
pub struct Panel<P>(pub P);

impl<P: Read + Write> Panel<P> {
    /// Waits until the user does something. `None`, if there are no buttons any more.
    pub fn wait(&mut self) -> Option<Action> {
        loop {
            let mut byte = [0];
            let Ok(1) = self.0.read(&mut byte) else { return None };
            let [byte] = byte;
            match byte {
                b'?' => return Some(Action::Ask),
                b'!' => return Some(Action::Hold),
                _ => {
                    let class = byte.wrapping_sub(b'0');
                    if usize::from(class) < CLASSES {
                        return Some(Action::Press(class.into()));
                    }
                }
            }
        }
    }

    /// Shows something.
    pub fn show(&mut self, light: Light) {
        let byte = match light {
            Light::Class(class) => b'0'.wrapping_add(class as u8),
            Light::Done => b'+',
            Light::Failed => b'-',
        };
        // Who is not there does not look.
        let _ = self.0.write(&[byte]);
    }
}

/// A sensor that shows three kinds of things in turn, in noise.
pub struct Sensor {
    random: Random,
    things: usize,
}

impl Sensor {
    /// Creates the sensor, before its first thing: one of kind 0.
    pub const fn new(seed: u32) -> Self {
        Sensor { random: Random::new(seed), things: 0 }
    }

    /// Measures the next thing.
    pub fn measure(&mut self) -> [f32; FEATURES] {
        let kind = self.things % CLASSES;
        self.things = self.things.wrapping_add(1);
        let mut features = [0.0; FEATURES];
        for (index, feature) in features.iter_mut().enumerate() {
            let signal = if index == kind { 1.0 } else { 0.0 };
            *feature = signal + 0.8 * (self.random.uniform() - 0.5);
        }
        features
    }
}
