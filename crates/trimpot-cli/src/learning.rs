//! How a board learns: options of `trimpot board install`, which the model keeps. Those that change
//! what it needs are options of `trimpot plan`, too.

use std::num::NonZeroU8;

use clap::Args;
use clap::builder::TypedValueParser;
use indicatif::HumanCount;
use trimpot_model::file::{About, BoardOptimizer, Latents, ModelTask, StoredModel};
use trimpot_model::plan::Trained;

use crate::numbers::positive_learning_rate;

/// Outputs that a network can have, with those for classes to come: as many as `--network` takes.
const MOST_OUTPUTS: usize = 65_536;

/// How the board learns, where the network comes over the link. What is not said is as the model
/// file has it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Learning")]
pub struct LearningOptions {
    /// Optimizer, by its name in `trimpot train`; or momentum:0.9, sgd with so much momentum. All
    /// but sgd keep numbers for each trained parameter [default: that of the model file, or sgd]
    #[arg(long, value_name = "NAME")]
    pub optimizer: Option<BoardOptimizer>,
    /// What is trained: `all`; `head:N`, the last N layers with parameters: what is in front of them
    /// is frozen, so that nothing is kept of it; or `biases`, those of all layers, and all
    /// parameters of normalisations [default: that of the model file, or all]
    #[arg(long, value_name = "PARAMETERS")]
    pub train: Option<Trained>,
    /// How what a frozen front makes of samples is kept, so that it is computed once for each: none
    /// (features are kept), f32, u8 or i8 [default: that of the model file; or f32 with head:N and
    /// where anomalies are detected, else none]
    #[arg(long, value_name = "FORMAT")]
    pub latents: Option<Latents>,
    /// Samples of a step, 1 to 255 [default: that of the model file, or 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..).try_map(NonZeroU8::try_from))]
    pub batch: Option<NonZeroU8>,
    /// Room for so many classes that come later, with a name in samples that the board learns from:
    /// outputs that the last layer gets in addition, up to 65536 in all
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub new_classes: usize,
}

/// How the board learns, in what needs neither memory nor more work a step.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Learning")]
pub struct PaceOptions {
    /// Learning rate of each step, above 0 and up to 1000 [default: that of the model file, or the
    /// optimizer's; 0.02 of sgd]
    #[arg(long, value_name = "NUMBER", value_parser = positive_learning_rate)]
    pub learning_rate: Option<f32>,
    /// Samples that are replayed for each that is learned, up to 65535 [default: that of the model
    /// file, or 40]
    #[arg(long, value_name = "COUNT")]
    pub replays: Option<u16>,
}

impl PaceOptions {
    /// Lets a model say what these options say.
    pub(crate) fn set(&self, about: &mut About) {
        about.learning_rate = self.learning_rate.or(about.learning_rate);
        about.replays = self.replays.or(about.replays);
    }
}

impl LearningOptions {
    /// Lets a model for this task say what these options say.
    ///
    /// # Errors
    /// If a number is out of its range, or the model cannot have more classes.
    pub(crate) fn set(&self, model: &mut StoredModel, task: ModelTask) -> Result<(), String> {
        let &LearningOptions { optimizer, train, latents, batch, .. } = self;
        let about = &mut model.about;
        about.task = Some(task);
        about.optimizer = optimizer.or(about.optimizer);
        about.trained = train.or(about.trained);
        about.latents = latents.or(about.latents);
        about.batch = batch.or(about.batch);
        about.check()?;
        if !about.centre.is_empty() && about.trained != Some(Trained::Biases) {
            return Err("--train: of a detector by distance boards train biases alone; by training weights all \
                        distances shrink to nothing"
                .to_owned());
        }
        self.add_classes(model, task)
    }

    /// Gives a model outputs for classes to come. So that those that it has are told from these,
    /// they have names: their numbers, if there are no others.
    fn add_classes(&self, model: &mut StoredModel, task: ModelTask) -> Result<(), String> {
        if self.new_classes == 0 {
            return Ok(());
        }
        if task != ModelTask::Classes {
            return Err(format!("--new-classes is for classes, and the task is {task}"));
        }
        let outputs = model.layers.outputs();
        let wanted = outputs.saturating_add(self.new_classes);
        if wanted > MOST_OUTPUTS {
            return Err(format!(
                "--new-classes: {} outputs and {} more are beyond the {} that there may be",
                HumanCount(outputs as u64),
                HumanCount(self.new_classes as u64),
                HumanCount(MOST_OUTPUTS as u64)
            ));
        }
        if model.about.classes.is_empty() {
            model.about.classes = (0..outputs).map(|class| class.to_string()).collect();
        }
        model.resize_outputs(wanted).map_err(|error| format!("--new-classes: {error}"))
    }
}
