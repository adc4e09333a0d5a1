//! What is wrong with a text that is to be a network, and where.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;

/// What is wrong with a text, and at which of its words.
///
/// Shown with the text, and the word pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchitectureError {
    /// The text.
    pub text: String,
    /// The bytes of the text that are wrong.
    pub at: Range<usize>,
    /// What is wrong with them.
    pub what: String,
}

impl Display for ArchitectureError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // On one line, whatever is in it.
        let line = |text: &str| text.replace(char::is_control, " ");
        let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let before = part(0..self.at.start).chars().count();
        let width = part(self.at.clone()).chars().count().max(1);
        let (line, carets) = (line(&self.text), "^".repeat(width));
        write!(f, "{}\n\n  {line}\n  {:before$}{carets}", self.what, "")
    }
}

impl std::error::Error for ArchitectureError {}

/// What is wrong, and with which word, while the text is read.
#[derive(Clone, Debug)]
pub(super) struct Wrong<'t> {
    word: &'t str,
    what: String,
}

impl<'t> Wrong<'t> {
    pub(super) fn new(word: &'t str, what: impl Into<String>) -> Self {
        Wrong { word, what: what.into() }
    }

    /// Returns the error about the text that the word is in.
    pub(super) fn of(self, text: &str) -> ArchitectureError {
        let start = (self.word.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let at = match start.checked_add(self.word.len()) {
            Some(end) if end <= text.len() => start..end,
            _ => text.len()..text.len(),
        };
        ArchitectureError { text: text.to_owned(), at, what: self.what }
    }
}

/// Without the place.
impl From<Wrong<'_>> for String {
    fn from(wrong: Wrong<'_>) -> Self {
        wrong.what
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_pointed_at() {
        let text = "4, dänse 3, relu";
        let error = Wrong::new(&text[3..9], "no layer").of(text);
        assert_eq!(error.at, 3..9);
        assert_eq!(error.to_string(), "no layer\n\n  4, dänse 3, relu\n     ^^^^^");
        // At the end, and of another text.
        for word in [&text[text.len()..], "elsewhere"] {
            let error = Wrong::new(word, "x").of("a\nb");
            assert_eq!(error.to_string(), "x\n\n  a b\n     ^");
        }
    }
}
