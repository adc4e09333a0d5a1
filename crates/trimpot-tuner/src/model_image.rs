//! A model as bytes: what is sent to a board whose network is data, what it stores, and what it
//! says.
//!
//! All numbers are little-endian.
//!
//! | bytes | hold |
//! |---|---|
//! | 4 | `TpM1` |
//! | 4 | bytes of the network part |
//! | 4 | constants |
//! | 4 | parameters |
//! | … | the network part |
//! | 4 each | constants: statistics, and the numbers of frozen layers |
//! | 4 each | parameters |
//!
//! The network part is what [`ReadNetwork`](trimpot_link::Request::ReadNetwork) is answered with,
//! by boards whose network is firmware, too:
//!
//! | bytes | hold |
//! |---|---|
//! | 1, 4 each | the shape of a sample: how many sizes, and each |
//! | 2 | layers; of each |
//! | 1, … | its name, as long as the first byte says |
//! | 1, 4 each | its [words](LayerSpec::for_each_word): how many, and each |
//! | 1, … | the name of the loss; empty for that of the board |
//! | 1, 4 each | its settings, in the order of the loss's description |
//! | 4 | learning rate; not a number for that of the board |
//! | 4 | replayed samples for each new one; 2³² − 1 for those of the board |
//! | 1 | texts about the model, such as the names of the classes; of each |
//! | 1, … | its key |
//! | 2, … | the text |
//!
//! The board itself has no use for the texts. It keeps them for whoever asks.

use trimpot::spec::{Dims, LayerSpec};

/// What a model begins with.
const MAGIC: [u8; 4] = *b"TpM1";

/// How the bytes of a model begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelHeader {
    /// Bytes of the network part.
    pub network: u32,
    /// Constants.
    pub constants: u32,
    /// Parameters.
    pub parameters: u32,
}

impl ModelHeader {
    /// Bytes of a header.
    pub const BYTES: usize = 16;

    /// Returns the header's bytes.
    pub fn encode(self) -> [u8; Self::BYTES] {
        let words = [self.network, self.constants, self.parameters].map(u32::to_le_bytes);
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
        let (network, constants, parameters) = (bytes.word()?, bytes.word()?, bytes.word()?);
        Some(ModelHeader { network, constants, parameters })
    }

    /// Returns where constants begin.
    pub const fn constants_at(self) -> u32 {
        (Self::BYTES as u32).saturating_add(self.network)
    }

    /// Returns where parameters begin.
    pub const fn parameters_at(self) -> u32 {
        self.constants_at().saturating_add(self.constants.saturating_mul(4))
    }

    /// Returns how many bytes the model has.
    pub const fn length(self) -> u32 {
        self.parameters_at().saturating_add(self.parameters.saturating_mul(4))
    }
}

/// What a network is for, and how it learns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Purpose<'a> {
    /// The loss's name in the core's registry; empty for that of the board.
    pub loss: &'a str,
    /// Its settings.
    pub loss_settings: &'a [f32],
    /// The learning rate, unless it is that of the board.
    pub learning_rate: Option<f32>,
    /// Replayed samples for each new one, unless they are those of the board.
    pub replays: Option<u32>,
    /// Texts by their keys.
    pub texts: &'a [(&'a str, &'a str)],
}

/// The network part is too long for its lengths: a name has more than 255 bytes, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl core::fmt::Display for TooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a name or a text of the model is too long for a board")
    }
}

impl core::error::Error for TooLong {}

/// Hands over layers, in order.
pub type Layers<'l> = &'l dyn Fn(&mut dyn FnMut(LayerSpec));

/// Hands over the bytes of the network part of a model.
///
/// # Errors
/// If a count does not fit into its bytes. Then not all were handed over.
pub fn write_network(
    input: Dims,
    layers: Layers<'_>,
    purpose: &Purpose<'_>,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<(), TooLong> {
    visit(&[short(input.sizes().len())?]);
    input.sizes().iter().for_each(|size| visit(&size.to_le_bytes()));
    let (mut count, mut fits) = (0_usize, Ok(()));
    layers(&mut |_| count = count.saturating_add(1));
    visit(&u16::try_from(count).map_err(|_| TooLong)?.to_le_bytes());
    layers(&mut |layer| fits = fits.and(write_layer(layer, visit)));
    fits?;
    write_short(purpose.loss.as_bytes(), visit)?;
    visit(&[short(purpose.loss_settings.len())?]);
    purpose.loss_settings.iter().for_each(|setting| visit(&setting.to_le_bytes()));
    visit(&purpose.learning_rate.unwrap_or(f32::NAN).to_le_bytes());
    visit(&purpose.replays.unwrap_or(u32::MAX).to_le_bytes());
    visit(&[short(purpose.texts.len())?]);
    for (key, text) in purpose.texts {
        write_short(key.as_bytes(), visit)?;
        visit(&u16::try_from(text.len()).map_err(|_| TooLong)?.to_le_bytes());
        visit(text.as_bytes());
    }
    Ok(())
}

fn write_layer(layer: LayerSpec, visit: &mut dyn FnMut(&[u8])) -> Result<(), TooLong> {
    write_short(layer.name().as_bytes(), visit)?;
    let mut words = 0_usize;
    layer.for_each_word(&mut |_| words = words.saturating_add(1));
    visit(&[short(words)?]);
    layer.for_each_word(&mut |word| visit(&word.to_le_bytes()));
    Ok(())
}

fn write_short(bytes: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<(), TooLong> {
    visit(&[short(bytes.len())?]);
    visit(bytes);
    Ok(())
}

fn short(count: usize) -> Result<u8, TooLong> {
    u8::try_from(count).map_err(|_| TooLong)
}

/// The network part of a model, read from its bytes.
#[derive(Clone, Copy, Debug)]
pub struct NetworkPart<'a> {
    /// The shape of a sample.
    pub input: Dims,
    /// The name of the loss; empty for that of the board.
    pub loss: &'a str,
    /// The learning rate, unless it is that of the board.
    pub learning_rate: Option<f32>,
    /// Replayed samples for each new one, unless they are those of the board.
    pub replays: Option<u32>,
    layers: Bytes<'a>,
    layer_count: u16,
    loss_settings: &'a [[u8; 4]],
    texts: Bytes<'a>,
    text_count: u8,
}

impl<'a> NetworkPart<'a> {
    /// Reads the bytes; `None`, if they are no network part, or more than one.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let rank = bytes.byte()?;
        let mut sizes = [0; 3];
        let sizes = sizes.get_mut(..rank.into())?;
        for size in &mut *sizes {
            *size = bytes.word()?;
        }
        let input = Dims::of_sizes(sizes)?;
        let layer_count = u16::from_le_bytes(*bytes.take(2)?.first_chunk()?);
        let layers = bytes;
        for _ in 0..layer_count {
            bytes.layer()?;
        }
        let loss = bytes.text()?;
        let count = bytes.byte()?;
        let (loss_settings, _) = bytes.take(usize::from(count).checked_mul(4)?)?.as_chunks();
        let learning_rate = Some(f32::from_bits(bytes.word()?)).filter(|rate| !rate.is_nan());
        let replays = Some(bytes.word()?).filter(|&replays| replays != u32::MAX);
        let text_count = bytes.byte()?;
        let texts = bytes;
        for _ in 0..text_count {
            bytes.keyed()?;
        }
        bytes.0.is_empty().then_some(NetworkPart {
            input,
            loss,
            learning_rate,
            replays,
            layers,
            layer_count,
            loss_settings,
            texts,
            text_count,
        })
    }

    /// Returns how many layers there are.
    pub fn layer_count(&self) -> usize {
        self.layer_count.into()
    }

    /// Returns the layers.
    pub fn layers(&self) -> impl Iterator<Item = LayerSpec> + use<'a> {
        let mut bytes = self.layers;
        (0..self.layer_count).map_while(move |_| bytes.layer())
    }

    /// Returns the settings of the loss.
    pub fn loss_settings(&self) -> impl Iterator<Item = f32> + use<'a> {
        self.loss_settings.iter().map(|&bytes| f32::from_le_bytes(bytes))
    }

    /// Returns the texts with their keys.
    pub fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut bytes = self.texts;
        (0..self.text_count).map_while(move |_| bytes.keyed())
    }
}

/// Bytes that are left to read.
#[derive(Clone, Copy, Debug)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn word(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|&bytes| u32::from_le_bytes(bytes))
    }

    /// Takes a text of up to 255 bytes.
    fn text(&mut self) -> Option<&'a str> {
        let length = self.byte()?;
        core::str::from_utf8(self.take(length.into())?).ok()
    }

    fn layer(&mut self) -> Option<LayerSpec> {
        let name = self.text()?;
        let count = self.byte()?;
        let mut words = [0; LayerSpec::MOST_WORDS];
        let words = words.get_mut(..count.into())?;
        for word in &mut *words {
            *word = self.word()?;
        }
        LayerSpec::from_words(name, words)
    }

    fn keyed(&mut self) -> Option<(&'a str, &'a str)> {
        let key = self.text()?;
        let length = u16::from_le_bytes(*self.take(2)?.first_chunk()?);
        let text = core::str::from_utf8(self.take(length.into())?).ok()?;
        Some((key, text))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;
    use trimpot::layer::{DenseSpec, Relu};

    const LAYERS: [LayerSpec; 2] =
        [LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 3 }), LayerSpec::Relu(Relu)];

    fn written(purpose: &Purpose<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let layers = |visit: &mut dyn FnMut(LayerSpec)| LAYERS.into_iter().for_each(visit);
        let visit = &mut |run: &[u8]| bytes.extend_from_slice(run);
        write_network(Dims::vector(4), &layers, purpose, visit).unwrap();
        bytes
    }

    const PURPOSE: Purpose<'_> = Purpose {
        loss: "focal",
        loss_settings: &[2.0],
        learning_rate: Some(0.5),
        replays: Some(7),
        texts: &[("classes", "[\"a\",\"b\"]"), ("", "")],
    };

    #[test]
    fn a_network_part_comes_back() {
        let bytes = written(&PURPOSE);
        let part = NetworkPart::read(&bytes).unwrap();
        assert_eq!((part.input, part.layer_count()), (Dims::vector(4), 2));
        assert!(part.layers().eq(LAYERS));
        assert_eq!((part.loss, part.learning_rate, part.replays), ("focal", Some(0.5), Some(7)));
        assert!(part.loss_settings().eq([2.0]));
        assert!(part.texts().eq(PURPOSE.texts.iter().copied()));
        let bytes = written(&Purpose::default());
        let part = NetworkPart::read(&bytes).unwrap();
        assert_eq!((part.loss, part.learning_rate, part.replays), ("", None, None));
        assert_eq!(part.texts().count(), 0);
    }

    /// The layout that boards store: these bytes must not change.
    #[test]
    fn the_network_part_has_the_bytes_that_are_documented() {
        let mut expected = std::vec![1, 4, 0, 0, 0, 2, 0];
        expected.extend(b"\x05Dense\x02\x04\0\0\0\x03\0\0\0");
        expected.extend(b"\x04Relu\0");
        expected.extend(b"\x05focal\x01\0\0\0\x40");
        expected.extend(b"\0\0\0\x3f\x07\0\0\0");
        expected.extend(b"\x02\x07classes\x09\0[\"a\",\"b\"]\0\0\0");
        assert_eq!(written(&PURPOSE), expected);
    }

    #[test]
    fn a_part_that_is_cut_or_longer_is_refused() {
        let bytes = written(&PURPOSE);
        for length in 0..bytes.len() {
            assert!(NetworkPart::read(&bytes[..length]).is_none(), "{length}");
        }
        assert!(NetworkPart::read(&[&bytes[..], &[0]].concat()).is_none());
    }

    #[test]
    fn what_does_not_fit_into_its_length_is_not_written() {
        let long = "x".repeat(300);
        let layers = |visit: &mut dyn FnMut(LayerSpec)| LAYERS.into_iter().for_each(visit);
        let purpose = Purpose { loss: &long, ..Purpose::default() };
        let written = write_network(Dims::vector(4), &layers, &purpose, &mut |_| {});
        assert_eq!(written, Err(TooLong));
    }

    #[test]
    fn a_header_says_where_numbers_are() {
        let header = ModelHeader { network: 10, constants: 2, parameters: 3 };
        assert_eq!(ModelHeader::decode(&header.encode()), Some(header));
        let places = (header.constants_at(), header.parameters_at(), header.length());
        assert_eq!(places, (26, 34, 46));
        let mut other = header.encode();
        other[3] = b'2';
        assert_eq!(ModelHeader::decode(&other), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            place in 0_usize..80, byte: u8, noise in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut bytes = written(&PURPOSE);
            if let Some(place) = bytes.get_mut(place) {
                *place = byte;
            }
            for bytes in [bytes, noise] {
                if let Some(part) = NetworkPart::read(&bytes) {
                    prop_assert_eq!(part.layers().count(), part.layer_count());
                }
            }
        }
    }
}
