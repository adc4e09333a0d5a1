//! Every loss and every layer, and spectra, on the same inputs, and a fingerprint of what came out: all
//! processors must agree.
//!
//! For tests and for the firmware's checks alone; nothing that is shipped depends on it. The code
//! is one and the same everywhere, so only the processor and the compiler can make a difference.
//!
//! - [`subject`]: which losses there are, and the shapes that they take;
//! - [`source`]: inputs that depend on a seed alone, edge cases among them;
//! - [`fingerprint`]: what is hashed;
//! - [`layers`]: the same for layers, as types and as data;
//! - [`interpreted`]: networks as data;
//! - [`spectra`]: spectra and log-mel spectra;
//! - [`networks`]: networks as data whose costs are measured;
//! - [`typed`]: networks as types whose memory is measured;
//! - [`report`]: fingerprints as lines of text;
//! - [`exported`](mod@exported), [`exported_front_end`](mod@exported_front_end): networks that were
//!   written as Rust;
//! - `host`: those of the PC, and there alone, for whoever asks for the feature of that name.
#![forbid(unsafe_code)]
#![no_std]

/// A network with preprocessing, frozen layers and convolutions, as `trimpot export --rust` writes it.
pub mod exported;
/// A network with a front end, likewise.
pub mod exported_front_end;
pub mod fingerprint;
#[cfg(feature = "host")]
pub mod host;
pub mod interpreted;
pub mod layers;
pub mod networks;
pub mod report;
mod sizes;
pub mod source;
pub mod spectra;
pub mod subject;
pub mod typed;

pub use fingerprint::fingerprints;
pub use interpreted::with_interpreter;
pub use layers::{LayerVisitor, layer_fingerprints};
pub use source::{Inputs, Source};
pub use spectra::spectrum_fingerprints;
pub use subject::{Prediction, Visitor};
