//! Labels as they are in a file, and what they become.

use std::collections::BTreeSet;
use std::ops::Range;

use trimpot::loss::spec::Domain;
use trimpot_tuner::Condition;

use super::npz::Elements;
use super::{Table, Targets};
use crate::problem::{Problem, Remedy, counted};

/// Labels as they are in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// Numbers of classes, or what is to be predicted.
    Numbers(Vec<f32>),
    /// Names of classes.
    Names(Vec<String>),
}

impl From<Elements> for Labels {
    fn from(elements: Elements) -> Self {
        match elements {
            Elements::Numbers(numbers) => Labels::Numbers(numbers),
            Elements::Texts(names) => Labels::Names(names),
        }
    }
}

impl Labels {
    /// Of columns of a table: numbers if all of them are, names if none is. What is empty is
    /// missing.
    pub fn of_fields(fields: Vec<String>, place: impl Fn(usize) -> String) -> Result<Self, String> {
        let number = |field: &String| match field.as_str() {
            "" => Some(f32::NAN),
            field => field.parse().ok().filter(|number: &f32| number.is_finite()),
        };
        let numbers: Vec<Option<f32>> = fields.iter().map(number).collect();
        let mut given = (0..fields.len()).filter(|&index| !fields[index].is_empty());
        if let Some(first) = given.next() {
            let odd = |index: &usize| numbers[*index].is_some() != numbers[first].is_some();
            if let Some(odd) = given.find(odd) {
                return Err(format!(
                    "{}: class `{}`, but {} has `{}`; classes are all numbers or all names",
                    place(odd),
                    fields[odd],
                    place(first),
                    fields[first]
                ));
            }
        }
        Ok(match numbers.into_iter().collect() {
            Some(numbers) => Labels::Numbers(numbers),
            None => Labels::Names(fields),
        })
    }

    /// Returns whether one of these is missing.
    pub fn is_missing(&self, mut range: Range<usize>) -> bool {
        match self {
            Labels::Numbers(numbers) => range.any(|index| numbers[index].is_nan()),
            Labels::Names(names) => range.any(|index| names[index].is_empty()),
        }
    }

    /// Those of some rows.
    pub fn select(&self, rows: &[usize], columns: usize) -> Self {
        let indices = rows.iter().flat_map(|row| row * columns..(row + 1) * columns);
        match self {
            Labels::Numbers(all) => Labels::Numbers(indices.map(|index| all[index]).collect()),
            Labels::Names(all) => Labels::Names(indices.map(|index| all[index].clone()).collect()),
        }
    }

    /// Returns the classes of rows of zeros with a 1 at the class.
    pub fn one_hot(self, columns: usize, place: impl Fn(usize) -> String) -> Result<Self, Problem> {
        let Labels::Numbers(numbers) = self else {
            return Err(format!("{}: there are {columns} names for one class", place(0)).into());
        };
        let class = |(row, numbers): (usize, &[f32])| {
            let ones = numbers.iter().filter(|&&number| number == 1.0).count();
            let zeros = numbers.iter().filter(|&&number| number == 0.0).count();
            let class = numbers.iter().position(|&number| number == 1.0);
            let class = class.filter(|_| ones == 1 && ones + zeros == columns);
            class.map(|class| class as f32).ok_or_else(|| {
                let what = "a class is a single 1 among zeros, one for each class";
                Problem::new(format!("{}: {what}", place(row))).with(Remedy::PredictNumbers)
            })
        };
        let classes = numbers.chunks_exact(columns).enumerate().map(class);
        Ok(Labels::Numbers(classes.collect::<Result<_, _>>()?))
    }

    /// Numbers to be predicted, so many for each sample.
    pub fn numbers(
        self,
        each: usize,
        domain: Domain,
        place: impl Fn(usize) -> String,
    ) -> Result<Targets, Problem> {
        let Labels::Numbers(numbers) = self else {
            return Err(format!("{}: the targets are not numbers but text", place(0)).into());
        };
        if let Some(bad) = numbers.iter().position(|number| !number.is_finite()) {
            let (place, number) = (place(bad / each), numbers[bad]);
            return Err(format!("{place}: {number} is no finite number").into());
        }
        if let Some(bad) = numbers.iter().position(|&number| !domain.holds(number)) {
            let (place, number) = (place(bad / each), numbers[bad]);
            let what = format!("target {number}, but the loss wants targets {domain}");
            return Err(format!("{place}: {what}").into());
        }
        Ok(Targets::Numbers(Table { columns: each, numbers }))
    }

    /// Classes for so many outputs, and their names, if they have names: those that are `known`, in
    /// that order, and up to `new` others; where it is not known whether they have names, those
    /// that there are, in the order of the alphabet (of code points, as NumPy sorts).
    pub fn classes(
        self,
        outputs: usize,
        known: Option<&[String]>,
        new: usize,
        place: impl Fn(usize) -> String,
    ) -> Result<(Targets, Vec<String>), Problem> {
        // A single output tells two classes apart.
        let count = match outputs {
            0 => None,
            outputs => Some(outputs.max(2)),
        };
        let (classes, names) = match (self, known) {
            (Labels::Numbers(labels), None | Some([])) => {
                (numbered(&labels, outputs, count, place)?, Vec::new())
            }
            (Labels::Names(labels), None) => named(&labels, outputs, count, place)?,
            (Labels::Names(labels), Some([])) => {
                let first = labels.first().map_or("", |label| label);
                let range = count.map_or(String::new(), |count| format!(", 0 to {}", count - 1));
                let what =
                    format!("class `{first}`, but the classes of the model are numbers{range}");
                return Err(format!("{}: {what}", place(0)).into());
            }
            (Labels::Names(labels), Some(known)) => of_known(&labels, known, new, place)?,
            // A name may look like a number.
            (Labels::Numbers(labels), Some(known)) => {
                let labels: Vec<String> = labels.iter().map(f32::to_string).collect();
                of_known(&labels, known, new, place)?
            }
        };
        Ok((Targets::Classes(classes), names))
    }
}

impl Labels {
    /// Whether each sample is normal: if its label is one of these, which may look like numbers.
    pub fn conditions(self, normal: &[String]) -> Targets {
        let labels = match self {
            Labels::Names(labels) => labels,
            Labels::Numbers(labels) => labels.iter().map(f32::to_string).collect(),
        };
        let condition = |label: &String| match normal.contains(label) {
            true => Condition::Normal,
            false => Condition::Anomalous,
        };
        Targets::Conditions(labels.iter().map(condition).collect())
    }
}

/// Returns the classes of labels that are among these names, or among so many new ones, and all
/// names.
fn of_known(
    labels: &[String],
    known: &[String],
    new: usize,
    place: impl Fn(usize) -> String,
) -> Result<(Vec<u32>, Vec<String>), String> {
    let mut names = known.to_vec();
    let mut classes = Vec::with_capacity(labels.len());
    for (row, label) in labels.iter().enumerate() {
        let class = names.iter().position(|name| name == label).unwrap_or(names.len());
        if class == names.len() {
            if class == known.len() + new {
                let (place, names) = (place(row), first_of(&names));
                return Err(format!("{place}: class `{label}` is none of the model: {names}"));
            }
            names.push(label.clone());
        }
        classes.push(class as u32);
    }
    Ok((classes, names))
}

/// Returns the first of some names; more would not be read.
pub fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    names[..names.len().min(SHOWN)].join(", ") + more
}

/// The most classes that are numbers, where their number is not known.
const MOST_CLASSES: usize = 1000;

fn numbered(
    labels: &[f32],
    outputs: usize,
    count: Option<usize>,
    place: impl Fn(usize) -> String,
) -> Result<Vec<u32>, Problem> {
    let known = count;
    let count = count.unwrap_or(MOST_CLASSES);
    let class = |(row, &label): (usize, &f32)| {
        let is_class = label >= 0.0 && label < count as f32 && label.fract() == 0.0;
        is_class.then_some(label as u32).ok_or_else(|| {
            let last = count - 1;
            let with = known.map(|_| format!("with {} ", counted(outputs, "output")));
            let with = with.unwrap_or_default();
            let what = format!("class {label}, but {with}classes are 0 to {last}");
            Problem::new(format!("{}: {what}", place(row))).with(Remedy::PredictNumbers)
        })
    };
    labels.iter().enumerate().map(class).collect()
}

fn named(
    labels: &[String],
    outputs: usize,
    count: Option<usize>,
    place: impl Fn(usize) -> String,
) -> Result<(Vec<u32>, Vec<String>), String> {
    if let Some(row) = labels.iter().position(String::is_empty) {
        return Err(format!("{}: the class has no name", place(row)));
    }
    let names: BTreeSet<&String> = labels.iter().collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    if let Some(count) = count.filter(|&count| count != names.len()) {
        return Err(format!(
            "its classes have {} ({}), but the network's outputs ({outputs}) are for {count} classes",
            counted(names.len(), "name"),
            first_of(&names)
        ));
    }
    let class = |label| names.binary_search(label).expect("all names are there") as u32;
    Ok((labels.iter().map(class).collect(), names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_fields(fields: &[&str]) -> Result<Labels, String> {
        Labels::of_fields(fields.iter().map(|&field| field.to_owned()).collect(), place)
    }

    fn place(row: usize) -> String {
        format!("row {row}")
    }

    #[test]
    fn as_many_classes_are_taken_as_there_are() {
        let classes = |fields: &[&str]| of_fields(fields).unwrap().classes(0, None, 0, place);
        let names = ["ant", "bee", "cat"].map(str::to_owned).to_vec();
        let found = classes(&["cat", "ant", "bee", "cat"]).unwrap();
        assert_eq!(found, (Targets::Classes(vec![2, 0, 1, 2]), names));
        assert_eq!(classes(&["7", "0"]).unwrap().0, Targets::Classes(vec![7, 0]));
        for (label, says) in
            [("1000", "class 1000, but classes are 0 to 999"), ("0.5", "class 0.5")]
        {
            let error = classes(&["1", label]).unwrap_err().what;
            assert!(error.starts_with("row 1: ") && error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_column_is_all_numbers_or_all_names() {
        assert_eq!(of_fields(&["1", "0.0"]).unwrap(), Labels::Numbers(vec![1.0, 0.0]));
        let names = Labels::Names(vec!["cat".to_owned(), "inf".to_owned()]);
        assert_eq!(of_fields(&["cat", "inf"]).unwrap(), names);
        assert_eq!(
            of_fields(&["1", "0", "x"]).unwrap_err(),
            "row 2: class `x`, but row 0 has `1`; classes are all numbers or all names"
        );
        assert!(of_fields(&["cat", "7"]).unwrap_err().starts_with("row 1: class `7`, but "));
    }

    #[test]
    fn what_is_empty_is_missing() {
        let labels = of_fields(&["", "1", "0"]).unwrap();
        assert!(labels.is_missing(0..1) && labels.is_missing(0..3) && !labels.is_missing(1..3));
        assert_eq!(labels.select(&[2, 1], 1), Labels::Numbers(vec![0.0, 1.0]));
        let labels = of_fields(&["cat", "", "dog"]).unwrap();
        assert!(labels.is_missing(1..2) && !labels.is_missing(2..3));
    }

    #[test]
    fn names_that_are_new_come_behind_those_that_are_known() {
        let known = ["b".to_owned()];
        let of =
            |fields: &[&str], new| of_fields(fields).unwrap().classes(3, Some(&known), new, place);
        let (classes, names) = of(&["d", "b", "c", "d"], 2).unwrap();
        assert_eq!(classes, Targets::Classes(vec![1, 0, 2, 1]));
        assert_eq!(names, ["b", "d", "c"]);
        let error = of(&["d", "b", "c"], 1).unwrap_err().what;
        assert_eq!(error, "row 2: class `c` is none of the model: b, d");
    }

    #[test]
    fn one_hot_rows_are_classes() {
        let labels = of_fields(&["0", "1", "0", "1", "0", "0"]).unwrap();
        assert_eq!(labels.one_hot(3, place).unwrap(), Labels::Numbers(vec![1.0, 0.0]));
        for (fields, row) in [
            (["1", "0", "1", "1"], "row 1"),
            (["0", "0", "0", "1"], "row 0"),
            (["0", "1", "0.5", "1"], "row 1"),
        ] {
            let error = of_fields(&fields).unwrap().one_hot(2, place).unwrap_err().what;
            assert!(
                error.starts_with(&format!("{row}: a class is a single 1 among zeros")),
                "{error}"
            );
        }
    }

    #[test]
    fn names_are_numbered_in_the_order_of_the_alphabet() {
        let labels = of_fields(&["dog", "cat", "dog", "eel"]).unwrap();
        let (classes, names) = labels.clone().classes(3, None, 0, place).unwrap();
        assert_eq!(classes, Targets::Classes(vec![1, 0, 1, 2]));
        assert_eq!(names, ["cat", "dog", "eel"]);
        assert_eq!(
            labels.classes(1, None, 0, place).unwrap_err().what,
            "its classes have 3 names (cat, dog, eel), but the network's outputs (1) are for 2 classes"
        );
        let two = of_fields(&["yes", "no"]).unwrap().classes(1, None, 0, place).unwrap();
        assert_eq!(two.0, Targets::Classes(vec![1, 0]));
        let none = of_fields(&["cat", "", "dog"]).unwrap().classes(2, None, 0, place);
        assert_eq!(none.unwrap_err().what, "row 1: the class has no name");
    }

    #[test]
    fn numbers_of_named_classes_do_not_depend_on_the_order_of_rows() {
        let rows = ["eel", "cat", "dog", "cat"];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
            let labels = of_fields(&order.map(|row| rows[row])).unwrap();
            let (classes, names) = labels.classes(3, None, 0, place).unwrap();
            assert_eq!(names, ["cat", "dog", "eel"]);
            let expected = order.map(|row| [2, 0, 1, 0][row]).to_vec();
            assert_eq!(classes, Targets::Classes(expected), "{order:?}");
        }
    }

    #[test]
    fn numbers_are_classes_without_names() {
        let labels = of_fields(&["2", "0"]).unwrap();
        let (classes, names) = labels.clone().classes(3, None, 0, place).unwrap();
        assert_eq!((classes, names.len()), (Targets::Classes(vec![2, 0]), 0));
        assert!(
            labels
                .classes(2, None, 0, place)
                .unwrap_err()
                .what
                .starts_with("row 0: class 2, but with 2 ")
        );
    }

    #[test]
    fn classes_of_a_model_are_in_its_order_and_there_are_no_others() {
        let known = ["eel", "cat", "7"].map(str::to_owned);
        let of_model =
            |fields: &[&str]| of_fields(fields).unwrap().classes(3, Some(&known), 0, place);
        let (classes, names) = of_model(&["cat", "eel", "cat"]).unwrap();
        assert_eq!((classes, names), (Targets::Classes(vec![1, 0, 1]), known.to_vec()));
        assert_eq!(of_model(&["7", "7"]).unwrap().0, Targets::Classes(vec![2, 2]));
        let error = of_model(&["cat", "dog"]).unwrap_err().what;
        assert_eq!(error, "row 1: class `dog` is none of the model: eel, cat, 7");
        let error = of_model(&["0"]).unwrap_err().what;
        assert_eq!(error, "row 0: class `0` is none of the model: eel, cat, 7");

        let error = of_fields(&["cat"]).unwrap().classes(3, Some(&[]), 0, place).unwrap_err().what;
        assert_eq!(error, "row 0: class `cat`, but the classes of the model are numbers, 0 to 2");
        let numbers = of_fields(&["2", "1"]).unwrap().classes(3, Some(&[]), 0, place).unwrap();
        assert_eq!(numbers.0, Targets::Classes(vec![2, 1]));
    }

    #[test]
    fn samples_with_a_label_of_normal_ones_are_normal() {
        use Condition::{Anomalous, Normal};
        let normal = ["0", "calm"].map(str::to_owned);
        let names = of_fields(&["calm", "storm", "Calm"]).unwrap();
        let expected = Targets::Conditions(vec![Normal, Anomalous, Anomalous]);
        assert_eq!(names.conditions(&normal), expected);
        let numbers = of_fields(&["0.0", "1", "-1"]).unwrap();
        assert_eq!(numbers.conditions(&normal), expected);
    }
}
