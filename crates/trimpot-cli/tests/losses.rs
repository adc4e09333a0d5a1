//! The `trimpot losses` command.

use std::env;
use std::fs;
use std::process::{Command, Output};

use tempfile::tempdir;

macro_rules! names {
    ($($name:ident: $loss:ty;)*) => { [$(stringify!($name)),*] };
}
const NAMES: &[&str] = &trimpot::for_each_loss!(names);

fn losses(arguments: &[&str]) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.arg("losses").args(arguments);
    command.output().unwrap()
}

/// What the command says, if it succeeds.
fn said(arguments: &[&str]) -> String {
    let output = losses(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_list_has_every_loss_under_its_family() {
    let list = said(&[]);
    let mut rest = list.as_str();
    for name in NAMES {
        let line = format!("\n  {name} (");
        let at = rest.find(&line).unwrap_or_else(|| panic!("no {name}, or not in order:\n{list}"));
        rest = &rest[at + line.len()..];
    }
    for heading in ["REGRESSION\nLosses for regression.\n", "\nPOLICY\n", "\nSEQUENCE\n"] {
        assert!(list.contains(heading), "{heading}");
    }
    let huber = "the mean of `e² / 2` where `|e| ≤ δ`";
    assert!(list.contains(huber) && list.contains("For regression with outliers"), "{list}");
}

#[test]
fn an_explanation_has_all_sections() {
    for name in NAMES {
        let text = said(&[name]);
        for heading in [
            "\nFORMULA",
            "radient",
            "\nSHAPES\n",
            "\nPARAMETERS\n",
            "\nWHEN TO USE IT\n",
            "\nELSEWHERE\n",
        ] {
            assert!(text.contains(heading), "{name} lacks {heading:?}:\n{text}");
        }
        assert!(text.contains("\nACCURACY\n") && text.contains("\nEXAMPLE\n"), "{text}");
        assert!(text.contains("2e-6"), "{name}: the bound of the table");
    }
}

#[test]
fn the_accuracy_names_its_range_and_what_it_is_relative_to() {
    for (name, part) in [
        ("mse", "rows of up to 64 numbers of sizes from 1e-6 to 1e4"),
        ("mse", "relative to the larger of 1 and the exact result."),
        ("triplet_margin", "the exact result and both distances."),
        ("log_cosh", "small values are within 1e-6 of themselves"),
        ("ctc", "they are never negative"),
    ] {
        let text = said(&[name]);
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(part), "{name}: {part}\n{text}");
    }
}

#[test]
fn an_explanation_is_that_of_the_source_file() {
    let text = said(&["SmoothL1"]);
    for part in [
        "smooth_l1: Smooth L1\n",
        "trimpot::loss::SmoothL1, family regression",
        "Prediction: `N` numbers, `Vector<N>`.",
        "`with_beta(beta: f32)`: Sets the size `beta`, finite and positive, up to which",
        "`default()`: β = 1.",
        "PyTorch `nn.SmoothL1Loss`. Girshick 2015. Convex. NaN gives NaN.",
        "  let loss = SmoothL1::default().with_beta(0.5)?;",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("super::") && !text.contains("# Ok"), "{text}");
}

#[test]
fn losses_are_found_however_they_are_written() {
    for (written, name) in [
        ("crossentropy", "cross_entropy"),
        ("nn.MSELoss", "mse"),
        ("rmse", "mse"),
        ("L1Loss", "mae"),
        ("pinball", "quantile"),
        ("iou", "jaccard"),
        ("info-nce", "info_nce"),
    ] {
        assert_eq!(said(&[written]), said(&[name]), "{written}");
    }
}

#[test]
fn an_unknown_name_is_an_error_with_the_nearest_names() {
    let output = losses(&["hubber"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.starts_with("error: there is no loss hubber; the nearest names are huber, "));
    assert!(output.stdout.is_empty());
    assert_eq!(losses(&["huber", "--plot", "anywhere"]).status.code(), Some(2));
}

#[test]
fn plots_are_an_svg_for_each_loss_and_a_page_that_needs_nothing_else() {
    let folder = tempdir().unwrap();
    let plots = folder.path().join("new").join("plots");
    said(&["--plot", plots.to_str().unwrap()]);

    let html = fs::read_to_string(plots.join("catalogue.html")).unwrap();
    for name in NAMES {
        let svg = fs::read_to_string(plots.join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{name}");
        assert!(svg.contains(">value</text>") && svg.contains(">gradient</text>"), "{name}: {svg}");
        assert_eq!(svg.matches("class=\"mark ").count(), 2, "{name}: {svg}");
        // The page has the same curves.
        let curves = svg.split("class=\"mark ").skip(1).map(|rest| rest.split('>').next().unwrap());
        for curve in curves {
            assert!(html.contains(curve), "{name}");
        }
        assert_eq!(html.matches(&format!("<article id=\"{name}\">")).count(), 1);
        assert_eq!(html.matches(&format!("<li><a href=\"#{name}\">")).count(), 1);
    }
    assert_eq!(fs::read_dir(&plots).unwrap().count(), NAMES.len() + 1);
    for outside in [" src=", "@import", "url(", "<link"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("href=\"").count(), html.matches("href=\"#").count());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output = losses(&["--plot", file.to_str().unwrap()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.starts_with("error: cannot write ") && error.contains("file"), "{error}");
}

#[test]
fn nothing_is_plotted_where_not_all_can_be() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("catalogue.html")).unwrap();
    let output = losses(&["--plot", folder.path().to_str().unwrap()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("catalogue.html: it is a folder"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
