//! Arrays of `.npz` files, whatever their type.

mod archive;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use half::f16;
use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadDataError, ReadNpyError, ReadNpzError, ReadableElement};
use py_literal::Value;
use trimpot::spec::Dims;

use super::DataError;

/// An `.npz` file whose arrays are read.
pub(crate) struct Npz(NpzReader<File>);

/// An array: its shape, and its elements row by row.
pub(crate) struct Array<T> {
    pub(crate) shape: Vec<usize>,
    pub(crate) elements: T,
}

/// Elements of either kind.
pub(crate) enum Elements {
    Numbers(Vec<f32>),
    Texts(Vec<String>),
}

/// 2²⁴ − 1, the last whole number that stands for itself alone among numbers of 32 bits with a point:
/// 2²⁴ may have been 2²⁴ + 1, which is rounded to it.
const LARGEST_WHOLE: f64 = 16_777_215.0;

/// Numbers of an array, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// The size of each dimension.
    pub shape: Vec<usize>,
    /// The numbers, of any type in the file.
    pub numbers: Vec<f32>,
}

/// Reads arrays of numbers from an `.npz` file, by their names.
///
/// # Errors
/// If the file is none, lacks one of the arrays (then those that it has are named), or one does not
/// have numbers.
pub fn read_arrays(file: &Path, names: &[&str]) -> Result<Vec<Numbers>, DataError> {
    let error = |what: String| DataError::new(file, what.into());
    let mut npz = Npz::open(file, names).map_err(error)?;
    let array = |name: &&str| {
        let Array { shape, elements } = npz.numbers(name).map_err(error)?;
        Ok(Numbers { shape, numbers: elements })
    };
    names.iter().map(array).collect()
}

/// Checks that an array of this shape has samples for a network that takes `input`, in its first
/// dimension: rows of as many numbers, or numbers in the dimensions of the network, of which those of
/// 1 need not be there. Where the array has its channels last, so are they compared. A network that
/// takes vectors takes the numbers of any dimensions in their order.
///
/// # Errors
/// If the numbers are not as many, or their dimensions are others: read in their order, they would be
/// in the wrong places.
pub fn check_shape(
    array: &str,
    shape: &[usize],
    input: Dims,
    channels_last: bool,
) -> Result<(), String> {
    let mut sizes: Vec<usize> = input.sizes().iter().map(|&size| size as usize).collect();
    if channels_last {
        sizes.rotate_left(1);
    }
    let of_sample = shape.get(1..).unwrap_or_default();
    let without_ones = |sizes: &[usize]| -> Vec<usize> {
        sizes.iter().copied().filter(|&size| size != 1).collect()
    };
    let (found, expected) = (without_ones(of_sample), without_ones(&sizes));
    let is_count = of_sample.iter().product::<usize>() == input.count();
    if !shape.is_empty() && is_count && (found == expected || found.len() < 2 || expected.len() < 2)
    {
        return Ok(());
    }
    let order = if channels_last { ", channels last" } else { "" };
    let sizes = sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
    Err(format!("`{array}` has the shape {shape:?}, but must be samples of {sizes}{order}"))
}

/// Returns whether a file has an array of this name.
pub(crate) fn has(file: &Path, array: &str) -> Result<bool, String> {
    let Npz(mut reader) = Npz::open(file, &[])?;
    let names = reader.names().map_err(|error| error.to_string())?;
    Ok(names.iter().any(|name| name.strip_suffix(".npy").unwrap_or(name) == array))
}

impl Npz {
    /// Opens a file of which these arrays are going to be read: an error if one of them is not as
    /// large as it claims to be, or there is no memory for them.
    pub(crate) fn open(file: &Path, arrays: &[&str]) -> Result<Self, String> {
        Ok(Npz(archive::open(file, arrays)?))
    }

    /// Reads an array of numbers of any type, or of truth values, which are 0 and 1.
    pub(crate) fn numbers(&mut self, name: &str) -> Result<Array<Vec<f32>>, String> {
        self.maybe_numbers(name)?.map_err(|kind| {
            format!(
                "array `{name}` is of type {kind}; read are integers, floating-point numbers of 16, 32 and 64 \
                 bits, and truth values"
            )
        })
    }

    /// Reads an array of numbers, or of text (NumPy's `U`).
    pub(crate) fn numbers_or_texts(&mut self, name: &str) -> Result<Array<Elements>, String> {
        if let Ok(array) = self.array::<Text>(name)? {
            let shape = array.shape().to_vec();
            let texts = array.into_iter().map(|Text(text)| text).collect();
            return Ok(Array { shape, elements: Elements::Texts(texts) });
        }
        let numbers = self.maybe_numbers(name)?;
        let Array { shape, elements } = numbers.map_err(|kind| {
            format!(
                "array `{name}` is of type {kind}; read are integers, floating-point numbers of 16, 32 and 64 \
                 bits, truth values, and text as in NumPy's type `U`, which `astype(str)` gives"
            )
        })?;
        Ok(Array { shape, elements: Elements::Numbers(elements) })
    }

    /// Reads an array of numbers of any type, or of text, as text: each number as it is, so that two
    /// that differ do so in their texts. A value that is missing is empty.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Array<Vec<String>>, String> {
        macro_rules! first_of {
            ($($whole:ty),*) => {$(
                if let Ok(array) = self.array::<$whole>(name)? {
                    let elements = array.iter().map(<$whole>::to_string).collect();
                    return Ok(Array { shape: array.shape().to_vec(), elements });
                }
            )*};
        }
        first_of!(i64, u64, i32, u32, i16, u16, i8, u8);
        let (shape, numbers) = match self.array::<f64>(name)? {
            Ok(array) => (array.shape().to_vec(), array.into_iter().collect()),
            Err(_) => {
                let Array { shape, elements } = self.numbers_or_texts(name)?;
                let numbers: Vec<f64> = match elements {
                    Elements::Texts(elements) => return Ok(Array { shape, elements }),
                    Elements::Numbers(numbers) => numbers.into_iter().map(f64::from).collect(),
                };
                (shape, numbers)
            }
        };
        let text = |(row, number): (usize, f64)| match number {
            number if number.is_nan() => Ok(String::new()),
            number if number.fract() == 0.0 && number.abs() <= LARGEST_WHOLE => {
                Ok((number as i64).to_string())
            }
            number => Err(format!(
                "array `{name}`, element {}: {number} is no whole number up to {LARGEST_WHOLE}, which are those that \
                 numbers with a point tell apart: `astype(np.int64)` or `astype(str)` gives others",
                row + 1
            )),
        };
        let elements = numbers.into_iter().enumerate().map(text).collect::<Result<_, _>>()?;
        Ok(Array { shape, elements })
    }

    /// Reads an array of numbers; returns what its type is called, if they are none.
    fn maybe_numbers(&mut self, name: &str) -> Result<Result<Array<Vec<f32>>, String>, String> {
        macro_rules! first_of {
            ($($number:ty: $as_number:expr),*) => {$(
                if let Ok(array) = self.array::<$number>(name)? {
                    let elements = array.iter().map($as_number).collect();
                    return Ok(Ok(Array { shape: array.shape().to_vec(), elements }));
                }
            )*};
        }
        first_of!(
            f32: |&number| number,
            u8: |&number| number.into(),
            f64: |&number| number as f32,
            i64: |&number| number as f32,
            i32: |&number| number as f32,
            u32: |&number| number as f32,
            u64: |&number| number as f32,
            i8: |&number| number.into(),
            i16: |&number| number.into(),
            u16: |&number| number.into(),
            bool: |&truth| f32::from(u8::from(truth))
        );
        let halves = self.array::<Half>(name)?;
        Ok(halves.map(|array| Array {
            shape: array.shape().to_vec(),
            elements: array.iter().map(|Half(number)| number.to_f32()).collect(),
        }))
    }

    /// Reads an array; returns what its type is called, if its elements are of another one.
    fn array<T: ReadableElement>(
        &mut self,
        name: &str,
    ) -> Result<Result<ArrayD<T>, String>, String> {
        match self.0.by_name::<OwnedRepr<T>, IxDyn>(name) {
            Ok(array) => Ok(Ok(array)),
            Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(kind))) => Ok(Err(match kind {
                Value::String(kind) => format!("`{kind}`"),
                record => format!("`{record}`"),
            })),
            Err(ReadNpzError::Npy(error)) => Err(format!("array `{name}`: {error}")),
            Err(_) => {
                let names = self.0.names().map_err(|error| error.to_string())?.join(", ");
                Err(format!("there is no array `{name}`, but {names}"))
            }
        }
    }
}

/// Returns whether elements of a type whose name has this letter after the order of bytes have the
/// last byte first; and what follows in its name.
fn is_little(kind: &Value, after: char) -> Option<(bool, &str)> {
    let Value::String(kind) = kind else { return None };
    let is_little = match kind.chars().next()? {
        '<' => true,
        '>' => false,
        _ => return None,
    };
    Some((is_little, kind[1..].strip_prefix(after)?))
}

/// A floating-point number of 16 bits.
struct Half(f16);

impl ReadableElement for Half {
    fn read_to_end_exact_vec<R: Read>(
        mut reader: R,
        kind: &Value,
        count: usize,
    ) -> Result<Vec<Self>, ReadDataError> {
        let Some((is_little, "2")) = is_little(kind, 'f') else {
            return Err(ReadDataError::WrongDescriptor(kind.clone()));
        };
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(ReadDataError::Io)?;
        let (halves, odd) = bytes.as_chunks::<2>();
        if halves.len() < count {
            return Err(ReadDataError::MissingData);
        }
        let extra = 2 * (halves.len() - count) + odd.len();
        if extra > 0 {
            return Err(ReadDataError::ExtraBytes(extra));
        }
        let read = if is_little { f16::from_le_bytes } else { f16::from_be_bytes };
        Ok(halves.iter().map(|&bytes| Half(read(bytes))).collect())
    }
}

/// Text of a fixed number of characters, each in four bytes; a shorter text ends with zeros.
struct Text(String);

impl ReadableElement for Text {
    fn read_to_end_exact_vec<R: Read>(
        mut reader: R,
        kind: &Value,
        count: usize,
    ) -> Result<Vec<Self>, ReadDataError> {
        let wrong = || ReadDataError::WrongDescriptor(kind.clone());
        let (is_little, characters) = is_little(kind, 'U').ok_or_else(wrong)?;
        let characters: usize =
            characters.parse().ok().filter(|&characters| characters > 0).ok_or_else(wrong)?;
        let read = if is_little { u32::from_le_bytes } else { u32::from_be_bytes };

        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(ReadDataError::Io)?;
        let (codes, odd) = bytes.as_chunks::<4>();
        let texts = codes.chunks_exact(characters);
        if texts.len() < count {
            return Err(ReadDataError::MissingData);
        }
        let extra =
            (texts.len() - count) * 4 * characters + 4 * texts.remainder().len() + odd.len();
        if extra > 0 {
            return Err(ReadDataError::ExtraBytes(extra));
        }
        let character = |code: &[u8; 4]| {
            let code = read(*code);
            char::from_u32(code).ok_or_else(|| {
                ReadDataError::ParseData(format!("{code:#x} is no character").into())
            })
        };
        let text = |codes: &[[u8; 4]]| {
            let text: String = codes.iter().map(character).collect::<Result<_, _>>()?;
            Ok(Text(text.trim_end_matches('\0').to_owned()))
        };
        texts.map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, codes: &[u32], count: usize) -> Result<Vec<String>, ReadDataError> {
        let bytes: Vec<u8> = codes.iter().flat_map(|code| code.to_le_bytes()).collect();
        let kind = Value::String(kind.to_owned());
        let texts = Text::read_to_end_exact_vec(bytes.as_slice(), &kind, count)?;
        Ok(texts.into_iter().map(|Text(text)| text).collect())
    }

    #[test]
    fn dimensions_are_those_of_the_network_or_rows() {
        let image = Dims::image(3, 8, 9);
        let check = |shape: &[usize], input, last| check_shape("x", shape, input, last).is_ok();
        for (shape, first, last) in [
            (&[5, 3, 8, 9][..], true, false),
            (&[5, 8, 9, 3], false, true),
            (&[5, 3, 9, 8], false, false),
            (&[5, 3, 72], false, false),
            (&[5, 216], true, true),
            (&[5, 216, 1], true, true),
            (&[5, 215], false, false),
            (&[216], false, false),
            (&[], false, false),
        ] {
            assert_eq!(check(shape, image, false), first, "{shape:?}");
            assert_eq!(check(shape, image, true), last, "{shape:?}, channels last");
        }
        // A single channel need not be there, and a vector has no dimensions to be mistaken.
        for shape in [&[5, 8, 9][..], &[5, 1, 8, 9], &[5, 8, 9, 1]] {
            assert!(check(shape, Dims::image(1, 8, 9), false), "{shape:?}");
            assert!(check(shape, Dims::vector(72), false), "{shape:?}");
        }
        let error = check_shape("x", &[5, 8, 9, 3], image, false).unwrap_err();
        assert_eq!(error, "`x` has the shape [5, 8, 9, 3], but must be samples of 3x8x9");
    }

    #[test]
    fn text_is_read_as_numpy_writes_it() {
        let codes = [u32::from('ö'), 0x1_f415, 0, u32::from('a'), 0, 0];
        assert_eq!(read("<U3", &codes, 2).unwrap(), ["ö🐕", "a"]);
        assert!(matches!(read("<U3", &codes, 3), Err(ReadDataError::MissingData)));
        assert!(matches!(read("<U3", &codes, 1), Err(ReadDataError::ExtraBytes(12))));
        assert!(matches!(read("<U1", &[0xd800], 1), Err(ReadDataError::ParseData(_))));
        for kind in ["<f4", "|S3", "|U3", "<U0", "<U", "é", ""] {
            let error = read(kind, &codes, 2);
            assert!(matches!(error, Err(ReadDataError::WrongDescriptor(_))), "{kind}");
        }
    }

    #[test]
    fn text_and_halves_are_read_in_either_order_of_bytes() {
        let read = |kind: &str, bytes: &[u8], count| {
            let kind = Value::String(kind.to_owned());
            let halves = Half::read_to_end_exact_vec(bytes, &kind, count)?;
            Ok::<_, ReadDataError>(halves.iter().map(|half| half.0.to_f32()).collect::<Vec<_>>())
        };
        // 1, the least subnormal, -65504 and infinity.
        let bits = [0x3c00_u16, 0x0001, 0xfbff, 0x7c00];
        let expected = [1.0, 2.0_f32.powi(-24), -65504.0, f32::INFINITY];
        assert_eq!(read("<f2", &bits.map(u16::to_le_bytes).concat(), 4).unwrap(), expected);
        let swapped = bits.map(u16::to_be_bytes).concat();
        assert_eq!(read(">f2", &swapped, 4).unwrap(), expected);
        assert!(matches!(read(">f2", &swapped[..7], 4), Err(ReadDataError::MissingData)));
        assert!(matches!(read(">f2", &swapped, 3), Err(ReadDataError::ExtraBytes(2))));
        assert!(matches!(read("<f4", &swapped, 2), Err(ReadDataError::WrongDescriptor(_))));

        let codes = ['ö', 'k'].map(|letter| u32::from(letter).to_be_bytes()).concat();
        let kind = Value::String(">U2".to_owned());
        let texts = Text::read_to_end_exact_vec(codes.as_slice(), &kind, 1).unwrap();
        assert_eq!(texts[0].0, "ök");
    }
}
