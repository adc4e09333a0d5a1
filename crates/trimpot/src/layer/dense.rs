//! Fully connected: every output is a weighted sum of every input.

use core::array;

use super::{Layer, Of, Sink, signature, split, split_mut};
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::Vector;

/// `y = W·x + b`, from `I` inputs to `O` outputs.
///
/// Parameters: `W[O][I]` row by row, then `b[O]`; PyTorch's `nn.Linear`, Keras' `Dense`.
/// Initial weights are uniform in ±√(6 / (I + O)) (Glorot and Bengio 2010), biases 0.
///
/// Each output adds its products in the order of the inputs, starting from the bias, so that its bits
/// do not depend on how many rows or samples a machine works on at once.
///
/// Gradients: `dW = dy·xᵀ`, `db = dy`, `dx = Wᵀ·dy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dense<const I: usize, const O: usize>;

impl<const I: usize, const O: usize> Layer<Vector<I>> for Dense<I, O> {
    type Output = Vector<O>;
    const PARAMETERS: usize = {
        assert!(I > 0 && O > 0, "a dense layer has at least one input and one output");
        I * O + O
    };
    const ACTIVATIONS: usize = 2 * O;
    const SIGNATURE: u32 = signature("dense", &[I, O]);

    fn initialize(&self, parameters: &mut [f32], random: &mut Random) {
        let (weight, bias) = split_mut(parameters, I * O);
        let bound = Lanes::sqrt(6.0 / (I + O) as f32);
        weight.fill_with(|| (2.0 * random.uniform() - 1.0) * bound);
        bias.fill(0.0);
    }

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &[V; I]) -> [V; O] {
        let (weight, bias) = split(parameters, I * O);
        let mut output = [V::ZERO; O];
        let (outputs, last_outputs) = output.as_chunks_mut::<ROWS>();
        let (biases, last_biases) = bias.as_chunks::<ROWS>();
        let (rows, _) = weight.as_chunks::<I>();
        let (blocks, last_rows) = rows.as_chunks::<ROWS>();
        for ((output, bias), rows) in outputs.iter_mut().zip(biases).zip(blocks) {
            *output = weighted_sums(bias, rows, input);
        }
        for ((output, &bias), row) in last_outputs.iter_mut().zip(last_biases).zip(last_rows) {
            [*output] = weighted_sums(&[bias], array::from_ref(row), input);
        }
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, S: Sink<V>, R>(
        &self,
        mut sink: S,
        _noise: Noise<V>,
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
        rest: impl FnOnce(&Of<Vector<O>, V>, &mut Of<Vector<O>, V>) -> R,
    ) -> R {
        let output = self.forward(sink.parameters(), input);
        let mut gradient = [V::ZERO; O];
        let result = rest(&output, &mut gradient);
        sink.add_outer(&gradient, input, input_gradient);
        sink.add(I * O, &gradient);
        result
    }
}

/// How many rows share one pass over the input: it is loaded once for all of them, and their sums do
/// not wait for each other. Eight sums, an input and a weight fit into the registers of a Cortex-M4F
/// (32) and of AVX2 (16), and are enough to hide the latency of an addition.
const ROWS: usize = 8;

/// Bias plus weighted sum of the input, for each row.
#[inline(always)]
fn weighted_sums<V: Lanes, const I: usize, const R: usize>(
    bias: &[f32; R],
    rows: &[[f32; I]; R],
    input: &[V; I],
) -> [V; R] {
    let mut sums = bias.map(V::splat);
    for (i, &x) in input.iter().enumerate() {
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum = V::splat(row[i]).mul_add(x, *sum);
        }
    }
    sums
}
