//! Rows in memory to lanes, and back: samples one after the other become one sample a lane.
//!
//! A register holds neighbours of one row, so squares of them are transposed in registers. The square is as
//! large as `wide` has shuffles for; where rows are no multiple of it the last one overlaps the one before,
//! which costs less than a remainder one number at a time. Rows shorter than a square are moved that way.

use bytemuck::cast;

use super::{Lanes, f32x4, f32x8, f32x16};
use crate::shape::Shape;

/// Lanes that can be read from rows and written to rows.
///
/// Implemented by all [`Lanes`] there are.
pub trait RowMajor: Lanes {
    /// The row that `row` gives for each lane. Of numbers that a row lacks, zeros.
    fn gather<'a, P: Shape>(row: impl Fn(usize) -> &'a [f32]) -> P::Of<Self>;
    /// The first rows, one in each lane. Where there are fewer rows than lanes, the last one is repeated.
    #[inline(always)]
    fn from_rows<P: Shape>(rows: &[P::Of<f32>]) -> P::Of<Self> {
        Self::gather::<P>(|lane| rows.get(lane).or(rows.last()).map_or(&[], P::flat::<f32>))
    }
    /// Writes one lane to each of the first rows, if there are that many.
    fn to_rows<P: Shape>(lanes: &P::Of<Self>, rows: &mut [P::Of<f32>]);
}

impl RowMajor for f32 {
    #[inline(always)]
    fn gather<'a, P: Shape>(row: impl Fn(usize) -> &'a [f32]) -> P::Of<f32> {
        let mut numbers = P::zeros::<f32>();
        for (number, &given) in P::flat_mut::<f32>(&mut numbers).iter_mut().zip(row(0)) {
            *number = given;
        }
        numbers
    }
    #[inline(always)]
    fn to_rows<P: Shape>(lanes: &P::Of<f32>, rows: &mut [P::Of<f32>]) {
        if let Some(row) = rows.first_mut() {
            *row = *lanes;
        }
    }
}

/// `columns[from ..]`, if there are that many.
#[inline(always)]
fn at<T, const TILE: usize>(columns: &[T], from: usize) -> Option<&[T; TILE]> {
    columns.get(from..).and_then(<[T]>::first_chunk)
}

/// `columns[from ..]`, to be written.
#[inline(always)]
fn at_mut<T, const TILE: usize>(columns: &mut [T], from: usize) -> Option<&mut [T; TILE]> {
    columns.get_mut(from..).and_then(<[T]>::first_chunk_mut)
}

macro_rules! row_major {
    ($float:ident, $tile:literal, $read:ident, $write:ident) => {
        impl RowMajor for $float {
            #[inline(always)]
            fn gather<'a, P: Shape>(row: impl Fn(usize) -> &'a [f32]) -> P::Of<$float> {
                let rows: [&[f32]; $float::LANES] = core::array::from_fn(row);
                let mut lanes = P::zeros::<$float>();
                let columns = P::flat_mut::<$float>(&mut lanes);
                if P::LEN < $tile {
                    for (index, column) in columns.iter_mut().enumerate() {
                        *column = <$float as Lanes>::from_fn(|lane| {
                            rows[lane].get(index).copied().unwrap_or(0.0)
                        });
                    }
                    return lanes;
                }
                for from in (0..P::LEN).step_by($tile) {
                    let from = from.min(P::LEN - $tile);
                    let tile = $read(|lane| at(rows[lane], from).copied().unwrap_or([0.0; $tile]));
                    if let Some(columns) = at_mut(columns, from) {
                        *columns = tile;
                    }
                }
                lanes
            }

            #[inline(always)]
            fn to_rows<P: Shape>(lanes: &P::Of<$float>, rows: &mut [P::Of<f32>]) {
                let columns = P::flat::<$float>(lanes);
                if P::LEN < $tile {
                    for (index, column) in columns.iter().enumerate() {
                        for (row, &lane) in rows.iter_mut().zip(column.to_array().as_ref()) {
                            if let Some(number) = P::flat_mut::<f32>(row).get_mut(index) {
                                *number = lane;
                            }
                        }
                    }
                    return;
                }
                for from in (0..P::LEN).step_by($tile) {
                    let from = from.min(P::LEN - $tile);
                    let Some(tile) = at(columns, from) else { return };
                    for (row, numbers) in rows.iter_mut().zip($write(tile)) {
                        if let Some(row) = at_mut(P::flat_mut::<f32>(row), from) {
                            *row = numbers.to_array();
                        }
                    }
                }
            }
        }
    };
}

row_major!(f32x4, 4, columns_of_4, rows_of_4);
row_major!(f32x8, 8, columns_of_8, rows_of_8);
row_major!(f32x16, 8, columns_of_16, rows_of_16);

#[inline(always)]
fn columns_of_4(row: impl Fn(usize) -> [f32; 4]) -> [f32x4; 4] {
    f32x4::transpose(core::array::from_fn(|lane| f32x4::new(row(lane))))
}

#[inline(always)]
fn rows_of_4(columns: &[f32x4; 4]) -> [f32x4; 4] {
    f32x4::transpose(*columns)
}

#[inline(always)]
fn columns_of_8(row: impl Fn(usize) -> [f32; 8]) -> [f32x8; 8] {
    f32x8::transpose(core::array::from_fn(|lane| f32x8::new(row(lane))))
}

#[inline(always)]
fn rows_of_8(columns: &[f32x8; 8]) -> [f32x8; 8] {
    f32x8::transpose(*columns)
}

/// Two squares of 8, one above the other.
#[inline(always)]
fn columns_of_16(row: impl Fn(usize) -> [f32; 8]) -> [f32x16; 8] {
    let above = columns_of_8(&row);
    let below = columns_of_8(|lane| row(lane + 8));
    core::array::from_fn(|column| cast([above[column], below[column]]))
}

#[inline(always)]
fn rows_of_16(columns: &[f32x16; 8]) -> [f32x8; 16] {
    let halves: [[f32x8; 2]; 8] = columns.map(cast);
    let above = f32x8::transpose(halves.map(|[above, _]| above));
    let below = f32x8::transpose(halves.map(|[_, below]| below));
    cast([above, below])
}
