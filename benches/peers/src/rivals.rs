//! The rivals in Rust.

pub mod burn;
pub mod candle;
pub mod dfdx;
