//! @title@: what the program and its test share.
#![no_std]

pub mod board;
pub mod error;
pub mod model;
mod panic;
pub mod tuner;
