//! `trimpot import`: a network that somebody else made becomes a model file.

mod about;
mod check;
mod report;

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use clap::builder::TypedValueParser;
use trimpot::spec::{Dims, SpecError};
use trimpot_host::dataset::DataError;
use trimpot_host::loss::LossError;
use trimpot_model::architecture::{self, Activation, Architecture, ArchitectureError, Between};
use trimpot_model::file::{ModelError, ModelTask};
use trimpot_model::import::{self, Ending, ImportError, Request};
use trimpot_model::output;

use self::check::{Bound, Original};
use crate::advice;
use crate::names::one_of;
use crate::terminal::{counted, say};

/// Which file, and what is not in it.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The file of another framework: ONNX; .keras or .h5 of Keras; or safetensors with the tensors of a
    /// PyTorch state_dict
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The network, for a file of tensors alone: they go to its layers in their order
    #[arg(long, value_name = "LAYERS|SIZES", long_help = network_help(), help_heading = "Network")]
    pub network: Option<Network>,
    /// The shape of a sample, such as 1x28x28, for a file that does not say it
    #[arg(long, value_name = "SHAPE", value_parser = architecture::shape, help_heading = "Network")]
    pub input: Option<Dims>,
    /// The names of modules in the order of the network, where the file does not tell it
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        requires = "network",
        help_heading = "Network"
    )]
    pub order: Vec<String>,
    /// What outputs say [default: classes, where the file ends with a softmax, or with a sigmoid and one
    /// output, or classes have names; else whoever uses the model says it]
    #[arg(long, value_name = "TASK", value_parser = tasks(), help_heading = "Model")]
    pub task: Option<ModelTask>,
    /// The names of the classes, in the order of the outputs
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Model")]
    pub classes: Vec<String>,
    /// The loss that the network was trained with, by its name in `trimpot losses` or in another
    /// library [default: by task and last layer cross_entropy, bce, bce_with_logits or mse]
    #[arg(long, value_name = "NAME", value_parser = advice::known_loss, help_heading = "Model")]
    pub loss: Option<String>,
    /// Compare with outputs of the original: an .npz file with samples `x` and the outputs `y` for
    /// them, as the original has them (as in Keras: channels last). More than 1e-5 of the largest output apart, or 4
    /// units of the last place where the original has 16 bits, is an error, and no model is written
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub check: Option<PathBuf>,
    /// Model file to write; one that exists is refused without --overwrite [default: none]
    #[arg(long, value_name = "MODEL", help_heading = "Run")]
    pub output: Option<PathBuf>,
    /// Replace a model file that exists
    #[arg(long, requires = "output", help_heading = "Run")]
    pub overwrite: bool,
}

/// A network as its original is: it may end with what a loss has here.
#[derive(Clone, Debug)]
pub struct Network {
    /// The layers, or their sizes.
    pub layers: Architecture,
    /// The activation behind sizes.
    pub output_activation: Option<Activation>,
    /// What is behind them.
    pub ending: Option<Ending>,
}

impl FromStr for Network {
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, ArchitectureError> {
        let (rest, last) = text.rsplit_once(',').unwrap_or((text, ""));
        if let Some(ending) = Ending::named(last.trim()) {
            return Ok(Network {
                layers: rest.parse()?,
                output_activation: None,
                ending: Some(ending),
            });
        }
        let sizes = rest.parse().ok().filter(|sizes| matches!(sizes, Architecture::Sizes(_)));
        Ok(match (sizes, last.trim().parse().ok()) {
            (Some(layers), Some(activation)) => {
                Network { layers, output_activation: Some(activation), ending: None }
            }
            _ => Network { layers: text.parse()?, output_activation: None, ending: None },
        })
    }
}

fn network_help() -> String {
    format!(
        "The network, for a file of tensors alone: they go to its layers in their order, and \
         activations, pools, strides, paddings and epsilons are in no tensor. A softmax or log_softmax \
         may be its last word: it is left out, and --check compares what is behind it. A sigmoid behind one output \
         makes a classifier of two classes of it. {}",
        architecture::help()
    )
}

fn tasks() -> impl TypedValueParser<Value = ModelTask> {
    one_of([ModelTask::Classes.name(), ModelTask::Numbers.name()])
}

/// Why a file is not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportCommandError {
    /// Options do not go together, or not with the network.
    #[error("{0}")]
    Options(String),
    /// The file cannot be imported.
    #[error("{}: {}", file.display(), advice::of_import(source))]
    Import {
        /// The file.
        file: PathBuf,
        /// Why.
        source: ImportError,
    },
    /// The loss cannot be had, or is not for the network.
    #[error("{}", advice::of_loss(.0))]
    Loss(#[from] LossError),
    /// Samples and outputs of the original cannot be had.
    #[error("--check: {0}")]
    Data(#[from] DataError),
    /// The layers of the network cannot be computed.
    #[error("the network cannot be computed: {0}")]
    Network(#[from] SpecError),
    /// Threads cannot be had.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The network computes something else than the original.
    #[error("--check: {difference:.1e} of the largest output apart is more than {bound}; {}", written(.output.as_deref()))]
    Differs {
        /// The largest difference, in the largest output.
        difference: f64,
        /// How large it may be.
        bound: Bound,
        /// The model that would have been written.
        output: Option<PathBuf>,
    },
    /// The model cannot be written.
    #[error("--output {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The model cannot be written either.
    #[error("{}", advice::of_model(.0))]
    Model(#[from] ModelError),
}

/// Returns what is not done after a check that fails.
fn written(output: Option<&Path>) -> String {
    output.map_or("the network is another one".to_owned(), |output| {
        format!("{} is not written", output.display())
    })
}

/// Imports a file: says what is in it, compares it with outputs of the original, writes the model.
///
/// # Errors
/// If the file cannot be imported, computes something else, or the model cannot be written.
pub fn run(options: &Options) -> Result<(), ImportCommandError> {
    check_output(options)?;
    let wrong = |what: String| ImportCommandError::Options(format!("--network: {what}"));
    let said = options.network.as_ref();
    let network = said.map(|network| {
        let output_activation = network.output_activation;
        network.layers.layers(Between { output_activation, ..Between::default() })
    });
    let request = Request {
        network: network.transpose().map_err(wrong)?,
        ending: said.and_then(|network| network.ending),
        binary: about::binary(options)?,
        input: options.input,
        order: options.order.clone(),
        folder: None,
    };
    let imported = import::read(&options.file, &request);
    let imported = imported
        .map_err(|source| ImportCommandError::Import { file: options.file.clone(), source })?;
    let about = about::of(options, &imported)?;
    report::lines(&imported, &about).iter().for_each(|line| say(line));
    let original = Original::of(&imported);
    let model = imported.into_model(about);
    if let Some(file) = &options.check {
        let checked = check::run(&model, original, file)?;
        say(&checked.to_string());
        if !checked.is_close() {
            let (difference, output) = (checked.relative, options.output.clone());
            let bound = checked.bound;
            return Err(ImportCommandError::Differs { difference, bound, output });
        }
    }
    match &options.output {
        Some(file) => {
            model.save(file)?;
            say(&format!("wrote {}", file.display()));
        }
        None => say("no model is written: --output MODEL writes it"),
    }
    Ok(())
}

/// Checks that the model can be written, over no file that is something else.
fn check_output(options: &Options) -> Result<(), ImportCommandError> {
    let Some(file) = &options.output else { return Ok(()) };
    let inputs = [("FILE", Some(&options.file)), ("--check", options.check.as_ref())];
    let inputs = inputs.into_iter().filter_map(|(name, file)| Some((name, file?.as_path())));
    let all: Vec<_> = inputs.chain([("--output", file.as_path())]).collect();
    output::check_distinct(&all).map_err(ImportCommandError::Options)?;
    if file.exists() && !options.overwrite {
        let what = format!("--output {} exists: --overwrite replaces it", file.display());
        return Err(ImportCommandError::Options(what));
    }
    let error = |source| ImportCommandError::Write { file: file.clone(), source };
    output::check(file).map_err(error)
}

/// Returns how many outputs there are, in words.
fn outputs(count: usize) -> String {
    counted(count, "output")
}
