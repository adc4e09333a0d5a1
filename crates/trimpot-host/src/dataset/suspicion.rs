//! What is odd about samples that can be read: likely a mistake, which no one would notice else.

use trimpot_model::front_end::SampleKind;

use super::labels::Labels;
use super::{DataSpec, Table};

/// So many samples are counted on purpose: fewer may be in order by chance.
const FEWEST: usize = 5;

/// What is odd about samples that can be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Suspicion {
    /// The first column of a table, which is read as the others are, counts the samples: five of
    /// them or more, by whole numbers that rise from 0 or 1.
    RowNumbers {
        /// Its name, or its number from 1.
        column: String,
    },
    /// The class is a 0 or a 1 in the last column of a table, and with columns of features in front
    /// of it a single 1 among zeros in each row: these columns say the class.
    OneHot {
        /// The names of all of them, or their numbers from 1.
        columns: Vec<String>,
    },
    /// All samples of recordings are whole numbers of 16 bits, not all of them in [-1, 1], and the
    /// front end takes them as they are.
    WholeNumbers {
        /// The largest absolute value.
        largest: f32,
    },
    /// All samples of recordings are in [-1, 1], and the front end divides them by 2¹⁵.
    Fractions,
}

impl Suspicion {
    /// Returns whether it is about the unit of recordings, and not about columns.
    pub fn is_of_unit(&self) -> bool {
        matches!(self, Suspicion::WholeNumbers { .. } | Suspicion::Fractions)
    }
}

impl DataSpec {
    /// Returns what is odd about classes in a column of a table, whose features have these names
    /// and are in these places.
    pub(super) fn class_suspected(
        &self,
        features: &Table,
        classes: &Labels,
        [names, label_names]: [&[String]; 2],
        places: &[usize],
    ) -> Option<Suspicion> {
        let Labels::Numbers(classes) = classes else { return None };
        let are_classes = self.targets.is_none() && self.conditions.is_none();
        if !are_classes || self.front_end.is_some() || classes.len() != features.rows() {
            return None;
        }
        let first = one_hot(features, classes)?;
        let given = label_names.first().or(self.layout.labels.first()).cloned();
        let label = given.unwrap_or_else(|| (places[features.columns - 1] + 1).to_string());
        let features = (first..features.columns).map(|feature| name(feature, names, places));
        Some(Suspicion::OneHot { columns: features.chain([label]).collect() })
    }

    /// Returns what is odd about the unit of recordings.
    pub(super) fn unit_suspected(&self, recordings: &Table) -> Option<Suspicion> {
        let samples = self.front_end.as_ref()?.front_end().samples;
        let numbers = || recordings.numbers.iter().filter(|number| !number.is_nan());
        let largest = numbers().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        let is_whole =
            |number: &f32| number.fract() == 0.0 && (-32_768.0..=32_767.0).contains(number);
        match samples {
            SampleKind::I16 => (largest <= 1.0).then_some(Suspicion::Fractions),
            SampleKind::F32 => (largest > 1.0 && numbers().all(is_whole))
                .then_some(Suspicion::WholeNumbers { largest }),
        }
    }
}

/// Returns whether the first column of a table, whose features have these names and are in these
/// places, counts the samples. Numbers may be predicted of a single feature that is a time.
pub(super) fn row_numbers(
    features: &Table,
    names: &[String],
    places: &[usize],
) -> Option<Suspicion> {
    let first = (0..features.rows()).map(|row| features.row(row)[0]);
    let is_first = features.columns > 1 && places.first() == Some(&1);
    (is_first && counts(first)).then(|| Suspicion::RowNumbers { column: name(0, names, places) })
}

/// Returns what a feature is called: its place, if it has no name.
fn name(feature: usize, names: &[String], places: &[usize]) -> String {
    names.get(feature).cloned().unwrap_or_else(|| places[feature].to_string())
}

/// Returns whether these numbers are whole and rise, from 0 or 1.
fn counts(numbers: impl Iterator<Item = f32>) -> bool {
    let numbers: Vec<f32> = numbers.collect();
    numbers.len() >= FEWEST
        && matches!(numbers.first(), Some(0.0 | 1.0))
        && numbers.iter().all(|number| number.fract() == 0.0)
        && numbers.windows(2).all(|pair| pair[0] < pair[1])
}

/// Returns the first of those features that are, with the class behind them, a single 1 among
/// zeros in each row; none, if there are none.
fn one_hot(features: &Table, classes: &[f32]) -> Option<usize> {
    let is_flag = |number: f32| number == 0.0 || number == 1.0;
    if !classes.iter().all(|&class| is_flag(class)) {
        return None;
    }
    // From the last one on, until each row has a 1, or one has a second.
    let mut ones = classes.to_vec();
    for first in (0..features.columns).rev() {
        for (row, ones) in ones.iter_mut().enumerate() {
            let number = features.row(row)[first];
            if !is_flag(number) || *ones + number > 1.0 {
                return None;
            }
            *ones += number;
        }
        if ones.iter().all(|&ones| ones == 1.0) {
            return Some(first);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::tempdir;

    use super::*;

    fn found(spec: &DataSpec, text: &str) -> Vec<Suspicion> {
        let folder = tempdir().unwrap();
        let file = folder.path().join("data.csv");
        fs::write(&file, text).unwrap();
        spec.read(&file).unwrap().suspicions
    }

    /// A table of three features and a class.
    fn table(header: &str, row: impl Fn(usize) -> [f32; 4]) -> String {
        let line = |at| row(at).map(|number| number.to_string()).join(",") + "\n";
        format!("{header}\n") + &(0..8).map(line).collect::<String>()
    }

    #[test]
    fn a_column_that_counts_is_no_feature() {
        let spec = DataSpec::classes(3, 2);
        let counting = |column: &str| vec![Suspicion::RowNumbers { column: column.to_owned() }];
        let class = |at: usize| (at / 4) as f32;
        let from = |header, first: f32, step: f32| {
            found(
                &spec,
                &table(header, |at| [first + step * at as f32, 0.3, class(at) + 0.5, class(at)]),
            )
        };
        assert_eq!(from("id,a,b,kind", 0.0, 1.0), counting("id"));
        assert_eq!(from("id,a,b,kind", 1.0, 3.0), counting("id"));
        // As pandas writes an index.
        assert_eq!(from(",a,b,kind", 0.0, 1.0), counting("1"));
        assert_eq!(from("id,a,b,kind", 2.0, 1.0), []);
        assert_eq!(from("id,a,b,kind", 0.0, 0.5), []);
        assert_eq!(from("id,a,b,kind", 0.0, -1.0), []);
        // Elsewhere, too few, or alone.
        let inside = table("a,id,b,kind", |at| [0.3, at as f32, 0.7, class(at)]);
        assert_eq!(found(&spec, &inside), []);
        assert_eq!(found(&spec, "id,a,b,kind\n0,1,1,0\n1,2,2,1\n2,1,2,1\n3,1,1,1\n"), []);
        let time: String = (0..9).map(|at| format!("{at},{}\n", at % 2)).collect();
        assert_eq!(found(&DataSpec::classes(1, 2), &format!("t,kind\n{time}")), []);
    }

    #[test]
    fn features_that_say_the_class_are_found() {
        let spec = DataSpec::classes(3, 2);
        let flag = |is: bool| f32::from(u8::from(is));
        let hot = |columns: &[&str]| {
            let columns = columns.iter().map(|&column| column.to_owned()).collect();
            vec![Suspicion::OneHot { columns }]
        };
        let two = |header| {
            table(header, |at| [0.5, 0.1 * at as f32, flag(at % 3 == 0), flag(at % 3 > 0)])
        };
        assert_eq!(found(&spec, &two("x,y,cat,dog")), hot(&["cat", "dog"]));
        assert_eq!(found(&spec, &two("x,y,,dog")), hot(&["3", "dog"]));
        let three = table("x,cat,cow,dog", |at| {
            [0.5, flag(at % 3 == 0), flag(at % 3 == 1), flag(at % 3 == 2)]
        });
        assert_eq!(found(&spec, &three), hot(&["cat", "cow", "dog"]));
        // Flags of which two are set, or none in some row.
        let others =
            table("x,a,b,kind", |at| [0.5, flag(at % 2 == 0), flag(at % 3 == 0), flag(at > 3)]);
        assert_eq!(found(&spec, &others), []);
        let none = table("x,a,b,kind", |at| [0.5, 0.2, flag(at == 0), flag(at == 1)]);
        assert_eq!(found(&spec, &none), []);
    }
}
