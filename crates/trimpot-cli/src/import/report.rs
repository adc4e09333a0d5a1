//! What was found in a file of another framework.

use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_model::architecture::written;
use trimpot_model::file::About;
use trimpot_model::import::{Ending, Imported};

use super::outputs;
use crate::table::Table;
use crate::terminal::counted;

/// Returns the layers, a line each, and what else there is to know.
pub(super) fn lines(imported: &Imported, about: &About) -> Vec<String> {
    let layers = &imported.layers;
    let mut table = Table::new(["layer", "from", "output", "numbers"], 2);
    table.add(["input", "", &layers.input.to_string(), ""]);
    let mut dims = layers.input;
    // Where layers with others inside end, and the shape with which shortcuts begin.
    let mut ends: Vec<(usize, Option<Dims>)> = Vec::new();
    for (at, (&spec, place)) in layers.specs.iter().zip(&imported.places).enumerate() {
        while let Some(&(end, begun)) = ends.last()
            && end == at
        {
            ends.pop();
            dims = begun.unwrap_or(dims);
        }
        let indent = "  ".repeat(ends.len());
        if spec.has_inside() {
            let begun = matches!(spec, LayerSpec::Shortcut(_)).then_some(dims);
            ends.push((at + 1 + spec.inside(), begun));
        }
        dims = output(dims, spec);
        let numbers = NetworkSpec { input: dims, layers: &[spec] };
        let numbers = numbers.parameters() + numbers.constants();
        let numbers = if numbers == 0 { String::new() } else { numbers.to_string() };
        let layer = match spec {
            LayerSpec::Frozen(_) => "frozen".to_owned(),
            spec => written(spec),
        };
        table.add([indent + &layer, place.clone(), dims.to_string(), numbers]);
    }
    let mut lines: Vec<String> = table.to_string().lines().map(str::to_owned).collect();
    let constants = match layers.constants.len() {
        0 => String::new(),
        count => format!(", and {} that training does not change", counted(count, "number")),
    };
    let parameters = counted(imported.parameters.len(), "parameter");
    lines.push(format!("{}, {parameters}{constants}", outputs(layers.outputs())));
    match imported.ending {
        Some(Ending::Logit) => {}
        Some(ending) => lines.push(format!(
            "the {ending} at the end is left out: outputs are logits, of which a loss takes the softmax"
        )),
        None => {}
    }
    let task = match about.task {
        Some(task) => format!("task {task}"),
        None if layers.outputs() == 1 => {
            "what the output says is not known: add --task numbers, or --task classes if it tells two classes apart"
                .to_owned()
        }
        None => "what outputs say is not known: --task or --classes says it".to_owned(),
    };
    let loss = about.loss.as_ref().map_or(String::new(), |loss| format!(", loss {loss}"));
    lines.push(task + &loss);
    lines.extend(imported.notes.iter().map(|note| format!("note: {note}")));
    if matches!(imported.ending, Some(Ending::Sigmoid | Ending::Logit)) {
        lines.push(
            "--task numbers, or a --loss of one output such as bce, keeps one output".to_owned(),
        );
    }
    lines
}

/// Returns the output of a layer of a network that is one.
fn output(input: Dims, spec: LayerSpec) -> Dims {
    match spec.has_inside() {
        true => input,
        false => spec.output(input).unwrap_or(input),
    }
}
