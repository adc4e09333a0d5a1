//! Margin losses: no loss once a decision is clear by a margin.

mod categorical_hinge;
mod hinge;
mod hinge_embedding;
mod multi_margin;
mod multilabel_margin;
mod multilabel_soft_margin;
mod soft_margin;
mod squared_hinge;
pub use categorical_hinge::CategoricalHinge;
pub use hinge::Hinge;
pub use hinge_embedding::HingeEmbedding;
pub use multi_margin::MultiMargin;
pub use multilabel_margin::MultilabelMargin;
pub use multilabel_soft_margin::MultilabelSoftMargin;
pub use soft_margin::SoftMargin;
pub use squared_hinge::SquaredHinge;
