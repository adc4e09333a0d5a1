//! The choice of a study, as options of `trimpot train`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::files::RESULTS;

/// Options of the study that do not go with an option of one's own: what they say depends on that,
/// or there would be both.
const REPLACED: [(&str, &[&str]); 9] = [
    ("--label", &["--label"]),
    ("--drop", &["--drop"]),
    ("--header", &["--no-header"]),
    ("--no-header", &["--header"]),
    ("--init", &["--front-end"]),
    ("--network", &["--activation", "--dropout"]),
    ("--loss", &["--loss-option"]),
    ("--loss-option", &["--loss-option"]),
    ("--optimizer", &["--learning-rate", "--momentum"]),
];

/// Returns the options of `trimpot train` for what did best in the study of a folder, followed by
/// those that are `given`, which take their place where they say something else.
///
/// # Errors
/// If the folder has no study, or no choice was made there.
pub fn with_choice(folder: &Path, given: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let mut words: Vec<OsString> =
        remaining(choice(folder)?, &given).into_iter().map(OsString::from).collect();
    words.extend(given);
    Ok(words)
}

fn choice(folder: &Path) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    struct Chosen {
        choice: Option<Vec<String>>,
    }
    let file = folder.join(RESULTS);
    let wrong = |what: String| format!("--from-study: {}: {what}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
    let chosen: Chosen = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    chosen.choice.ok_or_else(|| wrong("the study has made no choice".to_owned()))
}

/// Returns the words of a study that go with those that are given.
fn remaining(words: Vec<String>, given: &[OsString]) -> Vec<String> {
    let is_given = |option: &str| given.iter().any(|word| word.to_str().map(name) == Some(option));
    let replaced: Vec<&str> = REPLACED
        .iter()
        .filter(|(option, _)| is_given(option))
        .flat_map(|(_, options)| options.iter().copied())
        .collect();
    let mut is_replaced = false;
    let mut remaining = words;
    remaining.retain(|word| {
        // Values go with the option in front of them.
        if word.starts_with("--") {
            is_replaced = replaced.contains(&name(word));
        }
        !is_replaced
    });
    remaining
}

/// Returns the name of an option: `--label` of `--label=species`.
fn name(word: &str) -> &str {
    word.split('=').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_ones_own_take_away_what_depends_on_them() {
        let words = "--data /flowers.csv --label=species --label=kind --no-header --network 4-8-3 --activation tanh \
                     --loss focal --loss-option gamma=2 --optimizer sgd --learning-rate 1 --momentum 0.9 --batch 16 \
                     --standardize";
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        for (given, gone) in [
            ("--epochs 3 --learning-rate 0.1", &[][..]),
            ("--loss mae", &["--loss-option gamma=2"]),
            ("--loss-option=gamma=3", &["--loss-option gamma=2"]),
            ("--optimizer adam", &["--learning-rate 1", "--momentum 0.9"]),
            ("--label=colour --header", &["--label=species", "--label=kind", "--no-header"]),
            ("--network 4-3", &["--activation tanh"]),
        ] {
            let expected = gone.iter().fold(words.join(" ") + " ", |text, gone| {
                assert!(text.contains(gone), "{gone}");
                text.replace(&format!("{gone} "), "")
            });
            let given: Vec<OsString> = given.split(' ').map(OsString::from).collect();
            assert_eq!(
                remaining(words.clone(), &given).join(" "),
                expected.trim_end(),
                "{given:?}"
            );
        }
    }
}
