//! Data sets of any size: `.npz` files and text tables.

use std::fmt::Display;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use trimpot_model::source;
use trimpot_tuner::Condition;

use super::beside::{select, values};
use super::columns::Wanted;
use super::delimited::{Fields, Layout};
use super::labels::{Labels, first_of};
use super::missing::Missing;
use super::npz::{self, Array, Npz, check_shape};
use super::spec::{Conditions, Data, DataError, DataSpec, Features};
use super::suspicion::row_numbers;
use super::{Dataset, Table, Targets};
use crate::problem::{Problem, Remedy, counted};

/// The name of standard input.
pub const STANDARD_INPUT: &str = "-";

const UNKNOWN: &str = "data are read from .npz, .csv, .tsv and .txt files, and as text from standard \
                       input, which is -";

/// Returns by its name whether a file is a table of text, or else an archive of arrays; none if it
/// is neither. Standard input is a table.
pub fn is_table(file: &Path) -> Option<bool> {
    if file.as_os_str() == STANDARD_INPUT {
        return Some(true);
    }
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "npz" => Some(false),
        "csv" | "tsv" | "txt" => Some(true),
        _ => None,
    }
}

impl DataSpec {
    /// Reads a file of samples, or standard input.
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold samples as these options want them.
    pub fn read(&self, file: &Path) -> Result<Data, DataError> {
        match self.conditions {
            Some(Conditions::Unsaid(condition)) => return self.read_unlabelled(file, condition),
            Some(Conditions::KnownLabels { unsaid, .. }) if is_table(file) == Some(false) => {
                let has_labels = npz::has(file, &self.labels);
                if !has_labels.map_err(|what| DataError::new(file, what.into()))? {
                    return self.read_unlabelled(file, unsaid);
                }
            }
            _ => {}
        }
        let data = match is_table(file) {
            Some(false) => self.npz(file),
            Some(true) => self.table(file),
            None => Err(Problem::new(UNKNOWN)),
        };
        let data = data.and_then(|data| self.extract_data(data));
        data.map_err(|problem| DataError::new(file, problem))
    }

    /// Returns how many features a sample of a file has, where no network says so: the numbers of a
    /// row of the array, or the columns of a table that are neither labels nor left out nor beside. It
    /// does not matter how many are [wanted](DataSpec::inputs).
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn count_features(&self, file: &Path) -> Result<usize, DataError> {
        let count = match is_table(file) {
            Some(false) => self.open(file, &[&self.features]).and_then(|mut npz| {
                let Array { shape, .. } = npz.numbers(&self.features)?;
                Ok(shape.iter().skip(1).product())
            }),
            Some(true) => open_text(file).map_err(Problem::from).and_then(|text| {
                let labels = match self.conditions {
                    Some(Conditions::Unsaid(_)) => 0,
                    _ => self.labels_in_table(),
                };
                Ok(self.layout.count_features(text, Wanted { labels, ..self.wanted() })?)
            }),
            None => Err(Problem::new(UNKNOWN)),
        };
        count.map_err(|problem| DataError::new(file, problem))
    }

    /// Reads samples of which all that is known is the same.
    fn read_unlabelled(&self, file: &Path, condition: Condition) -> Result<Data, DataError> {
        let data = unlabelled(self.read_features(file)?, condition);
        data.map_err(|problem| DataError::new(file, problem))
    }

    /// Reads the features alone, of a file of samples or of standard input. Columns that are named
    /// as labels are left out.
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold features as these options want them.
    pub fn read_features(&self, file: &Path) -> Result<Features, DataError> {
        let features = match is_table(file) {
            Some(false) => self.features_of_npz(file),
            Some(true) => self.features_of_table(file),
            None => Err(Problem::new(UNKNOWN)),
        };
        let features = features.and_then(|features| self.extract_features(features));
        features.map_err(|problem| DataError::new(file, problem))
    }

    fn features_of_npz(&self, file: &Path) -> Result<Features, Problem> {
        let features = self.feature_array(&mut self.open(file, &[&self.features])?)?;
        self.select_features(features, |row, column| self.place_in_array(row, column))
    }

    fn features_of_table(&self, file: &Path) -> Result<Features, Problem> {
        let Layout { labels, drop, .. } = &self.layout;
        let drop = drop.iter().chain(labels).cloned().collect();
        let layout = Layout { labels: Vec::new(), drop, ..self.layout.clone() };
        let wanted = Wanted { labels: 0, numbers: false, optional: false, ..self.wanted() };
        let Fields { features, lines, places, names, ignored, .. } =
            layout.read(open_text(file)?, wanted)?;
        let features = Table { columns: self.inputs, numbers: features };
        let suspicions = row_numbers(&features, &names, &places).into_iter().collect();
        let features = self.select_features(features, |row, column| {
            format!("line {}, column {}", lines[row], places[column])
        })?;
        Ok(Features { names, ignored, suspicions, ..features })
    }

    /// Returns what is wanted of each row of a table.
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            features: self.inputs,
            are_recordings: self.front_end.is_some(),
            known: match self.known_features.len() == self.inputs {
                true => &self.known_features,
                false => &[],
            },
            labels: self.labels_in_table(),
            known_labels: &self.known_labels,
            optional: matches!(self.conditions, Some(Conditions::KnownLabels { .. })),
            numbers: self.targets.is_some(),
            beside: &self.beside,
        }
    }

    /// Checks features, and selects the samples that lack none, if others are to be left out.
    fn select_features(
        &self,
        mut features: Table,
        place: impl Fn(usize, usize) -> String,
    ) -> Result<Features, Problem> {
        self.check_features(&mut features, place)?;
        let lacks = |row: &usize| features.row(*row).iter().any(|number| number.is_nan());
        let rows = 0..features.rows();
        let rows: Vec<usize> =
            rows.filter(|row| self.missing != Some(Missing::Drop) || !lacks(row)).collect();
        let dropped = features.rows() - rows.len();
        let (names, ignored) = (Vec::new(), Vec::new());
        let (features, suspicions) = (features.select(&rows), Vec::new());
        Ok(Features { features, rows, dropped, names, ignored, suspicions })
    }

    fn open(&self, file: &Path, arrays: &[&str]) -> Result<Npz, Problem> {
        if self.layout != Layout::default() {
            let what =
                "columns, separators and headers are of tables of text, and this holds arrays";
            return Err(Problem::new(what).with(Remedy::Arrays));
        }
        Ok(Npz::open(file, arrays)?)
    }

    fn feature_array(&self, npz: &mut Npz) -> Result<Table, String> {
        let Array { shape, elements: numbers } = npz.numbers(&self.features)?;
        let columns = shape.iter().skip(1).product();
        self.check_channels(&self.features, &shape)?;
        if shape.len() < 2 || columns != self.inputs {
            return Err(format!(
                "array `{}` has shape {shape:?}, but {}",
                self.features,
                self.wanted_rows()
            ));
        }
        if let Some(input) = self.input {
            check_shape(&self.features, &shape, input, false)?;
        }
        Ok(Table { columns, numbers })
    }

    fn npz(&self, file: &Path) -> Result<Data, Problem> {
        let mut arrays = vec![&*self.features, &self.labels];
        arrays.extend(self.beside.iter().map(String::as_str));
        let mut npz = self.open(file, &arrays)?;
        let features = self.feature_array(&mut npz)?;
        let beside = self.beside.iter().map(|name| values(&mut npz, name, features.rows()));
        let beside = beside.collect::<Result<_, _>>()?;

        let Array { shape, elements: labels } = npz.numbers_or_texts(&self.labels)?;
        let each = if self.targets.is_some() { self.outputs } else { 1 };
        let columns = match *shape.as_slice() {
            [_] => 1,
            [_, columns] => columns,
            _ => 0,
        };
        if columns != each && (self.targets.is_some() || !self.takes_one_hot(columns)) {
            let wanted = match self.targets {
                Some(_) if each == 1 => "one number is".to_owned(),
                Some(_) => format!("{each} numbers are"),
                None => format!(
                    "one class, or one number for each of {} classes, is",
                    self.class_count()
                ),
            };
            let labels = &self.labels;
            let what =
                format!("array `{labels}` has shape {shape:?}, but {wanted} wanted for each row");
            let remedy = Some(Remedy::PredictNumbers).filter(|_| self.targets.is_none());
            return Err(Problem { what, remedy });
        }
        let rows = shape[0];
        if rows != features.rows() {
            let (features, labels) = (features.rows(), (&self.labels, rows));
            let rows = counted(features, "row");
            let what = format!("{rows} of features, but {} in `{}`", labels.1, labels.0);
            return Err(what.into());
        }
        let (data, rows) = self.data(
            features,
            (labels.into(), columns),
            |row| format!("array `{}`, row {}", self.labels, row + 1),
            |row, column| self.place_in_array(row, column),
        )?;
        Ok(Data { beside: select(beside, &rows), ..data })
    }

    fn place_in_array(&self, row: usize, column: usize) -> String {
        format!("array `{}`, row {}, column {}", self.features, row + 1, column + 1)
    }

    fn table(&self, file: &Path) -> Result<Data, Problem> {
        let text = open_text(file)?;
        let labels = self.labels_in_table();
        if self.targets.is_none() && labels > 1 && !self.takes_one_hot(labels) {
            let classes = self.class_count();
            let what = format!("a label is one column, or one for each of {classes} classes");
            return Err(what.into());
        }
        if self.targets.is_some() && ![0, labels].contains(&self.layout.labels.len()) {
            let named = self.layout.labels.len();
            let (named, targets) = (counted(named, "named column"), counted(labels, "target"));
            return Err(format!("{named}, but {targets}").into());
        }
        let fields = self.layout.read(text, self.wanted())?;
        let Fields { features, classes, targets, lines, places, .. } = fields;
        let Fields { names, label_names, ignored, beside, .. } = fields;
        let features = Table { columns: self.inputs, numbers: features };
        let place = |row: usize| format!("line {}", lines[row]);
        let place_of_feature =
            |row: usize, column: usize| format!("line {}, column {}", lines[row], places[column]);
        if let Some(&Conditions::KnownLabels { unsaid, .. }) = self.conditions.as_ref()
            && classes.is_empty()
        {
            let features = self.select_features(features, place_of_feature)?;
            let beside = select(beside, &features.rows);
            let data = unlabelled(Features { names, ignored, ..features }, unsaid)?;
            return Ok(Data { beside, ..data });
        }
        let values = match self.targets {
            Some(_) => Labels::Numbers(targets),
            None => Labels::of_fields(classes, |field| place(field / labels))?,
        };
        let of_class = self.class_suspected(&features, &values, [&names, &label_names], &places);
        let suspicions = row_numbers(&features, &names, &places).into_iter().chain(of_class);
        let suspicions = suspicions.collect();
        let (data, rows) = self.data(features, (values, labels), place, place_of_feature)?;
        let beside = select(beside, &rows);
        Ok(Data { names, label_names, ignored, beside, suspicions, ..data })
    }

    /// Scales features and puts known means where some are missing; returns an error if there are
    /// none, or one is no number and must be.
    fn check_features(
        &self,
        features: &mut Table,
        place: impl Fn(usize, usize) -> String,
    ) -> Result<(), Problem> {
        if features.rows() == 0 {
            return Err(Problem::new("it has no samples"));
        }
        for number in &mut features.numbers {
            *number *= self.scale;
        }
        let place = |index: usize| place(index / self.inputs, index % self.inputs);
        // What a recording lacks is found below.
        let may_lack = self.missing.is_some() || self.front_end.is_some();
        let wrong = |number: &f32| number.is_infinite() || number.is_nan() && !may_lack;
        let Some(index) = features.numbers.iter().position(wrong) else {
            for (index, &number) in features.numbers.iter().enumerate() {
                self.check_sample(number, || place(index))?;
            }
            self.fill_known_means(features);
            return Ok(());
        };
        let place = place(index);
        let number = features.numbers[index];
        Err(match number.is_nan() {
            true => {
                Problem::new(format!("{place}: a value is missing")).with(Remedy::FillOrLeaveOut)
            }
            false => format!("{place}: {number} is no finite number").into(),
        })
    }

    /// Checks features, and labels in so many columns; says where they are in the file. Returns the
    /// samples, and which of the rows these are.
    fn data(
        &self,
        mut features: Table,
        (mut labels, columns): (Labels, usize),
        place: impl Fn(usize) -> String,
        place_of_feature: impl Fn(usize, usize) -> String,
    ) -> Result<(Data, Vec<usize>), Problem> {
        let rows = features.rows();
        self.check_features(&mut features, place_of_feature)?;
        let lacks_label = |row: &usize| labels.is_missing(row * columns..(row + 1) * columns);
        let selected: Vec<usize> = (0..rows)
            .filter(|row| {
                let lacks =
                    lacks_label(row) || features.row(*row).iter().any(|number| number.is_nan());
                self.missing != Some(Missing::Drop) || !lacks
            })
            .collect();
        if let Some(&row) = selected.iter().find(|row| lacks_label(row)) {
            let place = place(row);
            let what = format!("{place}: the label is missing");
            return Err(Problem::new(what).with(Remedy::LeaveOut));
        }
        if selected.is_empty() {
            return Err(Problem::new("every sample lacks a value"));
        }
        if selected.len() < rows {
            features = features.select(&selected);
            labels = labels.select(&selected, columns);
        }
        let place = |row: usize| place(selected[row]);
        let (targets, classes) = match self.targets {
            Some(domain) => (labels.numbers(self.outputs, domain, place)?, Vec::new()),
            None => {
                let known = self.known_classes.as_deref();
                if columns > 1 {
                    if let Some(known @ [_, ..]) = known {
                        let what = format!(
                            "a 1 among {columns} columns is the number of a class, but the classes of the model \
                             have names: {}",
                            first_of(known)
                        );
                        return Err(what.into());
                    }
                    labels = labels.one_hot(columns, place)?;
                }
                match &self.conditions {
                    Some(Conditions::Labels(normal) | Conditions::KnownLabels { normal, .. }) => {
                        (labels.conditions(normal), Vec::new())
                    }
                    _ => labels.classes(self.outputs, known, self.new_classes, place)?,
                }
            }
        };
        let dataset = Dataset::of_tables(features, targets, classes).map_err(text)?;
        let (names, label_names, ignored) = (Vec::new(), Vec::new(), Vec::new());
        let (dropped, beside, suspicions) = (rows - selected.len(), Vec::new(), Vec::new());
        let data = Data { dataset, dropped, names, label_names, ignored, beside, suspicions };
        Ok((data, selected))
    }
}

/// Returns samples of which all that is known is the same.
fn unlabelled(all: Features, condition: Condition) -> Result<Data, Problem> {
    let Features { features, dropped, names, ignored, suspicions, .. } = all;
    let targets = Targets::Conditions(vec![condition; features.rows()]);
    let dataset = Dataset::of_tables(features, targets, Vec::new()).map_err(text)?;
    let (label_names, beside) = (Vec::new(), Vec::new());
    Ok(Data { dataset, dropped, names, label_names, ignored, beside, suspicions })
}

/// Opens a table, or standard input.
fn open_text(file: &Path) -> Result<Box<dyn BufRead>, String> {
    Ok(if file.as_os_str() == STANDARD_INPUT {
        Box::new(BufReader::new(source::stream(io::stdin().lock())))
    } else {
        Box::new(BufReader::new(source::table(file).map_err(text)?))
    })
}

fn text(error: impl Display) -> String {
    error.to_string()
}
