//! Front ends as text.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use trimpot::spectrum::{Floor, MelNorm, MelScale};

use super::{FrontEnd, MelBands, SampleKind, SpectrumKind, WindowKind};

/// Returns what there is to say of front ends to someone who writes one.
pub fn help() -> String {
    let words = |words: &[(&str, &str)]| -> String {
        words.iter().map(|(word, says)| format!("\n  {word:18} {says}")).collect()
    };
    format!(
        "Make features of raw recordings, one a row, of one channel: spectra of frames. They are computed as boards \
         compute them, with the same bits, and the model file says how. First what is computed of each frame, log-mel, \
         magnitudes or powers; then words with commas between, such as\n\n  \
         log-mel,sample_rate=16000,fft=512,samples=i16,window=hann:400,hop=160,bands=20\n\nWhat must be \
         said:{}\n\nWhat may be said:{}\n\nFor log-mel alone:{}\n\nThe network takes frame by frame, as a row of \
         features or an image 1xFRAMESxBANDS, or a sequence BANDSxFRAMES: with these words, a second has 97 frames of 20 \
         bands, --network \"1x97x20 > conv 8 3x3, relu, flatten, dense 10\". --standardize after it is usual. \
         Recordings in another unit than `samples` says are pointed out: those that never leave [-1, 1] where it is i16, \
         and whole numbers of 16 bits where it is f32",
        words(&[
            ("sample_rate=16000", "samples in a second"),
            ("fft=512", "samples in a frame: 16, 32 … 4096"),
            (
                "samples=i16",
                "whole numbers of 16 bits, divided by 32768 as a board does it; f32: numbers as they are"
            ),
        ]),
        words(&[
            (
                "window=hann:400",
                "hann, hamming or rectangular, and its length [hann, a frame long]"
            ),
            ("hop=160", "samples from one frame to the next [half a frame]"),
            (
                "length=16000",
                "samples in a recording [all columns of --data but labels and those of --drop]"
            ),
        ]),
        words(&[
            ("bands=20", "mel bands [40]"),
            ("lowest=60", "where they begin, in Hz [0]"),
            ("highest=7600", "where they end, in Hz [half of sample_rate]"),
            ("scale=slaney", "htk or slaney [htk]"),
            ("norm=area", "height or area [height]"),
            ("floor=max", "plus or max: ln(x + epsilon) or ln max(x, epsilon) [plus]"),
            ("epsilon=1e-10", "the epsilon of these [1e-6]"),
        ])
    )
}

/// The words of all front ends, and those of log-mel alone.
const WORDS: [&str; 6] = ["sample_rate", "fft", "window", "hop", "samples", "length"];
const OF_LOG_MEL: [&str; 7] = ["bands", "lowest", "highest", "scale", "norm", "floor", "epsilon"];

const LOG_MEL: &str = "log-mel";
const MAGNITUDES: &str = "magnitudes";
const POWERS: &str = "powers";

/// Values that have names.
type Names<T> = &'static [(&'static str, T)];

const WINDOWS: Names<WindowKind> = &[
    ("hann", WindowKind::Hann),
    ("hamming", WindowKind::Hamming),
    ("rectangular", WindowKind::Rectangular),
];
const SAMPLES: Names<SampleKind> = &[("i16", SampleKind::I16), ("f32", SampleKind::F32)];
const SCALES: Names<MelScale> = &[("htk", MelScale::Htk), ("slaney", MelScale::Slaney)];
const NORMS: Names<MelNorm> = &[("height", MelNorm::Height), ("area", MelNorm::Area)];
const FLOORS: Names<fn(f32) -> Floor> = &[("plus", Floor::Plus), ("max", Floor::Max)];

impl FromStr for FrontEnd {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        if ![LOG_MEL, MAGNITUDES, POWERS].contains(&kind) {
            return Err(format!("`{kind}`: the first word is {LOG_MEL}, {MAGNITUDES} or {POWERS}"));
        }
        let words = Words::read(parts, kind == LOG_MEL)?;
        let sample_rate = words.needed("sample_rate", "16000")?;
        let fft: usize = words.needed("fft", "512")?;
        let (window, window_length) = match words.0.get("window") {
            None => (WindowKind::Hann, fft),
            Some(text) => {
                let (name, length) = match text.split_once(':') {
                    Some((name, length)) => (name, length.parse().ok()),
                    None => (*text, Some(fft)),
                };
                let form = || format!("`window={text}`: it is written as in window=hann:400");
                (named("window", name, WINDOWS)?, length.ok_or_else(form)?)
            }
        };
        let spectrum = match kind {
            LOG_MEL => SpectrumKind::LogMel(MelBands {
                bands: words.value("bands", "40")?.unwrap_or(40.min(fft / 2)),
                range: [
                    words.value("lowest", "60")?.unwrap_or(0.0),
                    words.value("highest", "7600")?.unwrap_or(0.5 * sample_rate),
                ],
                scale: words.one_of("scale", SCALES)?.unwrap_or_default(),
                norm: words.one_of("norm", NORMS)?.unwrap_or_default(),
                floor: {
                    let floor = words.one_of("floor", FLOORS)?.unwrap_or(Floor::Plus);
                    floor(words.value("epsilon", "1e-6")?.unwrap_or(1e-6))
                },
            }),
            MAGNITUDES => SpectrumKind::Magnitudes,
            _ => SpectrumKind::Powers,
        };
        let front_end = FrontEnd {
            spectrum,
            sample_rate,
            fft,
            window,
            window_length,
            hop: words.value("hop", "160")?.unwrap_or(fft / 2),
            samples: {
                let unsaid = "samples is missing: samples=i16 or samples=f32";
                words.one_of("samples", SAMPLES)?.ok_or(unsaid)?
            },
            length: words.value("length", "16000")?,
        };
        front_end.check()?;
        Ok(front_end)
    }
}

/// What is said behind the first word.
struct Words<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Words<'a> {
    fn read(parts: impl Iterator<Item = &'a str>, is_log_mel: bool) -> Result<Self, String> {
        let mut words = BTreeMap::new();
        for part in parts {
            let (word, value) = part.split_once('=').unwrap_or((part, ""));
            match (WORDS.contains(&word), OF_LOG_MEL.contains(&word)) {
                (true, _) => {}
                (false, true) if is_log_mel => {}
                (false, true) => return Err(format!("`{part}`: {word} is for {LOG_MEL} alone")),
                (false, false) => {
                    let (all, more) = (WORDS.join(", "), OF_LOG_MEL.join(", "));
                    return Err(format!("`{part}`: there are {all}; and for {LOG_MEL} {more}"));
                }
            }
            if words.insert(word, value).is_some() {
                return Err(format!("`{part}`: {word} is there twice"));
            }
        }
        Ok(Words(words))
    }

    /// Returns the number of a word, which is written as the example is.
    fn value<T: FromStr>(&self, word: &str, example: &str) -> Result<Option<T>, String> {
        let read = |text: &&str| {
            let form = |_| format!("`{word}={text}`: it is written as in {word}={example}");
            text.parse().map_err(form)
        };
        self.0.get(word).map(read).transpose()
    }

    fn needed<T: FromStr>(&self, word: &str, example: &str) -> Result<T, String> {
        self.value(word, example)?.ok_or_else(|| format!("{word} is missing: {word}={example}"))
    }

    fn one_of<T: Copy>(&self, word: &str, names: Names<T>) -> Result<Option<T>, String> {
        self.0.get(word).map(|text| named(word, text, names)).transpose()
    }
}

/// Returns what has this name.
fn named<T: Copy>(word: &str, text: &str, names: Names<T>) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| *name == text);
    found.map(|&(_, value)| value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|&(name, _)| name).collect();
        format!("`{word}={text}`: there are {}", names.join(", "))
    })
}

/// Returns the name of a value.
fn name<T: PartialEq>(value: &T, names: Names<T>) -> &'static str {
    names.iter().find(|(_, named)| named == value).map_or("", |&(name, _)| name)
}

/// All words that [`FromStr`] reads, in one order, those with a default as well.
impl Display for FrontEnd {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let &FrontEnd { spectrum, sample_rate, fft, window_length, hop, length, .. } = self;
        f.write_str(match spectrum {
            SpectrumKind::LogMel(_) => LOG_MEL,
            SpectrumKind::Magnitudes => MAGNITUDES,
            SpectrumKind::Powers => POWERS,
        })?;
        let (window, samples) = (name(&self.window, WINDOWS), name(&self.samples, SAMPLES));
        write!(
            f,
            ",sample_rate={sample_rate},fft={fft},window={window}:{window_length},hop={hop}"
        )?;
        if let SpectrumKind::LogMel(MelBands { bands, range, scale, norm, floor }) = spectrum {
            let ([lowest, highest], epsilon) = (range, floor.epsilon());
            let (scale, norm) = (name(&scale, SCALES), name(&norm, NORMS));
            let floor = match floor {
                Floor::Plus(_) => "plus",
                Floor::Max(_) => "max",
            };
            write!(
                f,
                ",bands={bands},lowest={lowest},highest={highest},scale={scale},norm={norm}"
            )?;
            write!(f, ",floor={floor},epsilon={epsilon:e}")?;
        }
        write!(f, ",samples={samples}")?;
        length.map_or(Ok(()), |length| write!(f, ",length={length}"))
    }
}
