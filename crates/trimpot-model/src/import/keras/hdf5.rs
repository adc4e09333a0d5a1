//! HDF5, as far as Keras has use for it.

use std::cell::Cell;
use std::collections::HashMap;

use hdf5_pure::{AttrValue, Datatype, DatatypeByteOrder};

use crate::import::numbers::Precision;
use crate::import::tensor::count;
use crate::import::{ImportError, Tensor};

/// A file.
pub(super) struct File {
    file: hdf5_pure::File,
    /// How many bytes of numbers are left: together they are no more than the file has, whatever it
    /// says of their sizes.
    left: Cell<u64>,
}

impl File {
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, ImportError> {
        let left = Cell::new(bytes.len() as u64);
        let file = hdf5_pure::File::from_bytes(bytes);
        let file = file.map_err(|error| ImportError::Damaged { at: None, what: error.to_string() });
        Ok(File { file: file?, left })
    }

    /// Returns whether there is such a group.
    pub(super) fn has_group(&self, path: &str) -> bool {
        self.file.group(path).is_ok()
    }

    /// Returns the attributes of a group.
    pub(super) fn attributes(&self, path: &str) -> Result<HashMap<String, AttrValue>, ImportError> {
        let wrong = |error| ImportError::at(path, error);
        match path {
            "/" => self.file.root().attrs().map_err(wrong),
            path => self.file.group(path).and_then(|group| group.attrs()).map_err(wrong),
        }
    }

    /// Returns a tensor, and the type that its numbers have in the file.
    pub(super) fn tensor(&self, path: &str) -> Result<(Tensor, Precision), ImportError> {
        let wrong = |error| ImportError::at(path, error);
        let dataset = self.file.dataset(path).map_err(wrong)?;
        let real = real(&dataset).map_err(wrong)?.ok_or_else(|| {
            let what =
                "its numbers are of another type than float16, bfloat16, float32 and float64";
            ImportError::at(path, what)
        })?;
        let shape: Option<Vec<usize>> = dataset
            .shape()
            .map_err(wrong)?
            .iter()
            .map(|&size| usize::try_from(size).ok())
            .collect();
        let shape = shape.unwrap_or_else(|| vec![usize::MAX]);
        let size = (count(&shape)? * real.size()) as u64;
        let left = self.left.get().checked_sub(size).ok_or_else(|| {
            let what = format!(
                "it has {size} bytes of numbers, which is more than the file has (h5repack -f NONE writes a compressed one \
                 as it is read)"
            );
            ImportError::at(path, what)
        });
        self.left.set(left?);
        let bytes = dataset.read_raw().map_err(wrong)?;
        let numbers = real.numbers(&bytes);
        Ok((Tensor::new(path, shape, numbers)?, real))
    }
}

/// Returns the type of a dataset's numbers, if it is one that is read.
fn real(dataset: &hdf5_pure::Dataset) -> Result<Option<Precision>, hdf5_pure::Error> {
    let datatype = dataset.datatype()?;
    let (size, layout) = match datatype {
        Datatype::FloatingPoint { size, byte_order: DatatypeByteOrder::LittleEndian, layout } => {
            (size, layout)
        }
        // Keras says with an attribute what HDF5 has no type for.
        Datatype::Opaque { size: 2, .. } => {
            let attributes = dataset.attrs()?;
            let is = attributes.get("dtype").and_then(AttrValue::as_str) == Some("bfloat16");
            return Ok(is.then_some(Precision::Bf16));
        }
        _ => return Ok(None),
    };
    let numbers = (size, layout.exponent_size, layout.mantissa_size, layout.exponent_bias);
    Ok(match numbers {
        (2, 5, 10, 15) => Some(Precision::F16),
        (4, 8, 23, 127) => Some(Precision::F32),
        (8, 11, 52, 1023) => Some(Precision::F64),
        _ => None,
    })
}
