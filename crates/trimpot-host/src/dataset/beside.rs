//! Columns that are neither features nor labels: they say of each sample whose it is, say.

use super::npz::{Array, Npz};
use crate::problem::counted;

/// Reads an array with a number or a text for each of so many samples, as text.
pub(super) fn values(npz: &mut Npz, name: &str, samples: usize) -> Result<Vec<String>, String> {
    let Array { shape, elements } = npz.texts(name)?;
    if shape.iter().product::<usize>() != samples {
        let samples = counted(samples, "sample");
        return Err(format!("array `{name}` has shape {shape:?}, but there are {samples}"));
    }
    Ok(elements)
}

/// Returns what columns say of these rows.
pub(super) fn select(columns: Vec<Vec<String>>, rows: &[usize]) -> Vec<Vec<String>> {
    let select = |column: &Vec<String>| rows.iter().map(|&row| column[row].clone()).collect();
    columns.iter().map(select).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use ndarray::arr1;
    use ndarray_npy::NpzWriter;

    use super::*;

    #[test]
    fn whole_numbers_stay_apart_whatever_their_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("whose.npz");
        let mut npz = NpzWriter::new(File::create(&path).unwrap());
        npz.add_array("id", &arr1(&[16_777_216_i64, 16_777_217, -20_260_101])).unwrap();
        npz.add_array("key", &arr1(&[u64::MAX, u64::MAX - 1, 0])).unwrap();
        npz.add_array("month", &arr1(&[7.0_f32, f32::NAN, 16_777_215.0])).unwrap();
        npz.add_array("wide", &arr1(&[1.0_f64, 2.0, 16_777_217.0])).unwrap();
        npz.add_array("narrow", &arr1(&[16_777_216.0_f32, 2.0, 3.0])).unwrap();
        npz.add_array("part", &arr1(&[1.0_f64, 1.000_000_001, 2.0])).unwrap();
        npz.add_array("is_left", &arr1(&[true, false, true])).unwrap();
        npz.finish().unwrap();
        let read = |name: &str| values(&mut Npz::open(&path, &[name]).unwrap(), name, 3);
        assert_eq!(read("id").unwrap(), ["16777216", "16777217", "-20260101"]);
        assert_eq!(read("key").unwrap(), ["18446744073709551615", "18446744073709551614", "0"]);
        assert_eq!(read("month").unwrap(), ["7", "", "16777215"]);
        assert_eq!(read("is_left").unwrap(), ["1", "0", "1"]);
        for (name, says) in [
            ("wide", "array `wide`, element 3: 16777217 is no whole number up to 16777215"),
            ("narrow", "array `narrow`, element 1: 16777216 is no whole number"),
            ("part", "array `part`, element 2: 1.000000001 is no whole number"),
        ] {
            let error = read(name).unwrap_err();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
