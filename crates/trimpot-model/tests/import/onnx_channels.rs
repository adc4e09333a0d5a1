//! Graphs with channels last in some places, and what moves axes.

use rten_onnx::onnx::{DataType, NodeProto};
use trimpot::spec::Dims;
use trimpot_model::import::{self, ImportError, Imported, Request};

use super::folder;
use super::onnx::{integers, model, node, read, read_with, tensor, with};

/// A Transpose: `name: input > output`, and its axes.
fn transpose(text: &str, axes: &str) -> NodeProto {
    let (name, rest) = text.split_once(": ").unwrap();
    with(node(&format!("{name}: Transpose {rest}")), "perm", axes)
}

/// What becomes of images of height 4, width 6 and 3 channels, which are last.
fn images(nodes: Vec<NodeProto>) -> Result<Imported, ImportError> {
    let weights = vec![
        tensor("w", &[2, 3, 3, 3]),
        tensor("pixel", &[3]),
        tensor("row", &[6, 1]),
        integers("flat", &[-1, 16]),
        integers("pairs", &[-1, 2, 8]),
    ];
    read(&model(&[-1, 4, 6, 3], nodes, weights))
}

fn spec(imported: Result<Imported, ImportError>) -> String {
    imported.unwrap().layers.spec().to_string()
}

#[test]
fn channels_that_become_first_in_front_of_all_layers_are_said() {
    let read_file = |name: &str| {
        import::read(&folder("onnx").join(format!("{name}.onnx")), &Request::default()).unwrap()
    };
    let imported = read_file("channels_last");
    assert!(imported.channels_last);
    assert_eq!(imported.layers.input, Dims::image(3, 4, 6));
    let first = "samples are 3x4x6, channels first, and not 4x6x3, channels last, as in the file";
    assert_eq!(imported.notes, ["samples are UINT8, and f32 here", first]);
    let imported = read_file("sequence_last");
    assert!(imported.channels_last);
    assert_eq!(imported.layers.input, Dims::rows(3, 9));

    let first = || transpose("t: x > f", "[0,3,1,2]");
    // What is open is said with channels first.
    let nodes = || vec![first(), node("c: Conv f w > c"), node("m: GlobalAveragePool c > y")];
    let open = model(&[-1, -1, -1, 3], nodes(), vec![tensor("w", &[2, 3, 3, 3])]);
    let request = |input| Request { input: Some(input), ..Request::default() };
    let imported = read_with(&open, &request(Dims::image(3, 4, 6))).unwrap();
    assert_eq!(imported.layers.input, Dims::image(3, 4, 6));
    assert!(read_with(&open, &request(Dims::image(4, 6, 3))).is_err());
    // One channel has no order.
    let grey = model(&[-1, 4, 6, 1], nodes(), vec![tensor("w", &[2, 1, 3, 3])]);
    let imported = read(&grey).unwrap();
    assert_eq!((imported.layers.input, imported.channels_last), (Dims::image(1, 4, 6), false));
    assert_eq!(spec(Ok(imported)), "Conv2d(1, 2, 3), GlobalAveragePool");
}

#[test]
fn outputs_have_their_channels_where_samples_have_them() {
    let conv = || vec![transpose("t: x > f", "[0,3,1,2]"), node("c: Conv f w > c")];
    let last = transpose("u: c > y", "[0,2,3,1]");
    let imported = images([conv(), vec![last]].concat()).unwrap();
    assert!(imported.notes[1].starts_with("outputs are 2x2x4, channels first, and not 2x4x2"));
    let activated = vec![transpose("u: c > d", "[0,2,3,1]"), node("r: Relu d > y")];
    assert_eq!(spec(images([conv(), activated].concat())), "Conv2d(3, 2, 3), Relu");
    for (nodes, text) in [
        (
            vec![transpose("t: x > f", "[0,3,1,2]"), node("c: Conv f w > y")],
            "`the output`: its channels are first, and those of samples last",
        ),
        (
            [conv(), vec![transpose("u: c > d", "[0,2,3,1]"), node("r: Reshape d flat > y")]]
                .concat(),
            "`the output`: channels are last in front of it",
        ),
        (
            [conv(), vec![transpose("u: c > d", "[0,2,3,1]"), node("r: Reshape d pairs > y")]]
                .concat(),
            "`r`: Reshape: numbers would have to change their places",
        ),
        (
            [conv(), vec![transpose("u: c > d", "[0,2,3,1]"), node("g: GlobalAveragePool d > y")]]
                .concat(),
            "`g`: channels are last in front of it",
        ),
        (
            vec![transpose("t: x > y", "[0,2,1,3]")],
            "`t`: Transpose: its perm is [0, 2, 1, 3]: read are those",
        ),
        (vec![transpose("t: x > y", "[1,0,2,3]")], "it moves the axis of the batch"),
        (vec![transpose("t: x > y", "[0,2,1]")], "its perm is [0, 2, 1], and a batch [1, 4, 6, 3]"),
        (
            vec![
                node("a: Add x row > a"),
                transpose("t: a > f", "[0,3,1,2]"),
                node("r: Relu f > y"),
            ],
            "`a`: Add: its constant is [6, 1], which is no number for each channel of [4, 6, 3]",
        ),
    ] {
        let error = images(nodes).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn a_transpose_that_moves_sizes_of_one_is_another_shape() {
    let weights = || vec![tensor("w", &[2, 1, 3]), tensor("v", &[6, 2])];
    let nodes = vec![
        transpose("t: x > f", "[0,2,1]"),
        node("r: Relu f > g"),
        node("c: Conv g w > c"),
        transpose("u: c > d", "[0,1,2]"),
        node("m: GlobalMaxPool d > y"),
    ];
    let found = spec(read(&model(&[-1, 8, 1], nodes, weights())));
    assert_eq!(found, "Relu, Conv1d(1, 2, 3), MaxPool1d(6), Flatten");
    // Behind a layer.
    let nodes = vec![
        node("c: Conv x w > c"),
        transpose("u: c > d", "[0,2,1]"),
        node("f: Flatten d > e"),
        node("d: Gemm e v > y"),
    ];
    let weights = vec![tensor("w", &[1, 1, 3]), tensor("v", &[6, 2])];
    let found = spec(read(&model(&[-1, 1, 8], nodes, weights)));
    assert_eq!(found, "Conv1d(1, 1, 3), Flatten, Dense(6, 2)");
}

#[test]
fn integers_are_samples_where_they_are_cast_first() {
    let of = |data_type: DataType, nodes: &[&str]| {
        let nodes = nodes.iter().map(|text| match text.contains("Cast") {
            true => with(node(text), "to", "1"),
            false => node(text),
        });
        let mut model = model(&[-1, 3], nodes.collect(), vec![tensor("w", &[3, 2])]);
        let graph = model.graph.as_mut().unwrap();
        let of = graph.input[0].r#type.as_mut().unwrap();
        of.tensor_type.as_mut().unwrap().elem_type = Some(data_type);
        read(&model).map_err(|error| error.to_string())
    };
    let cast = ["c: Cast x > f", "g: Gemm f w > y"];
    let imported = of(DataType::UINT8, &cast).unwrap();
    assert_eq!(imported.notes, ["samples are UINT8, and f32 here"]);
    assert!(
        of(DataType::INT64, &["i: Identity x > i", "c: Cast i > f", "g: Gemm f w > y"]).is_ok()
    );
    for (data_type, nodes) in
        [(DataType::UINT8, &["g: Gemm x w > f", "c: Cast f > y"]), (DataType::STRING, &cast)]
    {
        let error = of(data_type, nodes).unwrap_err();
        assert!(error.contains("neither one of floating-point numbers nor of integers"), "{error}");
    }
}

/// As tf2onnx writes convolutions over sequences, which TensorFlow computes as those over images, and
/// images of one channel.
#[test]
fn shapes_in_front_of_the_first_convolution_leave_channels_last() {
    let nodes = vec![
        node("u: Unsqueeze x one > i"),
        transpose("t: i > f", "[0,3,1,2]"),
        node("c: Conv f w > c"),
        node("s: Squeeze c two > s"),
        transpose("l: s > l", "[0,2,1]"),
        node("r: Reshape l flat > r"),
        node("d: MatMul r v > y"),
    ];
    let weights = vec![
        tensor("w", &[4, 2, 1, 3]),
        tensor("v", &[24, 2]),
        integers("one", &[1]),
        integers("two", &[2]),
        integers("flat", &[-1, 24]),
    ];
    let imported = read(&model(&[-1, 8, 2], nodes, weights)).unwrap();
    assert_eq!((imported.layers.input, imported.channels_last), (Dims::rows(2, 8), true));
    // The rows of the weight are those of channels, one after the other.
    let of_dense = imported.parameters.len() - 2 * 24 - 2;
    let first = &imported.parameters[of_dense..of_dense + 3];
    let row = |row: u8| 0.5 + f32::from(2 * row) / 16.0;
    assert_eq!(first, [row(0), row(4), row(8)]);
    assert_eq!(
        spec(Ok(imported)),
        "Reshape(2, 1, 8), Conv2d(2, 4, 1x3), Reshape(4, 6), Flatten, Dense(24, 2)"
    );

    let nodes = vec![
        node("r: Reshape x first > f"),
        node("c: Conv f w > c"),
        node("m: GlobalMaxPool c > y"),
    ];
    let weights = vec![tensor("w", &[2, 1, 3, 3]), integers("first", &[-1, 1, 4, 6])];
    let imported = read(&model(&[-1, 4, 6, 1], nodes, weights)).unwrap();
    assert_eq!(imported.layers.input, Dims::image(1, 4, 6));
    assert_eq!(spec(Ok(imported)), "Conv2d(1, 2, 3), MaxPool2d(2x4), Flatten");
    // A size of 1 behind all others is that of the one channel.
    let nodes = vec![
        node("u: Unsqueeze x end > i"),
        transpose("t: i > f", "[0,3,1,2]"),
        node("c: Conv f w > c"),
        node("m: GlobalMaxPool c > y"),
    ];
    let weights = vec![tensor("w", &[2, 1, 3, 3]), integers("end", &[-1])];
    let imported = read(&model(&[-1, 4, 6], nodes, weights)).unwrap();
    assert_eq!(imported.layers.input, Dims::rows(4, 6));
    let found = spec(Ok(imported));
    assert_eq!(found, "Reshape(1, 4, 6), Conv2d(1, 2, 3), MaxPool2d(2x4), Flatten");
}
