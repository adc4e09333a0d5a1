//! ONNX files whose parts do not go together, claim too much, or are cut off, and weights beside them.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use rten_onnx::onnx::{
    DataLocation, DataType, GraphProto, ModelProto, StringStringEntryProto, TensorProto,
};
use trimpot_model::import::{self, Format, ImportError, Request};

use super::onnx::{dense, error, integers, model, node, read, read_with, tensor, value};
use super::{folder, layers};

#[test]
fn models_that_are_not_as_they_should_be_say_what() {
    let changed = |change: &dyn Fn(&mut ModelProto, &mut GraphProto)| {
        let mut model = dense();
        let mut graph = model.graph.take().unwrap();
        change(&mut model, &mut graph);
        model.graph = Some(graph);
        error(&model)
    };
    assert!(read(&dense()).is_ok());
    for (version, text) in [
        (Some(29), "set 29; read are 11 to 28, the newest that is known"),
        (Some(10), "set 10; read are 11 to 28, the newest that is known"),
        (None, "`opset_import`: it does not say which operators it has"),
    ] {
        let error = changed(&|model, _| model.opset_import[0].version = version);
        assert!(error.starts_with("`opset_import`: it") && error.ends_with(text), "{error}");
    }
    let weight = |change: fn(&mut TensorProto)| {
        changed(&|_, graph: &mut GraphProto| change(&mut graph.initializer[0]))
    };
    let bytes = |number: f32| Some(RefCell::new([number; 6].map(f32::to_le_bytes).concat()));
    assert_eq!(weight(|w| w.dims = vec![2, 2]), "`w`: 24 bytes are not 4 numbers of 4");
    assert_eq!(weight(|w| w.dims = vec![-2, -3]), "`w`: -2 is no size");
    assert!(weight(|w| w.dims = vec![1 << 40, 1 << 40]).contains("numbers in a tensor"));
    assert_eq!(weight(|w| w.data_type = Some(DataType::STRING)), "`w`: its type is STRING");
    assert_eq!(weight(|w| w.data_type = None), "`w`: its type is 0");
    assert!(weight(|w| w.raw_data = None).contains("has not 0 numbers"));
    let quantized = weight(|w| {
        w.data_type = Some(DataType::INT8);
        w.raw_data = Some(RefCell::new(vec![1; 6]));
    });
    assert_eq!(quantized, "`fc`: Gemm: its input `w` is one of integers");
    let nan = changed(&|_, graph| graph.initializer[0].raw_data = bytes(f32::NAN));
    assert_eq!(nan, "tensor `w` has NaN in place 0, which is not finite");
    let two = changed(&|_, graph| graph.input.push(value("z", &[1, 3])));
    assert_eq!(two, "`the graph`: it has 2 inputs, and not one");
    let outputs = changed(&|_, graph| graph.output.push(value("x", &[1, 3])));
    assert_eq!(outputs, "`the graph`: it has 2 outputs, and not one");
    let twice = changed(&|_, graph| graph.node.push(node("r: Relu x > y")));
    assert_eq!(twice, "`y`: two values have this name");
    let typed = changed(&|_, graph| {
        let of = graph.input[0].r#type.as_mut().unwrap();
        of.tensor_type.as_mut().unwrap().elem_type = Some(DataType::INT64);
    });
    let what = "`x`: its type is INT64, and neither one of floating-point numbers nor of integers that are cast";
    assert!(typed.starts_with(what), "{typed}");
    let nothing = changed(&|_, graph| graph.node = vec![node("r: Relu x > y")]);
    assert_eq!(nothing, "`the network`: no layer of it has parameters");
    let request = Request { network: Some(layers("3-2")), ..Request::default() };
    let network = read_with(&dense(), &request).unwrap_err().to_string();
    assert!(network.contains("the file says what its layers are"), "{network}");
}

#[test]
fn constants_that_grow_without_end_are_refused() {
    let shape = |from: usize| node(&format!("c{from}: Concat s{from} s{from} > s{}", from + 1));
    let nodes = [(0..40).map(shape).collect(), vec![node("r: Reshape x s40 > y")]].concat();
    let error = error(&model(&[-1, 3], nodes, vec![integers("s0", &[1])]));
    assert!(error.contains("a shape has 128 sizes"), "{error}");
    let turned = |from: usize| node(&format!("t{from}: Transpose w{from} > w{}", from + 1));
    let nodes = [(0..400).map(turned).collect(), vec![node("g: Gemm x w400 > y")]].concat();
    let error = self::error(&model(&[-1, 128], nodes, vec![tensor("w0", &[128, 128])]));
    assert!(error.contains("more memory than is reasonable"), "{error}");
}

#[test]
fn weights_beside_a_model_stay_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let numbers = [0.5_f32; 6].map(f32::to_le_bytes).concat();
    for file in ["inside/weights", "outside"] {
        fs::write(folder.path().join(file), [&[7; 4], &numbers[..]].concat()).unwrap();
    }
    let read = |location: &str, offset: &str, length: &str| {
        let mut model = dense();
        let weight = &mut model.graph.as_mut().unwrap().initializer[0];
        weight.raw_data = None;
        weight.data_location = Some(DataLocation::EXTERNAL);
        let entries = [("location", location), ("offset", offset), ("length", length)];
        let entry = |(key, value): (&str, &str)| StringStringEntryProto {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        };
        weight.external_data = entries.into_iter().map(entry).collect();
        let file = inside.join("model.onnx");
        fs::write(&file, model.write_buf().unwrap()).unwrap();
        import::read(&file, &Request::default())
    };
    assert_eq!(
        read("weights", "4", "24").unwrap().parameters,
        [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0., 0.]
    );
    assert!(read("./weights", "4", "24").is_ok());
    let outside = folder.path().join("outside");
    let mut locations = vec!["../outside", "none/../../outside", outside.to_str().unwrap()];
    if cfg!(unix) {
        link(&outside, &inside.join("link"));
        locations.push("link");
    }
    for location in locations {
        let error = read(location, "4", "24").unwrap_err().to_string();
        let what = format!("the file `{location}`: it is outside of the model's folder");
        assert_eq!(error, format!("`w`: its numbers are in {what}"));
    }
    for (location, offset, length, text) in [
        ("weights", "4", "25", "25 bytes from byte 4 of `weights`, which has 28 bytes"),
        ("weights", "99", "24", "24 bytes from byte 99 of `weights`"),
        ("weights", "4", "20", "`w`: 20 bytes are not 6 numbers of 4"),
        ("weights", "-4", "24", "`w`: its offset is no number"),
        ("none", "0", "24", "the file `none`: "),
        (".", "0", "24", "the file `.`: it is a folder"),
    ] {
        let error = read(location, offset, length).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
    // Bytes alone are in no folder.
    let bytes = fs::read(inside.join("model.onnx")).unwrap();
    let error = Format::Onnx.read(&bytes, &Request::default()).unwrap_err().to_string();
    assert!(error.contains("the model's folder is not known"), "{error}");
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).unwrap();
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) {}

#[test]
fn a_file_that_ends_early_is_damaged_or_another_model() {
    let whole = fs::read(folder("onnx").join("bfloat16.onnx")).unwrap();
    let request = Request::default();
    assert!(Format::Onnx.read(&whole, &request).is_ok());
    for length in 0..whole.len() {
        let error = Format::Onnx.read(&whole[..length], &request).unwrap_err();
        // Between two fields at the end it is whole, but does not say its operators.
        let is_whole =
            matches!(&error, ImportError::Place { place, .. } if place == "opset_import");
        assert!(is_whole || matches!(error, ImportError::Damaged { .. }), "{length}: {error}");
    }
}
