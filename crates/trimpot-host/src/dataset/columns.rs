//! Columns of a text table: which of them are features, by their names or by where they are, which
//! are labels, and which are neither.

use std::collections::BTreeSet;

use csv::StringRecord;

use super::delimited::Layout;
use super::labels::first_of;
use super::records::line;
use crate::problem::{Problem, Remedy};

/// What is wanted of each row.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// How many features.
    pub features: usize,
    /// Their names, if they are known.
    pub known: &'a [String],
    /// How many labels.
    pub labels: usize,
    /// Whether labels are numbers, which are predicted, and not classes.
    pub numbers: bool,
}

/// Which columns are for what.
pub(super) struct Columns {
    pub(super) features: Vec<usize>,
    pub(super) labels: Vec<usize>,
    pub(super) ignored: Vec<usize>,
    pub(super) all: usize,
    dropped: usize,
}

impl Layout {
    /// Which columns of a first line like this are for what.
    pub(super) fn columns(
        &self,
        first: &StringRecord,
        header: bool,
        wanted: Wanted<'_>,
    ) -> Result<Columns, String> {
        let find = |column: &String| {
            let named = first.iter().position(|name| header && name == column);
            let numbered = column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            named.or(numbered.filter(|&number| number < first.len())).ok_or_else(|| {
                let names: Vec<&str> = first.iter().collect();
                let there = if header { names.join(", ") } else { format!("1 to {}", first.len()) };
                format!("there is no column `{column}`, but {there}")
            })
        };
        let dropped = self.drop.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let mut left: Vec<usize> =
            (0..first.len()).filter(|column| !dropped.contains(column)).collect();
        let given = self.labels.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let is_named = header && !wanted.known.is_empty();
        let known = if is_named { known_columns(first, &left, wanted.known)? } else { Vec::new() };
        left.retain(|column| !known.contains(column));
        let labels = if given.is_empty() {
            left.split_off(left.len().saturating_sub(wanted.labels))
        } else {
            given
        };
        for (index, label) in labels.iter().enumerate() {
            let column = label + 1;
            if dropped.contains(label) || labels[..index].contains(label) {
                return Err(format!(
                    "column {column} is given twice, as a label or to be left out"
                ));
            }
            if known.contains(label) {
                return Err(format!("column {column} is a feature of the model, and no label"));
            }
        }
        if is_named && labels.len() < wanted.labels {
            let names: Vec<String> = first.iter().map(str::to_owned).collect();
            let there = first_of(&names);
            return Err(format!("beside the model's features there is no label in {there}"));
        }
        left.retain(|column| !labels.contains(column));
        let (features, ignored) = if is_named { (known, left) } else { (left, Vec::new()) };
        Ok(Columns { features, labels, ignored, all: first.len(), dropped: dropped.len() })
    }
}

impl Columns {
    /// What is said of a row with other columns than these, or than the network wants.
    pub(super) fn misfit(&self, row: &StringRecord, wanted: Wanted<'_>) -> Problem {
        let Wanted { features, labels, numbers, .. } = wanted;
        let ignored = self.ignored.len();
        let all = features + labels + self.dropped + ignored;
        let dropped = match self.dropped {
            0 => String::new(),
            dropped => format!(", {dropped} dropped"),
        };
        let labels = match (labels, numbers) {
            (0, _) => String::new(),
            (_, true) => format!(" and {labels} targets"),
            (_, false) => format!(" and {labels} class"),
        };
        let ignored = if ignored > 0 { format!(", {ignored} ignored") } else { String::new() };
        let what = format!(
            "line {} has {} columns, but {all} are wanted: {features} features{labels}{dropped}{ignored}",
            line(row),
            row.len(),
        );
        let remedy = Some(Remedy::LeaveOutColumns).filter(|_| row.len() > all);
        Problem { what, remedy }
    }
}

/// Returns where the columns are that a model knows, among those of a header that are left.
fn known_columns(
    header: &StringRecord,
    left: &[usize],
    known: &[String],
) -> Result<Vec<usize>, String> {
    let place = |name: &String| left.iter().copied().find(|&column| &header[column] == name);
    let lacking: Vec<String> = known.iter().filter(|name| place(name).is_none()).cloned().collect();
    if lacking.is_empty() {
        return Ok(known.iter().filter_map(place).collect());
    }
    let there: Vec<String> = left.iter().map(|&column| header[column].to_owned()).collect();
    let (lacking, there) = (first_of(&lacking), first_of(&there));
    Err(format!("features of the model are missing: {lacking}; the header has {there}"))
}

/// Returns whether a first line has one of these names, which is no number.
pub(super) fn names_one(first: &StringRecord, known: &[String]) -> bool {
    let is_name = |field: &&str| field.parse::<f32>().is_err();
    first.iter().filter(is_name).any(|field| known.iter().any(|name| name == field))
}

/// Returns whether all names are there, and no two are the same.
pub(super) fn are_distinct(names: &[String]) -> bool {
    let all: BTreeSet<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    all.len() == names.len()
}
