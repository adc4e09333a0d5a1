//! The `trimpot predict` command.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::{TempDir, tempdir};
use trimpot::layer::DenseSpec;
use trimpot::spec::{Dims, LayerSpec};
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::layers::Layers;

/// A folder with a model whose outputs are 0.5, x and y, of three animals or as numbers.
fn example(task: ModelTask, loss: &str) -> (TempDir, PathBuf) {
    let specs = vec![LayerSpec::Dense(DenseSpec { inputs: 2, outputs: 3 })];
    let layers = Layers { input: Dims::vector(2), specs, constants: Vec::new() };
    let classes = match task {
        ModelTask::Classes => ["eel", "cat, tame", "dog"].map(str::to_owned).to_vec(),
        ModelTask::Numbers | ModelTask::Anomalies => Vec::new(),
    };
    let about =
        About { classes, loss: Some(loss.to_owned()), task: Some(task), ..About::default() };
    let parameters = vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0];
    let folder = tempdir().unwrap();
    let file = folder.path().join("model");
    StoredModel { layers, parameters, about }.save(&file).unwrap();
    (folder, file)
}

fn run(model: &Path, data: &Path, options: &str) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.arg("predict").args([model, data]).args(options.split_whitespace());
    command.output().unwrap()
}

#[track_caller]
fn said(model: &Path, data: &Path, options: &str) -> String {
    let output = run(model, data, options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn failed(model: &Path, data: &Path, options: &str) -> String {
    let output = run(model, data, options);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn each_sample_has_its_class_and_outputs() {
    let (folder, model) = example(ModelTask::Classes, "cross_entropy");
    let data = folder.path().join("data.csv");
    fs::write(&data, "x,y\n2,0\n0,-3\n").unwrap();
    let text = said(&model, &data, "");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "row,class,probability,eel,\"cat, tame\",dog");
    let probability = |outputs: [f64; 3], class: usize| {
        outputs[class].exp() / outputs.iter().map(|output| output.exp()).sum::<f64>()
    };
    for (line, start, exact, end) in [
        (lines[1], "1,\"cat, tame\",", probability([0.5, 2.0, 0.0], 1), ",0.5,2,0"),
        (lines[2], "2,eel,", probability([0.5, 0.0, -3.0], 0), ",0.5,0,-3"),
    ] {
        let found = line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        let found: f64 = found.unwrap_or_else(|| panic!("{line}")).parse().unwrap();
        assert!((found - exact).abs() <= 1e-6, "{line}: {exact}");
    }
    let file = folder.path().join("predictions.csv");
    assert_eq!(said(&model, &data, &format!("--output {}", file.display())), "");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    // Scores that are no probabilities.
    let text = said(&model, &data, "--loss multi_margin");
    assert!(text.starts_with("row,class,eel,"), "{text}");
}

#[test]
fn columns_that_are_no_features_are_named() {
    let (folder, model) = example(ModelTask::Classes, "cross_entropy");
    let data = folder.path().join("data.csv");
    fs::write(&data, "name,x,y,animal\na,2,0,dog\nb,0,-3,dog\n").unwrap();
    let text = said(&model, &data, "--drop name --label animal");
    fs::write(&data, "x,y\n2,0\n0,-3\n").unwrap();
    assert_eq!(text, said(&model, &data, ""));
    fs::write(&data, "x,y,animal\n2,0,dog\n").unwrap();
    let error = failed(&model, &data, "");
    assert!(
        error.contains(
            "line 1 has 3 columns, but 2 are wanted: 2 features; --drop leaves a column out"
        ),
        "{error}"
    );

    // A sample that lacks a value is left out, and the numbers of the others stay.
    fs::write(&data, "x,y\n2,0\nNA,1\n0,3\n").unwrap();
    assert!(failed(&model, &data, "").contains("line 3, column 1: a value is missing"));
    let text = said(&model, &data, "--missing drop");
    let rows: Vec<&str> = text.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(rows, ["row", "1", "3"]);
    assert!(failed(&model, &data, "--missing mean").contains("--missing mean is for training"));
}

#[test]
fn numbers_are_outputs_alone_and_samples_may_come_from_standard_input() {
    let (_folder, model) = example(ModelTask::Numbers, "mse");
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.args(["predict", model.to_str().unwrap(), "-", "--scale", "2"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"0.25,1\n").unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "row,output_1,output_2,output_3\n1,0.5,0.5,2\n");
}

#[test]
fn no_file_is_overwritten_by_accident() {
    let (folder, model) = example(ModelTask::Classes, "cross_entropy");
    let data = folder.path().join("data.csv");
    fs::write(&data, "x,y\n2,0\n").unwrap();
    for file in [&data, &model] {
        let before = fs::read(file).unwrap();
        let error = failed(&model, &data, &format!("--output {}", file.display()));
        assert!(error.contains("--output ") && error.contains("is the same file as"), "{error}");
        assert_eq!(fs::read(file).unwrap(), before);
    }
    let error = failed(&model, &data, "--output none/out.csv");
    assert!(error.contains("cannot write none/out.csv: there is no folder none"), "{error}");
}
