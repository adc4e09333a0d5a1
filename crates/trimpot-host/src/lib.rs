//! Trimpot on the PC: training, boards, and the `trimpot` command.
//!
//! | module | holds |
//! |---|---|
//! | [`dataset`] | data sets, read from `.npz` files |
//! | [`block`] | eight samples side by side |
//! | [`stream`] | gradients larger than the caches |
//! | [`train`](mod@train) | batches on several threads, with the same bits for any number of them |
//! | [`architecture`] | networks as text |
//! | [`dyn_network`] | their passes forward and backward |
//! | [`fit`] | their training: `trimpot train` |
//! | [`evaluate`](mod@evaluate) | how well a network does |
//! | [`info`](mod@info) | what the program was built for |
//! | [`memory`] | how much of it there is |
//! | [`model`] | `safetensors` files |
//! | [`layers`] | layers as data |
//! | [`plan`] | what a network costs on a board: `trimpot plan` |
//! | [`board`] | boards: simulated, in QEMU, on a serial port |
//! | [`catalogue`] | the losses: listed, explained, drawn |
//! | [`demo`] | the whole way, from training to a power cut |
//! | [`output`] | files that are written as a whole or not at all |
//! | [`terminal`] | text that a terminal shows, and does not obey |
//! | [`source`] | files that are read, whatever they claim to be |
//! | [`plot`] | plots, as SVG |

pub mod architecture;
pub mod block;
pub mod board;
pub mod catalogue;
pub mod dataset;
pub mod demo;

pub mod dyn_network;
pub mod evaluate;
pub mod fit;
mod html;
pub mod info;
pub mod layers;
mod loss_names;
pub mod memory;
pub mod model;
mod npz;
pub mod output;
pub mod plan;
pub mod plot;
pub mod source;
pub mod stream;
pub mod terminal;
pub mod train;
