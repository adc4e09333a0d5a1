//! Tables as they come: separators, headers, columns, missing values.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use super::{command, error_of, failed, folder, said};

/// `y = 2 a − b + 0.5`, with columns between `separator`, and a decimal mark.
fn plane(header: &str, separator: &str, mark: &str) -> String {
    let mut text = header.to_owned();
    for row in 0..40 {
        let (a, b) = ((row % 7) as f32 * 0.25 - 0.75, (row % 5) as f32 * 0.5 - 1.0);
        let numbers =
            [a, b, 2.0 * a - b + 0.5].map(|number| format!("{number:.3}").replace('.', mark));
        text += &format!("{}\n", numbers.join(separator));
    }
    text
}

const PLANE: &str = "--network 2-1 --targets 1 --loss mse --learning-rate 0.05 --epochs 200";

/// What the last line says of the loss, and the first one of the samples.
fn result(text: &str) -> (String, String) {
    let samples = text.lines().next().unwrap().rsplit(", ").next().unwrap();
    (text.lines().last().unwrap().to_owned(), samples.to_owned())
}

#[test]
fn separators_and_decimal_marks_are_found_out() {
    let (_folder, file) = folder();
    let trained = |name: &str, text: &str| {
        fs::write(file(name), text).unwrap();
        result(&said(&format!("{PLANE} --data {}", file(name).display())))
    };
    let expected = trained("d.csv", &plane("a,b,y\n", ",", "."));
    assert_eq!(expected.1, "40 samples");
    for (name, text) in [
        ("D.CSV", plane("a,b,y\n", ",", ".")),
        ("d.tsv", plane("a\tb\ty\n", "\t", ".")),
        ("d.txt", plane("a\tb\ty\n", "\t", ",")),
        ("semicolons.csv", plane("a;b;y\n", ";", ".")),
        ("commas.csv", plane("a;b;y\n", ";", ",")),
        ("headless.csv", plane("", ";", ",")),
        ("returns.csv", plane("a;b;y\n", ";", ",").replace('\n', "\r\n")),
        // As pandas writes names that are numbers.
        ("pandas.csv", plane("0,1,2\n", ",", ".")),
    ] {
        assert_eq!(trained(name, &text), expected, "{name}");
    }
    let mixed = plane("a;b;y\n", ";", ",") + "1.5;2;3\n";
    fs::write(file("mixed.csv"), mixed).unwrap();
    let error = failed(&format!("{PLANE} --data {}", file("mixed.csv").display()), 1);
    assert!(error.contains("line 42, column 1: `1.5` has a `.`, but line 2 a `,`"), "{error}");
    let error = failed(&format!("{PLANE} --data {}", file("d.parquet").display()), 1);
    assert!(error.contains("data are read from .npz, .csv, .tsv and .txt files"), "{error}");
}

#[test]
fn standard_input_is_a_table() {
    let mut child = command(&format!("{PLANE} --data -"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(plane("a;b;y\n", ";", ",").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", error_of(&output));
    assert_eq!(result(&String::from_utf8(output.stdout).unwrap()).1, "40 samples");
}

#[test]
fn a_first_line_that_may_be_either_asks_for_an_option() {
    let (_folder, file) = folder();
    let data = file("d.csv");
    let with = |text: &str, options: &str| {
        fs::write(&data, text).unwrap();
        format!("--epochs 1 --data {} {options}", data.display())
    };
    let ints = "0,1,2\n3,4,0\n1,2,1\n";
    let error = failed(&with(ints, "--network 2-3"), 1);
    assert!(error.contains("line 1 may be a header or a sample: "), "{error}");
    assert!(error.contains("--header or --no-header"), "{error}");
    assert!(said(&with(ints, "--network 2-3 --no-header")).contains(", 3 samples\n"));
    assert!(said(&with(ints, "--network 2-2 --header")).contains(", 2 samples\n"));
    // A sample that lacks all features is no header.
    let error = failed(&with("?,?,yes\n0.5,1,no\n1,0.5,yes\n", "--network 2-2"), 1);
    assert!(error.contains("line 1, column 1: a value is missing; --missing mean "), "{error}");
}

#[test]
fn columns_are_chosen_by_name_or_number() {
    let (_folder, file) = folder();
    let data = file("d.csv");
    let species = ["cat", "dog"];
    let row = |row: usize| format!("{row},{},{},{}.5\n", species[row % 2], row % 2, row % 3);
    let text: String = "id,species,a,b\n".to_owned() + &(0..20).map(row).collect::<String>();
    fs::write(&data, text).unwrap();
    let run = |options: &str| {
        said(&format!("--data {} --epochs 60 --learning-rate 0.05 {options}", data.display()))
    };
    let expected = run("--network 2-2 --label species --drop id");
    assert!(expected.contains("\nclasses: cat, dog\n"), "{expected}");
    assert!(expected.lines().last().unwrap().contains("100.0 %"), "{expected}");
    for options in
        ["--label 2 --drop 1", "--label 2 --drop id", "--drop id --label species --header"]
    {
        assert_eq!(run(&format!("--network 2-2 {options}")), expected, "{options}");
    }
    // Two targets, in the order in which they are named.
    let two = "--targets 2 --loss mse --network 1-2 --drop species";
    assert_ne!(
        run(&format!("{two} --label b --label a")),
        run(&format!("{two} --label a --label b"))
    );
    for (options, part) in [
        ("--label sort", "there is no column `sort`, but id, species, a, b"),
        ("--label species", "line 1 has 4 columns, but 3 are wanted: 2 features and 1 class"),
        ("--label species --drop species", "column 2 is given twice, as a label or to be left out"),
        ("--label a --targets 2 --loss mse", "1 named column, but 2 targets"),
    ] {
        let error = failed(&format!("--data {} --network 2-2 {options}", data.display()), 1);
        assert!(error.contains(part), "{options}: {error}");
    }
}

#[test]
fn missing_values_are_an_error_unless_it_is_said_what_to_do() {
    let (_folder, file) = folder();
    let data = file("d.csv");
    for sign in ["", "NA", "?", "nan"] {
        let text = format!("a,b,class\n1,2,0\n{sign},3,1\n4,5,0\n7,-2,1\n");
        fs::write(&data, text).unwrap();
        let options = format!("--network 2-2 --epochs 1 --data {}", data.display());
        let error = failed(&options, 1);
        assert!(error.contains("line 3, column 1: a value is missing; --missing mean "), "{error}");
        let text = said(&format!("{options} --missing drop"));
        assert!(text.contains(", 3 samples\nleft out, because a value is missing: 1\n"), "{text}");
        let text = said(&format!("{options} --missing mean"));
        assert!(
            text.contains(", 4 samples\nfeature 1: missing in 1 sample, which gets its mean, 4\n"),
            "{text}"
        );
    }
    fs::write(&data, "a,b,class\n1,2,0\n3,3,?\n4,5,1\n").unwrap();
    let options = format!("--network 2-2 --epochs 1 --data {}", data.display());
    for missing in ["", "--missing mean"] {
        let error = failed(&format!("{options} {missing}"), 1);
        assert!(error.contains("line 3: the label is missing; --missing drop leaves "), "{error}");
    }
    assert!(said(&format!("{options} --missing drop")).contains(", 2 samples\n"));
    fs::write(&data, "a,y\n1,2\n3,nan\n").unwrap();
    let options =
        format!("--network 1-1 --targets 1 --loss mse --epochs 1 --data {}", data.display());
    assert!(failed(&options, 1).contains("line 3: the label is missing; "));
    assert!(said(&format!("{options} --missing drop")).contains(", 1 sample\n"));
}
