//! How a board learns: options of `trimpot board install`, which the model keeps.

use clap::Args;
use trimpot_model::file::{About, BoardOptimizer, Latents};
use trimpot_model::plan::Trained;

/// How the board learns, where the network comes over the link. What is not said is as the model
/// file has it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Learning")]
pub struct LearningOptions {
    /// Optimizer, by its name in `trimpot train`; or momentum:0.9, sgd with so much momentum. All
    /// but sgd keep numbers for each trained parameter [default: that of the model file, or sgd]
    #[arg(long, value_name = "NAME")]
    pub optimizer: Option<BoardOptimizer>,
    /// Learning rate of each step [default: that of the model file, or the optimizer's; 0.02 of
    /// sgd]
    #[arg(long, value_name = "NUMBER")]
    pub learning_rate: Option<f32>,
    /// What is trained: all, head:N for the last N layers with parameters, or biases for biases and
    /// normalisations, as in `trimpot plan` [default: that of the model file, or all]
    #[arg(long, value_name = "LAYERS")]
    pub train: Option<Trained>,
    /// How what a frozen front makes of samples is kept, so that it is computed once for each: none
    /// (features are kept), f32, u8 or i8 [default: that of the model file, or f32]
    #[arg(long, value_name = "FORMAT")]
    pub latents: Option<Latents>,
    /// Samples of a step [default: that of the model file, or 1]
    #[arg(long, value_name = "COUNT")]
    pub batch: Option<u32>,
    /// Samples that are replayed for each that is learned [default: that of the model file, or 40]
    #[arg(long, value_name = "COUNT")]
    pub replays: Option<u32>,
}

impl LearningOptions {
    /// Lets a model say what these options say.
    ///
    /// # Errors
    /// If a number is out of its range.
    pub(super) fn set(&self, about: &mut About) -> Result<(), String> {
        let &LearningOptions { optimizer, learning_rate, train, latents, batch, replays } = self;
        about.optimizer = optimizer.or(about.optimizer);
        about.learning_rate = learning_rate.or(about.learning_rate);
        about.trained = train.or(about.trained);
        about.latents = latents.or(about.latents);
        about.batch = batch.or(about.batch);
        about.replays = replays.or(about.replays);
        about.check()
    }
}
