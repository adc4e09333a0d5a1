//! Data sets: rows of features, each with a class label.

use std::path::{Path, PathBuf};

use trimpot::random::Random;

use crate::npz::Npz;

/// Samples of `I` features, each with its label: a class, or `[f32; N]` to be predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<const I: usize, T = u32> {
    features: Vec<[f32; I]>,
    labels: Vec<T>,
}

impl<const I: usize, T> Default for Dataset<I, T> {
    /// No samples.
    fn default() -> Self {
        Dataset { features: Vec::new(), labels: Vec::new() }
    }
}

/// Why a data set could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file cannot be opened.
    #[error("cannot open {}: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no `.npz`, or its arrays cannot be read.
    #[error("{}: {what}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The array's rows are too long or too short.
    #[error("array `{array}` of {} has {found} features a row, but must have {expected}", file.display())]
    Features {
        /// The file.
        file: PathBuf,
        /// The name of the array.
        array: String,
        /// The features of a row that were expected.
        expected: usize,
        /// The features of a row that the array has.
        found: usize,
    },
    /// There are more rows than labels, or fewer.
    #[error("{features} rows of features, but {labels} labels")]
    Labels {
        /// The rows.
        features: usize,
        /// The labels.
        labels: usize,
    },
}

impl<const I: usize, T: Copy> Dataset<I, T> {
    /// Returns the samples with these features and labels, as many of the one as of the other.
    pub fn new(features: Vec<[f32; I]>, labels: Vec<T>) -> Result<Self, DatasetError> {
        if features.len() != labels.len() {
            return Err(DatasetError::Labels { features: features.len(), labels: labels.len() });
        }
        Ok(Dataset { features, labels })
    }

    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the features of each sample.
    pub fn features(&self) -> &[[f32; I]] {
        &self.features
    }

    /// Returns the label of each sample.
    pub fn labels(&self) -> &[T] {
        &self.labels
    }

    /// Returns the samples in turn.
    pub fn iter(&self) -> impl Iterator<Item = (&[f32; I], T)> {
        self.features.iter().zip(self.labels.iter().copied())
    }

    /// The same samples in random order; the same for the same seed.
    pub fn shuffled(&self, seed: u32) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        Random::new(seed).shuffle(&mut order);
        self.select(order)
    }

    /// Returns the first `at` samples, and the rest. All and none, if there are not so many.
    pub fn split(&self, at: usize) -> (Self, Self) {
        let at = at.min(self.len());
        (self.select(0..at), self.select(at..self.len()))
    }

    fn select(&self, indices: impl IntoIterator<Item = usize>) -> Self {
        let (features, labels) =
            indices.into_iter().map(|index| (self.features[index], self.labels[index])).unzip();
        Dataset { features, labels }
    }
}

impl<const I: usize> Dataset<I> {
    /// Reads a matrix and a vector of an `.npz` file: features, to be multiplied by `scale`, and
    /// labels.
    pub fn read_npz(
        file: impl AsRef<Path>,
        features: &str,
        labels: &str,
        scale: f32,
    ) -> Result<Self, DatasetError> {
        let file = file.as_ref();
        std::fs::metadata(file)
            .map_err(|source| DatasetError::Open { file: file.to_owned(), source })?;
        let bad = |what: String| DatasetError::Read { file: file.to_owned(), what };
        let mut npz = Npz::open(file, &[features, labels]).map_err(bad)?;
        let rows = npz.numbers(features).map_err(bad)?;
        let classes = npz.numbers(labels).map_err(bad)?;

        let &[_, columns] = rows.shape.as_slice() else {
            return Err(bad(format!("array `{features}` is no matrix: {:?}", rows.shape)));
        };
        if columns != I {
            return Err(DatasetError::Features {
                file: file.to_owned(),
                array: features.to_owned(),
                expected: I,
                found: columns,
            });
        }
        let row = |row: &[f32]| std::array::from_fn(|i| row[i] * scale);
        let class = |&class: &f32| {
            let label = class as u32;
            if label as f32 == class {
                Ok(label)
            } else {
                Err(bad(format!("array `{labels}` has {class}, which is no class")))
            }
        };
        Dataset::new(
            rows.elements.chunks_exact(I.max(1)).map(row).collect(),
            classes.elements.iter().map(class).collect::<Result<_, _>>()?,
        )
    }

    /// Returns the first `each` samples of every class, and the rest, in the order in which they
    /// come.
    pub fn split_classes(&self, each: usize) -> (Self, Self) {
        let mut seen = std::collections::BTreeMap::<u32, usize>::new();
        let (first, rest): (Vec<_>, Vec<_>) = (0..self.len()).partition(|&index| {
            let seen = seen.entry(self.labels[index]).or_default();
            *seen += 1;
            *seen <= each
        });
        (self.select(first), self.select(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, array};
    use ndarray_npy::NpzWriter;
    use tempfile::{NamedTempFile, tempdir};

    fn npz(rows: &Array2<u8>, labels: &Array1<u8>) -> NamedTempFile {
        let file = NamedTempFile::new().unwrap();
        let mut writer = NpzWriter::new(file.reopen().unwrap());
        writer.add_array("x", rows).unwrap();
        writer.add_array("y", labels).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn reads_scaled_features_and_labels() {
        let file = npz(&array![[0, 8], [16, 4]], &array![3, 1]);
        let data = Dataset::<2>::read_npz(file.path(), "x", "y", 1.0 / 16.0).unwrap();
        assert_eq!(data.features(), [[0.0, 0.5], [1.0, 0.25]]);
        assert_eq!(data.labels(), [3, 1]);
    }

    #[test]
    fn an_error_says_which_file_which_array_and_what_was_expected() {
        let file = npz(&array![[0, 8], [16, 4]], &array![3, 1]);
        let message = |error: DatasetError| {
            error.to_string().replace(&file.path().display().to_string(), "FILE")
        };

        let wide = Dataset::<3>::read_npz(file.path(), "x", "y", 1.0).unwrap_err();
        assert_eq!(message(wide), "array `x` of FILE has 2 features a row, but must have 3");

        let unnamed = Dataset::<2>::read_npz(file.path(), "x", "z", 1.0).unwrap_err();
        assert_eq!(message(unnamed), "FILE: there is no array `z`, but x, y");

        let missing = tempdir().unwrap().path().join("none.npz");
        let missing = Dataset::<2>::read_npz(missing, "x", "y", 1.0).unwrap_err();
        assert!(missing.to_string().contains("none.npz: No such file"), "{missing}");

        let short = npz(&array![[0, 8], [16, 4]], &array![3]);
        let short = Dataset::<2>::read_npz(short.path(), "x", "y", 1.0).unwrap_err();
        assert_eq!(short.to_string(), "2 rows of features, but 1 labels");
    }

    #[test]
    fn numbers_of_any_type_are_read_but_classes_are_whole() {
        let file = |labels: &Array1<f64>| {
            let file = NamedTempFile::new().unwrap();
            let mut writer = NpzWriter::new(file.reopen().unwrap());
            writer.add_array("x", &array![[-1.5_f32], [0.25]]).unwrap();
            writer.add_array("y", labels).unwrap();
            writer.finish().unwrap();
            file
        };
        let whole = file(&array![2.0, 0.0]);
        let data = Dataset::<1>::read_npz(whole.path(), "x", "y", 2.0).unwrap();
        assert_eq!((data.features(), data.labels()), (&[[-3.0], [0.5]][..], &[2, 0][..]));
        for class in [0.5, -1.0, f64::NAN, 1e30] {
            let error = Dataset::<1>::read_npz(file(&array![class, 0.0]).path(), "x", "y", 1.0);
            assert!(error.unwrap_err().to_string().ends_with("which is no class"), "{class}");
        }
    }

    #[test]
    fn shuffling_keeps_each_sample_with_its_label() {
        let features = (0..50).map(|i| [i as f32]).collect();
        let data = Dataset::<1>::new(features, (0..50).collect()).unwrap();
        let shuffled = data.shuffled(7);
        assert_ne!(shuffled, data);
        assert_eq!(shuffled, data.shuffled(7));
        assert!(shuffled.iter().all(|(x, label)| x[0] == label as f32));

        let (first, rest) = shuffled.split(20);
        let mut both: Vec<u32> = first.labels().iter().chain(rest.labels()).copied().collect();
        both.sort_unstable();
        assert_eq!((first.len(), both), (20, (0..50).collect()));
    }

    #[test]
    fn each_class_gives_as_many_as_asked_for() {
        let labels = vec![0, 0, 1, 0, 1, 2, 1];
        let features = (0..7).map(|i| [i as f32]).collect();
        let data = Dataset::<1>::new(features, labels).unwrap();
        let (first, rest) = data.split_classes(2);
        assert_eq!(first.labels(), [0, 0, 1, 1, 2]);
        assert_eq!(first.features(), [[0.0], [1.0], [2.0], [4.0], [5.0]]);
        assert_eq!(rest.features(), [[3.0], [6.0]]);
    }
}
