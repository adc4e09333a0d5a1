//! `trimpot train`: trains a network that is described at run time.

mod array;
pub mod data;
pub mod delimited;
mod header;
mod labels;
mod learner;
pub mod loss;
pub mod missing;
pub mod optimizer;
mod options;
mod report;
pub mod samples;

use std::io;
use std::path::{Path, PathBuf};

use trimpot::ParameterError;
use trimpot::average::MovingAverage;
use trimpot::clip::{ClipNorm, ClipValue};
use trimpot::early_stopping::{EarlyStopping, Outlook};
use trimpot::optimizer::{Adadelta, Adagrad, Adam, AdamW, Lion, Optimizer, RmsProp, Sgd};

use self::data::{Data, DataError, Wish};
use self::learner::Described;
use self::loss::Domain;
use self::optimizer::{OptimizerName, Rates};
use self::report::{Row, digits, say, write_metrics};
use crate::block::Wide;
use crate::dense_network::DenseNetwork;
use crate::model::{ModelError, save_modules};
use crate::modules::in_one_line;
use crate::train::checkpoint::{Best, Checkpoint, CheckpointError};
use crate::train::{Clipping, Plan, Still, TrainError, Trainer};

pub use self::learner::{Score, Task};
pub use self::options::Options;

/// Why there is no trained network.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Options do not go together.
    #[error("{0}")]
    Options(String),
    /// A setting is out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The data cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Training ended early.
    #[error("{source}{}", saved.as_ref().map_or(String::new(), |saved| format!("; {saved}")))]
    Train {
        /// Why.
        source: TrainError,
        /// Where which weights are.
        saved: Option<String>,
    },
    /// There is no going on.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The model cannot be written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Threads cannot be had.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Trains, with a progress bar, and writes what the options want.
pub fn run(options: &Options) -> Result<(), FitError> {
    options.check().map_err(FitError::Options)?;
    let threads = options.threads.map_or(0, usize::from);
    // Losses that look at all outputs have some arrays of them on the stack.
    let stack = (4 << 20) + 16 * options.network.outputs() * size_of::<Wide>();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(stack).build()?;
    pool.install(|| prepare(options))
}

/// Reads the data and chooses the optimizer.
fn prepare(options: &Options) -> Result<(), FitError> {
    let (rate, decay) = (options.first_rate(), options.weight_decay());
    match options.optimizer {
        OptimizerName::Sgd => {
            let sgd = Sgd::new(rate)?.with_momentum(options.momentum.unwrap_or(0.0))?;
            let sgd = sgd.with_weight_decay(decay)?;
            fit(options, if options.nesterov { sgd.with_nesterov() } else { sgd })
        }
        OptimizerName::RmsProp => fit(options, RmsProp::new(rate)?.with_weight_decay(decay)?),
        OptimizerName::Adagrad => fit(options, Adagrad::new(rate)?.with_weight_decay(decay)?),
        OptimizerName::Adadelta => fit(options, Adadelta::new(rate)?.with_weight_decay(decay)?),
        OptimizerName::Adam => fit(options, Adam::new(rate)?.with_weight_decay(decay)?),
        OptimizerName::AdamW => fit(options, AdamW::new(rate)?.with_weight_decay(decay)?),
        OptimizerName::Lion => fit(options, Lion::new(rate)?.with_weight_decay(decay)?),
    }
}

fn fit(options: &Options, optimizer: impl Optimizer + Send + Sync) -> Result<(), FitError> {
    let loss = loss::named(&options.loss, &options.loss_options, options.network.outputs())
        .map_err(FitError::Options)?;
    let description = options.description();
    loss.check(&description, options.targets.is_some()).map_err(FitError::Options)?;
    let network = DenseNetwork::new(description)?;
    let Data { samples, classes, dropped } = read(options, loss.targets)?;
    let (mut learned, mut held_out) = samples.hold_out(options.hold_out, options.seed);
    options.check_hold_out(learned.len(), held_out.len()).map_err(FitError::Options)?;
    let means = missing::fill(&mut learned, &mut held_out).map_err(FitError::Options)?;
    let mut settings = options.settings();
    let fingerprint = learned.fingerprint() ^ held_out.fingerprint().rotate_left(1);
    let data = format!("{} samples {fingerprint:016x}", learned.len() + held_out.len());
    settings.insert("the data (with --scale and --targets)".to_owned(), data);
    settings.insert("--loss-option".to_owned(), loss.settings.join(" "));
    say(&format!(
        "{}: {} parameters, {} samples{}",
        in_one_line(&options.description().modules()),
        options.network.parameters(),
        learned.len(),
        if held_out.is_empty() {
            String::new()
        } else {
            format!(" and {} held out", held_out.len())
        },
    ));
    if dropped > 0 {
        say(&format!("left out, because a value is missing: {dropped}"));
    }
    means.iter().for_each(|line| say(line));
    if !classes.is_empty() {
        say(&format!("classes: {}", classes.join(", ")));
    }

    let plan = plan(options, learned.len())?;
    let outputs = options.network.outputs();
    let task = Task::new(&loss, learned, outputs);
    let validation = (!held_out.is_empty()).then(|| Task::new(&loss, held_out, outputs));
    let parameters = options.description().initialize(options.initialization, options.seed);
    let described = Described { network: &network, parameters, task: &task };
    let trainer = Trainer::new(described, optimizer, plan);
    let run = Run {
        options,
        network: &network,
        classes,
        validation,
        stopping: options.patience.map(|patience| EarlyStopping::new(patience.get())),
        rows: Vec::new(),
        checkpoint: Checkpoint {
            progress: trainer.progress(),
            best: Best::default(),
            settings,
            history: String::new(),
        },
        trainer,
        still: None,
    };
    run.complete()
}

fn read(options: &Options, targets: Domain) -> Result<Data, DataError> {
    let wish = Wish {
        inputs: options.network.inputs(),
        outputs: options.network.outputs(),
        targets: options.targets.map(|_| targets),
        scale: options.scale,
        features: options.features.clone(),
        labels: options.labels.clone(),
        layout: options.layout(),
        missing: options.missing,
    };
    wish.read(&options.data)
}

fn plan(options: &Options, samples: usize) -> Result<Plan, ParameterError> {
    let mut plan = Plan::new(options.epochs, options.batch, options.seed);
    let steps = plan.steps(samples);
    let rates = Rates {
        rate: options.first_rate(),
        last: options.final_rate,
        decay: options.decay(),
        every: options.decay_every.get().saturating_mul(steps),
        warm_up: options.warm_up,
        steps: options.epochs.saturating_mul(steps),
    };
    plan.schedule = Some(rates.schedule(options.schedule)?);
    plan.clipping = match (options.clip_value, options.clip_norm) {
        (Some(limit), _) => Clipping::Value(ClipValue::new(limit)?),
        (_, Some(limit)) => Clipping::Norm(ClipNorm::new(limit)?),
        (None, None) => Clipping::None,
    };
    plan.average = options.average.map(MovingAverage::new).transpose()?;
    Ok(plan)
}

/// A run and what belongs to it.
struct Run<'a, O> {
    options: &'a Options,
    network: &'a DenseNetwork,
    /// The names of classes, if they have names.
    classes: Vec<String>,
    validation: Option<Task<'a>>,
    stopping: Option<EarlyStopping>,
    rows: Vec<Row>,
    checkpoint: Checkpoint,
    trainer: Trainer<Described<'a>, O>,
    /// Why the last epoch has changed no parameter, if so.
    still: Option<Still>,
}

impl<O: Optimizer + Send + Sync> Run<'_, O> {
    fn complete(mut self) -> Result<(), FitError> {
        if self.options.resume {
            self.resume()?;
        }
        let bar = report::Progress::new(self.options.epochs, self.checkpoint.progress.epochs);
        while !self.trainer.is_done() && !self.has_stopped() {
            let before = self.still;
            match self.epoch() {
                Ok(()) => {
                    bar.epoch(self.rows.last().expect("an epoch was added"));
                    if let Some(still) = self.still.filter(|_| self.still != before) {
                        bar.note(&format!("epoch {:>4}  {still}", self.rows.len()));
                    }
                }
                Err(FitError::Train { source, .. }) => {
                    bar.finish();
                    let kept = self.kept().0;
                    let saved = self.save()?.map(|file| format!("{} has {kept}", file.display()));
                    return Err(FitError::Train { source, saved });
                }
                Err(error) => return Err(error),
            }
        }
        bar.finish();
        self.conclude()
    }

    /// Goes on from the checkpoint, if there is one.
    fn resume(&mut self) -> Result<(), FitError> {
        let Some(file) = &self.options.checkpoint else { return Ok(()) };
        let Some(checkpoint) = Checkpoint::load(file)? else {
            say(&format!("there is no {} yet: training begins", file.display()));
            return Ok(());
        };
        checkpoint.check(file, &self.checkpoint.settings)?;
        let part = |part: &str| CheckpointError::Part { file: file.clone(), part: part.to_owned() };
        self.rows = serde_json::from_str(&checkpoint.history).map_err(|_| part("history"))?;
        let parameters = self.options.network.parameters();
        let best = &checkpoint.best;
        let best_fits = best.parameters.len() == parameters * usize::from(best.loss.is_some());
        if !best_fits || !self.trainer.resume(&checkpoint.progress) {
            return Err(part("parameters").into());
        }
        self.stopping = self.stopping.map(|stopping| stopping.resume(best.loss, best.waited));
        say(&format!("goes on after epoch {}", checkpoint.progress.epochs));
        self.checkpoint = checkpoint;
        Ok(())
    }

    /// Whether early stopping has said so.
    fn has_stopped(&self) -> bool {
        let patience = self.options.patience.map(|patience| patience.get());
        patience.is_some_and(|patience| self.checkpoint.best.waited >= patience)
    }

    fn epoch(&mut self) -> Result<(), FitError> {
        let epoch =
            self.trainer.epoch().map_err(|source| FitError::Train { source, saved: None })?;
        self.still = epoch.still;
        let progress = self.trainer.progress();
        let score =
            self.validation.as_ref().map(|task| task.score(self.network, &progress.parameters));
        if let (Some(stopping), Some(score)) = (&mut self.stopping, score) {
            let best = &mut self.checkpoint.best;
            if stopping.observe(score.loss) == Outlook::Better {
                best.parameters.clone_from(&progress.parameters);
            }
            (best.loss, best.waited) = (stopping.best(), stopping.waited());
        }
        self.rows.push(Row {
            epoch: epoch.number,
            step: progress.steps,
            loss: epoch.loss,
            accuracy: epoch.accuracy,
            validation_loss: score.map(|score| score.loss).filter(|loss| loss.is_finite()),
            validation_accuracy: score.and_then(|score| score.accuracy),
            rate: epoch.rate,
            seconds: epoch.time.as_secs_f64(),
        });
        self.checkpoint.progress = progress;
        if let Some(file) = &self.options.metrics {
            write_metrics(&self.rows, file)
                .map_err(|source| FitError::Write { file: file.clone(), source })?;
        }
        if let Some(file) = &self.options.checkpoint {
            self.checkpoint.history =
                serde_json::to_string(&self.rows).expect("rows are made of numbers alone");
            self.checkpoint.save(file)?;
        }
        Ok(())
    }

    /// The weights to keep, and whose they are: the best ones, if somebody watches, else the last good
    /// ones.
    fn kept(&self) -> (String, &[f32]) {
        let Checkpoint { progress, best, .. } = &self.checkpoint;
        if best.parameters.is_empty() {
            let whose = format!("the weights from the end of epoch {}", progress.epochs);
            (whose, &progress.parameters)
        } else {
            let epoch = progress.epochs - best.waited;
            (
                format!("the weights of epoch {epoch}, the best on what is held out"),
                &best.parameters,
            )
        }
    }

    /// Writes the model, and the average beside it; returns where it is.
    fn save(&self) -> Result<Option<PathBuf>, FitError> {
        let Some(file) = &self.options.output else { return Ok(None) };
        let modules = || self.network.description().modules();
        save_modules(modules(), &self.classes, self.kept().1, file)?;
        if self.options.average.is_some() {
            let average = &self.checkpoint.progress.average;
            save_modules(modules(), &self.classes, average, &beside(file))?;
        }
        Ok(Some(file.clone()))
    }

    fn conclude(&self) -> Result<(), FitError> {
        let (whose, parameters) = self.kept();
        if self.has_stopped() {
            let waited = self.checkpoint.best.waited;
            say(&format!("stopped: {waited} epochs were not better"));
        }
        if self.stopping.is_some() {
            say(&format!("kept: {whose}"));
        }
        if let Some(task) = &self.validation {
            let mut whose = vec![("held out", parameters)];
            if self.options.average.is_some() {
                whose.push(("average, held out", &self.checkpoint.progress.average));
            }
            for (name, parameters) in whose {
                let Score { loss, accuracy } = task.score(self.network, parameters);
                let right = accuracy
                    .map_or(String::new(), |share| format!(", {:.1} % right", 100.0 * share));
                say(&format!("{name}: loss {}{right}", digits(loss)));
            }
        }
        if let Some(file) = self.save()? {
            say(&format!("saved {}", file.display()));
            if self.options.average.is_some() {
                say(&format!("saved {}", beside(&file).display()));
            }
        }
        Ok(())
    }
}

/// Where the average of the weights goes: `model.average.safetensors` beside `model.safetensors`.
fn beside(model: &Path) -> PathBuf {
    let extension = model.extension().unwrap_or_default().to_string_lossy();
    model.with_extension(format!("average.{extension}").trim_end_matches('.'))
}
