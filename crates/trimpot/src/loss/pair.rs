//! Losses that compare predictions with each other: pairs, triplets, a batch of views.
//!
//! The predictions of one sample are the [`Rows`](crate::shape::Rows) of its shape: those that one
//! network made of several inputs.

mod contrastive;
mod cosine_embedding;
mod info_nce;
mod margin_ranking;
mod triplet_margin;
pub use contrastive::Contrastive;
pub use cosine_embedding::CosineEmbedding;
pub use info_nce::InfoNce;
pub use margin_ranking::MarginRanking;
pub use triplet_margin::TripletMargin;
