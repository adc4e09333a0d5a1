//! The reference application: handwritten digits of 8 × 8 pixels.
//!
//! The firmware and the simulated board are both made of this, so that they do the same to the bit.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::{Chain, chain};

use crate::store::OpenError;
use crate::{Device, Settings};

/// Pixels of an image, row by row, in [0, 1].
pub const INPUTS: usize = 64;
/// The digits 0 to 9.
pub const CLASSES: usize = 10;
/// Samples of each class that the factory pins, and as many that it holds out.
pub const PINNED: usize = 20;
/// Samples of each class that were learned last, and are replayed.
pub const RECENT: usize = 5;
/// The longest frame on the link, in bytes: a sample takes 300.
pub const FRAME: usize = 512;

/// The layers: 64-32-10.
pub type Layers = Chain![Dense<INPUTS, 32>, Relu, Dense<32, CLASSES>];

/// The network: 2,410 parameters.
pub type Network = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);

/// The tuner, which stores its weights in the flash memory `F`.
pub type Tuner<F> = crate::Tuner<
    Layers,
    CrossEntropy,
    F,
    INPUTS,
    CLASSES,
    { Network::PARAMETERS },
    { Network::STEP_VALUES },
    PINNED,
    RECENT,
>;

/// The tuner behind its link.
pub type Server<F> = crate::Server<Tuner<F>, FRAME>;

/// Returns a server whose tuner is to be [started](start), where it is going to stay.
pub const fn server<F: NorFlash>() -> Server<F> {
    Server::new(Tuner::new())
}

/// Starts the tuner with the application's loss and settings.
///
/// # Errors
/// Those of [`Tuner::start`](crate::Tuner::start).
pub fn start<F: NorFlash>(server: &mut Server<F>, device: Device<F>) -> Result<(), OpenError> {
    let layers = chain![Dense, Relu, Dense];
    server.tuner_mut().start(layers, CrossEntropy::new(), device, Settings::new())
}
