//! `trimpot info`: what this program was built for, what its processor has, and what its kernels
//! use; or what is in a model file.
//!
//! Losses over slices and networks choose their instructions when they run ([`Level`]). The bits
//! are the same on all levels, the speed is not.

mod model;

use std::fmt::{self, Display, Formatter};
use std::thread;

use trimpot::lanes::Level;

pub use self::model::{ModelInfo, model};

/// An instruction set that the kernels gain from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet {
    /// As `-C target-feature` has it.
    pub name: &'static str,
    /// How many `f32` a register holds.
    pub lanes: usize,
    /// Whether this program uses it.
    pub built: bool,
    /// Whether this processor has it.
    pub available: bool,
}

/// About this program and the machine it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// The version of Trimpot.
    pub version: &'static str,
    /// Processor architecture and operating system that it was built for.
    pub target: String,
    /// From narrow to wide.
    pub instruction_sets: Vec<InstructionSet>,
    /// The levels that kernels which choose their instructions can run on, from the least to the
    /// most.
    pub levels: Vec<Level>,
    /// The one that they run on.
    pub level: Level,
    /// How many samples of a network are computed at once.
    pub lanes: usize,
    /// How many threads this machine runs at the same time.
    pub threads: usize,
}

/// Looks it up.
#[must_use]
pub fn info() -> Info {
    Info {
        version: env!("CARGO_PKG_VERSION"),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        instruction_sets: instruction_sets(),
        levels: Level::ALL.into_iter().filter(|level| level.is_available()).collect(),
        level: Level::current(),
        lanes: Level::current().samples(),
        threads: thread::available_parallelism().map_or(1, usize::from),
    }
}

#[cfg(target_arch = "x86_64")]
fn instruction_sets() -> Vec<InstructionSet> {
    macro_rules! sets {
        ($($name:tt: $lanes:literal),*) => {vec![$(InstructionSet {
            name: $name,
            lanes: $lanes,
            built: cfg!(target_feature = $name),
            available: std::is_x86_feature_detected!($name),
        }),*]};
    }
    sets!("sse2": 4, "sse4.1": 4, "avx": 8, "avx2": 8, "avx512f": 16)
}

/// Returns what every aarch64 has; elsewhere what the program was built for is what is known.
#[cfg(not(target_arch = "x86_64"))]
fn instruction_sets() -> Vec<InstructionSet> {
    let name = if cfg!(target_arch = "wasm32") { "simd128" } else { "neon" };
    let built = cfg!(any(target_feature = "neon", target_feature = "simd128"));
    vec![InstructionSet { name, lanes: 4, built, available: built }]
}

impl Display for Info {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names = |which: fn(&InstructionSet) -> bool| {
            let sets = self.instruction_sets.iter().filter(|set| which(set));
            let names: Vec<&str> = sets.map(|set| set.name).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(" ") }
        };
        writeln!(f, "trimpot    {}", self.version)?;
        writeln!(f, "target     {}", self.target)?;
        writeln!(f, "built for  {}", names(|set| set.built))?;
        writeln!(f, "processor  {}", names(|set| set.available))?;
        let levels: Vec<&str> = self.levels.iter().map(|level| level.name()).collect();
        writeln!(f, "levels     {}", levels.join(" "))?;
        let (register, lanes) = (self.level.lanes(), self.lanes);
        writeln!(
            f,
            "level      {}, {register} f32 a register, {lanes} samples at once",
            self.level
        )?;
        writeln!(f, "threads    {}", self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_runs_on_what_it_was_built_for_or_more() {
        let info = info();
        assert!(info.instruction_sets.iter().all(|set| set.available || !set.built), "{info:?}");
        assert!(info.threads > 0);
        let built = info.instruction_sets.iter().filter(|set| set.built).map(|set| set.lanes);
        assert!(info.level.lanes() >= built.max().unwrap_or(1), "{info}");
        assert_eq!(info.lanes % info.level.lanes(), 0, "{info}");
    }

    #[test]
    fn kernels_use_the_most_that_the_processor_has() {
        let info = info();
        assert_eq!(info.levels.first(), Some(&Level::BUILT));
        assert_eq!(info.levels.last(), Some(&info.level));
        let has = |name| info.instruction_sets.iter().any(|set| set.name == name && set.available);
        assert!(info.level >= Level::Avx2 || !has("avx2"), "{info}");
        let level = format!("level      {}, {} f32", info.level, info.level.lanes());
        assert!(info.to_string().contains(&level), "{info}");
    }
}
