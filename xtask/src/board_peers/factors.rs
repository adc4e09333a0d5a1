//! How many instructions each core takes beside the one that costs are measured on: what `trimpot plan`
//! and `trimpot rehearse` multiply by.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::cores::{Core, M4F, OTHERS};
use super::library::Library;
use crate::expected::Expected;
use crate::{emulator, workspace};

/// Where the planner has them.
const FILE: &str = "crates/trimpot-model/src/plan/cores.csv";
/// The passes, as that file names them.
const PASSES: [&str; 3] = ["inference", "step", "update"];
/// How far a factor may be from the file's.
const TOLERANCE: f64 = 0.02;
/// Programs with Helium, which few tools compile for by default, are no board's.
const LEFT_OUT: &str = "with Helium";

/// Measures whole networks on all cores in QEMU, by one program, and compares with the file, or
/// writes it.
pub fn run(expected: Expected) -> Result<()> {
    super::set_up()?;
    let mut text = "core,pass,factor,least,most\n".to_owned();
    let cores = OTHERS.iter().filter(|core| !core.name.ends_with(LEFT_OUT));
    let mut measured = vec![(&M4F, ticks(&M4F)?)];
    for core in cores {
        measured.push((core, ticks(core)?));
    }
    let (_, base) = &measured[0];
    for (core, measured) in &measured {
        // A tick of each machine is another number of instructions.
        let scale = M4F.machine.ticks as f64 / core.machine.ticks as f64;
        for (pass, name) in PASSES.iter().enumerate() {
            let ratios = measured.iter().map(|(network, ticks)| {
                let base = base.iter().find(|(other, _)| other == network);
                let (_, base) = base.with_context(|| format!("{network} on {}", M4F.name))?;
                Ok(scale * ticks[pass] as f64 / base[pass] as f64)
            });
            let ratios = ratios.collect::<Result<Vec<f64>>>()?;
            ensure!(!ratios.is_empty(), "nothing was measured on {}", core.name);
            let mean = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let most = ratios.iter().copied().fold(0.0, f64::max);
            let core = core.name.split_once(" without").map_or(core.name, |(core, _)| core);
            text += &format!("{core},{name},{:.3},{least:.3},{most:.3}\n", mean.exp());
        }
    }
    print!("{text}");
    let file = workspace::root().join(FILE);
    if expected == Expected::Compared {
        let written = fs::read_to_string(&file).with_context(|| FILE.to_owned())?;
        return compare(&written, &text);
    }
    expected.text(&file, &text).map(drop)
}

/// Fails where the lines of two files are of other cores or passes, or their factors too far apart.
fn compare(written: &str, found: &str) -> Result<()> {
    ensure!(written.lines().count() == found.lines().count(), "{FILE} has other lines");
    for (written, found) in written.lines().zip(found.lines()).skip(1) {
        let parts = |line: &str| {
            let mut parts = line.splitn(4, ',');
            let name = [parts.next()?, parts.next()?].join(", ");
            Some((name, parts.next()?.parse::<f64>().ok()?))
        };
        let (written, found) = parts(written).zip(parts(found)).context("a line has a factor")?;
        let is_near = (found.1 / written.1 - 1.0).abs() <= TOLERANCE;
        ensure!(written.0 == found.0 && is_near, "{FILE}: {written:?} is now {found:?}");
    }
    Ok(())
}

/// Returns the ticks of each pass of each network on a core.
fn ticks(core: &'static Core) -> Result<Vec<(String, [u64; 3])>> {
    println!("{}", core.name);
    let libraries = Library::trimpot(core)?;
    let library = libraries.first().context("there is the library itself")?;
    let printed = emulator::printed(core.machine.emulated, &library.compile(core, "cores")?)?;
    let networks = printed.lines().map(|line| {
        let mut parts = line.split(';');
        let name = parts.next().unwrap_or_default().to_owned();
        let mut ticks = [0; 3];
        for ticks in &mut ticks {
            let digits = parts.next().context("a line has three numbers")?;
            *ticks = u64::from_str_radix(digits, 16)?;
        }
        Ok((name, ticks))
    });
    networks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_that_has_changed_is_told() {
        let file = |factor: &str| format!("core,pass,factor,least,most\nM0,step,{factor},1,9\n");
        assert!(compare(&file("5.00"), &file("5.05")).is_ok());
        assert!(compare(&file("5.00"), &file("5.50")).is_err());
        assert!(compare(&file("5.00"), &file("NaN")).is_err());
        assert!(compare(&file("5.00"), "core\n").is_err());
    }
}
