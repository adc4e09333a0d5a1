//! PyTorch: tensors that load into an `nn.Sequential`, and that module, as a line of Python.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView, serialize};
use trimpot::layer::{ConvSpec, WindowSpec};
use trimpot::spec::{LayerSpec, Value};

use super::nodes::Tensor;
use super::{ExportError, Node, nodes};
use crate::file::{StoredModel, in_order};

/// The class of residual connections, which PyTorch has none of, in Python.
const RESIDUAL: &str = "\
class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)
";

/// The class of those with a shortcut, which is their first module.
const RESIDUAL_WITH: &str = "\
class ResidualWith(nn.Sequential):
    def forward(self, x):
        shortcut, *layers = self
        return shortcut(x) + nn.Sequential(*layers)(x)
";

/// What PyTorch needs of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct StateDict {
    /// A file of safetensors. Its metadata have the module under the key `module`.
    pub file: Vec<u8>,
    /// The module in Python, whose `load_state_dict` takes all tensors of the file and misses none:
    /// `nn.Sequential(nn.Linear(64, 10))`.
    pub module: String,
    /// The classes in Python that the module has and PyTorch has not, those of residual connections:
    /// they go before it.
    pub classes: String,
}

/// A module in Python, and its tensors with the names that it gives them.
struct Module<'n, 'a> {
    text: String,
    tensors: Vec<(String, &'n Tensor<'a>)>,
    /// The names of counters of batches.
    counters: Vec<String>,
}

impl<'n, 'a> Module<'n, 'a> {
    /// One of PyTorch's, with the tensors of a layer.
    fn new(node: &'n Node<'a>, text: String) -> Self {
        let tensors = node.tensors.iter().map(|tensor| (tensor.name.to_owned(), tensor));
        Module { text, tensors: tensors.collect(), counters: Vec::new() }
    }

    /// One without tensors.
    fn bare(text: impl Into<String>) -> Self {
        Module { text: text.into(), tensors: Vec::new(), counters: Vec::new() }
    }

    /// Modules one after another, of this class.
    fn sequential(class: &str, modules: Vec<Self>) -> Self {
        let mut all = Module::bare("");
        let mut texts = Vec::new();
        for (number, module) in modules.into_iter().enumerate() {
            let name = |name: String| format!("{number}.{name}");
            texts.push(module.text);
            all.tensors.extend(module.tensors.into_iter().map(|(of, tensor)| (name(of), tensor)));
            all.counters.extend(module.counters.into_iter().map(name));
        }
        all.text = format!("{class}({})", texts.join(", "));
        all
    }
}

/// Returns the parameters and statistics of a model as PyTorch's `state_dict`, and the module that
/// loads it and computes the same in `eval` mode. What features go through first is in it.
///
/// A model file has the same names where each layer is one module; here are counters of batches, too,
/// and where PyTorch's layer cannot pad by itself, names are those of a module that pads before it.
/// Indices of an embedding are whole numbers in PyTorch, all of them rows of its table. PyTorch's
/// `requires_grad` is no part of a state: what is frozen here is not frozen there.
///
/// # Errors
/// If the layers make no network, or PyTorch has nothing that does what one of them does.
pub fn state_dict(model: &StoredModel) -> Result<StateDict, ExportError> {
    let nodes = nodes(model)?;
    let modules = nodes.iter().map(module).collect::<Result<_, _>>()?;
    let module = Module::sequential("nn.Sequential", modules);
    let bytes = |tensor: &Tensor<'_>| -> Vec<u8> {
        tensor.numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    };
    let sizes = |tensor: &Tensor<'_>| tensor.sizes.iter().map(|&size| size as usize).collect();
    let tensors = module.tensors.into_iter();
    let tensors = tensors.map(|(name, tensor)| (name, Dtype::F32, sizes(tensor), bytes(tensor)));
    let counters = module.counters.into_iter();
    let counters = counters.map(|name| (name, Dtype::I64, Vec::new(), vec![0; size_of::<i64>()]));
    let all: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = tensors.chain(counters).collect();
    let views = all.iter().map(|(name, dtype, sizes, bytes)| {
        Ok((name, TensorView::new(*dtype, sizes.clone(), bytes)?))
    });
    let texts = [("format", "pt"), ("module", &module.text)];
    let metadata: HashMap<_, _> =
        texts.into_iter().map(|(key, text)| (key.to_owned(), text.to_owned())).collect();
    let views = views.collect::<Result<Vec<_>, ExportError>>()?;
    let file = in_order(serialize(views, Some(metadata))?)?;
    let classes = [("Residual(", RESIDUAL), ("ResidualWith(", RESIDUAL_WITH)];
    let used = classes.iter().filter(|(call, _)| module.text.contains(call));
    let classes: Vec<&str> = used.map(|&(_, class)| class).collect();
    Ok(StateDict { file, classes: classes.join("\n"), module: module.text })
}

fn module<'n, 'a>(node: &'n Node<'a>) -> Result<Module<'n, 'a>, ExportError> {
    let refused = |reason| Err(ExportError::of_layer(node, "PyTorch's state", reason));
    let inside = || node.inside.iter().map(module).collect::<Result<Vec<_>, _>>();
    let rank = node.input.sizes().len();
    Ok(match node.spec {
        LayerSpec::Dense(spec) => {
            Module::new(node, format!("nn.Linear({}, {})", spec.inputs, spec.outputs))
        }
        LayerSpec::Conv1d(spec) => convolution(node, spec),
        LayerSpec::Conv2d(spec) => convolution(node, spec),
        LayerSpec::MaxPool1d(spec) => pool("nn.MaxPool1d", spec.window, f32::NEG_INFINITY),
        LayerSpec::MaxPool2d(spec) => pool("nn.MaxPool2d", spec.window, f32::NEG_INFINITY),
        LayerSpec::AveragePool1d(spec) if spec.window.dilation == [1] => {
            pool("nn.AvgPool1d", spec.window, 0.0)
        }
        LayerSpec::AveragePool2d(spec) if spec.window.dilation == [1; 2] => {
            pool("nn.AvgPool2d", spec.window, 0.0)
        }
        LayerSpec::AveragePool1d(_) | LayerSpec::AveragePool2d(_) => {
            return refused("PyTorch's has no dilation");
        }
        LayerSpec::GlobalAveragePool(_) if rank == 1 => Module::bare("nn.Identity()"),
        LayerSpec::GlobalAveragePool(_) => {
            let pool = format!("nn.AdaptiveAvgPool{}d(1)", rank - 1);
            Module::sequential("nn.Sequential", vec![Module::bare(pool), Module::bare(FLATTEN)])
        }
        LayerSpec::BatchNorm(spec) => {
            let class = if rank == 3 { "nn.BatchNorm2d" } else { "nn.BatchNorm1d" };
            let text = format!("{class}({}{})", spec.channels, settings(node, "eps"));
            let counters = vec!["num_batches_tracked".to_owned()];
            Module { counters, ..Module::new(node, text) }
        }
        LayerSpec::LayerNorm(spec) => {
            Module::new(node, format!("nn.LayerNorm({}{})", spec.size, settings(node, "eps")))
        }
        LayerSpec::Embedding(spec) => {
            Module::new(node, format!("nn.Embedding({}, {})", spec.rows, spec.size))
        }
        LayerSpec::Flatten(_) => Module::bare(FLATTEN),
        LayerSpec::Reshape(_) => match (rank, node.output.sizes()) {
            (_, [_]) => Module::bare(FLATTEN),
            (1, sizes) => Module::bare(unflatten(sizes)),
            (_, sizes) => {
                let modules = vec![Module::bare(FLATTEN), Module::bare(unflatten(sizes))];
                Module::sequential("nn.Sequential", modules)
            }
        },
        LayerSpec::Dropout(spec) => Module::bare(format!("nn.Dropout({:?})", spec.p())),
        LayerSpec::Residual(_) => {
            let (shortcut, _) = node.ways();
            let class = if shortcut.is_some() { "ResidualWith" } else { "Residual" };
            Module::sequential(class, inside()?)
        }
        LayerSpec::Frozen(_) | LayerSpec::Shortcut(_) => {
            Module::sequential("nn.Sequential", inside()?)
        }
        LayerSpec::Relu(_) => Module::bare("nn.ReLU()"),
        LayerSpec::LeakyRelu(spec) => {
            Module::bare(format!("nn.LeakyReLU({:?})", spec.negative_slope()))
        }
        LayerSpec::Elu(spec) => Module::bare(format!("nn.ELU({:?})", spec.alpha())),
        LayerSpec::Gelu(_) => Module::bare("nn.GELU()"),
        LayerSpec::GeluTanh(_) => Module::bare("nn.GELU(approximate=\"tanh\")"),
        LayerSpec::Silu(_) => Module::bare("nn.SiLU()"),
        LayerSpec::Sigmoid(_) => Module::bare("nn.Sigmoid()"),
        LayerSpec::Tanh(_) => Module::bare("nn.Tanh()"),
        LayerSpec::Softplus(_) => Module::bare("nn.Softplus()"),
        LayerSpec::Softsign(_) => Module::bare("nn.Softsign()"),
        LayerSpec::HardSigmoid(_) => Module::bare("nn.Hardsigmoid()"),
        LayerSpec::HardSwish(_) => Module::bare("nn.Hardswish()"),
        LayerSpec::HardTanh(spec) => {
            Module::bare(format!("nn.Hardtanh({:?}, {:?})", spec.low(), spec.high()))
        }
        LayerSpec::Custom(_) => return refused("its formula is in no model"),
        _ => return refused("there is no module for it"),
    })
}

const FLATTEN: &str = "nn.Flatten()";

/// Returns the module that gives vectors this shape.
fn unflatten(sizes: &[u32]) -> String {
    let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
    format!("nn.Unflatten(1, ({}))", sizes.join(", "))
}

/// Returns the setting of a layer that has one, under the name that it has in PyTorch, if it is not
/// the default.
fn settings(node: &Node<'_>, name: &str) -> String {
    let arguments = node.spec.arguments();
    let settings = arguments.shown().filter(|argument| argument.default.is_some());
    let reals = settings.filter_map(|argument| match argument.value {
        Value::Real(real) => Some(format!(", {name}={real:?}")),
        _ => None,
    });
    reals.collect()
}

fn convolution<'n, 'a, const D: usize>(node: &'n Node<'a>, spec: ConvSpec<D>) -> Module<'n, 'a> {
    let ConvSpec { in_channels, out_channels, window, groups } = spec;
    let (pad, padding) = match symmetric(window) {
        Some(padding) => (None, padding),
        None => (Some(constant_pad(window, 0.0)), [0; D]),
    };
    let WindowSpec { size, stride, dilation, .. } = window;
    let mut text = format!("nn.Conv{D}d({in_channels}, {out_channels}, {}", tuple(size));
    for (name, value, default) in [
        ("stride", tuple(stride), 1),
        ("padding", tuple(padding), 0),
        ("dilation", tuple(dilation), 1),
        ("groups", tuple([groups]), 1),
    ] {
        if value != default.to_string() {
            text += &format!(", {name}={value}");
        }
    }
    padded(pad, Module::new(node, text + ")"))
}

fn pool<'n, 'a, const D: usize>(
    class: &str,
    window: WindowSpec<D>,
    outside: f32,
) -> Module<'n, 'a> {
    let WindowSpec { size, stride, dilation, .. } = window;
    // PyTorch pads by half of the window at most.
    let padding = symmetric(window)
        .filter(|padding| padding.iter().zip(size).all(|(&padding, size)| padding <= size / 2));
    let (pad, padding) = match padding {
        Some(padding) => (None, padding),
        None => (Some(constant_pad(window, outside)), [0; D]),
    };
    let mut text = format!("{class}({}, stride={}", tuple(size), tuple(stride));
    for (name, values, default) in [("padding", padding, 0), ("dilation", dilation, 1)] {
        if values != [default; D] {
            text += &format!(", {name}={}", tuple(values));
        }
    }
    padded(pad, Module::bare(text + ")"))
}

/// Returns a module with padding in front, if there is any.
fn padded<'n, 'a>(pad: Option<String>, module: Module<'n, 'a>) -> Module<'n, 'a> {
    match pad {
        Some(pad) => Module::sequential("nn.Sequential", vec![Module::bare(pad), module]),
        None => module,
    }
}

/// Returns the padding in each direction, where it is the same on both sides.
fn symmetric<const D: usize>(window: WindowSpec<D>) -> Option<[u32; D]> {
    let is_symmetric = window.padding.iter().all(|[before, behind]| before == behind);
    is_symmetric.then(|| window.padding.map(|[before, _]| before))
}

/// Returns the module that pads. The last direction comes first there.
fn constant_pad<const D: usize>(window: WindowSpec<D>, outside: f32) -> String {
    let sides = window.padding.iter().rev().flatten().map(u32::to_string);
    let sides = sides.collect::<Vec<_>>().join(", ");
    let outside = if outside == 0.0 { "0.0" } else { "float(\"-inf\")" };
    format!("nn.ConstantPad{D}d(({sides}), {outside})")
}

/// Returns one number for each direction, or a single one where they are equal.
fn tuple<const D: usize>(values: [u32; D]) -> String {
    match values.as_slice() {
        [first, others @ ..] if others.iter().all(|other| other == first) => first.to_string(),
        values => {
            let values: Vec<String> = values.iter().map(u32::to_string).collect();
            format!("({})", values.join(", "))
        }
    }
}
