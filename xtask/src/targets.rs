//! Processors that are no boards: every loss and layer there must have the bits that it has here.
//! And cores without a floating-point unit, for which the library must compile.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::toolchain::Toolchain;
use crate::workspace::{BOARD_PEERS, FINGERPRINTS};
use crate::{command, emulator, workspace};

/// How it is built: see `firmware/Cargo.toml`.
const PROFILE: &str = "quick";

/// A processor: what its program is called, and how it is compiled.
struct Target {
    name: &'static str,
    triple: &'static str,
    flags: &'static str,
    /// The file that the compiler makes.
    file: &'static str,
    /// Whether clippy has not seen all of its sources for another target.
    lints: bool,
    /// The test that runs its program.
    test: &'static str,
}

/// That of every test run.
const SAMPLED: [Target; 1] = [Target {
    name: "aarch64",
    triple: "aarch64-unknown-none",
    // Where the PC is an Arm too, `.cargo/config.toml` would choose its processor.
    flags: "-C target-cpu=generic",
    file: "fingerprints",
    lints: true,
    test: "losses_and_layers_have_the_same_bits_on_64_bit_arm",
}];

/// The others. Without SIMD, vectors are four numbers one after the other, as on the boards.
const OTHERS: [Target; 2] = [
    Target {
        name: "wasm32-simd128",
        triple: "wasm32-unknown-unknown",
        flags: "-C target-feature=+simd128",
        file: "fingerprints.wasm",
        lints: true,
        test: "losses_and_layers_have_the_same_bits_in_webassembly_with_simd",
    },
    Target {
        name: "wasm32",
        triple: "wasm32-unknown-unknown",
        flags: "",
        file: "fingerprints.wasm",
        lints: false,
        test: "losses_and_layers_have_the_same_bits_in_webassembly",
    },
];

/// Cores without a floating-point unit: no other step compiles their inner loops. The first one has
/// neither long products nor leading zeros, the second one lacks only the latter.
const WITHOUT_UNIT: [&str; 2] = ["thumbv6m-none-eabi", "riscv32imc-unknown-none-elf"];

impl Target {
    fn cargo(&self, word: &str) -> Result<Command> {
        let mut cargo = Toolchain::find(self.triple)?.cargo(word, self.triple)?;
        cargo.env("RUSTFLAGS", self.flags).args(["--package", FINGERPRINTS]);
        Ok(cargo)
    }
}

/// Makes sure that there is a compiler for each processor.
pub fn set_up() -> Result<()> {
    let triples = SAMPLED.iter().map(|target| target.triple).chain(WITHOUT_UNIT);
    triples.map(Toolchain::find).try_for_each(|toolchain| toolchain.map(|_| ()))
}

/// [`check`] of the processor of every test run.
pub fn check_sampled() -> Result<()> {
    compile_without_unit()?;
    check(SAMPLED.iter())
}

/// [`check`] of every processor.
pub fn check_all() -> Result<()> {
    compile_without_unit()?;
    check(SAMPLED.iter().chain(&OTHERS))
}

/// Compiles networks that learn for each core without a unit; a warning is an error.
fn compile_without_unit() -> Result<()> {
    for triple in WITHOUT_UNIT {
        println!("{triple}: compiling");
        let mut cargo = Toolchain::find(triple)?.cargo("build", triple)?;
        cargo.env("RUSTFLAGS", "-D warnings");
        command::run(cargo.args(["--profile", PROFILE, "--package", BOARD_PEERS]))?;
    }
    Ok(())
}

/// Lints and builds the program for each processor, runs it, and compares.
fn check(targets: impl Iterator<Item = &'static Target> + Clone) -> Result<()> {
    emulator::set_up()?;
    let folder = workspace::programs(FINGERPRINTS);
    fs::create_dir_all(&folder)?;
    for target in targets.clone() {
        println!("{}: compiling", target.name);
        if target.lints {
            let words = ["--profile", PROFILE, "--", "-D", "warnings"];
            command::run(target.cargo("clippy")?.args(words))?;
        }
        command::run(target.cargo("build")?.args(["--profile", PROFILE]))?;
        let built = workspace::firmware().join("target").join(target.triple).join(PROFILE);
        let built = built.join(target.file);
        fs::copy(&built, folder.join(target.name))
            .with_context(|| format!("copying {}", built.display()))?;
    }
    // Of the whole workspace: with the features that its members ask for together, as in the other
    // steps, so that nothing is compiled again.
    let words = ["test", "--workspace", "--test", "targets"];
    let mut tests = workspace::cargo(words);
    tests.args(["--", "--include-ignored", "--nocapture", "--exact"]);
    tests.args(targets.map(|target| target.test));
    command::run(tests.env("TRIMPOT_FIRMWARE_DIR", folder))
}
