//! The samples that boards meet: whose each is, and which of them are learned.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::slice;

use trimpot_host::dataset::{Data, DataSpec, Dataset, Targets, is_table};
use trimpot_host::rehearsal::split::{Cut, OneSided, Parts, in_turns, split};
use trimpot_tuner::Condition;

use super::error::RehearseError;
use super::options::{Options, Order};
use crate::data;
use crate::model::{UseError, class_name, ignored_columns};
use crate::terminal::{counted, lacking, say};

/// Samples, and whose they are.
pub(super) struct Field {
    pub data: Data,
    /// The class of each sample: of numbers one for all, of anomalies 1 of those that are anomalous.
    pub classes: Vec<u32>,
    /// The number of the recording of each, if recordings are known.
    pub recordings: Option<Vec<usize>>,
    /// Whose they are, in order.
    pub values: Vec<Value>,
}

/// Samples of one user, one sensor, one month.
pub(super) struct Value {
    /// What the column says; empty, where all samples are one's.
    pub name: String,
    /// Rows of the samples.
    pub rows: Vec<usize>,
}

/// The samples of a value, for a board.
pub(super) struct Split {
    pub learned: Dataset,
    pub tested: Dataset,
    /// Samples that are in neither part.
    pub left_out: usize,
}

/// Words of values that an error names.
const MOST_NAMED: usize = 8;

/// The class of anomalous samples; normal ones are of class 0.
pub(super) const ANOMALOUS: u32 = 1;

impl Field {
    /// Reads the samples, of which all but whose they are is said by `spec`.
    pub(super) fn read(options: &Options, spec: DataSpec) -> Result<Self, RehearseError> {
        let columns = [&options.by, &options.recording];
        check_roles(options, &spec)?;
        let spec = DataSpec { beside: columns.into_iter().flatten().cloned().collect(), ..spec };
        let read = if options.model.is_some() { data::read } else { data::read_to_train };
        let data = read(&spec, &options.data).map_err(UseError::Data)?;
        ignored_columns(&data.ignored).iter().for_each(|line| say(line));
        if data.dropped > 0 {
            say(&format!("left out: {}", lacking(data.dropped)));
        }
        let classes = match data.dataset.targets() {
            Targets::Classes(classes) => classes.clone(),
            Targets::Numbers(numbers) => vec![0; numbers.rows()],
            Targets::Conditions(conditions) => classes_of(conditions)?,
        };
        let mut beside = data.beside.iter();
        let mut column = |option: &str, name: &Option<String>| {
            let values = name.as_ref().and_then(|_| beside.next());
            let missing = values.and_then(|all| all.iter().position(String::is_empty));
            match (name, missing) {
                (Some(name), Some(row)) => Err(RehearseError::Options(format!(
                    "{option}: column {name} says nothing of sample {}",
                    row + 1
                ))),
                _ => Ok(values),
            }
        };
        let by = column("--by", &options.by)?;
        let recording = column("--recording", &options.recording)?;
        let values = match by {
            None => vec![Value { name: String::new(), rows: (0..classes.len()).collect() }],
            Some(all) => values(all),
        };
        if let ([only], Some(column)) = (&values[..], &options.by) {
            return Err(RehearseError::Options(format!(
                "--by: column {column} has one value, {}, in all samples: two are needed; without --by, all \
                 samples are rehearsed together",
                only.name
            )));
        }
        let recordings = recording.map(|all| {
            // Those of two values are two, even if they have the same name.
            let key = |row: usize| (by.map(|by| &by[row]), &all[row]);
            let mut keys: Vec<_> = (0..classes.len()).map(key).collect();
            keys.sort_unstable();
            keys.dedup();
            let number = |row| keys.binary_search(&key(row)).unwrap_or_default();
            (0..classes.len()).map(number).collect()
        });
        Ok(Field { classes, recordings, values, data })
    }

    /// Returns the samples.
    pub(super) fn dataset(&self) -> &Dataset {
        &self.data.dataset
    }

    /// Returns what is learned of a value, and what tests.
    ///
    /// # Errors
    /// If there are samples of a class in one part, and none in the other.
    pub(super) fn split(&self, options: &Options, value: &Value) -> Result<Split, RehearseError> {
        let cut = match (options.gap, &self.recordings) {
            (None, Some(_)) => Cut::Recordings,
            (gap, _) => Cut::Within { gap: gap.unwrap_or(0) },
        };
        let is_detector = matches!(self.dataset().targets(), Targets::Conditions(_));
        // Of anomalous samples nothing is learned.
        let is_cut = |row: &usize| !(is_detector && self.classes[*row] == ANOMALOUS);
        let (rows, anomalous): (Vec<usize>, Vec<usize>) =
            value.rows.iter().copied().partition(is_cut);
        let of_rows = |all: &Vec<usize>| rows.iter().map(|&row| all[row]).collect();
        let recordings: Option<Vec<usize>> = self.recordings.as_ref().map(of_rows);
        let classes: Vec<u32> = rows.iter().map(|&row| self.classes[row]).collect();
        let parts = split(&classes, recordings.as_deref(), options.first.into(), cut);
        let Parts { learned, tested } =
            parts.map_err(|error| self.one_sided(options, value, error, cut))?;
        let learned = match options.order {
            Order::Turns => in_turns(&classes, recordings.as_deref(), &learned),
            Order::File => learned,
        };
        let of_value = |part: Vec<usize>| part.into_iter().map(|row| rows[row]);
        let learned: Vec<usize> = of_value(learned).collect();
        let tested: Vec<usize> = match (&self.recordings, cut) {
            // No recording is in both parts.
            (Some(of), Cut::Recordings) => {
                let is_apart = |row: &usize| learned.iter().all(|other| of[*other] != of[*row]);
                of_value(tested).chain(anomalous.into_iter().filter(is_apart)).collect()
            }
            _ => of_value(tested).chain(anomalous).collect(),
        };
        let left_out = value.rows.len() - learned.len() - tested.len();
        let select = |part: &[usize]| self.dataset().select(part);
        Ok(Split { learned: select(&learned), tested: select(&tested), left_out })
    }

    fn one_sided(
        &self,
        options: &Options,
        value: &Value,
        error: OneSided,
        cut: Cut,
    ) -> RehearseError {
        let which = match self.dataset().targets() {
            Targets::Classes(_) => {
                let class = class_name(self.dataset().classes(), error.class as usize);
                format!("class {class} is")
            }
            Targets::Numbers(_) => "everything is".to_owned(),
            Targets::Conditions(_) => "everything normal is".to_owned(),
        };
        let whose = whose(options, &value.name);
        let (has, lacks) = match error.is_learned {
            true => ("learned", "test on"),
            false => ("tested on", "learn"),
        };
        let mend = match cut {
            Cut::Recordings if error.recordings == 1 => {
                "It is in one recording: --gap 1 cuts each in two and leaves a sample out between"
            }
            Cut::Recordings => {
                "Another --first may mend it, which is the share of them that is learned; or --gap 1, which cuts each recording in two"
            }
            Cut::Within { .. } => {
                "There are too few samples: --first says which share is learned, --gap how many are left out"
            }
        };
        RehearseError::Options(format!(
            "{whose}: {which} {has}, and there is nothing of it to {lacks}. {mend}"
        ))
    }

    /// Says what is rehearsed.
    pub(super) fn text(&self, options: &Options) -> String {
        let samples = counted(self.classes.len(), "sample");
        let Some(by) = &options.by else { return samples };
        let names: Vec<&str> =
            self.values.iter().take(MOST_NAMED).map(|value| value.name.as_str()).collect();
        let dots = if self.values.len() > MOST_NAMED { " …" } else { "" };
        format!("{samples} by {by}: {}{dots}", names.join(", "))
    }
}

/// Returns how samples of a value are called: `subject 3`, and those of all `all samples`.
pub(super) fn whose(options: &Options, name: &str) -> String {
    match &options.by {
        Some(by) => format!("{by} {name}"),
        None => "all samples".to_owned(),
    }
}

/// Returns the class of each sample, where anomalies are detected.
fn classes_of(conditions: &[Condition]) -> Result<Vec<u32>, RehearseError> {
    if conditions.contains(&Condition::Unknown) {
        let what = "whether samples are normal is not said: --label is the column that does, and --normal what it \
                    says of normal samples";
        return Err(RehearseError::Options(what.to_owned()));
    }
    let class = |&condition: &Condition| u32::from(condition == Condition::Anomalous);
    Ok(conditions.iter().map(class).collect())
}

/// Checks that what says whose samples are is neither a label nor a feature.
fn check_roles(options: &Options, spec: &DataSpec) -> Result<(), RehearseError> {
    let (features, labels) = match is_table(&options.data) {
        Some(true) => {
            let given = &options.reading.label;
            let labels = if given.is_empty() { &spec.known_labels } else { given };
            (&spec.known_features[..], &labels[..])
        }
        _ => (slice::from_ref(&spec.features), slice::from_ref(&spec.labels)),
    };
    for (option, name) in [("--by", &options.by), ("--recording", &options.recording)] {
        let Some(name) = name else { continue };
        let role = if labels.contains(name) {
            "the label"
        } else if features.contains(name) {
            "a feature"
        } else {
            continue;
        };
        return Err(RehearseError::Options(format!("{option}: {name} is {role} of the model")));
    }
    Ok(())
}

/// Returns the values of a column, each with its rows: in the order of numbers, if all are, else of
/// the alphabet.
fn values(column: &[String]) -> Vec<Value> {
    let mut rows_of = BTreeMap::<&str, Vec<usize>>::new();
    for (row, name) in column.iter().enumerate() {
        rows_of.entry(name).or_default().push(row);
    }
    let value = |(name, rows): (&str, _)| Value { name: name.to_owned(), rows };
    let mut values: Vec<Value> = rows_of.into_iter().map(value).collect();
    let number = |value: &Value| value.name.parse::<f64>().ok();
    values.sort_by(|a, b| match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        // They are in this order already.
        (None, None) => Ordering::Equal,
    });
    values
}
