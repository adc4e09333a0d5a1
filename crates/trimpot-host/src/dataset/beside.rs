//! Columns that are neither features nor labels: they say of each sample whose it is, say.

use super::npz::{Array, Elements, Npz};
use crate::problem::counted;

/// Reads an array with a number or a text for each of so many samples, as text.
pub(super) fn values(npz: &mut Npz, name: &str, samples: usize) -> Result<Vec<String>, String> {
    let Array { shape, elements } = npz.numbers_or_texts(name)?;
    if shape.iter().product::<usize>() != samples {
        let samples = counted(samples, "sample");
        return Err(format!("array `{name}` has shape {shape:?}, but there are {samples}"));
    }
    Ok(match elements {
        Elements::Texts(texts) => texts,
        Elements::Numbers(numbers) => numbers
            .iter()
            .map(|number| if number.is_nan() { String::new() } else { number.to_string() })
            .collect(),
    })
}

/// Returns what columns say of these rows.
pub(super) fn select(columns: Vec<Vec<String>>, rows: &[usize]) -> Vec<Vec<String>> {
    let select = |column: &Vec<String>| rows.iter().map(|&row| column[row].clone()).collect();
    columns.iter().map(select).collect()
}
