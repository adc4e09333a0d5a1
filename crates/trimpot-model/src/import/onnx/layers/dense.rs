//! Dense layers: products of matrices, with what is added to them.

use super::{Adder, output};
use crate::import::onnx::graph::{Id, Node};
use crate::import::{ImportError, Tensor};

impl<'a> Adder<'a> {
    pub(super) fn gemm(&mut self) -> Result<(), ImportError> {
        if self.node.integer("transA", 0)? != 0 {
            return Err(self.node.error("transA = 1 turns the batch, which no layer does"));
        }
        let [alpha, beta] = [self.node.real("alpha", 1.0)?, self.node.real("beta", 1.0)?];
        let weight = scaled(self.tensor(1)?, alpha)?;
        let weight = match self.node.integer("transB", 0)? {
            0 => self.transposed(weight)?,
            _ => weight,
        };
        let outputs = weight.shape().first().copied().unwrap_or(0);
        let bias = self.optional(2)?.map(|bias| scaled(self.bias(bias, outputs)?, beta));
        let bias = bias.transpose()?;
        self.dense(weight, bias)
    }

    fn dense(&mut self, weight: Tensor, bias: Option<Tensor>) -> Result<(), ImportError> {
        if self.state.shape.len() != 1 {
            let shape = &self.state.shape;
            let what = format!("a dense layer takes vectors, but a sample is {shape:?} here");
            return Err(self.node.error(what));
        }
        // Columns go where their numbers are.
        let weight = match self.state.turned.take() {
            Some(turned) => turned.apply(weight.transposed(&[1, 0])?)?.transposed(&[1, 0])?,
            None => weight,
        };
        self.sync()?;
        self.state.builder.dense(&self.node.place, weight, bias)?;
        self.state.take_shape();
        Ok(())
    }

    /// Adds a dense layer, with the sum behind it as its bias.
    pub(super) fn mat_mul(&mut self) -> Result<Id, ImportError> {
        let weight = self.transposed(self.tensor(1)?)?;
        let outputs = weight.shape().first().copied().unwrap_or(0);
        let product = output(self.node)?;
        let (bias, output) = match self.sum_with_constant(product, outputs) {
            Some((sum, input)) => {
                let adder = Adder { state: &mut *self.state, graph: self.graph, node: sum };
                (Some(adder.bias(adder.tensor(input)?, outputs)?), output(sum)?)
            }
            None => (None, product),
        };
        self.dense(weight, bias)?;
        Ok(output)
    }

    /// Returns the node that is all that a value goes to, if it adds as many numbers, and which of
    /// its inputs these are.
    fn sum_with_constant(&self, value: Id, count: usize) -> Option<(&'a Node, usize)> {
        let [sum] = self.graph.consumers(value)[..] else { return None };
        let sum = &self.graph.nodes[sum];
        let input = usize::from(sum.input(0) == Some(value));
        let constant = self.graph.constant(sum, input)?;
        let is_of_outputs = constant.shape().last() == Some(&count) || constant.single().is_some();
        let is_bias = sum.operator == "Add" && is_of_outputs;
        (is_bias && value != self.graph.output).then_some((sum, input))
    }

    /// Returns a bias as a vector, where it has a number for each output, or one for all.
    fn bias(&self, bias: Tensor, outputs: usize) -> Result<Tensor, ImportError> {
        match bias.numbers() {
            [number] => Ok(Tensor::filled(bias.name(), outputs, *number)),
            numbers if numbers.len() == outputs && bias.shape().last() == Some(&outputs) => {
                bias.reshaped(vec![outputs])
            }
            _ => {
                let what = format!(
                    "its bias is {:?}, but must have a number for each of {outputs} outputs",
                    bias.shape()
                );
                Err(self.node.error(what))
            }
        }
    }

    /// Returns a matrix with rows and columns exchanged.
    fn transposed(&self, matrix: Tensor) -> Result<Tensor, ImportError> {
        match matrix.shape().len() {
            2 => matrix.transposed(&[1, 0]),
            rank => Err(self.node.error(format!("its weight has {rank} dimensions, and not 2"))),
        }
    }
}

/// Returns a tensor with all numbers multiplied.
fn scaled(tensor: Tensor, by: f32) -> Result<Tensor, ImportError> {
    if by == 1.0 {
        return Ok(tensor);
    }
    let numbers = tensor.numbers().iter().map(|number| number * by).collect();
    Tensor::new(tensor.name(), tensor.shape().to_vec(), numbers)
}
