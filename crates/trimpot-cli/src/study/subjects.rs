//! The data of a study.

mod tasks;

use std::collections::BTreeSet;
use std::path::{self, Path};
use std::sync::Arc;

use trimpot::spec::Dims;
use trimpot_host::dataset::{DataError, DataSpec, Dataset, STANDARD_INPUT, Targets, fill_missing};
use trimpot_host::study::catalogue::Subjects;
use trimpot_host::study::{Kind, Subject};
use trimpot_model::layers::Layers;
use trimpot_model::output;

use super::StudyRunError;
use super::options::Options;
use crate::data;
use crate::terminal::{counted, say};

/// A data set of the project's folder: images of 8x8 grey levels from 0 to 16.
struct Known {
    name: &'static str,
    title: &'static str,
    file: &'static str,
    classes: usize,
    /// Whether it has rows to test on.
    has_test: bool,
}

const KNOWN: [Known; 3] = [
    Known {
        name: "mnist",
        title: "MNIST, 8x8 pixels",
        file: "mnist8_c20_10k.npz",
        classes: 10,
        has_test: true,
    },
    Known {
        name: "digits",
        title: "UCI digits, 8x8 pixels",
        file: "digits8.npz",
        classes: 10,
        has_test: false,
    },
    Known {
        name: "fashion",
        title: "MNIST and Fashion-MNIST, 8x8 pixels",
        file: "mnist_fashion20_8x8.npz",
        classes: 20,
        has_test: true,
    },
];

/// The one that has samples enough to vary their number.
const LARGE: &Known = &KNOWN[2];

/// The data of a study, and what to say of them to `trimpot train`.
pub(super) struct StudyData {
    pub(super) subjects: Subjects,
    pub(super) words: Vec<String>,
}

/// Returns the data that the options name.
///
/// # Errors
/// If they cannot be read.
pub(super) fn read(options: &Options) -> Result<StudyData, StudyRunError> {
    let is_named = |known: &&Known| options.data.as_os_str() == known.name;
    match KNOWN.iter().find(is_named) {
        Some(known) => {
            check_without_own(options)?;
            let folder = options.folder();
            let main = Arc::new(known.read(folder)?);
            let large = if known.name == LARGE.name {
                Arc::clone(&main)
            } else {
                Arc::new(LARGE.read(folder)?)
            };
            let [mnist, digits, _] = &KNOWN;
            let sensors = [mnist.read(folder)?, digits.of_new_sensor(folder)?];
            let subjects = Subjects {
                large: Some(large),
                sensors: Some(sensors),
                ..tasks::read(main, folder)?
            };
            let file = folder.join(known.file);
            Ok(StudyData { subjects, words: words(&file, ["--scale", "0.0625"]) })
        }
        None => {
            let subjects = Subjects::new(Arc::new(own(options)?));
            Ok(StudyData { subjects, words: words(&options.data, options.words_of_reading()) })
        }
    }
}

/// Checks that no option is about a file of one's own.
fn check_without_own(options: &Options) -> Result<(), StudyRunError> {
    let test = options.test.iter().map(|_| "--test".to_owned());
    let Some(word) = test.chain(options.words_of_reading()).next() else { return Ok(()) };
    let (option, data) = (word.split('=').next().unwrap_or_default(), options.data.display());
    let what = format!(
        "{option} is for a file of your own, and {data} is a data set of the project, which is read as it is"
    );
    Err(StudyRunError::Options(what))
}

/// Returns the options by which `trimpot train` reads a file, from whatever folder it is started.
fn words<T: Into<String>>(file: &Path, more: impl IntoIterator<Item = T>) -> Vec<String> {
    let file = path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let data = ["--data".to_owned(), file.display().to_string()];
    data.into_iter().chain(more.into_iter().map(Into::into)).collect()
}

impl Known {
    fn read(&self, folder: &Path) -> Result<Subject, DataError> {
        let test = if self.has_test { Some(self.samples(folder, "xt", "yt")?) } else { None };
        let (samples, kind) = (self.samples(folder, "x", "y")?, Kind::Classes(self.classes));
        let subject = Subject::new(self.title, self.input(), kind, samples, test);
        Ok(subject.without_standardization())
    }

    /// Reads samples that boards learn from and validate by, and as many others to test on.
    fn of_new_sensor(&self, folder: &Path) -> Result<Subject, DataError> {
        let (samples, test) = self.samples(folder, "x", "y")?.hold_out(0.5, 0);
        let (title, kind) = (self.title, Kind::Classes(self.classes));
        let subject = Subject::new(title, self.input(), kind, samples, Some(test));
        Ok(subject.without_standardization())
    }

    fn input(&self) -> Dims {
        Dims::image(1, 8, 8)
    }

    /// Reads the samples of these arrays.
    fn samples(&self, folder: &Path, features: &str, labels: &str) -> Result<Dataset, DataError> {
        let spec = DataSpec {
            scale: 1.0 / 16.0,
            features: features.to_owned(),
            labels: labels.to_owned(),
            ..DataSpec::classes(self.input().count(), self.classes)
        };
        spec.read(&folder.join(self.file)).map(|data| data.dataset)
    }
}

/// Reads a file of one's own.
fn own(options: &Options) -> Result<Subject, StudyRunError> {
    let (file, reading) = (&options.data, &options.reading);
    if file.as_os_str() == STANDARD_INPUT {
        let what = "--data: a study needs a file, which it can read again when it goes on";
        return Err(StudyRunError::Options(what.to_owned()));
    }
    if reading.targets.is_some() || !reading.normal.is_empty() {
        let what = "--targets and --normal: a study is about classes";
        return Err(StudyRunError::Options(what.to_owned()));
    }
    if options.folder.is_some() {
        let what = "--folder is that of the project's data sets, and --data is a file of your own";
        return Err(StudyRunError::Options(what.to_owned()));
    }
    if reading.scale.is_some() {
        let what = "--scale changes nothing: features are standardized";
        return Err(StudyRunError::Options(what.to_owned()));
    }
    if let Some(test) = options.test.as_ref().filter(|test| output::is_same(test, file)) {
        let what = format!(
            "--test {} is the file of --data: samples that were trained on tell nothing",
            test.display()
        );
        return Err(StudyRunError::Options(what));
    }
    if !file.exists() {
        let known = KNOWN.map(|known| known.name).join(", ");
        let what = format!(
            "--data {}: there is no such file, and no such data set of the project ({known})",
            file.display()
        );
        return Err(StudyRunError::Options(what));
    }
    for file in [Some(file), options.test.as_ref()].into_iter().flatten() {
        reading.check_file(file).map_err(StudyRunError::Options)?;
    }
    let any = Layers::untrained(Dims::vector(1), Vec::new());
    // As many classes as there are.
    let spec = DataSpec { outputs: 0, ..reading.spec(&any, None, None) };
    let spec = match options.recordings.extractor(file, &spec, None)? {
        Some(made) => {
            reading.check_recordings().map_err(StudyRunError::Options)?;
            let [ram, _] = made.board_bytes().map(|bytes| counted(bytes, "byte"));
            say(&format!("front end: {made}; beside the network it takes {ram} of a board's RAM"));
            spec.with_front_end(Some(made))
        }
        None => DataSpec { inputs: spec.count_features(file)?, ..spec },
    };
    let data = data::read_to_train(&spec, file)?;
    let classes = classes(file, &data.dataset)?;
    // Before means take the place of missing values: they know nothing of samples to test on.
    let (mut pool, mut test) = match &options.test {
        None => data.dataset.hold_out(TESTED, 0),
        Some(file) => {
            let known = Some(data.dataset.classes().to_vec());
            let spec = DataSpec { known_features: data.names, known_classes: known, ..spec };
            (data.dataset, data::read(&spec, file)?.dataset)
        }
    };
    fill_missing(&mut pool, &mut [&mut test], None).map_err(StudyRunError::Options)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let input = Dims::vector(pool.features().columns as u32);
    let subject = Subject::new(name, input, Kind::Classes(classes), pool, Some(test));
    let (least, most) = (FEWEST_OF_CLASS * classes, subject.most_rows());
    if most < least || subject.tested() == 0 {
        let [most, tested] = [most, subject.tested()].map(|count| counted(count, "sample"));
        return Err(StudyRunError::Options(format!(
            "{}: too few samples for a study: {most} to train on and {tested} to test on, and {} take at least {least} \
             to train on",
            file.display(),
            counted(classes, "class"),
        )));
    }
    Ok(subject)
}

/// The share of samples that is put aside to be tested on.
const TESTED: f32 = 0.2;
/// How many samples of each class there are to train on at least, on the average.
const FEWEST_OF_CLASS: usize = 10;

/// Returns how many classes there are: those that have names, or the largest number and one. Says
/// which of these no sample is of.
///
/// # Errors
/// If all samples are of one class.
fn classes(file: &Path, dataset: &Dataset) -> Result<usize, StudyRunError> {
    let found: BTreeSet<u32> = match dataset.targets() {
        Targets::Classes(classes) => classes.iter().copied().collect(),
        Targets::Numbers(_) | Targets::Conditions(_) => BTreeSet::new(),
    };
    if found.len() < 2 {
        let what = format!("{}: all samples are of one class", file.display());
        return Err(StudyRunError::Options(what));
    }
    let largest = found.last().map_or(0, |&class| class as usize);
    let classes = dataset.classes().len().max(largest + 1);
    let missing = (0..classes as u32).filter(|class| !found.contains(class));
    let missing: Vec<String> = missing.map(|class| class.to_string()).collect();
    if dataset.classes().is_empty() && !missing.is_empty() {
        say(&format!(
            "no sample is of class {}: labels are numbers from 0, and networks have an output for each",
            missing.join(", ")
        ));
    }
    Ok(classes)
}

#[cfg(test)]
mod tests;
