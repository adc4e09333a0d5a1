//! The `trimpot plan` command.

use std::env;
use std::process::{Command, Output};

use tempfile::tempdir;
use trimpot::layer::{
    Conv2d, Dense, DenseSpec, Flatten, FrozenSpec, MaxPool2d, Relu, ResidualSpec,
};
use trimpot::network;
use trimpot::shape::Image;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_cli::plan::{self, Options};
use trimpot_model::file;
use trimpot_model::plan::{Board, BoardFit, Figures, PassFigures, PlannedLoss, Training, find};

type Pictures = network!(
    Conv2d<1, Image<4, 6, 6>, 3>, Relu, MaxPool2d<Image<4, 3, 3>, 2>, Flatten<36>, Dense<36, 10>;
    from Image<1, 8, 8>
);
const TEXT: &str = "1x8x8, conv 4 3, relu, pool 2, dense 10";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.arg("plan").args(arguments).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn failed(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn planned_with(network: &str, train: &str, every: usize) -> Figures {
    let mut options = Options {
        model: None,
        network: Some(network.parse().unwrap()),
        input: None,
        board: None,
        loss: Some(PlannedLoss::CrossEntropy),
        checkpoint_every: every,
        learning: Default::default(),
    };
    options.learning.train = Some(train.parse().unwrap());
    plan::plan(&options).unwrap().figures
}

/// Returns the instructions on the measured core.
fn total(pass: &PassFigures) -> f64 {
    pass.instructions.unwrap().total()
}

/// With all values kept.
fn planned(network: &str, train: &str) -> Figures {
    planned_with(network, train, 0)
}

#[test]
fn a_model_file_is_planned_like_its_network() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    file::save(&Pictures::seeded(1), &file).unwrap();
    let file = file.to_str().unwrap();
    for train in ["all", "head:1", "biases"] {
        let of_file = said(&[file, "--train", train]);
        assert_eq!(of_file, said(&["--network", TEXT, "--train", train]));
        assert!(of_file.contains("nrf52840-dk") && of_file.contains("microbit"), "{of_file}");
    }
    let of_file = said(&[file, "--input", "1x8x8", "--board", "nRF52840"]);
    assert!(of_file.contains("nrf52840-dk") && !of_file.contains("microbit"), "{of_file}");
    assert!(failed(&[file, "--input", "1x9x9"], 1).contains("1x8x8, and not 1x9x9"));
}

#[test]
fn a_file_that_does_not_say_the_shape_of_a_sample_needs_it_said() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    file::save(&Pictures::seeded(1), &file).unwrap();
    // The header is as long as before.
    let bytes = std::fs::read(&file).unwrap();
    let text = br#""input":"1x8x8""#;
    let at = bytes.windows(text.len()).position(|bytes| bytes == text).unwrap();
    let mut bytes = bytes;
    bytes[at..at + text.len()].copy_from_slice(br#""xnput":"1x8x8""#);
    std::fs::write(&file, bytes).unwrap();
    let file = file.to_str().unwrap();
    assert!(failed(&[file], 1).contains("--input 1x28x28"));
    assert_eq!(said(&[file, "--input", "1x8x8"]), said(&["--network", TEXT]));
    assert!(failed(&[file, "--input", "3x8x8"], 1).contains("Conv2d"));
}

/// No gradient goes through a residual connection that is frozen: what is in front costs a step no
/// more than if it were frozen as well.
#[test]
fn frozen_layers_end_the_backward_pass_whatever_is_inside() {
    let dense = |outputs| LayerSpec::Dense(DenseSpec { inputs: 64, outputs });
    let [residual, frozen] = [
        LayerSpec::Residual(ResidualSpec { layers: 1 }),
        LayerSpec::Frozen(FrozenSpec { layers: 2 }),
    ];
    let all = LayerSpec::Frozen(FrozenSpec { layers: 3 });
    let instructions = |layers: &[LayerSpec]| {
        let network = NetworkSpec { input: Dims::vector(64), layers };
        let figures = Figures::new(network, Training::default()).unwrap();
        figures.step.instructions.unwrap().total()
    };
    let half = instructions(&[dense(64), frozen, residual, dense(64), dense(2)]);
    let whole = instructions(&[all, dense(64), residual, dense(64), dense(2)]);
    assert!((half / whole - 1.0).abs() < 0.02, "{half} {whole}");
}

#[test]
fn memory_is_that_of_the_plan() {
    let figures = planned(TEXT, "all");
    assert_eq!(figures.step.flash, [("network", 4 * 410)]);
    assert_eq!(figures.inference.ram[0], ("arena", 4 * (144 + 36 + 4)));
    // Most is taken when the convolution goes backward, of which pool and ReLU have masks: four
    // gradients of a filter, a window and its gradient.
    assert_eq!(figures.step.ram[0], ("arena", 4 * (144 + 6 * 9)));
    let parts = figures.step.ram.iter();
    let measured = ["arena", "list of layers", "stack"];
    let parts: Vec<_> = parts.filter(|(what, _)| !measured.contains(what)).copied().collect();
    let [input, trained] = [("input", 4 * 64), ("parameters", 4 * 410)];
    assert_eq!(parts, [input, trained]);

    // Of a head the rest is as in inference.
    let head = planned(TEXT, "head:1");
    assert_eq!((head.numbers, &head.step.flash), ([370, 40], &figures.step.flash));
    assert_eq!(head.step.ram[0], figures.inference.ram[0]);
    assert!(total(&head.step) < total(&figures.step));
    assert!(total(&head.step) > total(&figures.inference));
}

#[test]
fn values_that_are_computed_again_cost_instructions_and_save_memory() {
    let network = "64, dense 64, tanh, dense 64, tanh, dense 64, tanh, dense 64, tanh, dense 10";
    let (kept, again) = (planned(network, "all"), planned_with(network, "all", 2));
    assert!(again.step.ram_bytes() < kept.step.ram_bytes());
    // Four of five runs; the last one is not.
    let more = total(&again.step) - total(&kept.step);
    let inference = total(&kept.inference);
    assert!((0.8..1.0).contains(&(more / inference)), "{more} {inference}");
    assert_eq!(again.inference, kept.inference);

    // A board computes no value again; where nothing is, it learns like that.
    let text = said(&["--network", network, "--checkpoint-every", "2"]);
    assert!(text.contains("no board of `trimpot board` learns like this"), "{text}");
    assert!(text.contains("--checkpoint-every has values computed again"), "{text}");
    assert!(!text.contains("It says RAM"), "{text}");
    let text = said(&["--network", "8-4-2", "--checkpoint-every", "2"]);
    assert_eq!(text, said(&["--network", "8-4-2"]));
    // What only a board does is not planned beside it.
    for option in [["--batch", "8"], ["--optimizer", "adam"], ["--latents", "u8"]] {
        let options = ["--network", network, "--checkpoint-every", "2", option[0], option[1]];
        assert!(failed(&options, 2).contains("cannot be used with"), "{option:?}");
    }
}

#[test]
fn help_says_what_latents_are_by_default() {
    let help = said(&["--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let default = "[default: that of the model file; or f32 with head:N and where anomalies are \
                   detected, else none]";
    assert!(help.contains(default), "{help}");
    for (train, default) in [("head:1", "f32"), ("all", "none")] {
        let network = ["--network", "20-8-3", "--train", train];
        let with = |latents| said(&[&network[..], &["--latents", latents]].concat());
        assert_eq!(said(&network), with(default));
    }
    assert_ne!(
        said(&["--network", "20-8-3", "--train", "head:1", "--latents", "none"]),
        said(&["--network", "20-8-3", "--train", "head:1"])
    );
}

#[test]
fn a_step_takes_most_where_all_units_are_on() {
    let figures = planned("64-32-10", "all");
    assert!(figures.most_instructions.unwrap().total() > total(&figures.step));
    // The last layer has no ReLU.
    let figures = planned("64-10", "all");
    assert_eq!(figures.most_instructions, figures.step.instructions);
}

#[test]
fn time_follows_from_the_instructions_of_each_core_and_their_clocks() {
    let figures = planned("16-8-4", "all");
    let clocks = |board: &str| {
        let board = find(board).unwrap();
        let BoardFit::Fits(samples) = figures.step.fit(&board) else { panic!("{figures:?}") };
        f64::from(board.clock) / samples
    };
    let measured = clocks("nrf52840-dk");
    assert!((measured / (4.0 * total(&figures.step)) - 1.0).abs() < 1e-9, "{measured}");
    // The same clocks, whatever their frequency.
    assert!((clocks("mps2-an386") / measured - 1.0).abs() < 1e-9);
    // Without a floating-point unit it takes several times as long.
    for board in ["microbit", "mps2-an385", "esp32-c3"] {
        assert!(clocks(board) > 3.0 * measured, "{board}");
    }
    for board in ["pico2", "nucleo-h743zi", "mps3-an547"] {
        assert!((0.5..1.2).contains(&(clocks(board) / measured)), "{board}");
    }
    let said = said(&["--network", "16-8-4"]);
    assert!(said.contains("Time is an estimate") && !said.contains("not estimated"), "{said}");
}

/// What a step of an optimizer takes, with the memory for it, is in what learning takes.
#[test]
fn an_optimizer_takes_instructions_and_memory() {
    let figure = |row: &str, more: &[&str]| -> f64 {
        let said = said(&[&["--network", "64-32-10"], more].concat());
        let line = said.lines().find(|line| line.trim_start().starts_with(row));
        let number = line.and_then(|line| line.split_whitespace().last());
        number.map_or(0.0, |number| number.replace(',', "").parse().unwrap())
    };
    let instructions = |more: &[&str]| figure("instructions a pass", more);
    let plain = instructions(&[]);
    assert_eq!(instructions(&["--optimizer", "sgd"]), plain);
    let mut others = Vec::new();
    for optimizer in ["momentum:0.9", "rms_prop", "adagrad", "adadelta", "adam", "adam_w", "lion"] {
        let taken = instructions(&["--optimizer", optimizer]);
        // One instruction for each parameter, and more.
        assert!(taken > plain + 2_410.0, "{optimizer}: {taken}");
        others.push(taken);
    }
    assert!(others[4] > others[0], "Adam takes more than momentum: {others:?}");
    // Of 41 samples, one and those that are replayed, batches of 8 make 6 steps.
    let [single, batch] =
        ["1", "8"].map(|batch| instructions(&["--optimizer", "adam", "--batch", batch]));
    let saved = (single - batch) / (single - plain);
    assert!((saved - 35.0 / 41.0).abs() < 0.1, "{single} {batch}");
    // A gradient and two numbers for each parameter.
    let bytes = |more: &[&str]| figure("optimizer", more);
    assert_eq!(bytes(&[]), 0.0);
    assert_eq!(bytes(&["--optimizer", "adam"]), 4.0 * 3.0 * 2_410.0);
    assert_eq!(bytes(&["--batch", "2"]), 4.0 * 2.0 * 2_410.0);
}

#[test]
fn biases_alone_are_fewer_numbers_and_instructions() {
    let [all, biases] = ["all", "biases"].map(|train| planned("64-32-10", train));
    assert_eq!(all.numbers, [64 * 32 + 32 + 32 * 10 + 10, 0]);
    assert_eq!(biases.numbers, [32 + 10, 64 * 32 + 32 * 10]);
    let instructions = |figures: &Figures| total(&figures.step);
    assert!(instructions(&biases) < 0.95 * instructions(&all));
    // All of them are in RAM, so that any can be trained.
    let others = |figures: &Figures| {
        let parts = figures.step.ram.iter().filter(|(what, _)| *what != "arena");
        parts.copied().collect::<Vec<_>>()
    };
    assert_eq!(others(&biases), others(&all));
    // No input of a linear layer is kept.
    assert!(biases.step.ram_bytes() <= all.step.ram_bytes());
    assert_eq!(biases.inference, all.inference);
    // Of normalisations everything is trained.
    let normalised = planned("8, dense 4, layer_norm, dense 2", "biases");
    assert_eq!(normalised.numbers, [4 + 2 * 4 + 2, 8 * 4 + 4 * 2]);
}

#[test]
fn what_is_missing_on_a_board_is_told_to_the_byte() {
    let figures = planned("64-32-10", "all");
    let [flash, ram] = [figures.step.flash_bytes(), figures.step.ram_bytes()];
    let board = |flash, ram| Board { flash, ram, ..find("nrf52840-dk").unwrap() };
    let fit = |flash, ram| figures.step.fit(&board(flash, ram));
    assert!(matches!(fit(flash, ram), BoardFit::Fits(_)));
    assert_eq!(fit(flash - 1, ram), BoardFit::TooLarge { flash: 1, ram: 0 });
    assert_eq!(fit(flash, ram - 2), BoardFit::TooLarge { flash: 0, ram: 2 });
}

#[test]
fn wrong_arguments_are_told() {
    assert!(failed(&["--network", TEXT, "--board", "pico"], 2).contains("pico2"));
    assert!(failed(&["--network", TEXT, "--train", "bias"], 2).contains("`biases`"));
    assert!(failed(&["--network", TEXT, "--train", "head:3"], 1).contains("can be trained: 2"));
    // What changes no figure is for `trimpot board install`.
    for option in ["--learning-rate", "--replays"] {
        assert!(failed(&["--network", TEXT, option, "1"], 2).contains("unexpected argument"));
    }
    assert!(failed(&["no such file"], 1).contains("no such file"));
    failed(&[], 2);
}
