//! Graphs that are refused, and what is said of them.

use rten_onnx::onnx::NodeProto;

use super::onnx::{error, integers, model, node, read, tensor, with};

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
        (
            vec![with(node("m: ReduceMean x > y"), "axes", "[1]")],
            "`m`: ReduceMean: it is read over",
        ),
        (vec![node("m: ReduceMean x > y")], "`m`: ReduceMean: it is read over"),
        (
            vec![with(node("b: BatchNormalization x one one one one > y"), "training_mode", "1")],
            "export the model in evaluation mode",
        ),
        (vec![with(node("l: LayerNormalization x one > y"), "axis", "1")], "axis = 1"),
        (vec![node("s: Softmax x > y")], "it is read over the classes of a vector"),
        (vec![node("p: Pad x pads > q"), node("c: Conv q w > y")], "around channels or samples"),
        (vec![node("p: Pad x pads > y")], "`p`: Pad: "),
        (vec![node("a: Add x plane > y")], "which is no number for each channel of [2, 5, 5]"),
        (vec![node("t: Transpose x > y")], "`t`: Transpose: it moves the axis of the batch"),
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
        (
            vec![node("g: Gemm x w > h"), node("a: Sub h low > i"), node("e: Relu i > y")],
            "`e`: it comes behind `a`: factors and offsets are read in front of all layers, or behind all",
        ),
        (
            vec![node("g: Gemm x w > h"), node("a: Sub low h > y")],
            "by a number that is not above 0",
        ),
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
fn a_normalisation_by_the_batch_is_refused_where_its_outputs_say_so() {
    let nodes = vec![node("b: BatchNormalization x one one one one > y mean variance")];
    let mut batch = model(&[-1, 2, 5, 5], nodes, vec![tensor("one", &[2])]);
    batch.opset_import[0].version = Some(13);
    assert!(error(&batch).contains("export the model in evaluation mode"));
}
