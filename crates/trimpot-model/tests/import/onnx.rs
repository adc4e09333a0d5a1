//! ONNX files that are refused, and what is said of them: graphs that are made here.

use std::cell::RefCell;

use rten_onnx::onnx::{
    AttributeProto, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor,
    ValueInfoProto,
};
use trimpot::spec::Dims;
use trimpot_model::import::{self, Format, ImportError, Imported, Request};

use super::folder;

/// A node: `name: operator inputs > output`. An input `-` is left out.
pub(super) fn node(text: &str) -> NodeProto {
    let (name, rest) = text.split_once(": ").unwrap();
    let (inputs, outputs) = rest.split_once(" > ").unwrap();
    let mut words =
        inputs.split(' ').map(|word| if word == "-" { String::new() } else { word.to_owned() });
    NodeProto {
        name: Some(name.to_owned()),
        op_type: words.next(),
        input: words.collect(),
        output: outputs.split(' ').map(str::to_owned).collect(),
        ..NodeProto::default()
    }
}

/// A node with an integer, a text or integers as an attribute.
fn with(node: NodeProto, name: &str, value: &str) -> NodeProto {
    let mut attribute = AttributeProto { name: Some(name.to_owned()), ..Default::default() };
    match value.parse() {
        Ok(integer) => attribute.i = Some(integer),
        Err(_) if value.starts_with('[') => {
            let list = value.trim_matches(['[', ']']).split(',');
            attribute.ints = list.map(|integer| integer.parse().unwrap()).collect();
        }
        Err(_) => attribute.s = Some(value.to_owned()),
    }
    NodeProto { attribute: [node.attribute, vec![attribute]].concat(), ..node }
}

pub(super) fn tensor(name: &str, dims: &[i64]) -> TensorProto {
    let count = dims.iter().product::<i64>();
    let numbers = (0..count).flat_map(|number| (0.5 + number as f32 / 16.0).to_le_bytes());
    TensorProto {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(numbers.collect())),
        ..TensorProto::default()
    }
}

pub(super) fn integers(name: &str, numbers: &[i64]) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        dims: vec![numbers.len() as i64],
        data_type: Some(DataType::INT64),
        int64_data: numbers.to_vec(),
        ..TensorProto::default()
    }
}

/// A value of a shape in which −1 is a size that is open.
pub(super) fn value(name: &str, sizes: &[i64]) -> ValueInfoProto {
    let size = |&size: &i64| match size {
        -1 => Dimension { dim_param: Some("N".to_owned()), dim_value: None },
        size => Dimension { dim_value: Some(size), dim_param: None },
    };
    let shape = Some(TensorShapeProto { dim: sizes.iter().map(size).collect() });
    let tensor_type = Some(TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape });
    let of = TypeProto { tensor_type, ..TypeProto::default() };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(of) }
}

/// A model from `x` to `y`.
pub(super) fn model(sizes: &[i64], nodes: Vec<NodeProto>, weights: Vec<TensorProto>) -> ModelProto {
    let graph = GraphProto {
        node: nodes,
        initializer: weights,
        input: vec![value("x", sizes)],
        output: vec![value("y", &[])],
        ..GraphProto::default()
    };
    let set = OperatorSetIdProto { domain: None, version: Some(17) };
    ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![set],
        ..ModelProto::default()
    }
}

/// A dense layer from `x` to `y`, to be changed.
pub(super) fn dense() -> ModelProto {
    model(&[-1, 3], vec![node("fc: Gemm x w > y")], vec![tensor("w", &[3, 2])])
}

pub(super) fn read(model: &ModelProto) -> Result<Imported, ImportError> {
    read_with(model, &Request::default())
}

pub(super) fn read_with(model: &ModelProto, request: &Request) -> Result<Imported, ImportError> {
    Format::Onnx.read(&model.write_buf().unwrap(), request)
}

pub(super) fn error(model: &ModelProto) -> String {
    read(model).unwrap_err().to_string()
}

/// What becomes of images of two channels that go through a node, and of vectors through another.
fn image_error(nodes: Vec<NodeProto>) -> String {
    let weights = vec![
        tensor("w", &[2, 2, 3, 3]),
        tensor("one", &[2]),
        tensor("plane", &[5, 5]),
        integers("pads", &[0, 1, 0, 0, 0, 0, 0, 0]),
        integers("channels", &[1]),
        integers("all", &[-1]),
    ];
    error(&model(&[-1, 2, 5, 5], nodes, weights))
}

fn vector_error(nodes: Vec<NodeProto>) -> String {
    let weights = vec![
        tensor("w", &[3, 3]),
        tensor("cube", &[1, 3, 3]),
        tensor("low", &[]),
        tensor("b", &[2]),
    ];
    error(&model(&[-1, 3], nodes, weights))
}

#[test]
fn operators_without_a_layer_are_named() {
    let none = "there is no layer for this operator";
    assert_eq!(vector_error(vec![node("rnn_1: LSTM x w > y")]), format!("`rnn_1`: LSTM: {none}"));
    // Of one in the middle, what an exporter puts in front of it says nothing.
    let nodes = ["t: Transpose x > t", "rnn_2: GRU t w > g", "fc: Gemm g w > y"].map(node);
    assert_eq!(vector_error(nodes.to_vec()), format!("`rnn_2`: GRU: {none}"));
    let mut foreign = node("fused: FusedGemm x w > y");
    foreign.domain = Some("com.microsoft".to_owned());
    assert_eq!(vector_error(vec![foreign]), format!("`fused`: com.microsoft.FusedGemm: {none}"));
    // Without a name it is that of what comes out.
    let mut nameless = node("n: QuantizeLinear x low > y");
    nameless.name = None;
    assert_eq!(vector_error(vec![nameless]), format!("`y`: QuantizeLinear: {none}"));
    let mish = [
        node("a: Softplus x > sp"),
        node("b: Tanh sp > th"),
        node("c: Mul x th > m"),
        node("d: Gemm m w > y"),
    ];
    assert_eq!(
        vector_error(mish.to_vec()),
        "`a`: Softplus: it computes Mish, which there is no layer for"
    );
    let selu = vector_error(vec![node("s: Selu x > y")]);
    assert_eq!(selu, "`s`: Selu: it computes SELU, which there is no layer for");
    let hard = vector_error(vec![node("h: HardSigmoid x > y")]);
    assert_eq!(hard, "`h`: HardSigmoid: no activation computes what it does with these settings");
}

#[test]
fn what_a_layer_does_not_compute_is_said() {
    let pool =
        |operator: &str| with(node(&format!("p: {operator} x > y")), "kernel_shape", "[2,2]");
    let strided = |operator: &str| with(pool(operator), "strides", "[2,2]");
    for (nodes, text) in [
        (
            vec![with(strided("MaxPool"), "ceil_mode", "1")],
            "`p`: MaxPool: ceil_mode = 1 adds a window",
        ),
        (vec![with(pool("AveragePool"), "pads", "[1,0,0,0]")], "count_include_pad = 0"),
        (vec![with(pool("MaxPool"), "auto_pad", "SAME")], "`p`: MaxPool: auto_pad = SAME"),
        (vec![with(pool("MaxPool"), "strides", "[2]")], "its strides are not 2 numbers from 1"),
        (vec![with(pool("MaxPool"), "pads", "[1,-1,0,0]")], "its pads are [1, -1, 0, 0]"),
        (vec![with(pool("MaxPool"), "pads", "[9,0,0,0]")], "`p`: its padding is 9"),
        (vec![node("p: MaxPool x > y")], "it has no kernel_shape"),
        (vec![with(node("c: Conv x w > y"), "kernel_shape", "[3,2]")], "but its weight has [3, 3]"),
        (vec![with(node("c: Conv x w > y"), "group", "-1")], "it has -1 groups"),
        (vec![with(node("m: ReduceMean x > y"), "axes", "[1]")], "`m`: ReduceMean: means are over"),
        (vec![node("m: ReduceMean x > y")], "`m`: ReduceMean: means are over"),
        (
            vec![with(node("b: BatchNormalization x one one one one > y"), "training_mode", "1")],
            "export the model in evaluation mode",
        ),
        (vec![with(node("l: LayerNormalization x one > y"), "axis", "1")], "axis = 1"),
        (vec![node("s: Softmax x > y")], "it is read over the classes of a vector"),
        (vec![node("p: Pad x pads > q"), node("c: Conv q w > y")], "around channels or samples"),
        (vec![node("p: Pad x pads > y")], "`p`: Pad: "),
        (vec![node("a: Add x plane > y")], "which is no number for each channel of [2, 5, 5]"),
        (vec![node("t: Transpose x > y")], "`t`: Transpose: there is no layer for this operator"),
        (vec![node("r: Reshape x all > y")], "`r`: Reshape: samples become others"),
        (vec![node("g: Gemm x one > y")], "its weight has 1 dimensions, and not 2"),
        (
            vec![node("m: MaxPool x > q y")],
            "`m`: MaxPool: an output of it is taken that is not the first",
        ),
    ] {
        let error = image_error(nodes);
        assert!(error.contains(text), "{error}");
    }
    for (nodes, text) in [
        (vec![with(node("g: Gemm x w > y"), "transA", "1")], "`g`: Gemm: transA = 1"),
        (vec![node("g: Gemm x w b > y")], "its bias is [2], but must have a number for each of 3"),
        (vec![node("m: MatMul x cube > y")], "`m`: MatMul: its weight has 3 dimensions, and not 2"),
        (vec![node("m: MatMul w x > y")], "what depends on the sample is not its first input"),
        (vec![with(node("s: Softmax x > y"), "axis", "0")], "along axis 0"),
        (vec![node("s: Softmax x > p"), node("g: Gemm p w > y")], "behind the softmax `s`"),
        (vec![node("d: Div low x > y")], "a constant is divided by what comes in"),
        (vec![node("d: Dropout x low low > y")], "export the model in evaluation mode"),
        (vec![node("g: Gemm x w > h"), node("a: Sub h b > y")], "`a`: Sub: its constant is [2]"),
        (vec![node("g: Gemm x w > h"), node("a: Sub h low > y")], "in front of all layers only"),
        (
            vec![with(node("c: Cast x > y"), "to", "7")],
            "what depends on the sample is cast to INT64",
        ),
        (vec![with(node("g: Gemm x w > y"), "alpha", "1")], "its attribute `alpha` is of another"),
    ] {
        let error = vector_error(nodes);
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn graphs_that_are_no_chain_with_residual_connections_say_where() {
    let first = node("f: Gemm x w > h");
    for (nodes, text) in [
        // Both branches have layers, and what one of them gives goes elsewhere, too.
        (
            vec![
                node("a: Gemm h w > p"),
                node("b: Gemm h w > q"),
                node("s: Add p q > r"),
                node("t: Gemm q w > u"),
                node("v: Add r u > y"),
            ],
            "`q`: it goes to Add `s`, Gemm `t`, which is neither",
        ),
        // They end in no sum.
        (
            vec![node("a: Gemm h w > p"), node("b: Gemm h w > q"), node("s: Mul p q > y")],
            "`h`: it goes to Gemm `a`, Gemm `b`, which is neither a residual connection nor",
        ),
        (
            vec![node("a: Relu h > p"), node("s: Concat h p > y")],
            "`h`: it goes to Relu `a`, Concat `s`",
        ),
        (vec![node("a: Gemm h x > y")], "`x`: it goes to Gemm `f`, Gemm `a`, which is neither"),
        (
            vec![node("a: Relu h > r"), node("e: Exp w > v"), node("b: Gemm r v > y")],
            "`b`: Gemm: its input `v` is no constant: it comes from Exp `e`",
        ),
        // The output of a branch goes elsewhere, too.
        (
            vec![
                node("a: Gemm h w > p"),
                node("s: Add h p > q"),
                node("t: Gemm p w > r"),
                node("u: Add q r > y"),
            ],
            "`p`: it goes to ",
        ),
        (vec![node("s: Add h h > y")], "`s`: Add: its input `h` is no constant"),
        (vec![node("a: Gemm h w > y"), node("b: Gemm y w > z"), node("c: Add z y > q")], ""),
    ] {
        let nodes = [vec![first.clone()], nodes].concat();
        let result = read(&model(&[-1, 3], nodes, vec![tensor("w", &[3, 3])]));
        match text {
            // What does not lead to the output is not looked at.
            "" => drop(result.unwrap()),
            text => {
                let error = result.unwrap_err().to_string();
                assert!(error.contains(text), "{error}");
            }
        }
    }
    let nodes = vec![node("f: Relu h > y"), node("g: Gemm x w > h")];
    let error = error(&model(&[-1, 3], nodes, vec![tensor("w", &[3, 3])]));
    assert_eq!(error, "`f`: it takes `h`, which nothing in front of it gives");
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
    for (file, softmax, logarithm) in [
        ("perceptron_ts_11", true, false),
        ("perceptron_ts_17", true, true),
        ("convolutions_20", true, true),
        ("residuals_18", false, false),
    ] {
        let file = folder("onnx").join(format!("{file}.onnx"));
        let imported = import::read(&file, &Request::default()).unwrap();
        assert_eq!(
            (imported.ends_with_softmax, imported.ends_with_logarithm),
            (softmax, logarithm)
        );
    }
}

/// A tensor of one number.
fn number(name: &str, number: f32) -> TensorProto {
    let bytes = number.to_le_bytes().to_vec();
    TensorProto { raw_data: Some(RefCell::new(bytes)), ..tensor(name, &[]) }
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
fn a_normalisation_by_the_batch_is_refused_where_its_outputs_say_so() {
    let nodes = vec![node("b: BatchNormalization x one one one one > y mean variance")];
    let mut batch = model(&[-1, 2, 5, 5], nodes, vec![tensor("one", &[2])]);
    batch.opset_import[0].version = Some(13);
    assert!(error(&batch).contains("export the model in evaluation mode"));
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
