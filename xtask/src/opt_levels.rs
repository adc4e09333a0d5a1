//! What holds at opt-level 2, 3, s and z: no panic, and the same results.
//!
//! Generics are compiled in the crate that uses them, at its level; so what the firmware's own
//! profile shows at 3 is not yet so for a user whose profile says `opt-level = "z"`.

use anyhow::{Result, bail, ensure};

use crate::expected::Expected;
use crate::firmware::Level;
use crate::{benchmark, board, emulator, firmware, panics};

/// The levels beside that of the firmware's own profile, which is 3: those of every test run, and
/// the others. Every test run has one of those where all is at one level: the smallest code.
const SAMPLED: [Level; 3] = [
    Level::of_all("z"),
    Level { all: "s", library: Some("3") },
    Level { all: "z", library: Some("3") },
];
const OTHERS: [Level; 2] = [Level::of_all("s"), Level::of_all("2")];

/// Everything that the core has in the width of a board. At `z` it takes three times as long to
/// compile as at 3, and more than all else of a test run; so that builds it at 3 alone.
const ROOTS: &str = "roots";

/// What else is built where all is at one level: the tuner, with a host and without one, of a type
/// and of any network, and [`FEW`].
const PROGRAMS: [&str; 5] = ["tuner", "button", "device", "step", "panics"];

/// A program whose results are known, and one that does panic.
const FEW: [&str; 2] = ["step", "panics"];

/// The figure of `step` that is limited at each level.
const STEP: &str = "(a) step";

/// [`check`] at the levels of every test run.
pub fn check_sampled() -> Result<()> {
    check(&SAMPLED, &PROGRAMS)
}

/// [`check`] at every level.
pub fn check_all() -> Result<()> {
    check(&[&SAMPLED[..], &OTHERS].concat(), &[&PROGRAMS[..], &[ROOTS]].concat())
}

/// Builds these programs of every board at each level, [`FEW`] of them where the library is at
/// another; searches them for panics, runs `step` where QEMU has the board, and prints what a step
/// takes. Fails if it is more than the board's `Cargo.toml` allows.
fn check(levels: &[Level<'_>], programs: &[&str]) -> Result<()> {
    emulator::set_up()?;
    let mut boards = Vec::new();
    for board in board::all()? {
        for &level in levels {
            println!("{}: compiling at opt-level {level}", board.name);
            let programs = if level.library.is_some() { &FEW } else { programs };
            boards.push((level, firmware::build_at(&board, level, programs)?));
        }
    }
    boards.iter().try_for_each(|(_, board)| panics::check_board(board))?;
    let emulated = board::emulated("steps at other opt-levels")?;
    for (level, board) in boards {
        if emulated.iter().any(|emulated| emulated.name == board.name) {
            println!("{}, opt-level {level}:", board.name);
            let figures = benchmark::results(&board, Expected::Compared)?;
            figures.iter().for_each(|figure| println!("  {figure}"));
            let figures = figures.iter().map(benchmark::figure).collect::<Result<Vec<_>>>()?;
            let step = figures.iter().find(|(name, ..)| name == STEP);
            let limit =
                board.level_limits.iter().find(|(limited, _)| *limited == level.to_string());
            let (Some((_, step, _)), Some((_, limit))) = (step, limit) else {
                bail!("{STEP} at {level} was not measured, or has no limit in Cargo.toml");
            };
            ensure!(step <= limit, "{STEP} takes {step} instructions at {level}, limit {limit}");
        }
    }
    Ok(())
}
