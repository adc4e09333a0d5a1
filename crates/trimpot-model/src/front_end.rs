//! Front ends: what makes features of recordings, as data.
//!
//! A [`FrontEnd`] is settings, and text. [`FrontEnd::for_input`] says what follows from them and the
//! shape that a network takes; [`Extractor::transform`] computes features with the code that boards
//! run, [`trimpot::spectrum`]'s, and so with their bits.

#[cfg(test)]
mod tests;
mod text;
mod transform;

use std::fmt::{self, Display, Formatter};

use trimpot::spec::Dims;
use trimpot::spectrum::{Floor, LogMelSpec, MelNorm, MelScale, Window};

pub use self::text::help;
pub use self::transform::Transform;

/// The most samples that a recording can have: 17 minutes at 16 kHz.
pub const LONGEST: usize = 1 << 24;

/// The most features that a recording can have: no network that a board holds takes as many.
pub const MOST_FEATURES: usize = 1 << 22;

/// What makes the features of a network of recordings of one channel: frames that begin `hop`
/// samples apart, and the spectrum of each.
///
/// As text, words with commas between, of which the first says what the spectra are:
/// `log-mel,sample_rate=16000,fft=512,samples=i16,window=hann:400,hop=160,bands=20`. What is not said is the
/// default.
///
/// | word | says | by default |
/// |---|---|---|
/// | `log-mel`, `magnitudes`, `powers` | what is computed of each frame | |
/// | `sample_rate=16000` | samples in a second | |
/// | `fft=512` | samples in a frame: 16, 32 … 4096 | |
/// | `window=hann:400` | `hann`, `hamming` or `rectangular`, and its length | `hann`, as long as a frame |
/// | `hop=160` | samples from one frame to the next | half a frame |
/// | `samples=i16` | what samples are: `i16`, which are divided by 2¹⁵, or `f32` | |
/// | `length=16000` | samples in a recording | |
/// | `bands=40` | mel bands, as those below for `log-mel` alone | 40, at most half of `fft` |
/// | `lowest=60`, `highest=7600` | in Hz, where they begin and end | 0, and half of `sample_rate` |
/// | `scale=htk` | `htk` or `slaney` | `htk` |
/// | `norm=height` | what triangles have in common: `height` or `area` | `height` |
/// | `floor=plus`, `epsilon=1e-6` | ln(x + ε), or with `max` ln max(x, ε) | `plus`, 10⁻⁶ |
///
/// ```
/// use trimpot_model::front_end::FrontEnd;
///
/// let front_end: FrontEnd = "log-mel,sample_rate=16000,fft=512,samples=i16,hop=160,bands=20".parse()?;
/// let one_second = FrontEnd { length: Some(16_000), ..front_end };
/// let extractor = one_second.for_input(trimpot::spec::Dims::image(1, 97, 20))?;
/// assert_eq!((extractor.frames(), extractor.features()), (97, 1940));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrontEnd {
    /// What is computed of each frame.
    pub spectrum: SpectrumKind,
    /// Samples in a second.
    pub sample_rate: f32,
    /// Samples in a frame.
    pub fft: usize,
    /// What a frame is multiplied by.
    pub window: WindowKind,
    /// Samples in the window: 1 to `fft`.
    pub window_length: usize,
    /// Samples from the beginning of one frame to that of the next.
    pub hop: usize,
    /// What samples are.
    pub samples: SampleKind,
    /// Samples in a recording: `fft` to [`LONGEST`]; none, if data are to say it.
    pub length: Option<usize>,
}

/// What is computed of each frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SpectrumKind {
    /// The logarithms of mel bands: [`LogMel`](trimpot::spectrum::LogMel).
    LogMel(MelBands),
    /// [`Spectrum::magnitudes`](trimpot::spectrum::Spectrum::magnitudes).
    Magnitudes,
    /// [`Spectrum::power`](trimpot::spectrum::Spectrum::power).
    Powers,
}

/// Mel bands, as [`LogMelSpec`] has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MelBands {
    /// How many: 1 to half of `fft`.
    pub bands: usize,
    /// The lowest and the highest frequency in Hz.
    pub range: [f32; 2],
    /// How the pitch that is heard follows from a frequency.
    pub scale: MelScale,
    /// What triangles have in common.
    pub norm: MelNorm,
    /// What keeps the logarithm of silence finite.
    pub floor: Floor,
}

/// What a frame is multiplied by: a [`Window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// [`Window::hann`].
    Hann,
    /// [`Window::hamming`].
    Hamming,
    /// [`Window::rectangular`].
    Rectangular,
}

/// What the samples of recordings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// Whole numbers of 16 bits, divided by 2¹⁵, as a [`Framer`](trimpot::spectrum::Framer) does it.
    I16,
    /// Numbers, as they are.
    F32,
}

/// In which order a network has the numbers of a [`Spectrogram`](trimpot::spectrum::Spectrogram).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Frame by frame: a vector, or an image of a channel. `Spectrogram::sample`.
    ByFrame,
    /// Band by band: a sequence, of which each band is a channel. `Spectrogram::write_by_band`.
    ByBand,
}

impl FrontEnd {
    /// Returns how many numbers there are of each frame.
    pub fn bands(&self) -> usize {
        match self.spectrum {
            SpectrumKind::LogMel(mel) => mel.bands,
            SpectrumKind::Magnitudes | SpectrumKind::Powers => self.fft / 2 + 1,
        }
    }

    /// Returns how many frames a recording has; none, if its length is not said.
    pub fn frames(&self) -> Option<usize> {
        let behind_first = self.length?.checked_sub(self.fft)?;
        Some(behind_first.checked_div(self.hop)? + 1)
    }

    /// Returns the window as the core has it.
    pub fn core_window(&self) -> Window {
        match self.window {
            WindowKind::Hann => Window::hann(self.window_length),
            WindowKind::Hamming => Window::hamming(self.window_length),
            WindowKind::Rectangular => Window::rectangular(self.window_length),
        }
    }

    /// Returns mel bands as the core has them.
    fn log_mel(&self, mel: &MelBands) -> LogMelSpec {
        let [lowest, highest] = mel.range;
        LogMelSpec::new(self.sample_rate, self.core_window())
            .with_range(lowest, highest)
            .with_scale(mel.scale)
            .with_norm(mel.norm)
            .with_floor(mel.floor)
    }

    /// Checks that it can be.
    ///
    /// # Errors
    /// If a setting is out of its range, with its word.
    pub fn check(&self) -> Result<(), String> {
        let positive = self.sample_rate > 0.0 && self.sample_rate.is_finite();
        if !positive {
            return Err(format!("`sample_rate` is {}, but must be positive", self.sample_rate));
        }
        if !(16..=4096).contains(&self.fft) || !self.fft.is_power_of_two() {
            let fft = self.fft;
            return Err(format!("`fft` is {fft}, but must be 16, 32, 64 … up to 4096"));
        }
        let within = |word: &str, value: usize, least: usize, most: usize| {
            let is_valid = (least..=most).contains(&value);
            let wrong = || format!("`{word}` is {value}, but must be from {least} to {most}");
            is_valid.then_some(()).ok_or_else(wrong)
        };
        within("window", self.window_length, 1, self.fft)?;
        within("hop", self.hop, 1, LONGEST)?;
        self.length.map_or(Ok(()), |length| within("length", length, self.fft, LONGEST))?;
        let SpectrumKind::LogMel(mel) = self.spectrum else { return Ok(()) };
        within("bands", mel.bands, 1, self.fft / 2)?;
        self.log_mel(&mel).check().map_err(|error| {
            let range = error.range;
            format!("`{}` is {}, but must be in {range}", error.name, error.value)
        })
    }

    /// Returns what it makes for a network that takes samples of this shape.
    ///
    /// # Errors
    /// If a setting cannot be, the length of recordings is not said, or the network takes something
    /// else.
    pub fn for_input(&self, input: Dims) -> Result<Extractor, String> {
        self.check()?;
        let (frames, length) = self.frames().zip(self.length).ok_or("`length` is not said")?;
        let bands = self.bands();
        let features = frames.saturating_mul(bands);
        if features > MOST_FEATURES {
            return Err(format!(
                "recordings of {length} samples give {frames} frames of {bands}, {features} features: more than \
                 {MOST_FEATURES}; a larger `hop` gives fewer frames"
            ));
        }
        let is = |size: u32, wanted: usize| usize::try_from(size) == Ok(wanted);
        let order = match *input.sizes() {
            [size] if is(size, features) => Order::ByFrame,
            [1, height, width] if is(height, frames) && is(width, bands) => Order::ByFrame,
            [channels, length] if is(channels, bands) && is(length, frames) => Order::ByBand,
            _ => {
                let each = match self.spectrum {
                    SpectrumKind::LogMel(_) => "bands",
                    SpectrumKind::Magnitudes | SpectrumKind::Powers => "bins",
                };
                return Err(format!(
                    "recordings of {length} samples give {frames} frames of {bands} {each}: {features} features, an image \
                     1x{frames}x{bands} or a sequence {bands}x{frames}, and the network takes {input}"
                ));
            }
        };
        Ok(Extractor { front_end: *self, length, frames, order })
    }
}

/// What a front end makes of recordings for a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extractor {
    front_end: FrontEnd,
    length: usize,
    frames: usize,
    order: Order,
}

impl Extractor {
    /// Returns the front end.
    pub fn front_end(&self) -> &FrontEnd {
        &self.front_end
    }

    /// Returns how many samples a recording has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Returns how many frames a recording has.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Returns how many features there are of a recording.
    pub fn features(&self) -> usize {
        self.frames * self.front_end.bands()
    }

    /// Returns the bytes that it takes on a microcontroller: of RAM for a framer, the buffer of a
    /// transform, and a spectrogram, and at most of flash memory for tables, twiddle factors included.
    pub fn board_bytes(&self) -> [usize; 2] {
        let (fft, frames, bands) = (self.front_end.fft, self.frames, self.front_end.bands());
        let ram = (4 * fft + 8) + 4 * fft + (4 * frames * bands + 4);
        let tables = match self.front_end.spectrum {
            SpectrumKind::LogMel(_) => 8 * fft + 2 * bands + 16,
            SpectrumKind::Magnitudes | SpectrumKind::Powers => 4 * fft,
        };
        [ram, tables + 6 * fft]
    }

    /// Returns in which order they are.
    pub fn order(&self) -> Order {
        self.order
    }
}

/// `log-mel,sample_rate=16000,…: recordings of 8000 samples give 30 frames of 20, 600 features`.
impl Display for Extractor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Extractor { front_end, length, frames, .. } = self;
        let (bands, features) = (front_end.bands(), self.features());
        let without = FrontEnd { length: None, ..*front_end };
        write!(
            f,
            "{without}: {length} samples give {frames} frames of {bands}, {features} features"
        )
    }
}
