//! Augmentation of the samples that training learns from: random changes that leave their targets
//! as they are, new ones in every epoch. Scores are of samples as they are.
//!
//! An [`Augmentation`] is data, and text. [`DynModel::with_augmentation`] and
//! [`Compiled::with_augmentation`] have training do it, the arithmetic is
//! [`trimpot::augment`]'s.
//!
//! It changes features as they come, in front of the first layer: where that is a standardization,
//! noise is in units of the features, and what lies outside of an image is 0 before it is
//! standardized.
//!
//! [`DynModel::with_augmentation`]: crate::dyn_model::DynModel::with_augmentation
//! [`Compiled::with_augmentation`]: crate::train::Compiled::with_augmentation

mod text;

use trimpot::ParameterError;
use trimpot::augment::{RandomAffine, add_noise, random_gain};
use trimpot::lanes::{Bits, Lanes, RowMajor};
use trimpot::random::{Noise, hash};
use trimpot::spec::Dims;

pub use self::text::{ParseAugmentationError, help};
use crate::block::of_lanes;
use crate::problem::counted;
use crate::train::Tape;

/// What training does to each sample before it learns from it: an affine map of images and
/// sequences, then a factor, then noise. Nothing at first.
///
/// As text it is words with commas between, in any order, with the shape of images in front where
/// the network takes them as a row of features: `rotate=15,flip`, `8x8:shift=1,noise=0.05`, `none`.
///
/// | word | what it does |
/// |---|---|
/// | `rotate=15` | [turns](RandomAffine::with_rotation) by up to 15 degrees either way |
/// | `scale=0.1` | [scales](RandomAffine::with_scale) by 0.9 to 1.1 |
/// | `shift=1` | [shifts](RandomAffine::with_shift) by up to a pixel either way along each axis; a sequence in time |
/// | `flip` | [mirrors](RandomAffine::with_flip) every other sample left to right; a sequence in time |
/// | `flip_vertical` | [mirrors](RandomAffine::with_vertical_flip) every other sample top to bottom |
/// | `gain=0.1` | [multiplies](random_gain) all features of a sample by 0.9 to 1.1 |
/// | `noise=0.05` | [adds](add_noise) normally distributed noise of that standard deviation |
///
/// ```
/// use trimpot_host::augmentation::Augmentation;
///
/// let augmentation: Augmentation = "flip,rotate=15".parse()?;
/// assert_eq!(augmentation.to_string(), "rotate=15,flip");
///
/// let error = "rotate=15,turn=3".parse::<Augmentation>().unwrap_err();
/// assert!(error.to_string().starts_with("`turn=3`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augmentation {
    /// The shape of images that are rows of features to the network.
    image: Option<Dims>,
    affine: RandomAffine,
    gain: f32,
    noise: f32,
}

impl Augmentation {
    /// Creates the augmentation that changes nothing.
    pub const fn new() -> Self {
        Augmentation { image: None, affine: RandomAffine::new(), gain: 0.0, noise: 0.0 }
    }

    /// Says that rows of features are images of this shape, channel by channel and row by row.
    #[must_use]
    pub const fn with_image(self, channels: u32, height: u32, width: u32) -> Self {
        Augmentation { image: Some(Dims::image(channels, height, width)), ..self }
    }

    /// Draws affine maps from these ranges.
    #[must_use]
    pub const fn with_affine(self, affine: RandomAffine) -> Self {
        Augmentation { affine, ..self }
    }

    /// Multiplies all features of a sample by a factor of 1 − `gain` to 1 + `gain`, in [0, 1).
    ///
    /// # Errors
    /// If `gain` is out of range.
    pub fn with_gain(self, gain: f32) -> Result<Self, ParameterError> {
        match (0.0..1.0).contains(&gain) {
            true => Ok(Augmentation { gain, ..self }),
            false => Err(ParameterError { name: "gain", value: gain, range: "[0, 1)" }),
        }
    }

    /// Adds noise of this standard deviation, in units of the features.
    ///
    /// # Errors
    /// If `deviation` is negative or not finite.
    pub fn with_noise(self, deviation: f32) -> Result<Self, ParameterError> {
        match (0.0..f32::INFINITY).contains(&deviation) {
            true => Ok(Augmentation { noise: deviation, ..self }),
            false => Err(ParameterError { name: "noise", value: deviation, range: "[0, inf)" }),
        }
    }

    /// Returns the shape of images that are rows of features to the network, if it is said.
    pub const fn image(&self) -> Option<Dims> {
        self.image
    }

    /// Returns the ranges of affine maps.
    pub const fn affine(&self) -> RandomAffine {
        self.affine
    }

    /// Returns by how much the factor of features may differ from 1.
    pub const fn gain(&self) -> f32 {
        self.gain
    }

    /// Returns the standard deviation of noise.
    pub const fn noise(&self) -> f32 {
        self.noise
    }

    /// Returns whether it changes nothing.
    pub fn is_none(&self) -> bool {
        !self.moves() && self.gain == 0.0 && self.noise == 0.0
    }

    /// Returns whether features change places.
    fn moves(&self) -> bool {
        self.affine != RandomAffine::new()
    }

    /// Returns the augmentation of samples of this shape, which is that of a network's input.
    ///
    /// # Errors
    /// If samples are not what it is for.
    pub fn for_input(&self, input: Dims) -> Result<Augmenter, AugmentationError> {
        let (rank, features) = (input.sizes().len(), input.count());
        let samples = match self.image {
            // Where the network has no images it has their numbers in the same order.
            Some(image) if image == input || rank < 3 && image.count() == features => image,
            Some(image) => return Err(AugmentationError::OtherShape { image, input }),
            None if rank == 1 && self.moves() => {
                return Err(AugmentationError::NoShape { features });
            }
            None => input,
        };
        match self.ineffective(samples) {
            Some((word, needs)) => Err(AugmentationError::NoSide { word, needs, samples }),
            None => Ok(Augmenter { augmentation: *self, samples }),
        }
    }

    /// Returns the augmentation of samples of this shape that a network is to give back: of noise
    /// alone, and what is given back are samples without it.
    ///
    /// # Errors
    /// If it does more, or samples are not what it is for.
    pub fn for_reconstruction(&self, input: Dims) -> Result<Augmenter, AugmentationError> {
        match self.moves() || self.gain > 0.0 {
            true => Err(AugmentationError::Reconstruction),
            false => self.for_input(input),
        }
    }

    /// Returns the first word that would not change samples of this shape, and what it needs.
    fn ineffective(&self, samples: Dims) -> Option<(&'static str, &'static str)> {
        let (rows, columns) = match *samples.sizes() {
            [_, height, width] => (height > 1, width > 1),
            [_, length] => (false, length > 1),
            _ => (false, false),
        };
        let affine = self.affine;
        let words = [
            (affine.rotation() > 0.0, rows && columns, "rotate", "several rows and columns"),
            (affine.scale() > 0.0, rows || columns, "scale", "several rows or columns"),
            (affine.shift() > 0.0, rows || columns, "shift", "several rows or columns"),
            (affine.flips(), columns, "flip", "several columns"),
            (affine.flips_vertically(), rows, "flip_vertical", "several rows"),
        ];
        let mut missing = words.into_iter().filter(|&(is_given, fits, ..)| is_given && !fits);
        missing.next().map(|(_, _, word, needs)| (word, needs))
    }
}

/// Why samples cannot be augmented so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AugmentationError {
    /// It is not known which images the features of a sample are.
    #[error(
        "rotate, scale, shift and flip move pixels, and a sample is a row of {}: the shape of an image goes in front, \
         as in {}:rotate=15; for features of a table there are gain and noise",
        counted(*features, "feature"),
        example(*features)
    )]
    NoShape {
        /// The features.
        features: usize,
    },
    /// The network takes other samples than images of this shape.
    #[error("images of {image} are {}, and the network takes samples of {input}", counted(image.count(), "number"))]
    OtherShape {
        /// The shape of images.
        image: Dims,
        /// What the network takes.
        input: Dims,
    },
    /// Samples have no side along which there is something to change.
    #[error("{word} needs samples of {needs}, and they are {samples}")]
    NoSide {
        /// What would change nothing.
        word: &'static str,
        /// What it needs.
        needs: &'static str,
        /// The shape of samples.
        samples: Dims,
    },
    /// Samples are targets as well.
    #[error(
        "a network that gives back what a sample is learns from noisy samples (a denoising autoencoder), but targets \
         are not moved or scaled with them: there is noise alone"
    )]
    Reconstruction,
}

/// Returns the shape of an image of so many pixels, a square if it can be one.
fn example(features: usize) -> String {
    let side = features.isqrt();
    match side * side == features && side > 1 {
        true => format!("{side}x{side}"),
        false => "HEIGHTxWIDTH".to_owned(),
    }
}

/// The augmentation of samples of some shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmenter {
    augmentation: Augmentation,
    samples: Dims,
}

/// Tells the randomness of augmentation from that of dropout, which begins with the same seeds.
const OWN: u32 = u32::from_be_bytes(*b"augm");

impl Augmenter {
    /// Changes the samples in these lanes, which have these seeds; `rows` are the samples as they
    /// are.
    ///
    /// Not in line: it would be compiled for every network that is a type.
    #[inline(never)]
    fn augment<V: Lanes>(&self, seeds: V::Bits, rows: &[&[f32]], lanes: &mut [V]) {
        V::vectorize(
            lanes,
            #[inline(always)]
            |lanes| {
                let Augmentation { affine, gain, noise: deviation, .. } = self.augmentation;
                let noise = Noise::<V>::new(hash(seeds ^ Bits::splat(OWN)));
                if self.augmentation.moves() {
                    affine.draw(noise).sample(self.samples, |lane| rows[lane], lanes);
                }
                if gain > 0.0 {
                    random_gain(noise, gain, lanes);
                }
                if deviation > 0.0 {
                    add_noise(noise.next_layer(), deviation, lanes);
                }
            },
        );
    }
}

/// Notes the input of a block on its tape: the samples in these lanes, which `row` gives as well,
/// or what the augmentation makes of them.
#[inline(always)]
pub(crate) fn note_input<'a, V: RowMajor>(
    augmenter: Option<&Augmenter>,
    seeds: V::Bits,
    row: impl Fn(usize) -> &'a [f32],
    lanes: &mut [V],
    tape: &mut Tape<V>,
) {
    match augmenter {
        None => tape.input(lanes.len(), row),
        Some(augmenter) => {
            augmenter.augment(seeds, &of_lanes::<V, &[f32]>(row), lanes);
            tape.input_of_lanes(lanes);
        }
    }
}

#[cfg(test)]
mod tests;
