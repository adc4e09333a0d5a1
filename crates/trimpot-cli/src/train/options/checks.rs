//! What options demand of each other, and of the files that they name.

use std::path::Path;

use trimpot::spec::LayerSpec;
use trimpot_model::architecture::Architecture;
use trimpot_model::file::ModelTask;
use trimpot_model::output;
use trimpot_model::standardization::Standardization;

use super::{Options, average_file, name};
use crate::terminal::counted;
use crate::train::error::FitError;
use crate::train::optimizer::{OptimizerName, ScheduleName};
use crate::train::start::Start;

impl Options {
    /// Checks that the options go together.
    ///
    /// # Errors
    /// If they do not: with which, and what to do.
    pub fn check(&self, start: &Start) -> Result<(), String> {
        let outputs = start.layers.outputs();
        let task = self.task(start);
        self.reading.check_task(task)?;
        if start.front_end.is_some() {
            self.reading.check_recordings()?;
        }
        if task == ModelTask::Anomalies {
            if self.hold_out == 0.0 {
                let what =
                    "--task anomalies needs --hold-out: normal samples to set the threshold by";
                return Err(what.to_owned());
            }
            self.check_detector(start)?;
        } else if self.rule.is_some() || self.window.is_some() || self.mahalanobis {
            return Err(format!(
                "--rule, --window and --mahalanobis are for --task anomalies, not for {task}"
            ));
        }
        if let Some(targets) = self.reading.targets.filter(|&targets| targets != outputs) {
            let outputs = counted(outputs, "output");
            return Err(format!("--targets is {targets}, but the network has {outputs}"));
        }
        if self.momentum.is_some() && self.optimizer != OptimizerName::Sgd {
            return Err("--momentum is for --optimizer sgd alone; others have their own".to_owned());
        }
        if self.patience.is_some() && self.hold_out == 0.0 {
            return Err("--patience needs --hold-out: samples to watch the loss on".to_owned());
        }
        self.check_augmentation(start)?;
        self.check_effects()
    }

    /// Checks that a detector by distance has its one layer, and that others have none to go on
    /// from: descent of distances alone ends where all outputs are the centre.
    fn check_detector(&self, start: &Start) -> Result<(), String> {
        if start.model.as_ref().is_some_and(|model| !model.about.centre.is_empty()) {
            let what = "--init: a detector by distance is not trained in epochs; --mahalanobis makes one of other \
                        samples";
            return Err(what.to_owned());
        }
        let own = start.layers.specs.get(Standardization::LAYERS..).unwrap_or_default();
        let is_square = matches!(own, [LayerSpec::Dense(dense)] if dense.inputs == dense.outputs);
        if self.mahalanobis && !is_square {
            let inputs = start.layers.input.count();
            return Err(format!(
                "--mahalanobis is a dense layer of as many outputs as features: --network {inputs}-{inputs}"
            ));
        }
        Ok(())
    }

    /// Checks that samples can be augmented as they are to be, and are.
    fn check_augmentation(&self, start: &Start) -> Result<(), String> {
        let Some(augmentation) = &self.augment else { return Ok(()) };
        if augmentation.is_none() {
            return Err("--augment none changes nothing: leave it out".to_owned());
        }
        let checked = match self.task(start) {
            ModelTask::Anomalies => augmentation.for_reconstruction(start.layers.input),
            ModelTask::Classes | ModelTask::Numbers => augmentation.for_input(start.layers.input),
        };
        checked.map(|_| ()).map_err(|error| format!("--augment: {error}"))
    }

    /// Checks that no option is given that changes nothing beside the others.
    fn check_effects(&self) -> Result<(), String> {
        use ScheduleName::{Cosine, Exponential, Linear, Step};
        let schedule = self.schedule;
        let of_schedule = [
            ("--decay", self.decay.is_some(), &[Step, Exponential][..]),
            ("--decay-every", self.decay_every.is_some(), &[Step]),
            ("--final-learning-rate", self.final_learning_rate.is_some(), &[Cosine, Linear]),
        ];
        for (option, is_given, schedules) in of_schedule {
            if is_given && !schedules.contains(&schedule) {
                let names: Vec<_> = schedules.iter().map(|&schedule| name(schedule)).collect();
                let (names, own) = (names.join(" or "), name(schedule));
                return Err(format!(
                    "{option} is for --schedule {names}, and the schedule is {own}"
                ));
            }
        }
        let between =
            [("--activation", self.activation.is_some()), ("--dropout", self.dropout.is_some())];
        let has_hidden = self.network.as_ref().is_none_or(Architecture::has_hidden_layers);
        if let Some((option, _)) = between.into_iter().find(|&(_, is_given)| is_given)
            && !has_hidden
        {
            return Err(format!(
                "{option} is between layers, and --network has one alone: with a hidden layer it is 4-16-3, say"
            ));
        }
        if self.average.is_some() && self.output.is_none() && self.hold_out == 0.0 {
            let what =
                "--average is saved beside --output, and scored on --hold-out: neither is given";
            return Err(what.to_owned());
        }
        Ok(())
    }

    /// Checks that all files can be written: better now than after training.
    ///
    /// # Errors
    /// If one cannot, or two are the same.
    pub fn check_outputs(&self) -> Result<(), FitError> {
        let average = self.output.as_deref().filter(|_| self.average.is_some()).map(average_file);
        let outputs = [
            ("--output", self.output.as_deref()),
            ("the average of --output", average.as_deref()),
            ("--checkpoint", self.checkpoint.as_deref()),
            ("--metrics", self.metrics.as_deref()),
            ("--curves", self.curves.as_deref()),
        ];
        let outputs = outputs.into_iter().filter_map(|(option, file)| Some((option, file?)));
        let outputs: Vec<(&str, &Path)> = outputs.collect();
        let inputs = [
            ("--data", Some(&self.data)),
            ("--test", self.test.as_ref()),
            ("--init", self.init.as_ref()),
        ];
        // Standard input may be a file as well.
        let is_stdin = |file: &Path| cfg!(unix) && file.as_os_str() == "-";
        let file = |file| if is_stdin(file) { Path::new("/dev/stdin") } else { file };
        let inputs = inputs.into_iter().filter_map(|(option, given)| Some((option, file(given?))));
        let all: Vec<_> = inputs.chain(outputs.clone()).collect();
        output::check_distinct(&all).map_err(FitError::Options)?;
        for (option, file) in outputs {
            let file = file.to_owned();
            output::check(&file).map_err(|source| FitError::Write { option, file, source })?;
        }
        match &self.checkpoint {
            Some(file) if file.exists() && !self.resume && !self.overwrite => {
                let file = file.display();
                Err(FitError::Options(format!(
                    "--checkpoint {file} exists: --resume goes on from it, --overwrite begins anew and replaces it"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Checks that there are samples enough, to learn from and to watch.
    ///
    /// # Errors
    /// If there are too few.
    pub fn check_hold_out(&self, learned: usize, held_out: usize) -> Result<(), String> {
        let (share, all) = (self.hold_out, counted(learned + held_out, "sample"));
        if learned == 0 {
            return Err(format!("--hold-out {share} of {all} leaves nothing to learn from"));
        }
        if share > 0.0 && held_out == 0 {
            return Err(format!("--hold-out {share} of {all} is less than half a sample"));
        }
        Ok(())
    }
}
