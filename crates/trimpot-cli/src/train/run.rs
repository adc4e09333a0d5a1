//! A run of training: its epochs, what is written after each of them, and how it ends.

use std::collections::BTreeMap;
use std::path::Path;

use trimpot::early_stopping::{Decision, EarlyStopping};
use trimpot::optimizer::Optimizer;
use trimpot::threshold::Calibrated;
use trimpot_host::dyn_model::{DynModel, Score, Scores, Task, threshold};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::train::checkpoint::{Best, Checkpoint, CheckpointError};
use trimpot_host::train::{Still, TrainError, Trainable, Trainer};
use trimpot_model::file::{About, ModelError, save_layers};

use super::curves::write_curves;
use super::error::FitError;
use super::options::{Options, average_file};
use super::report::{Progress, Row, write_metrics};
use crate::evaluate::{Report, numbers};
use crate::interrupt;
use crate::terminal::{counted, digits, say};

/// Samples that are not learned from, with the loss that scores them.
pub(super) struct Scored<'a> {
    /// The name of the loss.
    pub loss: String,
    /// Whether it counts differences in deviations of the targets.
    pub in_deviations: bool,
    /// Those that are scored after every epoch.
    pub validation: Option<Task<'a>>,
    /// Those that are scored at the end.
    pub test: Option<Task<'a>>,
}

/// A run and what belongs to it.
pub(super) struct Run<'a, O> {
    options: &'a Options,
    network: DynNetwork<'a>,
    /// What the model is for.
    about: About,
    scored: Scored<'a>,
    stopping: Option<EarlyStopping>,
    best: Best,
    /// What the bits depend on.
    settings: BTreeMap<String, String>,
    rows: Vec<Row>,
    trainer: Trainer<DynModel<'a>, O>,
    /// What could not be written after the last epoch, and why.
    unwritten: Vec<String>,
    /// Why the last epoch has changed no parameter, if so.
    still: Option<Still>,
}

impl<'a, O: Optimizer + Send + Sync> Run<'a, O> {
    /// Of a trainer that is new.
    pub(super) fn new(
        options: &'a Options,
        network: DynNetwork<'a>,
        about: About,
        scored: Scored<'a>,
        settings: BTreeMap<String, String>,
        trainer: Trainer<DynModel<'a>, O>,
    ) -> Self {
        let stopping = options.patience.map(|patience| EarlyStopping::new(patience.get()));
        let (best, rows, unwritten) = (Best::default(), Vec::new(), Vec::new());
        Run {
            options,
            network,
            about,
            scored,
            stopping,
            best,
            settings,
            rows,
            trainer,
            unwritten,
            still: None,
        }
    }

    /// Trains to the end, and writes what is wanted. An error in between does not keep the model
    /// from being written.
    pub(super) fn complete(mut self) -> Result<(), FitError> {
        if self.options.resume {
            self.resume()?;
        }
        interrupt::catch();
        let bar = Progress::new(self.options.epochs(), self.trainer.epochs());
        let mut ended = Ok(());
        while ended.is_ok() && !self.trainer.is_done() && !self.has_stopped() {
            let before = self.still;
            ended = self.epoch();
            if ended.is_ok() {
                bar.epoch(self.rows.last().expect("an epoch was added"));
                if let Some(still) = self.still.filter(|_| self.still != before) {
                    bar.note(&format!("epoch {:>4}  {still}", self.rows.len()));
                }
                self.record(&bar);
            }
        }
        bar.finish();
        if ended.is_ok() {
            self.conclude();
        }
        let saved = self.save();
        match ended {
            Ok(()) if self.unwritten.is_empty() => Ok(()),
            Ok(()) => Err(FitError::Unwritten { what: self.unwritten, saved }),
            Err(source) => {
                let what = self.unwritten.into_iter().chain([saved]);
                Err(FitError::Train { source, saved: what.collect::<Vec<_>>().join("; ") })
            }
        }
    }

    /// Goes on from the checkpoint, if there is one.
    fn resume(&mut self) -> Result<(), FitError> {
        let Some(file) = &self.options.checkpoint else { return Ok(()) };
        let Some(checkpoint) = Checkpoint::load(file)? else {
            say(&format!("there is no {} yet: training begins", file.display()));
            return Ok(());
        };
        checkpoint.check(file, &self.settings)?;
        let part = |part: &str| CheckpointError::Part { file: file.clone(), part: part.to_owned() };
        let Checkpoint { progress, best, history, .. } = checkpoint;
        let rows: Vec<Row> = serde_json::from_str(&history).map_err(|_| part("history"))?;
        if !rows.iter().map(|row| row.epoch).eq(1..=progress.epochs) {
            return Err(part("history").into());
        }
        let weights = self.trainer.model().weights().len();
        let best_fits = best.parameters.len() == weights * usize::from(best.loss.is_some());
        if !best_fits || !self.trainer.resume(&progress) {
            return Err(part("parameters").into());
        }
        self.stopping = self.stopping.map(|stopping| stopping.resume(best.loss, best.waited));
        say(&format!("goes on after epoch {}", progress.epochs));
        (self.rows, self.best) = (rows, best);
        Ok(())
    }

    /// Returns whether early stopping has said so.
    fn has_stopped(&self) -> bool {
        let patience = self.options.patience.map(|patience| patience.get());
        patience.is_some_and(|patience| self.best.waited >= patience)
    }

    fn epoch(&mut self) -> Result<(), TrainError> {
        let epoch = self.trainer.epoch()?;
        self.still = epoch.still;
        let parameters = self.trainer.model().weights();
        let score =
            self.scored.validation.as_ref().map(|task| task.score(self.network, parameters));
        if let (Some(stopping), Some(score)) = (&mut self.stopping, score) {
            let best = &mut self.best;
            if stopping.observe(score.loss) == Decision::Improved {
                best.parameters = parameters.to_vec();
            }
            (best.loss, best.waited) = (stopping.best(), stopping.waited());
        }
        self.rows.push(Row {
            epoch: epoch.number,
            step: self.trainer.steps(),
            loss: epoch.loss,
            accuracy: epoch.accuracy,
            validation_loss: score.map(|score| score.loss).filter(|loss| loss.is_finite()),
            validation_accuracy: score.and_then(|score| score.accuracy),
            learning_rate: epoch.learning_rate,
            seconds: epoch.time.as_secs_f64(),
        });
        Ok(())
    }

    /// Writes metrics and checkpoint. If that fails, training goes on: the next epoch tries again,
    /// and the model is written to another file, maybe on another disk.
    fn record(&mut self, bar: &Progress) {
        let before = !self.unwritten.is_empty();
        self.unwritten.clear();
        if let Some(file) = &self.options.metrics
            && let Err(error) = write_metrics(&self.rows, file)
        {
            self.unwritten.push(format!("cannot write {}: {error}", file.display()));
        }
        if let Some(file) = &self.options.checkpoint {
            let history = serde_json::to_string(&self.rows);
            let checkpoint = Checkpoint {
                progress: self.trainer.progress(),
                best: self.best.clone(),
                settings: self.settings.clone(),
                history: history.expect("rows are made of numbers alone"),
            };
            if let Err(error) = checkpoint.save(file) {
                self.unwritten.push(error.to_string());
            }
        }
        if !before {
            self.unwritten.iter().for_each(|what| bar.warn(&format!("{what}; training goes on")));
        }
    }

    /// Returns the weights to save, and whose they are: the best ones, if somebody watches, else
    /// the last good ones.
    fn to_save(&self) -> (String, &[f32]) {
        let epochs = self.trainer.epochs();
        if self.best.parameters.is_empty() {
            let whose = format!("the weights from the end of epoch {epochs}");
            (whose, self.trainer.model().weights())
        } else {
            let epoch = epochs - self.best.waited;
            (
                format!("the weights of epoch {epoch}, the best on what is held out"),
                &self.best.parameters,
            )
        }
    }

    /// Returns the average of the weights, if it is wanted.
    fn average(&self) -> Option<&[f32]> {
        self.trainer.average()
    }

    /// Writes the model, and the average beside it; says where which weights are.
    fn save(&mut self) -> String {
        let mut saved = Vec::new();
        let whose = self.to_save().0;
        if let Some(file) = &self.options.output {
            match self.save_weights(self.to_save().1, file) {
                Ok(()) => saved.push(format!("{} has {whose}", file.display())),
                Err(error) => self.unwritten.push(error.to_string()),
            }
            let file = average_file(file);
            match self.average().map(|average| self.save_weights(average, &file)) {
                Some(Ok(())) => saved.push(format!("{} has their average", file.display())),
                Some(Err(error)) => self.unwritten.push(error.to_string()),
                None => {}
            }
        }
        if let Some(file) = &self.options.curves
            && let Err(error) = write_curves(&self.rows, &self.scored.loss, file)
        {
            self.unwritten.push(format!("cannot write {}: {error}", file.display()));
        }
        if let Some(file) = &self.options.checkpoint
            && self.trainer.epochs() > 0
            && !self.unwritten.iter().any(|what| what.starts_with("checkpoint "))
        {
            saved.push(format!("--resume goes on from {}", file.display()));
        }
        if saved.is_empty() { "no weights are saved".to_owned() } else { saved.join("; ") }
    }

    /// Returns the threshold for the weights of a detector, by the normal samples that are held
    /// out; none for other models, or if a score is not finite.
    fn threshold(&self, weights: &[f32]) -> Option<Calibrated> {
        let task = self.scored.validation.as_ref();
        let scores = |task: &Task| task.sample_losses(self.network, weights);
        let calibrate = |rule| threshold(rule, &task.map(scores).unwrap_or_default()).ok();
        self.about.rule.and_then(calibrate)
    }

    fn save_weights(&self, weights: &[f32], file: &Path) -> Result<(), ModelError> {
        let threshold = self.threshold(weights).map(|found| found.threshold);
        let about = About { threshold, ..self.about.clone() };
        let (layers, parameters) = self.network.layers_with(weights);
        save_layers(&layers, &about, parameters, file)?;
        say(&format!("saved {}", file.display()));
        Ok(())
    }

    fn conclude(&self) {
        let (whose, parameters) = self.to_save();
        if self.has_stopped() {
            let waited = self.best.waited;
            let were = if waited == 1 { "was" } else { "were" };
            say(&format!("stopped: {} {were} not better", counted(waited, "epoch")));
        }
        if self.stopping.is_some() {
            say(&format!("saved: {whose}"));
        }
        if let Some(task) = &self.scored.validation {
            let average = self.average().map(|average| ("average, held out", average));
            for (name, parameters) in [("held out", parameters)].into_iter().chain(average) {
                let Score { loss, accuracy } = task.score(self.network, parameters);
                let accuracy = accuracy
                    .map_or(String::new(), |share| format!(", accuracy {:.1} %", 100.0 * share));
                say(&format!("{name}: loss {}{accuracy}", digits(loss)));
            }
            // What is compared with a centre is no number that is predicted.
            let has_centre = !self.about.centre.is_empty();
            if let Scores::Numbers(outputs) = task.evaluate(self.network, parameters).scores
                && !has_centre
            {
                numbers(&outputs, self.about.target_names()).to_string().lines().for_each(say);
            }
        }
        let threshold = self.threshold(parameters);
        match (self.about.rule, threshold) {
            (Some(rule), Some(Calibrated { threshold, samples, mean, deviation })) => {
                let [threshold, mean, deviation] = [threshold, mean, deviation].map(digits);
                say(&format!(
                    "threshold {threshold} by {rule} of {} held out: scores have \
                     mean {mean}, deviation {deviation}",
                    counted(samples, "normal sample")
                ));
            }
            (Some(_), None) => say("no threshold: scores of normal samples are not finite"),
            (None, _) => {}
        }
        if let (Some(test), Some(file)) = (&self.scored.test, &self.options.test) {
            let report = Report {
                name: file.display().to_string(),
                loss: self.scored.loss.clone(),
                in_deviations: self.scored.in_deviations,
                targets: self.about.target_names().to_vec(),
                classes: self.about.classes.clone(),
                evaluation: match self.about.rule {
                    Some(_) => {
                        let threshold = threshold.map(|found| found.threshold);
                        test.detect(self.network, parameters, threshold)
                    }
                    None => test.evaluate(self.network, parameters),
                },
                dropped: 0,
                ignored: Vec::new(),
            };
            say("");
            report.to_string().lines().for_each(say);
        }
    }
}
