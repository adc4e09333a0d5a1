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

/// Whether the first of these records is a header; an error if it may be either.
///
/// Text where numbers belong is a name. Numbers are names if they are 0, 1, 2 … in their order, as pandas names
/// columns, and the numbers below have decimals, or are many and do not count.
pub fn is_header(records: &[StringRecord], kinds: &[Kind]) -> Result<bool, String> {
    let Some((first, rest)) = records.split_first() else { return Ok(false) };
    let of_kind = |wanted: Kind| {
        first.iter().zip(kinds).filter(move |(_, kind)| **kind == wanted).map(|(field, _)| field)
    };
    let name = of_kind(Kind::Number).find(|field| !is_number(field) && !is_missing(field));
    let number = of_kind(Kind::Number).find(|field| is_number(field));
    let counts = counts_columns(first);
    let class = of_kind(Kind::Class).next().filter(|class| !is_number(class));
    let below = |wanted: Kind| {
        let of_record = move |record: &'_ StringRecord| {
            let fields = record.iter().zip(kinds).filter(move |(_, kind)| **kind == wanted);
            fields.map(|(field, _)| field.to_owned()).collect::<Vec<_>>()
        };
        rest.iter().flat_map(of_record)
    };

    if let Some(name) = name {
        return match number {
            Some(number) if counts == 0 => {
                Err(ambiguous(&format!("`{name}` is no number, but `{number}` is")))
            }
            _ => Ok(true),
        };
    }
    if let Some(class) = class {
        if below(Kind::Class).any(|other| other == class) {
            return Ok(false);
        }
        let others_are_numbers =
            !rest.is_empty() && below(Kind::Class).all(|other| is_number(&other));
        if others_are_numbers {
            let why = format!("class `{class}` is no number, but all others are");
            return if counts > 0 { Ok(true) } else { Err(ambiguous(&why)) };
        }
    }
    if counts == 0 {
        return Ok(false);
    }
    // Who writes `2.0` for 2 in a column does not write `2` in its first line.
    let mut numbers = below(Kind::Number).filter(|field| is_number(field)).peekable();
    let has_fractions = numbers.peek().is_some() && numbers.all(|field| !is_integer(&field));
    let counts_on = rest.first().is_some_and(runs);
    if has_fractions || (counts >= LONG && !counts_on) {
        return Ok(true);
    }
    Err(ambiguous("it counts 0, 1, …"))
}

fn ambiguous(why: &str) -> String {
    format!("line 1 may be a header or a sample: {why}. Say which: --header or --no-header")
}

/// How many fields of a record are 0, 1, 2 …, beside names; 0 if its numbers are others, or fewer than two.
fn counts_columns(record: &StringRecord) -> usize {
    let numbers = || record.iter().filter(|field| is_number(field));
    let counts = numbers().enumerate().all(|(index, field)| field == index.to_string());
    let count = numbers().count();
    if counts && count >= 2 { count } else { 0 }
}

/// Whether each number is one more than the one before.
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
        is_header(&records, &kinds)
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
    fn what_may_be_either_is_an_error_that_names_the_options() {
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
            assert!(error.contains("--header or --no-header"), "{text}: {error}");
        }
    }
}
