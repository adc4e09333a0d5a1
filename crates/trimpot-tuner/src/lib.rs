//! Learning on the device, without the hardware.
//!
//! A [`Tuner`] owns a network. It learns from labelled samples, one by one, and rehearses earlier ones
//! from its [replay buffer](replay::Replay). It keeps weights in flash memory through power cuts
//! ([`store`]), returns to them when learning diverges, and refuses to keep weights that do worse. A
//! [`Server`] answers the requests of a host over a serial port.
//!
//! It is the same code on a board, in an emulator and on the PC, and it gives the same bits on all of
//! them: the weights depend on the requests and the seed alone.
#![no_std]
#![forbid(unsafe_code)]

mod commit;
pub mod digits;
mod log;
mod metrics;
pub mod replay;
mod server;
mod settings;
pub mod store;
mod tuner;

pub use server::{Server, Service};
pub use settings::Settings;
pub use tuner::{BootError, Tuner};
