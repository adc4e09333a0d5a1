//! Layers as words: how they are stored, and sent to a board.

use super::LayerSpec;
use crate::for_each_layer;
use crate::layer::kind::LayerKind;

impl LayerSpec {
    /// The most words that a layer has: those of a convolution.
    pub const MOST_WORDS: usize = 13;

    /// Hands over the words of the layer's arguments, in their order: whole numbers, and the bits
    /// of real ones. With the [name](Self::name) they are all that the layer is, except for layers
    /// of the user's own, of which nobody else knows more than the name.
    pub fn for_each_word(self, visit: &mut dyn FnMut(u32)) {
        for argument in self.arguments().iter() {
            argument.value.for_each_word(visit);
        }
    }

    /// Returns the layer that has this name and these words; `None`, if there is none.
    ///
    /// ```
    /// use trimpot::layer::DenseSpec;
    /// use trimpot::spec::LayerSpec;
    /// let dense = LayerSpec::Dense(DenseSpec { inputs: 64, outputs: 32 });
    /// assert_eq!(LayerSpec::from_words("Dense", &[64, 32]), Some(dense));
    /// assert_eq!(LayerSpec::from_words("Dense", &[64]), None);
    /// ```
    pub fn from_words(name: &str, words: &[u32]) -> Option<Self> {
        macro_rules! named {
            ($($(#[$doc:meta])* $kind:ident: $spec:ty;)*) => {
                match name {
                    $(stringify!($kind) => <$spec>::from_words(words).map(LayerSpec::$kind),)*
                    _ => None,
                }
            };
        }
        for_each_layer!(named)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::layer::{
        AveragePoolSpec, BatchNormSpec, ConvSpec, CustomSpec, DenseSpec, Dropout, Elu,
        EmbeddingSpec, FlattenSpec, FrozenSpec, Gelu, GeluTanh, GlobalAveragePool, HardSigmoid,
        HardSwish, HardTanh, LayerNormSpec, LeakyRelu, MaxPoolSpec, Relu, ReshapeSpec,
        ResidualSpec, ShortcutSpec, Sigmoid, Silu, Softplus, Softsign, Tanh, WindowSpec,
    };
    use crate::spec::Dims;
    use std::vec::Vec;

    fn words(spec: LayerSpec) -> Vec<u32> {
        let mut words = Vec::new();
        spec.for_each_word(&mut |word| words.push(word));
        words
    }

    /// One of each kind; of those with settings, with other ones than the defaults.
    fn every_kind() -> Vec<LayerSpec> {
        let sequence = WindowSpec::new([3]).with_stride([2]).with_padding([[1, 2]]);
        let image = WindowSpec::new([10, 4])
            .with_stride([2, 1])
            .with_padding([[4, 5], [1, 2]])
            .with_dilation([1, 3]);
        std::vec![
            LayerSpec::Dense(DenseSpec { inputs: 3, outputs: 4 }),
            LayerSpec::Conv1d(ConvSpec {
                in_channels: 2,
                out_channels: 4,
                window: sequence,
                groups: 2
            }),
            LayerSpec::Conv2d(ConvSpec {
                in_channels: 1,
                out_channels: 8,
                window: image,
                groups: 1
            }),
            LayerSpec::MaxPool1d(MaxPoolSpec::new(sequence.with_padding([[1, 1]]))),
            LayerSpec::MaxPool2d(MaxPoolSpec::new(image)),
            LayerSpec::AveragePool1d(AveragePoolSpec::new(sequence)),
            LayerSpec::AveragePool2d(AveragePoolSpec::new(image)),
            LayerSpec::GlobalAveragePool(GlobalAveragePool),
            LayerSpec::BatchNorm(BatchNormSpec { channels: 5, epsilon: 1e-3 }),
            LayerSpec::LayerNorm(LayerNormSpec { size: 6, epsilon: 1e-4 }),
            LayerSpec::Embedding(EmbeddingSpec { rows: 7, size: 8 }),
            LayerSpec::Flatten(FlattenSpec),
            LayerSpec::Reshape(ReshapeSpec { dims: Dims::image(1, 2, 3) }),
            LayerSpec::Relu(Relu),
            LayerSpec::LeakyRelu(LeakyRelu::default().with_negative_slope(0.2).unwrap()),
            LayerSpec::Elu(Elu::default().with_alpha(0.7).unwrap()),
            LayerSpec::Gelu(Gelu),
            LayerSpec::GeluTanh(GeluTanh),
            LayerSpec::Silu(Silu),
            LayerSpec::Sigmoid(Sigmoid),
            LayerSpec::Tanh(Tanh),
            LayerSpec::Softplus(Softplus),
            LayerSpec::Softsign(Softsign),
            LayerSpec::HardSigmoid(HardSigmoid),
            LayerSpec::HardSwish(HardSwish),
            LayerSpec::HardTanh(HardTanh::between(-2.0, 0.5).unwrap()),
            LayerSpec::Custom(CustomSpec { name: "square" }),
            LayerSpec::Dropout(Dropout::new(0.1).unwrap()),
            LayerSpec::Residual(ResidualSpec { layers: 2 }),
            LayerSpec::Shortcut(ShortcutSpec { layers: 1 }),
            LayerSpec::Frozen(FrozenSpec { layers: 3 }),
        ]
    }

    #[test]
    fn every_layer_comes_back_from_its_words() {
        macro_rules! names {
            ($($(#[$doc:meta])* $name:ident: $spec:ty;)*) => { [$( stringify!($name) ),*] };
        }
        let names = crate::for_each_layer!(names);
        assert!(every_kind().iter().map(|spec| spec.name()).eq(names));
        for spec in every_kind() {
            let words = words(spec);
            assert!(words.len() <= LayerSpec::MOST_WORDS, "{spec}");
            let found = LayerSpec::from_words(spec.name(), &words);
            let known = !matches!(spec, LayerSpec::Custom(_));
            assert_eq!(found, known.then_some(spec), "{spec}");
            // Fewer, more or other words make another layer or none.
            let mut more = words.clone();
            // No layer has a size of 0 at the end; 1 would be the padding behind a window as before
            // it.
            more.push(0);
            assert_ne!(LayerSpec::from_words(spec.name(), &more), Some(spec), "{spec}");
            for place in 0..words.len() {
                let mut other = words.clone();
                other[place] ^= 1;
                assert_ne!(LayerSpec::from_words(spec.name(), &other), Some(spec), "{spec}");
            }
        }
    }

    #[test]
    fn settings_out_of_their_range_make_no_layer() {
        let nan = f32::NAN.to_bits();
        for (name, words) in [
            ("BatchNorm", &[3, nan][..]),
            ("LayerNorm", &[3, 0]),
            ("LeakyRelu", &[nan]),
            ("Elu", &[(-1.0_f32).to_bits()]),
            ("HardTanh", &[1.0_f32.to_bits(), 0]),
            ("Dropout", &[1.0_f32.to_bits()]),
            ("Reshape", &[]),
            ("Reshape", &[1, 2, 3, 4]),
            ("Custom", &[]),
            ("dense", &[1, 2]),
        ] {
            assert_eq!(LayerSpec::from_words(name, words), None, "{name}");
        }
    }
}
