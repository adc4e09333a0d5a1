//! What a contender is to a worker.

use anyhow::Result;

use crate::case::Case;

/// A case, ready to be run as often as one likes, its buffers warm.
pub trait Run {
    /// Starts from the beginning: for training, the first parameters.
    fn reset(&mut self) -> Result<()> {
        Ok(())
    }

    /// Does the work once.
    fn once(&mut self) -> Result<()>;

    /// Returns what the last run computed.
    fn result(&mut self) -> Result<RunResult>;
}

/// What is compared before a time counts.
pub struct RunResult {
    /// The value of the loss; for training its mean over the rows of the last pass.
    pub value: f64,
    /// The gradient; for training the parameters afterwards.
    pub numbers: Vec<f32>,
}

/// Makes a contender's run of a case. An error is the reason why it has none.
pub type Prepare = fn(&Case) -> Result<Box<dyn Run>>;
