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

/// Returns the cases of a file.
///
/// # Panics
/// If a line is not a golden case.
#[must_use]
pub fn parse(lines: &str) -> Vec<Golden> {
    let golden = |(index, line): (usize, &str)| {
        let object: Value = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("golden case in line {}: {error}", index + 1));
        golden(&object).unwrap_or_else(|| panic!("line {} is no golden case: {line}", index + 1))
    };
    lines.lines().enumerate().map(golden).collect()
}

fn golden(object: &Value) -> Option<Golden> {
    let options = Options(object["options"].as_object()?.clone());
    let loss = match object["loss"].as_str()? {
        // One name for both in the file, as in PyTorch; two losses in the core.
        "cross_entropy" if options.0.contains_key("soft_target") => "soft_cross_entropy",
        "kl_divergence" if options.0.get("from_logits") == Some(&Value::Bool(true)) => {
            "kl_divergence_with_logits"
        }
        name => name,
    };
    let (rows, prediction) = join_rows(&object["prediction"])?;
    let target = match (loss, answer(&object["target"])?) {
        ("multilabel_margin", Answer::Values(labels)) => Answer::Values(membership(&labels)),
        (_, target) => target,
    };
    let case =
        Case { loss: loss.to_owned(), options, rows, prediction: narrow(&prediction), target };
    let (_, gradient) = join_rows(&object["gradient"])?;
    Some(Golden { case, value: object["value"].as_f64()?, gradient })
}

/// Returns what a prediction is compared with. A list of whole numbers may be labels or values: the
/// losses that want labels are few, and say so by asking.
fn answer(target: &Value) -> Option<Answer> {
    let number = |name: &str| Some(target.get(name)?.as_f64()? as f32);
    Some(match target {
        Value::Null => Answer::Nothing,
        Value::Number(class) if class.is_u64() => Answer::Class(class.as_u64()?.try_into().ok()?),
        Value::Number(number) => Answer::Number(number.as_f64()? as f32),
        Value::Object(_) => Answer::Action {
            action: u32::try_from(target.get("action")?.as_u64()?).ok()?,
            advantage: number("advantage")?,
            old_log_probability: number("old_log_probability").unwrap_or(0.0),
        },
        values => Answer::Values(narrow(&numbers(values)?)),
    })
}

/// 1 for each label that is listed before the first −1, 0 for the others: PyTorch's list of labels,
/// as long as there are labels, as the core takes it.
fn membership(labels: &[f32]) -> Vec<f32> {
    let listed: Vec<f32> = labels.iter().copied().take_while(|&label| label >= 0.0).collect();
    (0..labels.len()).map(|label| f32::from(u8::from(listed.contains(&(label as f32))))).collect()
}

/// Returns the rows of a prediction or gradient, one after the other: of a list of rows, or of an
/// object that has one or several for each role.
fn join_rows(value: &Value) -> Option<(usize, Vec<f64>)> {
    let parts: Vec<&Value> = match value {
        Value::Object(roles) => roles.values().collect(),
        Value::Array(rows) if rows.first().is_some_and(Value::is_array) => rows.iter().collect(),
        row => return Some((1, numbers(row)?)),
    };
    let mut all = (0, Vec::new());
    for part in parts {
        let (count, numbers) = join_rows(part)?;
        all.0 += count;
        all.1.extend(numbers);
    }
    Some(all)
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
