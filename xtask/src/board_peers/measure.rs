//! What a library takes on a core, and whether it computes what it should.

use anyhow::{Context, Result};

use super::cores::Core;
use super::library::Library;
use crate::benchmark::{self, Footprint};
use crate::emulator;

/// What a library takes: instructions, and bytes.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Network (a): a step.
    pub step_a: u64,
    /// Network (a): an inference.
    pub inference_a: u64,
    /// Network (b): a step.
    pub step_b: u64,
    /// Network (a): a batch of 16, and Adam.
    pub batch: u64,
    /// Network (a): flash and RAM of the least program that learns.
    pub footprint: Footprint,
}

impl Measured {
    /// All figures, in the order of the tables' columns.
    pub fn figures(&self) -> [u64; 6] {
        let Footprint { flash, ram } = self.footprint;
        [self.step_a, self.inference_a, self.step_b, self.batch, flash, ram]
    }
}

/// The losses after 160 calls: network (a), network (b), batches of (a). Whoever computes something
/// else is not in the tables.
pub const LOSSES: [(&str, f32); 3] =
    [("loss of (a)", 1.234_505), ("loss of (b)", 0.853_994), ("loss of batch", 0.373_015)];
/// How far a loss may be off, since sums are in another order.
pub const TOLERANCE: f32 = 2e-6;
/// How many calls `count.c` adds up.
const CALLS: u64 = 160;

/// Runs the library on the core. `Err` of the inner result says what else it computes.
pub fn measure(library: &Library, core: &Core) -> Result<Result<Measured, String>> {
    let program = library.compile(core, "count")?;
    let printed = emulator::printed(core.machine.emulated, &program)?;
    let number = |name: &str| {
        let number = printed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        number.with_context(|| format!("{} does not print {name}:\n{printed}", program.display()))
    };
    for (name, expected) in LOSSES {
        let loss = f32::from_bits(number(name)?);
        if !is_near(loss, expected) {
            return Ok(Err(format!("{name} {loss} instead of {expected}")));
        }
    }
    let instructions = |name| Ok::<_, anyhow::Error>(instructions(number(name)?, core));
    let footprint = library.compile(core, "footprint")?;
    Ok(Ok(Measured {
        step_a: instructions("(a) step")?,
        inference_a: instructions("(a) inference")?,
        step_b: instructions("(b) step")?,
        batch: instructions("batch")?,
        footprint: benchmark::footprint_of(core.machine.emulated, &footprint)?,
    }))
}

fn is_near(loss: f32, expected: f32) -> bool {
    (loss - expected).abs() <= TOLERANCE
}

/// Instructions a call, of so many ticks in all: one takes 1 ns.
fn instructions(ticks: u32, core: &Core) -> u64 {
    let nanoseconds = u64::from(ticks) * 1_000_000_000 / core.machine.ticks;
    (nanoseconds + CALLS / 2) / CALLS
}

#[cfg(test)]
mod tests {
    use super::super::cores::{M4F, OTHERS};
    use super::*;

    #[test]
    fn ticks_are_instructions() {
        assert_eq!(instructions(160, &M4F), 40);
        assert_eq!(instructions(1_000, &M4F), 250);
        let helium = OTHERS.iter().find(|core| core.name.contains("with Helium")).unwrap();
        assert_eq!(instructions(1_600, helium), 313); // 312.5
    }

    #[test]
    fn a_loss_that_is_no_number_is_another() {
        assert!(is_near(1.234_506, 1.234_505) && !is_near(1.234_51, 1.234_505));
        assert!(!is_near(f32::NAN, 1.234_505));
    }
}
