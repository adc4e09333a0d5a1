//! Processor cores: how many instructions each takes, and about how many clocks an instruction.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::instructions::Instructions;
use super::workload::Pass;

/// The core on which instructions were counted.
pub const MEASURED_CORE: &str = "Cortex-M4F";

/// The measured factors, written by `cargo xtask cores --overwrite`.
const FILE: &str = include_str!("cores.csv");

/// How many times as many instructions as the [measured core](MEASURED_CORE) another one takes, in
/// whole networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// The core.
    pub core: String,
    /// In which pass.
    pub pass: Pass,
    /// The geometric mean of all networks.
    pub factor: f64,
    /// That of the network with the least.
    pub least: f64,
    /// That of the network with the most.
    pub most: f64,
}

/// A core.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Core {
    /// Its name.
    pub name: &'static str,
    /// About how many clocks an instruction takes, without what it waits for memory.
    pub clocks: f64,
    /// Where that comes from.
    pub source: &'static str,
}

/// All cores of [boards](super::BOARDS).
pub const CORES: &[Core] = &[
    Core {
        name: "Cortex-M0",
        clocks: 1.5,
        source: "assumed: most instructions take a clock, loads, stores and branches two or three",
    },
    Core { name: "Cortex-M3", clocks: 1.4, source: "assumed, for the same reason" },
    Core {
        name: MEASURED_CORE,
        clocks: 4.0,
        source: "inner loops by the table of Arm's Technical Reference Manual: a load of eight numbers 9, a product that \
                 is added 3; what is not in them takes fewer",
    },
    Core {
        name: "Cortex-M7F",
        clocks: 4.0,
        source: "assumed, as Cortex-M4F: an upper bound, since it executes up to two at a time",
    },
    Core { name: "Cortex-M33F", clocks: 4.0, source: "assumed, as Cortex-M4F" },
    Core { name: "Cortex-M55F", clocks: 4.0, source: "assumed, as Cortex-M4F" },
    Core { name: "RV32IMC", clocks: 1.5, source: "assumed, as Cortex-M0" },
];

impl Core {
    /// Returns the core of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Core> {
        CORES.iter().find(|core| core.name == name)
    }

    /// Returns how many times as many instructions as the measured core it takes in a pass.
    ///
    /// # Panics
    /// If that was not measured: a test looks at all cores.
    #[must_use]
    pub fn factor(&self, pass: Pass) -> &'static Factor {
        let factor = factors().get(&(self.name, pass));
        factor.expect("every core was measured")
    }

    /// Returns how many instructions it takes for what took so many on the measured core.
    #[must_use]
    pub fn instructions(&self, measured: Instructions) -> f64 {
        measured.iter().map(|(pass, count)| self.factor(pass).factor * count).sum()
    }
}

/// Returns the factors of the file, by core and pass.
fn factors() -> &'static BTreeMap<(&'static str, Pass), Factor> {
    static FACTORS: LazyLock<BTreeMap<(&'static str, Pass), Factor>> = LazyLock::new(|| {
        let mut lines = csv::Reader::from_reader(FILE.as_bytes());
        let lines = lines.deserialize().map(|line| {
            let factor: Factor = line.expect("a test reads the file");
            let core = CORES.iter().find(|core| core.name == factor.core);
            ((core.expect("a test knows every core").name, factor.pass), factor)
        });
        lines.collect()
    });
    &FACTORS
}

#[cfg(test)]
mod tests {
    use super::super::BOARDS;
    use super::*;

    #[test]
    fn every_core_was_measured_in_every_pass() {
        assert_eq!(factors().len(), CORES.len() * Pass::ALL.len());
        for board in BOARDS {
            assert!(Core::named(board.core).is_some(), "{}", board.core);
        }
        for core in CORES {
            for pass in Pass::ALL {
                let Factor { factor, least, most, .. } = core.factor(pass);
                assert!(*least > 0.5 && least <= factor && factor <= most, "{}", core.name);
                if core.name == MEASURED_CORE {
                    assert_eq!([least, factor, most], [&1.0; 3]);
                }
            }
            assert!((1.0..=4.0).contains(&core.clocks) && !core.source.is_empty(), "{}", core.name);
        }
    }

    #[test]
    fn without_a_floating_point_unit_it_takes_many_times_as_many() {
        let factor = |name| Core::named(name).unwrap().factor(Pass::Step).factor;
        for name in ["Cortex-M0", "Cortex-M3", "RV32IMC"] {
            assert!(factor(name) > 5.0, "{name}");
        }
        for name in ["Cortex-M7F", "Cortex-M33F", "Cortex-M55F"] {
            assert!((0.8..1.1).contains(&factor(name)), "{name}");
        }
        assert!(factor("Cortex-M0") > factor("Cortex-M3"));
    }
}
