//! What an embedding is, as data.

use crate::layer::kind::{ANY, GradientShare, LayerKind, Work, Written};
use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// Of [`Embedding`](super::Embedding): how many rows, and of how many numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbeddingSpec {
    /// Rows.
    pub rows: u32,
    /// Numbers of a row.
    pub size: u32,
}

impl EmbeddingSpec {
    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        match input.sizes() {
            [length] => Ok(Dims::rows(*length, self.size)),
            _ => Err(SpecError::Input { layer: "Embedding", input, expected: "a vector" }),
        }
    }

    pub(crate) const fn tensors(self) -> Tensors {
        Tensors::new().with("weight", &[self.rows, self.size], true)
    }

    pub(crate) const fn arguments(self) -> Arguments {
        Arguments::new()
            .with("num_embeddings", Value::Count(self.rows))
            .with("embedding_dim", Value::Count(self.size))
    }
}

impl LayerKind for EmbeddingSpec {
    const WRITTEN: Written = Written::Not {
        reason: "It cannot be trained on the PC yet: training adds up the gradient of a parameter once \
                 a sample, and rows of a table come again.",
    };

    fn from_words(words: &[u32]) -> Option<Self> {
        let [rows, size] = *words else { return None };
        Some(EmbeddingSpec { rows, size })
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Mixed
    }

    fn work(self) -> Work {
        Work::Lookups
    }
}
