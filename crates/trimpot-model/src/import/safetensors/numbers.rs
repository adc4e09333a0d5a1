//! The tensors of a file, with their numbers.

use safetensors::{Dtype, SafeTensors};

use crate::import::numbers::{Converted, Precision};
use crate::import::tensor::count;
use crate::import::{ImportError, Tensor};

/// Reads tensors, and remembers which were converted.
pub(super) struct Reader<'f> {
    file: &'f SafeTensors<'f>,
    converted: Converted,
}

impl<'f> Reader<'f> {
    pub(super) fn new(file: &'f SafeTensors<'f>) -> Self {
        Reader { file, converted: Converted::default() }
    }

    /// Returns a tensor of the file.
    pub(super) fn tensor(&mut self, name: &str) -> Result<Tensor, ImportError> {
        let found = self.file.tensor(name).map_err(|error| ImportError::at(name, error))?;
        count(found.shape())?;
        let real = match found.dtype() {
            Dtype::F32 => Precision::F32,
            Dtype::F16 => Precision::F16,
            Dtype::BF16 => Precision::Bf16,
            Dtype::F64 => Precision::F64,
            other => {
                let what = format!("its type is {other:?}; read are F32, F16, BF16 and F64");
                return Err(ImportError::at(name, what));
            }
        };
        self.converted.add(name, real);
        Tensor::new(name, found.shape().to_vec(), real.numbers(found.data()))
    }

    /// Returns which tensors were converted.
    pub(super) fn converted(&self) -> &Converted {
        &self.converted
    }
}
