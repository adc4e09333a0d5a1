//! Arguments of the command.

use std::ffi::{OsStr, OsString};

use clap::{Error, Parser};

/// Reads arguments. A negative number is the value of the option in front of it, however it is
/// written, so that an error says which numbers there can be, and not that there is no option `-1`.
///
/// # Errors
/// If there are no such arguments; or if they ask for help or the version, which is what the error
/// shows then.
pub fn parse<P: Parser>(words: impl IntoIterator<Item = impl Into<OsString>>) -> Result<P, Error> {
    let mut joined: Vec<OsString> = Vec::new();
    for word in words.into_iter().map(Into::into) {
        match joined.last_mut() {
            Some(option) if is_negative(&word) && is_open(option) => {
                option.push("=");
                option.push(word);
            }
            _ => joined.push(word),
        }
    }
    P::try_parse_from(joined)
}

fn is_negative(word: &OsStr) -> bool {
    word.to_str().is_some_and(|text| text.starts_with('-') && text.parse::<f64>().is_ok())
}

/// Returns whether this is an option whose value may follow.
fn is_open(word: &OsStr) -> bool {
    let name = word.to_str().and_then(|text| text.strip_prefix("--"));
    name.is_some_and(|name| !name.is_empty() && !name.contains('='))
}

/// Returns whether arguments ask for help: nothing else of them needs to be right then.
pub fn ask_for_help(words: &[OsString]) -> bool {
    words.iter().any(|word| word == "--help" || word == "-h")
}
