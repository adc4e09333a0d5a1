//! The `trimpot` command.
#![forbid(unsafe_code)]

mod examples;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use trimpot::spec::Dims;
use trimpot_cli::address::BoardOptions;
use trimpot_cli::arguments::{self, ask_for_help};
use trimpot_cli::demo::{self, Options};
use trimpot_cli::model::UseOptions;
use trimpot_cli::terminal::complain;
use trimpot_cli::{
    board, evaluate, export, import, info, interrupt, layers, losses, new, plan, predict, rehearse,
    study, train,
};
use trimpot_model::architecture;

const WRONG_ARGUMENTS: u8 = 2;

/// Train on the PC, fine-tune on a board
#[derive(Parser)]
#[command(name = "trimpot", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole way: train, boot a board, teach it digits of another sensor, cut its power, report
    ///
    /// Exit code: 0 if every promise that the demo makes was met, 1 if one was missed or something
    /// went wrong, 2 for wrong arguments.
    #[command(after_help = examples::DEMO)]
    Demo {
        #[command(flatten)]
        board: BoardOptions,
        /// Randomness of training, and of which digits are learned
        #[arg(long, default_value_t = 1)]
        seed: u32,
        /// How many digits the board learns from
        #[arg(long, default_value_t = 100, value_name = "COUNT", value_parser = samples)]
        samples: usize,
        /// Folder of the data sets
        #[arg(long, default_value = "data", value_name = "FOLDER")]
        data: PathBuf,
        /// Folder for the report, the model file and the board's flash memory
        #[arg(long, default_value = "target/demo", value_name = "FOLDER")]
        report: PathBuf,
    },
    /// The catalogue of losses: lists all, explains one, or draws all
    ///
    /// Exit code: 1 if there is no such loss or a file cannot be written, 2 for wrong arguments.
    #[command(after_help = examples::LOSSES)]
    Losses {
        /// The loss to explain, by its name in the list, the name of its type, or that of another
        /// library
        name: Option<String>,
        /// Folder to draw the curves to, as SVG, and `catalogue.html`
        #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
        plot: Option<PathBuf>,
    },
    /// The layers that a network can have: lists all, or explains one
    ///
    /// Exit code: 1 if there is no such layer, 2 for wrong arguments.
    #[command(after_help = examples::LAYERS)]
    Layers {
        /// The layer to explain, as it is written in a network, or by its name in PyTorch
        name: Option<String>,
    },
    /// Trains a network on the PC
    ///
    /// The same options give the same bits on any machine. Ctrl-C and SIGTERM end training early:
    /// the weights from the end of the last epoch are written to --output. Exit code: 1 if training
    /// diverged, a file could not be written or something else went wrong, 2 for wrong arguments,
    /// 130 after Ctrl-C or SIGTERM.
    #[command(after_help = examples::TRAIN)]
    Train(Box<train::Options>),
    /// What losses, rates, depths and data really do: measured, with tuned rates and many seeds
    ///
    /// Of each level of an experiment the learning rate is tuned by samples that validate; then it
    /// is trained with many seeds, which draw the split, the order and the weights anew, and scored
    /// once on samples that nothing was chosen by. P(A > B) is how often A did better than B with
    /// the same seed. The same study has the same numbers for any number of threads.
    ///
    /// Exit code: 1 if data cannot be read or a file cannot be written, 2 for wrong arguments, 130
    /// if it was interrupted: then --resume goes on.
    #[command(after_help = examples::STUDY)]
    Study(Box<study::Options>),
    /// How well a model does on a data set: accuracy, scores of each class, confusions, calibration
    ///
    /// For numbers: R², mean absolute error and root mean squared error of each output. For
    /// anomalies: precision, recall, F1, the rate of false alarms, the area under the ROC curve.
    ///
    /// Exit code: 1 if the model or the data cannot be read, or do not go together, 2 for wrong
    /// arguments.
    #[command(after_help = examples::EVALUATE)]
    Evaluate(Box<UseOptions>),
    /// A model on a board: install it, let the board learn, predict, evaluate, commit, read it back
    ///
    /// A simulated board is a folder with its flash memory, where the model is, too. Its RAM is
    /// gone when the command ends, as after a power cut. What a
    /// board learns is what the model is for: classes, numbers, or what is normal.
    ///
    /// Exit code: 1 if the board does not answer, refuses, rejects a commit, or has another
    /// network, or if the model or the data cannot be read; 2 for wrong arguments.
    #[command(after_help = examples::BOARD)]
    Board(Box<board::Options>),
    /// What a board will learn of each user, sensor or month: its fine-tuning on the PC, bit for bit
    ///
    /// Of each value of --by the first part in time is learned by a simulated board, and the rest
    /// tests: how well the task is done before and after, and after fewer samples; what the same
    /// network learns of the same samples from scratch; what is forgotten of the factory's data;
    /// whether the guard lets it be stored; and what it costs on each board. With --retrain each
    /// value has a model that was trained on all others. The numbers are the same for any number of
    /// threads. A value with too few samples is left out, and that is said.
    ///
    /// Classes are measured by accuracy; numbers by the root mean squared error over all outputs, in
    /// the unit of the targets; anomalies by the area under the ROC curve, the probability that an
    /// anomalous sample has a higher score than a normal one: normal samples are learned, and the
    /// anomalous ones test.
    ///
    /// Exit code: 1 if the model or the data cannot be read or do not go together, a board cannot
    /// learn the model, or the page cannot be written, 2 for wrong arguments, 130 after Ctrl-C or
    /// SIGTERM: what is done is said, and written.
    #[command(after_help = examples::REHEARSE)]
    Rehearse(Box<rehearse::Options>),
    /// What a network costs on each board: flash, RAM, instructions
    ///
    /// Exit code: 1 if the model cannot be read or planned, 2 for wrong arguments. That a network
    /// does not fit is no error.
    #[command(after_help = examples::PLAN)]
    Plan(Box<plan::Options>),
    /// What a model says of samples: their classes, numbers, or whether they are normal, as CSV
    ///
    /// A line for each sample: its number from 1; for classes the class and, where the loss has
    /// them, its probability; and all outputs. For anomalies the score, the verdict, and whether
    /// there is an alarm.
    ///
    /// Exit code: 1 if the model or the data cannot be read, do not go together, or the file cannot
    /// be written, 2 for wrong arguments.
    #[command(after_help = examples::PREDICT)]
    Predict(Box<predict::Options>),
    /// Makes a model file of a network that somebody else made
    ///
    /// Read are ONNX, as `torch.onnx.export(model, (x,), "net.onnx")` writes it, with weights in it or
    /// in a file beside it, and safetensors with the tensors of a PyTorch state_dict
    /// (`save_file(model.state_dict(), "net.safetensors")`); these have no layers, so --network says
    /// them: without it, what was found is shown, as a --network to complete. The result is a model
    /// as `trimpot train` writes it, for all other words: plan, evaluate, board install, train --init.
    ///
    /// Exit code: 1 if the file cannot be imported, computes something else than --check has, or the
    /// model cannot be written; 2 for wrong arguments.
    #[command(after_help = examples::IMPORT)]
    Import(Box<import::Options>),
    /// A model for other programs: as Rust, PyTorch's state_dict, ONNX, or a header of C
    ///
    /// Weights are those of the model, to the bit, and preprocessing is in all formats. Several files
    /// may be written at once, each as a whole or not at all; one that exists is refused without
    /// --overwrite.
    ///
    /// Exit code: 1 if the model cannot be read, has a layer that a format does not have, or a file
    /// cannot be written, 2 for wrong arguments.
    #[command(after_help = examples::EXPORT)]
    Export(Box<export::Options>),
    /// Firmware of your own, with a model: a package of Rust that builds, and passes its test in QEMU
    ///
    /// The network as a type, a tuner that learns and stores, drivers of the board, a program, a test
    /// that runs on the board, a README. Names of classes, the task, preprocessing and how the board
    /// learns are the model's. The folder must not exist, or be empty; nothing is written unless all
    /// can be made.
    ///
    /// Exit code: 1 if the folder is not empty, the model cannot be read, learned on a board or had
    /// as Rust, does not fit on the board, or a file cannot be written; 2 for wrong arguments.
    #[command(after_help = examples::NEW)]
    New(Box<new::Options>),
    /// What is in a model file; without one, what this program was built for, and what the
    /// processor could do
    ///
    /// Exit code: 1 if the model cannot be read, 2 for wrong arguments.
    #[command(after_help = examples::INFO)]
    Info {
        /// The model: a file that `trimpot train` or `trimpot import` has written
        model: Option<PathBuf>,
        /// The shape of a sample, such as 1x28x28, for a file that does not say it
        #[arg(long, value_name = "SHAPE", value_parser = architecture::shape, requires = "model")]
        input: Option<Dims>,
    },
}

fn samples(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("the board cannot learn from nothing".to_owned()),
        Ok(samples) => Ok(samples),
        Err(_) => Err("it must be a whole number, 1 or more".to_owned()),
    }
}

/// Puts what the study of `train --from-study FOLDER` has chosen in front of the other options,
/// which take its place where they say something else.
fn with_study(mut given: Vec<OsString>) -> Result<Vec<OsString>, String> {
    if given.get(1).is_none_or(|word| word != "train") || ask_for_help(&given) {
        return Ok(given);
    }
    let folder = given.iter().enumerate().skip(2).find_map(|(at, word)| {
        let word = word.to_str()?;
        match word.strip_prefix("--from-study") {
            Some("") => given.get(at + 1).map(PathBuf::from),
            Some(rest) => rest.strip_prefix('=').map(PathBuf::from),
            None => None,
        }
    });
    if let Some(folder) = folder {
        let own = given.split_off(2);
        given.extend(study::with_choice(&folder, own)?);
    }
    Ok(given)
}

fn main() -> ExitCode {
    let given = match with_study(std::env::args_os().collect()) {
        Ok(given) => given,
        Err(error) => {
            complain(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let parsed = match rehearse::help(&given) {
        Some(help) => Err(help),
        None => arguments::parse::<Arguments>(given),
    };
    let arguments = match parsed {
        Ok(arguments) => arguments,
        // Arguments may be names of files, and those may be anything.
        Err(error) if error.use_stderr() => {
            complain(&error.render().to_string());
            return ExitCode::from(WRONG_ARGUMENTS);
        }
        Err(help) => help.exit(),
    };
    let done = match arguments.command {
        Command::Demo { board, seed, samples, data, report } => {
            return demo(&Options { board, seed, samples, data, report });
        }
        Command::Losses { name, plot } => losses(name.as_deref(), plot.as_deref()),
        Command::Layers { name } => layers(name.as_deref()),
        Command::Train(options) => return train(&options),
        Command::Study(options) => return study(&options),
        Command::Rehearse(options) => return rehearse(&options),
        Command::Evaluate(options) => evaluate(&options),
        Command::Board(options) => board(&options),
        Command::Plan(options) => plan(&options),
        Command::Predict(options) => predict(&options),
        Command::Import(options) => import::run(&options).map_err(Into::into),
        Command::Export(options) => export(&options),
        Command::New(options) => new(&options),
        Command::Info { model, input } => info(model.as_deref(), input),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn train(options: &train::Options) -> ExitCode {
    match train::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            if error.is_interruption() {
                ExitCode::from(interrupt::EXIT_CODE)
            } else if error.is_of_arguments() {
                ExitCode::from(WRONG_ARGUMENTS)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn study(options: &study::Options) -> ExitCode {
    match study::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            if error.is_interruption() {
                ExitCode::from(interrupt::EXIT_CODE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn rehearse(options: &rehearse::Options) -> ExitCode {
    match rehearse::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            if error.is_interruption() {
                ExitCode::from(interrupt::EXIT_CODE)
            } else if error.is_of_arguments() {
                ExitCode::from(WRONG_ARGUMENTS)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn board(options: &board::Options) -> Result<(), Box<dyn Error>> {
    print(&board::run(options)?)
}

fn plan(options: &plan::Options) -> Result<(), Box<dyn Error>> {
    print(&plan::plan(options)?.to_string())
}

fn evaluate(options: &UseOptions) -> Result<(), Box<dyn Error>> {
    print(&evaluate::evaluate(options)?.to_string())
}

fn predict(options: &predict::Options) -> Result<(), Box<dyn Error>> {
    print(&predict::predict(options)?)
}

fn export(options: &export::Options) -> Result<(), Box<dyn Error>> {
    // How files are used is lines of code, and what is of users' in it is written out already.
    print(&export::export(options)?)
}

fn new(options: &new::Options) -> Result<(), Box<dyn Error>> {
    print(&new::new(options)?)
}

fn losses(name: Option<&str>, plot: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let text = match (name, plot) {
        (_, Some(folder)) => {
            let written = losses::plot(folder)?;
            let page = folder.join("catalogue.html");
            format!("{} curves and {}\n", written.len() - 1, page.display())
        }
        (Some(name), None) => losses::explain(&losses::find(name)?),
        (None, None) => losses::list(&losses::entries()),
    };
    print(&text)
}

fn layers(name: Option<&str>) -> Result<(), Box<dyn Error>> {
    print(&match name {
        Some(name) => layers::explain(name)?,
        None => layers::list(),
    })
}

fn info(model: Option<&Path>, input: Option<Dims>) -> Result<(), Box<dyn Error>> {
    print(&match model {
        Some(file) => info::model(file, input)?.to_string(),
        None => info::info().to_string(),
    })
}

fn print(text: &str) -> Result<(), Box<dyn Error>> {
    match io::stdout().write_all(text.as_bytes()) {
        // Who reads may stop: `trimpot losses | head`.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn demo(options: &Options) -> ExitCode {
    match demo::run(options) {
        Ok(result) if result.promises().iter().all(demo::Promise::is_met) => ExitCode::SUCCESS,
        Ok(_) => {
            eprintln!("\nerror: a promise is broken");
            ExitCode::FAILURE
        }
        Err(error) => {
            complain(&format!("\nerror: {error}"));
            ExitCode::FAILURE
        }
    }
}
