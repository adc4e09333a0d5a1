//! Samples whose sizes are known at run time.

use trimpot::lanes::{Lanes, RowMajor, TILE};
use trimpot::random::{Random, hash};

use crate::block::Wide;

/// Rows of features, each with what is wanted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The features, row by row.
    pub features: Table,
    /// What is wanted.
    pub targets: Targets,
}

/// Rows of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Numbers in a row, at least one.
    pub columns: usize,
    /// All numbers, row by row.
    pub numbers: Vec<f32>,
}

/// What is wanted of each sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// A class.
    Classes(Vec<u32>),
    /// Numbers.
    Numbers(Table),
}

impl Table {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.numbers.len() / self.columns.max(1)
    }

    /// A row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.numbers[row * self.columns..][..self.columns]
    }

    fn select(&self, rows: &[usize]) -> Self {
        let numbers = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Table { columns: self.columns, numbers }
    }

    /// These rows, one in each lane; in lanes beyond them the last one.
    pub(crate) fn lanes(&self, row: impl Fn(usize) -> usize, lanes: &mut Vec<Wide>) {
        lanes.resize(self.columns, Wide::ZERO);
        let rows: [&[f32]; Wide::LANES] = std::array::from_fn(|lane| self.row(row(lane)));
        if self.columns < TILE {
            for (column, lanes) in lanes.iter_mut().enumerate() {
                *lanes = Lanes::from_fn(|lane| rows[lane][column]);
            }
            return;
        }
        for from in (0..self.columns).step_by(TILE) {
            // The last tile overlaps the one before.
            let from = from.min(self.columns - TILE);
            let neighbours =
                |lane: usize| *rows[lane][from..].first_chunk().expect("a tile is left");
            lanes[from..][..TILE].copy_from_slice(&Wide::read_tile(neighbours));
        }
    }
}

impl Samples {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.features.rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a share of the samples aside, chosen by the seed: those that stay, and those aside. Without
    /// a share all stay, in their order.
    pub fn hold_out(self, share: f32, seed: u32) -> (Self, Self) {
        let aside = (f64::from(share) * self.len() as f64).round() as usize;
        let mut order: Vec<usize> = (0..self.len()).collect();
        if aside == 0 {
            let none = self.select(&[]);
            return (self, none);
        }
        // Another stream than those of weights and epochs.
        Random::new(hash(!seed)).shuffle(&mut order);
        let (aside, stay) = order.split_at(aside);
        (self.select(stay), self.select(aside))
    }

    fn select(&self, rows: &[usize]) -> Self {
        let targets = match &self.targets {
            Targets::Classes(classes) => {
                Targets::Classes(rows.iter().map(|&row| classes[row]).collect())
            }
            Targets::Numbers(numbers) => Targets::Numbers(numbers.select(rows)),
        };
        Samples { features: self.features.select(rows), targets }
    }

    /// Tells these samples from others (FNV-1a of all bits).
    pub fn fingerprint(&self) -> u64 {
        let bits = |numbers: &Table| {
            let bits = numbers.numbers.iter().map(|number| number.to_bits());
            std::iter::once(numbers.columns as u32).chain(bits).collect::<Vec<u32>>()
        };
        let targets = match &self.targets {
            Targets::Classes(classes) => classes.clone(),
            Targets::Numbers(numbers) => bits(numbers),
        };
        let words = bits(&self.features).into_iter().chain(targets);
        words.fold(0xcbf2_9ce4_8422_2325, |sum, word| {
            (sum ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Samples {
        let numbers = (0..40).map(|number| number as f32).collect();
        let features = Table { columns: 2, numbers };
        Samples { features, targets: Targets::Classes((0..20).collect()) }
    }

    #[test]
    fn what_is_held_out_does_not_stay() {
        let (stay, aside) = samples().hold_out(0.25, 1);
        assert_eq!((stay.len(), aside.len()), (15, 5));
        let mut all: Vec<u32> = Vec::new();
        for part in [&stay, &aside] {
            let Targets::Classes(classes) = &part.targets else { panic!() };
            for (row, &class) in classes.iter().enumerate() {
                assert_eq!(part.features.row(row)[0], 2.0 * class as f32);
            }
            all.extend(classes);
        }
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<u32>>());
        assert_ne!(samples().hold_out(0.25, 2).1, aside);
        assert_eq!(samples().hold_out(0.0, 1).0, samples());
    }

    #[test]
    fn a_changed_bit_changes_the_fingerprint() {
        let mut other = samples();
        other.features.numbers[7] = -0.0;
        assert_ne!(other.fingerprint(), samples().fingerprint());
        let mut other = samples();
        other.features.columns = 4;
        assert_ne!(other.fingerprint(), samples().fingerprint());
    }
}
