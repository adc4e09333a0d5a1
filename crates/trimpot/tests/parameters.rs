//! Every parameter of a loss is a setting that its description names, and class weights are
//! checked.
//!
//! What settings take and refuse is tested where they are described.

use std::path::Path;

use trimpot::ParameterError;
use trimpot::loss::spec::LOSSES;
use trimpot::loss::{CrossEntropy, Nll, RescaledSquare, check_class_weights};

/// Weights, and what is wrong with them.
const WRONG: [([f32; 3], &str, f32, &str); 6] = [
    ([0.0, -1e-45, 0.5], "class weight", -1e-45, "[0, inf)"),
    ([0.0, f32::MIN, 0.5], "class weight", f32::MIN, "[0, inf)"),
    ([0.0, f32::INFINITY, 0.5], "class weight", f32::INFINITY, "[0, inf)"),
    ([0.0; 3], "sum of the class weights", 0.0, "(0, inf)"),
    ([0.0, -0.0, 0.0], "sum of the class weights", 0.0, "(0, inf)"),
    ([f32::MAX, f32::MAX, 0.0], "sum of the class weights", f32::INFINITY, "(0, inf)"),
];

#[test]
fn class_weights_that_are_out_of_range_are_refused_with_name_value_and_range() {
    for (weights, name, value, range) in WRONG {
        let error = Err(ParameterError { name, value, range });
        assert_eq!(CrossEntropy::new().with_class_weights(weights).map(drop), error);
        assert_eq!(Nll::new().with_class_weights(weights).map(drop), error);
        let square = RescaledSquare::default().with_class_weights(weights);
        assert_eq!(square.map(drop), error);
        assert_eq!(check_class_weights(&weights), error);
    }
    for nan in [f32::NAN, -f32::NAN] {
        let error = check_class_weights(&[0.5, nan]).unwrap_err();
        assert!(error.name == "class weight" && error.value.is_nan(), "{error}");
    }
}

#[test]
fn class_weights_that_are_in_range_are_taken() {
    for weight in [0.0, -0.0, 1e-45, 0.5, 1.0, 1e4, f32::MAX] {
        assert!(CrossEntropy::new().with_class_weights([0.0, weight, 0.5]).is_ok(), "{weight:e}");
        assert!(Nll::new().with_class_weights([0.0, weight, 0.5]).is_ok(), "{weight:e}");
        let square = RescaledSquare::default().with_class_weights([0.0, weight, 0.5]);
        assert!(square.is_ok(), "{weight:e}");
    }
}

/// A public function of a loss that may refuse: type, name, and the names of its numbers.
struct Constructor {
    type_: String,
    name: String,
    numbers: Vec<String>,
}

/// Reads the constructors in the source files of a folder.
fn constructors_in(folder: &Path, found: &mut Vec<Constructor>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            constructors_in(&path, found);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let word = |text: &str| -> String {
            text.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect()
        };
        let mut type_ = String::new();
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("impl") {
                type_ = word(rest.strip_prefix("<W>").unwrap_or(rest).trim_start());
            }
            let Some(rest) = line.strip_prefix("    pub fn ") else { continue };
            let mut signature = rest.to_owned();
            while !signature.contains('{') {
                signature.push_str(lines.next().unwrap().trim());
            }
            if !signature.contains("ParameterError>") {
                continue;
            }
            let numbers = signature
                .split(['(', ',', ')'])
                .filter_map(|argument| argument.trim().strip_suffix(": f32").map(str::to_owned));
            found.push(Constructor {
                type_: type_.clone(),
                name: word(&signature),
                numbers: numbers.collect(),
            });
        }
    }
}

#[test]
fn every_number_that_a_constructor_may_refuse_is_a_setting() {
    let mut found = Vec::new();
    constructors_in(Path::new("src/loss"), &mut found);
    let mut tried = 0;
    for Constructor { type_, name, numbers } in found {
        let Some(listed) = LOSSES.iter().find(|listed| listed.type_name == type_) else {
            // What makes all losses.
            assert!(["AnyLoss", ""].contains(&type_.as_str()), "{type_}::{name}");
            continue;
        };
        for number in numbers {
            tried += 1;
            // PyTorch's ε of rates is asked for by a function that is named after them.
            let is_set = |setting: &str| setting == number || setting == name;
            let known = listed.spec.settings.iter().any(|setting| is_set(setting.name));
            assert!(known, "{type_}::{name}: {number} is no setting");
        }
    }
    assert!(tried > 20, "{tried}");
}
