//! Numbers of tensors, converted to `f32`.

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use crate::import::tensor::count;
use crate::import::{ImportError, Tensor};

/// How many names a note has.
const NAMES: usize = 4;

/// Reads tensors, and remembers which were converted.
pub(super) struct Reader<'f> {
    file: &'f SafeTensors<'f>,
    converted: Vec<(Dtype, Vec<String>)>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(file: &'f SafeTensors<'f>) -> Self {
        Reader { file, converted: Vec::new() }
    }

    /// Returns a tensor of the file.
    pub(super) fn tensor(&mut self, name: &str) -> Result<Tensor, ImportError> {
        let found = self.file.tensor(name).map_err(|error| ImportError::at(name, error))?;
        count(found.shape())?;
        let (data, dtype) = (found.data(), found.dtype());
        fn numbers<const N: usize>(data: &[u8], number: fn([u8; N]) -> f32) -> Vec<f32> {
            data.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
        }
        let numbers = match dtype {
            Dtype::F32 => numbers(data, f32::from_le_bytes),
            Dtype::F16 => numbers(data, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Dtype::BF16 => numbers(data, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Dtype::F64 => numbers(data, |bytes| f64::from_le_bytes(bytes) as f32),
            other => {
                let what = format!("its type is {other:?}; read are F32, F16, BF16 and F64");
                return Err(ImportError::at(name, what));
            }
        };
        if dtype != Dtype::F32 {
            match self.converted.iter_mut().find(|(of, _)| *of == dtype) {
                Some((_, names)) => names.push(name.to_owned()),
                None => self.converted.push((dtype, vec![name.to_owned()])),
            }
        }
        Tensor::new(name, found.shape().to_vec(), numbers)
    }

    /// Returns a note for each type that was converted.
    pub(super) fn notes(self) -> Vec<String> {
        let note = |(dtype, names): (Dtype, Vec<String>)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{dtype:?}, converted to f32: {}", listed(&names))
        };
        self.converted.into_iter().map(note).collect()
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
