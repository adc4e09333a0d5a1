//! Losses that are made of losses: sums, masks, several heads.
//!
//! All are losses themselves, so they nest: a sum of losses for one head, a masked one for another.

mod masked;
mod multi_task;
mod uncertain;
mod weighted;
pub use masked::Masked;
pub use multi_task::MultiTask;
pub use uncertain::Uncertain;
pub use weighted::{Sum, Weighted};
