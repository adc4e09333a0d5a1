//! What comes out on the PC: compiled here, once for all tests that compare with it.

extern crate std;

use std::convert::Infallible;
use std::string::{String, ToString};
use std::vec::Vec;

use trimpot::ParameterError;

use crate::fingerprint::Print;
use crate::{fingerprints, report};

/// Returns what [`report::losses`] sends in one lane.
pub fn losses() -> String {
    text(|send| report::losses::<f32, Infallible>(send))
}

/// Returns what [`report::layers`] sends in one lane.
pub fn layers() -> String {
    text(|send| report::layers::<f32, Infallible>(send))
}

/// Returns what [`report::spectra`] sends in one lane.
pub fn spectra() -> String {
    text(|send| report::spectra::<f32, Infallible>(send))
}

/// Returns what [`report::everything`] sends.
pub fn everything() -> String {
    text(|send| report::everything::<Infallible>(send))
}

/// Returns the names, lengths of rows and prints of all losses, in one lane.
///
/// # Errors
/// If a loss refuses its parameters.
pub fn prints() -> Result<Vec<(String, usize, Print)>, ParameterError> {
    let mut all = Vec::new();
    fingerprints::<f32>(&mut |name, n, print| all.push((name.to_string(), n, print)))?;
    Ok(all)
}

/// Where text is sent.
type Send<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Infallible>;

fn text(write: impl FnOnce(&mut Send<'_>) -> Result<(), Infallible>) -> String {
    let mut all = Vec::new();
    let mut send: Send<'_> = &mut |bytes| {
        all.extend_from_slice(bytes);
        Ok(())
    };
    let Ok(()) = write(&mut send);
    String::from_utf8_lossy(&all).into_owned()
}
