//! What the tests of Trimpot measure with: `f64` oracles, the distance to them, inputs, promises.
//!
//! A dev-dependency only.
//!
//! - [`oracle`]: the elementary functions in `f64`, from `libm`, never from the platform;
//! - [`ulp`]: how far an `f32` is from an oracle's value;
//! - [`flash`]: flash memory with power cuts;
//! - [`inputs`]: edge cases, random bits, spaced bits;
//! - [`precision`]: the one table of promised error bounds;
//! - [`widths`]: one kernel in all four widths;
//! - [`case`]: samples for losses, and running them on the core;
//! - [`golden`]: values and gradients by PyTorch;
//! - [`loss_oracle`]: the losses in `f64`, and random samples for them;
//! - [`network_oracle`]: networks in `f64`.

pub mod case;
pub mod flash;
pub mod golden;
pub mod inputs;
pub mod loss_oracle;
pub mod network_oracle;
pub mod oracle;
pub mod precision;
pub mod ulp;
pub mod widths;
