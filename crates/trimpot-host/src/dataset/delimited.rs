//! Text tables: `.csv` and its relatives, whatever separates their columns.

use std::io::{BufRead, Read};

use csv::StringRecord;

use super::columns::{Columns, Wanted, distinct, names_one};
use super::header::{Header, Kind};
use super::missing::{is_missing, is_missing_class};
use super::records::{Records, line, separator};
use crate::problem::{Problem, Remedy};

/// What is known of a table before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Whether the first line has names; if not given, the lines tell.
    pub header: Option<bool>,
    /// What separates columns; if not given, the first line tells.
    pub separator: Option<u8>,
    /// The columns of the class or of the targets, by name or by number from 1; if not given, the
    /// last ones.
    pub labels: Vec<String>,
    /// Columns that are left out.
    pub drop: Vec<String>,
}

/// A table of samples. Numbers that are missing are NaN, classes that are missing are empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// The features, row by row.
    pub features: Vec<f32>,
    /// The classes, row by row, unless there are targets.
    pub classes: Vec<String>,
    /// The targets, row by row, unless there are classes.
    pub targets: Vec<f32>,
    /// The line of each row.
    pub lines: Vec<u64>,
    /// Where each feature is, from 1.
    pub places: Vec<usize>,
    /// The names of the features, if there is a header and they are no other column's.
    pub names: Vec<String>,
    /// The names of the columns of labels, likewise.
    pub label_names: Vec<String>,
    /// The names of columns that are left out, because they are none of the known features.
    pub ignored: Vec<String>,
    /// What is in each of the columns beside them, row by row; empty where nothing is.
    pub beside: Vec<Vec<String>>,
}

/// The longest first line that is looked at for separators.
pub(super) const FIRST_LINE: u64 = 1 << 20;

impl Layout {
    /// Reads features and labels of each sample; labels are names of classes, or numbers.
    ///
    /// # Errors
    /// If the text is no table, or a value is no number.
    pub fn read(&self, mut text: impl BufRead, wanted: Wanted<'_>) -> Result<Fields, Problem> {
        let either = |what| Problem::new(what).with(Remedy::Header);
        let error = |error: &dyn std::fmt::Display| error.to_string();
        let mut start = Vec::new();
        text.by_ref().take(FIRST_LINE).read_until(b'\n', &mut start).map_err(|e| error(&e))?;
        let others = self.drop.len() + wanted.beside.len();
        let columns = wanted.features + wanted.labels + others;
        let separator = self.separator.unwrap_or_else(|| separator(&start, columns));
        let mut records = Records::new(start.chain(text), separator);
        let (mut first, mut row) = (StringRecord::new(), StringRecord::new());
        if !records.read(&mut first)? {
            return Ok(Fields::default());
        }
        let kinds = Kinds { wanted, separator };
        let mut header = self.header(&first, kinds)?;
        // While the first line may be a header or a sample, the lines below are read as under
        // either.
        let reading = |header| Reading { header, rows: self.rows(&first, header, kinds) };
        let mut readings = vec![reading(true), reading(false)];
        loop {
            if let Some(answer) = header.answer() {
                let answer = answer.clone().map_err(either)?;
                readings.retain(|reading| reading.header == answer);
                if let Some(Reading { rows: Err(error), .. }) = readings.first() {
                    return Err(error.clone());
                }
            }
            if !records.read(&mut row)? {
                break;
            }
            header.see(&row);
            readings.iter_mut().for_each(|reading| reading.see(&row));
        }
        let header = header.decide().map_err(either)?;
        let reading = readings.into_iter().find(|reading| reading.header == header);
        Ok(reading.expect("there is one under either answer").rows?.fields)
    }

    /// Whether the first line is a header, as far as that line and the options say.
    fn header(&self, first: &StringRecord, kinds: Kinds<'_>) -> Result<Header, String> {
        let Kinds { wanted, .. } = kinds;
        match (self.header, self.named(first, wanted)) {
            (Some(false), Some(name)) => Err(format!("there is no header with a column `{name}`")),
            (Some(header), _) => Ok(Header::known(header)),
            (None, Some(_)) => Ok(Header::known(true)),
            (None, None)
                if names_one(first, wanted.known) || names_one(first, wanted.known_labels) =>
            {
                Ok(Header::known(true))
            }
            (None, None) => {
                let columns = self.columns(first, false, wanted)?;
                if columns.features.len() != wanted.features {
                    return Ok(Header::known(false)); // An error, whatever it is.
                }
                let label = if wanted.numbers { Kind::Number } else { Kind::Class };
                let mut kinds = vec![Kind::Dropped; columns.all];
                columns.features.iter().for_each(|&column| kinds[column] = Kind::Number);
                columns.labels.iter().for_each(|&column| kinds[column] = label);
                Ok(Header::new(first, kinds))
            }
        }
    }

    /// The rows of a table with this first line, which is a header or the first of them.
    fn rows<'a>(
        &self,
        first: &StringRecord,
        header: bool,
        kinds: Kinds<'a>,
    ) -> Result<Rows<'a>, Problem> {
        let columns = self.columns(first, header, kinds.wanted)?;
        if columns.features.len() != kinds.wanted.features {
            return Err(columns.misfit(first, kinds.wanted));
        }
        let places = columns.features.iter().map(|column| column + 1).collect();
        let named = |columns: &[usize]| -> Vec<String> {
            columns.iter().map(|&column| first[column].to_owned()).collect()
        };
        let beside = vec![Vec::new(); columns.beside.len()];
        let ignored = named(&columns.ignored);
        let mut fields = Fields { places, ignored, beside, ..Fields::default() };
        if header {
            let [names, labels] = [named(&columns.features), named(&columns.labels)];
            let all = [&names[..], &labels, &fields.ignored].concat();
            fields.names = distinct(names, &all);
            fields.label_names = distinct(labels, &all);
        }
        let mut rows = Rows { columns, kinds, fields, mark: None };
        if !header {
            rows.push(first)?;
        }
        Ok(rows)
    }
}

/// What is wanted of each row, and what separates its fields.
#[derive(Clone, Copy)]
struct Kinds<'a> {
    wanted: Wanted<'a>,
    separator: u8,
}

/// A table as it is if its first line is a header, or is none: what became of its rows, or the
/// first error.
struct Reading<'a> {
    header: bool,
    rows: Result<Rows<'a>, Problem>,
}

impl Reading<'_> {
    fn see(&mut self, row: &StringRecord) {
        if let Ok(rows) = &mut self.rows
            && let Err(error) = rows.push(row)
        {
            self.rows = Err(error);
        }
    }
}

/// Rows, of which nothing stays but their numbers and classes.
struct Rows<'a> {
    columns: Columns,
    kinds: Kinds<'a>,
    fields: Fields,
    mark: Mark,
}

impl Rows<'_> {
    fn push(&mut self, row: &StringRecord) -> Result<(), Problem> {
        let Rows { columns, kinds, fields, mark } = self;
        if row.len() != columns.all {
            return Err(columns.misfit(row, kinds.wanted));
        }
        for &column in &columns.features {
            let feature = number(row, column, kinds.separator, mark);
            fields
                .features
                .push(feature.map_err(|what| kinds.wanted.no_feature(what, &row[column]))?);
        }
        for &column in &columns.labels {
            if kinds.wanted.numbers {
                fields.targets.push(number(row, column, kinds.separator, mark)?);
            } else {
                let class = Some(&row[column]).filter(|class| !is_missing_class(class));
                fields.classes.push(class.unwrap_or_default().to_owned());
            }
        }
        for (values, &column) in fields.beside.iter_mut().zip(&columns.beside) {
            let value = Some(&row[column]).filter(|value| !is_missing_class(value));
            values.push(value.unwrap_or_default().to_owned());
        }
        fields.lines.push(line(row));
        Ok(())
    }
}

/// A decimal mark, and the line where it was first.
type Mark = Option<(char, u64)>;

/// A field as a number; NaN if there is none. A decimal comma is one where commas separate nothing
/// else, and then all numbers have it.
fn number(
    row: &StringRecord,
    column: usize,
    separator: u8,
    mark: &mut Mark,
) -> Result<f32, String> {
    let field = &row[column];
    if is_missing(field) {
        return Ok(f32::NAN);
    }
    let place = || format!("line {}, column {}", line(row), column + 1);
    let has_comma = separator != b',' && field.matches(',').count() == 1;
    let plain = if has_comma && !field.contains('.') {
        field.replace(',', ".").parse::<f32>()
    } else {
        field.parse()
    };
    let number = plain.ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| format!("{}: `{field}` is no finite number", place()))?;
    if let Some(own) = field.chars().find(|&letter| letter == ',' || letter == '.') {
        let (first, at) = *mark.get_or_insert((own, line(row)));
        if first != own {
            return Err(format!("{}: `{field}` has a `{own}`, but line {at} a `{first}`", place()));
        }
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(layout: &Layout, text: &str, features: usize) -> Result<Fields, String> {
        let wanted = Wanted { features, labels: 1, ..Wanted::default() };
        layout.read(text.as_bytes(), wanted).map_err(|problem| problem.what)
    }

    #[test]
    fn known_features_are_found_by_their_names() {
        let known = ["b", "a"].map(str::to_owned);
        let read = |layout: &Layout, text: &str, labels| {
            let wanted = Wanted { features: 2, known: &known, labels, ..Wanted::default() };
            layout.read(text.as_bytes(), wanted).map_err(|problem| problem.what)
        };
        let any = Layout::default();
        // In another order, with a column that nobody knows.
        let fields = read(&any, "a,id,b,kind\n1,7,2,x\n3,8,4,y\n", 1).unwrap();
        assert_eq!(fields.features, [2.0, 1.0, 4.0, 3.0]);
        assert_eq!((&fields.names[..], &fields.ignored[..]), (&known[..], &["id".to_owned()][..]));
        assert_eq!(
            (&fields.classes[..], &fields.places[..]),
            (&["x", "y"].map(String::from)[..], &[3, 1][..])
        );
        let fields = read(&any, "a;kind;b\n1;x;2\n", 0).unwrap();
        assert_eq!((fields.features, fields.ignored), (vec![2.0, 1.0], vec!["kind".to_owned()]));
        // Numbers alone are by position, as are those below a header that is said to be none.
        assert_eq!(read(&any, "1,2,x\n3,4,y\n", 1).unwrap().features, [1.0, 2.0, 3.0, 4.0]);
        let by_label = Layout { labels: vec!["kind".to_owned()], ..Layout::default() };
        assert_eq!(read(&by_label, "kind,a,b\nx,1,2\n", 1).unwrap().features, [2.0, 1.0]);
        let dropping = Layout { drop: vec!["a".to_owned()], ..Layout::default() };
        let by_feature = Layout { labels: vec!["a".to_owned()], ..Layout::default() };
        for (layout, text, error) in [
            (
                &any,
                "a,c,kind\n1,2,x\n",
                "features of the model are missing: b; the header has a, c, kind",
            ),
            (
                &any,
                "c,d,kind\n1,2,x\n",
                "features of the model are missing: b, a; the header has c, d, kind",
            ),
            (
                &dropping,
                "a,b,kind\n1,2,x\n",
                "features of the model are missing: a; the header has b, kind",
            ),
            (&by_feature, "a,b,kind\n1,2,x\n", "column 1 is a feature of the model, and no label"),
            (&any, "a,b\n1,2\n", "beside the model's features there is no label in a, b"),
            (
                &any,
                "a,b,c,kind\n1,2,3\n",
                "line 2 has 3 columns, but 4 are wanted: 2 features and 1 class, 1 ignored",
            ),
        ] {
            assert_eq!(read(layout, text, 1), Err(error.to_owned()), "{text}");
        }
    }

    #[test]
    fn names_are_those_of_a_header_that_tells_columns_apart() {
        let named = |text| read(&Layout::default(), text, 2).unwrap().names;
        assert_eq!(named("a,b,c\n1,2,x\n"), ["a", "b"]);
        assert_eq!(named("a,a,c\n1,2,x\n"), <[&str; 0]>::default());
        assert_eq!(named(",b,c\n1,2,x\n"), <[&str; 0]>::default());
        assert_eq!(named("1,2,x\n3,4,y\n"), <[&str; 0]>::default());
    }

    #[test]
    fn columns_are_separated_by_commas_semicolons_and_tabs() {
        let expected = read(&Layout::default(), "a,b,c\n0.5,-1,x\n2,1e3,y\n", 2).unwrap();
        assert_eq!(expected.features, [0.5, -1.0, 2.0, 1000.0]);
        assert_eq!(
            (expected.classes.as_slice(), &expected.lines[..]),
            (&["x", "y"].map(String::from)[..], &[2, 3][..])
        );
        for text in [
            "a;b;c\n0.5;-1;x\n2;1e3;y\n",
            "a\tb\tc\n0.5\t-1\tx\n2\t1e3\ty",
            "a;b;c\r\n0,5;-1;x\r\n2;1e3;y\r\n",
            "a\tb\tc\n0,5\t-1\tx\n2,0\t1e3\ty\n",
            "\"a\";b;c\n0,5;-1;x\n2;1e3;y\n",
            "a,b,c\r0.5,-1,x\r2,1e3,y",
            "a,b,c\r\n0.5,-1,x\r\n2,1e3,y\r\n\r\n \r\n",
            "\u{feff}a;b;c\n0.5;-1;x\n2;1e3;y\n",
        ] {
            assert_eq!(read(&Layout::default(), text, 2), Ok(expected.clone()), "{text:?}");
        }
        let no_header = read(&Layout::default(), "0,5;1,5;x\n2,5;3;y\n", 2).unwrap();
        assert_eq!(no_header.features, [0.5, 1.5, 2.5, 3.0]);
        let two = "a;b\n0,5;x\n1.5;y\n";
        let error = read(&Layout::default(), two, 1).unwrap_err();
        assert_eq!(error, "line 3, column 1: `1.5` has a `.`, but line 2 a `,`");
        let error = read(&Layout::default(), "a;b\n1.000,5;x\n", 1).unwrap_err();
        assert_eq!(error, "line 2, column 1: `1.000,5` is no finite number");
        let bar = Layout { separator: Some(b'|'), ..Layout::default() };
        assert_eq!(read(&bar, "a|b\n0.5|x\n", 1).unwrap().features, [0.5]);
    }

    #[test]
    fn columns_are_named_or_numbered() {
        let layout = |labels: &[&str], drop: &[&str]| Layout {
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            drop: drop.iter().map(|&label| label.to_owned()).collect(),
            ..Layout::default()
        };
        let text = "id,kind,a,b\n7,x,1,2\n8,y,3,4\n";
        for layout in [layout(&["kind"], &["id"]), layout(&["2"], &["1"])] {
            let fields = read(&layout, text, 2).unwrap();
            assert_eq!(fields.features, [1.0, 2.0, 3.0, 4.0]);
            assert_eq!((fields.classes[1].as_str(), &fields.places[..]), ("y", &[3, 4][..]));
        }
        // A name counts before a number.
        let fields = read(&layout(&["0"], &[]), "0,1,2\n1,0.5,0.25\n", 2).unwrap();
        assert_eq!((fields.features, fields.classes), (vec![0.5, 0.25], vec!["1".to_owned()]));
        // So it does where the lines below tell that these are names.
        let fields = read(&layout(&["1"], &[]), "0,1,2\n0.5,1.5,2.5\n", 2).unwrap();
        assert_eq!((fields.features, fields.classes), (vec![0.5, 2.5], vec!["1.5".to_owned()]));
        let headless = Layout { header: Some(false), ..layout(&["kind"], &[]) };
        for (layout, part) in [
            (layout(&["sort"], &[]), "there is no column `sort`, but id, kind, a, b"),
            (layout(&["2"], &["kind"]), "column 2 is given twice"),
            (
                layout(&["kind"], &[]),
                "line 1 has 4 columns, but 3 are wanted: 2 features and 1 class",
            ),
            (layout(&["9"], &["1"]), "there is no column `9`, but "),
            (headless, "there is no header with a column `kind`"),
        ] {
            let error = read(&layout, text, 2).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_first_line_that_may_be_either_is_asked_about_before_errors_of_lines_below() {
        for (text, error) in [
            ("0,1\n0.5,a\n1,b,c\n", "line 1 may be a header or a sample: it counts 0, 1, …"),
            ("0,1,y\n0.5,1.5,a\n0.5,b,a\n", "line 3, column 2: `b` is no finite number"),
            ("5.1,x,cat\n", "line 1 may be a header or a sample: `x` is no number"),
            ("5.1,2,cat\n1,2,cat\n1,2\n", "line 3 has 2 columns, but 3 are wanted"),
        ] {
            let features = text.lines().next().unwrap().matches(',').count();
            let found = read(&Layout::default(), text, features).unwrap_err();
            assert!(found.starts_with(error), "{text}: {found}");
        }
    }
}
