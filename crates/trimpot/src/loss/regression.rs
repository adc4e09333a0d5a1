//! Losses for regression.

mod cosine_similarity;
mod gaussian_nll;
mod huber;
mod log_cosh;
mod mae;
mod mape;
mod mse;
mod msle;
mod poisson_nll;
mod quantile;
mod smooth_l1;
pub use cosine_similarity::CosineSimilarity;
pub use gaussian_nll::GaussianNll;
pub use huber::Huber;
pub use log_cosh::LogCosh;
pub use mae::MeanAbsoluteError;
pub use mape::MeanAbsolutePercentageError;
pub use mse::MeanSquaredError;
pub use msle::MeanSquaredLogarithmicError;
pub use poisson_nll::PoissonNll;
pub use quantile::Quantile;
pub use smooth_l1::SmoothL1;
