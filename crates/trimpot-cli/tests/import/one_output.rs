//! What one output says: a number, or which of two classes.

use std::path::Path;

use ndarray::Array2;
use tempfile::tempdir;
use trimpot::spec::Dims;
use trimpot_model::import;

use super::{failed, golden_file, said, strip, write};

/// What one output says cannot be told by it: a number, or which of two classes.
#[test]
fn what_one_output_says_is_asked_for() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let [bare, own, model, data] =
        ["bare.safetensors", "own.safetensors", "model.safetensors", "data.npz"].map(path);
    let x = Array2::from_shape_fn((8, 2), |(row, column)| ((row * 3 + column * 5) % 7) as f64);
    let y = Array2::from_shape_fn((8, 1), |(row, _)| (row % 2) as f64);
    write(&data, &[("x", &x), ("y", &y)]);
    let network = "2 > dense 3, relu, dense 1";
    said(&format!(
        "train --data {} --task numbers --targets 1 --network \"{network}\" --epochs 1 --output {}",
        data.display(),
        own.display()
    ));
    strip(&own, &bare);
    let [bare, model, data] = [bare, model, data].map(|path| path.display().to_string());
    let import = |network: &str, options: &str| {
        let line = format!("import {bare} --network \"{network}\" --output {model} --overwrite");
        said(&format!("{line} {options}"))
    };
    let text = import(network, "");
    assert!(text.contains("add --task numbers, or --task classes"), "{text}");
    let board = path("board").display().to_string();
    for word in ["evaluate", "predict", &format!("board --folder {board} install")] {
        let error = failed(&format!("{word} {model} {data}"), 1);
        assert!(error.contains("`trimpot import` with --task numbers or --task"), "{error}");
        assert!(error.contains("take --targets 1 or --loss bce_with_logits"), "{error}");
    }
    said(&format!("evaluate {model} {data} --targets 1"));
    said(&format!("evaluate {model} {data} --loss bce_with_logits"));
    let sigmoid = "2 > dense 3, relu, dense 1, sigmoid";
    for (network, options, part) in [
        (network, "--task numbers", "task numbers, loss mse"),
        (network, "--task classes", "task classes, loss cross_entropy"),
        (network, "--loss bce_with_logits --task classes", "task classes, loss bce_with_logits"),
        (sigmoid, "", "task classes, loss cross_entropy"),
        (sigmoid, "--classes no,yes", "task classes, loss cross_entropy"),
        (sigmoid, "--loss bce", "task classes, loss bce"),
        (sigmoid, "--task numbers", "task numbers, loss mse"),
    ] {
        let text = import(network, options);
        let is = |line: &str| line == part || line.starts_with(&format!("{part} "));
        assert!(text.lines().any(is), "{options}: {text}");
        if !options.contains("yes") {
            said(&format!("evaluate {model} {data}"));
        }
    }
}

/// A probability of one output is that of the second of two classes, on a board as well.
#[test]
fn a_sigmoid_of_one_output_becomes_two_classes() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [samples, model, data, board] =
        ["golden.npz", "model.safetensors", "data.npz", "board"].map(path);
    let (file, _, [x, y]) = golden_file("keras", "binary_small.keras");
    write(Path::new(&samples), &[("x", &x), ("y", &y)]);
    let line =
        format!("import {file} --check {samples} --output {model} --overwrite --classes 0,1");
    let text = said(&line);
    for part in [
        "dense 2",
        "2 outputs, ",
        "the sigmoid at the end is left out: outputs are logits",
        "note: one output, the logit z of a sigmoid, is two here, 0 and z",
        "--task numbers, or a --loss of one output such as bce, keeps one output",
        "outputs after sigmoid are at most ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let labels = Array2::from_shape_fn((x.nrows(), 1), |(row, _)| (row % 2) as f64);
    let features: Vec<f32> = x.iter().map(|&number| number as f32).collect();
    let sample = Dims::image(2, 5, 4);
    let turned: Vec<f64> = features
        .chunks_exact(sample.count())
        .flat_map(|features| import::channels_first(sample, features))
        .map(f64::from)
        .collect();
    let turned = Array2::from_shape_vec(x.raw_dim(), turned).unwrap();
    write(Path::new(&data), &[("x", &turned), ("y", &labels)]);
    let table = said(&format!("predict {model} {data}"));
    assert_eq!(table.lines().count(), 1 + x.nrows());
    for (line, &expected) in table.lines().skip(1).zip(&y) {
        let [_, class, probability, _, _] =
            <[&str; 5]>::try_from(line.split(',').collect::<Vec<_>>()).unwrap();
        let probability: f64 = probability.parse().unwrap();
        let of_second = if class == "1" { probability } else { 1.0 - probability };
        assert!((of_second - expected).abs() <= 1e-5, "{expected}: {line}");
    }
    said(&format!("board --folder {board} install {model} {data} --train head:1"));
    let other = &y + 0.01;
    write(Path::new(&samples), &[("x", &x), ("y", &other)]);
    assert!(failed(&line, 1).contains("of the largest output apart"));
    // As a number it stays one.
    write(Path::new(&samples), &[("x", &x), ("y", &y)]);
    let line = line.replace(" --classes 0,1", " --task numbers");
    assert!(said(&line).contains("1 output, "));
}
