//! Nodes that are layers, or change nothing but a shape.

mod dense;
mod order;

use rten_onnx::onnx::DataType;

use super::array::{Constant, axis};
use super::evaluate::is_function;
use super::fold::axes;
use super::graph::{Graph, Id, NO_LAYER, Node};
use super::tensors::is_real;
use super::walk::{State, output};
use super::windows::{Padding, window};
use crate::import::{BatchNormTensors, Ending, ImportError, Tensor, Window};

pub(super) use self::order::{is_channels_last, sizes};

/// Adds the layer that a node is, which takes a value. Returns what comes out; of a node behind it
/// that belongs to the layer.
pub(super) fn add(
    state: &mut State,
    graph: &Graph,
    node: &Node,
    value: Id,
) -> Result<Id, ImportError> {
    let mut adder = Adder { state, graph, node };
    adder.check(value)?;
    match &node.operator[..] {
        "Gemm" => adder.gemm()?,
        "MatMul" => return adder.mat_mul(),
        "Conv" => adder.conv(&Padding::default())?,
        "Pad" => return adder.pad(),
        "MaxPool" | "AveragePool" => adder.pool()?,
        "GlobalAveragePool" | "GlobalMaxPool" => {
            adder.sync()?;
            let is_mean = node.operator == "GlobalAveragePool";
            adder.global_pool(if is_mean { Statistic::Mean } else { Statistic::Largest }, true)?;
        }
        "ReduceMean" => adder.reduce(Statistic::Mean)?,
        "ReduceMax" => adder.reduce(Statistic::Largest)?,
        "BatchNormalization" => adder.batch_norm()?,
        "LayerNormalization" => adder.layer_norm()?,
        "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => adder.reshape()?,
        "Transpose" => adder.transpose()?,
        "Softmax" | "LogSoftmax" => adder.softmax()?,
        "Dropout" => adder.dropout()?,
        "Add" | "Sub" | "Mul" | "Div" => adder.affine(value)?,
        "Identity" => {}
        "Cast" => match DataType(node.integer("to", 0)? as i32) {
            DataType::FLOAT => {}
            to if is_real(to) => {
                let what = format!(
                    "{}: what depends on the sample stays f32, and is not made {to}",
                    node.place
                );
                adder.state.builder.note(what);
            }
            to => return Err(node.error(format!("what depends on the sample is cast to {to}"))),
        },
        _ if is_function(graph, node) => {
            return Err(node.error("no activation computes what it does with these settings"));
        }
        _ => return Err(node.error(NO_LAYER)),
    }
    output(node)
}

/// What is computed of all numbers of a channel.
#[derive(Clone, Copy)]
enum Statistic {
    Mean,
    Largest,
}

/// A node, and the layers that it is added to.
struct Adder<'a> {
    state: &'a mut State,
    graph: &'a Graph,
    node: &'a Node,
}

impl Adder<'_> {
    /// Returns an error unless the value is the first input, and no further outputs are taken. Of
    /// operators with two equal operands it may be the second one.
    fn check(&self, value: Id) -> Result<(), ImportError> {
        let is_symmetric = matches!(&self.node.operator[..], "Add" | "Sub" | "Mul" | "Div");
        if self.node.input(0) != Some(value) && !is_symmetric {
            return Err(self.node.error("what depends on the sample is not its first input"));
        }
        let is_taken = |&&id: &&Id| !self.graph.consumers(id).is_empty() || id == self.graph.output;
        match self.node.outputs.iter().skip(1).flatten().find(is_taken) {
            Some(_) => Err(self.node.error("an output of it is taken that is not the first")),
            None => Ok(()),
        }
    }

    /// Returns an input that is a constant, and its name.
    fn constant(&self, input: usize) -> Result<Option<(&Constant, &str)>, ImportError> {
        let Some(id) = self.node.input(input) else { return Ok(None) };
        let value = &self.graph.values[id];
        match &value.constant {
            Some(constant) => Ok(Some((constant, &value.name))),
            None => {
                let from = value.producer.map_or("the input".to_owned(), |node| {
                    let Node { operator, place, .. } = &self.graph.nodes[node];
                    format!("{operator} `{place}`")
                });
                let what =
                    format!("its input `{}` is no constant: it comes from {from}", value.name);
                Err(self.node.error(what))
            }
        }
    }

    /// Returns an input that is a tensor, unless it is left out.
    fn optional(&self, input: usize) -> Result<Option<Tensor>, ImportError> {
        match self.constant(input)? {
            None => Ok(None),
            Some((Constant::Reals(array), name)) => {
                Tensor::new(name, array.shape.clone(), array.numbers.clone()).map(Some)
            }
            Some((Constant::Integers(_), name)) => {
                Err(self.node.error(format!("its input `{name}` is one of integers")))
            }
        }
    }

    /// Returns an input that is a tensor.
    fn tensor(&self, input: usize) -> Result<Tensor, ImportError> {
        self.optional(input)?.ok_or_else(|| self.node.error(format!("it has no input {input}")))
    }

    /// Checks what comes in and what goes out: both have the shape that the core has for it.
    fn sync(&mut self) -> Result<(), ImportError> {
        self.state.sync(&self.node.place)
    }

    fn conv(&mut self, outside: &Padding) -> Result<(), ImportError> {
        let weight = self.tensor(1)?;
        let bias = self.optional(2)?;
        let size = weight.shape().get(2..).unwrap_or_default();
        if let Some(said) = self.node.integers("kernel_shape")
            && !said.iter().copied().eq(size.iter().map(|&size| size as i64))
        {
            let what = format!("its kernel_shape is {said:?}, but its weight has {size:?}");
            return Err(self.node.error(what));
        }
        let window = window(self.node, size, &self.state.shape, outside)?;
        let groups = self.node.integer("group", 1)?;
        let groups = u32::try_from(groups)
            .map_err(|_| self.node.error(format!("it has {groups} groups")))?;
        self.sync()?;
        self.state.builder.conv(&self.node.place, weight, bias, groups, &window)?;
        self.state.take_shape();
        Ok(())
    }

    /// Adds a convolution with zeros around what comes in, which a node in front of it puts there.
    fn pad(&mut self) -> Result<Id, ImportError> {
        let padding = Padding::of(self.node, self.graph, &self.state.shape)?;
        let padded = output(self.node)?;
        match self.graph.consumers(padded)[..] {
            [conv] if self.graph.nodes[conv].operator == "Conv" => {
                let node = &self.graph.nodes[conv];
                let mut adder = Adder { state: &mut *self.state, graph: self.graph, node };
                adder.check(padded)?;
                adder.conv(&padding)?;
                output(node)
            }
            _ => Err(self.node.error("zeros are put around what a convolution takes alone")),
        }
    }

    fn pool(&mut self) -> Result<(), ImportError> {
        let Some(size) = self.node.integers("kernel_shape") else {
            return Err(self.node.error("it has no kernel_shape"));
        };
        let size = size.iter().map(|&size| usize::try_from(size).ok()).collect::<Option<Vec<_>>>();
        let size = size.ok_or_else(|| self.node.error("its kernel_shape is negative"))?;
        let window = window(self.node, &size, &self.state.shape, &Padding::default())?;
        let sizes: Vec<u32> = size.iter().map(|&size| size.try_into().unwrap_or(0)).collect();
        self.sync()?;
        let (builder, place) = (&mut self.state.builder, &self.node.place);
        match &self.node.operator[..] {
            "MaxPool" => builder.max_pool(place, &sizes, &window)?,
            _ => {
                let counts_padding = self.node.integer("count_include_pad", 0)? != 0;
                if !counts_padding && window.padding.iter().any(|sides| *sides != [0; 2]) {
                    let what = "its means leave the padding out (count_include_pad = 0); those of the layer count zeros there";
                    return Err(self.node.error(what));
                }
                builder.average_pool(place, &sizes, &window)?;
            }
        }
        self.state.take_shape();
        Ok(())
    }

    /// Adds what is computed of each channel, where ones stay in place of its sizes, or do not.
    fn global_pool(&mut self, of: Statistic, keeps_sizes: bool) -> Result<(), ImportError> {
        let (builder, place) = (&mut self.state.builder, &self.node.place);
        let sizes = builder.dims().sizes().get(1..).unwrap_or_default().to_vec();
        let ones = vec![1; (self.state.shape.len() - 1) * usize::from(keeps_sizes)];
        match of {
            Statistic::Mean => builder.global_average_pool(place)?,
            Statistic::Largest => {
                builder.max_pool(place, &sizes, &Window::default())?;
                builder.flatten(place)?;
            }
        }
        self.state.take_shape();
        match self.state.channels_last {
            true => self.state.shape.splice(0..0, ones).for_each(drop),
            false => self.state.shape.extend(ones),
        }
        self.state.channels_last = false;
        Ok(())
    }

    /// Adds what is computed of each channel, where the axes are all others of a sample.
    fn reduce(&mut self, of: Statistic) -> Result<(), ImportError> {
        self.constant(1)?;
        let rank = self.state.shape.len() + 1;
        let axes = axes(self.node, self.graph.constant(self.node, 1)).and_then(|axes| {
            axes.unwrap_or_default().iter().map(|&of| axis(of, rank)).collect::<Result<Vec<_>, _>>()
        });
        let mut axes = axes.map_err(|what| self.node.error(what))?;
        axes.sort_unstable();
        let (first, end) = if self.state.channels_last { (1, rank - 1) } else { (2, rank) };
        if rank < 3 || !axes.iter().copied().eq(first..end) {
            let what = format!(
                "it is read over all axes of a sample but that of the channels, {first} to {}, and not {axes:?}",
                end.saturating_sub(1)
            );
            return Err(self.node.error(what));
        }
        if !self.state.channels_last {
            self.sync()?;
        }
        self.global_pool(of, self.node.integer("keepdims", 1)? != 0)
    }

    fn batch_norm(&mut self) -> Result<(), ImportError> {
        // Before set 14, which has an attribute for it, more than one output said so.
        let says_by_outputs = self.graph.opset < 14 && self.node.outputs.len() > 1;
        if says_by_outputs || self.node.integer("training_mode", 0)? != 0 {
            let what = "it takes the statistics of a batch (training_mode = 1): export the model in evaluation mode";
            return Err(self.node.error(what));
        }
        let tensors = BatchNormTensors {
            weight: Some(self.tensor(1)?),
            bias: Some(self.tensor(2)?),
            mean: self.tensor(3)?,
            variance: self.tensor(4)?,
        };
        let epsilon = self.node.real("epsilon", 1e-5)?;
        self.sync()?;
        self.state.builder.batch_norm(&self.node.place, tensors, epsilon)
    }

    fn layer_norm(&mut self) -> Result<(), ImportError> {
        let rank = self.state.shape.len() as i64 + 1;
        let axis = self.node.integer("axis", -1)?;
        if axis != -1 && axis != rank - 1 {
            let what = format!("axis = {axis}: rows of the last size are normalised, and no more");
            return Err(self.node.error(what));
        }
        let tensors = [Some(self.tensor(1)?), self.optional(2)?];
        let epsilon = self.node.real("epsilon", 1e-5)?;
        self.sync()?;
        self.state.builder.layer_norm(&self.node.place, tensors, epsilon)
    }

    fn softmax(&mut self) -> Result<(), ImportError> {
        // Before operator set 13 the default was 1, which is the last axis of a batch of vectors.
        let axis = self.node.integer("axis", -1)?;
        if self.state.shape.len() != 1 || !matches!(axis, -1 | 1) {
            let shape = &self.state.shape;
            let what = format!(
                "it is read over the classes of a vector, and not of {shape:?} along axis {axis}"
            );
            return Err(self.node.error(what));
        }
        self.sync()?;
        let ending = match &self.node.operator[..] {
            "Softmax" => Ending::Softmax,
            _ => Ending::LogSoftmax,
        };
        self.state.builder.ending(&self.node.place, ending)
    }

    fn dropout(&mut self) -> Result<(), ImportError> {
        let is_training = self.constant(2)?.and_then(|(training, _)| training.single());
        if is_training.is_some_and(|training| training != 0.0) {
            let what = "it is in training mode: export the model in evaluation mode";
            return Err(self.node.error(what));
        }
        let p = match self.constant(1)? {
            Some((ratio, _)) => ratio.single().map(|ratio| ratio as f32),
            None => Some(self.node.real("ratio", 0.5)?),
        };
        let p = p.ok_or_else(|| self.node.error("its ratio is not one number"))?;
        match p {
            0.0 => Ok(()),
            p => self.state.builder.dropout(&self.node.place, p),
        }
    }

    /// Adds what features are scaled by and shifted by in front of all layers, or outputs behind all.
    fn affine(&mut self, value: Id) -> Result<(), ImportError> {
        let is_first = self.node.input(0) == Some(value);
        let constant = self.tensor(usize::from(is_first))?;
        let numbers = self.for_channels(&constant)?;
        let negated = || numbers.iter().map(|number| -number).collect::<Vec<_>>();
        let (scale, offset) = match (&self.node.operator[..], is_first) {
            ("Add", _) => (vec![1.0], numbers),
            ("Sub", true) => (vec![1.0], negated()),
            ("Sub", false) => (vec![-1.0], numbers),
            ("Mul", _) => (numbers, vec![0.0]),
            ("Div", true) => (numbers.iter().map(|number| 1.0 / number).collect(), vec![0.0]),
            (_, _) => return Err(self.node.error("a constant is divided by what comes in")),
        };
        let place = &self.node.place;
        if self.state.builder.is_empty() {
            return self.state.builder.preprocess(place, &scale, &offset);
        }
        self.sync()?;
        self.state.builder.postprocess(place, &scale, &offset)
    }

    /// Returns a constant as numbers for channels, or one for all.
    fn for_channels(&mut self, constant: &Tensor) -> Result<Vec<f64>, ImportError> {
        if constant.numbers().len() > 1 {
            let (channels, behind) = match (self.state.channels_last, &self.state.shape[..]) {
                (true, [.., channels]) => (*channels, 0),
                _ => {
                    self.sync()?;
                    (self.state.builder.dims().channels() as usize, self.state.shape.len() - 1)
                }
            };
            let mut sizes = constant.shape().iter().rev();
            let is_one = |size: &usize| *size == 1;
            let fits = sizes.by_ref().take(behind).all(is_one)
                && sizes.next() == Some(&channels)
                && sizes.all(is_one);
            if !fits {
                let (shape, sample) = (constant.shape(), &self.state.shape);
                let what = format!(
                    "its constant is {shape:?}, which is no number for each channel of {sample:?}"
                );
                return Err(self.node.error(what));
            }
        }
        Ok(constant.numbers().iter().map(|&number| f64::from(number)).collect())
    }
}
