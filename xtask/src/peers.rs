//! Trimpot against its rivals: `benches/peers/`, and what it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::{command, workspace};

/// Programs that must be there, what for, and where they come from on Debian.
const PROGRAMS: [(&str, &str, &str); 4] = [
    ("python3", "the rivals in Python", "python3"),
    ("g++", "`torch.compile`", "g++"),
    ("nm", "the limit of XLA's instructions", "binutils"),
    ("taskset", "one core for all", "util-linux"),
];

/// Instructions that Trimpot and its rivals are measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Isa {
    /// What most PCs have.
    Avx2,
    /// What a machine with AVX2 may have besides.
    Avx512,
}

impl Isa {
    /// Returns the page that shows what was measured with a processor of this vendor.
    fn page(self, vendor: &str) -> String {
        format!("{}-{vendor}.md", self.name())
    }

    /// Returns the features of processors that a program for these instructions is built for.
    fn level(self) -> &'static str {
        match self {
            Isa::Avx2 => "x86-64-v3",
            Isa::Avx512 => "x86-64-v4",
        }
    }

    /// Returns the features of the package.
    fn features(self) -> &'static str {
        match self {
            Isa::Avx2 => "",
            Isa::Avx512 => "avx512",
        }
    }

    fn name(self) -> String {
        self.to_possible_value().expect("no value is hidden").get_name().to_owned()
    }

    /// Returns those that this processor has.
    fn all_here() -> Vec<Isa> {
        #[cfg(target_arch = "x86_64")]
        let [avx2, avx512] = [
            std::arch::is_x86_feature_detected!("avx2"),
            std::arch::is_x86_feature_detected!("avx512bw"),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let [avx2, avx512] = [false; 2];
        let all = [(Isa::Avx2, avx2), (Isa::Avx512, avx512)];
        all.into_iter().filter_map(|(isa, is_here)| is_here.then_some(isa)).collect()
    }
}

/// Sets everything up, measures with these instructions, or else with all that this processor has
/// one after the other, and writes their pages in `docs/peers`. With `only`, measures the lines whose
/// name contains it, and leaves these pages alone.
pub fn run(isa: Option<Isa>, only: Option<&str>) -> Result<()> {
    let here = Isa::all_here();
    let isas = isa.map_or_else(|| here.clone(), |isa| vec![isa]);
    let all_are_here = !isas.is_empty() && isas.iter().all(|isa| here.contains(isa));
    ensure!(all_are_here, "this processor has not these instructions; it has {here:?}");
    let missing: Vec<_> = PROGRAMS.iter().filter(|(program, ..)| !starts(program)).collect();
    for (program, purpose, package) in &missing {
        eprintln!("{program} is missing, for {purpose}: on Debian, `apt-get install {package}`");
    }
    ensure!(missing.is_empty(), "please install what is missing");

    let target = workspace::root().join("target/peers");
    let python = python(&target.join("venv"))?;
    let pages = if only.is_some() { target.clone() } else { workspace::root().join("docs/peers") };
    let vendor = vendor()?;
    isas.into_iter()
        .try_for_each(|isa| measure(isa, &target, &python, &pages.join(isa.page(vendor)), only))
}

/// Returns who made this processor, since what one of them can do at once, another cannot.
fn vendor() -> Result<&'static str> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let vendors = [("GenuineIntel", "intel"), ("AuthenticAMD", "amd")];
    let vendor = vendors.into_iter().find(|(id, _)| text.contains(id));
    Ok(vendor.map_or("other", |(_, name)| name))
}

/// Builds the contest for these instructions, and runs it. Other flags, other files: each has a
/// folder.
fn measure(isa: Isa, target: &Path, python: &Path, page: &Path, only: Option<&str>) -> Result<()> {
    let built = target.join(isa.name());
    let mut peers = Command::new(workspace::cargo_program());
    peers.current_dir(folder()).args(["run", "--release", "--quiet", "--locked", "--target-dir"]);
    peers.arg(&built).args(["--features", isa.features(), "--", "contest"]);
    peers.arg(built.join("data")).env("PEERS_PYTHON", python);
    peers.env("RUSTFLAGS", format!("-C target-cpu={}", isa.level()));
    command::run(peers.arg(page).args(only))?;
    println!("written: {}", page.display());
    Ok(())
}

fn folder() -> PathBuf {
    workspace::root().join("benches/peers")
}

/// Returns an interpreter with the rivals' packages, in an environment of its own. They take some 6
/// GB: the default package of PyTorch has the libraries for graphics cards with it. pip's own
/// settings hold, such as `PIP_EXTRA_INDEX_URL` for an index with the small one.
fn python(environment: &Path) -> Result<PathBuf> {
    let python = environment.join("bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        command::run(venv.args(["-m", "venv"]).arg(environment))
            .context("is venv missing? On Debian, `apt-get install python3-venv`")?;
    }
    println!("setting up the rivals in Python, in {}", environment.display());
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    command::run(pip.arg(folder().join("requirements.txt")))?;
    Ok(python)
}

fn starts(program: &str) -> bool {
    let mut version = Command::new(program);
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok()
}
