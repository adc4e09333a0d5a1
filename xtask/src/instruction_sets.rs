//! Kernels that choose their instructions when they run, on all instruction sets that the processor
//! has.
//!
//! Tests are built for the machine's own processor, where nothing is left to choose. These are
//! built for any processor of its architecture.

use anyhow::Result;

use crate::command;
use crate::workspace::{self, cargo};

/// Runs the tests of levels. They say which they ran, and which this processor lacks.
pub fn check() -> Result<()> {
    // A folder of its own: other flags, other files.
    let target = workspace::root().join("target/baseline");
    let packages = ["--package", "trimpot", "--package", "trimpot-host"];
    let mut test = cargo(["test"]);
    test.args(packages).args(["--test", "level*", "--target-dir"]).arg(target);
    test.args(["--", "--nocapture"]);
    let flags = if cfg!(target_arch = "x86_64") { "-C target-cpu=x86-64" } else { "" };
    command::run(test.env("RUSTFLAGS", flags))
}
