//! All pages in a browser, which is one more program that a test run needs.

use std::process::Command;

use anyhow::Result;

use crate::workspace::cargo;
use crate::{command, debian};

/// Chromium without windows: smaller, and as narrow as a phone.
const BROWSER: &str = "chromium-headless-shell";

/// Installs the browser, if it is missing.
pub fn set_up() -> Result<()> {
    if command::output(Command::new(BROWSER).arg("--version")).is_err() {
        debian::install(&[BROWSER])?;
    }
    Ok(())
}

/// Runs the tests that need a browser: those of `tests/browser/`, which are ignored otherwise.
pub fn check() -> Result<()> {
    set_up()?;
    let mut tests = cargo(["test", "--workspace", "--no-fail-fast", "--test", "browser"]);
    command::run(tests.args(["--", "--include-ignored"]))
}
