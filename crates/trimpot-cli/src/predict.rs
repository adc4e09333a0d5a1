//! `trimpot predict`: what a model says of samples, as a table.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use trimpot_host::dataset::Table;
use trimpot_host::dyn_network::DynNetwork;
use trimpot_model::output;

use crate::data::SampleOptions;
use crate::model::{LoadedModel, UseError, UseOptions};
use crate::terminal::plain;
use crate::threads;

/// Which model, and of what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub given: UseOptions,
    /// File to write, as CSV [default: standard output]
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
    let model = LoadedModel::for_samples(&options.given)?;
    let features = model.data_spec(reading).read_features(data)?;
    let layers = &model.stored.layers;
    let mut steps = Vec::new();
    let network = DynNetwork::new(layers, &mut steps)?;
    let pool = threads::pool(threads::cores(), layers.outputs())?;
    let outputs =
        pool.install(|| network.predict_rows(&model.stored.parameters, &features.features));
    let table = table(&model, &features.rows, &outputs);
    match &options.output {
        Some(file) => {
            output::write(file, table.as_bytes()).map_err(write_error(file))?;
            Ok(String::new())
        }
        None => Ok(shown(table)),
    }
}

/// Returns a table as standard output takes it: names of classes may be anything.
pub(crate) fn shown(table: String) -> String {
    match io::stdout().is_terminal() {
        true => table.lines().map(|line| plain(line).into_owned() + "\n").collect(),
        false => table,
    }
}

fn write_error(file: &Path) -> impl Fn(io::Error) -> UseError {
    let file = file.to_owned();
    move |source| UseError::Write { file: file.clone(), source }
}

/// Returns a line for each sample: its number, its class and how probable that is, its outputs.
pub(crate) fn table(model: &LoadedModel, rows: &[usize], outputs: &Table) -> String {
    let rows = rows.iter().enumerate();
    let records = [header(model, outputs.columns)]
        .into_iter()
        .chain(rows.map(|(row, number)| record(model, number + 1, outputs.row(row))));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        // To memory, and every record is as long as the header.
        writer.write_record(record).expect("a table in memory can be written");
    }
    let bytes = writer.into_inner().expect("a table in memory can be written");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn header(model: &LoadedModel, outputs: usize) -> Vec<String> {
    let mut names = vec!["row".to_owned()];
    if !model.numbers {
        names.push("class".to_owned());
        names.extend(model.loss.probability().map(|_| "probability".to_owned()));
    }
    let is_each_class = !model.numbers && outputs > 1;
    names.extend((0..outputs).map(|output| match model.stored.about.classes.get(output) {
        Some(class) if is_each_class => class.clone(),
        _ => format!("output_{}", output + usize::from(!is_each_class)),
    }));
    names
}

fn record(model: &LoadedModel, number: usize, outputs: &[f32]) -> Vec<String> {
    let mut fields = vec![number.to_string()];
    if !model.numbers {
        let class = model.loss.class(outputs);
        fields.push(model.class(class));
        let probability = model.loss.probability();
        fields.extend(probability.map(|of| of.of_class(outputs, class).to_string()));
    }
    fields.extend(outputs.iter().map(f32::to_string));
    fields
}
