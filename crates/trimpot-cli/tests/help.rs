//! What `--help` says.

use std::env;
use std::process::Command;

use tempfile::tempdir;

fn said(arguments: &[&str]) -> String {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The words, as `--help` lists them.
fn words() -> Vec<String> {
    let help = said(&["--help"]);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let words = lines.map_while(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let words: Vec<String> = words.map(str::to_owned).filter(|word| word != "help").collect();
    assert!(words.len() >= 8, "{help}");
    words
}

#[test]
fn every_word_has_an_example() {
    for word in words() {
        let help = said(&[&word, "--help"]);
        assert!(help.contains("\nExamples:\n"), "{word}: {help}");
        assert!(help.contains(&format!("trimpot {word}")), "{word}: {help}");
        assert!(help.contains("Exit code: "), "{word}: {help}");
    }
}

/// An example with a mistake in its options would be refused with code 2. Its files are not there.
#[test]
fn options_of_examples_are_such() {
    let folder = tempdir().unwrap();
    let mut examples = 0;
    for word in words().iter().filter(|word| *word != "demo") {
        let help = said(&[word, "--help"]);
        let lines = help.lines().skip_while(|line| *line != "Examples:").map(str::trim);
        for line in lines.filter_map(|line| line.strip_prefix("trimpot ")) {
            let mut arguments: Vec<&str> = Vec::new();
            for (number, part) in line.split('"').enumerate() {
                match number % 2 {
                    0 => arguments.extend(part.split_whitespace()),
                    _ => arguments.push(part),
                }
            }
            let program = env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it");
            let mut command = Command::new(program);
            let output = command.args(arguments).current_dir(folder.path()).output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{line}: {error}");
            examples += 1;
        }
    }
    assert!(examples >= 14, "{examples}");
}
