//! `trimpot export`: a model for other programs.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use trimpot::spec::Dims;
use trimpot_host::loss;
use trimpot_model::export::{self, ExportError, INPUT, OPSET, OUTPUT};
use trimpot_model::file::{ModelError, ModelTask, StoredModel};
use trimpot_model::{architecture, output};

use crate::advice;
use crate::terminal::plain;

/// Which model, and as what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The model: a file that `trimpot train` or `trimpot import` has written
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// The shape of a sample, such as 1x28x28, for a file that does not say it
    #[arg(long, value_name = "SHAPE", value_parser = architecture::shape)]
    pub input: Option<Dims>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub formats: Formats,
    /// Replace files that exist
    #[arg(long)]
    pub overwrite: bool,
}

/// The files to write: one at least.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub struct Formats {
    /// File to write as Rust, for no_std: the network as a type, its numbers in statics, names of
    /// classes; what makes features of recordings, which no other format has. It predicts the same
    /// bits
    #[arg(long, value_name = "FILE.rs")]
    pub rust: Option<PathBuf>,
    /// File to write as PyTorch's state_dict, in the safetensors format; the nn.Sequential that
    /// loads it is printed
    #[arg(long, value_name = "FILE")]
    pub safetensors: Option<PathBuf>,
    /// File to write as ONNX, opset 17. No softmax or sigmoid of the loss is behind the last layer
    #[arg(long, value_name = "FILE.onnx")]
    pub onnx: Option<PathBuf>,
    /// File to write as a header of C99: all tensors as arrays, names of classes, the layers as a
    /// comment
    #[arg(long, value_name = "FILE.h")]
    pub c_header: Option<PathBuf>,
}

impl Formats {
    /// Returns the files with their options.
    fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [
            ("--rust", &self.rust),
            ("--safetensors", &self.safetensors),
            ("--onnx", &self.onnx),
            ("--c-header", &self.c_header),
        ];
        files.into_iter().filter_map(|(option, file)| Some((option, file.as_deref()?)))
    }
}

/// Why a model cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportCommandError {
    /// Options do not go together.
    #[error("{0}")]
    Options(String),
    /// The model cannot be read.
    #[error("{}", advice::of_model(.0))]
    Model(#[from] ModelError),
    /// The model cannot be had in a format.
    #[error("{option}: {source}")]
    Format {
        /// The option.
        option: &'static str,
        /// Why.
        source: ExportError,
    },
    /// A file cannot be written.
    #[error("{option}: cannot write {}: {source}", file.display())]
    Write {
        /// The option.
        option: &'static str,
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes the files, and returns how they are used. Nothing is written unless all can be made.
///
/// # Errors
/// If the model cannot be read, or cannot be had in a format; if a file exists and is not to be
/// replaced, or cannot be written.
pub fn export(options: &Options) -> Result<String, ExportCommandError> {
    check(options)?;
    let model = StoredModel::read(&options.model, options.input)?;
    let source = options.model.file_name().unwrap_or_default().to_string_lossy();
    let formats = &options.formats;
    let mut said = String::new();
    let mut made = Vec::new();
    for (option, file) in formats.files() {
        let failed = |source| ExportCommandError::Format { option, source };
        let (bytes, how) = match option {
            "--rust" => {
                let text = export::rust(&model, &source).map_err(failed)?;
                (
                    text.into_bytes(),
                    "a module of Rust: its first lines say how it is used".to_owned(),
                )
            }
            "--onnx" => (export::onnx(&model).map_err(failed)?, onnx_text(&model)),
            "--c-header" => {
                let name = file.file_stem().unwrap_or_default().to_string_lossy();
                let text = export::c_header(&model, &name, &source).map_err(failed)?;
                (text.into_bytes(), "a header of C99".to_owned())
            }
            _ => {
                let state = export::state_dict(&model).map_err(failed)?;
                let text = state_text(&state, file);
                (state.file, text)
            }
        };
        let how = match model.about.front_end.filter(|_| option != "--rust") {
            None => how,
            Some(front_end) => format!(
                "inputs are features, and the front end that makes them of recordings is not in this file: {front_end}\n{how}"
            ),
        };
        // The text has lines of its own, names of files may be anything.
        let _ = writeln!(said, "{}: {how}", plain(&file.display().to_string()));
        made.push((option, file, bytes));
    }
    for (option, file, bytes) in made {
        output::write(file, &bytes).map_err(write_error(option, file))?;
    }
    Ok(said)
}

/// Returns an error if a file must not or cannot be written.
fn check(options: &Options) -> Result<(), ExportCommandError> {
    let files: Vec<_> =
        [("MODEL", options.model.as_path())].into_iter().chain(options.formats.files()).collect();
    output::check_distinct(&files).map_err(ExportCommandError::Options)?;
    for (option, file) in options.formats.files() {
        if !options.overwrite && file.symlink_metadata().is_ok() {
            let what = format!("{option} {} exists: --overwrite replaces it", file.display());
            return Err(ExportCommandError::Options(what));
        }
        output::check(file).map_err(write_error(option, file))?;
    }
    Ok(())
}

fn write_error(option: &'static str, file: &Path) -> impl Fn(io::Error) -> ExportCommandError {
    let file = file.to_owned();
    move |source| ExportCommandError::Write { option, file: file.clone(), source }
}

/// Says what goes into a model of ONNX and comes out.
fn onnx_text(model: &StoredModel) -> String {
    let layers = &model.layers;
    let outputs = layers.spec().output().unwrap_or(layers.input);
    let mut text =
        format!("ONNX, opset {OPSET}; `{INPUT}` is Nx{}, `{OUTPUT}` Nx{outputs}", layers.input);
    let is_for_classes = model.about.task.is_none_or(|task| task == ModelTask::Classes);
    let loss = model.about.loss.as_deref().unwrap_or("cross_entropy");
    let loss = loss::of_text(loss, layers.outputs()).ok();
    if is_for_classes && loss.is_some_and(|loss| loss.probability().is_some()) {
        text += ", as the last layer gives it: no softmax or sigmoid of the loss is behind it";
    }
    text
}

/// Says how PyTorch loads a state.
fn state_text(state: &export::StateDict, file: &Path) -> String {
    let classes = match &*state.classes {
        "" => String::new(),
        classes => format!("\n{classes}\n"),
    };
    // Strings of JSON are strings of Python.
    let name = Value::from(file.display().to_string());
    let module = &state.module;
    format!(
        "PyTorch's state_dict, of this module:\n\nfrom safetensors.torch import load_file\nfrom torch import nn\n{classes}\n\
         model = {module}\nmodel.load_state_dict(load_file({name}))\nmodel.eval()\n"
    )
}
