//! The operators of each layer.

use trimpot::layer::{BatchNormSpec, ConvSpec, EmbeddingSpec, WindowSpec};
use trimpot::spec::{Dims, LayerSpec};

use super::super::{ExportError, Node};
use super::graph::Attribute::{Float, Int, Ints};
use super::graph::{Attribute, Graph};

impl Graph {
    /// Adds the operators of a layer, and returns the name of its output.
    pub(super) fn layer(
        &mut self,
        node: &Node<'_>,
        input: String,
        is_frozen: bool,
    ) -> Result<String, ExportError> {
        let at = &node.path;
        let x = &*input;
        let refused = |reason| Err(ExportError::of_layer(node, "ONNX", reason));
        Ok(match node.spec {
            LayerSpec::Dense(_) => {
                let [weight, bias] = self.affine(node);
                self.node(at, "Gemm", &[x, &weight, &bias], [Int("transB", 1)])
            }
            LayerSpec::Conv1d(spec) => self.convolution(node, x, spec),
            LayerSpec::Conv2d(spec) => self.convolution(node, x, spec),
            LayerSpec::MaxPool1d(spec) => self.max_pool(at, x, spec.window),
            LayerSpec::MaxPool2d(spec) => self.max_pool(at, x, spec.window),
            LayerSpec::AveragePool1d(spec) => self.average_pool(node, x, spec.window),
            LayerSpec::AveragePool2d(spec) => self.average_pool(node, x, spec.window),
            // Each number of a vector is a channel of its own.
            LayerSpec::GlobalAveragePool(_) if node.input.sizes().len() == 1 => input,
            LayerSpec::GlobalAveragePool(_) => {
                let axes = (2..=node.input.sizes().len() as i64).collect();
                self.node(at, "ReduceMean", &[x], [Ints("axes", axes), Int("keepdims", 0)])
            }
            LayerSpec::BatchNorm(spec) if is_frozen => self.scale_and_shift(node, x, spec),
            LayerSpec::BatchNorm(spec) => {
                let [weight, bias] = self.affine(node);
                let [mean, variance] =
                    ["running_mean", "running_var"].map(|name| self.tensor(node, name));
                let inputs = [x, &weight, &bias, &mean, &variance];
                self.node(at, "BatchNormalization", &inputs, [Float("epsilon", spec.epsilon)])
            }
            LayerSpec::LayerNorm(spec) => {
                let [weight, bias] = self.affine(node);
                let attributes = [Int("axis", -1), Float("epsilon", spec.epsilon)];
                self.node(at, "LayerNormalization", &[x, &weight, &bias], attributes)
            }
            LayerSpec::Embedding(spec) => self.embedding(node, x, spec),
            LayerSpec::Flatten(_) => self.node(at, "Flatten", &[x], [Int("axis", 1)]),
            LayerSpec::Reshape(_) => {
                let shape: Vec<i64> = batch_of(node.output);
                let shape = self.integers(format!("{at}.shape"), &shape);
                self.node(at, "Reshape", &[x, &shape], [])
            }
            LayerSpec::Dropout(_) => input,
            LayerSpec::Residual(_) => {
                let (shortcut, layers) = node.ways();
                let around = self.all(shortcut.unwrap_or_default(), input.clone(), is_frozen)?;
                let inside = self.all(layers, input, is_frozen)?;
                self.node(at, "Add", &[&around, &inside], [])
            }
            LayerSpec::Frozen(_) => self.all(&node.inside, input, true)?,
            LayerSpec::Custom(_) => return refused("its formula is in no model"),
            spec => match self.activation(at, x, spec) {
                Some(output) => output,
                None => return refused("there are no operators for it"),
            },
        })
    }

    fn activation(&mut self, at: &str, x: &str, spec: LayerSpec) -> Option<String> {
        let mut plain = |operator| self.node(at, operator, &[x], []);
        Some(match spec {
            LayerSpec::Relu(_) => plain("Relu"),
            LayerSpec::Sigmoid(_) => plain("Sigmoid"),
            LayerSpec::Tanh(_) => plain("Tanh"),
            LayerSpec::Softplus(_) => plain("Softplus"),
            LayerSpec::Softsign(_) => plain("Softsign"),
            LayerSpec::HardSwish(_) => plain("HardSwish"),
            LayerSpec::LeakyRelu(spec) => {
                self.node(at, "LeakyRelu", &[x], [Float("alpha", spec.negative_slope())])
            }
            LayerSpec::Elu(spec) => self.node(at, "Elu", &[x], [Float("alpha", spec.alpha())]),
            LayerSpec::HardSigmoid(_) => {
                let attributes = [Float("alpha", 1.0 / 6.0), Float("beta", 0.5)];
                self.node(at, "HardSigmoid", &[x], attributes)
            }
            LayerSpec::HardTanh(spec) => {
                let low = self.number(format!("{at}.low"), spec.low());
                let high = self.number(format!("{at}.high"), spec.high());
                self.node(at, "Clip", &[x, &low, &high], [])
            }
            LayerSpec::Silu(_) => {
                let gate = self.node(at, "Sigmoid", &[x], []);
                self.node(at, "Mul", &[x, &gate], [])
            }
            LayerSpec::Gelu(_) => {
                // x · ½ (1 + erf(x / √2)), in the order in which ONNX Runtime looks for it.
                let [root, one, half] =
                    [("root", std::f32::consts::SQRT_2), ("one", 1.0), ("half", 0.5)]
                        .map(|(name, number)| self.number(format!("{at}.{name}"), number));
                let scaled = self.node(at, "Div", &[x, &root], []);
                let erf = self.node(at, "Erf", &[&scaled], []);
                let sum = self.node(at, "Add", &[&erf, &one], []);
                let product = self.node(at, "Mul", &[x, &sum], []);
                self.node(at, "Mul", &[&product, &half], [])
            }
            LayerSpec::GeluTanh(_) => {
                // x · σ(2u), which is ½ x (1 + tanh u), with u = √(2/π) (x + 0.044715 x³).
                let double = 2.0 * (2.0 / std::f64::consts::PI).sqrt();
                let linear = self.number(format!("{at}.linear"), double as f32);
                let cubic = self.number(format!("{at}.cubic"), (0.044715 * double) as f32);
                let square = self.node(at, "Mul", &[x, x], []);
                let factor = self.node(at, "Mul", &[&square, &cubic], []);
                let factor = self.node(at, "Add", &[&factor, &linear], []);
                let twice = self.node(at, "Mul", &[x, &factor], []);
                let gate = self.node(at, "Sigmoid", &[&twice], []);
                self.node(at, "Mul", &[x, &gate], [])
            }
            _ => return None,
        })
    }

    /// Adds a tensor of a layer under PyTorch's name, and returns that.
    fn tensor(&mut self, node: &Node<'_>, name: &str) -> String {
        let sizes = node.tensors.iter().find(|tensor| tensor.name == name);
        let sizes = sizes.map_or(&[][..], |tensor| &tensor.sizes);
        self.constant(format!("{}.{name}", node.path), sizes, node.numbers(name))
    }

    fn affine(&mut self, node: &Node<'_>) -> [String; 2] {
        ["weight", "bias"].map(|name| self.tensor(node, name))
    }

    /// Adds layers one after the other.
    fn all(
        &mut self,
        nodes: &[Node<'_>],
        input: String,
        is_frozen: bool,
    ) -> Result<String, ExportError> {
        nodes.iter().try_fold(input, |input, node| self.layer(node, input, is_frozen))
    }

    fn convolution<const D: usize>(
        &mut self,
        node: &Node<'_>,
        x: &str,
        spec: ConvSpec<D>,
    ) -> String {
        let [weight, bias] = self.affine(node);
        let attributes = window(spec.window).into_iter().chain([Int("group", spec.groups.into())]);
        self.node(&node.path, "Conv", &[x, &weight, &bias], attributes)
    }

    fn max_pool<const D: usize>(&mut self, at: &str, x: &str, spec: WindowSpec<D>) -> String {
        // ONNX Runtime pads by less than the size of the window, whatever its dilation.
        let is_far = spec
            .padding
            .iter()
            .zip(spec.size)
            .any(|(pads, size)| pads.iter().any(|&pad| pad >= size));
        if !is_far {
            return self.node(at, "MaxPool", &[x], window(spec));
        }
        let pads = [0, 1].map(|side| spec.padding.iter().map(move |pads| i64::from(pads[side])));
        let pads: Vec<i64> =
            pads.into_iter().flat_map(|pads| [0, 0].into_iter().chain(pads)).collect();
        let pads = self.integers(format!("{at}.pads"), &pads);
        let outside = self.number(format!("{at}.outside"), f32::NEG_INFINITY);
        let padded = self.node(at, "Pad", &[x, &pads, &outside], []);
        self.node(at, "MaxPool", &[&padded], window(spec.with_padding([[0; 2]; D])))
    }

    /// `AveragePool` of this opset has no dilation: there it is a convolution.
    fn average_pool<const D: usize>(
        &mut self,
        node: &Node<'_>,
        x: &str,
        spec: WindowSpec<D>,
    ) -> String {
        let at = &node.path;
        if spec.dilation == [1; D] {
            let attributes =
                window(spec).into_iter().filter(|attribute| !attribute.is("dilations"));
            return self.node(
                at,
                "AveragePool",
                &[x],
                attributes.chain([Int("count_include_pad", 1)]),
            );
        }
        let channels = node.input.channels();
        let count = spec.size.iter().product::<u32>();
        let sizes: Vec<u32> = [channels, 1].into_iter().chain(spec.size).collect();
        let shares = vec![1.0 / count as f32; (channels * count) as usize];
        let shares = self.constant(format!("{at}.shares"), &sizes, &shares);
        let attributes = window(spec).into_iter().chain([Int("group", channels.into())]);
        self.node(at, "Conv", &[x, &shares], attributes)
    }

    /// `(x − mean) · factor + bias`, without what changes nothing.
    fn scale_and_shift(&mut self, node: &Node<'_>, x: &str, spec: BatchNormSpec) -> String {
        let at = &node.path;
        let [weight, bias, mean, variance] =
            ["weight", "bias", "running_mean", "running_var"].map(|name| node.numbers(name));
        let factor = weight.iter().zip(variance).map(|(&weight, &variance)| {
            (f64::from(weight) / f64::from(variance + spec.epsilon).sqrt()) as f32
        });
        let factor: Vec<f32> = factor.collect();
        // Behind the channels come as many sizes as the input has.
        let mut sizes = vec![1; node.input.sizes().len()];
        sizes[0] = spec.channels;
        let mut y = x.to_owned();
        for (operator, name, numbers, nothing) in [
            ("Sub", "mean", mean, 0.0),
            ("Mul", "factor", &factor, 1.0),
            ("Add", "bias", bias, 0.0),
        ] {
            if numbers.iter().any(|&number| number != nothing) {
                let constant = self.constant(format!("{at}.{name}"), &sizes, numbers);
                y = self.node(at, operator, &[&y, &constant], []);
            }
        }
        y
    }

    /// A row for each index, and zeros for what is none: the last row of the table here.
    fn embedding(&mut self, node: &Node<'_>, x: &str, spec: EmbeddingSpec) -> String {
        let at = &node.path;
        let mut table = node.numbers("weight").to_vec();
        table.resize(table.len() + spec.size as usize, 0.0);
        let table = self.constant(format!("{at}.weight"), &[spec.rows + 1, spec.size], &table);
        let zero = self.number(format!("{at}.first"), 0.0);
        let none = self.number(format!("{at}.none"), spec.rows as f32);
        let whole = self.node(at, "Floor", &[x], []);
        let is_whole = self.node(at, "Equal", &[x, &whole], []);
        let is_not_negative = self.node(at, "GreaterOrEqual", &[x, &zero], []);
        let is_below = self.node(at, "Less", &[x, &none], []);
        let is_inside = self.node(at, "And", &[&is_not_negative, &is_below], []);
        let is_index = self.node(at, "And", &[&is_whole, &is_inside], []);
        let index = self.node(at, "Where", &[&is_index, x, &none], []);
        const INT64: i64 = 7;
        let index = self.node(at, "Cast", &[&index], [Int("to", INT64)]);
        self.node(at, "Gather", &[&table, &index], [Int("axis", 0)])
    }
}

/// Returns a shape behind samples of any number.
fn batch_of(dims: Dims) -> Vec<i64> {
    [-1].into_iter().chain(dims.sizes().iter().copied().map(i64::from)).collect()
}

/// Returns the attributes of a window.
fn window<const D: usize>(window: WindowSpec<D>) -> [Attribute<'static>; 4] {
    let each = |of: [u32; D]| of.into_iter().map(i64::from).collect::<Vec<_>>();
    let [before, behind] = [0, 1].map(|side| window.padding.map(|pads| pads[side]));
    let pads = [each(before), each(behind)].concat();
    [
        Ints("kernel_shape", each(window.size)),
        Ints("strides", each(window.stride)),
        Ints("pads", pads),
        Ints("dilations", each(window.dilation)),
    ]
}
