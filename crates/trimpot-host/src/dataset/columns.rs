//! Columns of a text table: which of them are features, by their names or by where they are, which
//! are labels, and which are neither.

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
    Err(format!("features of the model are missing: {lacking}; the header has {there}"))
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
    fn two_columns_of_a_name_that_is_looked_for_are_refused() {
        let known = ["a", "b"].map(str::to_owned);
        let wanted = Wanted { features: 2, known: &known, labels: 1, numbers: false };
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
        assert_eq!(fields.names, <[String; 0]>::default());
    }
}
