//! How the predictions of a loss lie.

use crate::shape::{Rows, Shape, Vector};

/// How the predictions of a loss lie: in one row, or in several.
pub trait Form {
    /// How many rows there are; `None` if it may be any number of them.
    const ROWS: Option<u32>;
    /// The shape of a prediction with rows of `N` numbers.
    type Prediction<const N: usize>: Shape;
}

/// One row, of which one element is looked at at a time: an
/// [`Elementwise`](crate::loss::Elementwise) loss.
#[derive(Clone, Copy, Debug)]
pub struct Elements;

/// One row, of which sums are looked at: an [`Overlap`](crate::loss::Overlap) loss.
#[derive(Clone, Copy, Debug)]
pub struct Sums;

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct OneRow;

/// `R` rows.
#[derive(Clone, Copy, Debug)]
pub struct Several<const R: usize>;

/// Any number of rows; `R` in tests.
#[derive(Clone, Copy, Debug)]
pub struct AnyRows<const R: usize>;

impl Form for Elements {
    const ROWS: Option<u32> = Some(1);
    type Prediction<const N: usize> = Vector<N>;
}

impl Form for Sums {
    const ROWS: Option<u32> = Some(1);
    type Prediction<const N: usize> = Vector<N>;
}

impl Form for OneRow {
    const ROWS: Option<u32> = Some(1);
    type Prediction<const N: usize> = Vector<N>;
}

impl<const R: usize> Form for Several<R> {
    const ROWS: Option<u32> = Some(R as u32);
    type Prediction<const N: usize> = Rows<R, N>;
}

impl<const R: usize> Form for AnyRows<R> {
    const ROWS: Option<u32> = None;
    type Prediction<const N: usize> = Rows<R, N>;
}
