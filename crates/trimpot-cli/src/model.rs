//! A model of a file, ready to compute, with the loss that says what its outputs mean.

mod warnings;

use std::path::PathBuf;

use clap::Args;
use trimpot::spec::{Dims, SpecError};
use trimpot_host::dataset::{DataError, DataSpec};
use trimpot_host::dyn_model::DetectorError;
use trimpot_host::loss::{self, LossError, NamedLoss, Setting};
use trimpot_model::architecture;
use trimpot_model::file::{ModelError, ModelTask, StoredModel};
use trimpot_model::front_end::Extractor;
use trimpot_model::standardization::{Standardization, is_preprocessed};
use trimpot_tuner::Condition;

use crate::advice;
use crate::data::{DataOptions, SampleOptions};
use crate::terminal::counted;

/// Which model, and what its outputs mean.
#[derive(Args, Clone, Debug)]
pub struct ModelOptions {
    /// The model: a file that `trimpot train` or `trimpot import` has written
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// The shape of a sample, such as 1x28x28, for a file that does not say it
    #[arg(long, value_name = "SHAPE", value_parser = architecture::shape)]
    pub input: Option<Dims>,
    /// Loss, which says what outputs mean, by its name in `trimpot losses` or in another library
    /// [default: the one that the model was trained with, or cross_entropy, or mse with --targets]
    #[arg(long, value_name = "NAME", value_parser = advice::known_loss)]
    pub loss: Option<String>,
    /// A setting of the loss, such as delta=0.5 of huber; may be given several times
    #[arg(long = "loss-option", value_name = "NAME=VALUE", requires = "loss")]
    pub loss_options: Vec<Setting>,
}

/// A model, and samples for it.
#[derive(Args, Clone, Debug)]
pub struct UseOptions {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub model: ModelOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub samples: SampleOptions,
}

/// Why a model cannot be used on data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UseError {
    /// Options do not go together, or not with the model.
    #[error("{0}")]
    Options(String),
    /// The model cannot be read.
    #[error("{}", advice::of_model(.0))]
    Model(#[from] ModelError),
    /// The layers of the model make no network.
    #[error("the network cannot be computed: {0}")]
    Network(#[from] SpecError),
    /// The data cannot be had.
    #[error("{}", advice::of_samples(.0))]
    Data(#[from] DataError),
    /// The loss cannot be had, or is not for the model.
    #[error("{}", advice::of_loss(.0))]
    Loss(#[from] LossError),
    /// The network cannot detect anomalies.
    #[error(transparent)]
    Reconstruction(#[from] DetectorError),
    /// Threads cannot be had.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The result cannot be written.
    #[error("cannot write {}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A model with its loss.
pub(crate) struct LoadedModel {
    pub stored: StoredModel,
    pub loss: NamedLoss,
    /// What its outputs say.
    pub task: ModelTask,
    /// What makes its features of recordings; none, if samples are features.
    pub front_end: Option<Extractor>,
}

impl LoadedModel {
    /// Reads the model and finds its loss: that of the options, or of the file.
    pub(crate) fn read(options: &ModelOptions, data: &DataOptions) -> Result<Self, UseError> {
        let stored = StoredModel::read(&options.model, options.input)?;
        Self::of(stored, options, data)
    }

    /// Finds the loss of a model that is read.
    pub(crate) fn of(
        stored: StoredModel,
        options: &ModelOptions,
        data: &DataOptions,
    ) -> Result<Self, UseError> {
        let outputs = stored.layers.outputs();
        let loss = match (&options.loss, &stored.about.loss) {
            (Some(name), _) => loss::named(name, &options.loss_options, outputs)?,
            (None, Some(text)) => loss::of_text(text, outputs)?,
            (None, None) if data.targets.is_some() => loss::named("mse", &[], outputs)?,
            (None, None) if outputs == 1 => {
                let what = advice::of_unsaid_task(&stored.layers);
                return Err(UseError::Options(format!("{}: {what}", options.model.display())));
            }
            (None, None) => loss::named("cross_entropy", &[], outputs)?,
        };
        let task = match (stored.about.task, data.targets) {
            (Some(task), _) => task,
            (None, Some(_)) => ModelTask::Numbers,
            (None, None) => ModelTask::Classes,
        };
        let of_model = |what| UseError::Options(format!("{}: {what}", options.model.display()));
        data.check_task(task).map_err(of_model)?;
        let front_end = stored.about.extractor(stored.layers.input).map_err(of_model)?;
        if front_end.is_some() {
            data.check_recordings().map_err(of_model)?;
        }
        if data.scale.is_some() && is_preprocessed(&stored.layers) {
            let what = "its first layer scales or standardizes features, so --scale is left out";
            return Err(of_model(what.to_owned()));
        }
        data.check_means(means(&stored).as_deref()).map_err(of_model)?;
        if let Some(targets) = data.targets.filter(|&targets| targets != outputs) {
            return Err(UseError::Options(format!(
                "--targets is {targets}, but the model has {}",
                counted(outputs, "output")
            )));
        }
        loss.check(&stored.layers, task != ModelTask::Classes)?;
        let loss = loss.for_outputs_of(&stored.layers, task);
        Ok(LoadedModel { stored, loss, task, front_end })
    }

    /// Reads a model for samples.
    pub(crate) fn for_samples(options: &UseOptions) -> Result<Self, UseError> {
        let UseOptions { model, samples } = options;
        samples.check().map_err(UseError::Options)?;
        Self::read(model, &samples.reading)
    }

    /// Returns what samples for it look like.
    pub(crate) fn data_spec(&self, options: &DataOptions) -> DataSpec {
        let StoredModel { layers, about, .. } = &self.stored;
        let targets = self.loss.targets.filter(|_| self.task == ModelTask::Numbers);
        let is_detector = self.task == ModelTask::Anomalies;
        let spec = DataSpec {
            conditions: is_detector.then(|| options.conditions(Condition::Unknown, Some(about))),
            known_features: about.features.clone(),
            known_labels: about.labels.clone(),
            known_means: means(&self.stored).unwrap_or_default(),
            ..options.spec(layers, targets, Some(about.classes.clone()))
        };
        spec.with_front_end(self.front_end)
    }

    /// Returns the name of a class.
    pub(crate) fn class(&self, class: usize) -> String {
        class_name(&self.stored.about.classes, class)
    }
}

/// Returns the mean of each feature, where the model standardizes each by its own: what training
/// put where one was missing. Channels of more than one number have a single mean, and recordings
/// have none.
pub(crate) fn means(model: &StoredModel) -> Option<Vec<f32>> {
    if model.about.front_end.is_some() {
        return None;
    }
    let Standardization { mean, .. } = Standardization::of(&model.layers)?;
    (mean.len() == model.layers.input.count()).then_some(mean)
}

/// Returns a line about columns that are left out, because a model does not know them.
pub(crate) fn ignored_columns(ignored: &[String]) -> Option<String> {
    let names = ignored.join(", ");
    (!ignored.is_empty()).then(|| format!("ignored, because the model does not know them: {names}"))
}

/// Returns the name of a feature or a target: its number from 1, if it has none.
pub(crate) fn column_name(names: &[String], column: usize) -> String {
    names.get(column).cloned().unwrap_or_else(|| (column + 1).to_string())
}

/// Returns the name of a class: its number, if it has none.
pub(crate) fn class_name(names: &[String], class: usize) -> String {
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
}
