//! Networks that somebody else made: what is read of their files computes what the original does,
//! and what is read of damaged files is an error.

mod keras;
mod mutations;
mod onnx;
mod onnx_channels;
mod onnx_files;
mod onnx_layers;
mod onnx_refused;
mod residuals;

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use trimpot::interpreter::Interpreter;
use trimpot::plan::{Plan, PlannedStep};
use trimpot_model::architecture::{Architecture, Between};
use trimpot_model::file::{About, StoredModel};
use trimpot_model::import::{self, ImportError, Imported, Request};
use trimpot_model::layers::Layers;

/// How far outputs may be from those of the original, in the largest of these.
const TOLERANCE: f64 = 1e-5;

/// A golden model, as the scripts that make them write it.
#[derive(Deserialize)]
struct Case {
    file: String,
    /// None, if the file has it.
    network: Option<String>,
    #[serde(default)]
    order: Vec<String>,
    x: Vec<Vec<f32>>,
    y: Vec<Vec<f64>>,
}

impl Case {
    fn request(&self) -> Request {
        let network = self.network.as_deref().map(layers);
        Request { network, order: self.order.clone(), ..Request::default() }
    }
}

fn layers(network: &str) -> Layers {
    network.parse::<Architecture>().unwrap().layers(Between::default()).unwrap()
}

fn folder(of: &str) -> PathBuf {
    // Cargo runs a test in the folder of its package.
    ["tests/import", of].iter().collect()
}

fn cases(of: &str) -> Vec<Case> {
    let lines = fs::read_to_string(folder(of).join("cases.jsonl")).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn predicted(model: &StoredModel, x: &[f32]) -> Vec<f32> {
    let spec = model.layers.spec();
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps).unwrap();
    let mut arena = vec![0.0_f32; plan.inference_values()];
    let interpreter = Interpreter::new(plan, &model.layers.constants).unwrap();
    interpreter.predict(&model.parameters, x, &mut arena).unwrap().to_vec()
}

/// Returns the largest difference from the outputs of the original, in the largest of these.
fn difference(imported: Imported, case: &Case) -> f64 {
    let channels_last = imported.channels_last;
    let ending = imported.ending;
    let model = imported.into_model(About::default());
    let mut largest = [0.0_f64; 2];
    for (x, y) in case.x.iter().zip(&case.y) {
        let outputs = match channels_last {
            true => predicted(&model, &import::channels_first(model.layers.input, x)),
            false => predicted(&model, x),
        };
        let outputs: Vec<f64> = outputs.into_iter().map(f64::from).collect();
        let outputs = ending.map_or(outputs.clone(), |ending| ending.of(&outputs));
        assert_eq!(outputs.len(), y.len(), "{}", case.file);
        for (output, y) in outputs.into_iter().zip(y) {
            let difference = (output - y).abs();
            assert!(difference.is_finite());
            largest = [largest[0].max(difference), largest[1].max(y.abs())];
        }
    }
    largest[0] / largest[1]
}

/// Compares all models of a folder with what the original computes.
fn compare_all(of: &str, least: usize) {
    let cases = cases(of);
    assert!(cases.len() >= least);
    let mut worst = (0.0, "");
    for case in &cases {
        let imported = import::read(&folder(of).join(&case.file), &case.request());
        let imported = imported.unwrap_or_else(|error| panic!("{}: {error}", case.file));
        assert_eq!(imported.places.len(), imported.layers.specs.len());
        let difference = difference(imported, case);
        assert!(difference <= TOLERANCE, "{}: {difference:.1e}", case.file);
        if difference >= worst.0 {
            worst = (difference, &case.file);
        }
    }
    let (count, (difference, file)) = (cases.len(), worst);
    println!("{count} models of {of}, the largest difference is {difference:.1e}, of {file}");
}

#[test]
fn networks_of_pytorch_compute_what_they_did() {
    compare_all("pytorch", 8);
}

#[test]
fn networks_of_onnx_compute_what_they_did() {
    compare_all("onnx", 27);
}

/// What would be missed by tolerances that are too wide.
#[test]
fn another_network_computes_something_else() {
    for (file, right, wrong) in [
        ("dense", "relu", "tanh"),
        ("conv2d", "dilation=2 padding=2", "padding=1"),
        ("batch_norm", "epsilon=0.001", "epsilon=0.002"),
        ("residual", "epsilon=0.01", "epsilon=0.02"),
        ("windows", "negative_slope=0.2", "negative_slope=0.1"),
    ] {
        let cases = cases("pytorch");
        let case = cases.iter().find(|case| case.file == format!("{file}.safetensors")).unwrap();
        let own = case.network.as_deref().unwrap();
        let network = own.replace(right, wrong);
        assert_ne!(network, own);
        let request = Request { network: Some(layers(&network)), ..case.request() };
        let imported = import::read(&folder("pytorch").join(&case.file), &request).unwrap();
        assert!(difference(imported, case) > 10.0 * TOLERANCE, "{file}");
    }
}

#[test]
fn what_was_converted_or_left_out_is_said() {
    let notes = |file: &str| {
        let cases = cases("pytorch");
        let case = cases.iter().find(|case| case.file == format!("{file}.safetensors")).unwrap();
        import::read(&folder("pytorch").join(&case.file), &case.request()).unwrap().notes
    };
    assert!(notes("dense").is_empty());
    let names = "0.weight, 0.bias, 2.weight, 2.bias";
    for (file, kind) in [("f16", "F16"), ("f64", "F64")] {
        assert_eq!(notes(file), [format!("{kind}, converted to f32: {names}")]);
    }
    let without = "without a bias, which is 0 now, and is trained: 0, 5";
    assert_eq!(notes("batch_norm"), [without]);
    assert_eq!(notes("separable"), ["without a bias, which is 0 now, and is trained: 1, 4, 7, 10"]);
    assert!(notes("numbered")[0].starts_with("the file is sorted by names"));
}

#[test]
fn a_file_without_a_network_asks_for_it() {
    let asked = |file: &str| {
        let file = folder("pytorch").join(format!("{file}.safetensors"));
        match import::read(&file, &Request::default()) {
            Err(ImportError::Architecture { found, network, .. }) => (found, network),
            other => panic!("{other:?}"),
        }
    };
    let (found, network) = asked("dense");
    assert_eq!(network, "6 > dense 5, ?, dense 3");
    let words = found[0].to_string();
    assert_eq!(
        words.split_whitespace().collect::<Vec<_>>().join(" "),
        "0 dense 5 weight 5x6, bias 5"
    );
    let (_, network) = asked("separable");
    assert!(network.starts_with("1x?x? > conv 4 3x3, depthwise 3x3, batch_norm, ?, conv 6 1x1, "));
    assert_eq!(asked("numbered").1, "3 > dense 3, ?, dense 3, ?, dense 3, ?, dense 3");
}

#[test]
fn what_does_not_go_together_names_tensors_and_shapes() {
    let read = |file: &str, network: &str, order: &[&str]| {
        let file = folder("pytorch").join(format!("{file}.safetensors"));
        let order = order.iter().map(|&name| name.to_owned()).collect();
        let request = Request { network: Some(layers(network)), order, ..Request::default() };
        import::read(&file, &request).unwrap_err().to_string()
    };
    for (file, network, text) in [
        ("dense", "6-4-3", "tensor `0.weight` is 5x6, but dense 4 has 4x6"),
        ("dense", "6 > dense 5, batch_norm", "`2`: batch_norm has a tensor `running_mean`, and"),
        ("dense", "6-5-5-3", "layers with tensors: 3 in the network, 2 in the file:\n  0"),
        (
            "batch_norm",
            "1x6x6 > conv 4 3x3, layer_norm, dense 5, batch_norm, dense 2",
            "`1.running_mean`",
        ),
        ("names", "6-5-5-5-5-3", "tensor `another.weight` is 4x4, but dense 5 has 5x6"),
        (
            "ordered",
            "4-4-4",
            "in which order these come, which have the same shapes: decoder, encoder",
        ),
    ] {
        let error = read(file, network, &[]);
        assert!(error.contains(text), "{file}: {error}");
    }
    let error = read("ordered", "4-4-4", &["encoder", "encoder"]);
    assert!(error.contains("`encoder`: there is no such module"), "{error}");
    let error = read("ordered", "4-4-4", &["encoder"]);
    assert!(error.contains("`decoder`: it is not in the order"), "{error}");
}

#[test]
fn files_that_cannot_be_imported_say_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        import::read(&file, &Request::default()).unwrap_err().to_string()
    };
    let pickle = b"PK\x03\x04\0\0\0\0 model/data.pkl";
    assert!(read("model.bin", pickle).contains("safetensors.torch.save_file"));
    assert!(read("model.pt", b"").contains("safetensors.torch.save_file"));
    assert!(read("model.txt", b"64-10").starts_with("it is none of the files"), "no hint");
    assert!(read("model.safetensors", b"\x01").contains("it is damaged"));

    let own = folder.path().join("own.safetensors");
    let layers = layers("3-2");
    let parameters = vec![0.5; layers.spec().parameters()];
    StoredModel { layers, parameters, about: About::default() }.save(&own).unwrap();
    assert!(matches!(import::read(&own, &Request::default()), Err(ImportError::Own)));
    let none = import::read(&folder.path().join("none"), &Request::default());
    assert!(matches!(none, Err(ImportError::Read(_))));
}
