//! Augmentations as text.

use std::fmt;
use std::str::FromStr;

use trimpot::ParameterError;

use super::Augmentation;

/// What there is, for errors.
const WORDS: &str = "rotate=DEGREES, scale=SHARE, shift=PIXELS, flip, flip_vertical, gain=SHARE and \
                     noise=DEVIATION";

/// Returns what there is to say of augmentations to someone who writes one.
pub fn help() -> String {
    let words: Vec<String> =
        ALL.iter().map(|word| format!("{} {}", word.example, word.does)).collect();
    format!(
        "Change each sample before it is learned from, anew in every epoch; what is held out or tested on stays as it \
         is. Words with commas between: {}. Images are turned, scaled and mirrored about their centre and looked up \
         between pixels (bilinearly); what comes from outside is 0. All of it is done to features as they come, \
         before --scale and --standardize. A network that takes images as a row of features needs their shape in \
         front: 8x8:rotate=15, or 3x8x8:rotate=15 with channels. Sequences can be scaled, shifted and mirrored in \
         time. For features of a table there are gain and noise; where samples are to be given back, noise",
        words.join("; ")
    )
}

/// What changes nothing, as text.
const NONE: &str = "none";

/// Why a text is no [`Augmentation`]: each with the word that is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParseAugmentationError {
    /// There is no such word.
    #[error("`{word}`: there are {WORDS}")]
    Unknown {
        /// The word.
        word: String,
    },
    /// The word has no number, or one that it does not take.
    #[error("`{word}`: it is written as in {example}")]
    Form {
        /// The word.
        word: String,
        /// How it is written.
        example: &'static str,
    },
    /// A number is out of range.
    #[error("`{word}`: {source}")]
    Parameter {
        /// The word.
        word: String,
        /// What is out of range.
        source: ParameterError,
    },
    /// The word changes nothing.
    #[error("`{word}` changes nothing: leave it out")]
    Nothing {
        /// The word.
        word: String,
    },
    /// There is another word for the same.
    #[error("`{word}`: {name} is there twice")]
    Twice {
        /// The second word.
        word: String,
        /// What it is for.
        name: &'static str,
    },
    /// What is in front of the words is no shape of an image.
    #[error("`{word}`: a shape is HEIGHTxWIDTH or CHANNELSxHEIGHTxWIDTH, as in 8x8:rotate=15")]
    Shape {
        /// It.
        word: String,
    },
    /// No word depends on the shape.
    #[error("`{word}:` changes nothing: gain and noise do not depend on the shape")]
    NeedlessShape {
        /// The shape.
        word: String,
    },
}

use ParseAugmentationError::{Form, NeedlessShape, Nothing, Parameter, Shape, Twice, Unknown};

impl FromStr for Augmentation {
    type Err = ParseAugmentationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == NONE {
            return Ok(Augmentation::new());
        }
        let (shape, words) = match text.split_once(':') {
            Some((shape, words)) => (Some(shape), words),
            None => (None, text),
        };
        let mut all = match shape {
            Some(shape) => of_shape(shape)?,
            None => Augmentation::new(),
        };
        for word in words.split(',') {
            all = with_word(all, word.trim())?;
        }
        match shape {
            Some(shape) if !all.moves() => Err(NeedlessShape { word: shape.to_owned() }),
            _ => Ok(all),
        }
    }
}

/// Returns nothing but the shape of images.
fn of_shape(shape: &str) -> Result<Augmentation, ParseAugmentationError> {
    let size = |size: &str| size.parse().ok().filter(|&size: &u32| size > 0);
    let sizes: Option<Vec<u32>> = shape.trim().split('x').map(size).collect();
    match sizes.as_deref() {
        Some(&[height, width]) => Ok(Augmentation::new().with_image(1, height, width)),
        Some(&[channels, height, width]) => {
            Ok(Augmentation::new().with_image(channels, height, width))
        }
        _ => Err(Shape { word: shape.to_owned() }),
    }
}

/// A word: how it is written, and what it says of an augmentation.
struct Word {
    name: &'static str,
    example: &'static str,
    /// What the example does.
    does: &'static str,
    /// Its number, 0 if it is not there; a word without a number is 1.
    get: fn(&Augmentation) -> f32,
    set: fn(Augmentation, f32) -> Result<Augmentation, ParameterError>,
}

/// All words, in the order in which they are written and done.
const ALL: [Word; 7] = [
    Word {
        name: "rotate",
        example: "rotate=15",
        does: "turns by up to 15 degrees either way",
        get: |all| all.affine.rotation(),
        set: |all, degrees| Ok(all.with_affine(all.affine.with_rotation(degrees)?)),
    },
    Word {
        name: "scale",
        example: "scale=0.1",
        does: "makes larger or smaller, by 0.9 to 1.1",
        get: |all| all.affine.scale(),
        set: |all, scale| Ok(all.with_affine(all.affine.with_scale(scale)?)),
    },
    Word {
        name: "shift",
        example: "shift=1",
        does: "shifts by up to a pixel either way along each axis",
        get: |all| all.affine.shift(),
        set: |all, pixels| Ok(all.with_affine(all.affine.with_shift(pixels)?)),
    },
    Word {
        name: "flip",
        example: "flip",
        does: "mirrors every other sample left to right",
        get: |all| f32::from(u8::from(all.affine.flips())),
        set: |all, _| Ok(all.with_affine(all.affine.with_flip())),
    },
    Word {
        name: "flip_vertical",
        example: "flip_vertical",
        does: "mirrors every other sample top to bottom",
        get: |all| f32::from(u8::from(all.affine.flips_vertically())),
        set: |all, _| Ok(all.with_affine(all.affine.with_vertical_flip())),
    },
    Word {
        name: "gain",
        example: "gain=0.1",
        does: "multiplies all features of a sample by 0.9 to 1.1",
        get: |all| all.gain,
        set: |all, gain| all.with_gain(gain),
    },
    Word {
        name: "noise",
        example: "noise=0.05",
        does: "adds normally distributed noise of that standard deviation to each feature",
        get: |all| all.noise,
        set: |all, deviation| all.with_noise(deviation),
    },
];

impl Word {
    fn has_number(&self) -> bool {
        self.example != self.name
    }
}

/// Adds what a word says.
fn with_word(all: Augmentation, word: &str) -> Result<Augmentation, ParseAugmentationError> {
    let own = || word.to_owned();
    let (name, number) = match word.split_once('=') {
        Some((name, number)) => (name, Some(number)),
        None => (word, None),
    };
    let known = ALL.iter().find(|known| known.name == name);
    let known = known.ok_or_else(|| Unknown { word: own() })?;
    if (known.get)(&all) != 0.0 {
        return Err(Twice { word: own(), name: known.name });
    }
    let number = match number {
        Some(number) if known.has_number() => number.parse().ok(),
        None if !known.has_number() => Some(1.0),
        _ => None,
    };
    match number.ok_or_else(|| Form { word: own(), example: known.example })? {
        0.0 => Err(Nothing { word: own() }),
        number => (known.set)(all, number).map_err(|source| Parameter { word: own(), source }),
    }
}

/// The words that [`FromStr`] reads, in one order.
impl fmt::Display for Augmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str(NONE);
        }
        if let Some(image) = self.image.filter(|_| self.moves()) {
            match *image.sizes() {
                [1, height, width] => write!(f, "{height}x{width}:")?,
                _ => write!(f, "{image}:")?,
            }
        }
        let given = ALL.iter().filter(|word| (word.get)(self) != 0.0);
        given.enumerate().try_for_each(|(index, word)| {
            let comma = if index > 0 { "," } else { "" };
            match word.has_number() {
                true => write!(f, "{comma}{}={}", word.name, (word.get)(self)),
                false => write!(f, "{comma}{}", word.name),
            }
        })
    }
}
