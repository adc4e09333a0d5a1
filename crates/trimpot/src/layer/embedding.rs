//! Embeddings: a trainable row of numbers for each index.

mod kernel;
mod spec;

pub use spec::EmbeddingSpec;

use super::initialization::Initialization;
use super::{GradientSink, Layer, Values};
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::{Rows, Vector};
use crate::spec::LayerSpec;

/// Row `x[l]` of a table of `N` rows of `D` numbers, for each of `L` indices: from a
/// [`Vector<L>`](Vector) to [`Rows<L, D>`](Rows) (PyTorch's and Keras' `Embedding`).
///
/// Indices are whole numbers that come as `f32`, as all features do. What is none from 0 to `N − 1`
/// (a fraction, a negative number, NaN) gives a row of zeros and no gradient: the way to fill up a
/// sequence that is too short.
///
/// Parameters: `W[N][D]` row by row, at first standard normal, whatever the network's
/// initialisation says. The gradient of a row is added for each index by itself. An index has no
/// gradient: the layer belongs first.
///
/// ```
/// use trimpot::layer::{Dense, Embedding, Flatten, Layer};
/// use trimpot::shape::Vector;
///
/// let table = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]; // 3 rows of 2
/// let rows = Layer::<Vector<3>>::forward::<f32>(&Embedding::<3, 2>, &table, &[2.0, 0.0, -1.0]);
/// assert_eq!(rows, [[2.0, 2.5], [0.0, 0.5], [0.0, 0.0]]);
///
/// type Words = trimpot::network!(Embedding<100, 8>, Flatten<40>, Dense<40, 3>; from 5);
/// assert_eq!(Words::PARAMETERS, 800 + 40 * 3 + 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Embedding<const N: usize, const D: usize>;

/// Returns which of so many rows an index means.
#[inline(always)]
fn row(index: f32, rows: usize) -> Option<usize> {
    // The conversion cuts off fractions, and gives the nearest integer for what is out of range.
    let row = index as usize;
    (row < rows && row as f32 == index).then_some(row)
}

impl<const L: usize, const N: usize, const D: usize> Layer<Vector<L>> for Embedding<N, D> {
    type Output = Rows<L, D>;
    const PARAMETERS: usize = {
        assert!(N < 1 << 24, "f32 cannot tell larger whole numbers apart");
        N * D
    };
    const ACTIVATIONS: usize = 2 * L * D + D;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Embedding(EmbeddingSpec { rows: N as u32, size: D as u32 }));
    }

    fn initialize<H: Initialization>(&self, _: &H, parameters: &mut [f32], random: &mut Random) {
        parameters.fill_with(|| random.normal());
    }

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &[V; L]) -> [[V; D]; L] {
        let (rows, _) = parameters.as_chunks::<D>();
        input.map(|indices| {
            let mut output = [V::ZERO; D];
            for (lane, &index) in indices.to_array().as_ref().iter().enumerate() {
                let Some(row) = row(index, N).and_then(|row| rows.get(row)) else { continue };
                for (output, &value) in output.iter_mut().zip(row) {
                    *output += only(lane, V::splat(value));
                }
            }
            output
        })
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        mut sink: S,
        _noise: Noise<V>,
        input: &[V; L],
        _input_gradient: Option<&mut [V; L]>,
        rest: impl FnOnce(&Values<Rows<L, D>, V>, &mut Values<Rows<L, D>, V>) -> R,
    ) -> R {
        let output = self.forward(sink.parameters(), input);
        let mut gradient = [[V::ZERO; D]; L];
        let result = rest(&output, &mut gradient);
        for (indices, gradient) in input.iter().zip(&gradient) {
            for (lane, &index) in indices.to_array().as_ref().iter().enumerate() {
                if let Some(row) = row(index, N) {
                    sink.add(row * D, &gradient.map(|gradient| only(lane, gradient)));
                }
            }
        }
        result
    }
}

/// Returns the number of one lane, and zero in the others.
#[inline(always)]
fn only<V: Lanes>(lane: usize, value: V) -> V {
    let of = value.to_array();
    V::from_fn(|other| match of.as_ref().get(other) {
        Some(&value) if other == lane => value,
        _ => 0.0,
    })
}
