//! The main job: the `trimpot demo` command, on the simulated board.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::tempdir;

// Cargo runs a test in the folder of its package. A path that is compiled in is another checkout's
// where `target` was copied from there.
const DATA: &str = "../../data";

fn demo(arguments: &[&str], report: &Path) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.args(["demo", "--report"]).arg(report).args(arguments);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn the_demo_keeps_its_promises_and_writes_a_report_that_needs_nothing_else() {
    let folder = tempdir().unwrap();
    let report = folder.path().join("report");
    let output = demo(&["--data", DATA], &report);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}\n{}", text(&output.stderr));
    assert_eq!(
        said.matches(
            "
  met "
        )
        .count(),
        8,
        "{said}"
    );
    assert!(!said.contains("BROKEN"), "{said}");

    let html = fs::read_to_string(report.join("report.html")).unwrap();
    assert_eq!(html.matches("<svg class=\"plot\"").count(), 4);
    for outside in [" src=", "@import", "url(", "<link"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("href=\"").count(), html.matches("href=\"#").count());
    assert!(report.join("factory.safetensors").exists());
}

#[test]
fn what_is_wrong_is_said_and_is_not_success() {
    let folder = tempdir().unwrap();
    for (arguments, code, message) in [
        (&["--data", "no/such/folder"][..], 1, "no/such/folder/mnist8_c20_10k.npz"),
        (&["--data", DATA, "--samples", "1797"], 1, "of 1797 digits at most 898"),
        (&["--samples", "0"], 2, "cannot learn from nothing"),
        (&["--seed", "one"], 2, "invalid digit"),
        (&["--bord", "qemu"], 2, "--board"),
        (&["--data", DATA, "--board", "no/such/port"], 1, "cannot open serial port no/such/port"),
        (
            &["--data", DATA, "--board", "qemu", "--firmware", "no/such/program"],
            1,
            "there is no firmware at no/such/program: `cargo xtask firmware` builds it",
        ),
    ] {
        let output = demo(arguments, folder.path());
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(message), "{arguments:?}: {error}");
    }
}

#[test]
fn what_is_not_its_own_the_demo_does_not_replace() {
    for (name, part) in [
        ("report.html", "report.html: it is a folder"),
        ("factory.safetensors", "factory.safetensors: it is a folder"),
        ("flash.bin", "flash.bin: it is a folder"),
    ] {
        let folder = tempdir().unwrap();
        fs::create_dir(folder.path().join(name)).unwrap();
        let output = demo(&["--data", DATA], folder.path());
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {error}");
        assert!(error.contains(part), "{name}: {error}");
    }
}
