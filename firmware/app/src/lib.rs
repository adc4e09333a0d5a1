//! What Trimpot's firmware does, whatever the board: a board's programs are start-up and drivers,
//! and then one call of this library.
#![no_std]

pub mod assembly;
pub mod benchmark;
pub mod cost;
pub mod counter;
pub mod layers;
pub mod loss_sizes;
pub mod losses;
pub mod memory;
pub mod roots;
pub mod stack;
pub mod tuner;
