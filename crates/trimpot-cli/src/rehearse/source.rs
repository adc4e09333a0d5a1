//! Where models come from: one for all values, or one for each, trained on all others.

use std::ffi::OsString;

use clap::Parser;
use trimpot_host::board::range;
use trimpot_host::dataset::{Data, DataSpec, Dataset, Missing};
use trimpot_host::rehearsal::Rehearsal;
use trimpot_host::rehearsal::split::hold_out;
use trimpot_model::file::{ModelTask, StoredModel};

use super::error::RehearseError;
use super::field::{Field, Split, Value};
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
    File { model: Box<LoadedModel>, factory: [Dataset; 2], is_as_in_training: bool },
    /// They are trained.
    Retrained { options: Box<train::Options>, start: Box<Start> },
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
        check_task(model.task)?;
        model.stored.about.loss = Some(model.loss.text());
        set_learning(options, &mut model.stored)?;
        let (mut factory, mut is_as_in_training) = ([(); 2].map(|()| Dataset::default()), false);
        if let Some(file) = &options.factory {
            options.reading.check_file(file).map_err(RehearseError::Options)?;
            let Data { dataset, .. } =
                data::read(&model.data_spec(&options.reading), file).map_err(UseError::Data)?;
            crate::board::check_factory(&dataset).map_err(RehearseError::Options)?;
            let (parts, is_known) =
                crate::board::factory_parts(dataset, model.stored.about.held_out);
            (factory, is_as_in_training) = (parts, is_known);
        }
        Ok(Source::File { model, factory, is_as_in_training })
    }

    /// Returns what samples look like.
    pub(super) fn spec(&self, options: &Options) -> DataSpec {
        match self {
            Source::File { model, .. } => model.data_spec(&options.reading),
            // Their first layer scales.
            Source::Retrained { start, .. } => {
                let spec = options.reading.spec(&start.layers, None, None);
                DataSpec { scale: 1.0, ..spec }.with_front_end(start.front_end)
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
        let (model, [factory_learned, factory_others], seed) = match self {
            Source::File { model, factory, .. } => (model.stored.clone(), factory.clone(), 1),
            Source::Retrained { options: training, start } => {
                let parts = others(field, value, training.hold_out, training.seed);
                let model = train::model(training, Start::clone(start), parts[0].clone());
                let mut model = match model {
                    Err(error) if error.is_interruption() => return Ok(None),
                    model => model?,
                };
                set_learning(options, &mut model)?;
                (model, parts, training.seed)
            }
        };
        Ok(Some(Rehearsal { model, factory_learned, factory_others, range, learned, tested, seed }))
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
    check_task(training.task(&start))?;
    training.check(&start).map_err(FitError::Options)?;
    Ok(Source::Retrained { options: Box::new(training), start: Box::new(start) })
}

fn check_task(task: ModelTask) -> Result<(), RehearseError> {
    match task {
        ModelTask::Classes => Ok(()),
        task => Err(RehearseError::Options(format!(
            "rehearsals are of classes, and the task is {task}: `trimpot board` lets a simulated board learn it"
        ))),
    }
}

/// Lets the model say how a board learns.
fn set_learning(options: &Options, model: &mut StoredModel) -> Result<(), RehearseError> {
    if options.learning.new_classes > 0 {
        let what = "--new-classes: rehearsals are of the classes that the model knows";
        return Err(RehearseError::Options(what.to_owned()));
    }
    options.pace.set(&mut model.about);
    options.learning.set(model, ModelTask::Classes).map_err(RehearseError::Options)
}

/// Returns the samples of all other values: those to train with, and those that are held out, as
/// whole recordings, if these are known.
fn others(field: &Field, value: &Value, share: f32, seed: u32) -> [Dataset; 2] {
    let rows: Vec<usize> = field
        .values
        .iter()
        .filter(|other| other.name != value.name)
        .flat_map(|other| other.rows.iter().copied())
        .collect();
    let samples = field.dataset().select(&rows);
    let Some(recordings) = &field.recordings else {
        let (learned, held_out) = samples.hold_out(share, seed);
        return [learned, held_out];
    };
    let classes: Vec<u32> = rows.iter().map(|&row| field.classes[row]).collect();
    let recordings: Vec<usize> = rows.iter().map(|&row| recordings[row]).collect();
    let (learned, held_out) = hold_out(&classes, &recordings, share.into(), seed);
    [samples.select(&learned), samples.select(&held_out)]
}
