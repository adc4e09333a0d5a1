//! The options of `trimpot train`.

mod checks;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use clap::builder::TypedValueParser;
use clap::{Args, ValueEnum};
use trimpot::threshold::Rule;
use trimpot_host::augmentation::{self, Augmentation};
use trimpot_host::loss::{self, LossError, NamedLoss, Setting};
use trimpot_model::architecture::{self, Activation, Architecture};
use trimpot_model::file::{LARGEST_WINDOW, ModelTask};

use super::initialization::Initialization;
use super::optimizer::{OptimizerName, ScheduleName};
use super::start::Start;
use crate::advice;
use crate::data::DataOptions;
use crate::front_end::FrontEndOptions;
use crate::names::one_of;
use crate::numbers::{count_from_one, decay, learning_rate, not_negative, positive, share};

/// Options of a training in epochs, and of what it begins with.
const TRAINING: [&str; 29] = [
    "activation",
    "output_activation",
    "dropout",
    "initialization",
    "init",
    "loss",
    "loss_options",
    "augment",
    "optimizer",
    "learning_rate",
    "momentum",
    "nesterov",
    "weight_decay",
    "l1",
    "l2",
    "schedule",
    "final_learning_rate",
    "decay",
    "decay_every",
    "warm_up",
    "clip_value",
    "clip_norm",
    "average",
    "epochs",
    "batch",
    "patience",
    "checkpoint",
    "metrics",
    "curves",
];

/// What to train, on what, and how.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct Options {
    /// Samples: `.npz`; or `.csv`, `.tsv` or `.txt` with a line for each; or `-`, which reads such
    /// lines from standard input. Classes are numbers from 0, a 1 among zeros, or names, which are
    /// numbered in the order of the alphabet
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub data: PathBuf,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub reading: DataOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub recordings: FrontEndOptions,
    /// Share of samples, in [0, 1), that is not learned from but tested on after every epoch; the
    /// same of every class
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share, help_heading = "Data")]
    pub hold_out: f32,
    /// Samples that are not learned from, of the same form as those of --data: scored at the end,
    /// as `trimpot evaluate` does
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub test: Option<PathBuf>,

    /// Sizes of fully connected layers, such as 64-32-10: features, hidden layers, outputs. Or the
    /// shape of a sample and layers, such as "1x28x28, conv 8 3x3, relu, pool 2, dense 10"
    #[arg(long, value_name = "SIZES|LAYERS", long_help = architecture::help(), required_unless_present = "init", help_heading = "Network")]
    pub network: Option<Architecture>,
    /// Activation between layers of which the sizes are given [default: relu]
    #[arg(long, value_parser = activation(), requires = "network", help_heading = "Network")]
    pub activation: Option<Activation>,
    /// Activation after the last layer, where sizes are given: such as sigmoid for a loss of
    /// probabilities
    #[arg(long, value_name = "ACTIVATION", value_parser = activation(), hide_possible_values = true, requires = "network", help_heading = "Network")]
    pub output_activation: Option<Activation>,
    /// Probability p of dropout after each activation between layers of which the sizes are given,
    /// in [0, 1)
    #[arg(long, value_name = "P", value_parser = share, requires = "network", help_heading = "Network")]
    pub dropout: Option<f32>,
    /// Train what did best in the study of this folder: data, network, loss, optimizer, rate …, as
    /// if its options stood in front of the others, which take their place. With another loss its
    /// settings go, too; with another optimizer the learning rate and momentum; with another
    /// network the activation
    #[arg(long, value_name = "FOLDER", help_heading = "Data")]
    pub from_study: Option<PathBuf>,
    /// How weights begin
    #[arg(
        long,
        default_value = "glorot_uniform",
        conflicts_with = "init",
        help_heading = "Network"
    )]
    pub initialization: Initialization,
    /// Begin with the weights of this model; it has the same layers as --network, which need not be
    /// given then: layers that are frozen stay so. Classes are the model's, and so are means and
    /// deviations of --standardize
    #[arg(long, value_name = "MODEL", conflicts_with = "front_end", help_heading = "Network")]
    pub init: Option<PathBuf>,
    /// Train all layers of --init, also those that are frozen, as those of a model are that `board
    /// read` gives after `board install --train head:N`. What scales or standardizes stays
    #[arg(long, requires = "init", help_heading = "Network")]
    pub unfreeze: bool,
    /// Put a layer in front that gives each feature mean 0 and deviation 1 over the samples that
    /// are learned from; each channel, where a sample is a sequence or an image. It is in the model
    /// file, so that boards do the same. Targets that are numbers are standardized as well, and a
    /// last layer gives outputs their units; losses are of standardized targets then, where they
    /// depend on differences alone
    #[arg(long, help_heading = "Network")]
    pub standardize: bool,

    /// What the outputs say: classes; numbers, as many as outputs; or anomalies, by giving back
    /// what a sample is (after --standardize, the standardized features): as many outputs as
    /// features. That is learned from normal samples alone [default: classes; numbers with
    /// --targets; the task of --init]
    #[arg(long, value_parser = task(), help_heading = "Training")]
    pub task: Option<ModelTask>,
    /// Detect anomalies by their Mahalanobis distance from the mean of normal samples, in place of
    /// training an autoencoder: after --standardize a dense layer, --network 12-12 for 12 features,
    /// takes correlations out, with weights that follow from the covariance of the samples, shrunk by
    /// a tenth. Scores are squared distances, divided by the number of features. Boards train its
    /// biases alone: so the mean moves, and distances cannot shrink to nothing
    #[arg(long, requires = "standardize", conflicts_with_all = TRAINING, help_heading = "Training")]
    pub mahalanobis: bool,
    /// How the threshold of anomalies follows from the scores of normal samples that are held out:
    /// percentile:0.95, which 95 % of them do not exceed, or deviations:3, standard deviations
    /// above their mean [default: deviations:3]
    #[arg(long, help_heading = "Training")]
    pub rule: Option<Rule>,
    /// How many of the last predictions vote on an alarm, 1 to 32: it is raised if more than half of
    /// them are anomalous [default: 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=i64::from(LARGEST_WINDOW)), help_heading = "Training")]
    pub window: Option<u8>,
    /// Loss, by its name in `trimpot losses` or in another library, or a sum, "bce + dice"; where it
    /// wants numbers, a class becomes 1 for its own output and 0 (-1 for hinges) for others
    /// [default: that of --init; cross_entropy for classes, mse for others]
    #[arg(long, value_name = "NAME", value_parser = advice::known_loss, help_heading = "Training")]
    pub loss: Option<String>,
    /// A setting of the loss, such as delta=0.5 of huber; may be given several times
    #[arg(long = "loss-option", value_name = "NAME=VALUE", long_help = loss::help(), help_heading = "Training")]
    pub loss_options: Vec<Setting>,
    /// Optimizer
    #[arg(long, default_value = "adam", help_heading = "Training")]
    pub optimizer: OptimizerName,
    /// Learning rate, in [0, 1000], if not the optimizer's default
    #[arg(long, alias = "rate", value_name = "RATE", value_parser = learning_rate, help_heading = "Training")]
    pub learning_rate: Option<f32>,
    /// Momentum of sgd, in [0, 1)
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Training")]
    pub momentum: Option<f32>,
    /// Nesterov's momentum
    #[arg(long, requires = "momentum", help_heading = "Training")]
    pub nesterov: bool,
    /// Weight decay [default: 0.01 for adam_w, 0 for others]
    #[arg(long, value_name = "FACTOR", value_parser = not_negative, help_heading = "Training")]
    pub weight_decay: Option<f32>,
    /// Penalty of this times the sum of |w| over all parameters: many of them get small
    #[arg(long, value_name = "STRENGTH", value_parser = not_negative, help_heading = "Training")]
    pub l1: Option<f32>,
    /// Penalty of this times the sum of w² over all parameters
    #[arg(long, value_name = "STRENGTH", value_parser = not_negative, help_heading = "Training")]
    pub l2: Option<f32>,
    /// How the learning rate changes
    #[arg(long, default_value = "constant", help_heading = "Training")]
    pub schedule: ScheduleName,
    /// Last learning rate of cosine and linear, in [0, 1000] [default: 0]
    #[arg(long, alias = "final-rate", value_name = "RATE", value_parser = learning_rate, help_heading = "Training")]
    pub final_learning_rate: Option<f32>,
    /// Factor of step and exponential, in (0, 1] [default: 0.1 for step, 0.999 for exponential]
    #[arg(long, value_name = "FACTOR", value_parser = decay, help_heading = "Training")]
    pub decay: Option<f32>,
    /// Epochs between two steps of the schedule step [default: 10]
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..).try_map(NonZeroU32::try_from), help_heading = "Training")]
    pub decay_every: Option<NonZeroU32>,
    /// Steps in which the learning rate rises from 0 at first
    #[arg(long, value_name = "STEPS", default_value_t = 0, help_heading = "Training")]
    pub warm_up: u32,
    /// Cut every element of the gradient to this size
    #[arg(long, value_name = "LIMIT", conflicts_with = "clip_norm", value_parser = positive, help_heading = "Training")]
    pub clip_value: Option<f32>,
    /// Scale the gradient to at most this norm
    #[arg(long, value_name = "LIMIT", value_parser = positive, help_heading = "Training")]
    pub clip_norm: Option<f32>,
    /// Keep a moving average of the weights, with this decay in [0, 1); saved beside the model
    #[arg(long, value_name = "DECAY", value_parser = share, help_heading = "Training")]
    pub average: Option<f32>,
    /// Passes through the data
    #[arg(long, default_value_t = 20, help_heading = "Training")]
    pub epochs: u32,
    /// Samples of a step
    #[arg(long, default_value = "32", value_parser = count_from_one, help_heading = "Training")]
    pub batch: NonZeroUsize,
    /// Change each sample before it is learned from, anew in every epoch, such as
    /// rotate=15,scale=0.1,flip; where a network takes images as a row of features, with their
    /// shape in front, such as 8x8:rotate=15
    #[arg(long, value_name = "WORDS", long_help = augmentation::help(), help_heading = "Training")]
    pub augment: Option<Augmentation>,
    /// Randomness of weights, order, dropout, augmentation and what is held out
    #[arg(long, default_value_t = 1, help_heading = "Training")]
    pub seed: u32,
    /// Stop after so many epochs without a better loss on what is held out, and save the best
    /// weights
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..).try_map(NonZeroU32::try_from), help_heading = "Training")]
    pub patience: Option<NonZeroU32>,

    /// Model file to write (safetensors); names of classes are in its metadata, under `classes`
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub output: Option<PathBuf>,
    /// File to write after every epoch, from which the run can go on; one that exists is refused
    /// without --resume or --overwrite
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint, with the bits of a run without interruption; begin if there is
    /// none yet
    #[arg(long, requires = "checkpoint", help_heading = "Run")]
    pub resume: bool,
    /// Begin anew, and replace the checkpoint
    #[arg(long, requires = "checkpoint", conflicts_with = "resume", help_heading = "Run")]
    pub overwrite: bool,
    /// File of numbers, one row an epoch: `.csv` or `.json`
    #[arg(long, value_name = "FILE", value_parser = metrics, help_heading = "Run")]
    pub metrics: Option<PathBuf>,
    /// File of learning curves: `.svg`, or `.html` with a table
    #[arg(long, value_name = "FILE", value_parser = curves, help_heading = "Run")]
    pub curves: Option<PathBuf>,
    /// Threads, from 1 to 1024 [default: one for each core]; they change nothing but speed
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1024), help_heading = "Run")]
    pub threads: Option<u32>,
}

fn metrics(text: &str) -> Result<PathBuf, String> {
    ending(text, [".csv", ".json"])
}

fn curves(text: &str) -> Result<PathBuf, String> {
    ending(text, [".svg", ".html"])
}

fn ending(text: &str, [one, other]: [&str; 2]) -> Result<PathBuf, String> {
    match text.ends_with(one) || text.ends_with(other) {
        true => Ok(PathBuf::from(text)),
        false => Err(format!("it must end in {one} or {other}")),
    }
}

impl Options {
    /// Returns what the outputs say.
    pub fn task(&self, start: &Start) -> ModelTask {
        let of_model = start.model.as_ref().and_then(|model| model.about.task);
        match self.reading.targets {
            _ if self.task.is_some() => self.task,
            Some(_) => Some(ModelTask::Numbers),
            None => of_model,
        }
        .unwrap_or(ModelTask::Classes)
    }

    /// Returns the loss for so many outputs: the one that is given, else that of the model to begin
    /// with, else the one of the task.
    ///
    /// # Errors
    /// If it cannot be had.
    pub fn named_loss(&self, start: &Start) -> Result<NamedLoss, LossError> {
        let outputs = start.layers.outputs();
        let of_model = start.model.as_ref().and_then(|model| model.about.loss.as_ref());
        match (&self.loss, of_model) {
            (Some(name), _) => loss::named(name, &self.loss_options, outputs),
            (None, Some(text)) if self.loss_options.is_empty() => loss::of_text(text, outputs),
            (None, _) => {
                let name = match self.task(start) {
                    ModelTask::Classes => "cross_entropy",
                    ModelTask::Numbers | ModelTask::Anomalies => "mse",
                };
                loss::named(name, &self.loss_options, outputs)
            }
        }
    }

    /// Returns the rule of a detector's threshold.
    pub fn rule(&self, start: &Start) -> Rule {
        let of_model = start.model.as_ref().and_then(|model| model.about.rule);
        self.rule.or(of_model).unwrap_or(Rule::DEFAULT)
    }

    /// Returns the learning rate.
    pub fn first_learning_rate(&self) -> f32 {
        self.learning_rate.unwrap_or_else(|| self.optimizer.default_learning_rate())
    }

    /// Returns how many epochs there are: none, where all follows from the samples at once.
    pub fn epochs(&self) -> u32 {
        if self.mahalanobis { 0 } else { self.epochs }
    }

    /// Returns the weight decay.
    pub fn weight_decay(&self) -> f32 {
        self.weight_decay.unwrap_or_else(|| self.optimizer.default_weight_decay())
    }

    /// Returns the factor of a schedule.
    pub fn decay(&self) -> f32 {
        let default = if self.schedule == ScheduleName::Step { 0.1 } else { 0.999 };
        self.decay.unwrap_or(default)
    }

    /// Returns the last learning rate of a schedule that ends.
    pub fn last_learning_rate(&self) -> f32 {
        self.final_learning_rate.unwrap_or(0.0)
    }

    /// Returns the epochs between two steps of a schedule.
    pub fn epochs_of_decay(&self) -> u32 {
        self.decay_every.map_or(10, NonZeroU32::get)
    }

    /// Returns all that the bits of a run depend on, beside the data.
    pub fn settings(&self, start: &Start) -> BTreeMap<String, String> {
        fn maybe(value: Option<impl ToString>) -> String {
            value.map_or_else(|| "none".to_owned(), |value| value.to_string())
        }
        let end = Some(self.epochs).filter(|_| self.schedule.knows_the_end());
        let settings = [
            ("--network", format!("{}: {}", start.layers.input, start.layers.spec())),
            ("--init", maybe(start.fingerprint().map(|fingerprint| format!("{fingerprint:016x}")))),
            ("--initialization", name(self.initialization)),
            ("--task", self.task(start).to_string()),
            ("--scale", maybe(self.reading.scale)),
            ("--front-end", maybe(start.front_end.map(|made| *made.front_end()))),
            ("--optimizer", name(self.optimizer)),
            ("--learning-rate", self.first_learning_rate().to_string()),
            ("--momentum", maybe(self.momentum)),
            ("--nesterov", self.nesterov.to_string()),
            ("--weight-decay", self.weight_decay().to_string()),
            ("--l1", maybe(self.l1)),
            ("--l2", maybe(self.l2)),
            ("--schedule", name(self.schedule)),
            ("--final-learning-rate", self.last_learning_rate().to_string()),
            ("--decay", self.decay().to_string()),
            ("--decay-every", self.epochs_of_decay().to_string()),
            ("--warm-up", self.warm_up.to_string()),
            ("--clip-value", maybe(self.clip_value)),
            ("--clip-norm", maybe(self.clip_norm)),
            ("--average", maybe(self.average)),
            ("--augment", maybe(self.augment)),
            ("--batch", self.batch.to_string()),
            ("--seed", self.seed.to_string()),
            ("--hold-out", self.hold_out.to_string()),
            ("--patience", maybe(self.patience)),
            ("--epochs (which the schedule depends on)", maybe(end)),
        ];
        settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Returns the name of a value, as it is given.
fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
}

fn task() -> impl TypedValueParser<Value = ModelTask> {
    one_of(ModelTask::ALL.iter().map(|task| task.name()))
}

fn activation() -> impl TypedValueParser<Value = Activation> {
    one_of(Activation::ALL.iter().map(|activation| activation.name()))
}

/// Returns where the average of the weights goes: `model.average.safetensors` beside
/// `model.safetensors`.
pub(super) fn average_file(model: &Path) -> PathBuf {
    let mut extension = OsString::from("average");
    if let Some(of_model) = model.extension() {
        extension.push(".");
        extension.push(of_model);
    }
    model.with_extension(extension)
}
