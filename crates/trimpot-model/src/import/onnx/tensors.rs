//! Tensors of a file as constants.

use std::borrow::Cow;

use half::{bf16, f16};
use rten_onnx::onnx::{DataLocation, DataType, TensorProto};

use super::array::{Array, Constant};
use super::external::External;
use super::wire::INTEGER_LIMIT;
use crate::import::numbers::{Converted, Precision};
use crate::import::tensor::count;
use crate::import::{ImportError, NUMBER_LIMIT};

/// Reads tensors, and remembers what they were.
pub(super) struct Tensors {
    external: External,
    converted: Converted,
    reals: usize,
    integers: usize,
}

impl Tensors {
    pub(super) fn new(external: External) -> Self {
        Tensors { external, converted: Converted::default(), reals: 0, integers: 0 }
    }

    /// Returns how many numbers there were in tensors so far.
    pub(super) fn count(&self) -> usize {
        self.reals + self.integers
    }

    /// Returns which tensors were converted.
    pub(super) fn converted(&self) -> &Converted {
        &self.converted
    }

    /// Notes that something is of a type.
    pub(super) fn add_converted(&mut self, name: &str, data_type: DataType) {
        if let Some(real) = real(data_type) {
            self.converted.add(name, real);
        }
    }

    /// Returns the numbers of a tensor.
    pub(super) fn constant(&mut self, tensor: &TensorProto) -> Result<Constant, ImportError> {
        let name = match tensor.name.as_deref() {
            None | Some("") => "a constant",
            Some(name) => name,
        };
        let size = |&size: &i64| {
            usize::try_from(size).map_err(|_| ImportError::at(name, format!("{size} is no size")))
        };
        let shape = tensor.dims.iter().map(size).collect::<Result<Vec<_>, _>>()?;
        let count = count(&shape)?;
        let data_type = tensor.data_type.unwrap_or(DataType(0));
        if let Some(real) = real(data_type) {
            take(&mut self.reals, count, NUMBER_LIMIT)?;
            let numbers = match self.raw(name, tensor, count, real.size())? {
                Some(bytes) => real.numbers(&bytes),
                None => listed_reals(tensor, real),
            };
            self.converted.add(name, real);
            return of_shape(name, shape, numbers).map(Constant::Reals);
        }
        let size = match data_type {
            DataType::INT64 => 8,
            DataType::INT32 | DataType::UINT32 => 4,
            DataType::INT16 | DataType::UINT16 => 2,
            DataType::INT8 | DataType::UINT8 | DataType::BOOL => 1,
            other => return Err(ImportError::at(name, format!("its type is {other}"))),
        };
        let is_signed = !matches!(
            data_type,
            DataType::UINT32 | DataType::UINT16 | DataType::UINT8 | DataType::BOOL
        );
        take(&mut self.integers, count, INTEGER_LIMIT)?;
        let numbers = match self.raw(name, tensor, count, size)? {
            Some(bytes) => {
                bytes.chunks_exact(size).map(|bytes| integer(bytes, is_signed)).collect()
            }
            None if data_type == DataType::INT64 => tensor.int64_data.clone(),
            None => tensor.int32_data.iter().copied().map(i64::from).collect(),
        };
        of_shape(name, shape, numbers).map(Constant::Integers)
    }

    /// Returns the bytes of so many numbers; `None` if they are in a list of numbers.
    fn raw(
        &mut self,
        name: &str,
        tensor: &TensorProto,
        count: usize,
        size: usize,
    ) -> Result<Option<Cow<'_, [u8]>>, ImportError> {
        let bytes = if tensor.data_location == Some(DataLocation::EXTERNAL) {
            Cow::Borrowed(self.external.bytes(name, tensor)?)
        } else if let Some(bytes) = &tensor.raw_data {
            Cow::Owned(bytes.take())
        } else {
            return Ok(None);
        };
        match count.checked_mul(size) == Some(bytes.len()) {
            true => Ok(Some(bytes)),
            false => {
                let what = format!("{} bytes are not {count} numbers of {size}", bytes.len());
                Err(ImportError::at(name, what))
            }
        }
    }
}

/// Returns the floating-point type that a type is.
fn real(data_type: DataType) -> Option<Precision> {
    match data_type {
        DataType::FLOAT => Some(Precision::F32),
        DataType::FLOAT16 => Some(Precision::F16),
        DataType::BFLOAT16 => Some(Precision::Bf16),
        DataType::DOUBLE => Some(Precision::F64),
        _ => None,
    }
}

/// Returns whether a type is one of floating-point numbers that are read.
pub(super) fn is_real(data_type: DataType) -> bool {
    real(data_type).is_some()
}

/// Returns whether a type holds the integers of shapes.
pub(super) fn is_integer(data_type: DataType) -> bool {
    matches!(data_type, DataType::INT64 | DataType::INT32)
}

/// Returns the numbers that a tensor has as a list: of types of 16 bits, as these bits.
fn listed_reals(tensor: &TensorProto, real: Precision) -> Vec<f32> {
    let bits = tensor.int32_data.iter().map(|&bits| bits as u16);
    match real {
        Precision::F32 => tensor.float_data.clone(),
        Precision::F64 => tensor.double_data.iter().map(|&number| number as f32).collect(),
        Precision::F16 => bits.map(|bits| f16::from_bits(bits).to_f32()).collect(),
        Precision::Bf16 => bits.map(|bits| bf16::from_bits(bits).to_f32()).collect(),
    }
}

/// Returns the integer of these bytes, the lowest one first.
fn integer(bytes: &[u8], is_signed: bool) -> i64 {
    let is_negative = is_signed && bytes.last().is_some_and(|&byte| byte >= 0x80);
    let mut all = [if is_negative { 0xff } else { 0 }; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(all)
}

/// Counts so many more numbers.
fn take(counted: &mut usize, count: usize, limit: usize) -> Result<(), ImportError> {
    *counted = counted.saturating_add(count);
    match *counted <= limit {
        true => Ok(()),
        false => Err(ImportError::limit("numbers", *counted, limit)),
    }
}

/// Returns an array, if there are as many numbers as its shape has.
fn of_shape<T>(name: &str, shape: Vec<usize>, numbers: Vec<T>) -> Result<Array<T>, ImportError> {
    match count(&shape)? == numbers.len() {
        true => Ok(Array { shape, numbers }),
        false => {
            let what = format!("its shape {shape:?} has not {} numbers", numbers.len());
            Err(ImportError::at(name, what))
        }
    }
}
