//! Text for a terminal, which obeys some characters instead of showing them; and numbers.

use std::borrow::Cow;
use std::io::{self, Write};

use indicatif::HumanCount;

/// Columns of a line.
pub(crate) const WIDTH: usize = 96;

/// Returns the text with the characters written out that a terminal would obey: control characters,
/// among them those that begin escape sequences, and those that turn the direction of text around.
/// Names of classes and files may have any.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let show = |c: char| {
        let code = if is_obeyed(c) { c.escape_default().to_string() } else { c.to_string() };
        code.chars().collect::<Vec<_>>()
    };
    Cow::Owned(text.chars().flat_map(show).collect())
}

fn is_obeyed(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    c.is_control() || turns || breaks || c == '\u{61c}'
}

/// Returns the text as a shell takes it for one word: in quotes, where it needs these.
pub(crate) fn in_shell(text: &str) -> Cow<'_, str> {
    let text = plain(text);
    let is_bare = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    match !text.is_empty() && text.chars().all(is_bare) {
        true => text,
        false => Cow::Owned(format!("'{}'", text.replace('\'', r"'\''"))),
    }
}

/// Prints a line to standard output; a reader that has stopped is no error.
pub fn say(line: &str) {
    let _ = io::stdout().write_all(format!("{}\n", plain(line)).as_bytes());
}

/// Prints lines to standard error.
pub fn complain(text: &str) {
    let lines: Vec<Cow<'_, str>> = text.lines().map(plain).collect();
    let _ = io::stderr().write_all(format!("{}\n", lines.join("\n")).as_bytes());
}

/// Returns how many there are of something, which is named as one of them is: `1 sample`,
/// `2 classes`, `3 copies`, `1,797 samples`.
pub fn counted(count: impl TryInto<u64>, one: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let (stem, ending) = match (count, one.strip_suffix('y')) {
        (1, _) => (one, ""),
        (_, Some(stem)) => (stem, "ies"),
        (_, None) if one.ends_with('s') => (one, "es"),
        (_, None) => (one, "s"),
    };
    format!("{} {stem}{ending}", HumanCount(count))
}

/// Returns how many samples were left out, because a value is missing: `1 that lacks a value`.
pub fn lacking(count: usize) -> String {
    let lack = if count == 1 { "lacks" } else { "lack" };
    format!("{} that {lack} a value", HumanCount(count as u64))
}

/// Returns a loss with four digits after the point; with three that count, where these would not be
/// among the four, or where the number is long.
pub fn digits(loss: f32) -> String {
    match loss.abs() {
        0.0 => "0".to_owned(),
        0.01..1e6 => format!("{loss:.4}"),
        _ => format!("{loss:.2e}"),
    }
}

/// Returns the first of them, and how many more there are; nothing, if there are none.
pub(crate) fn few(texts: Vec<String>) -> Option<String> {
    const SHOWN: usize = 3;
    let more = texts.len().saturating_sub(SHOWN);
    let mut text = texts.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    (!text.is_empty()).then_some(text)
}

/// Adds a paragraph in lines of no more than [`WIDTH`] letters, unless a word is longer.
pub(crate) fn wrap(text: &mut String, indent: usize, paragraph: &str) {
    let mut used = 0;
    for word in paragraph.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > WIDTH {
            text.push('\n');
            used = 0;
        }
        if used == 0 {
            text.push_str(&" ".repeat(indent));
            used = indent;
        } else {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::{counted, digits, lacking, plain};

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for text in ["Käfer, 犬, 100.0 %", "", "\u{1f415}"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("a\x1b[2Jb\x07\r\n"), "a\\u{1b}[2Jb\\u{7}\\r\\n");
        assert_eq!(plain("\u{9b}31m \u{202e}evil\u{7f}"), "\\u{9b}31m \\u{202e}evil\\u{7f}");
    }

    #[test]
    fn one_of_something_is_not_several() {
        assert_eq!(counted(1_u32, "sample"), "1 sample");
        assert_eq!(counted(0_usize, "class"), "0 classes");
        assert_eq!([1_u8, 2].map(|count| counted(count, "copy")), ["1 copy", "2 copies"]);
        assert_eq!(counted(1797_u64, "sample"), "1,797 samples");
        assert_eq!(lacking(1), "1 that lacks a value");
        assert_eq!(lacking(1797), "1,797 that lack a value");
    }

    #[test]
    fn small_losses_have_three_digits() {
        for (loss, text) in [
            (0.0, "0"),
            (2.345_678, "2.3457"),
            (0.01, "0.0100"),
            (0.009_994, "9.99e-3"),
            (-1.664e-8, "-1.66e-8"),
            (1e-45, "1.40e-45"),
            (123_456.7, "123456.7031"),
            (3.4e38, "3.40e38"),
            (f32::NAN, "NaN"),
        ] {
            assert_eq!(digits(loss), text);
        }
    }
}
