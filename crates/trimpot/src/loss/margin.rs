//! Losses that stop caring once a decision is clear enough.

mod hinge;
pub use hinge::Hinge;
