//! The reference application: handwritten digits of 8 × 8 pixels.
//!
//! The firmware and the simulated board are both made of this, so that they do the same to the bit.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot::{Chain, chain};

use crate::{Classification, Settings, Sizes, StartError, Storage};

/// Pixels of an image, row by row, in [0, 1].
pub const INPUTS: usize = 64;
/// The digits 0 to 9.
pub const CLASSES: usize = 10;
/// Samples of each class that the factory pins, and as many that it holds out.
pub const PINNED: usize = 20;
/// The longest frame on the link, in bytes: a sample takes 300.
pub const FRAME: usize = 512;

/// The layers: 64-32-10.
pub type Layers = Chain![Dense<INPUTS, 32>, Relu, Dense<32, CLASSES>];

/// The network: 2,410 parameters.
pub type Network = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);

/// The tuner, which stores its weights in the flash memory `F`.
pub type Tuner<F, S> =
    crate::Tuner<Planned<'static, Vector<INPUTS>, Layers>, Classification<CrossEntropy>, F, S>;

/// The tuner's memory.
pub type Memory = crate::Memory<{ SIZES.values() }, { SIZES.bytes() }>;

/// The link.
pub type Server = crate::Server<FRAME>;

const SETTINGS: Settings = Settings::new().with_pinned(PINNED as u8).with_recent(5);

/// What the tuner needs of memory and of flash memory.
const SIZES: Sizes = {
    let sizes = Sizes::of::<Vector<INPUTS>, Layers>(&SETTINGS);
    assert!(FRAME >= sizes.frame(), "a sample fits into a frame");
    sizes
};

static LAYERS: Layers = chain![Dense, Relu, Dense];

/// Starts the tuner with the application's loss and settings.
///
/// # Errors
/// Those of [`Tuner::new`](crate::Tuner::new).
pub fn tuner<F: NorFlash, S: Storage>(
    memory: S,
    flash: F,
    area: Range<u32>,
) -> Result<Tuner<F, S>, StartError> {
    let (model, task) = (Planned::new(&LAYERS), Classification::new(CrossEntropy::new()));
    crate::Tuner::new(model, task, SETTINGS, memory, flash, area)
}
