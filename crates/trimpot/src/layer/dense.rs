//! Fully connected layers: every output is a weighted sum of every input.

mod kernel;
mod single;
mod spec;

pub(in crate::layer) use kernel::{rows_at_once, weighted_sums};
pub use spec::DenseSpec;

use super::initialization::Initialization;
use super::kernel::{Backward, Forward, LayerKernel};
use super::{GradientSink, Layer, add_input_gradient, add_input_gradient_slices, passes, split};
use crate::lanes::{Lanes, splat_each};
use crate::layer::sealed::Sealed;
use crate::random::Random;
use crate::shape::Vector;
use crate::spec::{LayerList, LayerSpec};
use crate::vfp;

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

impl<const I: usize, const O: usize> Sealed for Dense<I, O> {}

impl<const I: usize, const O: usize> Layer<Vector<I>> for Dense<I, O> {
    type Output = Vector<O>;
    const PARAMETERS: usize = {
        assert!(I > 0 && O > 0, "a dense layer has at least one input and one output");
        I * O + O
    };
    const LAYERS: LayerList = LayerList::new(LayerSpec::Dense(Self::SPEC));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Dense(Self::SPEC));
    }

    fn initialize<H: Initialization>(&self, how: &H, parameters: &mut [f32], random: &mut Random) {
        Self::SPEC.initialize(how, parameters, random);
    }

    passes!(layer => *layer);
}

/// With lengths that the compiler knows: a check for each input would cost a third.
impl<const I: usize, const O: usize> LayerKernel for Dense<I, O> {
    #[inline(always)]
    fn forward<V: Lanes>(self, pass: Forward<'_, V>) {
        let (Some(input), Some(output)) =
            (pass.input.first_chunk::<I>(), pass.output.first_chunk_mut::<O>())
        else {
            return;
        };
        let (weight, bias) = split(pass.parameters, I * O);
        if vfp::serves::<V>() {
            return vfp::gemv((weight, bias), input, output);
        }
        let mut rows = Rows { bias, weight: weight.as_chunks().0, output };
        if V::LANES == 1 && single::IS_FASTER {
            rows = single::eight_at_once(rows, input);
        }
        rows = match rows_at_once::<V>() {
            16.. => rows.at_once::<16>(input).at_once::<8>(input),
            8.. => rows.at_once::<8>(input),
            4.. => rows.at_once::<4>(input),
            _ => rows,
        };
        rows.at_once::<2>(input).at_once::<1>(input);
    }

    #[inline(always)]
    fn backward<V: Lanes, S: GradientSink<V>>(self, pass: Backward<'_, V, S>) {
        let Backward { mut sink, stored, gradient, input_gradient, .. } = pass;
        let Some(gradient) = gradient.first_chunk::<O>() else { return };
        let input_gradient = input_gradient.and_then(|values| values.first_chunk_mut::<I>());
        if !pass.trains_weights {
            if let Some(input_gradient) = input_gradient {
                let parameters = sink.parameters();
                if vfp::serves::<V>() {
                    add_input_gradient_slices(parameters, gradient, input_gradient);
                } else {
                    add_input_gradient(parameters.as_chunks().0, gradient, input_gradient);
                }
            }
            return sink.add(I * O, gradient);
        }
        let Some(input) = stored.first_chunk::<I>() else { return };
        if vfp::serves::<V>() {
            let input_gradient = input_gradient.map(|values| values.as_mut_slice());
            sink.add_outer_slices(gradient, input, input_gradient);
        } else {
            sink.add_outer(gradient, input, input_gradient);
        }
        sink.add(I * O, gradient);
    }
}

/// Rows of the matrix with their biases, and where the outputs go.
struct Rows<'a, V, const I: usize> {
    bias: &'a [f32],
    weight: &'a [[f32; I]],
    output: &'a mut [V],
}

impl<'a, V: Lanes, const I: usize> Rows<'a, V, I> {
    /// Writes bias plus weighted sum of the input for `R` rows at once, as often as there are so
    /// many. Returns the rows that are left.
    ///
    /// These rows share one pass over the input: it is loaded once for all of them, and their sums
    /// do not wait for each other.
    #[inline(always)]
    fn at_once<const R: usize>(self, input: &[V; I]) -> Self {
        let (biases, bias) = self.bias.as_chunks::<R>();
        let (blocks, weight) = self.weight.as_chunks::<R>();
        let (outputs, output) = self.output.as_chunks_mut::<R>();
        for ((output, bias), rows) in outputs.iter_mut().zip(biases).zip(blocks) {
            // Of their own: sums in the output would go to memory each time.
            let mut sums = splat_each::<V, R>(bias);
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
