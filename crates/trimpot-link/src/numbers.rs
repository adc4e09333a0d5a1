//! Numbers on the wire.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// How numbers are written, and how exactly.
///
/// | format | bytes each | values | error |
/// |---|---|---|---|
/// | `F32` | 4 | all, with their bits | none |
/// | `F16` | 2 | IEEE-754 binary16 | up to 2⁻¹¹ of the number, or 2⁻²⁵; beyond 65504 infinite |
/// | `I8` | 1 | `scale` · −127 … 127 | up to `scale` / 2; `scale` is the largest magnitude / 127 |
/// | `U8` | 1 | `offset` + `scale` · 0 … 255 | up to `scale` / 2; from the smallest to the largest |
///
/// Rounding is to nearest: ties to even for `F16`, away from zero for the whole numbers. Scale and
/// offset are those of each run of numbers; the errors of `I8` and `U8` are those of exact
/// arithmetic, plus the rounding of `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberFormat {
    /// Four bytes, exact.
    #[default]
    F32,
    /// Two bytes.
    F16,
    /// A byte, and one scale for all, symmetric about 0.
    I8,
    /// A byte, a scale and an offset for all.
    U8,
}

impl NumberFormat {
    /// Returns how many bytes a number has.
    pub const fn width(self) -> usize {
        match self {
            NumberFormat::F32 => 4,
            NumberFormat::F16 => 2,
            NumberFormat::I8 | NumberFormat::U8 => 1,
        }
    }
}

/// What bytes stand for.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
enum Encoding {
    F32,
    F16,
    I8 { scale: f32 },
    U8 { scale: f32, offset: f32 },
}

impl Encoding {
    const fn format(self) -> NumberFormat {
        match self {
            Encoding::F32 => NumberFormat::F32,
            Encoding::F16 => NumberFormat::F16,
            Encoding::I8 { .. } => NumberFormat::I8,
            Encoding::U8 { .. } => NumberFormat::U8,
        }
    }
}

/// A run of numbers as bytes, borrowed from the frame it came in, or will go in.
///
/// On the wire it is the number of its format, with scale and offset where it has them, the count
/// of bytes, and the bytes, little-endian.
///
/// ```
/// use trimpot_link::{NumberFormat, Numbers};
/// let mut bytes = [0; 8];
/// let exact = Numbers::from_f32s(&[1.5, -2.0], &mut bytes).unwrap();
/// assert!(exact.iter().eq([1.5, -2.0]));
///
/// let mut bytes = [0; 2];
/// let rounded = Numbers::encode(NumberFormat::I8, &[1.5, -2.0], &mut bytes).unwrap();
/// assert_eq!(rounded.len(), 2);
/// assert!(rounded.iter().zip([1.5, -2.0]).all(|(found, number)| (found - number).abs() < 0.008));
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Numbers<'a> {
    encoding: Encoding,
    /// A multiple of the format's width.
    bytes: &'a [u8],
}

impl<'a> Numbers<'a> {
    /// Returns the numbers of these little-endian bytes of `f32`s, unless their count is not a
    /// multiple of four.
    pub const fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        Self::of(Encoding::F32, bytes)
    }

    const fn of(encoding: Encoding, bytes: &'a [u8]) -> Option<Self> {
        if bytes.len().is_multiple_of(encoding.format().width()) {
            Some(Numbers { encoding, bytes })
        } else {
            None
        }
    }

    /// Writes the numbers to the front of `bytes`, exactly, unless the buffer is too small.
    pub fn from_f32s(numbers: &[f32], bytes: &'a mut [u8]) -> Option<Self> {
        Self::encode(NumberFormat::F32, numbers, bytes)
    }

    /// Writes the numbers to the front of `bytes` in this format, rounded as the format says,
    /// unless the buffer is too small. Where one is not finite, or the range of `U8` is not, whole
    /// numbers stand for something not finite, too, or for 0.
    pub fn encode(format: NumberFormat, numbers: &[f32], bytes: &'a mut [u8]) -> Option<Self> {
        let bytes = bytes.get_mut(..numbers.len().checked_mul(format.width())?)?;
        let encoding = match format {
            NumberFormat::F32 => {
                for (bytes, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
                    *bytes = number.to_le_bytes();
                }
                Encoding::F32
            }
            NumberFormat::F16 => {
                for (bytes, &number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
                    *bytes = half::f16::from_f32(number).to_le_bytes();
                }
                Encoding::F16
            }
            NumberFormat::I8 => {
                let largest = numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
                let scale = largest / f32::from(i8::MAX);
                for (byte, &number) in bytes.iter_mut().zip(numbers) {
                    let [low] = (nearest(number, scale) as i8).max(-i8::MAX).to_le_bytes();
                    *byte = low;
                }
                Encoding::I8 { scale }
            }
            NumberFormat::U8 => {
                let first = numbers.first().copied().unwrap_or_default();
                let (low, high) = numbers.iter().fold((first, first), |(low, high), &number| {
                    (low.min(number), high.max(number))
                });
                let scale = (high - low) / f32::from(u8::MAX);
                for (byte, &number) in bytes.iter_mut().zip(numbers) {
                    *byte = nearest(number - low, scale) as u8;
                }
                Encoding::U8 { scale, offset: low }
            }
        };
        Some(Numbers { encoding, bytes })
    }

    /// Returns the format.
    pub const fn format(self) -> NumberFormat {
        self.encoding.format()
    }

    /// Returns the bytes, without scale and offset.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns how many numbers there are.
    pub const fn len(self) -> usize {
        match self.encoding {
            Encoding::F32 => self.bytes.len() / 4,
            Encoding::F16 => self.bytes.len() / 2,
            Encoding::I8 { .. } | Encoding::U8 { .. } => self.bytes.len(),
        }
    }

    /// Returns whether there are none.
    pub const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the numbers in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = f32> + use<'a> {
        (0..self.len()).map(move |index| self.number(index).unwrap_or_default())
    }

    fn number(self, index: usize) -> Option<f32> {
        let byte = || self.bytes.get(index).copied();
        Some(match self.encoding {
            Encoding::F32 => f32::from_le_bytes(*self.bytes.as_chunks().0.get(index)?),
            Encoding::F16 => {
                half::f16::from_le_bytes(*self.bytes.as_chunks().0.get(index)?).to_f32()
            }
            Encoding::I8 { scale } => scale * f32::from(i8::from_le_bytes([byte()?])),
            Encoding::U8 { scale, offset } => offset + scale * f32::from(byte()?),
        })
    }

    /// Copies the numbers to `into`, if its length is that of these; tells whether it did.
    #[must_use]
    pub fn copy_to(self, into: &mut [f32]) -> bool {
        let fits = into.len() == self.len();
        if fits {
            for (into, number) in into.iter_mut().zip(self.iter()) {
                *into = number;
            }
        }
        fits
    }
}

/// Returns the whole number nearest to `number` / `scale`, ties away from zero; 0, if all are 0.
/// The conversion of the result cuts off, and keeps within the range of its type.
fn nearest(number: f32, scale: f32) -> f32 {
    if scale == 0.0 {
        return 0.0;
    }
    number / scale + f32::copysign(0.5, number)
}

impl Default for Numbers<'_> {
    fn default() -> Self {
        Numbers { encoding: Encoding::F32, bytes: &[] }
    }
}

impl fmt::Debug for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.encoding, self.bytes).serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Numbers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (encoding, bytes) = <(Encoding, &[u8])>::deserialize(deserializer)?;
        Numbers::of(encoding, bytes).ok_or_else(|| D::Error::custom("a part of a number"))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::{Packet, Request, frame};
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    const FORMATS: [NumberFormat; 4] =
        [NumberFormat::F32, NumberFormat::F16, NumberFormat::I8, NumberFormat::U8];

    fn rounded(format: NumberFormat, numbers: &[f32]) -> Vec<f32> {
        let mut bytes = vec![0; 4 * numbers.len()];
        let encoded = Numbers::encode(format, numbers, &mut bytes).unwrap();
        assert_eq!((encoded.format(), encoded.len()), (format, numbers.len()));
        let mut buffer = vec![0; 5 * numbers.len() + 20];
        let written = postcard::to_slice(&encoded, &mut buffer).unwrap();
        let back: Numbers<'_> = postcard::from_bytes(written).unwrap();
        assert_eq!(back, encoded);
        let mut into = vec![0.0; numbers.len()];
        assert!(back.copy_to(&mut into));
        assert!(back.iter().eq(into.iter().copied()));
        into
    }

    /// The bytes of a sample of 64 features, and what is lost of numbers between −1 and 1.
    #[test]
    fn a_frame_is_as_short_and_numbers_are_as_exact_as_the_formats_say() {
        let features: Vec<f32> = (0..64_u8).map(|index| (f32::from(index) * 0.7).sin()).collect();
        let cases = [
            (NumberFormat::F32, 4 * 64, 0.0),
            (NumberFormat::F16, 2 * 64, 0.5_f32.powi(12)),
            (NumberFormat::I8, 64, 0.5 / 127.0),
            (NumberFormat::U8, 64, 1.0 / 255.0),
        ];
        for (format, bytes, error) in cases {
            let found = rounded(format, &features);
            let largest =
                found.iter().zip(&features).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
            std::println!("{format:?}: {bytes} bytes, error {largest}");
            assert!(largest <= error * 1.001, "{format:?}: {largest}");
            assert!(largest >= error / 4.0, "{format:?}: {largest}");
            let mut buffer = [0; 512];
            let encoded = Numbers::encode(format, &features, &mut buffer).unwrap();
            let message = Request::Predict { features: encoded };
            let mut buffer = [0; 512];
            let frame = frame::encode(&Packet { sequence: 1, message }, &mut buffer).unwrap();
            // Header, number and kind of the request, format with its scale, count, CRC-32, COBS.
            assert!((bytes + 14..=bytes + 24).contains(&frame.len()), "{format:?} {}", frame.len());
        }
    }

    #[test]
    fn the_ends_of_a_range_are_exact_and_ties_are_away_from_zero() {
        assert_eq!(
            rounded(NumberFormat::I8, &[-254.0, 254.0, 1.0, -1.0, 0.9, -3.0])[2..],
            [2.0, -2.0, 0.0, -4.0]
        );
        assert_eq!(
            rounded(NumberFormat::U8, &[10.0, 520.0, 11.0, 10.9]),
            [10.0, 520.0, 12.0, 10.0]
        );
        // Ties to even: 2048 and 2050 are binary16, 2049 is between them; and 2051 between others.
        assert_eq!(
            rounded(NumberFormat::F16, &[2049.0, 2051.0, 65504.0]),
            [2048.0, 2052.0, 65504.0]
        );
        assert_eq!(rounded(NumberFormat::F16, &[65520.0, -1e-9]), [f32::INFINITY, 0.0]);
        for format in FORMATS {
            assert_eq!(rounded(format, &[0.0; 3]), [0.0; 3]);
            assert!(rounded(format, &[]).is_empty());
        }
        assert_eq!(rounded(NumberFormat::U8, &[-7.5; 3]), [-7.5; 3]);
        // A range that is wider than an f32 is not finite, so a board refuses it.
        let mut bytes = [0; 2];
        let wide = Numbers::encode(NumberFormat::U8, &[-3e38, 3e38], &mut bytes).unwrap();
        assert!(wide.iter().all(|number| !number.is_finite()));
    }

    #[test]
    fn a_part_of_a_number_is_refused() {
        assert_eq!(Numbers::from_bytes(&[0; 7]), None);
        assert_eq!(postcard::from_bytes::<Numbers>(&[0, 3, 0, 0, 0]).ok(), None);
        assert_eq!(postcard::from_bytes::<Numbers>(&[1, 3, 0, 0, 0]).ok(), None);
        assert_eq!(postcard::from_bytes::<Numbers>(&[4, 1, 0]).ok(), None);
        let number = postcard::from_bytes::<Numbers>(&[0, 4, 0, 0, 0x80, 0x3f]).unwrap();
        assert!(number.iter().eq([1.0]));
        let number = postcard::from_bytes::<Numbers>(&[1, 2, 0, 0x3c]).unwrap();
        assert!(number.iter().eq([1.0]));
        let number = postcard::from_bytes::<Numbers>(&[2, 0, 0, 0, 0x3f, 2, 2, 0xff]).unwrap();
        assert!(number.iter().eq([1.0, -0.5]));
    }

    #[test]
    fn numbers_are_written_where_there_is_room_for_all() {
        let mut bytes = [0; 7];
        assert_eq!(Numbers::from_f32s(&[1.0, 2.0], &mut bytes), None);
        assert!(Numbers::from_f32s(&[1.0], &mut bytes).unwrap().iter().eq([1.0]));
        assert!(Numbers::from_f32s(&[], &mut []).unwrap().is_empty());
        assert_eq!(Numbers::encode(NumberFormat::I8, &[1.0; 8], &mut bytes), None);
    }

    #[test]
    fn numbers_are_copied_where_exactly_these_fit() {
        let mut bytes = [0; 8];
        let numbers = Numbers::from_f32s(&[1.0, f32::INFINITY], &mut bytes).unwrap();
        let mut into = [0.0; 2];
        assert!(numbers.copy_to(&mut into));
        assert_eq!(into, [1.0, f32::INFINITY]);
        assert!(!numbers.copy_to(&mut [0.0; 1]));
        assert!(!numbers.copy_to(&mut [0.0; 3]));
    }

    proptest! {
        #[test]
        fn numbers_come_back_within_the_error_of_their_format(
            numbers in proptest::collection::vec(-1e4_f32..1e4, 1..50),
        ) {
            let largest = numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
            let low = numbers.iter().copied().fold(f32::INFINITY, f32::min);
            let high = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for format in FORMATS {
                for (found, number) in rounded(format, &numbers).iter().zip(&numbers) {
                    let error = match format {
                        NumberFormat::F32 => 0.0,
                        NumberFormat::F16 => (number.abs() * 0.5_f32.powi(11)).max(0.5_f32.powi(25)),
                        NumberFormat::I8 => largest / 127.0 / 2.0 * 1.0001,
                        NumberFormat::U8 => (high - low) / 255.0 / 2.0 * 1.0001 + largest * 1e-6,
                    };
                    prop_assert!((found - number).abs() <= error, "{format:?}: {number} {found}");
                }
            }
        }
    }
}
