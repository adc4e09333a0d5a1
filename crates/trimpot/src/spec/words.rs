//! Layers as words: how they are stored, and sent to a board.

use super::{Dims, LayerSpec};
use crate::layer::{
    AveragePoolSpec, BatchNormSpec, ConvSpec, DenseSpec, Dropout, Elu, EmbeddingSpec, FlattenSpec,
    FrozenSpec, Gelu, GeluTanh, GlobalAveragePool, HardSigmoid, HardSwish, HardTanh, LayerNormSpec,
    LeakyRelu, MaxPoolSpec, Relu, ReshapeSpec, ResidualSpec, Sigmoid, Silu, Softplus, Softsign,
    Tanh, WindowSpec,
};

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
        Some(match (name, words) {
            ("Dense", &[inputs, outputs]) => LayerSpec::Dense(DenseSpec { inputs, outputs }),
            ("Conv1d", &[in_channels, out_channels, ref window @ .., groups]) => {
                let window = sequence(window)?;
                LayerSpec::Conv1d(ConvSpec { in_channels, out_channels, window, groups })
            }
            ("Conv2d", &[in_channels, out_channels, ref window @ .., groups]) => {
                let window = image(window)?;
                LayerSpec::Conv2d(ConvSpec { in_channels, out_channels, window, groups })
            }
            ("MaxPool1d", window) => LayerSpec::MaxPool1d(MaxPoolSpec::new(sequence(window)?)),
            ("MaxPool2d", window) => LayerSpec::MaxPool2d(MaxPoolSpec::new(image(window)?)),
            ("AveragePool1d", window) => {
                LayerSpec::AveragePool1d(AveragePoolSpec::new(sequence(window)?))
            }
            ("AveragePool2d", window) => {
                LayerSpec::AveragePool2d(AveragePoolSpec::new(image(window)?))
            }
            ("GlobalAveragePool", []) => LayerSpec::GlobalAveragePool(GlobalAveragePool),
            ("BatchNorm", &[channels, epsilon]) => {
                LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon: positive(epsilon)? })
            }
            ("LayerNorm", &[size, epsilon]) => {
                LayerSpec::LayerNorm(LayerNormSpec { size, epsilon: positive(epsilon)? })
            }
            ("Embedding", &[rows, size]) => LayerSpec::Embedding(EmbeddingSpec { rows, size }),
            ("Flatten", []) => LayerSpec::Flatten(FlattenSpec),
            ("Reshape", sizes) => LayerSpec::Reshape(ReshapeSpec { dims: Dims::of_sizes(sizes)? }),
            ("Relu", []) => LayerSpec::Relu(Relu),
            ("LeakyRelu", &[slope]) => LayerSpec::LeakyRelu(
                LeakyRelu::default().with_negative_slope(f32::from_bits(slope)).ok()?,
            ),
            ("Elu", &[alpha]) => {
                LayerSpec::Elu(Elu::default().with_alpha(f32::from_bits(alpha)).ok()?)
            }
            ("Gelu", []) => LayerSpec::Gelu(Gelu),
            ("GeluTanh", []) => LayerSpec::GeluTanh(GeluTanh),
            ("Silu", []) => LayerSpec::Silu(Silu),
            ("Sigmoid", []) => LayerSpec::Sigmoid(Sigmoid),
            ("Tanh", []) => LayerSpec::Tanh(Tanh),
            ("Softplus", []) => LayerSpec::Softplus(Softplus),
            ("Softsign", []) => LayerSpec::Softsign(Softsign),
            ("HardSigmoid", []) => LayerSpec::HardSigmoid(HardSigmoid),
            ("HardSwish", []) => LayerSpec::HardSwish(HardSwish),
            ("HardTanh", &[low, high]) => LayerSpec::HardTanh(
                HardTanh::between(f32::from_bits(low), f32::from_bits(high)).ok()?,
            ),
            ("Dropout", &[p]) => LayerSpec::Dropout(Dropout::new(f32::from_bits(p)).ok()?),
            ("Residual", &[layers]) => LayerSpec::Residual(ResidualSpec { layers }),
            ("Frozen", &[layers]) => LayerSpec::Frozen(FrozenSpec { layers }),
            _ => return None,
        })
    }
}

/// Returns a positive, finite number of these bits.
fn positive(bits: u32) -> Option<f32> {
    Some(f32::from_bits(bits)).filter(|&number| number > 0.0 && number.is_finite())
}

/// Returns a window over sequences: its size, stride, padding, which is one number if it is the
/// same before and behind, and dilation.
fn sequence(words: &[u32]) -> Option<WindowSpec<1>> {
    let (size, stride, padding, dilation) = match *words {
        [size, stride, padding, dilation] => (size, stride, [padding; 2], dilation),
        [size, stride, before, behind, dilation] => (size, stride, [before, behind], dilation),
        _ => return None,
    };
    let window = WindowSpec::new([size]).with_stride([stride]);
    Some(window.with_padding([padding]).with_dilation([dilation]))
}

/// Returns a window over images: height and width, strides, padding above, below, left and right,
/// dilations.
fn image(words: &[u32]) -> Option<WindowSpec<2>> {
    let &[height, width, down, right, above, below, before, behind, rows, columns] = words else {
        return None;
    };
    let window = WindowSpec::new([height, width]).with_stride([down, right]);
    let window = window.with_padding([[above, below], [before, behind]]);
    Some(window.with_dilation([rows, columns]))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::layer::CustomSpec;
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
