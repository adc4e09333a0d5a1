//! Golden cases: values and gradients by PyTorch's autograd in `f64`, one JSON object a line.

use serde_json::Value;

use crate::case::{Answer, Case, Options};

/// A sample whose value and gradient are known.
#[derive(Clone, Debug)]
pub struct Golden {
    /// The sample; its loss may be one that the core lacks.
    pub case: Case,
    /// The loss.
    pub value: f64,
    /// Its gradient.
    pub gradient: Vec<f64>,
}

/// The cases of a file whose prediction is one row of numbers. The second number says how many
/// others there are: those of losses that take several predictions.
///
/// # Panics
/// If a line is not a golden case.
#[must_use]
pub fn parse(lines: &str) -> (Vec<Golden>, usize) {
    let mut others = 0;
    let mut cases = Vec::new();
    for (index, line) in lines.lines().enumerate() {
        let object: Value = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("golden case in line {}: {error}", index + 1));
        match golden(&object) {
            Some(golden) => cases.push(golden),
            None => others += 1,
        }
    }
    (cases, others)
}

fn golden(object: &Value) -> Option<Golden> {
    let options = Options(object["options"].as_object()?.clone());
    let loss = match object["loss"].as_str()? {
        // One name for both in the file, as in PyTorch; two losses in the core.
        "cross_entropy" if options.0.contains_key("soft_target") => "soft_cross_entropy",
        name => name,
    };
    let target = match &object["target"] {
        Value::Number(class) => Answer::Class(u32::try_from(class.as_u64()?).ok()?),
        Value::Null => Answer::Values(Vec::new()),
        values => Answer::Values(narrow(&numbers(values)?)),
    };
    let prediction = narrow(&numbers(&object["prediction"])?);
    Some(Golden {
        case: Case { loss: loss.to_owned(), options, prediction, target },
        value: object["value"].as_f64()?,
        gradient: numbers(&object["gradient"])?,
    })
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}

/// The inputs of golden cases are numbers that `f32` holds exactly.
fn narrow(values: &[f64]) -> Vec<f32> {
    values
        .iter()
        .map(|&value| {
            assert!(f64::from(value as f32) == value, "{value} is not an f32");
            value as f32
        })
        .collect()
}
