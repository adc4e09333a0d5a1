//! Losses for sequences of labels.

mod ctc;
pub use ctc::Ctc;

use crate::lanes::Lanes;
use crate::loss::Target;

/// Up to `L` class labels in order: `[u32; L]` for one sample.
///
/// A sequence ends before the first label that is not a class of its own (`u32::MAX`, say): so the
/// samples of a batch may be of different length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Labels<const L: usize>;

impl<const L: usize> Target for Labels<L> {
    type Values<V: Lanes> = [V::Bits; L];
}
