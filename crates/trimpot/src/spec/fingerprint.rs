//! Telling networks apart, on every compiler and target alike.

use super::{Dims, LayerSpec};

/// A fingerprint of a network: of its input's shape, its layers with all their sizes and settings,
/// and the numbers that training does not change.
///
/// It says that stored parameters are those of another network; it does not protect them from
/// damage. FNV-1a (Fowler, Noll and Vo) over names and little-endian words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u32);

impl Fingerprint {
    /// Creates the fingerprint of a network without layers.
    pub fn new(input: Dims) -> Self {
        let mut fingerprint = Fingerprint(0x811c_9dc5);
        for &size in input.sizes() {
            fingerprint.word(size);
        }
        fingerprint
    }

    /// Adds a layer.
    pub fn layer(&mut self, spec: LayerSpec) {
        self.bytes(spec.name().as_bytes());
        if let LayerSpec::Custom(custom) = spec {
            self.bytes(custom.name.as_bytes());
        }
        for argument in spec.arguments().iter() {
            argument.value.for_each_word(&mut |word| self.word(word));
        }
    }

    /// Adds numbers that training does not change.
    pub fn constants(&mut self, constants: &[f32]) {
        for constant in constants {
            self.word(constant.to_bits());
        }
    }

    /// Returns the fingerprint.
    pub const fn value(self) -> u32 {
        self.0
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of the authors' test suite.
    #[test]
    fn the_hash_is_fnv1a() {
        let mut hash = Fingerprint(0x811c_9dc5);
        hash.bytes(b"foobar");
        assert_eq!(hash.value(), 0xbf9c_f968);
    }
}
