//! Constants of a graph: weights, and the integers that shapes are made of.

use crate::import::error::shape;
use crate::import::tensor;

/// Numbers in a shape, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array<T> {
    pub shape: Vec<usize>,
    pub numbers: Vec<T>,
}

/// A constant. Types that are none of both, such as a mask, are not needed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    /// Of any type of floating-point numbers.
    Reals(Array<f32>),
    /// Of any type of integers.
    Integers(Array<i64>),
}

/// Calls a function with the array of a constant, and wraps what it returns.
macro_rules! each {
    ($constant:expr, $array:ident => $result:expr) => {
        match $constant {
            Constant::Reals($array) => $result.map(Constant::Reals),
            Constant::Integers($array) => $result.map(Constant::Integers),
        }
    };
}
pub(super) use each;

impl Constant {
    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Constant::Reals(array) => &array.shape,
            Constant::Integers(array) => &array.shape,
        }
    }

    /// Returns how many numbers there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Constant::Reals(array) => array.numbers.len(),
            Constant::Integers(array) => array.numbers.len(),
        }
    }

    /// Returns the number, if there is one only.
    pub(super) fn single(&self) -> Option<f64> {
        match self {
            Constant::Reals(array) => match array.numbers[..] {
                [number] => Some(f64::from(number)),
                _ => None,
            },
            Constant::Integers(array) => match array.numbers[..] {
                [number] => Some(number as f64),
                _ => None,
            },
        }
    }
}

impl<T: Copy> Array<T> {
    pub(super) fn vector(numbers: Vec<T>) -> Self {
        Array { shape: vec![numbers.len()], numbers }
    }

    /// Returns the same numbers in another shape, of which one size may be −1: what is left.
    pub(super) fn reshaped(self, to: &[i64], zero_copies: bool) -> Result<Self, String> {
        let shape = resolved(&self.shape, to, zero_copies)?;
        Ok(Array { shape, ..self })
    }

    /// Returns the array with its dimensions in another order, by default reversed.
    pub(super) fn transposed(self, axes: Option<&[i64]>) -> Result<Self, String> {
        let rank = self.shape.len();
        let axes: Vec<usize> = match axes {
            None => (0..rank).rev().collect(),
            Some(axes) => {
                axes.iter().map(|&axis| self::axis(axis, rank)).collect::<Result<_, _>>()?
            }
        };
        let mut sorted = axes.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..rank) {
            return Err(format!("axes {axes:?} are not those of {}", shape(&self.shape)));
        }
        let (shape, numbers) = tensor::transposed(&self.shape, &self.numbers, &axes);
        Ok(Array { shape, numbers })
    }

    /// Returns rows: those of the first dimension with these numbers.
    pub(super) fn rows(&self, rows: &[usize]) -> Self {
        let (&count, rest) = self.shape.split_first().unwrap_or((&1, &[]));
        let size = self.numbers.len().checked_div(count).unwrap_or(0);
        let row = |row: &usize| &self.numbers[row * size..(row + 1) * size];
        let shape = [&[rows.len()], rest].concat();
        Array { shape, numbers: rows.iter().flat_map(row).copied().collect() }
    }
}

/// Returns an axis that may be counted from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let from_end = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    match usize::try_from(from_end) {
        Ok(axis) if axis < rank => Ok(axis),
        _ => Err(format!("axis {axis} is none of {rank} dimensions")),
    }
}

/// Returns a shape of as many numbers as another one. One size may be −1, what is left; where
/// `zero_copies`, 0 is the size in the same place of the other one.
pub(super) fn resolved(
    from: &[usize],
    to: &[i64],
    zero_copies: bool,
) -> Result<Vec<usize>, String> {
    let count = product(from);
    let mut open = None;
    let mut sizes = Vec::with_capacity(to.len());
    for (place, &size) in to.iter().enumerate() {
        sizes.push(match size {
            -1 if open.is_none() => {
                open = Some(place);
                1
            }
            0 if zero_copies => from.get(place).copied().unwrap_or(0),
            size => usize::try_from(size).map_err(|_| format!("{size} is no size"))?,
        });
    }
    let known = product(&sizes);
    if let (Some(place), Some(count), Some(known)) = (open, count, known)
        && known > 0
        && count.is_multiple_of(known)
    {
        sizes[place] = count / known;
    }
    match product(&sizes) == count {
        true => Ok(sizes),
        false => Err(format!("{} cannot become {to:?}", shape(from))),
    }
}

fn product(sizes: &[usize]) -> Option<usize> {
    sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_those_of_onnx() {
        assert_eq!(resolved(&[2, 3, 4], &[0, -1], true), Ok(vec![2, 12]));
        assert_eq!(resolved(&[2, 3, 4], &[-1, 4], true), Ok(vec![6, 4]));
        assert_eq!(resolved(&[2, 3], &[6], false), Ok(vec![6]));
        assert_eq!(resolved(&[], &[-1], true), Ok(vec![1]));
        for wrong in [&[5, -1][..], &[-1, -1], &[-2], &[7], &[i64::MAX, i64::MAX], &[0, -1]] {
            assert!(resolved(&[2, 3], wrong, false).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn dimensions_change_places_and_rows_are_taken() {
        let array = Array { shape: vec![2, 3], numbers: vec![0, 1, 2, 3, 4, 5] };
        let turned = Array { shape: vec![3, 2], numbers: vec![0, 3, 1, 4, 2, 5] };
        assert_eq!(array.clone().transposed(None), Ok(turned.clone()));
        assert_eq!(turned.transposed(Some(&[-1, 0])), Ok(array.clone()));
        assert!(array.clone().transposed(Some(&[0, 0])).is_err());
        assert!(array.clone().transposed(Some(&[0, 2])).is_err());
        let rows = Array { shape: vec![3, 3], numbers: vec![3, 4, 5, 0, 1, 2, 3, 4, 5] };
        assert_eq!(array.rows(&[1, 0, 1]), rows);
        let empty = Array { shape: vec![0, 3], numbers: Vec::<i64>::new() };
        assert_eq!(empty.clone().transposed(None).unwrap().shape, [3, 0]);
        assert_eq!(empty.rows(&[]).shape, [0, 3]);
    }
}
