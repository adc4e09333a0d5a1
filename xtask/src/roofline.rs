//! What this machine can do, and how much of it each kernel gets: `benches/roofline/`.

use anyhow::Result;

use crate::{command, workspace};

/// Measures, prints the ten slowest kernels, and writes `target/roofline/roofline.md` and
/// `roofline.svg`.
pub fn run() -> Result<()> {
    let words = ["run", "--release", "--quiet", "--package", "trimpot-roofline", "--"];
    command::run(workspace::cargo(words).arg(workspace::root().join("target/roofline")))
}
