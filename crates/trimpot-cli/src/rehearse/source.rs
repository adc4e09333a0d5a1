//! Where models come from: one for all values, or one for each, trained on all others.

use std::ffi::OsString;

use clap::Parser;
use trimpot::loss::spec::Domain;
use trimpot_host::board::range;
use trimpot_host::dataset::{Data, DataSpec, Dataset, Missing, Targets};
use trimpot_host::rehearsal::Rehearsal;
use trimpot_host::rehearsal::split::hold_out;
use trimpot_model::file::{ModelTask, StoredModel};
use trimpot_tuner::Condition;

use super::error::RehearseError;
use super::field::{ANOMALOUS, Field, Split, Value};
use super::options::Options;
use crate::arguments::{self, ask_for_help};
use crate::data;
use crate::model::{LoadedModel, ModelOptions, UseError};
use crate::train::{self, FitError, Start};

/// Share of the factory's samples that its models do not learn, unless --retrain says another.
const HOLD_OUT: &str = "0.2";

/// The word whose options --retrain takes.
const TRAIN: &str = "trimpot train";

/// Where models come from.
pub(super) enum Source {
    /// A file. With the factory's data: those that the model has learned, and others.
    File { model: Box<LoadedModel>, factory: Box<Factory>, is_as_in_training: bool },
    /// They are trained. With what is to be predicted, if that are numbers.
    Retrained { options: Box<train::Options>, start: Box<Start>, targets: Option<Domain> },
}

/// Samples of the factory.
#[derive(Clone, Default)]
pub(super) struct Factory {
    /// Those that a model has learned.
    pub learned: Dataset,
    /// Those that it has not.
    others: Dataset,
    /// Anomalous ones, where anomalies are detected and the others are normal.
    anomalous: Dataset,
}

/// What --retrain is given.
#[derive(Parser)]
#[command(name = TRAIN, about = "Options of `trimpot train`, by which --retrain trains each model")]
struct Words {
    #[command(flatten)]
    options: train::Options,
}

/// Returns the help that these arguments ask for behind --retrain, which takes all that follow it;
/// none, if they do not.
pub fn help(given: &[OsString]) -> Option<clap::Error> {
    let (word, more) = given.get(1..)?.split_first()?;
    let retrain = more.iter().position(|word| word == "--retrain")?;
    let asked = word == "rehearse" && ask_for_help(&more[retrain..]);
    let is_long = more[retrain..].iter().any(|word| word == "--help");
    let option = if is_long { "--help" } else { "-h" };
    asked.then(|| arguments::parse::<Words>([TRAIN, option]).err())?
}

impl Source {
    /// Reads the model and the factory's data, or checks how models are trained.
    pub(super) fn of(options: &Options) -> Result<Self, RehearseError> {
        let Some(file) = &options.model else { return retrained(options) };
        let model =
            ModelOptions { model: file.clone(), input: None, loss: None, loss_options: Vec::new() };
        options.reading.check_file(&options.data).map_err(RehearseError::Options)?;
        let mut model = Box::new(LoadedModel::read(&model, &options.reading)?);
        model.stored.about.loss = Some(model.loss.text());
        let task = model.task;
        set_learning(options, &mut model.stored, task)?;
        let (mut factory, mut is_as_in_training) = (Box::<Factory>::default(), false);
        if let Some(file) = &options.factory {
            options.reading.check_file(file).map_err(RehearseError::Options)?;
            let mut spec = model.data_spec(&options.reading);
            if task == ModelTask::Anomalies {
                // As in training.
                let about = &model.stored.about;
                spec.conditions = Some(options.reading.conditions(Condition::Normal, Some(about)));
            }
            if !spec.known_features.is_empty() {
                // What the field has beside is not missed there.
                spec.layout.drop.clear();
            }
            let Data { dataset, .. } = data::read(&spec, file).map_err(UseError::Data)?;
            crate::board::check_factory(&dataset).map_err(RehearseError::Options)?;
            let (known, anomalous) = match dataset.targets() {
                Targets::Conditions(_) => dataset.split_condition(Condition::Normal),
                Targets::Classes(_) | Targets::Numbers(_) => (dataset, Dataset::default()),
            };
            let ([learned, others], is_known) =
                crate::board::factory_parts(known, model.stored.about.held_out);
            *factory = Factory { learned, others, anomalous };
            is_as_in_training = is_known;
        }
        Ok(Source::File { model, factory, is_as_in_training })
    }

    /// Returns what samples look like.
    pub(super) fn spec(&self, options: &Options) -> DataSpec {
        match self {
            Source::File { model, .. } => model.data_spec(&options.reading),
            // Their first layer scales.
            Source::Retrained { options: training, start, targets } => {
                let spec = options.reading.spec(&start.layers, *targets, None);
                let is_detector = training.task(start) == ModelTask::Anomalies;
                let conditions =
                    is_detector.then(|| options.reading.conditions(Condition::Unknown, None));
                DataSpec { scale: 1.0, conditions, ..spec }.with_front_end(start.front_end)
            }
        }
    }

    /// Returns the rehearsal of a value; trains its model, if there is none. None, if somebody
    /// stopped that.
    pub(super) fn rehearsal(
        &self,
        options: &Options,
        field: &Field,
        value: &Value,
        Split { learned, tested, .. }: Split,
    ) -> Result<Option<Rehearsal>, RehearseError> {
        let range = range([field.dataset().features()].into_iter());
        let (model, factory, seed) = match self {
            Source::File { model, factory, .. } => {
                (model.stored.clone(), Factory::clone(factory), 1)
            }
            Source::Retrained { options: training, start, .. } => {
                let factory = others(field, value, training.hold_out, training.seed);
                let model = train::model(training, Start::clone(start), factory.learned.clone());
                let mut model = match model {
                    Err(error) if error.is_interruption() => return Ok(None),
                    model => model?,
                };
                set_learning(options, &mut model, training.task(start))?;
                (model, factory, training.seed)
            }
        };
        Ok(Some(Rehearsal {
            model,
            factory_learned: factory.learned,
            factory_others: factory.others,
            factory_anomalous: factory.anomalous,
            range,
            learned,
            tested,
            seed,
        }))
    }
}

/// Checks how models are to be trained.
fn retrained(options: &Options) -> Result<Source, RehearseError> {
    let wrong = |what: String| Err(RehearseError::Options(what));
    let own = [format!("--data={}", options.data.display()), format!("--hold-out={HOLD_OUT}")];
    let mut words = vec![TRAIN.to_owned()];
    words.extend(own);
    words.extend(options.retrain.iter().cloned());
    let Words { options: mut training } = arguments::parse(words).map_err(RehearseError::Words)?;
    // One file is read, and once.
    if let Some(word) = training.reading.words().first() {
        let option = word.split('=').next().unwrap_or_default();
        return wrong(format!("--retrain: {option} goes in front of --retrain"));
    }
    training.reading = options.reading.clone();
    let refused = [
        ("--data", training.data != options.data),
        ("--test", training.test.is_some()),
        ("--init", training.init.is_some()),
        ("--from-study", training.from_study.is_some()),
        ("--output", training.output.is_some()),
        ("--checkpoint", training.checkpoint.is_some()),
        ("--metrics", training.metrics.is_some()),
        ("--curves", training.curves.is_some()),
        ("--patience", training.patience.is_some()),
        ("--average", training.average.is_some()),
        ("--threads", training.threads.is_some()),
        ("--mahalanobis", training.mahalanobis),
    ];
    if let Some((option, _)) = refused.iter().find(|(_, is_given)| *is_given) {
        return wrong(format!(
            "--retrain: {option} is not for models that are rehearsed and forgotten"
        ));
    }
    if options.reading.missing == Some(Missing::Mean) {
        let what = "--missing mean: with --retrain, means would be of all samples; --missing drop leaves some out";
        return wrong(what.to_owned());
    }
    options.reading.check_file(&options.data).map_err(RehearseError::Options)?;
    let beside: Vec<String> =
        [&options.by, &options.recording].into_iter().flatten().cloned().collect();
    let start = Start::beside(&training, &beside)?;
    training.check(&start).map_err(FitError::Options)?;
    let loss = training.named_loss(&start).map_err(FitError::from)?;
    let targets = loss.targets.filter(|_| training.task(&start) == ModelTask::Numbers);
    Ok(Source::Retrained { options: Box::new(training), start: Box::new(start), targets })
}

/// Lets the model say how a board learns.
fn set_learning(
    options: &Options,
    model: &mut StoredModel,
    task: ModelTask,
) -> Result<(), RehearseError> {
    if options.learning.new_classes > 0 {
        let what = "--new-classes: rehearsals are of the classes that the model knows";
        return Err(RehearseError::Options(what.to_owned()));
    }
    options.pace.set(&mut model.about);
    options.learning.set(model, task).map_err(RehearseError::Options)
}

/// Returns the samples of all other values: those to train with, and those that are held out, as
/// whole recordings, if these are known.
fn others(field: &Field, value: &Value, share: f32, seed: u32) -> Factory {
    let rows = field
        .values
        .iter()
        .filter(|other| other.name != value.name)
        .flat_map(|other| other.rows.iter().copied());
    let is_detector = matches!(field.dataset().targets(), Targets::Conditions(_));
    let is_anomalous = |row: &usize| is_detector && field.classes[*row] == ANOMALOUS;
    let (anomalous, rows): (Vec<usize>, Vec<usize>) = rows.partition(is_anomalous);
    let (samples, anomalous) = (field.dataset().select(&rows), field.dataset().select(&anomalous));
    let Some(recordings) = &field.recordings else {
        let (learned, others) = samples.hold_out(share, seed);
        return Factory { learned, others, anomalous };
    };
    let classes: Vec<u32> = rows.iter().map(|&row| field.classes[row]).collect();
    let recordings: Vec<usize> = rows.iter().map(|&row| recordings[row]).collect();
    let (learned, held_out) = hold_out(&classes, &recordings, share.into(), seed);
    let (learned, others) = (samples.select(&learned), samples.select(&held_out));
    Factory { learned, others, anomalous }
}
