//! Rows of numbers.

use trimpot::lanes::{RowMajor, TILE};

use crate::block::{MOST_LANES, in_lane, of_lanes};

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
    #[inline(always)]
    pub(crate) fn lanes<V: RowMajor>(&self, rows: &[usize], lanes: &mut Vec<V>) {
        lanes.resize(self.columns, V::ZERO);
        let rows = of_lanes::<V, &[f32]>(
            #[inline(always)]
            |lane| self.row(in_lane(rows, lane)),
        );
        if self.columns < TILE {
            for (column, lanes) in lanes.iter_mut().enumerate() {
                *lanes = V::from_fn(|lane| rows[lane][column]);
            }
            return;
        }
        let (tiles, rest) = lanes.as_chunks_mut();
        for (place, from) in tiles.iter_mut().zip((0..).step_by(TILE)) {
            *place = tile(&rows, from);
        }
        if !rest.is_empty() {
            // The last tile overlaps the one before.
            let from = self.columns - TILE;
            *lanes.last_chunk_mut().expect("a row is not shorter than a tile") = tile(&rows, from);
        }
    }
}

/// Returns the numbers of each row from `from` on, a row in each lane.
#[inline(always)]
fn tile<V: RowMajor>(rows: &[&[f32]; MOST_LANES], from: usize) -> [V; TILE] {
    V::read_tile(
        #[inline(always)]
        |lane| match rows[lane].get(from..).and_then(<[f32]>::first_chunk) {
            Some(&neighbours) => neighbours,
            None => [0.0; TILE],
        },
    )
}
