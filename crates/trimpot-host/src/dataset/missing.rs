//! Values that are not there.

use std::str::FromStr;

use super::{DataSpec, Dataset, Table};
use crate::problem::counted;

/// What becomes of samples that lack a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The mean of the column over the samples that are learned from takes its place.
    Mean,
    /// The sample is left out.
    Drop,
}

/// `mean` or `drop`.
impl FromStr for Missing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "mean" => Ok(Missing::Mean),
            "drop" => Ok(Missing::Drop),
            _ => Err(format!("there are `mean` and `drop`, and no `{text}`")),
        }
    }
}

/// Returns whether a field of a table says that there is no value.
pub fn is_missing(field: &str) -> bool {
    const SIGNS: [&str; 7] = ["", "?", "NA", "N/A", "NaN", "null", "None"];
    SIGNS.iter().any(|sign| field.eq_ignore_ascii_case(sign))
}

/// The same for the name of a class, which "null" and "None" may be.
pub fn is_missing_class(field: &str) -> bool {
    matches!(field, "" | "?" | "NA")
}

impl DataSpec {
    /// Puts the means of a model where features are missing, if that is wanted and they are known.
    pub(super) fn fill_known_means(&self, features: &mut Table) {
        if self.missing != Some(Missing::Mean) || self.known_means.len() != features.columns {
            return;
        }
        for (number, mean) in features.numbers.iter_mut().zip(self.known_means.iter().cycle()) {
            if number.is_nan() {
                *number = *mean;
            }
        }
    }
}

/// Puts means in the place of features that are NaN: the `known` ones of a model, if there are any;
/// else those of the columns of `learned`, in all. Returns a line for each column that had such
/// values.
///
/// # Errors
/// If values are missing that may not be, or a column has none to take their place from.
pub fn fill_missing(
    learned: &mut Dataset,
    others: &mut [&mut Dataset],
    known: Option<&[f32]>,
) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let is_whole = |data: &Dataset| !data.features.numbers.iter().any(|value| value.is_nan());
    if is_whole(learned) && others.iter().all(|data| is_whole(data)) {
        return Ok(lines);
    }
    for column in 0..learned.features.columns {
        let count = |table: &Table| of_column(table, column).filter(|value| value.is_nan()).count();
        let in_others: usize = others.iter().map(|data| count(&data.features)).sum();
        let missing = count(&learned.features) + in_others;
        if missing == 0 {
            continue;
        }
        let mean = match known.and_then(|means| means.get(column)) {
            Some(&mean) => mean,
            None => {
                let there = of_column(&learned.features, column).filter(|value| !value.is_nan());
                let (sum, count) = there
                    .fold((0.0, 0.0), |(sum, count), value| (sum + f64::from(value), count + 1.0));
                (sum / count) as f32
            }
        };
        if mean.is_nan() {
            return Err(format!("feature {} has no mean: all its values are missing", column + 1));
        }
        let others = others.iter_mut().map(|data| &mut data.features);
        for table in [&mut learned.features].into_iter().chain(others) {
            for value in table.numbers.iter_mut().skip(column).step_by(table.columns.max(1)) {
                if value.is_nan() {
                    *value = mean;
                }
            }
        }
        let samples = counted(missing, "sample");
        let get = if missing == 1 { "gets" } else { "get" };
        let whose = if known.is_some() { "the model's mean" } else { "its mean" };
        lines.push(format!(
            "feature {}: missing in {samples}, which {get} {whose}, {mean}",
            column + 1
        ));
    }
    Ok(lines)
}

fn of_column(table: &Table, column: usize) -> impl Iterator<Item = f32> {
    table.numbers.iter().skip(column).step_by(table.columns.max(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Targets;

    #[test]
    fn means_are_those_of_what_is_learned() {
        let samples = |numbers: &[f32]| {
            let features = Table { columns: 2, numbers: numbers.to_vec() };
            let targets = Targets::Classes(vec![0; features.rows()]);
            Dataset::of_tables(features, targets, Vec::new()).unwrap()
        };
        let mut learned = samples(&[1.0, f32::NAN, 2.0, 4.0, f32::NAN, 8.0]);
        let mut held_out = samples(&[100.0, f32::NAN]);
        let lines = fill_missing(&mut learned, &mut [&mut held_out], None).unwrap();
        assert_eq!(learned.features.numbers, [1.0, 6.0, 2.0, 4.0, 1.5, 8.0]);
        assert_eq!(held_out.features.numbers, [100.0, 6.0]);
        assert_eq!(lines[0], "feature 1: missing in 1 sample, which gets its mean, 1.5");
        assert_eq!(lines[1], "feature 2: missing in 2 samples, which get its mean, 6");
        let mut none = samples(&[1.0, f32::NAN]);
        assert!(
            fill_missing(&mut none, &mut [&mut held_out], None)
                .unwrap_err()
                .contains("feature 2 has no mean")
        );
    }

    #[test]
    fn nothing_is_held_out_and_means_are_filled_all_the_same() {
        let features = Table { columns: 1, numbers: vec![1.0, f32::NAN] };
        let targets = Targets::Classes(vec![0; 2]);
        let mut learned = Dataset::of_tables(features, targets, Vec::new()).unwrap();
        fill_missing(&mut learned, &mut [], None).unwrap();
        assert_eq!(learned.features.numbers, [1.0, 1.0]);
    }
}
