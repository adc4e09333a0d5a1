//! The `trimpot layers` command.

use std::env;
use std::process::{Command, Output};

use trimpot_model::architecture::catalogue::{LAYERS, Written};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.args(arguments).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_layer_of_the_core_is_listed_and_explained() {
    let list = said(&["layers"]);
    macro_rules! names {
        ($($(#[$doc:meta])* $name:ident: $spec:ty;)*) => { [$(stringify!($name)),*] };
    }
    let names = trimpot::for_each_layer!(names);
    for name in names {
        assert!(list.contains(name), "{name} is not listed");
        let text = said(&["layers", name]);
        assert!(text.contains("SHAPES") || text.lines().count() > 1, "{text}");
    }
    assert!(list.contains(&format!("\n{} layers. ", names.len())), "{list}");
}

#[test]
fn examples_are_networks_that_can_be_planned() {
    for listed in LAYERS {
        let Written::As(grammar) = listed.written else { continue };
        let planned = run(&["plan", "--network", grammar.example, "--board", "nrf52840-dk"]);
        let error = String::from_utf8_lossy(&planned.stderr).into_owned();
        assert!(planned.status.success(), "{}: {error}", grammar.example);
    }
}

#[test]
fn a_layer_is_explained_by_what_the_core_computes() {
    let text = said(&["layers", "conv"]);
    for part in [
        "conv CHANNELS KERNEL, depthwise KERNEL: Filters over sequences.",
        "trimpot::layer::Conv2d, PyTorch nn.Conv2d",
        "stride=1, padding=0, dilation=1, groups=1",
        "--network \"1x28x28, conv 8 3x3\"",
        "Its last layer makes 8x26x26 of 1x28x28, with 80 parameters.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(said(&["layers", "nn.Linear"]), said(&["layers", "dense"]));
    assert!(!said(&["layers", "dropout"]).contains("SETTINGS"));
    assert!(said(&["layers", "embedding"]).contains("cannot be trained"));
    let text = said(&["layers", "batch_norm"]);
    for part in
        ["PyTorch nn.BatchNorm2d", "epsilon=0.00001", "running averages", "with 16 parameters"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_layer_that_is_none_is_told_with_the_nearest_names() {
    let output = run(&["layers", "densse"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("there is no layer densse; the nearest names are dense, "), "{error}");
}
