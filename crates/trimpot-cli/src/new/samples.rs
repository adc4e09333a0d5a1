//! Samples for the test on the board, with what the PC computes of them.

use std::fmt::Write;

use trimpot::interpreter::Interpreter;
use trimpot::metric::argmax;
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Random;
use trimpot::spec::LayerSpec;
use trimpot_model::export::ExportError;
use trimpot_model::file::{ModelTask, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_model::standardization::{self, Standardization};

/// How many there are.
const SAMPLES: usize = 3;

/// Returns the module `expected`: samples, the bits of the outputs for them, and what they are
/// learned as.
///
/// # Errors
/// If the network cannot be computed.
pub fn expected(model: &StoredModel, source: &str) -> Result<String, ExportError> {
    let StoredModel { layers, parameters, about } = model;
    let mut random = Random::new(1);
    let features: Vec<_> = (0..SAMPLES).map(|_| sample(layers, &mut random)).collect();
    let spec = layers.spec();
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps)?;
    let mut arena = vec![0.0_f32; plan.inference_values()];
    let interpreter = Interpreter::new(plan, &layers.constants).expect("it has its constants");
    let predict = |features: &Vec<f32>| {
        let outputs = interpreter.predict(parameters, features, &mut arena);
        outputs.expect("the lengths are right").to_vec()
    };
    let outputs: Vec<Vec<f32>> = features.iter().map(predict).collect();

    let mut text = format!(
        "//! Samples, and what the PC computes of them with {source:?}: `trimpot new` has written it.\n\n"
    );
    let allow = "#[allow(clippy::approx_constant, clippy::excessive_precision, reason = \"any numbers\")]\n";
    let bits = |outputs: &Vec<f32>| -> Vec<String> {
        outputs.iter().map(|output| format!("0x{:08x}", output.to_bits())).collect()
    };
    let numbers = |numbers: &Vec<f32>| -> Vec<String> {
        numbers.iter().map(|number| format!("{number:?}")).collect()
    };
    let rows: Vec<_> = features.iter().map(numbers).collect();
    array(&mut text, "Samples", allow, "FEATURES", "f32", &rows);
    let rows: Vec<_> = outputs.iter().map(bits).collect();
    text.push('\n');
    array(&mut text, "The bits of the outputs for them", "", "OUTPUTS", "u32", &rows);
    match about.task {
        Some(ModelTask::Anomalies) => {}
        Some(ModelTask::Numbers) => {
            let unit = Standardization::undone_by(layers).map(|scale| scale.deviation);
            let unit = |output: usize| unit.as_ref().map_or(1.0, |unit| unit[output]);
            let other = |outputs: &Vec<f32>| {
                outputs.iter().enumerate().map(|(at, &output)| output + unit(at)).collect()
            };
            let rows: Vec<_> = outputs.iter().map(other).map(|row| numbers(&row)).collect();
            text.push('\n');
            array(
                &mut text,
                "What they are learned as: other numbers",
                allow,
                "TARGETS",
                "f32",
                &rows,
            );
        }
        Some(ModelTask::Classes) | None => {
            // Those that have names; all, if none has.
            let classes = about.classes.len();
            let classes = if classes == 0 { layers.outputs() } else { classes };
            let other = |outputs: &Vec<f32>| (argmax(&outputs[..classes]) + 1) % classes;
            let labels: Vec<_> = outputs.iter().map(other).collect();
            let _ = writeln!(
                text,
                "\n/// What they are learned as: another class than that of the largest output.\n\
                 pub const TARGETS: [u32; {SAMPLES}] = {labels:?};"
            );
        }
    }
    Ok(text)
}

/// Returns a sample such as the model may get: of features of mean 0 and deviation 1 behind what it
/// does to them first, and of indices where it takes such.
fn sample(layers: &Layers, random: &mut Random) -> Vec<f32> {
    let count = layers.input.count();
    let rows = layers.specs.iter().find_map(|spec| match spec {
        LayerSpec::Embedding(spec) => Some(spec.rows as usize),
        _ => None,
    });
    if let Some(rows) = rows {
        return (0..count).map(|_| random.below(rows) as f32).collect();
    }
    let standardization = Standardization::of(layers);
    let factor = standardization::factor(layers).unwrap_or(1.0);
    (0..count)
        .map(|at| {
            let number = random.normal();
            let Some(Standardization { mean, deviation }) = &standardization else {
                return number / factor;
            };
            let channel = at * mean.len() / count;
            mean[channel] + deviation[channel] * number
        })
        .collect()
}

/// Appends an array of rows.
fn array(text: &mut String, what: &str, allow: &str, name: &str, of: &str, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let _ = writeln!(
        text,
        "/// {what}.\n#[rustfmt::skip]\n{allow}pub static {name}: [[{of}; {columns}]; {}] = [",
        rows.len()
    );
    for row in rows {
        let _ = writeln!(text, "    [");
        for line in row.chunks(8) {
            let _ = writeln!(text, "        {},", line.join(", "));
        }
        let _ = writeln!(text, "    ],");
    }
    text.push_str("];\n");
}
