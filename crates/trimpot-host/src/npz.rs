//! Arrays of `.npz` files, whatever their type.

use std::fs::File;
use std::io::Read;

use half::f16;
use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadDataError, ReadNpyError, ReadNpzError, ReadableElement};
use py_literal::Value;

use super::labels::Labels;

/// The shape of an array, and the numbers.
type ShapedValues = (Vec<usize>, Vec<f32>);

/// Returns an array of numbers of any type, or of truth values, which are 0 and 1.
pub fn numbers(npz: &mut NpzReader<File>, name: &str) -> Result<ShapedValues, String> {
    maybe_numbers(npz, name)?.map_err(|kind| {
        format!(
            "array `{name}` is of type {kind}; read are integers, floating-point numbers of 16, 32 and 64 \
             bits, and truth values"
        )
    })
}

/// The same; or their type, if they are no numbers.
fn maybe_numbers(
    npz: &mut NpzReader<File>,
    name: &str,
) -> Result<Result<ShapedValues, String>, String> {
    macro_rules! first_of {
        ($($number:ty: $as_number:expr),*) => {$(
            if let Ok(array) = array::<$number>(npz, name)? {
                let numbers = array.iter().map($as_number).collect();
                return Ok(Ok((array.shape().to_vec(), numbers)));
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
    let halves = array::<Half>(npz, name)?;
    Ok(halves.map(|array| {
        (array.shape().to_vec(), array.iter().map(|Half(number)| number.to_f32()).collect())
    }))
}

/// Returns the shape of an array of labels, and the labels: numbers, or text (NumPy's `U`).
pub fn labels(npz: &mut NpzReader<File>, name: &str) -> Result<(Vec<usize>, Labels), String> {
    if let Ok(array) = array::<Text>(npz, name)? {
        let shape = array.shape().to_vec();
        return Ok((shape, Labels::Names(array.into_iter().map(|Text(name)| name).collect())));
    }
    let numbers = maybe_numbers(npz, name)?;
    let (shape, numbers) = numbers.map_err(|kind| {
        format!(
            "array `{name}` is of type {kind}; read are integers, floating-point numbers of 16, 32 and 64 \
             bits, truth values, and text as in NumPy's type `U`, which `astype(str)` gives"
        )
    })?;
    Ok((shape, Labels::Numbers(numbers)))
}

/// Returns the array of this name; or what its type is called, if its elements are of another type.
fn array<T: ReadableElement>(
    npz: &mut NpzReader<File>,
    name: &str,
) -> Result<Result<ArrayD<T>, String>, String> {
    match npz.by_name::<OwnedRepr<T>, IxDyn>(name) {
        Ok(array) => Ok(Ok(array)),
        Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(kind))) => Ok(Err(match kind {
            Value::String(kind) => format!("`{kind}`"),
            record => format!("`{record}`"),
        })),
        Err(ReadNpzError::Npy(error)) => Err(format!("array `{name}`: {error}")),
        Err(_) => {
            let names = npz.names().map_err(|error| error.to_string())?.join(", ");
            Err(format!("there is no array `{name}`, but {names}"))
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
