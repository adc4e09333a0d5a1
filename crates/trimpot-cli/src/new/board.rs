//! The boards that there are templates for.

use clap::ValueEnum;

/// A board that there is a template for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// Arm's MPS2 with the AN386 image, a Cortex-M4F, as QEMU emulates it
    #[value(name = Template::Mps2An386.name())]
    Mps2An386,
}

/// All files of the drivers, which `firmware/mps2-an386` has from here as well.
const MPS2_AN386: &[(&str, &str)] = &[
    (".cargo/config.toml", include_str!("../../template/mps2-an386/config.toml")),
    ("memory.x", include_str!("../../template/mps2-an386/memory.x")),
    ("src/board/mod.rs", include_str!("../../template/mps2-an386/board/mod.rs")),
    ("src/board/flash.rs", include_str!("../../template/mps2-an386/board/flash.rs")),
    ("src/board/timer.rs", include_str!("../../template/mps2-an386/board/timer.rs")),
    ("src/board/uart.rs", include_str!("../../template/mps2-an386/board/uart.rs")),
];

impl Template {
    /// Returns the name, which is that of `trimpot plan`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Template::Mps2An386 => "mps2-an386",
        }
    }

    /// Returns what its processor is called by the compiler.
    pub(super) const fn target(self) -> &'static str {
        match self {
            Template::Mps2An386 => "thumbv7em-none-eabihf",
        }
    }

    /// Returns how many bytes of its flash memory are for what is learned: all but the pages in
    /// which boots are counted.
    pub(super) const fn store(self) -> usize {
        match self {
            Template::Mps2An386 => 2 * 1024 * 1024 - 2 * 4096,
        }
    }

    /// Returns the files that only this board has.
    pub(super) const fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Template::Mps2An386 => MPS2_AN386,
        }
    }
}

#[cfg(test)]
mod tests {
    use trimpot_model::plan;

    use super::*;

    #[test]
    fn boards_are_known_to_the_planner() {
        for board in Template::value_variants() {
            assert_eq!(plan::find(board.name()).unwrap().name, board.name());
        }
    }
}
