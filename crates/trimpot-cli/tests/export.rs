//! The `trimpot export` command.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};
use trimpot::layer::{DenseSpec, Relu, ResidualSpec};
use trimpot::spec::{Dims, LayerSpec};
use trimpot_model::export;
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::layers::Layers;

/// A folder with a model that has a residual connection, and names of classes.
fn example() -> (TempDir, StoredModel) {
    let specs = vec![
        LayerSpec::Residual(ResidualSpec { layers: 2 }),
        LayerSpec::Dense(DenseSpec { inputs: 2, outputs: 2 }),
        LayerSpec::Relu(Relu),
        LayerSpec::Dense(DenseSpec { inputs: 2, outputs: 2 }),
    ];
    let layers = Layers { input: Dims::vector(2), specs, constants: Vec::new() };
    let about = About {
        classes: ["cat", "dog\u{1b}"].map(str::to_owned).to_vec(),
        task: Some(ModelTask::Classes),
        loss: Some("cross_entropy".to_owned()),
        ..About::default()
    };
    let parameters = (0..12).map(|number| 0.1 * number as f32).collect();
    let model = StoredModel { layers, parameters, about };
    let folder = tempdir().unwrap();
    model.save(&folder.path().join("model.safetensors")).unwrap();
    (folder, model)
}

fn run(folder: &Path, options: &str) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.current_dir(folder).args(["export", "model.safetensors"]);
    command.args(options.split_whitespace()).output().unwrap()
}

#[track_caller]
fn said(folder: &Path, options: &str) -> String {
    let output = run(folder, options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn failed(folder: &Path, options: &str, code: i32) -> String {
    let output = run(folder, options);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    error
}

#[test]
fn all_formats_at_once_are_those_of_the_library() {
    let (folder, model) = example();
    let folder = folder.path();
    let options = "--rust net.rs --safetensors state.safetensors --onnx net.onnx --c-header net.h";
    let text = said(folder, options);
    let written = |name: &str| fs::read(folder.join(name)).unwrap();
    let source = "model.safetensors";
    assert_eq!(written("net.rs"), export::rust(&model, source).unwrap().into_bytes());
    assert_eq!(written("net.h"), export::c_header(&model, "net", source).unwrap().into_bytes());
    assert_eq!(written("net.onnx"), export::onnx(&model).unwrap());
    let state = export::state_dict(&model).unwrap();
    assert_eq!(written("state.safetensors"), state.file);
    for line in [
        "net.onnx: ONNX, opset 17; `input` is Nx2, `output` Nx2, as the last layer gives it: no softmax or \
         sigmoid of the loss is behind it",
        "class Residual(nn.Sequential):",
        "model = nn.Sequential(Residual(nn.Linear(2, 2), nn.ReLU()), nn.Linear(2, 2))",
        "model.load_state_dict(load_file(\"state.safetensors\"))",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    // What was written is not destroyed by accident.
    let error = failed(folder, options, 1);
    assert!(error.contains("--rust net.rs exists: --overwrite replaces it"), "{error}");
    assert_eq!(said(folder, &format!("{options} --overwrite")), text);
}

#[test]
fn nothing_is_written_unless_all_can_be() {
    let (folder, _) = example();
    let folder = folder.path();
    fs::write(folder.join("mine.rs"), "fn main() {}").unwrap();
    for (options, message) in [
        ("--c-header net.h --rust mine.rs", "--rust mine.rs exists"),
        ("--c-header net.h --onnx net.h", "--c-header net.h is the same file as --onnx net.h"),
        ("--c-header net.h --rust model.safetensors --overwrite", "is the same file as MODEL"),
        ("--c-header net.h --onnx none/net.onnx", "--onnx: cannot write none/net.onnx"),
        ("--c-header net.h --input 3", "a sample has the shape 2, and not 3"),
    ] {
        let error = failed(folder, options, 1);
        assert!(error.contains(message), "{options}: {error}");
        assert!(!folder.join("net.h").exists(), "{options}");
    }
    assert_eq!(fs::read_to_string(folder.join("mine.rs")).unwrap(), "fn main() {}");
    let error = failed(folder, "", 2);
    for option in ["--rust", "--safetensors", "--onnx", "--c-header"] {
        assert!(error.contains(option), "{error}");
    }
}
