//! Bytes that are left to read.

use trimpot::spec::LayerSpec;

/// Bytes that are left to read.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub fn word(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|&bytes| u32::from_le_bytes(bytes))
    }

    pub fn float(&mut self) -> Option<f32> {
        self.word().map(f32::from_bits)
    }

    /// Takes numbers of four bytes each, and how many there are.
    pub fn numbers(&mut self) -> Option<&'a [[u8; 4]]> {
        let count = self.byte()?;
        let (numbers, _) = self.take(usize::from(count).checked_mul(4)?)?.as_chunks();
        Some(numbers)
    }

    pub fn short(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().map(|&bytes| u16::from_le_bytes(bytes))
    }

    /// Takes a text of up to 255 bytes.
    pub fn text(&mut self) -> Option<&'a str> {
        let length = self.byte()?;
        core::str::from_utf8(self.take(length.into())?).ok()
    }

    pub fn layer(&mut self) -> Option<LayerSpec> {
        let name = self.text()?;
        let count = self.byte()?;
        let mut words = [0; LayerSpec::MOST_WORDS];
        let words = words.get_mut(..count.into())?;
        for word in &mut *words {
            *word = self.word()?;
        }
        LayerSpec::from_words(name, words)
    }

    pub fn keyed(&mut self) -> Option<(&'a str, &'a str)> {
        let key = self.text()?;
        let length = self.short()?;
        let text = core::str::from_utf8(self.take(length.into())?).ok()?;
        Some((key, text))
    }
}
