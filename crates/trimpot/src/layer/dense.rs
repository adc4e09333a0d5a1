//! Fully connected layers: every output is a weighted sum of every input.

mod kernel;
mod single;
mod spec;

pub(in crate::layer) use kernel::weighted_sums;
pub use spec::DenseSpec;

use super::initialization::Initialization;
use super::kernel::Kernel;
use super::{GradientSink, Layer, Values, split};
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::Vector;
use crate::spec::LayerSpec;

/// `y = W·x + b`, from `I` inputs to `O` outputs.
///
/// Parameters: `W[O][I]` row by row, then `b[O]`; PyTorch's `nn.Linear`, Keras' `Dense`.
/// Initial weights have a fan-in and fan-out of `I` and `O`, see
/// [`initialization`](super::initialization); biases are 0.
///
/// Each output adds its products in the order of the inputs, starting from the bias, so that its
/// bits do not depend on how many rows or samples a machine works on at once.
///
/// Gradients: `dW = dy·xᵀ`, `db = dy`, `dx = Wᵀ·dy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dense<const I: usize, const O: usize>;

impl<const I: usize, const O: usize> Dense<I, O> {
    const SPEC: DenseSpec = DenseSpec { inputs: I as u32, outputs: O as u32 };
}

impl<const I: usize, const O: usize> Layer<Vector<I>> for Dense<I, O> {
    type Output = Vector<O>;
    const PARAMETERS: usize = {
        assert!(I > 0 && O > 0, "a dense layer has at least one input and one output");
        I * O + O
    };
    const ACTIVATIONS: usize = 2 * O;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Dense(Self::SPEC));
    }

    fn initialize<H: Initialization>(&self, how: &H, parameters: &mut [f32], random: &mut Random) {
        Self::SPEC.initialize(how, parameters, random);
    }

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &[V; I]) -> [V; O] {
        let (weight, bias) = split(parameters, I * O);
        let mut output = [V::ZERO; O];
        let mut rows = Rows { bias, weight: weight.as_chunks().0, output: &mut output };
        if V::LANES == 1 && single::IS_FASTER {
            rows = single::eight_at_once(rows, input);
        }
        if HAS_MANY_REGISTERS {
            rows = rows.at_once::<16>(input);
        }
        rows.at_once::<8>(input).at_once::<2>(input).at_once::<1>(input);
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        mut sink: S,
        _noise: Noise<V>,
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
        rest: impl FnOnce(&Values<Vector<O>, V>, &mut Values<Vector<O>, V>) -> R,
    ) -> R {
        let output = self.forward(sink.parameters(), input);
        let mut gradient = [V::ZERO; O];
        let result = rest(&output, &mut gradient);
        sink.add_outer(&gradient, input, input_gradient);
        sink.add(I * O, &gradient);
        result
    }
}

/// Rows of the matrix with their biases, and where the outputs go.
struct Rows<'a, V, const I: usize> {
    bias: &'a [f32],
    weight: &'a [[f32; I]],
    output: &'a mut [V],
}

/// Whether sixteen sums stay in registers, beside what makes them.
const HAS_MANY_REGISTERS: bool = cfg!(target_feature = "avx512f");

impl<'a, V: Lanes, const I: usize> Rows<'a, V, I> {
    /// Writes bias plus weighted sum of the input for `R` rows at once, as often as there are so
    /// many. Returns the rows that are left.
    ///
    /// These rows share one pass over the input: it is loaded once for all of them, and their sums
    /// do not wait for each other. Eight sums, an input and a weight fit into the registers of a
    /// Cortex-M4F (32) and of AVX2 (16), and are enough to hide the latency of an addition.
    #[inline(always)]
    fn at_once<const R: usize>(self, input: &[V; I]) -> Self {
        let (biases, bias) = self.bias.as_chunks::<R>();
        let (blocks, weight) = self.weight.as_chunks::<R>();
        let (outputs, output) = self.output.as_chunks_mut::<R>();
        for ((output, bias), rows) in outputs.iter_mut().zip(biases).zip(blocks) {
            // Of their own: sums in the output would go to memory each time.
            let mut sums = bias.map(V::splat);
            for (i, &x) in input.iter().enumerate() {
                for (sum, row) in sums.iter_mut().zip(rows) {
                    if let Some(&weight) = row.get(i) {
                        *sum = V::splat(weight).mul_add(x, *sum);
                    }
                }
            }
            *output = sums;
        }
        Rows { bias, weight, output }
    }
}
