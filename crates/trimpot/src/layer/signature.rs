//! Telling architectures apart, on every compiler and target alike.

/// A fingerprint of a kind of layer and its sizes, for [`Layer::SIGNATURE`](super::Layer::SIGNATURE).
///
/// It says that stored parameters are those of another architecture; it does not protect them from
/// damage. FNV-1a (Fowler, Noll and Vo) over the name and the sizes, eight bytes each.
///
/// ```
/// use trimpot::layer::signature;
/// assert_ne!(signature("dense", &[64, 32]), signature("dense", &[32, 64]));
/// ```
pub const fn signature(kind: &str, sizes: &[usize]) -> u32 {
    let mut hash = fnv1a(0x811c_9dc5, kind.as_bytes());
    let mut rest = sizes;
    while let Some((&size, tail)) = rest.split_first() {
        hash = fnv1a(hash, &(size as u64).to_le_bytes());
        rest = tail;
    }
    hash
}

const fn fnv1a(mut hash: u32, mut bytes: &[u8]) -> u32 {
    while let Some((&byte, rest)) = bytes.split_first() {
        hash = (hash ^ byte as u32).wrapping_mul(0x0100_0193);
        bytes = rest;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chain;
    use crate::layer::{Dense, Layer, Relu, Tanh};
    use crate::shape::Vector;

    /// The value of the authors' test suite.
    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(signature("foobar", &[]), 0xbf9c_f968);
    }

    #[test]
    fn architectures_differ() {
        type Small = Chain![Dense<4, 3>, Relu, Dense<3, 2>];
        type Wide = Chain![Dense<4, 5>, Relu, Dense<5, 2>];
        type Other = Chain![Dense<4, 3>, Tanh, Dense<3, 2>];
        let signatures = [
            <Small as Layer<Vector<4>>>::SIGNATURE,
            <Wide as Layer<Vector<4>>>::SIGNATURE,
            <Other as Layer<Vector<4>>>::SIGNATURE,
            <Dense<4, 2> as Layer<Vector<4>>>::SIGNATURE,
        ];
        for (index, signature) in signatures.iter().enumerate() {
            assert!(!signatures[..index].contains(signature));
        }
    }
}
