//! `trimpot predict`: what a model says of samples, as a table.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use trimpot::threshold::Votes;
use trimpot_host::dataset::{Dataset, Features, Table, Targets};
use trimpot_host::dyn_model::{Task, is_anomalous};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_model::file::{LARGEST_WINDOW, ModelTask};
use trimpot_model::output;
use trimpot_tuner::{Condition, Inspection};

use crate::data::{self, SampleOptions};
use crate::model::{LoadedModel, UseError, UseOptions, ignored_columns};
use crate::terminal::{complain, plain};
use crate::threads;

/// Which model, and of what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub given: UseOptions,
    /// How many predictions vote, where anomalies are detected: there is an alarm if more than half
    /// of the last ones are anomalous [default: that of the model, or 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=i64::from(LARGEST_WINDOW)), help_heading = "Run")]
    pub window: Option<u8>,
    /// File to write, as CSV, with names as they are [default: standard output, where control
    /// characters in names are written out, as \u{1b}]
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub output: Option<PathBuf>,
}

/// Predicts, and writes a table, or returns it where it is for standard output.
///
/// # Errors
/// If the model or the data cannot be read, or do not go together; if the file cannot be written.
pub fn predict(options: &Options) -> Result<String, UseError> {
    let UseOptions { model, samples: SampleOptions { data, reading } } = &options.given;
    if let Some(file) = &options.output {
        let model = ("MODEL", model.model.as_path());
        output::check_distinct(&[model, ("DATA", data), ("--output", file)])
            .map_err(UseError::Options)?;
        output::check(file).map_err(write_error(file))?;
    }
    reading.check_without_labels().map_err(UseError::Options)?;
    let model = LoadedModel::for_samples(&options.given)?;
    let features = data::read_features(&model.data_spec(reading), data)?;
    let layers = &model.stored.layers;
    let mut steps = Vec::new();
    let network = DynNetwork::new(layers, &mut steps)?;
    let pool = threads::pool(threads::cores(), layers.outputs())?;
    let Features { features, rows, ignored, .. } = features;
    // Standard output may be the table.
    ignored_columns(&ignored).iter().for_each(|line| complain(line));
    model.warn_of_features(&features);
    let parameters = &model.stored.parameters;
    let table = if model.task == ModelTask::Anomalies {
        let conditions = Targets::Conditions(vec![Condition::Unknown; rows.len()]);
        let dataset = Dataset::of_tables(features, conditions, Vec::new());
        let dataset = dataset.expect("there is a condition for each row");
        let scores = pool.install(|| {
            let task = Task::detection(&model.loss, dataset, network, &model.stored.about.centre)?;
            Ok(task.sample_losses(network, parameters))
        });
        let scores = scores.map_err(UseError::Reconstruction)?;
        let window = options.window.or(model.stored.about.window).unwrap_or(1);
        inspections_table(&rows, &inspections(&scores, model.stored.about.threshold, window))
    } else if options.window.is_some() {
        let what =
            format!("--window is where anomalies are detected, and the task is {}", model.task);
        return Err(UseError::Options(what));
    } else {
        let outputs = pool.install(|| network.predict_rows(parameters, &features));
        table(&model, &rows, &outputs)
    };
    match &options.output {
        Some(file) => {
            output::write(file, table.as_bytes()).map_err(write_error(file))?;
            Ok(String::new())
        }
        None => Ok(shown(&table)),
    }
}

/// Returns a table as standard output takes it: names of classes may be anything, and what comes
/// through a pipe may be shown by a terminal, too. A file has them as they are.
pub(crate) fn shown(table: &str) -> String {
    table.lines().map(|line| plain(line).into_owned() + "\n").collect()
}

fn write_error(file: &Path) -> impl Fn(io::Error) -> UseError {
    let file = file.to_owned();
    move |source| UseError::Write { file: file.clone(), source }
}

/// Returns what scores say, one by one, of which so many vote on an alarm.
fn inspections(scores: &[f32], threshold: Option<f32>, window: u8) -> Vec<Inspection> {
    let mut votes = Votes::new(window);
    let inspect = |&score: &f32| {
        let is_anomalous = is_anomalous(score, threshold);
        let alarm = votes.observe(is_anomalous == Some(true));
        Inspection { score, is_anomalous, alarm }
    };
    scores.iter().map(inspect).collect()
}

/// Returns a line for each sample of which it is said how normal it is: its number, its score, the
/// verdict, and whether there is an alarm.
pub(crate) fn inspections_table(rows: &[usize], inspections: &[Inspection]) -> String {
    let header = ["row", "score", "verdict", "alarm"].map(str::to_owned);
    let record = |(row, inspection): (&usize, &Inspection)| {
        let &Inspection { score, is_anomalous, alarm } = inspection;
        let verdict = match is_anomalous {
            None => "unknown",
            Some(true) => "anomalous",
            Some(false) => "normal",
        };
        let alarm = if alarm { "yes" } else { "no" };
        [(row + 1).to_string(), score.to_string(), verdict.to_owned(), alarm.to_owned()]
    };
    written([header].into_iter().chain(rows.iter().zip(inspections).map(record)))
}

/// Returns a line for each sample: its number, its class and how probable that is, its outputs, by
/// the names of classes or targets.
pub(crate) fn table(model: &LoadedModel, rows: &[usize], outputs: &Table) -> String {
    let rows = rows.iter().enumerate();
    let records = [header(model, outputs.columns)]
        .into_iter()
        .chain(rows.map(|(row, number)| record(model, number + 1, outputs.row(row))));
    written(records)
}

/// Returns records as CSV.
fn written<R: AsRef<[String]>>(records: impl Iterator<Item = R>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        // To memory, and every record is as long as the header.
        writer.write_record(record.as_ref()).expect("a table in memory can be written");
    }
    let bytes = writer.into_inner().expect("a table in memory can be written");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn header(model: &LoadedModel, outputs: usize) -> Vec<String> {
    let mut names = vec!["row".to_owned()];
    if model.task == ModelTask::Classes {
        names.push("class".to_owned());
        names.extend(model.loss.probability().map(|_| "probability".to_owned()));
    }
    let is_each_class = model.task == ModelTask::Classes && outputs > 1;
    let known = match model.task {
        ModelTask::Classes if is_each_class => &model.stored.about.classes[..],
        _ => model.stored.about.target_names(),
    };
    names.extend((0..outputs).map(|output| match known.get(output) {
        Some(name) => name.clone(),
        None => format!("output_{}", output + usize::from(!is_each_class)),
    }));
    names
}

fn record(model: &LoadedModel, number: usize, outputs: &[f32]) -> Vec<String> {
    let mut fields = vec![number.to_string()];
    if model.task == ModelTask::Classes {
        let class = model.loss.class(outputs);
        fields.push(model.class(class));
        let probability = model.loss.probability();
        fields.extend(probability.map(|of| of.of_class(outputs, class).to_string()));
    }
    fields.extend(outputs.iter().map(f32::to_string));
    fields
}
