//! Tensors of other frameworks' files.

use super::error::shape;
use super::{ImportError, NUMBER_LIMIT};

/// A tensor of a file, as `f32`, row by row. All its numbers are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    name: String,
    shape: Vec<usize>,
    numbers: Vec<f32>,
}

/// Returns how many numbers a shape has.
///
/// # Errors
/// If it has more than are read: nothing else need be asked before memory is taken for them.
pub(super) fn count(shape: &[usize]) -> Result<usize, ImportError> {
    let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
    match count {
        Some(count) if count <= NUMBER_LIMIT => Ok(count),
        count => Err(ImportError::limit(
            "numbers in a tensor",
            count.unwrap_or(usize::MAX),
            NUMBER_LIMIT,
        )),
    }
}

impl Tensor {
    /// Creates a tensor of these numbers.
    ///
    /// # Errors
    /// If there are not as many as the shape has, or one of them is not finite.
    pub fn new(
        name: impl Into<String>,
        shape: Vec<usize>,
        numbers: Vec<f32>,
    ) -> Result<Self, ImportError> {
        let name = name.into();
        let expected = count(&shape)?;
        if expected != numbers.len() {
            let what = format!(
                "its shape {} has {expected} numbers, but there are {}",
                self::shape(&shape),
                numbers.len()
            );
            return Err(ImportError::at(name, what));
        }
        match numbers.iter().position(|number| !number.is_finite()) {
            Some(place) => {
                let number = numbers[place];
                Err(ImportError::NotFinite { tensor: name, place, number })
            }
            None => Ok(Tensor { name, shape, numbers }),
        }
    }

    /// Creates a vector of the same number, for a tensor that a layer has and the file has not.
    #[must_use]
    pub fn filled(name: impl Into<String>, size: usize, number: f32) -> Self {
        Tensor { name: name.into(), shape: vec![size], numbers: vec![number; size] }
    }

    /// Returns the name in the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the size of each dimension.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the numbers, row by row.
    #[must_use]
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    pub(super) fn into_numbers(self) -> Vec<f32> {
        self.numbers
    }

    /// Returns the same numbers in another shape.
    ///
    /// # Errors
    /// If it has not as many.
    pub fn reshaped(self, shape: Vec<usize>) -> Result<Self, ImportError> {
        Tensor::new(self.name, shape, self.numbers)
    }

    /// Returns the tensor with its dimensions in another order: dimension `i` of the result is
    /// `axes[i]` of this one, as in NumPy's `transpose`.
    ///
    /// # Errors
    /// If these are not its dimensions, each once.
    pub fn transposed(self, axes: &[usize]) -> Result<Self, ImportError> {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..self.shape.len()) {
            let what = format!("axes {axes:?} are not those of {}", shape(&self.shape));
            return Err(ImportError::at(self.name, what));
        }
        let (shape, numbers) = transposed(&self.shape, &self.numbers, axes);
        Ok(Tensor { name: self.name, shape, numbers })
    }
}

/// Returns shape and numbers of an array with its dimensions in another order: `axes` are its axes,
/// each once.
pub(super) fn transposed<T: Copy>(
    shape: &[usize],
    numbers: &[T],
    axes: &[usize],
) -> (Vec<usize>, Vec<T>) {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        // Beyond what there is only where there are no numbers.
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    let sizes: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
    let steps: Vec<usize> = axes.iter().map(|&axis| strides[axis]).collect();
    let mut at = vec![0; sizes.len()];
    let mut turned = Vec::with_capacity(numbers.len());
    while turned.len() < numbers.len() {
        let from: usize = at.iter().zip(&steps).map(|(at, step)| at * step).sum();
        turned.push(numbers[from]);
        for (at, &size) in at.iter_mut().zip(&sizes).rev() {
            *at += 1;
            if *at < size {
                break;
            }
            *at = 0;
        }
    }
    (sizes, turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(shape: &[usize]) -> Tensor {
        let count = shape.iter().product::<usize>() as u16;
        Tensor::new("t", shape.to_vec(), (0..count).map(f32::from).collect()).unwrap()
    }

    #[test]
    fn dimensions_change_places_as_in_numpy() {
        let turned = tensor(&[2, 3]).transposed(&[1, 0]).unwrap();
        assert_eq!(
            (turned.shape(), turned.numbers()),
            (&[3, 2][..], &[0., 3., 1., 4., 2., 5.][..])
        );
        let turned = tensor(&[2, 3, 2]).transposed(&[2, 0, 1]).unwrap();
        assert_eq!(turned.shape(), [2, 2, 3]);
        assert_eq!(turned.numbers(), [0., 2., 4., 6., 8., 10., 1., 3., 5., 7., 9., 11.]);
        let back = turned.transposed(&[1, 2, 0]).unwrap();
        assert_eq!(back, tensor(&[2, 3, 2]));
        assert!(back.clone().transposed(&[0, 1]).is_err());
        assert!(back.transposed(&[0, 1, 1]).is_err());
    }

    #[test]
    fn numbers_are_as_many_as_the_shape_says_and_finite() {
        assert!(tensor(&[2, 3]).reshaped(vec![3, 2]).is_ok());
        let error = tensor(&[2, 3]).reshaped(vec![4]).unwrap_err().to_string();
        assert_eq!(error, "`t`: its shape 4 has 4 numbers, but there are 6");
        let error = Tensor::new("w", vec![2], vec![0.0, f32::NAN]).unwrap_err().to_string();
        assert_eq!(error, "tensor `w` has NaN in place 1, which is not finite");
        let huge = Tensor::new("w", vec![usize::MAX, 2], Vec::new());
        assert!(matches!(huge, Err(ImportError::Limit { .. })));
    }
}
