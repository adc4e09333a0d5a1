//! Errors of the libraries, with the options that would mend them.

use trimpot_host::board::BoardError;
use trimpot_host::dataset::DataError;
use trimpot_host::loss::{self, LossError};
use trimpot_host::problem::Remedy;
use trimpot_model::architecture;
use trimpot_model::file::ModelError;
use trimpot_model::import::ImportError;
use trimpot_model::layers::Layers;

/// Returns what is wrong with data, and the options that would mend it.
pub(crate) fn of_data(error: &DataError) -> String {
    error.to_string() + &options(error.remedy)
}

/// Returns what is wrong with samples for a model, likewise: means of columns are in some models
/// alone.
pub(crate) fn of_samples(error: &DataError) -> String {
    match error.remedy {
        Some(Remedy::FillOrLeaveOut) => format!(
            "{error}{}; if the model standardizes each feature, --missing mean puts the mean of its column there",
            options(Some(Remedy::LeaveOut))
        ),
        remedy => error.to_string() + &options(remedy),
    }
}

/// Returns what is wrong with a loss, and the options that would mend it.
pub(crate) fn of_loss(error: &LossError) -> String {
    format!("--{error}{}", options(error.remedy))
}

/// Returns what is wrong with a board, or with a model for it, likewise.
pub(crate) fn of_board(error: &BoardError) -> String {
    match error {
        BoardError::Loss(error) => of_loss(error),
        error => error.to_string(),
    }
}

/// Returns what is wrong with a model file, and the option that would mend it.
pub(crate) fn of_model(error: &ModelError) -> String {
    match error {
        ModelError::Shape { .. } => format!("{error}: say it, as in --input 1x28x28"),
        ModelError::Foreign { file, .. } => {
            format!("{error}; `trimpot import {}` makes one of it", file.display())
        }
        ModelError::Format { .. } => {
            format!("{error}; a model is a safetensors file, as `trimpot train --output` writes it")
        }
        error => error.to_string(),
    }
}

/// Returns which loss tells two classes apart by the single output of these layers.
pub(crate) fn binary_loss(layers: &Layers) -> &'static str {
    let last = architecture::last(layers).map(architecture::range);
    let is_probability = last.is_some_and(|[least, most]| least >= 0.0 && most <= 1.0);
    if is_probability { "bce" } else { "bce_with_logits" }
}

/// Returns what is wrong with a model of one output that does not say its task, and what would mend
/// it.
pub(crate) fn of_unsaid_task(layers: &Layers) -> String {
    format!(
        "it does not say whether its output is a number or tells two classes apart: `trimpot import` with --task numbers \
         or --task classes writes a model that does, and commands with --targets or --loss take --targets 1 or --loss {}",
        binary_loss(layers)
    )
}

/// Returns why a file of another framework cannot be imported, and the options that would mend it.
pub(crate) fn of_import(error: &ImportError) -> String {
    match error {
        ImportError::Architecture { found, network, is_order_known } => format!(
            "{error}\n{}{}say the network, with layers in place of each `?` (`trimpot layers` lists all), \
             and whatever is not by default:\n  --network \"{network}\"",
            match found.iter().any(|module| module.layer == "layer_norm") {
                true =>
                    "a weight of one dimension without statistics may be that of a layer, group or instance \
                         normalisation: here is layer_norm alone, of each row\n",
                false => "",
            },
            match is_order_known {
                true => "",
                false =>
                    "the file does not tell their order: that of their names here is a guess, and --order says another\n",
            }
        ),
        ImportError::Input => format!("{error}: say it, as in --input 1x28x28"),
        ImportError::Order { guess, .. } => format!(
            "{error}: say the order of all modules with tensors; a guess by their names is --order {}",
            guess.join(",")
        ),
        error => error.to_string(),
    }
}

/// Reads the name of a loss, however it is written.
pub(crate) fn known_loss(name: &str) -> Result<String, String> {
    loss::known(name).map_err(|error| format!("{error}. `trimpot losses` lists all"))
}

fn options(remedy: Option<Remedy>) -> String {
    let text = match remedy {
        Some(Remedy::PredictNumbers) => "numbers are predicted with --targets",
        Some(Remedy::PredictClasses) => "classes are predicted without --targets",
        Some(Remedy::FillOrLeaveOut) => {
            "--missing mean puts the mean of its column there, --missing drop leaves the sample out"
        }
        Some(Remedy::LeaveOut) => "--missing drop leaves the sample out",
        Some(Remedy::LeaveOutColumns) => "--drop leaves a column out",
        Some(Remedy::OtherLabel) => {
            "the label is the last column, unless --label NAME says another; --drop NAME leaves a column out"
        }
        Some(Remedy::Header) => "--header or --no-header says which",
        Some(Remedy::Arrays) => {
            "--label, --drop, --separator and --header are for tables of text; arrays are chosen by \
             --features and --labels"
        }
        Some(Remedy::OtherLoss) => "--loss chooses it",
        Some(Remedy::LastLayer) => {
            "--output-activation puts one behind layers of which sizes are given"
        }
        _ => return String::new(),
    };
    format!("; {text}")
}
