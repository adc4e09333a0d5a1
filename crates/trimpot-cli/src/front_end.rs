//! `--front-end`: what makes features of the recordings that are trained on.

use std::path::Path;

use clap::Args;
use trimpot::spec::Dims;
use trimpot_host::dataset::{DataError, DataSpec, STANDARD_INPUT};
use trimpot_model::front_end::{self, Extractor, FrontEnd};

use crate::terminal::say;

/// Whether samples are recordings, and what makes features of these.
#[derive(Args, Clone, Debug)]
pub struct FrontEndOptions {
    /// Make features of raw recordings, one a row: frames, and the spectrum of each, such as
    /// log-mel,sample_rate=16000,fft=512,samples=i16,bands=20. They have the bits of boards, and the
    /// model file says how they are made: other words take recordings for it as well. With --init
    /// the model says it
    #[arg(long, value_name = "WORDS", long_help = front_end::help(), help_heading = "Data")]
    pub front_end: Option<FrontEnd>,
}

/// Why recordings have no features.
pub(crate) enum FrontEndError {
    /// The front end is not for these recordings, or for this network.
    Options(String),
    /// The data cannot be read.
    Data(DataError),
}

impl FrontEndOptions {
    /// Returns what it makes for a network that takes samples of this shape, where none is said a row
    /// of features; none, if samples are features. How long a recording is, data say, of which all else
    /// is in `spec`.
    pub(crate) fn extractor(
        &self,
        data: &Path,
        spec: &DataSpec,
        input: Option<Dims>,
    ) -> Result<Option<Extractor>, FrontEndError> {
        let Some(front_end) = self.front_end else { return Ok(None) };
        let length = match front_end.length {
            Some(length) => length,
            None => count_samples(data, spec)?,
        };
        let wrong = |error: String| FrontEndError::Options(format!("--front-end: {error}"));
        let whole = FrontEnd { length: Some(length), ..front_end };
        let row = || whole.frames().unwrap_or_default().saturating_mul(whole.bands());
        let input = input.unwrap_or_else(|| Dims::vector(row().try_into().unwrap_or(u32::MAX)));
        let made = whole.for_input(input).map_err(wrong)?;
        let unheard = made.unheard().map_err(|error| wrong(error.to_string()))?;
        if unheard.len() == front_end.bands() {
            return Err(wrong("features are the same for silence and for a click".to_owned()));
        }
        if !unheard.is_empty() {
            let numbers: Vec<String> = unheard.iter().map(usize::to_string).collect();
            let numbers = numbers.join(", ");
            say(&format!(
                "--front-end: of the bands, {numbers} hear nothing, since no bin is in them: fewer bands or a larger fft"
            ));
        }
        Ok(Some(made))
    }
}

/// Returns how many samples a recording of the data has.
fn count_samples(data: &Path, spec: &DataSpec) -> Result<usize, FrontEndError> {
    // What is no file is read once.
    if data.as_os_str() == STANDARD_INPUT || (data.exists() && !data.is_file()) {
        let what = "--front-end: data that are no file are read once: length=16000 says how many samples a recording \
                    has";
        return Err(FrontEndError::Options(what.to_owned()));
    }
    spec.count_features(data).map_err(FrontEndError::Data)
}
