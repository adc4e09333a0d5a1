//! The project's own commands: `cargo xtask --help`.
#![forbid(unsafe_code)]

mod benchmark;
mod board;
mod board_peers;
mod browser;
mod calls;
mod command;
mod cost;
mod debian;
mod deny;
mod elf;
mod emulator;
mod expected;
mod firmware;
mod instruction_sets;
mod instructions;
mod loops;
mod memory;
mod new;
mod opt_levels;
mod package;
mod panics;
mod peers;
mod python;
mod ray;
mod roofline;
mod sizes;
mod stack;
mod steps;
mod targets;
mod toolchain;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use self::expected::Expected;
use self::steps::Side;

/// Tests, firmware and measurements.
#[derive(Parser)]
#[command(name = "cargo xtask", about)]
struct Arguments {
    #[command(subcommand)]
    word: Word,
}

#[derive(Subcommand)]
enum Word {
    /// All tests: what CI runs
    Test {
        /// Only those on the PC, or those of boards; both run side by side otherwise
        #[arg(long)]
        only: Option<Side>,
    },
    /// Are all files formatted?
    Format,
    /// Clippy for the host and for the firmware
    Lint,
    /// Check licences and sources of all dependencies against deny.toml
    Deny,
    /// Make the packages that are published, and check what they hold and promise
    Package,
    /// Tests that need no emulator
    Host,
    /// Build the firmware for all boards, into target/firmware
    Firmware,
    /// Check that the firmware cannot panic
    Panics,
    /// The firmware at opt-level s, z and 2: it cannot panic, and computes the same (a test run has
    /// z, without all code of the core, and z and s with the library at 3)
    OptLevels,
    /// Run the step benchmark in QEMU: results, instructions, flash, RAM
    BenchStep {
        /// Write its results to `step.out`, instead of comparing them with what is there
        #[arg(long)]
        overwrite: bool,
    },
    /// What memory networks take in QEMU that are types, beside what their plan says; and what it
    /// takes to learn a sample behind a frozen front
    Memory,
    /// What networks cost in QEMU, beside what `trimpot plan` says: instructions, memory, stack
    Cost {
        /// Fit the costs that `trimpot plan` has to what is measured, instead of comparing them
        #[arg(long)]
        overwrite: bool,
    },
    /// The tuner at opt-level 0, s, z and 3 in QEMU, with 64 KiB of RAM, and the device that runs
    /// any model: their answers, and their peak stack (a test run leaves out s)
    Stack,
    /// Tests that need QEMU
    Qemu,
    /// Firmware that `trimpot new` makes of models of all kinds: it builds, passes its own test in QEMU,
    /// and learns what the simulated board learns (a test run has one model)
    New,
    /// All pages in Chromium: on a phone and on a wide screen, light and dark
    Browser,
    /// Every loss and layer on 64-bit Arm and in WebAssembly: the same bits as here (minutes; a
    /// test run leaves out WebAssembly). Cores without a floating-point unit: networks compile
    Targets,
    /// Run firmware in QEMU and show its logs; `trimpot board --board PTY` talks to it
    Serve {
        /// Which program
        #[arg(long, default_value = "device")]
        program: String,
    },
    /// Show a log of firmware as text, such as `trimpot board --board qemu` leaves
    Logs {
        /// The file
        file: PathBuf,
        /// Which program's
        #[arg(long, default_value = "device")]
        program: String,
    },
    /// Flash and RAM of every program, without stack, and the code of every loss
    Sizes,
    /// Tests that try every number there is (minutes)
    Sweep,
    /// Build the documentation
    Docs,
    /// Time Trimpot and its rivals in turn, and write pages in docs/peers (first time: 20 minutes, 10
    /// GB)
    Peers {
        /// With which instructions, for contenders of all kinds; otherwise with all that this
        /// processor has, a page for each
        #[arg(long)]
        isa: Option<peers::Isa>,
        /// Only lines of the tables whose name contains this; leaves docs/peers alone
        only: Option<String>,
    },
    /// Count what Trimpot and its rivals take on boards, in QEMU, and write docs/board-peers.md (5
    /// minutes)
    BoardPeers {
        /// Sources of AIfES for Arduino, which no package registry has: its folder `src`
        #[arg(long)]
        aifes: Option<PathBuf>,
    },
    /// How many instructions each core takes beside the one of `cargo xtask cost`, of whole networks in
    /// QEMU: `trimpot plan` multiplies by that (seven builds)
    Cores {
        /// Write the factors, instead of comparing them with what is measured
        #[arg(long)]
        overwrite: bool,
    },
    /// Count the instructions of the host's kernels in AVX2, and those of their inner loops in
    /// AVX-512, and compare with the baselines
    Instructions {
        /// Write the counts to the baselines, instead of comparing them with these
        #[arg(long, alias = "update")]
        overwrite: bool,
    },
    /// Losses, layers and training on every instruction set of the processor, chosen at run time:
    /// the same bits, and no operation on a vector is a call
    InstructionSets,
    /// Check that Python's own library opens the model files that the host writes, and that exported
    /// models compute the same in ONNX Runtime
    Python,
    /// A study in parts on Ray, by docs/study_ray.py: the same results as in one run (a test run
    /// leaves it out, because Ray is a download of 70 MB)
    Ray,
    /// Measure this machine's limits and each kernel's share of them, into target/roofline
    Roofline,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().word) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(word: &Word) -> Result<()> {
    workspace::find()?;
    match word {
        Word::Test { only } => steps::test(*only),
        Word::Format => steps::format(),
        Word::Lint => steps::lint().and_then(|()| firmware::clippy()),
        Word::Deny => deny::check(),
        Word::Package => package::check(),
        Word::Host => steps::host(),
        Word::Firmware => firmware::build(),
        Word::Panics => panics::check(),
        Word::OptLevels => opt_levels::check_all(),
        Word::BenchStep { overwrite } => benchmark::run(Expected::new(*overwrite)),
        Word::Memory => memory::check(),
        Word::Cores { overwrite } => board_peers::factors::run(Expected::new(*overwrite)),
        Word::Cost { overwrite } => cost::run(Expected::new(*overwrite)),
        Word::Stack => stack::check_all(),
        Word::Qemu => steps::qemu(),
        Word::New => new::check_all(),
        Word::Browser => browser::check(),
        Word::Targets => targets::check_all(),
        Word::Serve { program } => steps::serve(program),
        Word::Logs { file, program } => steps::logs(program, file),
        Word::Sizes => sizes::print(),
        Word::Sweep => steps::sweep(),
        Word::Docs => steps::docs(),
        Word::Peers { isa, only } => peers::run(*isa, only.as_deref()),
        Word::BoardPeers { aifes } => board_peers::run(aifes.as_deref()),
        Word::Instructions { overwrite } => instructions::run(Expected::new(*overwrite)),
        Word::InstructionSets => instruction_sets::check(),
        Word::Python => python::check(),
        Word::Ray => ray::check(),
        Word::Roofline => roofline::run(),
    }
}
