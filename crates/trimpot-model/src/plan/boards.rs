//! The boards that networks are planned for.

use strsim::levenshtein;

use super::cores::{Core, MEASURED_CORE};
use super::instructions::Instructions;

/// A board, and what of it matters to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its name for `--board`.
    pub name: &'static str,
    /// The chip; of an FPGA, the image.
    pub chip: &'static str,
    /// The processor's core.
    pub core: &'static str,
    /// The numbers that its floating-point unit computes with, if it has one.
    pub fpu: Option<&'static str>,
    /// Bytes of flash.
    pub flash: usize,
    /// Bytes of RAM: the longest piece of it.
    pub ram: usize,
    /// Clocks of the core a second.
    pub clock: u32,
    /// The current that it takes while it computes, where a source was at hand.
    pub run: Option<RunCurrent>,
}

/// The current of a chip whose processor computes at its [clock](Board::clock), with peripherals
/// idle, as its datasheet or its maker says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunCurrent {
    /// In µA.
    pub microamperes: u32,
    /// The voltage of the supply at which it was measured, in mV.
    pub millivolts: u32,
    /// Where that stands.
    pub source: &'static str,
}

impl Board {
    /// Returns its core.
    ///
    /// # Panics
    /// If that is none of [`CORES`](super::CORES): a test looks at all boards.
    #[must_use]
    pub fn core(&self) -> &'static Core {
        Core::named(self.core).expect("the core of a board is known")
    }

    /// Returns about how many seconds it takes what takes so many instructions on the measured core:
    /// as many times as many as its [core](Self::core) takes, each of so many clocks.
    #[must_use]
    pub fn seconds(&self, instructions: Instructions) -> f64 {
        let core = self.core();
        core.instructions(instructions) * core.clocks / f64::from(self.clock)
    }

    /// Returns an estimate of the joules that this takes: the seconds times the
    /// current and the voltage of the datasheet, whose program is another one. Nothing else on the
    /// board is in it, nor what the chip takes while it waits. None without that current.
    #[must_use]
    pub fn joules(&self, instructions: Instructions) -> Option<f64> {
        let RunCurrent { microamperes, millivolts, .. } = self.run?;
        let watts = f64::from(microamperes) * 1e-6 * f64::from(millivolts) * 1e-3;
        Some(self.seconds(instructions) * watts)
    }
}

const KIB: usize = 1024;
const MHZ: u32 = 1_000_000;

/// All boards that are known, from small to large.
///
/// Where the figures are found: in the documentation of Zephyr (nucleo_f446re, rpi_pico2, ESP32-C3)
/// and of PlatformIO (nrf52840_dk); in ST's RM0385 and RM0433, and on the product pages of
/// STM32F746ZG and STM32H743ZI; in QEMU's `hw/arm/mps2.c` and `mps2-tz.c`, for the MPS boards,
/// which are FPGAs with the images of Arm's Application Notes. RAM is the longest piece of it: of
/// STM32H743 the AXI SRAM. The micro:bit is its first version.
pub const BOARDS: &[Board] = &[
    Board {
        name: "microbit",
        chip: "nRF51822",
        core: "Cortex-M0",
        fpu: None,
        flash: 256 * KIB,
        ram: 16 * KIB,
        clock: 16 * MHZ,
        run: Some(RunCurrent {
            microamperes: 4710,
            millivolts: 2957,
            source: "Nordic's DevZone, \"Current vs Voltage for nrf51 CPU\": measured on an nRF51 DK, an endless loop \
                     with the 16 MHz crystal on, at 2.957 V",
        }),
    },
    Board {
        name: "nucleo-f446re",
        chip: "STM32F446",
        core: MEASURED_CORE,
        fpu: Some("f32"),
        flash: 512 * KIB,
        ram: 128 * KIB,
        clock: 180 * MHZ,
        run: None,
    },
    Board {
        name: "nrf52840-dk",
        chip: "nRF52840",
        core: MEASURED_CORE,
        fpu: Some("f32"),
        flash: 1024 * KIB,
        ram: 256 * KIB,
        clock: 64 * MHZ,
        run: Some(RunCurrent {
            microamperes: 3300,
            millivolts: 3000,
            source: "Nordic, nRF52840 Product Specification, current consumption: CPU running CoreMark from flash at \
                     64 MHz, regulator DC/DC, 3 V",
        }),
    },
    Board {
        name: "nucleo-f746zg",
        chip: "STM32F746",
        core: "Cortex-M7F",
        fpu: Some("f32"),
        flash: 1024 * KIB,
        ram: 320 * KIB,
        clock: 216 * MHZ,
        run: None,
    },
    Board {
        name: "esp32-c3-devkitm-1",
        chip: "ESP32-C3",
        core: "RV32IMC",
        fpu: None,
        flash: 4096 * KIB,
        ram: 400 * KIB,
        clock: 160 * MHZ,
        run: None,
    },
    Board {
        name: "nucleo-h743zi",
        chip: "STM32H743",
        core: "Cortex-M7F",
        fpu: Some("f64"),
        flash: 2048 * KIB,
        ram: 512 * KIB,
        clock: 480 * MHZ,
        run: None,
    },
    Board {
        name: "pico2",
        chip: "RP2350",
        core: "Cortex-M33F",
        fpu: Some("f32"),
        flash: 4096 * KIB,
        ram: 520 * KIB,
        clock: 150 * MHZ,
        run: None,
    },
    Board {
        name: "mps3-an547",
        chip: "AN547",
        core: "Cortex-M55F",
        fpu: Some("f64"),
        flash: 512 * KIB,
        ram: 512 * KIB,
        clock: 32 * MHZ,
        run: None,
    },
    Board {
        name: "mps2-an385",
        chip: "AN385",
        core: "Cortex-M3",
        fpu: None,
        flash: 4096 * KIB,
        ram: 4096 * KIB,
        clock: 25 * MHZ,
        run: None,
    },
    Board {
        name: "mps2-an386",
        chip: "AN386",
        core: MEASURED_CORE,
        fpu: Some("f32"),
        flash: 4096 * KIB,
        ram: 4096 * KIB,
        clock: 25 * MHZ,
        run: None,
    },
    Board {
        name: "mps2-an500",
        chip: "AN500",
        core: "Cortex-M7F",
        fpu: Some("f64"),
        flash: 4096 * KIB,
        ram: 4096 * KIB,
        clock: 25 * MHZ,
        run: None,
    },
    Board {
        name: "mps2-an505",
        chip: "AN505",
        core: "Cortex-M33F",
        fpu: Some("f32"),
        flash: 4096 * KIB,
        ram: 4096 * KIB,
        clock: 20 * MHZ,
        run: None,
    },
];

/// There is no board of a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no board {name}; the nearest names are {}", nearest.join(", "))]
pub struct UnknownBoard {
    /// What was asked for.
    pub name: String,
    /// Names that look like it, or chips, the nearest first.
    pub nearest: Vec<&'static str>,
}

/// Finds a board by its name or that of its chip; case, `-` and `_` do not count.
///
/// # Errors
/// If there is none, with the nearest names.
pub fn find(name: &str) -> Result<Board, UnknownBoard> {
    let wanted = plain(name);
    let names = |board: &Board| [board.name, board.chip].map(plain);
    let found = BOARDS.iter().find(|board| names(board).contains(&wanted));
    found.copied().ok_or_else(|| {
        let mut others: Vec<_> = BOARDS.iter().collect();
        others.sort_by_cached_key(|board| {
            let names = names(board);
            let holds_it = wanted.len() > 2 && names.iter().any(|name| name.contains(&wanted));
            let distance = names.iter().map(|name| levenshtein(name, &wanted)).min();
            (!holds_it, distance)
        });
        let nearest = others.iter().take(3).map(|board| board.name).collect();
        UnknownBoard { name: name.to_owned(), nearest }
    })
}

/// Returns a name without what does not count.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Pass;
    use super::*;

    #[test]
    fn a_board_is_found_however_its_name_is_written() {
        for name in ["nrf52840-dk", "nRF52840", "NRF52840_DK"] {
            assert_eq!(find(name).map(|board| board.name), Ok("nrf52840-dk"), "{name}");
        }
    }

    #[test]
    fn the_nearest_names_are_told() {
        for (typed, meant) in
            [("pico", "pico2"), ("nrf52", "nrf52840-dk"), ("stm32f4", "nucleo-f446re")]
        {
            let error = find(typed).unwrap_err();
            assert_eq!(error.nearest[0], meant, "{error}");
        }
    }

    #[test]
    fn energy_is_time_by_current_by_voltage() {
        let board = find("nrf52840-dk").unwrap();
        // 16 million instructions of 4 clocks are a second at 64 MHz; 3.3 mA at 3 V are 9.9 mW.
        let instructions = Instructions::of(Pass::Step, 16e6);
        assert!((board.seconds(instructions) - 1.0).abs() < 1e-9);
        assert!((board.joules(instructions).unwrap() - 0.0099).abs() < 1e-9);
        // No figure of a datasheet.
        assert_eq!(find("mps2-an386").unwrap().joules(instructions), None);
    }

    #[test]
    fn names_differ() {
        let names: BTreeSet<_> = BOARDS.iter().flat_map(|board| [board.name, board.chip]).collect();
        assert_eq!(names.len(), 2 * BOARDS.len());
        assert!(BOARDS.iter().any(|board| board.core == MEASURED_CORE && board.fpu.is_some()));
    }
}
