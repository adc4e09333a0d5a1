//! Trimpot on the PC: training, boards, and the `trimpot` command.
//!
//! | module | holds |
//! |---|---|
//! | [`dataset`] | data sets, read from `.npz` files |
//! | [`block`] | eight samples side by side |
//! | [`train`](mod@train) | batches on several threads, with the same bits for any number of them |
//! | [`evaluate`](mod@evaluate) | how well a network does |
//! | [`model`] | `safetensors` files |
//! | [`modules`] | layers by name |
//! | [`board`] | boards: simulated, in QEMU, on a serial port |
//! | [`catalogue`] | the losses: listed, explained, drawn |
//! | [`demo`] | the whole way, from training to a power cut |
//! | [`report`] | the demo's report |

pub mod block;
pub mod board;
pub mod catalogue;
pub mod dataset;
pub mod demo;
pub mod evaluate;
pub mod info;
pub mod model;
pub mod modules;
pub mod report;
pub mod stream;
pub mod train;
