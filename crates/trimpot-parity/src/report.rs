//! Fingerprints as lines of text: what one processor sends, another compares.
//!
//! A line is a name and numbers of eight hexadecimal digits, with tabs between; `end` is the last
//! one.

use trimpot::ParameterError;
use trimpot::lanes::{Lanes, f32x4};

use crate::fingerprint::Print;
use crate::{fingerprints, layer_fingerprints, spectrum_fingerprints};

/// Sends a line for each loss and size: the name, the length of rows, and the fingerprint of all
/// values and gradients.
///
/// # Errors
/// Those of `send`.
pub fn losses<V: Lanes, E>(send: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    prints(send, fingerprints::<V>)
}

/// Sends a line for each spectrum: the name, the length of frames, and the fingerprint of all
/// numbers.
///
/// # Errors
/// Those of `send`.
pub fn spectra<V: Lanes, E>(send: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    prints(send, spectrum_fingerprints::<V>)
}

/// Sends a line for each print that is reported: its name, a length, and its value.
fn prints<E>(
    send: &mut impl FnMut(&[u8]) -> Result<(), E>,
    all: impl FnOnce(&mut dyn FnMut(&str, usize, Print)) -> Result<(), ParameterError>,
) -> Result<(), E> {
    let mut sent = Ok(());
    let done = all(&mut |name, n, print| {
        if sent.is_ok() {
            sent = line(send, name, &[n as u32, print.value()]);
        }
    });
    sent?;
    end(send, done.is_ok())
}

/// Sends a line for each network with a layer in it: the name and the fingerprints of its training,
/// as a type and as data.
///
/// # Errors
/// Those of `send`.
pub fn layers<V: Lanes, E>(send: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let mut sent = Ok(());
    let done = layer_fingerprints::<V>(&mut |name, fingerprints| {
        if sent.is_ok() {
            sent = line(send, name, &fingerprints);
        }
    });
    sent?;
    end(send, done.is_ok())
}

/// Sends [`losses`], [`layers`] and [`spectra`], in one lane and in four.
///
/// # Errors
/// Those of `send`.
pub fn everything<E>(send: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    losses::<f32, E>(send)?;
    losses::<f32x4, E>(send)?;
    layers::<f32, E>(send)?;
    layers::<f32x4, E>(send)?;
    spectra::<f32, E>(send)?;
    spectra::<f32x4, E>(send)
}

/// Sends a name and numbers.
///
/// # Errors
/// Those of `send`.
pub fn line<E>(
    send: &mut impl FnMut(&[u8]) -> Result<(), E>,
    name: &str,
    numbers: &[u32],
) -> Result<(), E> {
    send(name.as_bytes())?;
    for &number in numbers {
        send(b"\t")?;
        send(&hexadecimal(number))?;
    }
    send(b"\n")
}

/// Sends the last line.
fn end<E>(send: &mut impl FnMut(&[u8]) -> Result<(), E>, done: bool) -> Result<(), E> {
    send(if done { b"end\n" } else { b"invalid parameters\n" })
}

/// Eight digits. `core` would write them as well, but its formatting can panic.
fn hexadecimal(number: u32) -> [u8; 8] {
    core::array::from_fn(|digit| {
        let value = (number >> (28 - 4 * digit)) as u8 & 15;
        if value < 10 { b'0' + value } else { b'a' + (value - 10) }
    })
}
