//! Learning on the device, without the hardware.
//!
//! A [`Tuner`] owns a network. It learns from labelled samples, one by one, and replays earlier
//! ones. It stores parameters in flash memory through power cuts ([`store`]), returns to them when
//! learning diverges, and refuses to store parameters that do worse on held-out samples. A
//! [`Server`] answers the requests of a host over a serial port.
//!
//! It is the same code on a board, in an emulator and on the PC, and it gives the same bits on all
//! of them: the parameters depend on the requests, the settings and the flash alone.
#![no_std]
#![forbid(unsafe_code)]
// An index that the compiler proves to be right at one level of optimisation panics at another.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod boots;
mod commit;
pub mod digits;
mod log;
mod memory;
mod metrics;
mod parameters;
mod replay;
mod running;
mod samples;
mod server;
mod service;
mod settings;
pub mod store;
mod tuner;

pub use server::{Server, Service};
pub use settings::Settings;
pub use tuner::{Device, Tuner};
