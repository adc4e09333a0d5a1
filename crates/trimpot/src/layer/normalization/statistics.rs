//! Mean and variance of each channel, measured.

use super::{BatchNorm, Values};
use crate::ParameterError;
use crate::shape::{Channels, Vector};

/// The mean and the variance of each of `C` channels, over the samples that were added: for
/// [`BatchNorm`].
///
/// Each number corrects the mean by its share of the difference (Welford 1962). Mean and squares
/// are held with twice the digits of `f32`: a share of a difference is soon too small for those of
/// a large mean.
///
/// ```
/// use trimpot::Chain;
/// use trimpot::layer::{BatchNorm, Dense, Relu, Statistics};
/// use trimpot::network;
/// use trimpot::shape::Vector;
///
/// // What goes into the normalisation comes from the layers before it.
/// let before = <network!(Dense<2, 3>; from 2)>::seeded(1);
/// let mut statistics = Statistics::<3>::new();
/// for sample in [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0]] {
///     statistics.add::<Vector<3>>(&before.predict::<f32>(&sample));
/// }
/// type Whole = network!(Dense<2, 3>, BatchNorm<3>, Relu, Dense<3, 2>; from 2);
/// let mut whole = Whole::seeded(1);
/// whole.layers_mut().1.0 = statistics.layer()?;
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics<const C: usize> {
    /// How many numbers each channel had.
    count: u32,
    mean: [f32; C],
    /// The sum of the squared differences to the mean.
    squares: [f32; C],
    /// What is beyond the digits of `mean`, and of `squares`.
    rests: [[f32; 2]; C],
}

impl<const C: usize> Statistics<C> {
    /// Creates statistics of no samples.
    pub const fn new() -> Self {
        Statistics { count: 0, mean: [0.0; C], squares: [0.0; C], rests: [[0.0; 2]; C] }
    }

    /// Adds a sample: every number of a channel counts.
    ///
    /// After 2³² − 1 numbers a channel it is full, and adds nothing.
    pub fn add<In: Channels<PerChannel = Vector<C>>>(&mut self, sample: &Values<In, f32>) {
        const { assert!(In::AREA > 0, "a channel has at least one number") };
        let Some(after) =
            u32::try_from(In::AREA).ok().and_then(|area| self.count.checked_add(area))
        else {
            return;
        };
        let channels = In::channels::<f32>(sample);
        let sums = self.mean.iter_mut().zip(&mut self.squares).zip(&mut self.rests);
        for (channel, ((mean, squares), [mean_rest, squares_rest])) in channels.zip(sums) {
            for (number, &x) in (self.count..after).zip(channel) {
                let before = (x - *mean) - *mean_rest;
                add(mean, mean_rest, before / (number as f32 + 1.0));
                add(squares, squares_rest, before * ((x - *mean) - *mean_rest));
            }
        }
        self.count = after;
    }

    /// Returns the mean of each channel; 0 without samples.
    pub const fn mean(&self) -> &[f32; C] {
        &self.mean
    }

    /// Returns the variance of each channel, the mean square: what PyTorch normalises a batch with.
    /// 0 without samples.
    pub fn variance(&self) -> [f32; C] {
        let count = self.count as f32;
        self.squares.map(|squares| if self.count > 0 { squares / count } else { 0.0 })
    }

    /// Returns a normalisation with these statistics.
    ///
    /// # Errors
    /// If a number that was added is not finite, or, about `count`, if a channel had less than two
    /// numbers: these have no variance, and the layer would divide by √ε. (PyTorch refuses such a
    /// batch as well.)
    pub fn layer(&self) -> Result<BatchNorm<C>, ParameterError> {
        ParameterError::unless(self.count >= 2, "count", self.count as f32, "[2, inf)")?;
        BatchNorm::new(self.mean, self.variance())
    }
}

/// Adds a term to a sum of two parts, whose second one is what the first one has no digits for.
///
/// What the rounded sum lost is known exactly (Knuth, "The Art of Computer Programming" 2, 4.2.2,
/// theorem B).
fn add(sum: &mut f32, rest: &mut f32, term: f32) {
    let term = *rest + term;
    let rounded = *sum + term;
    let added = rounded - *sum;
    *rest = (*sum - (rounded - added)) + (term - added);
    *sum = rounded;
}

impl<const C: usize> Default for Statistics<C> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::shape::Image;

    #[test]
    fn channels_are_measured_apart_and_large_means_lose_no_digits() {
        let mut random = Random::new(1);
        let mut statistics = Statistics::<2>::new();
        for _ in 0..2000 {
            let near = [[0.0; 3]; 2].map(|row| row.map(|_: f32| 1000.0 + random.normal()));
            let wide = [[0.0; 3]; 2].map(|row| row.map(|_: f32| 5.0 * random.normal()));
            statistics.add::<Image<2, 2, 3>>(&[near, wide]);
        }
        // 12,000 numbers: four standard deviations of the estimates.
        let ([near, wide], [small, large]) = (*statistics.mean(), statistics.variance());
        assert!((near - 1000.0).abs() <= 0.04 && wide.abs() <= 0.2, "{statistics:?}");
        assert!(
            (small - 1.0).abs() <= 0.06 && (large / 25.0 - 1.0).abs() <= 0.06,
            "{statistics:?}"
        );
        assert!(statistics.layer().is_ok());
    }

    #[test]
    fn what_is_not_finite_is_an_error() {
        let mut statistics = Statistics::<1>::new();
        assert_eq!(statistics.variance(), [0.0]);
        statistics.add::<Vector<1>>(&[f32::INFINITY]);
        statistics.add::<Vector<1>>(&[1.0]);
        assert_eq!(statistics.layer().map_err(|error| error.name), Err("mean"));
    }
}
