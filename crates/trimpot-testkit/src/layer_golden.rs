//! Golden cases of layers: outputs and gradients by PyTorch's autograd in `f64`, one JSON object a
//! line.

use serde_json::Value;

/// A sample on its way through a layer, and what comes of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which layer, with all that sets it.
    pub layer: String,
    /// Its parameters.
    pub parameters: Vec<f32>,
    /// The sample.
    pub input: Vec<f32>,
    /// The derivative of the loss by each output.
    pub output_gradient: Vec<f32>,
    /// The output.
    pub output: Vec<f64>,
    /// The derivative of the loss by each parameter.
    pub gradient: Vec<f64>,
    /// The derivative of the loss by each input.
    pub input_gradient: Vec<f64>,
}

/// Returns the cases of a file.
///
/// # Panics
/// If a line is not a golden case.
#[must_use]
pub fn parse(lines: &str) -> Vec<Case> {
    let case = |(index, line): (usize, &str)| {
        let object: Value = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("golden case in line {}: {error}", index + 1));
        case(&object).unwrap_or_else(|| panic!("line {} is no golden case: {line}", index + 1))
    };
    lines.lines().enumerate().map(case).collect()
}

fn case(object: &Value) -> Option<Case> {
    let numbers = |name: &str| -> Option<Vec<f64>> {
        object[name].as_array()?.iter().map(Value::as_f64).collect()
    };
    // Inputs of golden cases are numbers that `f32` holds exactly.
    let exact = |name: &str| -> Option<Vec<f32>> {
        let narrow = |value: f64| (f64::from(value as f32) == value).then_some(value as f32);
        numbers(name)?.into_iter().map(narrow).collect()
    };
    Some(Case {
        layer: object["layer"].as_str()?.to_owned(),
        parameters: exact("parameters")?,
        input: exact("input")?,
        output_gradient: exact("output_gradient")?,
        output: numbers("output")?,
        gradient: numbers("gradient")?,
        input_gradient: numbers("input_gradient")?,
    })
}
