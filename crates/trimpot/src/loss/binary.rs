//! Losses for binary classification, one decision an element.

mod bce;
mod bce_with_logits;
mod focal;
pub use bce::BinaryCrossEntropy;
pub use bce_with_logits::BinaryCrossEntropyWithLogits;
pub use focal::BinaryFocal;
