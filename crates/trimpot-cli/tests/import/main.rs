//! The `trimpot import` command.

mod one_output;

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use ndarray::{Array2, Array4, Axis};
use ndarray_npy::NpzWriter;
use serde_json::{Map, Value};
use tempfile::tempdir;
use trimpot_model::file::{ModelTask, StoredModel};

// Cargo runs a test in the folder of its package.
const GOLDEN: &str = "../trimpot-model/tests/import";
const DIGITS: &str = "../../data/digits8.npz";

/// The command with arguments in one line; what is between quotes is one of them.
fn run(line: &str) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    for (number, part) in line.split('"').enumerate() {
        match number % 2 {
            0 => command.args(part.split_whitespace()),
            _ => command.arg(part),
        };
    }
    command.output().unwrap()
}

fn said(line: &str) -> String {
    let output = run(line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn failed(line: &str, code: i32) -> String {
    let output = run(line);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{line}: {error}");
    error
}

/// A golden model of PyTorch: its file, its network, its samples and its outputs.
fn golden(name: &str) -> (String, String, [Array2<f64>; 2]) {
    let (file, case, samples) = golden_file("pytorch", &format!("{name}.safetensors"));
    (file, case["network"].as_str().unwrap().to_owned(), samples)
}

/// A golden model: its file, what there is to it, its samples and its outputs.
fn golden_file(of: &str, file: &str) -> (String, Value, [Array2<f64>; 2]) {
    let folder = Path::new(GOLDEN).join(of);
    let cases = fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let mut cases = cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let case = cases.find(|case| case["file"] == file).unwrap();
    let rows = |key: &str| {
        let rows: Vec<Vec<f64>> = serde_json::from_value(case[key].clone()).unwrap();
        let shape = (rows.len(), rows[0].len());
        Array2::from_shape_vec(shape, rows.concat()).unwrap()
    };
    let samples = [rows("x"), rows("y")];
    (folder.join(file).display().to_string(), case, samples)
}

fn write(file: &Path, arrays: &[(&str, &Array2<f64>)]) {
    let mut npz = NpzWriter::new(File::create(file).unwrap());
    for (name, array) in arrays {
        npz.add_array(*name, *array).unwrap();
    }
    npz.finish().unwrap();
}

#[test]
fn outputs_are_compared_with_those_of_the_original() {
    let folder = tempdir().unwrap();
    let samples = folder.path().join("golden.npz");
    let model = folder.path().join("model.safetensors");
    let (file, network, [x, y]) = golden("conv2d");
    write(&samples, &[("x", &x), ("y", &y)]);
    let line = format!(
        "import {file} --network \"{network}\" --check {} --output {}",
        samples.display(),
        model.display()
    );
    let text = said(&line);
    for part in [
        "conv 6 3 stride=2 padding=1 groups=2",
        "3 outputs, 331 parameters",
        "what outputs say is not known",
        "checked with 3 samples: outputs are at most ",
        "wrote ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let found = StoredModel::read(&model, None).unwrap();
    assert_eq!((found.layers.input.to_string().as_str(), found.about.task), ("2x9x8", None));

    let error = failed(&line, 1);
    assert!(error.contains("exists: --overwrite replaces it"), "{error}");
    said(&format!("{line} --overwrite"));

    // With another dilation it is another network, and the model stays what it was.
    let before = fs::read(&model).unwrap();
    let other = line.replace("dilation=2 padding=2", "padding=1");
    let error = failed(&format!("{other} --overwrite"), 1);
    assert!(error.contains("of the largest output apart is more than 1e-5"), "{error}");
    assert!(error.contains("is not written"), "{error}");
    assert_eq!(fs::read(&model).unwrap(), before);

    write(&samples, &[("x", &x), ("z", &y)]);
    let error = failed(&format!("{line} --overwrite"), 1);
    assert!(error.contains("there is no array `y`, but "), "{error}");
    write(&samples, &[("x", &y), ("y", &y)]);
    let error = failed(&format!("{line} --overwrite"), 1);
    assert!(error.contains("`x` has the shape [3, 3], but must be samples of 2x9x8"), "{error}");
    write(&samples, &[("x", &x), ("y", &x)]);
    let error = failed(&format!("{line} --overwrite"), 1);
    assert!(error.contains("must be 3 times 3 outputs"), "{error}");
}

/// A state_dict does not say that its network ends with a softmax.
#[test]
fn what_a_state_dict_ends_with_is_said_behind_its_layers() {
    let folder = tempdir().unwrap();
    let samples = folder.path().join("golden.npz");
    let (file, network, [x, y]) = golden("dense");
    let powers = y.mapv(f64::exp);
    let sums = powers.sum_axis(Axis(1)).insert_axis(Axis(1));
    let probabilities = powers / sums;
    let line = |ending: &str| {
        format!("import {file} --network \"{network}{ending}\" --check {}", samples.display())
    };
    for (ending, y) in
        [("softmax", probabilities.clone()), ("log_softmax", probabilities.mapv(f64::ln))]
    {
        write(&samples, &[("x", &x), ("y", &y)]);
        let text = said(&line(&format!(", {ending}")));
        for part in [
            &format!("the {ending} at the end is left out: outputs are logits"),
            "task classes, loss cross_entropy",
            &format!("outputs after {ending} are at most "),
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let error = failed(&line(""), 1);
        assert!(error.contains("the network is another one"), "{error}");
    }
    // Where the file says its layers, it says its end.
    let (file, ..) = golden_file("onnx", "perceptron_ts_11.onnx");
    let error = failed(&format!("import {file} --network \"4-2, softmax\""), 1);
    assert!(error.contains("the file says what its layers are"), "{error}");
}

#[test]
fn what_is_not_said_is_asked_for_as_options() {
    let (file, ..) = golden("dense");
    let error = failed(&format!("import {file}"), 1);
    assert!(error.contains("weight 5x6, bias 5"), "{error}");
    assert!(error.contains("--network \"6 > dense 5, ?, dense 3\""), "{error}");
    let error = failed(&format!("import {file} --network \"6 > dense 5, ?, dense 3\""), 2);
    assert!(error.contains("`?` is no layer"), "{error}");
    let (file, network, _) = golden("ordered");
    let line = format!("import {file} --network \"{network}\"");
    let error = failed(&line, 1);
    assert!(error.contains("guess by their names is --order encoder,decoder"), "{error}");
    let text = said(&format!("{line} --order encoder,decoder"));
    assert!(text.contains("no model is written"), "{text}");
    for (options, part) in [
        ("--classes a,b", "--classes are 2, but the network has 4 outputs"),
        ("--classes a,b,c,a", "classes 0 and 3 have the same name, `a`"),
        ("--classes a,,c,d", "the name of class 1 is empty"),
        ("--classes a,b,c,d --task numbers", "--task numbers has no names of classes"),
        ("--loss bce --task classes", "bce wants outputs"),
        (&format!("--output {file} --overwrite"), "is the same file as FILE"),
    ] {
        let error = failed(&format!("{line} --order encoder,decoder {options}"), 1);
        assert!(error.contains(part), "{options}: {error}");
    }
    let (file, network, _) = golden("windows");
    let text = said(&format!("import {file} --network \"{network}\" --task classes"));
    assert!(text.contains("task classes, loss bce"), "{text}");
}

/// Writes a model file of ours as PyTorch would: without metadata.
fn strip(model: &Path, file: &Path) {
    let bytes = fs::read(model).unwrap();
    let (length, rest) = bytes.split_first_chunk().unwrap();
    let (header, numbers) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: Map<String, Value> = serde_json::from_slice(header).unwrap();
    header.remove("__metadata__").unwrap();
    let mut header = serde_json::to_vec(&header).unwrap();
    header.resize(header.len().next_multiple_of(8), b' ');
    let length = (header.len() as u64).to_le_bytes();
    fs::write(file, [&length, header.as_slice(), numbers].concat()).unwrap();
}

#[test]
fn an_imported_model_is_one_for_all_words() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [own, bare, model] = ["own.safetensors", "bare.safetensors", "model.safetensors"].map(path);
    let network = "8x8 > conv 4 3x3 stride=2, batch_norm, relu, dense 10";
    said(&format!("train --data {DIGITS} --network \"{network}\" --epochs 1 --output {own}"));
    let error = failed(&format!("import {own}"), 1);
    assert!(error.contains("is a model file of Trimpot already"), "{error}");

    strip(Path::new(&own), Path::new(&bare));
    let classes = "0,1,2,3,4,5,6,7,8,9";
    let text = said(&format!(
        "import {bare} --network \"{network}\" --classes {classes} --output {model}"
    ));
    assert!(text.contains("task classes, loss cross_entropy"), "{text}");
    let [before, after] = [&own, &model].map(|file| StoredModel::read(file, None).unwrap());
    assert_eq!((&after.layers, &after.parameters), (&before.layers, &before.parameters));
    assert_eq!(after.about.task, Some(ModelTask::Classes));
    assert_eq!(after.about.classes.len(), 10);

    let scores = |model: &str| said(&format!("evaluate {model} {DIGITS}"));
    assert_eq!(scores(&model).lines().next(), scores(&own).lines().next());
    // But for the header, which has the names of the classes.
    let predictions = |model: &str| {
        let table = said(&format!("predict {model} {DIGITS}"));
        table.split_once('\n').unwrap().1.to_owned()
    };
    assert!(predictions(&model) == predictions(&own));
    assert!(said(&format!("info {model}")).contains("loss        cross_entropy"));
    assert!(said(&format!("plan {model} --train head:1 --board nrf52840-dk")).contains("fits"));
    let board = path("board");
    said(&format!("board --folder {board} install {model} {DIGITS} --train head:1"));
    said(&format!(
        "train --data {DIGITS} --init {model} --epochs 1 --output {}",
        path("on.safetensors")
    ));
}

#[test]
fn onnx_says_its_network() {
    let folder = tempdir().unwrap();
    let samples = folder.path().join("golden.npz");
    let model = folder.path().join("model.safetensors");
    for (name, parts) in [
        (
            "perceptron_ts_17",
            &["dense 16", "/0/Gemm", "the log_softmax at the end is left out", "after log_softmax"]
                [..],
        ),
        (
            "perceptron_18",
            &[
                "layer_norm",
                "the softmax at the end is left out",
                "task classes, loss cross_entropy",
            ],
        ),
        ("residuals_18", &["residual", "  conv 8 3 padding=1", "batch_norm", "global"]),
        // With its weights in a file beside it.
        ("autoencoder_18_external", &["silu", "gelu", "reshape 1x4x8"]),
    ] {
        let (file, _, [x, y]) = golden_file("onnx", &format!("{name}.onnx"));
        write(&samples, &[("x", &x), ("y", &y)]);
        let line = format!(
            "import {file} --check {} --output {} --overwrite",
            samples.display(),
            model.display()
        );
        let text = said(&line);
        for part in parts.iter().copied().chain(["checked with ", "wrote "]) {
            assert!(text.contains(part), "{part}: {text}");
        }
        StoredModel::read(&model, None).unwrap();
        let other = &y + 0.01;
        write(&samples, &[("x", &x), ("y", &other)]);
        assert!(failed(&line, 1).contains("of the largest output apart"), "{name}");
    }
    let error = failed(&format!("import {GOLDEN}/onnx/perceptron_18.onnx --network 12-5"), 1);
    assert!(error.contains("the file says what its layers are"), "{error}");
}

/// Where the original has 16 bits, it rounds between layers.
#[test]
fn the_bound_of_a_check_follows_the_precision_of_the_file() {
    let folder = tempdir().unwrap();
    let samples = folder.path().join("golden.npz");
    for (name, units, bound) in [
        ("f16", 1.0 / 1024.0, "3.9e-3, 4 units of the last place of F16"),
        ("bf16", 1.0 / 128.0, "3.1e-2, 4 units of the last place of BF16"),
        ("f64", 2.5e-6, "1e-5"),
    ] {
        let (file, network, [x, y]) = golden(name);
        let largest = y.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
        let line = format!("import {file} --network \"{network}\" --check {}", samples.display());
        write(&samples, &[("x", &x), ("y", &(&y + 2.0 * units * largest))]);
        let text = said(&line);
        assert!(text.contains(&format!("of the largest, of at most {bound}")), "{name}: {text}");
        write(&samples, &[("x", &x), ("y", &(&y + 8.0 * units * largest))]);
        let error = failed(&line, 1);
        assert!(error.contains(&format!("apart is more than {bound}")), "{name}: {error}");
    }
}

/// Files of other frameworks are told from models, and what makes a model of them is named.
#[test]
fn words_for_models_name_import_for_files_of_others() {
    for (file, part) in [
        ("onnx/perceptron_18.onnx", "is an ONNX file, and no model file of Trimpot"),
        ("keras/dense.keras", "is a .keras file, and no"),
        ("keras/dense_2.h5", "is an HDF5 file, as of Keras, and no"),
        ("pytorch/dense.safetensors", "is a safetensors file without layers, as of a PyTorch"),
    ] {
        for word in ["info", "plan"] {
            let error = failed(&format!("{word} {GOLDEN}/{file}"), 1);
            assert!(error.contains(part), "{word}: {error}");
            assert!(error.contains(&format!("`trimpot import {GOLDEN}/{file}`")), "{error}");
        }
    }
}

/// Samples of Keras have their channels last, also where they are compared.
#[test]
fn networks_of_keras_are_compared_with_their_own_samples() {
    let folder = tempdir().unwrap();
    let samples = folder.path().join("golden.npz");
    let golden = Path::new("../trimpot-model/tests/import/keras");
    let cases = fs::read_to_string(golden.join("cases.jsonl")).unwrap();
    let mut cases = cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let case = cases.find(|case| case["file"] == "images_small.keras").unwrap();
    let [x, y]: [Vec<Vec<f64>>; 2] =
        ["x", "y"].map(|key| serde_json::from_value(case[key].clone()).unwrap());
    let write = |shape: (usize, usize, usize, usize)| {
        let mut npz = NpzWriter::new(File::create(&samples).unwrap());
        npz.add_array("x", &Array4::from_shape_vec(shape, x.concat()).unwrap()).unwrap();
        npz.add_array("y", &Array2::from_shape_vec((3, 3), y.concat()).unwrap()).unwrap();
        npz.finish().unwrap();
    };
    let line =
        format!("import {}/images_small.keras --check {}", golden.display(), samples.display());
    write((3, 9, 8, 2));
    let text = said(&line);
    assert!(text.contains("note: samples are 2x9x8, channels first, and not 9x8x2"), "{text}");
    assert!(text.contains("checked with 3 samples: outputs are at most "), "{text}");
    write((3, 2, 9, 8));
    let error = failed(&line, 1);
    assert!(error.contains("but must be samples of 9x8x2, channels last"), "{error}");

    // The model takes channels first: of the same dimensions in another order, nothing is right.
    let model = folder.path().join("model.safetensors").display().to_string();
    said(&format!(
        "import {}/images_small.keras --task numbers --output {model}",
        golden.display()
    ));
    let samples = samples.display();
    said(&format!("evaluate {model} {samples}"));
    write((3, 9, 8, 2));
    for line in [
        format!("evaluate {model} {samples}"),
        format!("predict {model} {samples}"),
        format!("train --init {model} --data {samples} --epochs 1"),
    ] {
        let error = failed(&line, 1);
        assert!(
            error.contains("`x` has the shape [3, 9, 8, 2], but must be samples of 2x9x8"),
            "{error}"
        );
    }
}
