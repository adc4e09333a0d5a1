//! Trimpot on the PC: training, boards, and the `trimpot` command.
//!
//! | module | holds |
//! |---|---|
//! | [`dataset`] | data sets, read from `.npz` files |
//! | [`block`] | eight samples side by side |
//! | [`stream`] | gradients larger than the caches |
//! | [`train`](mod@train) | batches on several threads, with the same bits for any number of them |
//! | [`description`] | networks described at run time |
//! | [`dense_network`] | their passes forward and backward |
//! | [`fit`] | their training: `trimpot train` |
//! | [`evaluate`](mod@evaluate) | how well a network does |
//! | [`info`](mod@info) | what the program was built for |
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
pub mod dense_network;
pub mod description;
pub mod evaluate;
pub mod fit;
pub mod info;
mod loss_names;
pub mod model;
pub mod modules;
pub mod report;
pub mod stream;
pub mod train;
