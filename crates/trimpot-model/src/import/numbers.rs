//! Floating-point numbers of several types, converted to `f32`.

use std::fmt::{self, Display, Formatter};

use half::{bf16, f16};

/// How many names a note has.
const NAMES: usize = 4;

/// A type of floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Real {
    F32,
    F16,
    Bf16,
    F64,
}

impl Real {
    /// Returns how many bytes a number has.
    pub(super) const fn size(self) -> usize {
        match self {
            Real::F32 => 4,
            Real::F16 | Real::Bf16 => 2,
            Real::F64 => 8,
        }
    }

    /// Returns the numbers in these bytes, the lowest byte of each first.
    pub(super) fn numbers(self, bytes: &[u8]) -> Vec<f32> {
        fn each<const N: usize>(bytes: &[u8], number: fn([u8; N]) -> f32) -> Vec<f32> {
            bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
        }
        match self {
            Real::F32 => each(bytes, f32::from_le_bytes),
            Real::F16 => each(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Real::Bf16 => each(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Real::F64 => each(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
        }
    }
}

impl Display for Real {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Real::F32 => "F32",
            Real::F16 => "F16",
            Real::Bf16 => "BF16",
            Real::F64 => "F64",
        })
    }
}

/// The tensors whose numbers were converted.
#[derive(Debug, Default)]
pub(super) struct Converted(Vec<(Real, Vec<String>)>);

impl Converted {
    /// Adds a tensor with numbers of a type.
    pub(super) fn add(&mut self, name: &str, real: Real) {
        if real == Real::F32 {
            return;
        }
        match self.0.iter_mut().find(|(of, _)| *of == real) {
            Some((_, names)) => names.push(name.to_owned()),
            None => self.0.push((real, vec![name.to_owned()])),
        }
    }

    /// Returns a note for each type that was converted.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(real, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{real}, converted to f32: {}", listed(&names))
        })
    }
}

/// Returns the first names, and how many more there are.
pub(super) fn listed(names: &[&str]) -> String {
    let (shown, more) = names.split_at_checked(NAMES).unwrap_or((names, &[]));
    match more.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
