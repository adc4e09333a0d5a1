//! What training begins with, and what it is scored on: `--init`, `--standardize`, `--test`; and
//! what is drawn of it, `--curves`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use trimpot::layer::DenseSpec;
use trimpot::spec::{Dims, LayerSpec};
use trimpot_host::dataset::{DataSpec, Dataset};
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_model::standardization::Standardization;

use super::{command, error_of, failed, folder, said};

/// Columns of very different sizes, one of which is always the same.
fn rows() -> String {
    let row = |row: usize| {
        let (x, y) = (20_000.0 + 100.0 * (row % 8) as f32, 1e-4 * (row / 8) as f32);
        let class = if row % 8 > row / 8 { "left" } else { "right" };
        format!("{x},{y},0.1,{class}\n")
    };
    (0..64).map(row).collect()
}

fn word(arguments: &[&str], files: &[&Path]) -> String {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    let output = command.args(arguments).args(files).output().unwrap();
    assert!(output.status.success(), "{}", error_of(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn stored(file: &Path) -> StoredModel {
    StoredModel::read(file, None).unwrap()
}

/// One line, however many they are.
#[test]
fn features_that_are_the_same_in_all_samples_are_named_in_a_line() {
    let (_folder, file) = folder();
    let data = file("data.csv");
    let row = |row: usize| format!("1,2,{row},3,4,5,{}\n", row % 2);
    fs::write(&data, "a,b,c,d,e,f,kind\n".to_owned() + &(0..12).map(row).collect::<String>())
        .unwrap();
    let train = format!("--data {} --network 6-2 --standardize --epochs 1", data.display());
    let text = said(&train);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("the same in all")).collect();
    let expected =
        "5 features are the same in all samples, and are centred only: a, b, d and 2 more";
    assert_eq!(lines, [expected]);
}

#[test]
fn standardized_features_have_the_mean_and_deviation_of_what_is_learned() {
    let (_folder, file) = folder();
    let (data, model) = (file("data.csv"), file("model"));
    fs::write(&data, rows()).unwrap();
    let text = said(&format!(
        "--data {} --network 3-8-2 --standardize --hold-out 0.25 --seed 3 --epochs 300 \
         --learning-rate 0.05 --output {}",
        data.display(),
        model.display()
    ));
    assert!(text.contains("Frozen(BatchNorm(3)), Dense(3, 8), Relu, Dense(8, 2): 50 parameters"));
    assert!(text.contains("feature 3 is the same in all samples"), "{text}");

    let all = DataSpec::classes(3, 2).read(&data).unwrap().dataset;
    let (learned, _): (Dataset, Dataset) = all.hold_out(0.25, 3);
    let found = Standardization::of(&stored(&model).layers).unwrap();
    for (column, (mean, deviation)) in found.mean.iter().zip(&found.deviation).enumerate() {
        let features = learned.features();
        let numbers: Vec<f64> = (0..48).map(|row| f64::from(features.row(row)[column])).collect();
        let expected = numbers.iter().sum::<f64>() / 48.0;
        let squares = numbers.iter().map(|number| (number - expected).powi(2)).sum::<f64>();
        let near = |found: f32, exact: f64| (f64::from(found) - exact).abs() <= 1e-6 * exact.abs();
        assert!(near(*mean, expected), "{column}: {mean} {expected}");
        match column {
            2 => assert_eq!(*deviation, 0.0),
            _ => assert!(near(*deviation, (squares / 48.0).sqrt()), "{column}: {deviation}"),
        }
    }
    // Such columns teach nothing as they are.
    let scored = word(&["evaluate"], &[&model, &data]);
    let accuracy: f32 = scored
        .lines()
        .find_map(|line| line.strip_prefix("accuracy ")?.strip_suffix(" %")?.parse().ok())
        .unwrap();
    assert!(accuracy > 95.0, "{scored}");

    let info = word(&["info"], &[&model]);
    for part in ["classes     left, right", "task        classes", "loss        cross_entropy"] {
        assert!(info.contains(part), "{info}");
    }
    let last: Vec<&str> = info.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["3", "0.1", "none"]);
    let planned = word(&["plan", "--board", "nrf52840-dk"], &[&model]);
    assert!(planned.contains("fits, "), "{planned}");
}

#[test]
fn a_standardized_run_goes_on_with_the_same_bits() {
    let (_folder, file) = folder();
    let [data, whole, parts, run] = ["data.csv", "whole", "parts", "run"].map(&file);
    fs::write(&data, rows()).unwrap();
    let options = format!(
        "--data {} --network 3-4-2 --standardize --hold-out 0.25 --missing mean",
        data.display()
    );
    said(&format!("{options} --epochs 4 --output {}", whole.display()));
    let parts_of = |epochs: u32| {
        format!(
            "{options} --epochs {epochs} --checkpoint {} --resume --output {}",
            run.display(),
            parts.display()
        )
    };
    said(&parts_of(2));
    said(&parts_of(4));
    assert_eq!(fs::read(&whole).unwrap(), fs::read(&parts).unwrap());
}

#[test]
fn a_feature_that_is_too_large_is_told_before_training() {
    let (_folder, file) = folder();
    let data = file("data.csv");
    fs::write(&data, "1,1e30,a\n2,-1e30,b\n").unwrap();
    let options = format!("--data {} --network 2-2 --standardize", data.display());
    let error = failed(&options, 1);
    assert!(error.contains("the deviation of feature 2, 1000000"), "{error}");
}

#[test]
fn channels_of_images_are_standardized() {
    let (_folder, file) = folder();
    let model = file("model");
    said(&format!(
        "--network \"8x8 > conv 2 3x3, relu, dense 10\" --standardize --epochs 1 --output {}",
        model.display()
    ));
    let stored = stored(&model);
    let found = Standardization::of(&stored.layers).unwrap();
    let numbers = super::digits().features().numbers.clone();
    let mean = numbers.iter().map(|&number| f64::from(number)).sum::<f64>() / numbers.len() as f64;
    assert_eq!(found.mean.len(), 1);
    // As they are in the file.
    assert!((f64::from(found.mean[0]) - 16.0 * mean).abs() <= 1e-5, "{found:?} {mean}");
}

#[test]
fn a_run_goes_on_from_a_model() {
    let (_folder, file) = folder();
    let (first, second) = (file("first"), file("second"));
    let [one, two] = [&first, &second].map(|file| file.display());
    said(&format!("--network 64-16-10 --standardize --epochs 2 --output {one}"));
    // Nothing is learned: the same model.
    for network in ["", "--network 64-16-10 --standardize"] {
        said(&format!("--init {one} {network} --epochs 0 --output {two}"));
        assert_eq!(stored(&first), stored(&second), "{network}");
    }
    let text = said(&format!("--init {one} --hold-out 0.2 --epochs 1 --output {two}"));
    assert!(text.contains("\nheld out: loss"), "{text}");
    assert_eq!(stored(&first).layers, stored(&second).layers);
    assert_ne!(stored(&first).parameters, stored(&second).parameters);

    for (options, part) in [
        ("--network 64-16-10", "its features are standardized, so --standardize is needed"),
        ("--network 64-12-10 --standardize", "layer 1 is `dense 16`, that of --network `dense 12`"),
        (
            "--network 64-16-10 --standardize --activation tanh",
            "layer 2 is `relu`, that of --network `tanh`",
        ),
        (
            "--network 63-16-10 --standardize",
            "its samples have the shape 64, those of --network 63",
        ),
        (
            "--network \"64 > dense 16, relu, dense 10, relu\" --standardize",
            "layer 4 is none, that of --network `relu`",
        ),
    ] {
        let error = failed(&format!("--init {one} {options} --epochs 1"), 1);
        let expected = format!("--init has another network: {part}");
        assert!(error.contains(&expected), "{options}: {error}");
    }
    said(&format!("--network 64-10 --epochs 1 --output {two}"));
    let error = failed(&format!("--init {two} --standardize --epochs 1"), 1);
    assert!(error.contains("does not begin with a standardization"), "{error}");
    let error = failed(&format!("--init {one} --output {one} --epochs 1"), 1);
    assert!(error.contains("is the same file as --init"), "{error}");
    failed("--epochs 1", 2);
    failed(&format!("--init {one} --activation tanh"), 2);
}

#[test]
fn a_checkpoint_of_another_beginning_is_refused() {
    let (_folder, file) = folder();
    let [one, two, run] = ["one", "two", "run"].map(|name| file(name).display().to_string());
    said(&format!("--network 64-10 --epochs 1 --output {one}"));
    said(&format!("--network 64-10 --epochs 1 --seed 2 --output {two}"));
    said(&format!("--init {one} --epochs 1 --checkpoint {run}"));
    said(&format!("--init {one} --epochs 2 --checkpoint {run} --resume"));
    let error = failed(&format!("--init {two} --epochs 3 --checkpoint {run} --resume"), 1);
    assert!(error.contains("--init"), "{error}");
}

#[test]
fn classes_of_the_model_keep_their_outputs() {
    let (_folder, file) = folder();
    let specs = vec![LayerSpec::Dense(DenseSpec { inputs: 1, outputs: 3 })];
    let layers = Layers { input: Dims::vector(1), specs, constants: Vec::new() };
    let classes = ["eel", "cat", "dog"].map(str::to_owned).to_vec();
    let about =
        About { classes: classes.clone(), task: Some(ModelTask::Classes), ..About::default() };
    let first = StoredModel { layers, parameters: vec![0.0; 6], about };
    first.save(&file("first")).unwrap();
    let data = file("data.csv");
    fs::write(&data, "x,animal\n1,cat\n-1,dog\n").unwrap();
    let options = format!(
        "--init {} --data {} --epochs 20 --output {}",
        file("first").display(),
        data.display(),
        file("second").display()
    );
    let text = said(&options);
    assert!(text.contains("classes: eel, cat, dog"), "{text}");
    assert_eq!(stored(&file("second")).about.classes, classes);
    let scored = word(&["evaluate"], &[&file("second"), &data]);
    assert!(scored.contains("accuracy 100.00 %"), "{scored}");
    fs::write(&data, "x,animal\n1,cat\n-1,emu\n").unwrap();
    assert!(failed(&options, 1).contains("class `emu` is none of the model: eel, cat, dog"));
}

#[test]
fn a_test_set_is_scored_as_evaluate_does() {
    let (_folder, file) = folder();
    let [data, test, model] = ["data.csv", "test.csv", "model"].map(&file);
    fs::write(&data, rows()).unwrap();
    // Only one of the classes, and a gap.
    let lines: String = rows()
        .lines()
        .filter(|line| line.ends_with("right"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    fs::write(&test, lines.clone() + "NA,0,0.1,right\n").unwrap();
    let options = format!(
        "--data {} --test {} --network 3-8-2 --standardize --missing mean --epochs 5 --output {}",
        data.display(),
        test.display(),
        model.display()
    );
    let text = said(&options);
    assert!(text.contains("feature 1: missing in 1 sample, which gets its mean, 20350"), "{text}");
    assert!(text.contains("\nleft  "), "{text}");
    fs::write(&test, lines + "20350,0,0.1,right\n").unwrap();
    let text = said(&options);
    let scored = word(&["evaluate"], &[&model, &test]);
    assert!(text.contains(&scored), "{text}\n{scored}");

    fs::write(&test, "1,1,0.1,middle\n").unwrap();
    let error = failed(&options, 1);
    assert!(error.contains("class `middle` is none of the model: left, right"), "{error}");
    let error = failed(&options.replace("test.csv", "data.csv"), 1);
    assert!(error.contains("--test ") && error.contains("is the same file as --data "), "{error}");
}

#[test]
fn learning_curves_are_drawn() {
    let (_folder, file) = folder();
    for (name, first) in [("curves.svg", "<svg "), ("curves.html", "<!DOCTYPE html>")] {
        let options = format!("--network 64-10 --epochs 3 --curves {}", file(name).display());
        said(&format!("{options} --hold-out 0.2"));
        let text = fs::read_to_string(file(name)).unwrap();
        assert!(text.starts_with(first), "{text}");
        for part in [">loss</text>", ">accuracy, %</text>", ">epoch</text>"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        // In both panels.
        for part in [">training</text>", ">held out</text>"] {
            assert_eq!(text.matches(part).count(), 2, "{part}: {text}");
        }
        said(&options);
        assert!(!fs::read_to_string(file(name)).unwrap().contains(">held out</text>"));
    }
    assert!(failed("--network 64-10 --curves c.png", 2).contains("it must end in .svg or .html"));
    let options = format!("--network 64-10 --epochs 1 --curves {}", file("none/c.svg").display());
    let output = command(&options).output().unwrap();
    assert!(error_of(&output).contains("cannot write --curves"), "{}", error_of(&output));
}
