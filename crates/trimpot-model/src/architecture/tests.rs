use super::*;

fn layers(text: &str) -> Result<Layers, String> {
    let architecture: Architecture =
        text.parse().map_err(|error: ArchitectureError| error.to_string())?;
    architecture.layers(Between::default())
}

fn shown(text: &str) -> String {
    let layers = layers(text).unwrap();
    format!("{}: {}", layers.input, layers.spec())
}

#[test]
fn sizes_say_what_is_wrong_with_them() {
    let sizes: Architecture = "64-32-10".parse().unwrap();
    let layers = sizes.layers(Between::default()).unwrap();
    assert_eq!((layers.input.count(), layers.outputs()), (64, 10));
    assert_eq!(layers.spec().parameters(), 2410);
    for (text, part) in
        [("64", "at least inputs"), ("64-x", "`x`"), ("3-0-1", "`0`"), ("3--1", "``")]
    {
        let error = text.parse::<Architecture>().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_is_between_layers_of_sizes_is_put_there() {
    let sizes: Architecture = "4-3-2".parse().unwrap();
    let shown = |between| sizes.layers(between).map(|layers| layers.spec().to_string());
    let mut between =
        Between { activation: Some("hard_swish".parse().unwrap()), ..Between::default() };
    assert_eq!(shown(between).unwrap(), "Dense(4, 3), HardSwish, Dense(3, 2)");
    between.dropout = Some(0.1);
    between.output_activation = Some("sigmoid".parse().unwrap());
    let all = "Dense(4, 3), HardSwish, Dropout(p=0.1), Dense(3, 2), Sigmoid";
    assert_eq!(shown(between).unwrap(), all);
    between.dropout = Some(1.0);
    assert!(shown(between).is_err());
    let listed: Architecture = "4, dense 2".parse().unwrap();
    assert!(listed.layers(between).unwrap_err().contains("goes with sizes"));
}

#[test]
fn layers_take_what_comes_from_the_layer_before() {
    assert_eq!(
        shown("1x28x28, conv 8 3x3, relu, pool 2, dense 10"),
        "1x28x28: Conv2d(1, 8, 3), Relu, MaxPool2d(2), Flatten, Dense(1352, 10)"
    );
    assert_eq!(
        shown(
            "3x32, conv 8 5 stride=2 padding=same, gelu, average_pool 3 stride=1, layer_norm, dropout 0.2, global_average_pool, dense 5"
        ),
        "3x32: Conv1d(3, 8, 5, stride=2, padding=1x2), Gelu, AveragePool1d(3, stride=1), \
         LayerNorm(14), Dropout(p=0.2), GlobalAveragePool, Dense(8, 5)"
    );
    assert_eq!(
        shown("40, residual(dense 40, leaky_relu negative_slope=0.2, residual(tanh)), dense 3"),
        "40: Residual(Dense(40, 40), LeakyRelu(negative_slope=0.2), Residual(Tanh)), Dense(40, 3)"
    );
    assert_eq!(
        shown(
            "4x8x8, residual(shortcut(conv 6 1 stride=2), conv 6 3 stride=2 padding=1, relu), relu, dense 3"
        ),
        "4x8x8: Residual(Shortcut(Conv2d(4, 6, 1, stride=2)), Conv2d(4, 6, 3, stride=2, padding=1), Relu), \
         Relu, Flatten, Dense(96, 3)"
    );
    assert_eq!(
        shown(
            "64, reshape 1x8x8, conv 4 3 dilation=2 padding=2, depthwise 3x1, conv 4 1 groups=2, hard_tanh low=0 high=6"
        ),
        "64: Reshape(1, 8, 8), Conv2d(1, 4, 3, padding=2, dilation=2), \
         Conv2d(4, 4, 3x1, groups=4), Conv2d(4, 4, 1, groups=2), HardTanh(low=0, high=6)"
    );
    assert_eq!(shown("4, relu6, dense 2"), shown("4, hard_tanh low=0 high=6, dense 2"));
}

/// The two networks of MLPerf Tiny that a microcontroller trains (Banbury et al. 2021), but for the
/// normalisations, which are folded into the layers before them.
#[test]
fn the_networks_of_mlperf_tiny_can_be_written() {
    let block = "depthwise 3x3 padding=1, relu, conv 64 1, relu";
    let spotting = format!(
        "1x49x10, conv 64 10x4 stride=2 padding=same, relu, {block}, {block}, {block}, {block}, \
         global_average_pool, dense 12"
    );
    let spotting = layers(&spotting).unwrap();
    assert_eq!(spotting.outputs(), 12);
    assert!(spotting.spec().to_string().starts_with(
        "Conv2d(1, 64, 10x4, stride=2, padding=4x5x1x1), Relu, Conv2d(64, 64, 3, padding=1, groups=64)"
    ));
    assert_eq!(spotting.spec().parameters(), 22_604);
    let autoencoder = layers("640-128-128-128-128-8-128-128-128-128-640").unwrap();
    assert_eq!(autoencoder.outputs(), 640);
}

#[test]
fn a_shape_may_have_an_arrow_behind_it_and_one_channel_need_not_be_said() {
    let expected = "1x8x8: Conv2d(1, 8, 3), Relu, MaxPool2d(2), Flatten, Dense(72, 10)";
    for text in [
        "8x8 > conv 8 3x3, relu, pool 2, dense 10",
        "8x8, conv 8 3x3, relu, pool 2, dense 10",
        "1x8x8>conv 8 3, relu, pool 2, dense 10",
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
    assert_eq!(shown("64 > dense 10"), "64: Dense(64, 10)");
    // A window of one direction, or none, goes over a sequence.
    assert_eq!(shown("8x8 > conv 4 3"), "8x8: Conv1d(8, 4, 3)");
    assert_eq!(shown("8x8 > conv 4 3, dense 2"), "8x8: Conv1d(8, 4, 3), Flatten, Dense(24, 2)");
    assert_eq!(
        shown("8x8 > residual(depthwise 3x3 padding=1), dense 2"),
        shown("1x8x8, residual(depthwise 3 padding=1), dense 2")
    );
    assert!(layers("> dense 3").unwrap_err().contains("no shape of a sample"));
    assert!(layers("4 >").unwrap_err().contains("no layer"));
}

#[test]
fn errors_point_at_the_word() {
    for (text, word) in [
        ("1x8x8 > conv 8 3, densse 10", "densse"),
        ("4, dense 3, dense 0", "0"),
        ("4, dense 3 stride=2", "stride"),
        ("1x8x8, conv 8 3x3x3, dense 2", "3x3x3"),
        ("1x8x8 > conv 8 9, dense 2", "conv 8 9"),
        ("1x8x8 > conv 8 3 padding=x, dense 2", "x"),
        ("1x2x3x4, dense 3", "1x2x3x4"),
        ("4, dense 3, dropout 1.5", "1.5"),
        ("4, elu alpha=a, dense 3", "a"),
        ("4, dense 4)", ")"),
        ("64-x-10", "x"),
        ("4, dense 4, residual(relu, dense 3)", "residual(relu, dense 3)"),
        ("4, dense 3, , relu", ""),
    ] {
        let error = text.parse::<Architecture>().unwrap_err();
        assert_eq!(&text[error.at.clone()], word, "{text}: {error}");
    }
    let error = "4, elu alpha=a, dense 3".parse::<Architecture>().unwrap_err();
    assert_eq!(error.at, 13..14);
    let shown = "\n\n  4, elu alpha=a, dense 3\n               ^";
    assert!(error.to_string().ends_with(shown), "{error}");
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    for (text, part) in [
        ("x, dense 3", "`x` is no shape"),
        ("1x2x3x4, dense 3", "no shape of a sample"),
        ("0, dense 3", "no shape of a sample"),
        ("4, dense", "dense is to have its outputs"),
        ("4, dense 0", "`0` is no size"),
        ("4, dense 3 5", "dense has no `5`"),
        ("4, dense 3 stride=2", "dense has no `stride`"),
        ("4, conv 8 3", "takes a sequence or an image, and gets 4"),
        ("1x8x8, conv 8", "conv is to have its window"),
        ("1x8x8, conv 8 3x3x3", "`3x3x3` is to be numbers, such as 3 or 10x4"),
        ("1x8x8, conv 8 9", "at least as large as its window"),
        ("1x8x8, conv 8 3 padding=x", "`x` is to be"),
        ("4, densse 3", "`densse` is no layer. There are dense"),
        ("4, dropout 1.5", "p is 1.5"),
        ("4, elu alpha=a", "alpha is a number"),
        ("4, residual(dense 3)", "cannot be added"),
        ("4, residual(shortcut(dense 3), dense 4)", "cannot be added"),
        ("4, residual(dense 4, shortcut(dense 4))", "not the first layer inside of a Residual"),
        ("4, shortcut(dense 4)", "not the first layer inside of a Residual"),
        ("4, residual(shortcut dense 3, dense 3)", "shortcut has layers in parentheses"),
        ("4, residual dense 3", "residual has layers in parentheses"),
        ("4, residual(dense 4", "`(` without a `)`"),
        ("4, dense 4)", "`)` without a `(`"),
        ("4, dense 3,", "no layer before or behind a comma"),
        ("4, residual()", "no layer before or behind a comma"),
        ("4, relu", "nothing to train"),
        ("64 dense 10", "Layers have a shape and `>` before them"),
        ("65536x65536, dense 3", "more numbers than"),
        ("2x8x8, conv 4 3 groups=3", "3 groups are to divide"),
        ("1x8x8, conv 4 3 stride=0", "stride and dilation are from 1"),
        ("1x8x8, conv 4 1 padding=1", "padding is less than the 1"),
        ("4, layer_norm epsilon=nan", "epsilon is to be in"),
        ("4, elu alpha=1 alpha=2", "or not twice"),
        (
            "4, dense 4, residual(residual(residual(residual(residual(residual(residual(residual(residual(relu)))))))))",
            "more than 8 deep",
        ),
        ("4, batch_norm epsilon=0", "epsilon is to be in"),
        ("4, dense 4, batch_norm 4", "batch_norm has no `4`"),
        ("4, batch_norm momentum=0.2", "batch_norm has no `momentum`"),
        ("4, embedding 3 3", "cannot be trained"),
        ("4, dense 3, reshape 2x2", "as many numbers"),
    ] {
        let error = layers(text).expect_err(text);
        assert!(error.contains(part), "{text}: {error}");
    }
}

/// The networks of MLPerf Tiny that have batch normalisation, with the numbers of parameters that
/// PyTorch counts, and of statistics.
#[test]
fn networks_of_mlperf_tiny_are_written() {
    let hidden = |sizes: &[u32]| {
        sizes.iter().map(|size| format!("dense {size}, batch_norm, relu, ")).collect::<String>()
    };
    let autoencoder =
        format!("640, {}dense 640", hidden(&[128, 128, 128, 128, 8, 128, 128, 128, 128]));
    let block = "depthwise 3x3 padding=1, batch_norm, relu, conv 64 1x1, batch_norm, relu, ";
    let keywords = format!(
        "1x49x10, conv 64 10x4 stride=2 padding=same, batch_norm, relu, {}global_average_pool, dense 12",
        block.repeat(4)
    );
    // The dense layers' and convolutions' own, and two of each channel that is normalised.
    let (dense, convolutions) = (264_192 + 1_672, 2_624 + 4 * (640 + 4_160) + 780);
    for (text, parameters, channels) in
        [(autoencoder, dense, 8 * 128 + 8), (keywords, convolutions, 9 * 64)]
    {
        let layers = layers(&text).unwrap();
        assert_eq!(layers.spec().parameters(), parameters + 2 * channels, "{text}");
        // Means of 0 and variances of 1.
        assert_eq!(layers.constants.len(), 2 * channels);
        assert_eq!(layers.constants.iter().sum::<f32>(), channels as f32);
    }
}

/// Layers as model files name them, those among them that cannot be written in a text.
const NAMED: [&str; 8] = [
    "Conv2d(1, 64, 10x4, stride=2, padding=4x5x1x1), BatchNorm(64), Relu, GlobalAveragePool",
    "Conv2d(4, 6, 3x1, stride=2x1, padding=1x0, dilation=2, groups=2), MaxPool2d(3x2, stride=1)",
    "Conv1d(3, 8, 5, stride=2, padding=1x2), AveragePool1d(3, stride=1, padding=1), LayerNorm(14)",
    "BatchNorm(3, epsilon=0.001), LayerNorm(7, epsilon=0.01), Dropout(p=0.1), Dropout",
    "Embedding(10, 4), Flatten, Reshape(2, 5, 4), Reshape(40), Dense(100000, 3)",
    "LeakyRelu(negative_slope=0.2), Elu(alpha=1.5), HardTanh(low=-0.5, high=1.5), GeluTanh",
    "Frozen(Dense(4, 4), Residual(Dense(4, 4), Residual(Tanh))), Dense(4, 2)",
    "Residual(Shortcut(Dense(4, 4), Frozen(Residual(Tanh))), Dense(4, 4)), Dense(4, 2)",
];

#[test]
fn every_layer_of_the_core_is_read_as_it_is_written_and_as_it_is_named() {
    for listed in LAYERS {
        let name = listed.name;
        match listed.written {
            Written::As(grammar) => {
                let text = grammar.example;
                assert!(shown(text).contains(name), "{text}");
                let layers = layers(text).unwrap();
                assert_eq!(named(&layers.spec().to_string()), Ok(layers.specs), "{text}");
            }
            // Nobody but its type knows what it computes.
            Written::Not { .. } if name == "Custom" => assert!(named(name).is_err()),
            Written::Not { .. } => {
                let named = NAMED.iter().any(|text| text.contains(&format!("{name}(")));
                assert!(named, "{name} is not among the layers that are read by their names");
            }
        }
    }
}

#[test]
fn layers_that_are_named_are_read() {
    for text in NAMED {
        let specs = named(text).unwrap();
        let network = NetworkSpec { input: Dims::vector(1), layers: &specs };
        assert_eq!(network.to_string(), text);
    }
    let deep = format!("{}Relu{}", "Residual(".repeat(40), ")".repeat(40));
    for (text, part) in [
        ("", "no layer"),
        ("Dense(4)", "outputs"),
        ("Dense(4, x)", "`x`"),
        ("Dense(4, 3, 2)", "has no `2`"),
        ("Dense(4, 3", "without"),
        ("dense(4, 3)", "`dense` is no layer"),
        ("Relu(3)", "has no `3`"),
        ("Residual", "parentheses"),
        ("Dropout(p=1)", "[0, 1)"),
        ("Dense(4, 03)", "is read as"),
        ("Signal", "`Signal` is no layer"),
        (&deep, "inside"),
    ] {
        let error = named(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}
