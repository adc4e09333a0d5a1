//! A layer as a type and as a value.

use std::collections::BTreeSet;

use trimpot::layer::{ConvSpec, WindowSpec};
use trimpot::spec::{Dims, LayerSpec, Value};

use super::super::{ExportError, Node, line, table};
use super::{chain, numbers};

/// What is used of `trimpot`, and the items that layers refer to.
#[derive(Default)]
pub(super) struct Types {
    layers: BTreeSet<&'static str>,
    shapes: BTreeSet<&'static str>,
    /// Windows, statistics and frozen numbers.
    pub items: String,
    has_settings: bool,
}

/// A type and a value.
type Both = (String, String);

impl Types {
    /// Returns the names of layers that are used.
    pub fn layers(&self) -> String {
        Vec::from_iter(self.layers.iter().copied()).join(", ")
    }

    /// Returns the names of shapes that are used.
    pub fn shapes(&self) -> String {
        Vec::from_iter(self.shapes.iter().copied()).join(", ")
    }

    /// Returns a shape as a type.
    pub fn shape(&mut self, dims: Dims) -> String {
        let name = match dims.sizes() {
            [_] => "Vector",
            [_, _] => "Rows",
            _ => "Image",
        };
        self.shapes.insert(name);
        let sizes: Vec<String> = dims.sizes().iter().map(u32::to_string).collect();
        format!("{name}<{}>", sizes.join(", "))
    }

    /// Returns a layer as a type, and as a value.
    pub fn of_layer(&mut self, node: &Node<'_>) -> Result<Both, ExportError> {
        let refused = |reason| Err(ExportError::of_layer(node, "Rust", reason));
        Ok(match node.spec {
            LayerSpec::Dense(spec) => {
                self.plain("Dense", format!("<{}, {}>", spec.inputs, spec.outputs))
            }
            LayerSpec::Embedding(spec) => {
                self.plain("Embedding", format!("<{}, {}>", spec.rows, spec.size))
            }
            LayerSpec::Flatten(_) => self.plain("Flatten", format!("<{}>", node.output.count())),
            LayerSpec::Reshape(_) => {
                let shape = self.shape(node.output);
                self.constructed("Reshape", format!("<{shape}>"))
            }
            LayerSpec::Conv1d(spec) => {
                self.convolution(node, spec, ["Conv1d", "DepthwiseConv1d", "Conv1dWith"])
            }
            LayerSpec::Conv2d(spec) => {
                self.convolution(node, spec, ["Conv2d", "DepthwiseConv2d", "Conv2dWith"])
            }
            LayerSpec::MaxPool1d(spec) => {
                self.pool(node, spec.window, ["MaxPool1d", "MaxPool1dWith"])
            }
            LayerSpec::MaxPool2d(spec) => {
                self.pool(node, spec.window, ["MaxPool2d", "MaxPool2dWith"])
            }
            LayerSpec::AveragePool1d(spec) => {
                self.pool(node, spec.window, ["AveragePool1d", "AveragePool1dWith"])
            }
            LayerSpec::AveragePool2d(spec) => {
                self.pool(node, spec.window, ["AveragePool2d", "AveragePool2dWith"])
            }
            LayerSpec::GlobalAveragePool(_) => self.plain("GlobalAveragePool", String::new()),
            LayerSpec::BatchNorm(spec) => {
                let [mean, variance] = [("MEAN", "running_mean"), ("VARIANCE", "running_var")]
                    .map(|(name, tensor)| self.statistics(node, name, tensor));
                let new = self.valid(format!("BatchNorm::new({mean}, {variance})"));
                let value = self.with_settings(node, new, "with_epsilon");
                (self.plain("BatchNorm", format!("<{}>", spec.channels)).0, value)
            }
            LayerSpec::LayerNorm(spec) => {
                let value = self.with_settings(node, "LayerNorm::new()".to_owned(), "with_epsilon");
                (self.plain("LayerNorm", format!("<{}>", spec.size)).0, value)
            }
            LayerSpec::LeakyRelu(_) => self.activation(node, "LeakyRelu", "with_negative_slope"),
            LayerSpec::Elu(_) => self.activation(node, "Elu", "with_alpha"),
            LayerSpec::HardTanh(spec) => {
                let (low, high) = (spec.low(), spec.high());
                let value = self.valid(format!("HardTanh::between({low:?}, {high:?})"));
                (self.plain("HardTanh", String::new()).0, value)
            }
            LayerSpec::Dropout(spec) => {
                let value = self.valid(format!("Dropout::new({:?})", spec.p()));
                (self.plain("Dropout", String::new()).0, value)
            }
            LayerSpec::Residual(_) => {
                let (shortcut, layers) = node.ways();
                let around = shortcut.map(|layers| self.inside(node, layers)).transpose()?;
                let (inside, values) = self.inside(node, layers)?;
                let (name, types, values) = match around {
                    None => ("Residual", inside, values),
                    Some((shortcut, value)) => (
                        "ResidualWith",
                        format!("{shortcut}, {inside}"),
                        format!("{value}, {values}"),
                    ),
                };
                (self.plain(name, format!("<{types}>")).0, format!("{name}({values})"))
            }
            LayerSpec::Frozen(_) => self.frozen(node)?,
            LayerSpec::Custom(_) => return refused("its formula is in no model"),
            LayerSpec::Relu(_)
            | LayerSpec::Gelu(_)
            | LayerSpec::GeluTanh(_)
            | LayerSpec::Silu(_)
            | LayerSpec::Sigmoid(_)
            | LayerSpec::Tanh(_)
            | LayerSpec::Softplus(_)
            | LayerSpec::Softsign(_)
            | LayerSpec::HardSigmoid(_)
            | LayerSpec::HardSwish(_) => self.plain(node.spec.name(), String::new()),
            _ => return refused("there is no type of it"),
        })
    }

    /// Returns a layer whose value is its name.
    fn plain(&mut self, name: &'static str, arguments: String) -> Both {
        self.layers.insert(name);
        (format!("{name}{arguments}"), name.to_owned())
    }

    /// Returns a layer whose settings are all in its type.
    fn constructed(&mut self, name: &'static str, arguments: String) -> Both {
        self.layers.insert(name);
        (format!("{name}{arguments}"), format!("{name}::new()"))
    }

    fn convolution<const D: usize>(
        &mut self,
        node: &Node<'_>,
        spec: ConvSpec<D>,
        [full, depthwise, with]: [&'static str; 3],
    ) -> Both {
        let ConvSpec { in_channels, out_channels, window, groups } = spec;
        let output = self.shape(node.output);
        match even(window) {
            Some([size, stride, padding]) if groups == 1 => {
                let arguments = trailing(size, [(stride, 1), (padding, 0)]);
                self.constructed(full, format!("<{in_channels}, {output}, {arguments}>"))
            }
            Some([size, stride, padding]) if groups == in_channels && groups == out_channels => {
                let arguments = trailing(size, [(stride, 1), (padding, 0)]);
                self.constructed(depthwise, format!("<{output}, {arguments}>"))
            }
            _ => {
                let window = self.window(node, window, groups);
                self.constructed(with, format!("<{in_channels}, {output}, {window}>"))
            }
        }
    }

    fn pool<const D: usize>(
        &mut self,
        node: &Node<'_>,
        window: WindowSpec<D>,
        [pool, with]: [&'static str; 2],
    ) -> Both {
        let output = self.shape(node.output);
        match even(window) {
            Some([size, stride, 0]) => {
                let arguments = trailing(size, [(stride, size), (0, 0)]);
                self.constructed(pool, format!("<{output}, {arguments}>"))
            }
            _ => {
                let window = self.window(node, window, 1);
                self.constructed(with, format!("<{output}, {window}>"))
            }
        }
    }

    /// Adds a window as a type, and returns its name.
    fn window<const D: usize>(
        &mut self,
        node: &Node<'_>,
        window: WindowSpec<D>,
        groups: u32,
    ) -> String {
        self.layers.extend(["MovingWindow", "WindowSpec"]);
        let WindowSpec { size, stride, padding, dilation } = window;
        let name = format!("Window{}", node.identifier());
        let items = &mut self.items;
        line(items, format!("\n/// The window of layer {}.\npub struct {name};", node.path));
        line(items, format!("\n#[rustfmt::skip]\nimpl MovingWindow<{D}> for {name} {{"));
        line(items, format!("    const WINDOW: WindowSpec<{D}> = WindowSpec::new({size:?})"));
        line(items, format!("        .with_stride({stride:?})"));
        line(items, format!("        .with_padding({padding:?})"));
        line(items, format!("        .with_dilation({dilation:?});"));
        if groups != 1 {
            line(items, format!("    const GROUPS: u32 = {groups};"));
        }
        line(items, "}");
        name
    }

    /// Adds a table of statistics, and returns its name.
    fn statistics(&mut self, node: &Node<'_>, name: &str, tensor: &str) -> String {
        let name = format!("{name}_{}", node.identifier());
        let values = node.numbers(tensor);
        line(&mut self.items, format!("\n/// `{tensor}` of layer {}.", node.path));
        numbers(&mut self.items, &format!("const {name}"), values.len());
        line(&mut self.items, format!("{}];", table(values, "")));
        name
    }

    /// Returns an activation whose settings are set by this function.
    fn activation(&mut self, node: &Node<'_>, name: &'static str, set: &str) -> Both {
        let (layer, value) = self.constructed(name, String::new());
        (layer, self.with_settings(node, value, set))
    }

    /// Returns a value with the settings of a layer that are not the default.
    fn with_settings(&mut self, node: &Node<'_>, value: String, set: &str) -> String {
        let arguments = node.spec.arguments();
        let settings = arguments.shown().filter(|argument| argument.default.is_some());
        let reals = settings.filter_map(|argument| match argument.value {
            Value::Real(real) => Some(real),
            _ => None,
        });
        reals.fold(value, |value, real| self.valid(format!("{value}.{set}({real:?})")))
    }

    /// Returns a value that is checked when it is compiled.
    fn valid(&mut self, value: String) -> String {
        if !self.has_settings {
            self.has_settings = true;
            let items = &mut self.items;
            line(items, "\n/// Returns a layer whose settings are valid, or does not compile.");
            line(
                items,
                "const fn valid<L: Copy>(layer: Result<L, trimpot::ParameterError>) -> L {",
            );
            line(items, "    match layer {\n        Ok(layer) => layer,");
            line(items, "        Err(_) => panic!(\"a setting is out of its range\"),\n    }\n}");
        }
        format!("valid({value})")
    }

    /// Returns the layers inside of another.
    fn inside(&mut self, node: &Node<'_>, layers: &[Node<'_>]) -> Result<Both, ExportError> {
        if layers.is_empty() {
            return Err(ExportError::of_layer(node, "Rust", "no layers are inside of it"));
        }
        let inside = layers.iter().map(|node| self.of_layer(node));
        let (types, values) = inside.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        Ok((chain("trimpot::Chain!", types), chain("trimpot::chain!", values)))
    }

    /// Returns frozen layers, and adds the table of their parameters.
    fn frozen(&mut self, node: &Node<'_>) -> Result<Both, ExportError> {
        let (inside, values) = self.inside(node, &node.inside)?;
        let name = format!("FROZEN_{}", node.identifier());
        let parameters = node.parameters();
        let count = parameters.iter().map(|(_, tensor)| tensor.numbers.len()).sum();
        line(
            &mut self.items,
            format!("\n/// The weights of layer {}, which is frozen.", node.path),
        );
        numbers(&mut self.items, &format!("static {name}"), count);
        for (of, tensor) in parameters {
            line(&mut self.items, format!("    // {of}"));
            self.items.push_str(&table(tensor.numbers, ""));
        }
        line(&mut self.items, "];");
        let (layer, _) = self.plain("Frozen", format!("<{inside}, {count}>"));
        Ok((layer, format!("Frozen::new({values}, &{name})")))
    }
}

/// Returns size, stride and padding of a window where these are the same in all directions, on both
/// sides, and nothing is dilated: what layers take that are described by numbers.
fn even<const D: usize>(window: WindowSpec<D>) -> Option<[u32; 3]> {
    let (&size, &stride) = (window.size.first()?, window.stride.first()?);
    let &[padding, _] = window.padding.first()?;
    let even = WindowSpec::new([size; D]).with_stride([stride; D]);
    (even.with_padding([[padding; 2]; D]) == window).then_some([size, stride, padding])
}

/// Returns a size, and what follows unless it is the default from there on.
fn trailing(size: u32, [stride, padding]: [(u32, u32); 2]) -> String {
    let mut text = size.to_string();
    let is_default = |(value, default): (u32, u32)| value == default;
    if !is_default(stride) || !is_default(padding) {
        text += &format!(", {}", stride.0);
    }
    if !is_default(padding) {
        text += &format!(", {}", padding.0);
    }
    text
}
