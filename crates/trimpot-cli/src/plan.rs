//! `trimpot plan`: what a network costs on each board.

mod report;

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use trimpot::spec::{Dims, SpecError};
use trimpot_host::board::BoardNeeds;
use trimpot_model::architecture::{self, Architecture, Between};
use trimpot_model::file::{About, ModelError, ModelTask, StoredModel};
use trimpot_model::plan::{
    BOARDS, Board, Figures, Method, PlannedLoss, TooFewLayers, Training, find,
};
use trimpot_tuner::Settings;

pub use self::report::Report;
pub(crate) use self::report::{estimate, memory};
use crate::advice;
use crate::learning::LearningOptions;
use crate::names::one_of;

/// Which network, and for what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The model: a file that `trimpot train` or `trimpot import` has written
    #[arg(value_name = "MODEL", required_unless_present = "network", conflicts_with = "network")]
    pub model: Option<PathBuf>,
    /// The network, in place of a model, as for `trimpot train`
    #[arg(long, value_name = "SIZES|LAYERS", long_help = architecture::help())]
    pub network: Option<Architecture>,
    /// The shape of a sample, such as 1x28x28, for a file that does not say it
    #[arg(long, value_name = "SHAPE", value_parser = architecture::shape, conflicts_with = "network")]
    pub input: Option<Dims>,
    /// Only this board, by its name or its chip [default: all that are known]
    #[arg(long, value_name = "NAME", value_parser = find)]
    pub board: Option<Board>,
    /// The loss on the board [default: cross_entropy; mse for a model of numbers or anomalies]
    #[arg(long, value_name = "LOSS", value_parser = planned_loss())]
    pub loss: Option<PlannedLoss>,
    /// Where that takes less RAM, keep only the output of every so many layers in a training step,
    /// and compute what is between again on the way back: more instructions, the same bits. This is
    /// for firmware of one's own, and no board of `trimpot board` does it, so that --optimizer,
    /// --batch and --latents are left out. 0 keeps everything
    #[arg(long, value_name = "LAYERS", default_value_t = 0, conflicts_with_all = ["optimizer", "batch", "latents"])]
    pub checkpoint_every: usize,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub learning: LearningOptions,
}

fn planned_loss() -> impl TypedValueParser<Value = PlannedLoss> {
    one_of([
        PossibleValue::new("cross_entropy").help("Softmax cross-entropy"),
        PossibleValue::new("mse").help("Mean squared error"),
    ])
}

/// Why a network cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The model cannot be read.
    #[error("{}", advice::of_model(.0))]
    Model(#[from] ModelError),
    /// There are too few layers to be trained.
    #[error(transparent)]
    Trained(#[from] TooFewLayers),
    /// Options do not go together, or not with the model.
    #[error("{0}")]
    Options(String),
    /// The network is none, or has layers that only its own program can compute.
    #[error("the network cannot be planned: {0}")]
    Network(#[from] SpecError),
    /// The text says no network.
    #[error("--network: {0}")]
    Architecture(String),
}

/// Plans what the options say.
///
/// # Errors
/// If the file cannot be read, or the network cannot be planned.
pub fn plan(options: &Options) -> Result<Report, PlanError> {
    let mut model = match (&options.model, &options.network) {
        (Some(file), _) => StoredModel::read(file, options.input)?,
        (None, Some(network)) => {
            let layers = network.layers(Between::default()).map_err(PlanError::Architecture)?;
            let parameters = vec![0.0; layers.spec().parameters()];
            StoredModel { layers, parameters, about: About::default() }
        }
        (None, None) => return Err(PlanError::Architecture("there is none".to_owned())),
    };
    let task = match (model.about.task, options.loss) {
        (Some(task), _) => task,
        (None, Some(PlannedLoss::Mse)) => ModelTask::Numbers,
        (None, Some(PlannedLoss::CrossEntropy) | None) => ModelTask::Classes,
    };
    let loss = options.loss.unwrap_or_else(|| default_loss(task));
    options.learning.set(&mut model, task).map_err(PlanError::Options)?;
    report(model, loss, options.checkpoint_every, chosen(options.board))
}

/// Plans a model that says what it is for, with the default loss, for one board or all.
///
/// # Errors
/// If the network cannot be planned.
pub fn of(model: StoredModel, board: Option<Board>) -> Result<Report, PlanError> {
    let loss = default_loss(model.about.task.unwrap_or(ModelTask::Classes));
    report(model, loss, 0, chosen(board))
}

/// Returns one board, or all.
fn chosen(board: Option<Board>) -> Vec<Board> {
    board.map_or_else(|| BOARDS.to_vec(), |board| vec![board])
}

fn default_loss(task: ModelTask) -> PlannedLoss {
    match task {
        ModelTask::Classes => PlannedLoss::CrossEntropy,
        ModelTask::Numbers | ModelTask::Anomalies => PlannedLoss::Mse,
    }
}

/// Plans a model, which says how a board learns it, of which the output of every so many layers is
/// kept; 0 keeps everything.
pub(crate) fn report(
    mut model: StoredModel,
    loss: PlannedLoss,
    every: usize,
    boards: Vec<Board>,
) -> Result<Report, PlanError> {
    let trained = model.about.trained.unwrap_or_default();
    model.freeze(trained)?;
    let network = model.layers.spec();
    let optimizer = model.about.optimizer_and_batch();
    let method = Method { loss, trained: trained.of_unfrozen(), optimizer };
    let training = Training { method, every };
    let figures = Figures::new(network, training)?;
    // Where that would take no less RAM, nothing is computed again, whatever is asked for.
    let is_computed_again =
        every > 0 && figures != Figures::new(network, Training { method, every: 0 })?;
    let needs = if is_computed_again {
        Err("--checkpoint-every has values computed again, which such a board never does"
            .to_owned())
    } else {
        BoardNeeds::of(&model).map_err(|error| error.to_string())
    };
    let front_end = model.about.extractor(network.input).ok().flatten();
    let network = format!("{}: {network}", network.input);
    let optimizer = optimizer.map(|(optimizer, samples)| {
        // What is left of a batch when a sample and those that are replayed after it are learned makes
        // a step, too.
        let replays = model.about.replays.unwrap_or(Settings::new().replays());
        let passes = 1 + u32::from(replays);
        let steps = passes.div_ceil(samples.get().into());
        (optimizer, f64::from(steps) / f64::from(passes))
    });
    Ok(Report { network, front_end, needs, figures, optimizer, boards })
}
