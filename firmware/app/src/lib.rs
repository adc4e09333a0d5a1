//! What Trimpot's firmware does, whatever the board: a board's programs are start-up and drivers,
//! and then one call of this library.
#![no_std]

#[cfg(feature = "probes")]
pub mod assembly;
pub mod benchmark;
pub mod button;
#[cfg(feature = "probes")]
pub mod cost;
pub mod counter;
pub mod device;
#[cfg(feature = "probes")]
pub mod layers;
#[cfg(feature = "probes")]
pub mod learn;
mod link;
#[cfg(feature = "probes")]
pub mod loss_sizes;
#[cfg(feature = "probes")]
pub mod losses;
#[cfg(feature = "probes")]
pub mod memory;
#[cfg(feature = "roots")]
pub mod roots;
pub mod stack;
pub mod tuner;
