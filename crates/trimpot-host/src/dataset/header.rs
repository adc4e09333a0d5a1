//! Whether the first line of a table has names of columns.

use csv::StringRecord;

use super::missing::is_missing;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Number,
    /// The class: a number or a name.
    Class,
    /// Nothing.
    Dropped,
}

/// So many names 0, 1, 2 … are no sample: whoever counts that far counts columns.
const LONG: usize = 10;

/// Whether the first line of a table has names of columns: asked of that line, and then of those
/// below it, one by one.
///
/// Text where numbers belong is a name. Numbers are names if they are 0, 1, 2 … in their order, as
/// pandas names columns, and the numbers below have decimals, or are many and do not count.
#[derive(Debug, Default)]
pub struct Header {
    /// The answer, as soon as no line below can change it; an error if the first line may be
    /// either.
    answer: Option<Result<bool, String>>,
    /// What the columns are for.
    kinds: Vec<Kind>,
    /// The class in the first line, if that is no number.
    class: Option<String>,
    /// How many fields of the first line count 0, 1, 2 ….
    counts: usize,
    below: Below,
}

/// What the lines below the first one have.
#[derive(Debug, Default)]
struct Below {
    lines: usize,
    /// A class that is no number.
    names: bool,
    /// A number where numbers belong.
    numbers: bool,
    /// One of these that is an integer.
    integers: bool,
    /// In the first of these lines, numbers each of which is one more than the one before.
    counts_on: bool,
}

impl Header {
    /// Asks the first line.
    pub fn new(first: &StringRecord, kinds: Vec<Kind>) -> Self {
        let of_kind = |wanted: Kind| {
            first
                .iter()
                .zip(&kinds)
                .filter(move |(_, kind)| **kind == wanted)
                .map(|(field, _)| field)
        };
        let name = of_kind(Kind::Number).find(|field| !is_number(field) && !is_missing(field));
        let number = of_kind(Kind::Number).find(|field| is_number(field));
        let class = of_kind(Kind::Class).next().filter(|class| !is_number(class));
        let counts = counts_columns(first);
        let answer = match (name, number) {
            (Some(name), Some(number)) if counts == 0 => {
                Some(Err(ambiguous(&format!("`{name}` is no number, but `{number}` is"))))
            }
            (Some(_), _) => Some(Ok(true)),
            (None, _) if class.is_none() && counts == 0 => Some(Ok(false)),
            (None, _) => None,
        };
        let class = class.map(str::to_owned);
        Header { answer, class, counts, kinds, below: Below::default() }
    }

    /// Somebody has given the answer.
    pub fn known(answer: bool) -> Self {
        Header { answer: Some(Ok(answer)), ..Header::default() }
    }

    /// The answer, if no line below can change it.
    pub const fn answer(&self) -> Option<&Result<bool, String>> {
        self.answer.as_ref()
    }

    /// Asks the next line below the first one.
    pub fn see(&mut self, row: &StringRecord) {
        if self.answer.is_some() {
            return;
        }
        let below = &mut self.below;
        below.counts_on |= below.lines == 0 && runs(row);
        below.lines += 1;
        for (field, kind) in row.iter().zip(&self.kinds) {
            match kind {
                Kind::Class if self.class.as_deref() == Some(field) => {
                    self.answer = Some(Ok(false));
                }
                Kind::Class => below.names |= !is_number(field),
                Kind::Number if self.counts > 0 && !below.integers && is_number(field) => {
                    below.numbers = true;
                    below.integers = is_integer(field);
                }
                Kind::Number | Kind::Dropped => {}
            }
        }
    }

    /// The answer when there are no more lines.
    pub fn decide(self) -> Result<bool, String> {
        if let Some(answer) = self.answer {
            return answer;
        }
        let Below { lines, names, numbers, integers, counts_on } = self.below;
        if let Some(class) = self.class.filter(|_| lines > 0 && !names) {
            let why = format!("class `{class}` is no number, but all others are");
            return if self.counts > 0 { Ok(true) } else { Err(ambiguous(&why)) };
        }
        if self.counts == 0 {
            return Ok(false);
        }
        // Who writes `2.0` for 2 in a column does not write `2` in its first line.
        let has_fractions = numbers && !integers;
        if has_fractions || (self.counts >= LONG && !counts_on) {
            return Ok(true);
        }
        Err(ambiguous("it counts 0, 1, …"))
    }
}

fn ambiguous(why: &str) -> String {
    format!("line 1 may be a header or a sample: {why}")
}

/// Returns how many fields of a record are 0, 1, 2 …, beside names; 0 if its numbers are others, or
/// fewer than two.
fn counts_columns(record: &StringRecord) -> usize {
    let numbers = || record.iter().filter(|field| is_number(field));
    let counts = numbers().enumerate().all(|(index, field)| field == index.to_string());
    let count = numbers().count();
    if counts && count >= 2 { count } else { 0 }
}

/// Returns whether each number is one more than the one before.
fn runs(record: &StringRecord) -> bool {
    let numbers: Vec<f32> = record.iter().filter_map(|field| field.parse().ok()).collect();
    numbers.windows(2).all(|pair| pair[1] == pair[0] + 1.0)
}

fn is_number(field: &str) -> bool {
    field.replacen(',', ".", 1).parse::<f32>().is_ok_and(f32::is_finite)
}

fn is_integer(field: &str) -> bool {
    field.parse::<i64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, kinds: &str) -> Result<bool, String> {
        let kinds: Vec<Kind> = kinds
            .chars()
            .map(|kind| match kind {
                'n' => Kind::Number,
                'c' => Kind::Class,
                _ => Kind::Dropped,
            })
            .collect();
        let records: Vec<_> =
            text.split(' ').map(|line| line.split(',').collect::<StringRecord>()).collect();
        let (first, rest) = records.split_first().unwrap();
        let mut header = Header::new(first, kinds);
        rest.iter().for_each(|row| header.see(row));
        header.decide()
    }

    #[test]
    fn names_are_a_header_and_numbers_are_a_sample() {
        for (text, kinds) in [
            ("a,b,c 1,2,3", "nnn"),
            ("a,b,class 0.5,2,cat", "nnc"),
            (",a,b 0,1.5,2", "-nn"),
            // As pandas writes names that are numbers.
            ("0,1,2 0.5,1.5,2.5", "nnn"),
            ("0,1,2,3,4 0.5,1.5,2.5,2.0,4", "nnnnc"),
            ("0,1,y 0.5,1.5,a 0.0,1.0,b", "nnc"),
            ("0,1,y 0.5,1.5,1 0,1,0", "nnc"),
            (",0,1,2 0,0.5,1.5,2.0", "-nnn"),
            ("0,1,2,3,4,5,6,7,8,9 3,1,4,1,5,9,2,6,5,1", "nnnnnnnnnc"),
        ] {
            assert_eq!(read(text, kinds), Ok(true), "{text}");
        }
        for (text, kinds) in [
            ("0.5,1.5,2 1,2,3", "nnn"),
            ("1,2,3 0.5,1.5,2.5", "nnn"),
            ("?,?,yes 0.5,1,no 1,2,yes", "nnc"),
            ("?,?,? 0.5,1,2", "nnn"),
            ("0,1,cat 0.5,1,cat", "nnc"),
            ("5.1,3.5,setosa 0.5,1,virginica", "nnc"),
            ("0,0,0", "nnc"),
        ] {
            assert_eq!(read(text, kinds), Ok(false), "{text}");
        }
    }

    #[test]
    fn what_may_be_either_is_an_error() {
        for (text, kinds) in [
            ("0,1,2 3,4,5", "nnn"),
            ("0,1,2", "nnn"),
            ("0,1 0.5,3 1,5", "nn"),
            ("0,1,cat 1,1,dog", "nnc"),
            ("5.1,O.2,cat 1,1,dog", "nnc"),
            ("5.1,2,kind 1,1,0 2,2,1", "nnc"),
            ("0,1,2,3,4,5,6,7,8,9 1,2,3,4,5,6,7,8,9,10", "nnnnnnnnnn"),
        ] {
            let error = read(text, kinds).unwrap_err();
            assert!(error.contains("line 1 may be a header or a sample"), "{text}: {error}");
        }
    }
}
