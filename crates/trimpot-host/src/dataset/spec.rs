//! What samples of a file should look like, and what is read.

use std::path::{Path, PathBuf};

use trimpot::loss::spec::Domain;
use trimpot::spec::Dims;
use trimpot_model::front_end::Extractor;
use trimpot_tuner::Condition;

use super::delimited::Layout;
use super::missing::Missing;
use super::suspicion::Suspicion;
use super::{Dataset, Table};
use crate::problem::{Problem, Remedy};

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The samples. With [`Missing::Mean`], features that are missing are NaN, unless their means
    /// are known. Classes that have
    /// names are numbered in the order of the alphabet.
    pub dataset: Dataset,
    /// How many samples were left out.
    pub dropped: usize,
    /// The names of the features, if the file has some and no two are the same.
    pub names: Vec<String>,
    /// The names of the columns of labels, likewise.
    pub label_names: Vec<String>,
    /// The names of columns that are left out, because they are none of the known features.
    pub ignored: Vec<String>,
    /// What each of the columns [beside](DataSpec::beside) says of each sample, as text: empty,
    /// where it says nothing.
    pub beside: Vec<Vec<String>>,
    /// What is odd about the samples.
    pub suspicions: Vec<Suspicion>,
}

/// What a file says of each sample, where anomalies are to be detected.
#[derive(Clone, Debug, PartialEq)]
pub enum Conditions {
    /// Nothing: it is the same of all samples.
    Unsaid(Condition),
    /// A label: the samples are normal that have one of these.
    Labels(Vec<String>),
    /// A label in a table whose header has the known labels, or in an archive that has the array of
    /// labels; nothing in other files.
    KnownLabels {
        /// The labels of normal samples.
        normal: Vec<String>,
        /// What is the same of all samples, where nothing is said.
        unsaid: Condition,
    },
}

/// The features of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// The features of each sample.
    pub features: Table,
    /// Which samples of the file these are, counted from 0: all, if none was left out.
    pub rows: Vec<usize>,
    /// How many samples were left out.
    pub dropped: usize,
    /// The names of the features, if the file has some and no two are the same.
    pub names: Vec<String>,
    /// The names of columns that are left out, because they are none of the known features.
    pub ignored: Vec<String>,
    /// What is odd about the samples.
    pub suspicions: Vec<Suspicion>,
}

/// What the samples of a file should look like.
#[derive(Clone, Debug)]
pub struct DataSpec {
    /// Features of a sample; with a front end, samples of a recording.
    pub inputs: usize,
    /// The shape of a sample, with which the dimensions of an array must agree: rows always do, and
    /// any dimensions with a vector or with none.
    pub input: Option<Dims>,
    /// What makes features of recordings: [`DataSpec::with_front_end`]. None, if the file has features.
    pub front_end: Option<Extractor>,
    /// How many classes there are; or, with `targets`, how many numbers are to be predicted. 0
    /// takes as many classes as there are.
    pub outputs: usize,
    /// Which numbers are to be predicted; none for classes.
    pub targets: Option<Domain>,
    /// The names of the classes in the order of the outputs, as a model has them: none, if its
    /// classes are numbers. If not given, the file says whether they have names.
    pub known_classes: Option<Vec<String>>,
    /// How many classes may come beside those that have known names: they are numbered behind them,
    /// in the order in which they come.
    pub new_classes: usize,
    /// What is known of samples, where anomalies are to be detected: then neither classes nor
    /// numbers are read.
    pub conditions: Option<Conditions>,
    /// The names of the features in the order of the inputs, as a model has them: in a table with a
    /// header these columns are the features, wherever they are. None, if they have none: then all
    /// columns are features that are nothing else, in their order.
    pub known_features: Vec<String>,
    /// The names of the columns of labels, as a model has them: in a table with a header these are
    /// the labels, unless the layout names others. None, if they have none.
    pub known_labels: Vec<String>,
    /// Columns of a table, or arrays of an `.npz` file, that are neither features nor labels, and say
    /// of each sample whose it is, say.
    pub beside: Vec<String>,
    /// What features are multiplied with.
    pub scale: f32,
    /// The array of features in an `.npz` file.
    pub features: String,
    /// The array of labels in an `.npz` file.
    pub labels: String,
    /// What is known of a text table.
    pub layout: Layout,
    /// What becomes of samples that lack a value: an error, if not given.
    pub missing: Option<Missing>,
    /// The means of the features, as a model has them: with [`Missing::Mean`] they take the place
    /// of what is missing. None, if they are not known: then it stays NaN.
    pub known_means: Vec<f32>,
}

/// Why there are no samples: the file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", file.display())]
pub struct DataError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub what: String,
    /// What would mend it, if that is known.
    pub remedy: Option<Remedy>,
}

impl DataError {
    pub(super) fn new(file: &Path, Problem { what, remedy }: Problem) -> Self {
        DataError { file: file.to_owned(), what, remedy }
    }
}

impl DataSpec {
    /// So many features and a class, in the arrays `x` and `y` of an `.npz` file, or in a table.
    pub fn classes(inputs: usize, outputs: usize) -> Self {
        DataSpec {
            inputs,
            input: None,
            front_end: None,
            outputs,
            targets: None,
            known_classes: None,
            new_classes: 0,
            conditions: None,
            known_features: Vec::new(),
            known_labels: Vec::new(),
            beside: Vec::new(),
            scale: 1.0,
            features: "x".to_owned(),
            labels: "y".to_owned(),
            layout: Layout::default(),
            missing: None,
            known_means: Vec::new(),
        }
    }

    /// Returns how many classes there are, if that is known: a single output tells two apart.
    pub(super) fn class_count(&self) -> usize {
        self.outputs.max(2)
    }

    /// Returns whether a class may be a 1 among zeros in so many columns.
    pub(super) fn takes_one_hot(&self, columns: usize) -> bool {
        columns == self.class_count() || (self.outputs == 0 && columns > 2)
    }

    /// Returns how many labels a sample has in a text table.
    pub(super) fn labels_in_table(&self) -> usize {
        match self.targets {
            Some(_) => self.outputs,
            None if self.layout.labels.is_empty() => self.known_labels.len().max(1),
            None => self.layout.labels.len(),
        }
    }
}
