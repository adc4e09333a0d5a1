//! A header of C: the tensors of a model, as arrays.

use std::iter;

use super::{ExportError, Node, description, extractor, line, nodes, table};
use crate::file::StoredModel;

/// Returns a header of C99 with all tensors of a model, whose names begin with `name`: arrays
/// `name_0_weight`, and macros `NAME_0_WEIGHT_SIZE`. `source` is where the model is from.
///
/// How the layers compute is a comment: their names, settings and shapes. Rows of a dense layer are
/// outputs, filters of a convolution are channels of the output, then of the input, then rows.
///
/// # Errors
/// If the layers make no network.
pub fn c_header(model: &StoredModel, name: &str, source: &str) -> Result<String, ExportError> {
    let nodes = nodes(model)?;
    let name = identifier(name);
    let upper = name.to_ascii_uppercase();
    let mut text = String::new();
    line(&mut text, "/*");
    for described in description(model, source, &nodes) {
        line(&mut text, format!(" * {}", described.replace("*/", "* /")));
    }
    line(&mut text, " *");
    line(
        &mut text,
        " * Row by row: a weight has outputs, then inputs, then the places of its window.",
    );
    if extractor(model)?.is_some() {
        line(
            &mut text,
            " * Inputs are features: the front end, which makes them of recordings, is not here.",
        );
    }
    line(&mut text, " */");
    line(&mut text, format!("#ifndef {upper}_H\n#define {upper}_H\n"));
    line(&mut text, format!("#define {upper}_INPUTS {}", model.layers.input.count()));
    line(&mut text, format!("#define {upper}_OUTPUTS {}", model.layers.outputs()));
    let about = &model.about;
    for (what, names) in [
        ("classes", &about.classes[..]),
        ("features", &about.features),
        ("targets", about.target_names()),
    ] {
        if !names.is_empty() {
            let size = format!("{upper}_{}", what.to_ascii_uppercase());
            line(&mut text, format!("\n#define {size} {}", names.len()));
            line(&mut text, format!("static const char *const {name}_{what}[{size}] = {{"));
            names.iter().for_each(|name| line(&mut text, format!("    \"{}\",", escaped(name))));
            line(&mut text, "};");
        }
    }
    if let Some(threshold) = about.threshold {
        line(&mut text, "\n/* What scores above it is anomalous. */");
        line(&mut text, format!("#define {upper}_THRESHOLD {threshold:?}f"));
    }
    if !about.centre.is_empty() {
        line(&mut text, "\n/* Outputs are compared with it. */");
        array(&mut text, &format!("{name}_centre"), &about.centre);
    }
    tensors(&mut text, &name, &nodes);
    line(&mut text, "\n#endif");
    Ok(text)
}

/// Appends the tensors of layers.
fn tensors(text: &mut String, name: &str, nodes: &[Node<'_>]) {
    for node in nodes {
        if !node.tensors.is_empty() {
            line(text, format!("\n/* {node} */"));
        }
        for tensor in &node.tensors {
            let sizes: Vec<String> = tensor.sizes.iter().map(u32::to_string).collect();
            line(text, format!("/* {}.{}: {} */", node.path, tensor.name, sizes.join(" x ")));
            let array_name = format!("{name}_{}_{}", node.identifier(), tensor.name);
            array(text, &array_name, tensor.numbers);
        }
        tensors(text, name, &node.inside);
    }
}

/// Appends an array, and a macro for its size.
fn array(text: &mut String, name: &str, numbers: &[f32]) {
    let size = format!("{}_SIZE", name.to_ascii_uppercase());
    line(text, format!("#define {size} {}", numbers.len()));
    line(text, format!("static const float {name}[{size}] = {{"));
    text.push_str(&table(numbers, "f"));
    line(text, "};");
}

/// Returns a name as an identifier: letters, digits and `_`, none of the digits first.
fn identifier(name: &str) -> String {
    let part = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = name.chars().map(part).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { format!("model_{name}") }
}

/// Returns what stands in a string: bytes that are no letters of ASCII as three octal digits, so
/// that no compiler takes them for something else.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| -> Box<dyn Iterator<Item = char>> {
        match byte {
            b'"' | b'\\' | b'?' => Box::new(['\\', char::from(byte)].into_iter()),
            b' '..=b'~' => Box::new(iter::once(char::from(byte))),
            _ => Box::new(format!("\\{byte:03o}").chars().collect::<Vec<_>>().into_iter()),
        }
    };
    text.bytes().flat_map(escape).collect()
}
