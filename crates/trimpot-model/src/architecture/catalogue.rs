//! The layers of the core, and how each is written in a network that is text.

use trimpot::for_each_layer;
use trimpot::spec::{Dims, LayerSpec};

use super::{Activation, Architecture, ArchitectureError, Between};

/// A layer of the core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListedLayer {
    /// The name of its kind, as a model file has it: `Conv2d`.
    pub name: &'static str,
    /// What it is, in short.
    pub summary: &'static str,
    /// How it is written.
    pub written: Written,
}

/// How a layer is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    /// By its name, sizes and settings.
    As(Grammar),
    /// Not at all.
    Not {
        /// Why.
        reason: &'static str,
    },
}

/// How a layer is written, and what it does to shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// Names and sizes: `conv CHANNELS KERNEL`; several, if there are several ways.
    pub ways: &'static [&'static str],
    /// What becomes of the shape of its input.
    pub shapes: &'static str,
    /// Its name in PyTorch's `nn`; empty if there is none.
    pub pytorch: &'static str,
    /// A network that ends with it.
    pub example: &'static str,
}

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

/// Returns all layers of the core, in the order of its registry.
#[must_use]
pub fn catalogue() -> Vec<ListedLayer> {
    macro_rules! list {
        ($($(#[doc = $doc:literal])* $name:ident: $spec:ty;)*) => {vec![$({
            let name = stringify!($name);
            ListedLayer { name, summary: concat!($($doc),*).trim_ascii(), written: written(name) }
        }),*]};
    }
    for_each_layer!(list)
}

/// Returns the layers of a name: as it is written (`conv`, of sequences and of images), that of its
/// kind (`Conv2d`) or PyTorch's (`nn.Linear`). Case, `_` and what is before a dot do not count.
#[must_use]
pub fn find(name: &str) -> Vec<ListedLayer> {
    let plain = |name: &str| {
        let name = name.rsplit('.').next().unwrap_or_default().replace('_', "");
        name.to_ascii_lowercase()
    };
    let wanted = plain(name);
    let is_it = |listed: &ListedLayer| {
        plain(listed.name) == wanted
            || match listed.written {
                Written::As(grammar) => {
                    plain(grammar.pytorch) == wanted
                        || grammar.names().any(|name| plain(name) == wanted)
                }
                Written::Not { .. } => false,
            }
    };
    catalogue().into_iter().filter(is_it).collect()
}

/// Returns how all layers but activations are written, in one line.
pub(super) fn ways() -> String {
    let mut all: Vec<&str> = Vec::new();
    for listed in catalogue() {
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

impl ListedLayer {
    /// Returns whether it is an activation.
    #[must_use]
    pub fn is_activation(&self) -> bool {
        Activation::ALL.iter().any(|activation| activation.spec().name() == self.name)
    }
}

impl Grammar {
    /// Returns the names, without sizes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let name = |way: &&'static str| way.split([' ', '(']).next().unwrap_or_default();
        self.ways.iter().map(name)
    }

    /// Returns what the layer does in its example, as the core computes it.
    ///
    /// # Errors
    /// If the example is no network, which the tests do not let pass.
    pub fn figures(&self) -> Result<ExampleFigures, String> {
        let example: Architecture =
            self.example.parse().map_err(|error: ArchitectureError| error.to_string())?;
        let layers = example.layers(Between::default())?;
        let mut first = layers.specs.len() - 1;
        // The layer that has the last one inside, if there is one.
        if let Some(around) = layers.specs.iter().position(|layer| layer.has_inside()) {
            first = around;
        }
        let [before, this] =
            layers.specs.split_at_checked(first).map_or([&[][..]; 2], |(a, b)| [a, b]);
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
}

const CONV: &[&str] = &["conv CHANNELS KERNEL", "depthwise KERNEL"];
const MAX_POOL: &[&str] = &["max_pool WINDOW", "pool WINDOW"];
const AVERAGE_POOL: &[&str] = &["average_pool WINDOW"];

fn written(name: &str) -> Written {
    let grammar =
        |ways, shapes, pytorch, example| Written::As(Grammar { ways, shapes, pytorch, example });
    match name {
        "Dense" => grammar(
            &["dense OUTPUTS"],
            "N becomes OUTPUTS; an input of another shape is flattened before.",
            "Linear",
            "64, dense 32",
        ),
        "Conv1d" => grammar(
            CONV,
            "CxL becomes CHANNELSxM, with M = (L + padding - dilation * (KERNEL - 1) - 1) / stride + 1, \
             rounded down; padding is that of both sides. depthwise has CHANNELS = C = groups.",
            "Conv1d",
            "3x32, conv 8 5 stride=2",
        ),
        "Conv2d" => grammar(
            CONV,
            "CxHxW becomes CHANNELSxH'xW', with H' = (H + padding - dilation * (KERNEL - 1) - 1) / stride + \
             1, rounded down, and W' alike; KERNEL and settings are numbers, or one for each direction: \
             10x4. depthwise has CHANNELS = C = groups.",
            "Conv2d",
            "1x28x28, conv 8 3x3",
        ),
        "MaxPool1d" => grammar(
            MAX_POOL,
            "CxL becomes CxM, as in conv, with the stride of WINDOW unless said otherwise.",
            "MaxPool1d",
            "1x32, conv 8 5, pool 2",
        ),
        "MaxPool2d" => grammar(
            MAX_POOL,
            "CxHxW becomes CxH'xW', as in conv, with the stride of WINDOW unless said otherwise.",
            "MaxPool2d",
            "1x28x28, conv 8 3x3, pool 2",
        ),
        "AveragePool1d" => grammar(
            AVERAGE_POOL,
            "CxL becomes CxM, as in conv, with the stride of WINDOW unless said otherwise.",
            "AvgPool1d",
            "1x32, conv 8 5, average_pool 2",
        ),
        "AveragePool2d" => grammar(
            AVERAGE_POOL,
            "CxHxW becomes CxH'xW', as in conv, with the stride of WINDOW unless said otherwise.",
            "AvgPool2d",
            "1x28x28, conv 8 3x3, average_pool 2",
        ),
        "GlobalAveragePool" => grammar(
            &["global_average_pool"],
            "CxL and CxHxW become C.",
            "AdaptiveAvgPool2d",
            "1x28x28, conv 8 3x3, global_average_pool",
        ),
        "LayerNorm" => grammar(
            &["layer_norm"],
            "Stays; each row of the last size is normalised by itself.",
            "LayerNorm",
            "64, dense 32, layer_norm",
        ),
        "Flatten" => grammar(
            &["flatten"],
            "Becomes a vector of as many numbers.",
            "Flatten",
            "1x28x28, conv 8 3x3, flatten",
        ),
        "Reshape" => grammar(
            &["reshape SHAPE"],
            "Becomes SHAPE, of as many numbers.",
            "Unflatten",
            "4, dense 64, reshape 1x8x8",
        ),
        "Dropout" => grammar(&["dropout P"], "Stays.", "Dropout", "64, dense 32, dropout 0.1"),
        "Residual" => grammar(
            &["residual(LAYERS)"],
            "Stays, and has to stay within: the input is added to the output of LAYERS.",
            "",
            "64, residual(dense 64, relu)",
        ),
        "BatchNorm" => Written::Not {
            reason: "It takes statistics of the data, which training does not measure inside of a network: \
                     take layer_norm.",
        },
        "Embedding" => Written::Not {
            reason: "It cannot be trained on the PC yet: training adds up the gradient of a parameter once \
                     a sample, and rows of a table come again.",
        },
        "Frozen" => Written::Not { reason: "A text has no numbers to freeze." },
        "Custom" => Written::Not { reason: "A text has no formula of an activation of one's own." },
        name => activation(name),
    }
}

fn activation(name: &str) -> Written {
    let (pytorch, ways, example): (_, &'static [&'static str], _) = match name {
        "Relu" => ("ReLU", &["relu"], "64, dense 32, relu"),
        "LeakyRelu" => ("LeakyReLU", &["leaky_relu"], "64, dense 32, leaky_relu"),
        "Elu" => ("ELU", &["elu"], "64, dense 32, elu"),
        "Gelu" => ("GELU", &["gelu"], "64, dense 32, gelu"),
        "GeluTanh" => ("GELU (tanh)", &["gelu_tanh"], "64, dense 32, gelu_tanh"),
        "Silu" => ("SiLU", &["silu"], "64, dense 32, silu"),
        "Sigmoid" => ("Sigmoid", &["sigmoid"], "64, dense 32, sigmoid"),
        "Tanh" => ("Tanh", &["tanh"], "64, dense 32, tanh"),
        "Softplus" => ("Softplus", &["softplus"], "64, dense 32, softplus"),
        "Softsign" => ("Softsign", &["softsign"], "64, dense 32, softsign"),
        "HardSigmoid" => ("Hardsigmoid", &["hard_sigmoid"], "64, dense 32, hard_sigmoid"),
        "HardSwish" => ("Hardswish", &["hard_swish"], "64, dense 32, hard_swish"),
        "HardTanh" => ("Hardtanh", &["hard_tanh"], "64, dense 32, hard_tanh"),
        _ => return Written::Not { reason: "Nobody has said yet how it is written." },
    };
    Written::As(Grammar { ways, shapes: "Stays.", pytorch, example })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_says_how_it_is_written_and_its_example_ends_with_it() {
        for listed in catalogue() {
            assert!(!listed.summary.is_empty(), "{}", listed.name);
            let Written::As(grammar) = listed.written else { continue };
            let figures = grammar.figures().unwrap();
            assert_eq!(figures.layer.name(), listed.name, "{}", grammar.example);
            let last = grammar.example.split(", ").last().unwrap();
            let name = last.split([' ', '(']).next().unwrap();
            assert!(grammar.names().any(|other| other == name) || listed.name == "Residual");
            for way in grammar.ways {
                let name = way.split([' ', '(']).next().unwrap();
                assert!(find(name).contains(&listed), "{name}");
            }
        }
        let unwritten = catalogue().into_iter().filter_map(|listed| match listed.written {
            Written::Not { .. } => Some(listed.name),
            Written::As(_) => None,
        });
        let unwritten: Vec<_> = unwritten.collect();
        assert_eq!(unwritten, ["BatchNorm", "Embedding", "Custom", "Frozen"]);
    }

    #[test]
    fn shapes_and_parameters_of_examples_are_those_of_the_core() {
        let figures = |name: &str| match find(name)[0].written {
            Written::As(grammar) => grammar.figures().unwrap(),
            Written::Not { reason } => panic!("{reason}"),
        };
        let conv = figures("Conv2d");
        assert_eq!((conv.input, conv.output), (Dims::image(1, 28, 28), Dims::image(8, 26, 26)));
        assert_eq!(conv.parameters, 8 * 9 + 8);
        let residual = figures("residual");
        assert_eq!((residual.output, residual.parameters), (Dims::vector(64), 64 * 65));
    }

    #[test]
    fn a_layer_is_found_however_it_is_named() {
        let names = |name: &str| find(name).iter().map(|listed| listed.name).collect::<Vec<_>>();
        assert_eq!(names("conv"), ["Conv1d", "Conv2d"]);
        assert_eq!(names("nn.Linear"), ["Dense"]);
        assert_eq!(names("torch.nn.LeakyReLU"), ["LeakyRelu"]);
        assert_eq!(names("batch_norm"), ["BatchNorm"]);
        assert_eq!(names("POOL"), ["MaxPool1d", "MaxPool2d"]);
        assert!(names("densse").is_empty());
    }
}
