//! Golden cases of what makes training: optimizers, learning rates, clipping, averages, by PyTorch
//! in `f64`, one JSON object a line.

use serde_json::Value;

use crate::case::Options;

/// A file of cases, and what they all work on.
#[derive(Clone, Debug)]
pub struct Training {
    /// The parameters before the first step.
    pub parameters: Vec<f32>,
    /// The gradient of each step.
    pub gradients: Vec<Vec<f32>>,
    /// The cases.
    pub cases: Vec<TrainingCase>,
}

/// What becomes of parameters, rates or gradients, step by step.
#[derive(Clone, Debug)]
pub struct TrainingCase {
    /// `optimizer`, `schedule`, `clip` or `average`.
    pub kind: String,
    /// Which one.
    pub name: String,
    /// Its settings.
    pub options: Options,
    /// The numbers after each step; those of a schedule are one learning rate a step.
    pub expected: Vec<Vec<f64>>,
    /// The norms before clipping, of `clip` alone.
    pub norms: Vec<f64>,
}

impl TrainingCase {
    /// Returns a setting that the case has.
    ///
    /// # Panics
    /// If it has none of this name.
    #[must_use]
    pub fn option(&self, name: &str) -> f32 {
        self.optional(name).unwrap_or_else(|| panic!("{} has no {name}", self.name))
    }

    /// Returns a setting, if the case has it.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<f32> {
        Some(self.options.0.get(name)?.as_f64()? as f32)
    }
}

/// Returns the cases of a file.
///
/// # Panics
/// If a line is not what it should be.
#[must_use]
pub fn parse(lines: &str) -> Training {
    let mut objects = lines.lines().map(|line| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    let head = objects.next().expect("a first line");
    let narrow = |row: Vec<f64>| row.into_iter().map(|number| number as f32).collect();
    Training {
        parameters: narrow(numbers(&head["parameters"]).expect("parameters")),
        gradients: rows(&head["gradients"]).expect("gradients").into_iter().map(narrow).collect(),
        cases: objects
            .map(|object| case(&object).unwrap_or_else(|| panic!("no case: {object}")))
            .collect(),
    }
}

fn case(object: &Value) -> Option<TrainingCase> {
    Some(TrainingCase {
        kind: object["kind"].as_str()?.to_owned(),
        name: object["name"].as_str()?.to_owned(),
        options: Options(object["options"].as_object()?.clone()),
        expected: rows(&object["expected"])?,
        norms: object.get("norms").map_or(Some(Vec::new()), numbers)?,
    })
}

fn rows(value: &Value) -> Option<Vec<Vec<f64>>> {
    let row = |row: &Value| row.as_f64().map_or_else(|| numbers(row), |number| Some(vec![number]));
    value.as_array()?.iter().map(row).collect()
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}
