//! What the tests of Trimpot measure with: `f64` oracles, the distance to them, inputs, promises.
//!
//! A dev-dependency only.
//!
//! - [`oracle`]: the elementary functions in `f64`, from `libm`, never from the platform;
//! - [`ulp`]: how far an `f32` is from an oracle's value;
//! - [`flash`]: flash memory with power cuts, failing cells and failing reads;
//! - [`packet`]: bytes in place of messages to a board;
//! - [`inputs`]: edge cases, random bits, spaced bits;
//! - [`precision`]: the one table of promised error bounds;
//! - [`widths`]: one kernel in all four widths;
//! - [`case`]: samples for losses;
//! - [`domain`]: what each loss takes;
//! - [`lanes`]: running them on the core, one in each lane;
//! - [`golden`]: values and gradients by PyTorch;
//! - [`training`]: golden runs of optimizers, learning rates, clipping and averages by PyTorch;
//! - [`dual`]: numbers with their derivatives;
//! - [`losses`]: each loss in `f64`, and random samples for it;
//! - [`layer_golden`]: outputs and gradients of layers by PyTorch;
//! - [`augment_golden`]: augmented images by SciPy;
//! - [`metric_golden`]: scores of classes, numbers and probabilities by scikit-learn;
//! - [`network_oracle`]: networks in `f64`.
#![forbid(unsafe_code)]

pub mod augment_golden;
pub mod case;
pub mod domain;
pub mod dual;
pub mod flash;
pub mod golden;
pub mod inputs;
pub mod lanes;
pub mod layer_golden;
pub mod losses;
pub mod metric_golden;
pub mod network_oracle;
pub mod oracle;
pub mod packet;
pub mod precision;
pub mod training;
pub mod ulp;
pub mod widths;
