//! `trimpot new`: firmware of one's own, with a model.

mod board;
mod folder;
mod learning;
mod package;
mod readme;
mod samples;
mod template;

use std::fmt::Write;
use std::io;
use std::path::PathBuf;

use clap::Args;
use trimpot::spec::Dims;
use trimpot_host::board::BoardNeeds;
use trimpot_host::loss::{self, LossError};
use trimpot_link::fingerprint;
use trimpot_model::export::{self, ExportError};
use trimpot_model::file::{ModelError, ModelTask, StoredModel};
use trimpot_model::plan::BoardFit;
use trimpot_model::{architecture, plan};

pub use self::board::Template;
use self::learning::Learning;
use self::package::Package;
use self::template::fill;
use crate::plan::{PlanError, Report};
use crate::terminal::{counted, in_shell, plain};
use crate::{advice, plan as planning};

/// Where, with which model, for which board.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The folder to make: it must not exist, or be empty
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The model: a file that `trimpot train` or `trimpot import` has written
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// The shape of a sample, such as 1x28x28, for a file that does not say it
    #[arg(long, value_name = "SHAPE", value_parser = architecture::shape)]
    pub input: Option<Dims>,
    /// The board
    #[arg(long, value_name = "NAME", value_enum)]
    pub board: Template,
    /// The name of the package [default: that of the folder]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Take Trimpot's crates from this checkout: needed until they are published
    #[arg(long, value_name = "FOLDER")]
    pub path: Option<PathBuf>,
}

/// Why there is no firmware.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewError {
    /// Options cannot be met.
    #[error("{0}")]
    Options(String),
    /// The model cannot be read.
    #[error("{}", advice::of_model(.0))]
    Model(#[from] ModelError),
    /// The model cannot be had as Rust.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The loss cannot be had.
    #[error("{}", advice::of_loss(.0))]
    Loss(#[from] LossError),
    /// The model cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// No board learns the model.
    #[error("a board cannot learn this model: {0}")]
    Learning(String),
    /// The board is too small.
    #[error("{reason}\n\n{report}")]
    TooLarge {
        /// What there is too little of.
        reason: String,
        /// What the model takes.
        report: Box<Report>,
    },
    /// The folder cannot be written.
    #[error("cannot write {}: {source}", folder.display())]
    Write {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes the folder, and returns what can be done next. Nothing is written unless all can be made.
///
/// # Errors
/// If the folder is not empty or cannot be written; if its name is none of a package; if the model
/// cannot be read, be had as a type, be learned on a board, or does not fit on this one.
pub fn new(options: &Options) -> Result<String, NewError> {
    folder::check(&options.folder).map_err(NewError::Options)?;
    let package = Package::new(&options.folder, options.name.as_deref(), options.path.as_deref());
    let package = package.map_err(NewError::Options)?;
    let mut model = StoredModel::read(&options.model, options.input)?;
    model.about.task.get_or_insert(ModelTask::Classes);
    check_fit(&model, options.board)?;

    let source = options.model.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let trained = model.about.trained.unwrap_or_default();
    model.freeze(trained).map_err(PlanError::from)?;
    let files = files(&model, options.board, &package, &source)?;
    folder::write(&options.folder, &files)
        .map_err(|source| NewError::Write { folder: options.folder.clone(), source })?;
    Ok(next(options, &package))
}

/// A file: where it is in the folder, and what is in it.
type File = (&'static str, String);

/// Makes all files.
fn files(
    model: &StoredModel,
    board: Template,
    package: &Package,
    source: &str,
) -> Result<Vec<File>, NewError> {
    let loss = match &model.about.loss {
        Some(text) => loss::of_text(text, model.layers.outputs())?,
        None => loss::named(default_loss(model), &[], model.layers.outputs())?,
    };
    let learning = Learning::new(model, &loss).map_err(NewError::Learning)?;
    let version = format!("{:08x}", fingerprint(&model.parameters));
    let mut values = vec![
        ("name", package.name.clone()),
        ("crate", package.crate_name()),
        ("title", package.name.clone()),
        ("rust", env!("CARGO_PKG_RUST_VERSION").to_owned()),
        ("trimpot", package.dependency("trimpot")),
        ("tuner", package.dependency("trimpot-tuner")),
        ("version", version),
    ];
    values.extend(learning.main(&package.crate_name()));
    values.extend(learning.tuner());
    values.extend(learning.test());
    values.extend(readme::values(model, board, package, source)?);
    let mut files: Vec<File> = template::FILES
        .iter()
        .chain(board.files())
        .map(|&(file, text)| (file, fill(text, &values)))
        .collect();
    files.push(("src/model.rs", export::rust(model, source)?));
    files.push(("tests/on_board/expected.rs", samples::expected(model, source)?));
    Ok(files)
}

/// Returns the loss of a model that says none.
fn default_loss(model: &StoredModel) -> &'static str {
    match model.about.task {
        Some(ModelTask::Numbers | ModelTask::Anomalies) => "mse",
        Some(ModelTask::Classes) | None => "cross_entropy",
    }
}

/// Checks that a board can learn the model, and that it fits on this one.
fn check_fit(model: &StoredModel, board: Template) -> Result<(), NewError> {
    let needs = BoardNeeds::of(model).map_err(|error| NewError::Learning(error.to_string()))?;
    let planned = plan::find(board.name()).map_err(|error| NewError::Options(error.to_string()))?;
    let report = planning::of(model.clone(), Some(planned))?;
    let too_large = |reason| {
        let report = Box::new(report.clone());
        Err(NewError::TooLarge { reason, report })
    };
    if let BoardFit::TooLarge { .. } = report.learning().fit(&planned) {
        return too_large(format!("the model does not fit on {}", board.name()));
    }
    let (_, stored) = needs.flash[1];
    if stored > board.store() {
        let (stored, store) = (counted(stored, "byte"), counted(board.store(), "byte"));
        let name = board.name();
        return too_large(format!(
            "what {name} stores of the model takes {stored}, and it has {store} for it"
        ));
    }
    Ok(())
}

/// Says what is there, and what can be done next.
fn next(options: &Options, package: &Package) -> String {
    let folder = options.folder.to_string_lossy();
    let (name, board) = (&package.name, options.board.name());
    let mut text = format!("{}: firmware {name} for {board}, with a README\n", plain(&folder));
    if !package.is_of_checkout() {
        text += "\nIts Cargo.toml takes Trimpot's crates from crates.io. Until they are published there, it needs those of a\n\
                 checkout: make it anew with --path CHECKOUT.\n";
    }
    text.push('\n');
    let target = options.board.target();
    for (command, what) in [
        (format!("rustup target add {target}"), "once: the library for this processor"),
        (format!("cd {}", in_shell(&folder)), ""),
        ("cargo test --release".to_owned(), "its own test, in QEMU"),
        ("cargo run --release".to_owned(), "the program, in QEMU"),
    ] {
        let line = if what.is_empty() { command } else { format!("{command:<42} # {what}") };
        // To memory, which does not fail.
        let _ = writeln!(text, "  {}", line.trim_end());
    }
    text
}
