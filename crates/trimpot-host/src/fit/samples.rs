//! Samples whose sizes are known at run time.

use trimpot::lanes::{Lanes, Native, RowMajor, TILE};
use trimpot::random::{Random, hash};

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
    pub(crate) fn lanes(&self, row: impl Fn(usize) -> usize, lanes: &mut Vec<Native>) {
        lanes.resize(self.columns, Native::ZERO);
        let rows: [&[f32]; Native::LANES] = std::array::from_fn(|lane| self.row(row(lane)));
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
            lanes[from..][..TILE].copy_from_slice(&Native::read_tile(neighbours));
        }
    }
}

impl Samples {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.features.rows()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a share of the samples aside, chosen by the seed: those that stay, and those aside.
    /// Without a share all stay, in their order. Each class has its share, rounded so that all of
    /// them together are the share of all samples, rounded.
    pub fn hold_out(self, share: f32, seed: u32) -> (Self, Self) {
        let mut order: Vec<usize> = (0..self.len()).collect();
        if share == 0.0 {
            let none = self.select(&[]);
            return (self, none);
        }
        // Another stream than those of weights and epochs.
        let mut random = Random::new(hash(!seed));
        random.shuffle(&mut order);
        let one = vec![0; self.len()];
        let classes = match &self.targets {
            Targets::Classes(classes) => classes,
            Targets::Numbers(_) => &one,
        };
        let mut wanted = shares(share, classes, &mut random);
        let (aside, stay): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|&row| {
            let wanted = &mut wanted[classes[row] as usize];
            let is_wanted = *wanted > 0;
            *wanted -= usize::from(is_wanted);
            is_wanted
        });
        (self.select(&stay), self.select(&aside))
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

/// Returns how many samples of each class a share of them is. What rounding leaves over goes to the
/// classes that lack most of a sample, of these to the larger ones, and else by chance.
fn shares(share: f32, classes: &[u32], random: &mut Random) -> Vec<usize> {
    let mut counts = vec![0_usize; classes.iter().max().map_or(0, |&last| last as usize + 1)];
    for &class in classes {
        counts[class as usize] += 1;
    }
    let exact = |count: usize| f64::from(share) * count as f64;
    let mut shares: Vec<usize> = counts.iter().map(|&count| exact(count) as usize).collect();
    let all = exact(classes.len()).round() as usize;
    let left = all.saturating_sub(shares.iter().sum());
    let mut order: Vec<usize> = (0..counts.len()).collect();
    random.shuffle(&mut order);
    let lacks = |class: usize| exact(counts[class]).fract();
    order.sort_by(|&a, &b| lacks(b).total_cmp(&lacks(a)).then(counts[b].cmp(&counts[a])));
    for class in order.into_iter().take(left) {
        shares[class] += 1;
    }
    shares
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
    fn every_class_has_its_share_of_what_is_held_out() {
        // 70, 20, 9 and 1 of 100, in this order.
        let classes =
            (0..100).map(|row| u32::from(row >= 70) + u32::from(row >= 90) + u32::from(row >= 99));
        let features = Table { columns: 1, numbers: vec![0.0; 100] };
        for (share, expected) in [(0.2, [14, 4, 2, 0]), (0.1, [7, 2, 1, 0]), (0.5, [35, 10, 5, 0])]
        {
            for seed in 0..5 {
                let targets = Targets::Classes(classes.clone().collect());
                let samples = Samples { features: features.clone(), targets };
                let (stay, aside) = samples.hold_out(share, seed);
                let Targets::Classes(classes) = &aside.targets else { panic!() };
                let count = |class: u32| classes.iter().filter(|other| **other == class).count();
                assert_eq!([0, 1, 2, 3].map(count), expected, "{share}");
                assert_eq!(stay.len() + aside.len(), 100);
            }
        }
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
