//! Floating-point numbers of several types, converted to `f32`.

use std::fmt::{self, Display, Formatter};

use half::{bf16, f16};

/// How many names a note has.
const NAMES: usize = 4;

/// A type of floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 16 bits, 11 of which are of the significand.
    F16,
    /// 16 bits, 8 of which are of the significand.
    Bf16,
    /// 64 bits.
    F64,
}

impl Precision {
    /// Returns how far 1 is from the next number: the unit of the last place.
    #[must_use]
    pub const fn epsilon(self) -> f64 {
        match self {
            Precision::F32 => f32::EPSILON as f64,
            Precision::F16 => 1.0 / 1024.0,
            Precision::Bf16 => 1.0 / 128.0,
            Precision::F64 => f64::EPSILON,
        }
    }

    /// Returns the coarser of two types.
    pub(super) fn coarser(self, other: Self) -> Self {
        if other.epsilon() > self.epsilon() { other } else { self }
    }

    /// Returns how many bytes a number has.
    pub(super) const fn size(self) -> usize {
        match self {
            Precision::F32 => 4,
            Precision::F16 | Precision::Bf16 => 2,
            Precision::F64 => 8,
        }
    }

    /// Returns the numbers in these bytes, the lowest byte of each first.
    pub(super) fn numbers(self, bytes: &[u8]) -> Vec<f32> {
        fn each<const N: usize>(bytes: &[u8], number: fn([u8; N]) -> f32) -> Vec<f32> {
            bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
        }
        match self {
            Precision::F32 => each(bytes, f32::from_le_bytes),
            Precision::F16 => each(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Precision::Bf16 => each(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Precision::F64 => each(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
        }
    }
}

impl Display for Precision {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::F32 => "F32",
            Precision::F16 => "F16",
            Precision::Bf16 => "BF16",
            Precision::F64 => "F64",
        })
    }
}

/// The tensors whose numbers were converted.
#[derive(Debug, Default)]
pub(super) struct Converted(Vec<(Precision, Vec<String>)>);

impl Converted {
    /// Adds a tensor with numbers of a type.
    pub(super) fn add(&mut self, name: &str, real: Precision) {
        if real == Precision::F32 {
            return;
        }
        match self.0.iter_mut().find(|(of, _)| *of == real) {
            Some((_, names)) => names.push(name.to_owned()),
            None => self.0.push((real, vec![name.to_owned()])),
        }
    }

    /// Returns the coarsest type that was converted, or `f32`.
    pub(super) fn precision(&self) -> Precision {
        let all = self.0.iter().map(|(of, _)| *of);
        all.fold(Precision::F32, Precision::coarser)
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
