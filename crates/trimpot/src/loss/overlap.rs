//! Losses for masks: how badly two sets overlap.

mod dice;
mod focal_tversky;
mod jaccard;
mod lovasz_hinge;
mod tversky;
pub use dice::Dice;
pub use focal_tversky::FocalTversky;
pub use jaccard::Jaccard;
pub use lovasz_hinge::LovaszHinge;
pub use tversky::Tversky;
