//! Samples as bytes: the factory's, which take a quarter of the memory that way.

use crate::Error;
use crate::format::{self, Format};
use crate::memory::copy;

/// The range of each feature that the network was trained on.
#[derive(Debug)]
pub struct FeatureRange<'m> {
    pub low: &'m mut [f32],
    pub high: &'m mut [f32],
    /// How often it was widened, as little-endian bytes; 0 if nothing is known.
    pub widened: &'m mut [u8],
}

impl FeatureRange<'_> {
    /// Forgets the range.
    pub fn clear(&mut self) {
        self.widened.fill(0);
    }

    /// Returns whether a range is known.
    pub fn is_known(&self) -> bool {
        self.widened() > 0
    }

    fn widened(&self) -> u32 {
        self.widened.first_chunk().map_or(0, |&bytes| u32::from_le_bytes(bytes))
    }

    /// Returns the smallest values, and the largest.
    pub fn limits(&self) -> impl Iterator<Item = f32> {
        self.low.iter().chain(self.high.iter()).copied()
    }

    /// Returns each feature's smallest value and its largest.
    fn pairs(&self) -> impl Iterator<Item = (f32, f32)> {
        self.low.iter().copied().zip(self.high.iter().copied())
    }

    /// Widens the range so that it includes these values.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if a width would be infinite.
    pub fn widen(&mut self, features: &[f32]) -> Result<(), Error> {
        if self.is_known() {
            for (((low, high), feature), index) in self.pairs().zip(features).zip(0..) {
                if !(high - feature).is_finite() || !(feature - low).is_finite() {
                    return Err(Error::NotFinite { index });
                }
            }
        }
        let widened = self.widened();
        let limits = self.low.iter_mut().zip(self.high.iter_mut());
        for ((low, high), &feature) in limits.zip(features) {
            let first = widened == 0;
            if first || feature < *low {
                *low = feature;
            }
            if first || feature > *high {
                *high = feature;
            }
        }
        copy(&widened.saturating_add(1).to_le_bytes(), self.widened);
        Ok(())
    }

    /// Fails at the first feature that is outside of the range by more than `margin` times its
    /// width.
    ///
    /// A feature that never changed has the mean width of all: a pixel that was always black may be
    /// grey. Where no range is known, everything is inside.
    pub fn check(&self, features: &[f32], margin: f32) -> Result<(), Error> {
        if !self.is_known() || margin == f32::INFINITY {
            return Ok(());
        }
        let mean = self.pairs().map(|(low, high)| high - low).sum::<f32>() / self.low.len() as f32;
        for ((feature, (low, high)), index) in features.iter().zip(self.pairs()).zip(0..) {
            let width = high - low;
            let beyond = margin * if width > 0.0 { width } else { mean };
            let inside = *feature >= low - beyond && *feature <= high + beyond;
            if !inside {
                return Err(Error::OutOfRange { feature: index });
            }
        }
        Ok(())
    }

    /// Fails unless a range is known that these features are in.
    ///
    /// # Errors
    /// [`Error::NoRange`], [`Error::OutOfRange`].
    pub fn admit(&self, features: &[f32]) -> Result<(), Error> {
        if self.is_known() { self.check(features, 0.0) } else { Err(Error::NoRange) }
    }

    /// Writes a sample as bytes: each feature in 255 steps from its smallest value to its largest,
    /// then the numbers of its target as they are.
    pub fn encode(&self, sample: &[f32], bytes: &mut [u8]) {
        let (features, values) = split(sample, self.low.len());
        let Some((steps, words)) = bytes.split_at_mut_checked(self.low.len()) else { return };
        for ((byte, feature), (low, high)) in steps.iter_mut().zip(features).zip(self.pairs()) {
            let width = high - low;
            let share = if width > 0.0 { (feature - low) / width } else { 0.0 };
            // The conversion cuts off, and keeps within 0 and 255.
            *byte = (share * LEVELS + 0.5) as u8;
        }
        format::words(values, words);
    }

    /// Writes the sample that these bytes stand for.
    pub fn decode(&self, bytes: &[u8], sample: &mut [f32]) {
        let Some((features, values)) = sample.split_at_mut_checked(self.low.len()) else { return };
        let (steps, words) = split(bytes, self.low.len());
        for ((feature, byte), (low, high)) in features.iter_mut().zip(steps).zip(self.pairs()) {
            *feature = low + (high - low) * (f32::from(*byte) / LEVELS);
        }
        format::numbers(words, values);
    }
}

/// Returns the first `count` elements, and the rest.
pub fn split<T>(row: &[T], count: usize) -> (&[T], &[T]) {
    row.split_at_checked(count).unwrap_or((row, &[]))
}

/// Steps between the smallest and the largest value of a feature.
pub const LEVELS: f32 = 255.0;

/// Up to `capacity` samples of each group, as bytes.
///
/// Features are bytes, because there are many of them; a target has few numbers, which need no
/// range that way, and are what a network is measured by. See [`Format`].
#[derive(Debug)]
pub struct Samples<'m> {
    /// How many samples there are of each group.
    pub counts: &'m mut [u8],
    /// Group after group, with place for `capacity` samples each.
    pub bytes: &'m mut [u8],
    /// Bytes of a sample.
    pub stride: usize,
    pub capacity: usize,
}

impl Samples<'_> {
    /// Adds a sample: features or latents, then the numbers of its target.
    ///
    /// # Errors
    /// [`Error::Full`].
    pub fn add(
        &mut self,
        range: &FeatureRange<'_>,
        format: Format,
        sample: &[f32],
        group: usize,
    ) -> Result<(), Error> {
        let full = Error::Full { capacity: self.capacity as u32 };
        let index = self.count(group);
        if index >= self.capacity {
            return Err(full);
        }
        let at = position(group, index, self.capacity, self.stride);
        let count = self.counts.get_mut(group).ok_or(full)?;
        let place = self.bytes.get_mut(at..at.saturating_add(self.stride)).ok_or(full)?;
        format.encode(range, sample, place);
        *count = count.saturating_add(1);
        Ok(())
    }

    /// Forgets all samples.
    pub fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// Returns how many samples there are of a group.
    pub fn count(&self, group: usize) -> usize {
        self.counts.get(group).map_or(0, |&count| count.into())
    }

    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        self.counts.iter().fold(0, |sum, &count| sum.saturating_add(count.into()))
    }

    /// Returns a sample of a group.
    pub fn get(&self, group: usize, index: usize) -> Option<&[u8]> {
        let at = position(group, index, self.capacity, self.stride);
        let sample = self.bytes.get(at..at.saturating_add(self.stride));
        sample.filter(|_| index < self.count(group))
    }

    /// Returns all samples with their groups, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], usize)> {
        (0..self.counts.len()).flat_map(move |group| {
            let samples = (0..self.count(group)).filter_map(move |index| self.get(group, index));
            samples.map(move |sample| (sample, group))
        })
    }
}

/// Returns where a sample begins, of which each group has place for `capacity`.
pub fn position(group: usize, index: usize, capacity: usize, stride: usize) -> usize {
    group.saturating_mul(capacity).saturating_add(index).saturating_mul(stride)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries something with the range of three features, of widths 2, 0 and 10.
    fn with_range<R>(test: impl FnOnce(&mut FeatureRange<'_>) -> R) -> R {
        let ([mut low, mut high], mut widened) = ([[0.0; 3]; 2], [0; 4]);
        let mut range = FeatureRange { low: &mut low, high: &mut high, widened: &mut widened };
        range.widen(&[-1.0, 0.0, 20.0]).unwrap();
        range.widen(&[1.0, 0.0, 10.0]).unwrap();
        test(&mut range)
    }

    /// Tries something with place for two samples of each of two classes.
    fn with_samples<R>(test: impl FnOnce(&mut Samples<'_>) -> R) -> R {
        let (mut counts, mut bytes) = ([0; 2], [0; 12]);
        test(&mut Samples { counts: &mut counts, bytes: &mut bytes, stride: 3, capacity: 2 })
    }

    #[test]
    fn a_sample_comes_back_within_half_a_step() {
        with_range(|range| {
            with_samples(|samples| {
                for (index, sample) in [[-1.0, 0.0, 20.0], [0.333, 0.0, 12.5]].iter().enumerate() {
                    samples.add(range, Format::Shares, sample, 1).unwrap();
                    let mut back = [0.0; 3];
                    range.decode(samples.get(1, index).unwrap(), &mut back);
                    for ((back, feature), width) in back.iter().zip(sample).zip([2.0, 0.0, 10.0]) {
                        assert!((back - feature).abs() <= width / 509.0, "{back} for {feature}");
                    }
                }
                let full = Err(Error::Full { capacity: 2 });
                assert_eq!(samples.add(range, Format::Shares, &[0.0, 0.0, 10.0], 1), full);
                assert_eq!((samples.len(), samples.count(0), samples.count(1)), (2, 0, 2));
            })
        });
    }

    #[test]
    fn a_feature_far_outside_is_named() {
        with_range(|range| {
            let check = |sample: [f32; 3], margin| range.check(&sample, margin);
            let beyond = |feature| Err(Error::OutOfRange { feature });
            // The mean of the widths is 4.
            assert_eq!(check([1.0, 0.0, 10.0], 0.0), Ok(()));
            assert_eq!(check([1.0, 0.1, 10.0], 0.0), beyond(1));
            assert_eq!(check([3.0, 4.0, 30.0], 1.0), Ok(()));
            assert_eq!(check([3.1, 4.0, 30.0], 1.0), beyond(0));
            assert_eq!(check([3.0, -4.1, 30.0], 1.0), beyond(1));
            assert_eq!(check([3.0, 4.0, 30.1], 1.0), beyond(2));
            assert_eq!(check([f32::NAN, 0.0, 10.0], 1.0), beyond(0));
            assert_eq!(check([1e30, 0.0, 10.0], f32::INFINITY), Ok(()));
            range.clear();
            assert_eq!(range.check(&[1e30, 0.0, 10.0], 1.0), Ok(()));
        });
    }

    #[test]
    fn a_range_without_a_finite_width_is_refused() {
        with_range(|range| {
            range.clear();
            range.widen(&[-3e38, 0.0, 1.0]).unwrap();
            assert_eq!(range.widen(&[3e38, 0.0, 1.0]), Err(Error::NotFinite { index: 0 }));
            assert!(range.limits().eq([-3e38, 0.0, 1.0, -3e38, 0.0, 1.0]));
        });
    }

    #[test]
    fn nothing_is_admitted_before_the_range_is_known_or_outside_of_it() {
        with_range(|range| {
            let outside = range.admit(&[0.0, 0.0, 9.0]);
            assert_eq!(outside, Err(Error::OutOfRange { feature: 2 }));
            assert_eq!(range.admit(&[0.0, 0.0, 10.0]), Ok(()));
            range.clear();
            assert_eq!(range.admit(&[0.0; 3]), Err(Error::NoRange));
        });
    }
}
