//! Arrays of `.npz` files, whatever their type.

use std::fs::File;
use std::io::Read;

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadDataError, ReadNpyError, ReadNpzError, ReadableElement};
use py_literal::Value;

use super::labels::Labels;

/// The shape of an array, and the numbers.
type Numbers = (Vec<usize>, Vec<f32>);

/// An array of numbers of any type.
pub fn numbers(npz: &mut NpzReader<File>, name: &str) -> Result<Numbers, String> {
    maybe_numbers(npz, name)?.ok_or_else(|| {
        format!("array `{name}` does not consist of integers or floating-point numbers")
    })
}

/// The same; `None` if they are no numbers.
fn maybe_numbers(npz: &mut NpzReader<File>, name: &str) -> Result<Option<Numbers>, String> {
    macro_rules! first_of {
        ($($number:ty),*) => {$(
            if let Some(array) = array::<$number>(npz, name)? {
                let numbers = array.iter().map(|&number| number as f32).collect();
                return Ok(Some((array.shape().to_vec(), numbers)));
            }
        )*};
    }
    first_of!(f32, u8, f64, i64, i32, u32, u64, i8, i16, u16);
    Ok(None)
}

/// The shape of an array of labels, and the labels: numbers, or text (NumPy's `U`).
pub fn labels(npz: &mut NpzReader<File>, name: &str) -> Result<(Vec<usize>, Labels), String> {
    if let Some(array) = array::<Text>(npz, name)? {
        let shape = array.shape().to_vec();
        return Ok((shape, Labels::Names(array.into_iter().map(|Text(name)| name).collect())));
    }
    let (shape, numbers) = maybe_numbers(npz, name)?.ok_or_else(|| {
        format!(
            "array `{name}` consists neither of numbers nor of text as in NumPy's type `U`, which \
             `astype(str)` gives"
        )
    })?;
    Ok((shape, Labels::Numbers(numbers)))
}

/// The array of this name; `None` if its elements are of another type.
fn array<T: ReadableElement>(
    npz: &mut NpzReader<File>,
    name: &str,
) -> Result<Option<ArrayD<T>>, String> {
    match npz.by_name::<OwnedRepr<T>, IxDyn>(name) {
        Ok(array) => Ok(Some(array)),
        Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(_))) => Ok(None),
        Err(ReadNpzError::Npy(error)) => Err(format!("array `{name}`: {error}")),
        Err(_) => {
            let names = npz.names().map_err(|error| error.to_string())?.join(", ");
            Err(format!("there is no array `{name}`, but {names}"))
        }
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
        let Value::String(descriptor) = kind else { return Err(wrong()) };
        let characters: usize = descriptor
            .strip_prefix("<U")
            .and_then(|characters| characters.parse().ok())
            .filter(|&characters| characters > 0)
            .ok_or_else(wrong)?;

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
            let code = u32::from_le_bytes(*code);
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
        for kind in ["<f4", "|S3", ">U3", "<U0", "<U"] {
            let error = read(kind, &codes, 2);
            assert!(matches!(error, Err(ReadDataError::WrongDescriptor(_))), "{kind}");
        }
    }
}
