//! Networks on the PC, as data: read from text and from model files, written, and planned for
//! boards.
//!
//! | module | holds |
//! |---|---|
//! | [`architecture`] | networks as text |
//! | [`layers`] | the layers of a network, owned |
//! | [`file`](mod@file) | model files: `safetensors` |
//! | [`front_end`] | what makes features of recordings |
//! | [`import`] | networks that somebody else made, from other frameworks' files |
//! | [`standardization`](mod@standardization) | features of mean 0 and deviation 1, as a layer |
//! | [`plan`] | what a network costs on each board |
//! | [`export`] | models for other programs: Rust, C, ONNX, PyTorch |
//! | [`output`] | files that are written as a whole or not at all |
//! | [`outputs`](mod@outputs) | more outputs, for classes to come |
//! | [`source`] | files that are read, whatever they claim to be |
//! | [`memory`] | how much of it there is |
#![forbid(unsafe_code)]

pub mod architecture;
pub mod export;
pub mod file;
mod freeze;
pub mod front_end;
pub mod import;
pub mod layers;
pub mod memory;
pub mod output;
pub mod outputs;
pub mod plan;
pub mod source;
pub mod standardization;
