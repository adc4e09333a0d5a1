//! `trimpot train`: trains a network that is described at run time.

mod anew;
mod curves;
mod error;
mod initialization;
mod memory;
pub mod optimizer;
mod options;
mod report;
mod run;
mod samples;
mod start;

use std::collections::BTreeMap;

use trimpot::ParameterError;
use trimpot::average::MovingAverage;
use trimpot::clip::{ClipNorm, ClipValue};
use trimpot::optimizer::Optimizer;
use trimpot::penalty::{L1, L2};
use trimpot_host::dataset::Dataset;
use trimpot_host::dyn_model::{DynModel, Task, centre, whitening};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::train::{Clipping, TrainConfig, Trainer};
use trimpot_model::file::{About, ModelTask};
use trimpot_model::plan::Trained;

use self::memory::Training;
use self::optimizer::{LearningRates, UsesOptimizer};
use self::run::{Run, Scored};
use self::samples::Samples;
use crate::interrupt;
use crate::terminal::{counted, say};
use crate::threads;

pub(crate) use self::anew::model;
pub use self::error::FitError;
pub use self::initialization::Initialization;
pub use self::options::Options;
pub use self::start::Start;

/// Trains, with a progress bar, and writes what the options want.
///
/// From the first epoch on, Ctrl-C and SIGTERM end training, not the process: a second one does.
///
/// # Errors
/// If options do not go together, data cannot be read, training diverges or is interrupted, or a
/// file cannot be written.
pub fn run(options: &Options) -> Result<(), FitError> {
    let start = Start::of(options)?;
    let layers = start.layers.clone();
    options.check(&start).map_err(FitError::Options)?;
    options.check_outputs()?;
    for file in [Some(&options.data), options.test.as_ref()].into_iter().flatten() {
        options.reading.check_file(file).map_err(FitError::Options)?;
    }
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps)
        .map_err(|error| FitError::Options(error.to_string()))?;
    network
        .check_batch(options.batch.get())
        .map_err(|error| FitError::Options(format!("--batch: {error}")))?;
    if options.task(&start) == ModelTask::Anomalies {
        network.check_reconstruction()?;
    }
    let threads = options.threads.map_or_else(threads::cores, |threads| threads as usize);
    let training = Training::new(options, network, threads);
    training.check(0, 0)?;
    let pool = threads::pool(threads, layers.outputs())?;
    pool.install(|| prepare(&training, start))
}

/// Reads the data and chooses the optimizer.
fn prepare(training: &Training, mut start: Start) -> Result<(), FitError> {
    let options = training.options;
    let outputs = start.layers.outputs();
    let loss = options.named_loss(&start)?;
    let model_task = options.task(&start);
    loss.check(&start.layers, model_task != ModelTask::Classes)?;
    let mut settings = options.settings(&start);
    let Samples { learned, held_out, held_out_as, test, features, labels, normal, lines } =
        Samples::read(options, &start, &loss)?;
    let fingerprint = learned.fingerprint() ^ held_out.fingerprint().rotate_left(1);
    let data = format!("{} samples {fingerprint:016x}", learned.len() + held_out.len());
    settings.insert("the data (with --targets)".to_owned(), data);
    settings.insert("--loss".to_owned(), loss.title());
    settings.insert("--loss-option".to_owned(), loss.settings.join(" "));
    say(&format!(
        "{}: {}, {}{}",
        start.layers.spec(),
        counted(start.layers.spec().parameters(), "parameter"),
        counted(learned.len(), "sample"),
        if held_out.is_empty() {
            String::new()
        } else {
            format!(" and {} held out", held_out.len())
        },
    ));
    lines.iter().for_each(|line| say(line));
    let lines = start.measure(options, &learned, [&features, &labels])?;
    lines.iter().for_each(|line| say(line));
    start.wide_targets(options, &learned, &loss).iter().for_each(|line| say(line));
    let loss = loss.for_outputs_of(&start.layers, model_task);
    let of_model = start.model.as_ref().map(|model| model.about.clone()).unwrap_or_default();
    let is_detector = model_task == ModelTask::Anomalies;
    let mut about = About {
        task: Some(model_task),
        classes: learned.classes().to_vec(),
        features,
        labels,
        normal,
        front_end: start.front_end.map(|made| *made.front_end()),
        loss: Some(loss.text()),
        rule: is_detector.then(|| options.rule(&start)),
        threshold: None,
        centre: Vec::new(),
        window: options.window.or(of_model.window).filter(|_| is_detector),
        // A model that training went on from may have learned from them.
        held_out: held_out_as.filter(|_| options.init.is_none()),
        ..of_model
    };
    if !about.classes.is_empty() {
        say(&format!("classes: {}", about.classes.join(", ")));
    }

    let takes_targets = loss.targets.is_none() || model_task == ModelTask::Numbers;
    let tested = test.as_ref().map_or(0, Dataset::len);
    let made = if takes_targets { 0 } else { learned.len() + held_out.len() + tested };
    training.check(learned.len(), made)?;
    let config = config(options, learned.len())?;
    let mut steps = Vec::new();
    let network = DynNetwork::new(&start.layers, &mut steps)
        .map_err(|error| FitError::Options(error.to_string()))?;
    let parameters = if options.mahalanobis {
        let parameters = whitening(&network.latent_rows(learned.features()));
        about.centre = centre(&network.predict_rows(&parameters, learned.features()));
        about.trained = Some(Trained::Biases);
        parameters
    } else {
        start.parameters(options)
    };
    let task_of = |dataset| match model_task {
        ModelTask::Classes | ModelTask::Numbers => Ok(Task::new(&loss, dataset, outputs)),
        ModelTask::Anomalies => Task::detection(&loss, dataset, network, &about.centre),
    };
    let task = task_of(learned)?;
    let validation = (!held_out.is_empty()).then(|| task_of(held_out)).transpose()?;
    let test = test.map(task_of).transpose()?;
    let mut model = DynModel::new(network, parameters, &task);
    if let Some(augmentation) = &options.augment {
        model = model.with_augmentation(augmentation)?;
    }
    let in_deviations = !loss.deviations.is_empty();
    let scored = Scored { loss: loss.title(), in_deviations, validation, test };
    options.with_optimizer(Prepared { options, about, scored, settings, model, config })?
}

/// All that a run has beside its optimizer.
struct Prepared<'a> {
    options: &'a Options,
    about: About,
    scored: Scored<'a>,
    settings: BTreeMap<String, String>,
    model: DynModel<'a>,
    config: TrainConfig,
}

impl UsesOptimizer for Prepared<'_> {
    type Output = Result<(), FitError>;

    fn run(self, optimizer: impl Optimizer + Send + Sync) -> Result<(), FitError> {
        let Prepared { options, about, scored, settings, model, config } = self;
        let network = model.network();
        let trainer = Trainer::new(model, optimizer, config);
        Run::new(options, network, about, scored, settings, trainer).complete()
    }
}

fn config(options: &Options, samples: usize) -> Result<TrainConfig, ParameterError> {
    let mut config = TrainConfig::new(options.epochs(), options.batch, options.seed);
    let steps = config.steps(samples);
    let rates = LearningRates {
        learning_rate: options.first_learning_rate(),
        last: options.last_learning_rate(),
        decay: options.decay(),
        every: options.epochs_of_decay().saturating_mul(steps),
        warm_up: options.warm_up,
        steps: options.epochs().saturating_mul(steps),
    };
    config.schedule = Some(rates.schedule(options.schedule)?);
    config.penalty = match (options.l1, options.l2) {
        (None, None) => None,
        (l1, l2) => Some((L1::new(l1.unwrap_or(0.0))?, L2::new(l2.unwrap_or(0.0))?).into()),
    };
    config.clipping = match (options.clip_value, options.clip_norm) {
        (Some(limit), _) => Clipping::Value(ClipValue::new(limit)?),
        (_, Some(limit)) => Clipping::Norm(ClipNorm::new(limit)?),
        (None, None) => Clipping::None,
    };
    config.average = options.average.map(MovingAverage::new).transpose()?;
    config.stop = Some(Box::new(interrupt::is_asked_for));
    Ok(config)
}
