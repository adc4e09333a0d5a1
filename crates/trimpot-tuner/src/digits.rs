//! The reference application: handwritten digits of 8 × 8 pixels.
//!
//! The firmware and the simulated board are both made of this, so that they do the same to the bit.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::{Chain, chain};

use crate::Settings;

/// Pixels of an image, row by row, in [0, 1].
pub const INPUTS: usize = 64;
/// The digits 0 to 9.
pub const CLASSES: usize = 10;
/// Samples of each class that come from the factory, and are replayed for good.
pub const KEPT: usize = 10;
/// Samples of each class that were learned last, and are replayed.
pub const RECENT: usize = 10;
/// The longest frame on the link, in bytes: a sample takes 300.
pub const FRAME: usize = 512;

/// The layers: 64-32-10.
pub type Layers = Chain![Dense<INPUTS, 32>, Relu, Dense<32, CLASSES>];

/// The network: 2,410 parameters.
pub type Network = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);

/// The tuner, which keeps its weights in the flash memory `F`.
pub type Tuner<F> =
    crate::Tuner<Layers, CrossEntropy, F, INPUTS, CLASSES, { Network::PARAMETERS }, KEPT, RECENT>;

/// The tuner behind its link.
pub type Server<F> = crate::Server<Tuner<F>, FRAME>;

/// The tuner behind its link, to be [started](crate::Tuner::start) where it is going to stay.
pub const fn server<F: NorFlash>(flash: F) -> Server<F> {
    Server::new(Tuner::new(flash, chain![Dense, Relu, Dense], CrossEntropy::new(), Settings::new()))
}
