//! Samples as bytes: the factory's, which take a quarter of the memory that way.

use trimpot_link::Error;

/// The range of each of `I` features that the network was trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureRange<const I: usize> {
    low: [f32; I],
    high: [f32; I],
    /// How often it was widened; 0 if nothing is known.
    widened: u32,
}

impl<const I: usize> FeatureRange<I> {
    /// No range.
    pub const fn new() -> Self {
        FeatureRange { low: [0.0; I], high: [0.0; I], widened: 0 }
    }

    /// Forgets the range.
    pub fn clear(&mut self) {
        self.widened = 0;
    }

    /// Returns whether a range is known.
    pub const fn is_known(&self) -> bool {
        self.widened > 0
    }

    /// Returns the smallest values, and the largest.
    pub const fn limits(&self) -> [&[f32; I]; 2] {
        [&self.low, &self.high]
    }

    /// Returns the smallest values, the largest, and how often the range was widened: to be read
    /// from flash.
    pub const fn parts_mut(&mut self) -> (&mut [f32; I], &mut [f32; I], &mut u32) {
        (&mut self.low, &mut self.high, &mut self.widened)
    }

    /// Returns how often the range was widened.
    pub const fn widened(&self) -> u32 {
        self.widened
    }

    /// Widens the range so that it includes these values.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if a width would be infinite.
    pub fn widen(&mut self, features: &[f32; I]) -> Result<(), Error> {
        if self.is_known() {
            let limits = self.low.iter().zip(&self.high).zip(features);
            for (((low, high), feature), index) in limits.zip(0..) {
                if !(high - feature).is_finite() || !(feature - low).is_finite() {
                    return Err(Error::NotFinite { index });
                }
            }
        }
        for ((low, high), &feature) in self.low.iter_mut().zip(&mut self.high).zip(features) {
            let first = self.widened == 0;
            if first || feature < *low {
                *low = feature;
            }
            if first || feature > *high {
                *high = feature;
            }
        }
        self.widened = self.widened.saturating_add(1);
        Ok(())
    }

    /// Fails at the first feature that is outside of the range by more than `margin` times its
    /// width.
    ///
    /// A feature that never changed has the mean width of all: a pixel that was always black may be
    /// grey. Where no range is known, everything is inside.
    pub fn check(&self, features: &[f32; I], margin: f32) -> Result<(), Error> {
        if self.widened == 0 || margin == f32::INFINITY {
            return Ok(());
        }
        let widths = || self.low.iter().zip(&self.high).map(|(low, high)| high - low);
        let mean = widths().sum::<f32>() / I as f32;
        let limits = self.low.iter().zip(&self.high).zip(widths());
        for ((feature, ((low, high), width)), index) in features.iter().zip(limits).zip(0..) {
            let beyond = margin * if width > 0.0 { width } else { mean };
            let inside = *feature >= low - beyond && *feature <= high + beyond;
            if !inside {
                return Err(Error::OutOfRange { feature: index });
            }
        }
        Ok(())
    }

    /// Returns a sample as bytes: each feature in 255 steps from its smallest value to its largest.
    fn encode(&self, features: &[f32; I]) -> [u8; I] {
        let mut bytes = [0; I];
        let limits = self.low.iter().zip(&self.high);
        for ((byte, feature), (low, high)) in bytes.iter_mut().zip(features).zip(limits) {
            let width = high - low;
            let share = if width > 0.0 { (feature - low) / width } else { 0.0 };
            // The conversion cuts off, and keeps within 0 and 255.
            *byte = (share * LEVELS + 0.5) as u8;
        }
        bytes
    }

    /// Returns the sample that these bytes stand for.
    pub fn decode(&self, bytes: &[u8; I]) -> [f32; I] {
        let mut features = [0.0; I];
        let limits = self.low.iter().zip(&self.high);
        for ((feature, byte), (low, high)) in features.iter_mut().zip(bytes).zip(limits) {
            *feature = low + (high - low) * (f32::from(*byte) / LEVELS);
        }
        features
    }
}

/// Steps between the smallest and the largest value of a feature.
const LEVELS: f32 = 255.0;

/// Up to `N` samples of each of `O` classes, as bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples<const I: usize, const O: usize, const N: usize> {
    bytes: [[[u8; I]; N]; O],
    counts: [u8; O],
}

impl<const I: usize, const O: usize, const N: usize> Samples<I, O, N> {
    /// No samples.
    pub const fn new() -> Self {
        const { assert!(N <= u8::MAX as usize, "up to 255 samples of a class") };
        Samples { bytes: [[[0; I]; N]; O], counts: [0; O] }
    }

    /// Adds a sample.
    ///
    /// # Errors
    /// [`Error::NoRange`], [`Error::OutOfRange`], [`Error::Full`].
    pub fn add(
        &mut self,
        range: &FeatureRange<I>,
        features: &[f32; I],
        class: usize,
    ) -> Result<(), Error> {
        if !range.is_known() {
            return Err(Error::NoRange);
        }
        range.check(features, 0.0)?;
        let full = Error::Full { capacity: N as u32 };
        let count = self.counts.get_mut(class).ok_or(full)?;
        let samples = self.bytes.get_mut(class).ok_or(full)?;
        *samples.get_mut(usize::from(*count)).ok_or(full)? = range.encode(features);
        *count = count.saturating_add(1);
        Ok(())
    }

    /// Forgets all samples.
    pub fn clear(&mut self) {
        self.counts = [0; O];
    }

    /// Returns how many samples there are of a class.
    pub fn count(&self, class: usize) -> usize {
        self.counts.get(class).map_or(0, |&count| usize::from(count))
    }

    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        self.counts.iter().fold(0, |sum, &count| sum.saturating_add(count.into()))
    }

    /// Returns a sample of a class.
    pub fn get(&self, class: usize, index: usize) -> Option<&[u8; I]> {
        self.bytes.get(class)?.get(..self.count(class))?.get(index)
    }

    /// Returns all samples with their classes, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8; I], u32)> {
        let classes = self.bytes.iter().zip(&self.counts).zip(0_u32..);
        classes.flat_map(|((samples, &count), class)| {
            samples.iter().take(count.into()).map(move |sample| (sample, class))
        })
    }

    /// Returns all that is to be stored: the number of samples of each class, and the samples, one
    /// run each.
    pub fn runs(&self) -> [&[u8]; 2] {
        [&self.counts, self.bytes.as_flattened().as_flattened()]
    }

    /// Room for what was stored.
    pub fn runs_mut(&mut self) -> [&mut [u8]; 2] {
        [&mut self.counts, self.bytes.as_flattened_mut().as_flattened_mut()]
    }

    /// Bytes of all runs.
    pub const BYTES: usize = O + O * N * I;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range() -> FeatureRange<3> {
        let mut range = FeatureRange::new();
        range.widen(&[-1.0, 0.0, 20.0]).unwrap();
        range.widen(&[1.0, 0.0, 10.0]).unwrap();
        range
    }

    #[test]
    fn a_sample_comes_back_within_half_a_step() {
        let mut samples = Samples::<3, 2, 2>::new();
        for (index, sample) in [[-1.0, 0.0, 20.0], [0.333, 0.0, 12.5]].iter().enumerate() {
            samples.add(&range(), sample, 1).unwrap();
            let back = range().decode(samples.get(1, index).unwrap());
            for ((back, feature), width) in back.iter().zip(sample).zip([2.0, 0.0, 10.0]) {
                assert!((back - feature).abs() <= width / 509.0, "{back} for {feature}");
            }
        }
        assert_eq!(samples.add(&range(), &[0.0, 0.0, 10.0], 1), Err(Error::Full { capacity: 2 }));
        assert_eq!((samples.len(), samples.count(0), samples.count(1)), (2, 0, 2));
    }

    #[test]
    fn a_feature_far_outside_is_named() {
        let check = |sample, margin| range().check(&sample, margin);
        let beyond = |feature| Err(Error::OutOfRange { feature });
        // Widths are 2, 0 and 10, their mean is 4.
        assert_eq!(check([1.0, 0.0, 10.0], 0.0), Ok(()));
        assert_eq!(check([1.0, 0.1, 10.0], 0.0), beyond(1));
        assert_eq!(check([3.0, 4.0, 30.0], 1.0), Ok(()));
        assert_eq!(check([3.1, 4.0, 30.0], 1.0), beyond(0));
        assert_eq!(check([3.0, -4.1, 30.0], 1.0), beyond(1));
        assert_eq!(check([3.0, 4.0, 30.1], 1.0), beyond(2));
        assert_eq!(check([f32::NAN, 0.0, 10.0], 1.0), beyond(0));
        assert_eq!(check([1e30, 0.0, 10.0], f32::INFINITY), Ok(()));
        assert_eq!(FeatureRange::new().check(&[1e30, 0.0, 10.0], 1.0), Ok(()));
    }

    #[test]
    fn a_range_without_a_finite_width_is_refused() {
        let mut range = FeatureRange::<1>::new();
        range.widen(&[-3e38]).unwrap();
        assert_eq!(range.widen(&[3e38]), Err(Error::NotFinite { index: 0 }));
        assert_eq!(range.limits(), [&[-3e38], &[-3e38]]);
    }

    #[test]
    fn nothing_is_added_before_the_range_is_known_or_outside_of_it() {
        let mut samples = Samples::<3, 2, 2>::new();
        assert_eq!(samples.add(&FeatureRange::new(), &[0.0; 3], 0), Err(Error::NoRange));
        let outside = samples.add(&range(), &[0.0, 0.0, 9.0], 0);
        assert_eq!(outside, Err(Error::OutOfRange { feature: 2 }));
        assert_eq!(samples.len(), 0);
    }
}
