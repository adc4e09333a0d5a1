//! A model as bytes: what is sent to a board whose network is data, what it stores, and what it
//! says.
//!
//! All numbers are little-endian.
//!
//! | bytes | hold |
//! |---|---|
//! | 4 | `TpM2` |
//! | 4 | bytes of the network part |
//! | 4 | constants |
//! | 4 | parameters |
//! | 4 | numbers that were learned beside the parameters |
//! | … | the network part |
//! | 4 each | constants: statistics, and the numbers of frozen layers |
//! | 4 each | parameters |
//! | 4 each | what was learned beside them, as [`ReadState`](trimpot_link::Request::ReadState) is answered: a threshold, say; none, if nothing was |
//!
//! The network part is what [`ReadNetwork`](trimpot_link::Request::ReadNetwork) is answered with,
//! by boards whose network is firmware, too:
//!
//! | bytes | hold |
//! |---|---|
//! | 1, 4 each | the shape of a sample: how many sizes, and each |
//! | 2 | layers; of each |
//! | 1, … | its name, as long as the first byte says |
//! | 1, 4 each | its [words](trimpot::spec::LayerSpec::for_each_word): how many, and each |
//! | 1, … | the name of the loss; empty for that of the board |
//! | 1, 4 each | its settings, in the order of the loss's description |
//! | 1 | the task: 0 for classes, 1 for numbers, 2 for anomalies by an autoencoder, 3 by distance |
//! | 2 | of classes: how many are in use at first; 65535 for all |
//! | 1, … | of anomalies: the name of the [rule](Rule), |
//! | 4, 1 | its number, and how many predictions vote on an alarm |
//! | 4 | learning rate; not a number for that of the board, or of the optimizer |
//! | 4 | replayed samples for each new one; 2³² − 1 for those of the board |
//! | 1, … | the name of the optimizer; empty for gradient descent without a memory |
//! | 1, 4 each | its settings, in the order of [its description](trimpot::optimizer::OPTIMIZERS) |
//! | 1 | samples that make a step; 0 for one |
//! | 1 | what is trained: 0 for all, 1 for the last layers, 2 for biases and normalisations |
//! | 4 | of the last layers: how many |
//! | 1 | what is kept of samples: 0 for features, 1 for latents as `f32`, 2 as `u8`, 3 as `i8` |
//! | 1 | texts about the model, such as the names of the classes; of each |
//! | 1, … | its key |
//! | 2, … | the text |
//!
//! The board itself has no use for the texts. It keeps them for whoever asks.

mod bytes;
mod code;
mod part;
#[cfg(test)]
mod tests;
mod write;

use self::bytes::Bytes;
pub use self::part::NetworkPart;
pub use self::write::{Layers, Purpose, TooLong, write_network};
#[cfg(doc)]
use crate::Rule;

/// What a model begins with.
const MAGIC: [u8; 4] = *b"TpM2";

/// How the bytes of a model begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelHeader {
    /// Bytes of the network part.
    pub network: u32,
    /// Constants.
    pub constants: u32,
    /// Parameters.
    pub parameters: u32,
    /// Numbers that were learned beside them.
    pub state: u32,
}

impl ModelHeader {
    /// Bytes of a header.
    pub const BYTES: usize = 20;

    /// Returns the header's bytes.
    pub fn encode(self) -> [u8; Self::BYTES] {
        let ModelHeader { network, constants, parameters, state } = self;
        let words = [network, constants, parameters, state].map(u32::to_le_bytes);
        let mut bytes = [0; Self::BYTES];
        let parts = MAGIC.iter().chain(words.as_flattened());
        bytes.iter_mut().zip(parts).for_each(|(place, &byte)| *place = byte);
        bytes
    }

    /// Returns the header of these bytes; `None`, if they are none.
    pub fn decode(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        if bytes.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let (network, constants) = (bytes.word()?, bytes.word()?);
        let (parameters, state) = (bytes.word()?, bytes.word()?);
        Some(ModelHeader { network, constants, parameters, state })
    }

    /// Returns where constants begin.
    pub const fn constants_at(self) -> u32 {
        (Self::BYTES as u32).saturating_add(self.network)
    }

    /// Returns where parameters begin.
    pub const fn parameters_at(self) -> u32 {
        self.constants_at().saturating_add(self.constants.saturating_mul(4))
    }

    /// Returns where begins what was learned beside them.
    pub const fn state_at(self) -> u32 {
        self.parameters_at().saturating_add(self.parameters.saturating_mul(4))
    }

    /// Returns how many bytes the model has.
    pub const fn length(self) -> u32 {
        self.state_at().saturating_add(self.state.saturating_mul(4))
    }
}
