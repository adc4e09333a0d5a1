//! The layers of the core, and how each is written in a network that is text.

use trimpot::ParameterError;
use trimpot::layer::HardTanh;
pub use trimpot::layer::kind::{Grammar, LAYERS, ListedLayer, Written};
use trimpot::spec::{Dims, LayerSpec};

use super::{Architecture, ArchitectureError, Between};

/// What a layer does in its example.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleFigures {
    /// The layer.
    pub layer: LayerSpec,
    /// The shape of its input.
    pub input: Dims,
    /// The shape of its output.
    pub output: Dims,
    /// Its parameters, with those of layers inside.
    pub parameters: usize,
}

/// A name for a hard tanh between 0 and 6, which PyTorch and Keras have.
pub const RELU6: &str = "relu6";

/// Returns the layer of that name.
pub(super) fn relu6() -> Result<LayerSpec, ParameterError> {
    HardTanh::between(0.0, 6.0).map(LayerSpec::HardTanh)
}

/// Returns the layers of a name: as it is written (`conv`, of sequences and of images), that of its
/// kind (`Conv2d`), PyTorch's (`nn.Linear`) or [`RELU6`]. Case, `_` and what is before a dot do not
/// count.
#[must_use]
pub fn find(name: &str) -> Vec<ListedLayer> {
    let plain = |name: &str| {
        let name = name.rsplit('.').next().unwrap_or_default().replace('_', "");
        name.to_ascii_lowercase()
    };
    let wanted = plain(name);
    let is_it = |listed: &ListedLayer| {
        plain(listed.name) == wanted
            || listed.name == "HardTanh" && wanted == RELU6
            || match listed.written {
                Written::As(grammar) => {
                    plain(grammar.pytorch) == wanted
                        || grammar.names().any(|name| plain(name) == wanted)
                }
                Written::Not { .. } => false,
            }
    };
    LAYERS.iter().copied().filter(is_it).collect()
}

/// Returns how all layers but activations are written, in one line.
pub(super) fn ways() -> String {
    let mut all: Vec<&str> = Vec::new();
    for listed in LAYERS {
        match listed.written {
            Written::As(grammar) if !listed.is_activation() => {
                all.extend(
                    grammar.ways.iter().filter(|way| !all.contains(way)).collect::<Vec<_>>(),
                );
            }
            _ => {}
        }
    }
    format!("{}, or an activation", all.join(", "))
}

/// Returns what the layer does in its example, as the core computes it.
///
/// # Errors
/// If the example is no network, which the tests do not let pass.
pub fn figures(grammar: Grammar) -> Result<ExampleFigures, String> {
    let example: Architecture =
        grammar.example.parse().map_err(|error: ArchitectureError| error.to_string())?;
    let layers = example.layers(Between::default())?;
    let mut first = layers.specs.len() - 1;
    // The layer that has the last one inside, if there is one.
    if let Some(around) = layers.specs.iter().position(|layer| layer.has_inside()) {
        first = around;
    }
    let [before, this] = layers.specs.split_at_checked(first).map_or([&[][..]; 2], |(a, b)| [a, b]);
    let spec = |input, layers| trimpot::spec::NetworkSpec { input, layers };
    let text = |error: trimpot::spec::SpecError| error.to_string();
    let input = match before {
        [] => layers.input,
        before => spec(layers.input, before).output().map_err(text)?,
    };
    let this = spec(input, this);
    let layer = *this.layers.first().ok_or("the example has no layer")?;
    Ok(ExampleFigures {
        layer,
        input,
        output: this.output().map_err(text)?,
        parameters: this.parameters(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_says_how_it_is_written_and_its_example_ends_with_it() {
        for listed in LAYERS {
            assert!(!listed.summary.is_empty(), "{}", listed.name);
            let Written::As(grammar) = listed.written else { continue };
            let figures = figures(grammar).unwrap();
            assert_eq!(figures.layer.name(), listed.name, "{}", grammar.example);
            let last = grammar.example.split(", ").last().unwrap();
            let name = last.split([' ', '(']).next().unwrap();
            assert!(grammar.names().any(|other| other == name) || listed.name == "Residual");
            for way in grammar.ways {
                let name = way.split([' ', '(']).next().unwrap();
                assert!(find(name).contains(listed), "{name}");
            }
        }
        let unwritten = LAYERS.iter().filter_map(|listed| match listed.written {
            Written::Not { .. } => Some(listed.name),
            Written::As(_) => None,
        });
        let unwritten: Vec<_> = unwritten.collect();
        assert_eq!(unwritten, ["Embedding", "Custom", "Shortcut", "Frozen"]);
    }

    #[test]
    fn shapes_and_parameters_of_examples_are_those_of_the_core() {
        let figures_of = |name: &str| match find(name)[0].written {
            Written::As(grammar) => figures(grammar).unwrap(),
            Written::Not { reason } => panic!("{reason}"),
        };
        let conv = figures_of("Conv2d");
        assert_eq!((conv.input, conv.output), (Dims::image(1, 28, 28), Dims::image(8, 26, 26)));
        assert_eq!(conv.parameters, 8 * 9 + 8);
        let residual = figures_of("residual");
        assert_eq!((residual.output, residual.parameters), (Dims::vector(64), 64 * 65));
    }

    #[test]
    fn a_layer_is_found_however_it_is_named() {
        let names = |name: &str| find(name).iter().map(|listed| listed.name).collect::<Vec<_>>();
        assert_eq!(names("conv"), ["Conv1d", "Conv2d"]);
        assert_eq!(names("nn.Linear"), ["Dense"]);
        assert_eq!(names("torch.nn.LeakyReLU"), ["LeakyRelu"]);
        assert_eq!(names("batch_norm"), ["BatchNorm"]);
        assert_eq!(names("nn.ReLU6"), ["HardTanh"]);
        assert_eq!(names("POOL"), ["MaxPool1d", "MaxPool2d"]);
        assert!(names("densse").is_empty());
    }
}
