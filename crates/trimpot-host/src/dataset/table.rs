//! Rows of numbers.

use trimpot::lanes::{Lanes, Native, RowMajor, TILE};

use crate::block::in_lane;

/// Rows of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Numbers in a row, at least one.
    pub columns: usize,
    /// All numbers, row by row.
    pub numbers: Vec<f32>,
}

impl Table {
    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.numbers.len() / self.columns.max(1)
    }

    /// Returns a row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.numbers[row * self.columns..][..self.columns]
    }

    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let numbers = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Table { columns: self.columns, numbers }
    }

    /// These rows, one in each lane; in lanes beyond them the last one.
    pub(crate) fn lanes(&self, rows: &[usize], lanes: &mut Vec<Native>) {
        lanes.resize(self.columns, Native::ZERO);
        let rows: [&[f32]; Native::LANES] =
            std::array::from_fn(|lane| self.row(in_lane(rows, lane)));
        if self.columns < TILE {
            for (column, lanes) in lanes.iter_mut().enumerate() {
                *lanes = Lanes::from_fn(|lane| rows[lane][column]);
            }
            return;
        }
        let tile = |from: usize| {
            Native::read_tile(|lane| {
                rows[lane].get(from..).and_then(<[f32]>::first_chunk).copied().unwrap_or_default()
            })
        };
        let (tiles, rest) = lanes.as_chunks_mut();
        for (place, from) in tiles.iter_mut().zip((0..).step_by(TILE)) {
            *place = tile(from);
        }
        if !rest.is_empty() {
            // The last tile overlaps the one before.
            let from = self.columns - TILE;
            *lanes.last_chunk_mut().expect("a row is not shorter than a tile") = tile(from);
        }
    }
}
