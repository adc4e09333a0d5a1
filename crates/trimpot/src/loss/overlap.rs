//! Losses for masks: how badly two sets overlap.

mod dice;
mod jaccard;
pub use dice::Dice;
pub use jaccard::Jaccard;
