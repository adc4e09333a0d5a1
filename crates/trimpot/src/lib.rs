//! **Fine-tuning neural networks on the board**: losses with their gradients, tiny networks and
//! optimizers of fixed size. No `std`, no heap, no panics, no unsafe code.
//!
//! Everything is written once over [`Lanes`](lanes::Lanes), where **a lane is a sample**: with
//! `f32` it is plain scalar code for a microcontroller, with `f32x8` it takes eight samples at once
//! on a PC, and each of them gets the very same bits.
//!
//! ```
//! use trimpot::layer::{Dense, Relu};
//! use trimpot::loss::CrossEntropy;
//!
//! // The type is the network: 1,362 parameters, known before it runs.
//! type Gestures =
//!     trimpot::network!(Dense<24, 32>, Relu, Dense<32, 16>, Relu, Dense<16, 2>; from 24);
//! assert_eq!(Gestures::PARAMETERS, 1362);
//!
//! let mut network = Gestures::seeded(1);
//! let (features, label) = ([0.5; 24], 1);
//! let before = network.train_step(&CrossEntropy::new(), &features, &label, 0.05, 0);
//! let after = network.train_step(&CrossEntropy::new(), &features, &label, 0.05, 1);
//! assert!(after < before);
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`lanes`] | the number type of every kernel |
//! | [`math`] | `exp`, `ln`, `tanh` and others, with stated error bounds |
//! | [`loss`] | losses, each one pass for value and gradient |
//! | [`batch`] | losses over whole slices and row-major batches |
//! | [`penalty`] | L1, L2, elastic net |
//! | [`layer`] | layers, and how they chain |
//! | [`network`](mod@network) | layers with their parameters |
//! | [`spec`] | networks as plain data |
//! | [`output_scale`] | outputs in units of their own, and losses in these |
//! | [`optimizer`] | SGD, RMSprop, Adagrad, Adadelta, Adam, AdamW, Lion |
//! | [`schedule`] | learning rates that change |
//! | [`clip`] | gradients that are too large |
//! | [`spectrum`] | spectra and log-mel spectra of sounds and vibrations |
//! | [`augment`] | random changes of samples that are learned from |
//! | [`average`] | moving averages of parameters |
//! | [`early_stopping`] | when to stop |
//! | [`metric`] | accuracy, precision, recall, F1 |
//! | [`threshold`] | the threshold of anomalies, from scores of normal samples |
//! | [`random`] | reproducible randomness |
//!
//! # The arithmetic contract
//!
//! Only IEEE-754 `+ − × ÷ √`, comparisons and bit operations, in a fixed order: no fused
//! multiply-add, no platform function. So a PC and every board compute the same losses, gradients
//! and weights, bit for bit (the sign and payload of a NaN apart).
#![no_std]
#![forbid(unsafe_code)]
// An index that the compiler proves to be right at one level of optimisation panics at another.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod arrays;
pub mod augment;
pub mod average;
pub mod batch;
pub mod clip;
mod code_size;
pub mod early_stopping;
mod error;
pub mod interpreter;
pub mod lanes;
pub mod layer;
pub mod loss;
pub mod math;
pub mod metric;
pub mod network;
pub mod optimizer;
pub mod output_scale;
pub mod pass;
pub mod penalty;
pub mod plan;
pub mod random;
mod registry;
pub mod schedule;
pub mod shape;
pub mod spec;
pub mod spectrum;
pub mod threshold;
mod vfp;

pub use error::ParameterError;
