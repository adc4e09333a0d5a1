//! All pages in a browser, on a phone and on a wide screen, light and dark: nothing is wider than
//! the screen, plots have their marks and their texts inside, text can be read, and nothing is
//! loaded.
//!
//! The browser is Chromium's headless shell, whose windows may be as narrow as a phone.
//! `cargo xtask browser` installs it and runs these tests.

mod browser;
mod gallery;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use self::browser::{CHECK, Findings, THEMES, WIDTHS, look};

const DATA: &str = "../../data";

/// Runs the command, which must succeed.
fn trimpot(arguments: &[&str]) {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    let output = command.args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
}

/// Looks at a page in all widths and themes, and fails with all that is wrong.
fn check(page: &str, plots: usize) {
    for width in WIDTHS {
        for theme in THEMES {
            let found: Findings = look(page, CHECK, width, theme);
            let context = format!("{width} pixels, {theme:?}");
            assert_eq!(found.wrong, [""; 0], "{context}");
            assert_eq!((found.width, found.is_dark), (width, theme.is_dark()), "{context}");
            assert_eq!(found.plots, plots, "{context}");
            assert!(found.texts >= 10, "{context}: {} texts", found.texts);
        }
    }
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
#[ignore = "needs Chromium: cargo xtask browser"]
fn every_kind_of_plot_can_be_read() {
    check(&gallery::page(), gallery::PLOTS);
}

#[test]
#[ignore = "needs Chromium: cargo xtask browser"]
fn the_report_of_the_demo_can_be_read() {
    let folder = tempdir().unwrap();
    trimpot(&["demo", "--data", DATA, "--report", folder.path().to_str().unwrap()]);
    check(&text(folder.path(), "report.html"), 4);
}

#[test]
#[ignore = "needs Chromium: cargo xtask browser"]
fn learning_curves_can_be_read() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let data = format!("{DATA}/digits8.npz");
    let (curves, model) = (path("curves.html"), path("model.safetensors"));
    let words = "train --network 64-10 --epochs 3 --hold-out 0.2".split(' ');
    let files = ["--data", &data, "--curves", &curves, "--output", &model];
    trimpot(&words.chain(files).collect::<Vec<_>>());
    check(&text(folder.path(), "curves.html"), 2);
}

#[test]
#[ignore = "needs Chromium: cargo xtask browser"]
fn the_catalogue_of_losses_can_be_read_and_searched() {
    let folder = tempdir().unwrap();
    trimpot(&["losses", "--plot", folder.path().to_str().unwrap()]);
    let page = text(folder.path(), "catalogue.html");
    let losses = page.matches("<details class=\"entry\">").count();
    check(&page, losses);

    // A link of the index opens a loss, and closes the index.
    let follow = r##"addEventListener("load", () => {
        const index = document.querySelector(".index details");
        index.open = true;
        index.querySelector("a[href='#huber']").click();
        const entry = document.getElementById("huber").closest("details");
        report({ entry: entry.open, index: index.open, open: document.querySelectorAll(".entry[open]").length });
    })"##;
    let found: serde_json::Value = look(&page, follow, 375, THEMES[0]);
    assert_eq!(found, serde_json::json!({ "entry": true, "index": false, "open": 1 }));

    // Only losses that name both words stay, in the index as well.
    let search = r#"addEventListener("load", () => {
        const input = document.querySelector("input[type=search]");
        input.value = "outliers HUBER";
        input.dispatchEvent(new Event("input"));
        const shown = [...document.querySelectorAll(".entry")].filter(entry => entry.checkVisibility());
        report({
            shown: shown.map(entry => entry.querySelector("[id]").id),
            hidden: shown.filter(entry => !entry.textContent.toLowerCase().includes("outliers")).length,
            lines: document.querySelectorAll(".index li li:not([hidden])").length,
            said: document.querySelector("output").textContent,
        });
    })"#;
    let found: serde_json::Value = look(&page, search, 1280, THEMES[0]);
    let shown = found["shown"].as_array().unwrap();
    assert!(shown.iter().any(|id| id == "huber") && shown.len() < losses / 2, "{found}");
    assert_eq!(found["hidden"], 0, "{found}");
    assert_eq!(found["lines"], shown.len(), "{found}");
    assert_eq!(found["said"], format!("{} of {losses}", shown.len()));
}

#[test]
#[ignore = "needs Chromium: cargo xtask browser"]
fn the_report_of_a_study_can_be_read() {
    let folder = tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let words = "study learning-rate hidden-layers optimizer loss augmentation segmentation imbalance outliers \
                 --quick --seeds 3 --points 3";
    let words: Vec<&str> = words.split(' ').chain(["--folder", DATA, "--out", out]).collect();
    trimpot(&words);
    // Each experiment, and the choice, has its runs; all but rates have learning curves and the
    // rates that were tried; depths, optimizers and losses have landscapes; a rare class has
    // precision over recall, and masks are shown.
    check(&text(folder.path(), "report.html"), 9 + 8 * 2 + 3 + 4 + 7 + 2);
}

/// What the check is to find, it finds.
#[test]
#[ignore = "needs Chromium: cargo xtask browser"]
fn what_is_wrong_is_found() {
    let mut page = gallery::page();
    for (from, to) in [
        ("class=\"mark ", "class=\""),
        ("faint s1\" d=\"", "faint s1\" d=\"M0 0\" data-was=\""),
        ("<text class=\"name\" x=\"2\"", "<text x=\"-9\""),
        ("</svg>", "<text x='0' y='13'>here</text></svg>"),
        ("</main>", FAULTS),
    ] {
        assert!(page.contains(from), "{from}");
        page = page.replacen(from, to, 1);
    }
    let found: Findings = look(&page, CHECK, 375, THEMES[0]);
    for (finding, part) in [
        ("overflow", "DIV wide"),
        ("contrast", "3.5"),
        ("heading", "H4 after H2"),
        ("link", "#nowhere"),
        ("console", "https://example.org/a.png"),
        ("console", "broken"),
        ("figure", "no plot"),
        ("keyboard", "PRE"),
        ("marks", "Accuracy by loss: "),
        ("marks", "Accuracy by depth: one cannot be seen"),
        ("outside", "mean squared error"),
        ("covered", "here"),
    ] {
        let is_it = |wrong: &String| wrong.starts_with(finding) && wrong.contains(part);
        assert!(found.wrong.iter().any(is_it), "{finding}: {part}: {found:?}");
    }
}

const FAULTS: &str = "
<div style='width:2000px'>wide</div>
<p style='color:#888'>grey</p>
<h4>deep</h4>
<a href='#nowhere'>link</a>
<img src='https://example.org/a.png' alt=''>
<script>throw Error('broken')</script>
<figure>no plot</figure>
<pre>code</pre>
</main>";
