//! Trimpot and its rivals on boards, in QEMU: `benches/board-peers/`, and the page that it makes.

mod cores;
pub mod factors;
mod library;
mod measure;
mod page;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use self::cores::{Core, FAMILIES, M4F, OTHERS};
use self::library::Library;
use self::measure::Measured;
use self::page::{Page, Row};
use crate::benchmark::{self, Figure};
use crate::board::Board;
use crate::expected::Expected;
use crate::firmware::{self, Level};
use crate::toolchain::Toolchain;
use crate::{board, command, debian, workspace};

/// Sets everything up, measures, and writes `docs/board-peers.md`. AIfES is measured where there is
/// a folder with its sources.
pub fn run(aifes: Option<&Path>) -> Result<()> {
    set_up()?;
    let mut rivals = vec![Library::plain("-O3 -ffast-math"), Library::cmsis_dsp()?];
    rivals.extend(aifes.map(Library::aifes).transpose()?);

    let mut first = vec![own()?];
    first.extend(rows(&M4F, &rivals)?);
    for options in ["-O3", "-Os"] {
        first.push(row(&M4F, &Library::plain(options))?);
    }
    let mut others = Vec::new();
    for core in OTHERS {
        others.extend(rows(core, &rivals)?);
    }

    let page = Page { first, others, versions: versions()? }.to_string();
    let file = workspace::root().join("docs/board-peers.md");
    fs::write(&file, page).with_context(|| file.display().to_string())?;
    println!("written: {}", file.display());
    Ok(())
}

/// Makes sure that emulators and compilers are there.
fn set_up() -> Result<()> {
    for family in FAMILIES {
        if version(family.gcc).and(version(family.qemu)).is_err() {
            debian::install(family.packages)?;
        }
    }
    Ok(())
}

/// Trimpot as the project's own step benchmark has it: firmware in Rust alone.
fn own() -> Result<Row> {
    let board = board::first()?;
    let machine = board.machine()?.emulated();
    ensure!(
        (board.target.as_str(), machine) == (M4F.target, M4F.machine.emulated),
        "{} is another core than {}",
        board.name,
        M4F.name
    );
    let board = firmware::build_at(&board, Level::of_all(firmware::LEVEL), &["step", "footprint"])?;
    let measured = own_figures(&board)?;
    let options = "-O3".to_owned();
    Ok(Row { core: M4F.name, library: "Trimpot".to_owned(), options, result: Ok(measured) })
}

fn own_figures(board: &Board) -> Result<Measured> {
    let costs = benchmark::results(board, Expected::Compared)?;
    let figures: Vec<Figure> = costs.iter().map(benchmark::figure).collect::<Result<_>>()?;
    let figure = |name: &str| {
        let figure = figures.iter().find(|(of, ..)| of == name);
        figure.map(|&(_, value, _)| value).with_context(|| format!("there is no figure of {name}"))
    };
    Ok(Measured {
        step_a: figure("(a) step")?,
        inference_a: figure("(a) inference")?,
        step_b: figure("(b) step")?,
        batch: figure("(a) batch of 16 and Adam")?,
        footprint: benchmark::footprint(board)?,
    })
}

/// Trimpot, called by C as the rivals are, and then these.
fn rows(core: &'static Core, rivals: &[Library]) -> Result<Vec<Row>> {
    let trimpot = Library::trimpot(core)?;
    trimpot.iter().chain(rivals).map(|library| row(core, library)).collect()
}

fn row(core: &'static Core, library: &Library) -> Result<Row> {
    println!("{}: {} {}", core.name, library.name, library.options);
    Ok(Row {
        core: core.name,
        library: library.name.clone(),
        options: library.options.to_owned(),
        result: measure::measure(library, core)?,
    })
}

/// What everything was compiled and run with.
fn versions() -> Result<String> {
    let programs = FAMILIES.map(|family| family.gcc).into_iter().chain([M4F.family.qemu]);
    let mut versions = vec![Toolchain::find(M4F.target)?.version()?];
    for program in programs {
        versions.push(version(program)?);
    }
    Ok(versions.join("; "))
}

/// The first line of what a program tells of its version.
fn version(program: &str) -> Result<String> {
    let text = command::output(Command::new(program).arg("--version"))?;
    Ok(text.lines().next().with_context(|| format!("{program} tells no version"))?.to_owned())
}
