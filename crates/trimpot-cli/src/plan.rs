//! `trimpot plan`: what a network costs on each board.

mod report;

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use trimpot::spec::{Dims, NetworkSpec, SpecError};
use trimpot_model::architecture::{self, Architecture, Between};
use trimpot_model::file::{ModelError, ModelTask, StoredModel};
use trimpot_model::plan::{
    BOARDS, Board, Figures, Method, PlannedLoss, TooFewLayers, Trained, Training, find,
};

pub use self::report::Report;
use crate::advice;
use crate::names::one_of;

/// Which network, and for what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The model: a file that `trimpot train` has written
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
    /// What is trained on the board: `all`; `head:N`, the last N layers with parameters: what is in
    /// front of them is frozen, so that its parameters stay in flash and nothing is kept of it; or
    /// `biases`, those of all layers, and all parameters of normalisations
    #[arg(long, value_name = "PARAMETERS", default_value = "all")]
    pub train: Trained,
    /// The loss on the board [default: cross_entropy; mse for a model of numbers or anomalies]
    #[arg(long, value_name = "LOSS", value_parser = planned_loss())]
    pub loss: Option<PlannedLoss>,
    /// How many samples the board keeps to replay, a byte for each number
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub replay: usize,
    /// Where that takes less RAM, keep only the output of every so many layers in a training step,
    /// and compute what is between again on the way back: more instructions, the same bits. 0 keeps
    /// everything
    #[arg(long, value_name = "LAYERS", default_value_t = 0)]
    pub checkpoint_every: usize,
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
    let (layers, task) = match (&options.model, &options.network) {
        (Some(file), _) => {
            let model = StoredModel::read(file, options.input)?;
            (model.layers, model.about.task)
        }
        (None, Some(network)) => {
            (network.layers(Between::default()).map_err(PlanError::Architecture)?, None)
        }
        (None, None) => return Err(PlanError::Architecture("there is none".to_owned())),
    };
    let specs = options.train.of(&layers.specs)?;
    let network = NetworkSpec { input: layers.input, layers: &specs };
    let loss = options.loss.unwrap_or(match task {
        None | Some(ModelTask::Classes) => PlannedLoss::CrossEntropy,
        Some(ModelTask::Numbers | ModelTask::Anomalies) => PlannedLoss::Mse,
    });
    let method = Method { loss, trained: options.train.of_unfrozen() };
    let training = Training { method, replayed: options.replay, every: options.checkpoint_every };
    Ok(Report {
        network: format!("{}: {network}", network.input),
        figures: Figures::new(network, training)?,
        boards: options.board.map_or_else(|| BOARDS.to_vec(), |board| vec![board]),
    })
}
