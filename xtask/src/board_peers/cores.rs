//! The cores that are compared on: how programs are compiled for them, and where they run.

use crate::emulator::Emulated;

/// A core.
#[derive(Debug)]
pub struct Core {
    /// Its name on the page.
    pub name: &'static str,
    /// What it has in common with others.
    pub family: &'static Family,
    /// The target of rustc.
    pub target: &'static str,
    /// What rustc is told beside it.
    pub rust_flags: &'static str,
    /// What gcc is told.
    pub gcc_flags: &'static [&'static str],
    /// The board that QEMU emulates.
    pub machine: &'static Machine,
}

impl Core {
    /// Returns whether it computes with numbers of floating point itself.
    pub fn has_fpu(&self) -> bool {
        self.target.ends_with("eabihf")
    }
}

/// A family of cores.
#[derive(Debug)]
pub struct Family {
    /// Its compiler of C.
    pub gcc: &'static str,
    /// The program of QEMU that emulates it.
    pub qemu: &'static str,
    /// Debian's packages with compiler, library and emulator.
    pub packages: &'static [&'static str],
    /// What gcc is told for all of them: which library there is, for one.
    pub gcc_flags: &'static [&'static str],
    /// The file with its start-up.
    pub start: &'static str,
}

/// A board in QEMU.
#[derive(Debug)]
pub struct Machine {
    /// QEMU's names.
    pub emulated: Emulated<'static>,
    /// Where its memory for programs begins.
    pub flash: u32,
    /// Where its memory for data begins.
    pub ram: u32,
    /// Ticks a second of what programs count by.
    pub ticks: u64,
}

/// Both families.
pub const FAMILIES: [&Family; 2] = [&ARM, &RISCV];

const ARM: Family = Family {
    gcc: "arm-none-eabi-gcc",
    qemu: AN386.emulated.qemu,
    packages: &["gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm"],
    gcc_flags: &["-mthumb", "--specs=nano.specs"],
    start: "arm.c",
};

const RISCV: Family = Family {
    gcc: "riscv64-unknown-elf-gcc",
    qemu: VIRT.emulated.qemu,
    packages: &["gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf", "qemu-system-misc"],
    gcc_flags: &["--specs=picolibc.specs"],
    start: "riscv.c",
};

// QEMU's `hw/arm/mps2.c` and `mps2-tz.c`: clocks, and memory as a secure program sees it.
const AN385: Machine = mps2("mps2-an385");
const AN386: Machine = mps2("mps2-an386");
const AN500: Machine = mps2("mps2-an500");
const AN505: Machine = Machine {
    emulated: Emulated::arm("mps2-an505"),
    flash: 0x1000_0000,
    ram: 0x3800_0000,
    ticks: 20_000_000,
};
const AN547: Machine = Machine {
    emulated: Emulated::arm("mps3-an547"),
    flash: 0,
    ram: 0x3000_0000,
    ticks: 32_000_000,
};
/// Programs lie in the first MiB of its memory, and count 32 instructions as a tick.
const VIRT: Machine = Machine {
    emulated: Emulated {
        qemu: "qemu-system-riscv32",
        machine: "virt",
        options: &["-bios", "none"],
    },
    flash: 0x8000_0000,
    ram: 0x8010_0000,
    ticks: 1_000_000_000 / 32,
};

const fn mps2(name: &'static str) -> Machine {
    Machine { emulated: Emulated::arm(name), flash: 0, ram: 0x2000_0000, ticks: 25_000_000 }
}

/// The core of the project's own step benchmark.
pub const M4F: Core = Core {
    name: "Cortex-M4F",
    family: &ARM,
    target: "thumbv7em-none-eabihf",
    rust_flags: "",
    gcc_flags: &["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
    machine: &AN386,
};

/// The others. An M3 executes all instructions of an M0, and its board has more memory than the
/// micro:bit.
pub const OTHERS: &[Core] = &[
    Core {
        name: "Cortex-M0",
        family: &ARM,
        target: "thumbv6m-none-eabi",
        rust_flags: "",
        gcc_flags: &["-mcpu=cortex-m0", "-mfloat-abi=soft"],
        machine: &AN385,
    },
    Core {
        name: "Cortex-M3",
        family: &ARM,
        target: "thumbv7m-none-eabi",
        rust_flags: "",
        gcc_flags: &["-mcpu=cortex-m3", "-mfloat-abi=soft"],
        machine: &AN385,
    },
    Core {
        name: "Cortex-M7F",
        family: &ARM,
        target: "thumbv7em-none-eabihf",
        rust_flags: "-C target-cpu=cortex-m7",
        gcc_flags: &["-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"],
        machine: &AN500,
    },
    Core {
        name: "Cortex-M33F",
        family: &ARM,
        target: "thumbv8m.main-none-eabihf",
        rust_flags: "",
        gcc_flags: &["-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"],
        machine: &AN505,
    },
    Core {
        name: "Cortex-M55F with Helium",
        family: &ARM,
        target: "thumbv8m.main-none-eabihf",
        rust_flags: "-C target-cpu=cortex-m55",
        gcc_flags: &["-mcpu=cortex-m55", "-mfloat-abi=hard"],
        machine: &AN547,
    },
    Core {
        name: "Cortex-M55F without Helium",
        family: &ARM,
        target: "thumbv8m.main-none-eabihf",
        rust_flags: "-C target-cpu=cortex-m55 -C target-feature=-mve",
        gcc_flags: &["-mcpu=cortex-m55+nomve", "-mfloat-abi=hard"],
        machine: &AN547,
    },
    Core {
        name: "RV32IMC",
        family: &RISCV,
        target: "riscv32imc-unknown-none-elf",
        rust_flags: "",
        gcc_flags: &["-march=rv32imc", "-mabi=ilp32"],
        machine: &VIRT,
    },
];
