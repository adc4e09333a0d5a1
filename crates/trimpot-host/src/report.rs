//! The demo's report: one HTML file that needs nothing else, with its plots as SVG inside.

pub(crate) mod page;
pub(crate) mod plot;

pub use page::page;

/// A plot cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the plot of {plot}: {reason}")]
pub struct ReportError {
    /// The plot of what.
    pub plot: &'static str,
    /// What the plotting library says.
    pub reason: String,
}
