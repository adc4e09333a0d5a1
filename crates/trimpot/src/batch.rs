//! Losses over whole slices and row-major batches: the way in for data as it lies in a file or a
//! tensor.
//!
//! There are two ways to give a loss many numbers.
//!
//! - **Blocks**, `[V; N]`, through [`Loss`](crate::loss::Loss): a lane is a sample. For a network
//!   of this crate, whose activations are such blocks already, and for the board, where `V` is
//!   `f32`. Nothing has to be moved.
//! - **Slices**, through this module, for numbers that lie in memory one after the other:
//!
//! | module | for | lanes hold |
//! |---|---|---|
//! | [`elementwise`] | one element at a time: squared errors, logistic losses, … | neighbours |
//! | [`overlap`] | masks of any size: Dice, Jaccard, Tversky | neighbours |
//! | [`rows`] | rows of a length known at compile time, any loss | one row each, transposed |
//! | [`classes`] | cross-entropy over a number of classes known at run time | classes of one row |
//!
//! Slices may have any length; those that belong together must agree, or there is a [`LengthError`]
//! and nothing is written.
//!
//! # Which bits
//!
//! Every result depends on the numbers and the lengths alone: not on the processor, its width of
//! registers, nor where the slices lie. Gradients have the very bits of
//! [`Loss::gradient`](crate::loss::Loss::gradient) in [`elementwise`] and [`rows`], values in
//! `rows` too. Where lanes lie along a sum its order is another one, that of [`sum`]:
//!
//! 1. The elements are taken in blocks of [`BLOCK`]. In a block, element `i` goes to the
//!    accumulator `i mod 64`, in order, in vectors of whatever width.
//! 2. The 64 are added by halves: `i` and `i + 32`, then `i` and `i + 16`, and so on; all of it in
//!    `f32`.
//! 3. The sums of blocks are added one after the other, in `f64`.
//!
//! So a number passes at most 16 + 6 roundings of `f32`, and a sum of numbers of one sign errs by
//! at most 1.3·10⁻⁶ of itself, however long it is; 10⁻⁷ is typical.

pub mod classes;
pub mod elementwise;
pub mod overlap;
pub mod rows;
mod total;

pub use total::{BLOCK, mean, sum};

use core::fmt;

/// Two slices that belong together and differ in length.
///
/// ```
/// use trimpot::{batch, loss::MeanSquaredError};
/// let error = batch::elementwise::value(&MeanSquaredError, &[1.0, 2.0], &[1.0]).unwrap_err();
/// assert_eq!(error.to_string(), "targets: 1 where 2 are needed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LengthError {
    /// Which slice.
    pub slice: &'static str,
    /// How long it is.
    pub found: usize,
    /// How long it has to be.
    pub expected: usize,
}

impl LengthError {
    /// Returns an error unless both are equal.
    fn unless_equal(slice: &'static str, found: usize, expected: usize) -> Result<(), Self> {
        if found == expected { Ok(()) } else { Err(LengthError { slice, found, expected }) }
    }
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} where {} are needed", self.slice, self.found, self.expected)
    }
}

impl core::error::Error for LengthError {}
