//! Augmentation: random changes of samples that are learned from, which leave their targets as they
//! are.
//!
//! An image is turned, scaled, shifted and mirrored by one affine map, [`Affine`], which a
//! [`RandomAffine`] draws for the sample in each lane; [`random_gain`] multiplies all features of a
//! sample by a factor, and [`add_noise`] adds a normally distributed number to each. What a sample
//! gets depends on its seed alone: the same in any lane, of any width, on any machine.
//!
//! ```
//! use trimpot::augment::{RandomAffine, add_noise};
//! use trimpot::random::Noise;
//! use trimpot::spec::Dims;
//!
//! let image: Vec<f32> = (0..64).map(|pixel| pixel as f32 / 63.0).collect();
//! let ranges = RandomAffine::new().with_rotation(15.0)?.with_scale(0.1)?.with_shift(1.0)?;
//!
//! // Seeds are hashes of what is to have its own randomness, such as an epoch and a sample.
//! let noise = Noise::<f32>::new(7);
//! let mut augmented = [0.0; 64];
//! ranges.draw(noise).sample(Dims::image(1, 8, 8), |_lane| &image, &mut augmented);
//! add_noise(noise.next_layer(), 0.05, &mut augmented);
//! # Ok::<(), trimpot::ParameterError>(())
//! ```

mod affine;

pub use affine::Affine;

use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::random::Noise;

/// The ranges that affine maps of images are drawn from: rotation, scaling, shift and mirroring,
/// each independently of the others, and each nothing at first.
///
/// | | drawn | torchvision | Keras |
/// |---|---|---|---|
/// | [rotation](Self::with_rotation) | uniformly in ± degrees | `RandomAffine(degrees)` | `RandomRotation(degrees / 360)` |
/// | [scale](Self::with_scale) | a factor, uniformly in 1 ± s | `RandomAffine(scale=(1 - s, 1 + s))` | `RandomZoom(s)`, which draws the factor's inverse |
/// | [shift](Self::with_shift) | uniformly in ± pixels, for each axis | `RandomAffine(translate)`, in shares of the size, whole pixels | `RandomTranslation`, in shares of the size |
/// | [flip](Self::with_flip) | left to right with probability ½ | `RandomHorizontalFlip` | `RandomFlip("horizontal")` |
/// | [vertical flip](Self::with_vertical_flip) | top to bottom with probability ½ | `RandomVerticalFlip` | `RandomFlip("vertical")` |
///
/// How they compose, and how pixels are interpolated, says [`Affine`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RandomAffine {
    rotation: f32,
    scale: f32,
    shift: f32,
    flip: bool,
    vertical_flip: bool,
}

/// What a random number is for: its place in the noise of a sample. None depends on whether another
/// one is drawn.
#[derive(Clone, Copy)]
enum Draw {
    Rotation,
    Scale,
    Shift,
    VerticalShift,
    Flip,
    VerticalFlip,
    Gain,
}

impl RandomAffine {
    /// Creates the ranges that leave images as they are.
    pub const fn new() -> Self {
        RandomAffine { rotation: 0.0, scale: 0.0, shift: 0.0, flip: false, vertical_flip: false }
    }

    /// Turns by up to so many degrees either way, in [0, 180].
    ///
    /// # Errors
    /// If `degrees` is out of range.
    pub fn with_rotation(self, degrees: f32) -> Result<Self, ParameterError> {
        let is_valid = (0.0..=180.0).contains(&degrees);
        ParameterError::unless(is_valid, "rotation", degrees, "[0, 180]")?;
        Ok(RandomAffine { rotation: degrees, ..self })
    }

    /// Scales by a factor of 1 − `scale` to 1 + `scale`, in [0, 1); above 1 what is seen gets
    /// larger.
    ///
    /// # Errors
    /// If `scale` is out of range.
    pub fn with_scale(self, scale: f32) -> Result<Self, ParameterError> {
        ParameterError::unless((0.0..1.0).contains(&scale), "scale", scale, "[0, 1)")?;
        Ok(RandomAffine { scale, ..self })
    }

    /// Shifts by up to so many pixels either way along each axis that is longer than one pixel.
    ///
    /// # Errors
    /// If `pixels` is negative or not finite.
    pub fn with_shift(self, pixels: f32) -> Result<Self, ParameterError> {
        Ok(RandomAffine { shift: ParameterError::not_negative("shift", pixels)?, ..self })
    }

    /// Mirrors every other sample, left to right.
    #[must_use]
    pub const fn with_flip(self) -> Self {
        RandomAffine { flip: true, ..self }
    }

    /// Mirrors every other sample, top to bottom.
    #[must_use]
    pub const fn with_vertical_flip(self) -> Self {
        RandomAffine { vertical_flip: true, ..self }
    }

    /// Returns the largest rotation in degrees.
    pub const fn rotation(&self) -> f32 {
        self.rotation
    }

    /// Returns by how much the factor of scaling may differ from 1.
    pub const fn scale(&self) -> f32 {
        self.scale
    }

    /// Returns the largest shift in pixels.
    pub const fn shift(&self) -> f32 {
        self.shift
    }

    /// Returns whether every other sample is mirrored left to right.
    pub const fn flips(&self) -> bool {
        self.flip
    }

    /// Returns whether every other sample is mirrored top to bottom.
    pub const fn flips_vertically(&self) -> bool {
        self.vertical_flip
    }

    /// Draws a map for the sample in each lane.
    pub fn draw<V: Lanes>(&self, noise: Noise<V>) -> Affine<V> {
        V::vectorize(
            noise,
            #[inline(always)]
            |noise| {
                Affine::new(
                    around_zero(noise, Draw::Rotation) * V::splat(self.rotation),
                    V::ONE + around_zero(noise, Draw::Scale) * V::splat(self.scale),
                    [
                        around_zero(noise, Draw::Shift) * V::splat(self.shift),
                        around_zero(noise, Draw::VerticalShift) * V::splat(self.shift),
                    ],
                    [
                        sign(noise, Draw::Flip, self.flip),
                        sign(noise, Draw::VerticalFlip, self.vertical_flip),
                    ],
                )
            },
        )
    }
}

/// Returns −1 for every other sample if there are flips, and 1 for all others.
#[inline(always)]
fn sign<V: Lanes>(noise: Noise<V>, draw: Draw, flips: bool) -> V {
    let chance = V::splat(if flips { 0.5 } else { 0.0 });
    noise.uniform(draw as usize).lt(chance).select(-V::ONE, V::ONE)
}

/// Returns a number of each sample, uniform in [−1, 1).
#[inline(always)]
fn around_zero<V: Lanes>(noise: Noise<V>, draw: Draw) -> V {
    noise.uniform(draw as usize).mul_add(V::splat(2.0), -V::ONE)
}

/// Multiplies all features of a sample by a factor that is drawn uniformly in 1 ± `gain`: the
/// brightness of an image (torchvision's `ColorJitter(brightness=gain)`, without its cut to the
/// range of colours), the amplitude of a series. `gain` in [0, 1) keeps signs.
pub fn random_gain<V: Lanes>(noise: Noise<V>, gain: f32, features: &mut [V]) {
    V::vectorize(
        features,
        #[inline(always)]
        |features| {
            let factor = V::ONE + around_zero(noise, Draw::Gain) * V::splat(gain);
            for feature in features {
                *feature *= factor;
            }
        },
    )
}

/// Adds to each feature a number of its own of the normal distribution with mean 0 and this standard
/// deviation, in units of the features (Keras' `GaussianNoise`).
pub fn add_noise<V: Lanes>(noise: Noise<V>, deviation: f32, features: &mut [V]) {
    V::vectorize(
        features,
        #[inline(always)]
        |features| {
            let deviation = V::splat(deviation);
            for (pair, features) in features.chunks_mut(2).enumerate() {
                for (feature, normal) in features.iter_mut().zip(noise.normals(pair)) {
                    *feature = normal.mul_add(deviation, *feature);
                }
            }
        },
    )
}
