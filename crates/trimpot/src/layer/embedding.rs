//! Embeddings: a trainable row of numbers for each index.

mod kernel;
mod spec;

pub use spec::EmbeddingSpec;

use super::initialization::Initialization;
use super::{Layer, passes};
use crate::lanes::Lanes;
use crate::layer::sealed::Sealed;
use crate::random::Random;
use crate::shape::{Rows, Vector};
use crate::spec::{LayerList, LayerSpec};

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
/// use trimpot::layer::{Dense, Embedding, Flatten};
///
/// let table = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]; // 3 rows of 2
/// let rows = <trimpot::network!(Embedding<3, 2>; from 3)>::new(Embedding, table);
/// assert_eq!(rows.predict::<f32>(&[2.0, 0.0, -1.0]), [[2.0, 2.5], [0.0, 0.5], [0.0, 0.0]]);
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

impl<const N: usize, const D: usize> Embedding<N, D> {
    const SPEC: EmbeddingSpec = EmbeddingSpec { rows: N as u32, size: D as u32 };
}

impl<const N: usize, const D: usize> Sealed for Embedding<N, D> {}

impl<const L: usize, const N: usize, const D: usize> Layer<Vector<L>> for Embedding<N, D> {
    type Output = Rows<L, D>;
    const PARAMETERS: usize = {
        assert!(N < 1 << 24, "f32 cannot tell larger whole numbers apart");
        N * D
    };
    const LAYERS: LayerList = LayerList::new(LayerSpec::Embedding(Self::SPEC));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Embedding(Self::SPEC));
    }

    fn initialize<H: Initialization>(&self, _: &H, parameters: &mut [f32], random: &mut Random) {
        parameters.fill_with(|| random.normal());
    }

    passes!(_ => Self::SPEC);
}

/// Returns the number of one lane, and zero in the others.
#[inline(always)]
fn only<V: Lanes>(lane: usize, value: V) -> V {
    let of = value.to_array();
    V::from_fn(
        #[inline(always)]
        |other| match of.as_ref().get(other) {
            Some(&value) if other == lane => value,
            _ => 0.0,
        },
    )
}
