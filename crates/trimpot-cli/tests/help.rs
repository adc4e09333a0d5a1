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

/// What a word like --retrain or --from-study takes is not looked at.
#[test]
fn help_is_no_error_whatever_is_in_front_of_it() {
    for words in [
        "rehearse --retrain --help",
        "rehearse --data users.csv --by user --retrain --standardize -h",
        "train --from-study nowhere --help",
        "train --help",
        "board learn --help",
    ] {
        let help = said(&words.split(' ').collect::<Vec<_>>());
        assert!(help.contains("Usage: trimpot"), "{words}: {help}");
    }
    let help = said(&["rehearse", "--retrain", "--help"]);
    assert!(help.contains("Usage: trimpot train ") && help.contains("--standardize"), "{help}");
}

#[test]
fn front_ends_have_values_and_an_example() {
    for word in ["train", "study"] {
        let help = said(&[word, "--help"]);
        for part in [
            "  fft=512            samples in a frame: 16, 32 … 4096",
            "  log-mel,sample_rate=16000,fft=512,samples=i16,window=hann:400,hop=160,bands=20\n",
            "--front-end log-mel,sample_rate=16000",
        ] {
            assert!(help.contains(part), "{word}: {part}: {help}");
        }
    }
}

/// Values out of range are mistakes in the words, and the error says which there are.
#[test]
fn values_out_of_range_are_errors_of_usage() {
    for (word, options, part) in [
        ("train", "--l1 -1", "a finite number, not negative"),
        ("train", "--weight-decay -1e-3", "a finite number, not negative"),
        ("train", "--learning-rate -0.1", "a number in [0, 1000]"),
        ("train", "--decay 2", "a number in (0, 1]"),
        ("train", "--clip-norm 0", "a finite number above 0"),
        ("train", "--clip-value -1", "a finite number above 0"),
        ("train", "--batch 0", "a whole number, 1 or more"),
        ("train", "--epochs -1", "-1 is not in 0..=4294967295"),
        ("train", "--patience 0", "0 is not in 1..=4294967295"),
        ("train", "--targets -2", "a whole number, 1 or more"),
        ("train", "--hold-out -0.5", "a number in [0, 1)"),
        ("train", "--front-end log-mel,sample_rate=-1,fft=64,samples=f32", "`sample_rate` is -1"),
        ("study", "--seeds -3", "-3 is not in 2..=10000"),
        ("study", "--front-end mfcc", "the first word is log-mel"),
        ("rehearse", "--gap -1", "a whole number, 0 or more"),
        ("rehearse", "--data x --by a --retrain --network 2-2 --l2 -1", "a finite number, not"),
        ("board install m.safetensors x.csv", "--replays -1", "-1 is not in 0..=65535"),
        ("train", "--scale -inf", "a finite number other than 0"),
        ("train", "--forward -1", "unexpected argument '--forward'"),
    ] {
        let program = env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it");
        let words = word.split(' ').chain(options.split(' '));
        let output = Command::new(program).args(words).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{word} {options}: {error}");
        assert!(error.contains(part), "{word} {options}: {error}");
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
