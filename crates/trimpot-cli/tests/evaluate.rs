//! The `trimpot evaluate` command.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};
use trimpot::layer::DenseSpec;
use trimpot::spec::{Dims, LayerSpec};
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::layers::Layers;

/// A folder with a model of one dense layer.
struct Example {
    folder: TempDir,
}

impl Example {
    fn new(inputs: u32, parameters: &[f32], about: About) -> Self {
        let outputs = parameters.len() as u32 / (inputs + 1);
        let specs = vec![LayerSpec::Dense(DenseSpec { inputs, outputs })];
        let layers = Layers { input: Dims::vector(inputs), specs, constants: Vec::new() };
        let example = Example { folder: tempdir().unwrap() };
        let model = StoredModel { layers, parameters: parameters.to_vec(), about };
        model.save(&example.file("model.safetensors")).unwrap();
        example
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, table: &str, options: &str) -> Output {
        let data = self.file("data.csv");
        fs::write(&data, table).unwrap();
        run(&[&self.file("model.safetensors"), &data], options)
    }

    fn said(&self, table: &str, options: &str) -> String {
        let output = self.run(table, options);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn failed(&self, table: &str, options: &str) -> String {
        let output = self.run(table, options);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }
}

fn run(files: &[&Path], options: &str) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.arg("evaluate").args(files).args(options.split_whitespace()).output().unwrap()
}

fn about(classes: &[&str], loss: &str, task: ModelTask) -> About {
    About {
        classes: classes.iter().map(|&name| name.to_owned()).collect(),
        loss: Some(loss.to_owned()),
        task: Some(task),
        ..About::default()
    }
}

/// Outputs are 0.5, x and y.
const ANIMALS: [f32; 9] = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0];

/// Classes in an order that is not that of the alphabet.
fn animals() -> Example {
    let about = about(&["eel", "cat", "dog"], "cross_entropy", ModelTask::Classes);
    Example::new(2, &ANIMALS, about)
}

/// Predicted are cat, dog, eel, eel, cat, cat.
const TABLE: &str = "x,y,animal\n2,0,cat\n0,3,dog\n0,0,dog\n0,0,eel\n1,0,eel\n2,0,cat\n";

/// The words of a line that begins with this one.
#[track_caller]
fn line<'t>(text: &'t str, first: &str) -> Vec<&'t str> {
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(first));
    line.unwrap_or_else(|| panic!("no {first}: {text}")).split_whitespace().collect()
}

#[test]
fn scores_of_classes_are_those_counted_by_hand() {
    let text = animals().said(TABLE, "");
    assert!(text.contains("data.csv: 6 samples\n"), "{text}");
    for (first, rest) in [
        ("accuracy", "66.67 %"),
        ("balanced", "accuracy 66.67 %"),
        // (0.5 + 0.8 + 2/3) / 3
        ("macro", "F1 0.6556"),
        ("eel", "0.5000 0.5000 0.5000 2"),
        ("cat", "0.6667 1.0000 0.8000 2"),
        ("dog", "1.0000 0.5000 0.6667 2"),
    ] {
        assert_eq!(line(&text, first)[1..].join(" "), rest, "{text}");
    }
    // Rows are classes, columns predictions, both in the order of the outputs.
    let matrix: Vec<Vec<&str>> = text
        .lines()
        .skip_while(|line| !line.starts_with("confusion matrix"))
        .skip(1)
        .take(4)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(matrix[0], ["eel", "cat", "dog"]);
    assert_eq!(
        matrix[1..],
        [["eel", "1", "1", "0"], ["cat", "0", "2", "0"], ["dog", "1", "0", "1"]]
    );
}

#[test]
fn loss_and_calibration_are_those_of_a_softmax() {
    let text = animals().said(TABLE, "");
    let softmax = |outputs: [f64; 3], class: usize| {
        outputs[class].exp() / outputs.iter().map(|output| output.exp()).sum::<f64>()
    };
    // Class and prediction of each sample.
    let samples = [
        ([0.5, 2.0, 0.0], 1, 1),
        ([0.5, 0.0, 3.0], 2, 2),
        ([0.5, 0.0, 0.0], 2, 0),
        ([0.5, 0.0, 0.0], 0, 0),
        ([0.5, 1.0, 0.0], 0, 1),
        ([0.5, 2.0, 0.0], 1, 1),
    ];
    let loss = samples.map(|(outputs, class, _)| -softmax(outputs, class).ln()).iter().sum::<f64>();
    assert_eq!(line(&text, "cross_entropy")[1], format!("{:.4}", loss / 6.0));
    // 0.45 twice, of which one is right; 0.51, wrong; 0.74 twice, right; 0.88, right.
    let [low, middle, high, top] =
        [([0.5, 0.0, 0.0], 0), ([0.5, 1.0, 0.0], 1), ([0.5, 2.0, 0.0], 1), ([0.5, 0.0, 3.0], 2)]
            .map(|(outputs, class)| softmax(outputs, class));
    let error = 2.0 * (low - 0.5_f64).abs() + middle + 2.0 * (1.0 - high) + (1.0 - top);
    assert_eq!(line(&text, "expected")[3], format!("{:.4}", error / 6.0));
    for (first, samples, confidence, accuracy) in [
        ("0.4", "2", low, "0.5000"),
        ("0.5", "1", middle, "0.0000"),
        ("0.7", "2", high, "1.0000"),
        ("0.8", "1", top, "1.0000"),
    ] {
        let found = &line(&text, first)[3..];
        assert_eq!(found, [samples, &format!("{confidence:.4}"), accuracy], "{text}");
    }
}

#[test]
fn another_order_of_rows_and_a_class_that_does_not_occur_change_no_class() {
    // By the alphabet among themselves, dog would be the first class.
    let text = animals().said("x,y,animal\n0,3,dog\n0,0,eel\n", "");
    assert_eq!(line(&text, "accuracy")[1], "100.00");
    assert_eq!(line(&text, "cat")[1..], ["none", "none", "none", "0"]);
    let error = animals().failed("x,y,animal\n0,3,dog\n0,0,emu\n", "");
    assert!(error.contains("line 3: class `emu` is none of the model: eel, cat, dog"), "{error}");
    let error = animals().failed("x,y,animal\n0,3,1\n", "");
    assert!(error.contains("class `1` is none of the model"), "{error}");

    let error =
        animals().failed("x,y,dog,cat,eel\n2,0,0,1,0\n", "--label dog --label cat --label eel");
    assert!(error.contains("the classes of the model have names: eel, cat, dog"), "{error}");

    let numbered = Example::new(2, &ANIMALS, about(&[], "cross_entropy", ModelTask::Classes));
    assert_eq!(line(&numbered.said("0,3,2\n0,0,0\n", ""), "accuracy")[1], "100.00");
    let error = numbered.failed(TABLE, "");
    assert!(
        error.contains("line 2: class `cat`, but the classes of the model are numbers, 0 to 2")
    );
}

#[test]
fn scores_of_numbers_are_those_computed_by_hand() {
    // Outputs are x and 2 y + 1.
    let parameters = [1.0, 0.0, 0.0, 2.0, 0.0, 1.0];
    let example = Example::new(2, &parameters, about(&[], "mse", ModelTask::Numbers));
    let table = "x,y,a,b\n1,0,1.5,1\n2,1,2,3\n3,2,2.5,5\n";
    for options in ["", "--targets 2"] {
        let text = example.said(table, options);
        // Errors of the first output are -0.5, 0 and 0.5; its targets are 0.5 from their mean.
        assert_eq!(line(&text, "1")[1..], ["0.0000", "0.3333", "0.4082"], "{text}");
        assert_eq!(line(&text, "2")[1..], ["1.0000", "0", "0"], "{text}");
        // The mean over samples and outputs.
        assert_eq!(line(&text, "mse")[1], "0.0833", "{text}");
    }
    let error = example.failed(table, "--targets 3");
    assert!(error.contains("--targets is 3, but the model has 2 outputs"), "{error}");
    let error = animals().failed(TABLE, "--targets 3");
    assert!(error.contains("and the task is classes"), "{error}");
}

#[test]
fn a_single_output_tells_two_classes_apart() {
    let about = about(&["no", "yes"], "bce_with_logits", ModelTask::Classes);
    let example = Example::new(1, &[1.0, 0.0], about);
    let text = example.said("x,y\n2,yes\n-1,no\n1,no\n", "");
    assert_eq!(line(&text, "accuracy")[1], "66.67");
    assert_eq!(line(&text, "no")[1..], ["1.0000", "0.5000", "0.6667", "2"]);
    // sigmoid(1) of both classes: one is right.
    let confidence = format!("{:.4}", 1.0 / (1.0 + (-1.0_f64).exp()));
    assert_eq!(line(&text, "0.7")[3..], ["2", &confidence, "0.5000"]);
    // A loss whose outputs are no probabilities has no calibration.
    let text = example.said("x,y\n2,yes\n", "--loss hinge");
    assert!(text.contains("no calibration: outputs for hinge are no probabilities"), "{text}");
}

#[test]
fn many_classes_are_told_by_their_most_frequent_confusions() {
    // Output i is i x - i² / 2: the largest is that of the class next to x.
    let classes = 30;
    let mut parameters: Vec<f32> = (0..classes).map(|class| class as f32).collect();
    parameters.extend((0..classes).map(|class| -0.5 * (class * class) as f32));
    let example = Example::new(1, &parameters, about(&[], "cross_entropy", ModelTask::Classes));
    let text = example.said("7,7\n7,8\n7,8\n3,29\n12,12\n", "");
    assert!(!text.contains("confusion matrix"), "{text}");
    let confusions: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("most frequent"))
        .skip(2)
        .take(2)
        .collect();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(confusions[0]), ["8", "7", "2"]);
    assert_eq!(words(confusions[1]), ["29", "3", "1"]);
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let example = animals();
    let error = example.failed("x,y,animal\n0,NA,cat\n", "");
    assert!(error.contains("line 2, column 2: a value is missing; --missing drop "), "{error}");
    let error = example.failed(TABLE, "--missing mean");
    assert!(error.contains("--missing mean is for training"), "{error}");
    let text = example.said("x,y,animal\n0,NA,cat\n0,3,dog\n", "--missing drop");
    assert!(text.contains("1 sample, without 1 that lacks a value"), "{text}");
    let error = example.failed("x,animal\n0,cat\n", "");
    assert!(error.contains("has 2 columns, but 3 are wanted"), "{error}");
    let error = example.failed(TABLE, "--input 1x2");
    assert!(error.contains("a sample has the shape 2, and not 1x2"), "{error}");

    let data = example.file("data.csv");
    let output = run(&[&example.file("none"), &data], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read "));
    let output = run(&[&data], "");
    assert_eq!(output.status.code(), Some(2));
    let wrong = Example::new(2, &ANIMALS, about(&[], "ctc", ModelTask::Classes));
    assert!(wrong.failed(TABLE, "").contains("ctc needs sequences"));
}
