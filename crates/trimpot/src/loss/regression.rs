//! Losses for numbers.

mod mse;
pub use mse::MeanSquaredError;
