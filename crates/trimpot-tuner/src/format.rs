//! How samples lie in memory and in flash.

use trimpot::lanes::Lanes;

use crate::samples::{FeatureRange, LEVELS, split};

/// What the bytes of a sample are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A byte for each feature, its share of the range; then the numbers of the target.
    Shares,
    /// All numbers as they are.
    Numbers,
    /// The smallest and the largest of so many latents, and a byte for each, its share of what is
    /// between them; then the numbers of the target.
    Scaled { latents: usize },
    /// The scale of so many latents, and a signed byte for each, its multiple of the scale; then
    /// the numbers of the target.
    Symmetric { latents: usize },
}

/// Bytes of the smallest and the largest latent.
const LIMITS: usize = 2 * size_of::<f32>();
/// Bytes of a scale.
const SCALE: usize = size_of::<f32>();
/// The largest multiple of a scale.
const MOST: f32 = 127.0;

impl Format {
    /// Returns how many bytes a sample takes of which the tuner keeps so many features or latents,
    /// and whose target has so many numbers.
    pub const fn bytes(self, kept: usize, values: usize) -> usize {
        let values = size_of::<f32>().saturating_mul(values);
        let kept = match self {
            Format::Shares => kept,
            Format::Numbers => size_of::<f32>().saturating_mul(kept),
            Format::Scaled { .. } => kept.saturating_add(LIMITS),
            Format::Symmetric { .. } => kept.saturating_add(SCALE),
        };
        kept.saturating_add(values)
    }

    /// Returns a number that tells what is stored in this format from what is in others: 0 for
    /// shares.
    pub const fn code(self) -> u32 {
        match self {
            Format::Shares => 0,
            Format::Numbers => u32::from_le_bytes(*b"latF"),
            Format::Scaled { .. } => u32::from_le_bytes(*b"latU"),
            Format::Symmetric { .. } => u32::from_le_bytes(*b"latI"),
        }
    }

    /// Writes a sample as bytes.
    pub fn encode(self, range: &FeatureRange<'_>, sample: &[f32], bytes: &mut [u8]) {
        match self {
            Format::Shares => range.encode(sample, bytes),
            Format::Numbers => words(sample, bytes),
            Format::Scaled { latents } => {
                let (latents, values) = split(sample, latents);
                let [low, high] = limits(latents);
                let Some((ends, rest)) = bytes.split_at_mut_checked(LIMITS) else { return };
                words(&[low, high], ends);
                let Some((steps, rest)) = rest.split_at_mut_checked(latents.len()) else { return };
                let width = high - low;
                for (byte, latent) in steps.iter_mut().zip(latents) {
                    let share = if width > 0.0 { (latent - low) / width } else { 0.0 };
                    // The conversion cuts off, and keeps within 0 and 255.
                    *byte = (share * LEVELS + 0.5) as u8;
                }
                words(values, rest);
            }
            Format::Symmetric { latents } => {
                let (latents, values) = split(sample, latents);
                let scale = largest(latents) / MOST;
                let Some((place, rest)) = bytes.split_at_mut_checked(SCALE) else { return };
                words(&[scale], place);
                let Some((steps, rest)) = rest.split_at_mut_checked(latents.len()) else { return };
                for (byte, latent) in steps.iter_mut().zip(latents) {
                    let multiple = if scale > 0.0 { latent / scale } else { 0.0 };
                    let half = if multiple < 0.0 { -0.5 } else { 0.5 };
                    // The conversion cuts off.
                    [*byte] = ((multiple + half) as i8).to_le_bytes();
                }
                words(values, rest);
            }
        }
    }

    /// Writes the sample that these bytes stand for.
    pub fn decode(self, range: &FeatureRange<'_>, bytes: &[u8], sample: &mut [f32]) {
        match self {
            Format::Shares => range.decode(bytes, sample),
            Format::Numbers => numbers(bytes, sample),
            Format::Scaled { latents } => {
                let (ends, rest) = split(bytes, LIMITS);
                let mut limits = [0.0; 2];
                numbers(ends, &mut limits);
                let [low, high] = limits;
                let (steps, rest) = split(rest, latents);
                let Some((latents, values)) = sample.split_at_mut_checked(latents) else { return };
                for (latent, byte) in latents.iter_mut().zip(steps) {
                    *latent = low + (high - low) * (f32::from(*byte) / LEVELS);
                }
                numbers(rest, values);
            }
            Format::Symmetric { latents } => {
                let (place, rest) = split(bytes, SCALE);
                let mut scale = [0.0];
                numbers(place, &mut scale);
                let ([scale], (steps, rest)) = (scale, split(rest, latents));
                let Some((latents, values)) = sample.split_at_mut_checked(latents) else { return };
                for (latent, &byte) in latents.iter_mut().zip(steps) {
                    *latent = scale * f32::from(i8::from_le_bytes([byte]));
                }
                numbers(rest, values);
            }
        }
    }
}

/// Returns the smallest number and the largest, both finite: of which the width is, too.
#[expect(clippy::manual_clamp, reason = "`clamp` may panic")]
fn limits(numbers: &[f32]) -> [f32; 2] {
    let mut ends = [f32::INFINITY, f32::NEG_INFINITY];
    for &number in numbers {
        let [low, high] = ends;
        ends = [if number < low { number } else { low }, if number > high { number } else { high }];
    }
    // Half of what there is, where a width would be infinite.
    ends.map(|end| end.max(f32::MIN / 2.0).min(f32::MAX / 2.0))
}

/// Returns the largest magnitude.
fn largest(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0, |largest: f32, number| largest.max(Lanes::abs(*number)))
}

/// Writes numbers as little-endian bytes.
pub fn words(numbers: &[f32], bytes: &mut [u8]) {
    for (word, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
        *word = number.to_le_bytes();
    }
}

/// Reads numbers from little-endian bytes.
pub fn numbers(bytes: &[u8], numbers: &mut [f32]) {
    for (number, word) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = f32::from_le_bytes(*word);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// Writes and reads a sample of four latents and a target of one number.
    fn round_trip(format: Format, sample: [f32; 5]) -> Vec<f32> {
        let (mut low, mut high, mut widened) = ([], [], [0; 4]);
        let range = FeatureRange { low: &mut low, high: &mut high, widened: &mut widened };
        let mut bytes = vec![0; format.bytes(4, 1)];
        format.encode(&range, &sample, &mut bytes);
        let mut back = vec![f32::NAN; 5];
        format.decode(&range, &bytes, &mut back);
        back
    }

    #[test]
    fn latents_as_numbers_come_back_as_they_are() {
        let sample = [0.0, -1.5, 3e38, 0.1, 7.0];
        assert_eq!(round_trip(Format::Numbers, sample), sample);
    }

    #[test]
    fn latents_as_bytes_come_back_within_half_a_step_of_their_own_range() {
        for sample in [
            [0.0, 0.3, 1.7, 0.9, 7.25],
            [-2.0, 5.0, 4.9, -1.9, -0.5],
            [3.0, 3.0, 3.0, 3.0, 1.0],
            [-1.5e38, 1.5e38, 0.0, 1e38, 2.0],
        ] {
            let back = round_trip(Format::Scaled { latents: 4 }, sample);
            let [low, high] = limits(&sample[..4]);
            for (back, latent) in back.iter().zip(&sample[..4]) {
                assert!((back - latent).abs() <= (high - low) / 509.0, "{back} for {latent}");
            }
            assert_eq!(back[4], sample[4]);
        }
    }

    #[test]
    fn latents_beyond_all_scales_stay_finite() {
        let back = round_trip(Format::Scaled { latents: 4 }, [f32::MIN, f32::MAX, 0.0, 1.0, 0.0]);
        assert!(back.iter().all(|number| number.is_finite()), "{back:?}");
    }
}
