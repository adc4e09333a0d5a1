//! Columns of a text table: which of them are features, by their names or by where they are, which
//! are labels, and which are neither.

use std::io::{BufRead, Read};

use csv::StringRecord;

use super::delimited::{FIRST_LINE, Layout};
use super::labels::first_of;
use super::records::{Records, line, separator};
use crate::problem::{Problem, Remedy, counted};

/// What is wanted of each row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// How many features.
    pub features: usize,
    /// Whether these are the samples of a recording.
    pub are_recordings: bool,
    /// Their names, if they are known.
    pub known: &'a [String],
    /// How many labels.
    pub labels: usize,
    /// The names of their columns, if they are known: among features alone, these are left out.
    pub known_labels: &'a [String],
    /// Whether there are labels only where a header has these names.
    pub optional: bool,
    /// Whether labels are numbers, which are predicted, and not classes.
    pub numbers: bool,
    /// Columns that are neither, and are read as text.
    pub beside: &'a [String],
}

impl Wanted<'_> {
    /// Returns what is wrong with a feature. One that is a word may be a label, or in a column that
    /// is none; not where it is known which columns are features.
    pub fn no_feature(&self, what: String, field: &str) -> Problem {
        let is_word = field.chars().all(char::is_alphabetic);
        let remedy = match self.labels {
            0 => Remedy::LeaveOutColumns,
            _ => Remedy::OtherLabel,
        };
        let remedy = (is_word && self.known.is_empty()).then_some(remedy);
        Problem { what, remedy }
    }
}

/// Which columns are for what.
pub(super) struct Columns {
    pub(super) features: Vec<usize>,
    pub(super) labels: Vec<usize>,
    pub(super) ignored: Vec<usize>,
    pub(super) beside: Vec<usize>,
    pub(super) all: usize,
    dropped: usize,
}

impl Layout {
    /// Returns how many columns of a table are features, by its first line: those that are nothing
    /// else. It does not matter how many are wanted.
    ///
    /// # Errors
    /// If it cannot be read, or lacks a column.
    pub fn count_features(
        &self,
        mut text: impl BufRead,
        wanted: Wanted<'_>,
    ) -> Result<usize, String> {
        let mut start = Vec::new();
        let first = text.by_ref().take(FIRST_LINE).read_until(b'\n', &mut start);
        first.map_err(|error| error.to_string())?;
        let separator = self.separator.unwrap_or_else(|| separator(&start, 0));
        let (mut records, mut first) = (Records::new(&start[..], separator), StringRecord::new());
        records.read(&mut first)?;
        // Names are those of a header.
        let header = self.header.unwrap_or_else(|| self.named(&first, wanted).is_some());
        Ok(self.columns(&first, header, wanted)?.features.len())
    }

    /// Returns a column that is given by its name.
    pub(super) fn named<'a>(
        &'a self,
        first: &StringRecord,
        wanted: Wanted<'a>,
    ) -> Option<&'a String> {
        let numbers = 1..=first.len();
        let by_number = |column: &String| column.parse().is_ok_and(|at| numbers.contains(&at));
        let mut given = self.labels.iter().chain(&self.drop).chain(wanted.beside);
        given.find(|column| !by_number(column))
    }

    /// Which columns of a first line like this are for what.
    pub(super) fn columns(
        &self,
        first: &StringRecord,
        header: bool,
        wanted: Wanted<'_>,
    ) -> Result<Columns, String> {
        let all: Vec<usize> = (0..first.len()).collect();
        let find = |column: &String| {
            let named = if header { place_of(first, &all, column)? } else { None };
            let numbered = column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            named.or(numbered.filter(|&number| number < first.len())).ok_or_else(|| {
                let names: Vec<&str> = first.iter().collect();
                let there = if header { names.join(", ") } else { format!("1 to {}", first.len()) };
                format!("there is no column `{column}`, but {there}")
            })
        };
        let mut dropped = self.drop.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let beside = wanted.beside.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        dropped.extend(&beside);
        dropped.sort_unstable();
        dropped.dedup();
        if header && wanted.labels == 0 {
            let is_label =
                |column: &usize| wanted.known_labels.iter().any(|name| name == &first[*column]);
            let is_left = |column: &usize| !dropped.contains(column);
            let labels: Vec<usize> = all.iter().copied().filter(is_left).filter(is_label).collect();
            dropped.extend(labels);
        }
        let mut left = all.clone();
        left.retain(|column| !dropped.contains(column));
        let given = self.labels.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let is_named = header && !wanted.known.is_empty();
        let known = match is_named {
            true => known_columns(first, &left, wanted.known, "features")?,
            false => Vec::new(),
        };
        let names_labels = header && wanted.labels > 0 && !wanted.known_labels.is_empty();
        let labels = match given.is_empty() {
            false => given,
            true if wanted.optional
                && !(names_labels && has_all(first, &left, wanted.known_labels)) =>
            {
                Vec::new()
            }
            true if names_labels => known_columns(first, &left, wanted.known_labels, "labels")?,
            true => {
                let mut others = left.clone();
                others.retain(|column| !known.contains(column));
                others.split_off(others.len().saturating_sub(wanted.labels))
            }
        };
        left.retain(|column| !known.contains(column));
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
        if is_named && !wanted.optional && labels.len() < wanted.labels {
            let names: Vec<String> = first.iter().map(str::to_owned).collect();
            let there = first_of(&names);
            return Err(format!("beside the model's features there is no label in {there}"));
        }
        left.retain(|column| !labels.contains(column));
        let (features, ignored) = if is_named { (known, left) } else { (left, Vec::new()) };
        let (all, dropped) = (first.len(), dropped.len());
        Ok(Columns { features, labels, ignored, beside, all, dropped })
    }
}

impl Columns {
    /// What is said of a row with other columns than these, or than the network wants.
    pub(super) fn misfit(&self, row: &StringRecord, wanted: Wanted<'_>) -> Problem {
        let Wanted { features, are_recordings, numbers, .. } = wanted;
        let labels = if wanted.optional { self.labels.len() } else { wanted.labels };
        let ignored = self.ignored.len();
        let all = features + labels + self.dropped + ignored;
        let dropped = match self.dropped {
            0 => String::new(),
            dropped => format!(", {dropped} dropped"),
        };
        let labels = match (labels, numbers) {
            (0, _) => String::new(),
            (_, true) => format!(" and {}", counted(labels, "target")),
            (_, false) => format!(" and {}", counted(labels, "class")),
        };
        let ignored = if ignored > 0 { format!(", {ignored} ignored") } else { String::new() };
        let features = match are_recordings {
            true => format!("{} of a recording", counted(features, "sample")),
            false => counted(features, "feature"),
        };
        let what = format!(
            "line {} has {}, but {all} are wanted: {features}{labels}{dropped}{ignored}",
            line(row),
            counted(row.len(), "column"),
        );
        let remedy = Some(Remedy::LeaveOutColumns).filter(|_| row.len() > all);
        Problem { what, remedy }
    }
}

/// Returns where the columns are that a model knows, `what` they are, among those of a header that
/// are left.
fn known_columns(
    header: &StringRecord,
    left: &[usize],
    known: &[String],
    what: &str,
) -> Result<Vec<usize>, String> {
    let (mut places, mut lacking) = (Vec::new(), Vec::new());
    for name in known {
        match place_of(header, left, name)? {
            Some(place) => places.push(place),
            None => lacking.push(name.clone()),
        }
    }
    if lacking.is_empty() {
        return Ok(places);
    }
    let there: Vec<String> = left.iter().map(|&column| header[column].to_owned()).collect();
    let (lacking, there) = (first_of(&lacking), first_of(&there));
    Err(format!("{what} of the model are missing: {lacking}; the header has {there}"))
}

/// Returns where among these columns of a header a name is, if it is there.
fn place_of(header: &StringRecord, among: &[usize], name: &str) -> Result<Option<usize>, String> {
    let mut places = among.iter().copied().filter(|&column| &header[column] == name);
    match (places.next(), places.next()) {
        (Some(one), Some(other)) => {
            Err(format!("columns {} and {} are both named `{name}`", one + 1, other + 1))
        }
        (place, _) => Ok(place),
    }
}

/// Returns whether all of these names are among these columns of a header.
fn has_all(header: &StringRecord, among: &[usize], names: &[String]) -> bool {
    names.iter().all(|name| among.iter().any(|&column| &header[column] == name))
}

/// Returns whether a first line has one of these names, which is no number.
pub(super) fn names_one(first: &StringRecord, known: &[String]) -> bool {
    let is_name = |field: &&str| field.parse::<f32>().is_err();
    first.iter().filter(is_name).any(|field| known.iter().any(|name| name == field))
}

/// Returns these names, if all are there, and each is once among `all`; else none.
pub(super) fn distinct(names: Vec<String>, all: &[String]) -> Vec<String> {
    let is_one =
        |name: &String| !name.is_empty() && all.iter().filter(|other| *other == name).count() == 1;
    if names.iter().all(is_one) { names } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_labels_are_found_by_their_names() {
        let names = ["p", "q", "y1", "y2"].map(str::to_owned);
        let wanted = Wanted {
            features: 2,
            are_recordings: false,
            known: &names[..2],
            labels: 2,
            known_labels: &names[2..],
            numbers: true,
            optional: false,
            beside: &[],
        };
        let read = |layout: &Layout, text: &str, wanted| {
            layout.read(text.as_bytes(), wanted).map_err(|problem| problem.what)
        };
        let any = Layout::default();
        let text = "y2,p,y1,r,q\n1,2,3,4,5\n";
        let fields = read(&any, text, wanted).unwrap();
        assert_eq!((fields.features, fields.targets), (vec![2.0, 5.0], vec![3.0, 1.0]));
        assert_eq!(
            (&fields.label_names[..], &fields.ignored[..]),
            (&names[2..], &["r".to_owned()][..])
        );
        // Where features have no names that are known, too.
        let positions = Wanted { known: &[], ..wanted };
        let fields = read(&any, "y2,p,y1,q\n1,2,3,5\n", positions).unwrap();
        assert_eq!((fields.features, fields.targets), (vec![2.0, 5.0], vec![3.0, 1.0]));
        // Those that are given count before.
        let given = Layout { labels: ["y1", "r"].map(str::to_owned).to_vec(), ..Layout::default() };
        assert_eq!(read(&given, text, wanted).unwrap().targets, [3.0, 4.0]);
        // Among features alone they are left out.
        let features = Wanted { labels: 0, ..positions };
        assert_eq!(read(&any, "y2,p,y1,q\n1,2,3,5\n", features).unwrap().features, [2.0, 5.0]);
        // Without a header they are the last ones.
        assert_eq!(read(&any, "1,2,3,4\n", wanted).unwrap().targets, [3.0, 4.0]);
        let error = read(&any, "y2,p,y,r,q\n1,2,3,4,5\n", wanted).unwrap_err();
        assert_eq!(error, "labels of the model are missing: y1; the header has y2, p, y, r, q");
        let optional = Wanted {
            labels: 1,
            known_labels: &names[2..3],
            numbers: false,
            optional: true,
            ..wanted
        };
        let classes = |text| read(&any, text, optional).unwrap().classes;
        assert_eq!(
            (classes("q,y1,p\n1,x,2\n"), classes("q,y,p\n1,x,2\n")),
            (vec!["x".to_owned()], vec![])
        );
        assert_eq!(classes("1,2\n"), <[String; 0]>::default());
    }

    #[test]
    fn two_columns_of_a_name_that_is_looked_for_are_refused() {
        let known = ["a", "b"].map(str::to_owned);
        let wanted = Wanted { features: 2, known: &known, labels: 1, ..Wanted::default() };
        let label = Layout { labels: vec!["kind".to_owned()], ..Layout::default() };
        let drop = Layout { drop: vec!["kind".to_owned()], ..Layout::default() };
        for (layout, text, error) in [
            (&Layout::default(), "a,b,a,kind\n1,2,3,x\n", "columns 1 and 3 are both named `a`"),
            (&label, "kind,a,b,kind\nx,1,2,y\n", "columns 1 and 4 are both named `kind`"),
            (&drop, "a,kind,kind,b,c\n1,x,y,2,z\n", "columns 2 and 3 are both named `kind`"),
        ] {
            let found = layout.read(text.as_bytes(), wanted).unwrap_err().what;
            assert_eq!(found, error, "{text}");
        }
        // Those that nobody looks for may have any names.
        let fields = Layout::default().read(&b"id,a,b,id,kind\n7,1,2,8,x\n"[..], wanted).unwrap();
        assert_eq!(fields.features, [1.0, 2.0]);
        // Names that would not be found again are not kept.
        let unknown = Wanted { known: &[], ..wanted };
        let fields = Layout::default().read(&b"a,b,b\n1,2,x\n"[..], unknown).unwrap();
        assert_eq!((fields.names, fields.label_names), (vec![], vec![]));
    }
}
