//! Which layers nodes are, and what is said of them.

use std::cell::RefCell;

use rten_onnx::onnx::{StringStringEntryProto, TensorProto};
use trimpot::output_scale::OutputScale;
use trimpot::spec::Dims;
use trimpot_model::import::{self, Ending, ImportError, Imported, Request};
use trimpot_model::standardization::Standardization;

use super::folder;
use super::onnx::{dense, integers, model, node, number, read, read_with, tensor, with};

#[test]
fn the_largest_of_each_channel_is_a_pool() {
    for pool in [
        node("m: GlobalMaxPool h > p"),
        with(node("m: ReduceMax h > p"), "axes", "[2]"),
        with(with(node("m: ReduceMax h > p"), "axes", "[-1]"), "keepdims", "0"),
    ] {
        let nodes =
            vec![node("c: Conv x w > h"), pool, node("f: Flatten p > f"), node("d: Gemm f v > y")];
        let weights = vec![tensor("w", &[2, 3, 3]), tensor("v", &[2, 2])];
        let imported = read(&model(&[-1, 3, 8], nodes, weights)).unwrap();
        assert_eq!(
            imported.layers.spec().to_string(),
            "Conv1d(3, 2, 3), MaxPool1d(6), Flatten, Dense(2, 2)"
        );
    }
}

#[test]
fn a_factor_and_an_offset_behind_all_layers_are_the_units_of_outputs() {
    let nodes = ["d: Gemm x w > h", "m: Mul h scale > i", "a: Add i offset > y"].map(node);
    let of = |name: &str, numbers: [f32; 2]| {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        TensorProto { raw_data: Some(RefCell::new(bytes)), ..tensor(name, &[2]) }
    };
    let weights = vec![tensor("w", &[3, 2]), of("scale", [2.0, 0.5]), of("offset", [-1.0, 40.0])];
    let imported = read(&model(&[-1, 3], nodes.to_vec(), weights)).unwrap();
    let Imported { layers, places, .. } = imported;
    let scale = OutputScale::of(layers.spec(), &layers.constants).unwrap();
    assert_eq!(scale.deviations(), [2.0, 0.5]);
    assert_eq!(Standardization::undone_by(&layers).unwrap().mean, [-1.0, 40.0]);
    assert_eq!(places, ["d", "m, a", "m, a"]);
}

#[test]
fn a_number_of_each_sample_is_a_vector_of_one() {
    let read_of = |nodes: &[&str]| {
        let weights = vec![tensor("w", &[3, 1]), tensor("v", &[1, 1]), integers("last", &[-1])];
        let nodes = nodes.iter().map(|text| node(text)).collect();
        read(&model(&[-1, 3], nodes, weights))
    };
    for nodes in
        [["d: Gemm x w > h", "s: Squeeze h last > y"], ["d: Gemm x w > h", "r: Reshape h last > y"]]
    {
        assert_eq!(read_of(&nodes).unwrap().layers.spec().to_string(), "Dense(3, 1)");
    }
    let inside = ["d: Gemm x w > h", "s: Squeeze h last > g", "e: Gemm g v > y"];
    let error = read_of(&inside).unwrap_err().to_string();
    assert!(error.contains("`s`: Squeeze: samples become others"), "{error}");
}

#[test]
fn the_shape_of_a_sample_is_that_of_the_graph_or_is_said() {
    let read_of = |sizes: &[i64], input: Option<Dims>| {
        let weights = vec![tensor("w", &[2, 3, 3]), tensor("v", &[2, 2]), integers("to", &[4, -1])];
        let nodes = vec![
            node("c: Conv x w > h"),
            node("m: GlobalAveragePool h > g"),
            node("r: Reshape g to > f"),
            node("d: Gemm f v > y"),
        ];
        read_with(&model(sizes, nodes, weights), &Request { input, ..Request::default() })
    };
    // The batch is fixed, in a shape as well.
    let imported = read_of(&[4, 3, 8], None).unwrap();
    assert_eq!(imported.layers.input, Dims::rows(3, 8));
    assert!(read_of(&[8, 3, 8], None).unwrap_err().to_string().contains("samples become others"));
    let open = read_of(&[4, 3, -1], None);
    assert!(matches!(open, Err(ImportError::Input)), "{open:?}");
    let said = read_of(&[4, 3, -1], Some(Dims::rows(3, 9))).unwrap();
    assert_eq!(said.layers.input, Dims::rows(3, 9));
    for other in [Dims::rows(2, 9), Dims::vector(27), Dims::image(3, 9, 1)] {
        let error = read_of(&[4, 3, -1], Some(other)).unwrap_err().to_string();
        assert_eq!(error, format!("`x`: a sample is 3x?, and not {other}"));
    }
    for (sizes, text) in [
        (&[][..], "`x`: it is a single number, and no batch of samples"),
        (&[4], "`x`: a sample is a single number, but has one to three dimensions"),
        (&[1, 1, 2, 3, 4], "`x`: a sample is 1x2x3x4, but has one to three dimensions"),
        (&[1 << 40, 3, 8], "samples in a batch"),
        (&[1, 1 << 20, 1 << 20], "more numbers than"),
    ] {
        let error = read_of(sizes, None).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn what_was_converted_is_said() {
    let notes =
        |file: &str| import::read(&folder("onnx").join(file), &Request::default()).unwrap().notes;
    assert!(notes("perceptron_18.onnx").is_empty());
    assert_eq!(notes("bfloat16.onnx"), ["BF16, converted to f32: w", "F16, converted to f32: b"]);
    let names = "0.weight, 0.bias, 2.weight, 2.bias";
    assert_eq!(notes("double_ts_13.onnx"), [format!("F64, converted to f32: {names} and 1 more")]);
}

#[test]
fn a_softmax_at_the_end_is_left_out() {
    for (file, ending) in [
        ("perceptron_ts_11", Some(Ending::Softmax)),
        ("perceptron_ts_17", Some(Ending::LogSoftmax)),
        ("convolutions_20", Some(Ending::LogSoftmax)),
        ("residuals_18", None),
        ("binary_20", Some(Ending::Sigmoid)),
    ] {
        let file = folder("onnx").join(format!("{file}.onnx"));
        let imported = import::read(&file, &Request::default()).unwrap();
        assert_eq!(imported.ending, ending);
    }
}

#[test]
fn an_activation_is_not_taken_for_another_that_differs_for_few_numbers() {
    let read = |first: &str, second: &str, end: f32| {
        let nodes = vec![node("fc: Gemm x w > v"), node(first), node(second)];
        let weights = vec![tensor("w", &[3, 2]), number("end", end), number("zero", 0.0)];
        read(&model(&[-1, 3], nodes, weights))
    };
    let above = |end| read("above: Greater v end > is", "where: Where is v zero > y", end);
    assert_eq!(above(0.0).unwrap().layers.spec().to_string(), "Dense(3, 2), Relu");
    for threshold in [0.001, 0.01, 0.1, 0.12, 3.3, 200.0, 1e4] {
        assert!(above(threshold).is_err(), "{threshold}");
    }
    for bound in [7.7, 200.0, 1e4] {
        let bounded = read("end: Min v end > bounded", "relu: Relu bounded > y", bound);
        assert!(bounded.is_err(), "{bound}");
    }
}

#[test]
fn a_swish_of_set_24_is_a_silu() {
    let nodes = vec![node("fc: Gemm x w > v"), node("s: Swish v > y")];
    let mut swish = model(&[-1, 3], nodes, vec![tensor("w", &[3, 2])]);
    swish.opset_import[0].version = Some(24);
    assert_eq!(read(&swish).unwrap().layers.spec().to_string(), "Dense(3, 2), Silu");
}

#[test]
fn one_number_is_a_bias_of_all_outputs() {
    let nodes = vec![node("product: MatMul x w > p"), node("sum: Add p b > y")];
    let of_all = model(&[-1, 3], nodes, vec![tensor("w", &[3, 2]), number("b", 0.25)]);
    assert_eq!(read(&of_all).unwrap().parameters[6..], [0.25, 0.25]);
}

#[test]
fn that_a_sample_is_not_cast_is_said() {
    let nodes = vec![with(node("half: Cast x > h"), "to", "10"), node("fc: Gemm h w > y")];
    let notes = read(&model(&[-1, 3], nodes, vec![tensor("w", &[3, 2])])).unwrap().notes;
    assert!(
        notes.iter().any(|note| note.starts_with("half: what depends on the sample")),
        "{notes:?}"
    );
}

#[test]
fn classes_have_the_names_that_an_export_gives_them() {
    let mut named = dense();
    for (names, of) in
        [(r#"["no","yes"]"#, &["no", "yes"][..]), (r#"["one"]"#, &[]), ("0: no", &[])]
    {
        named.metadata_props = vec![StringStringEntryProto {
            key: Some("classes".to_owned()),
            value: Some(names.to_owned()),
        }];
        assert_eq!(read(&named).unwrap().classes, of, "{names}");
    }
}
