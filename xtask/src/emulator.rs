//! Runs the firmware in QEMU.

mod control;
mod log;
mod process;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};

pub use self::control::Control;
use self::log::Log;
pub use self::log::Message;
pub use self::process::Emulated;
use self::process::{ICOUNT, POLL, QEMU, Running};
use crate::board::Board;
use crate::{debian, firmware};

/// QEMU for 64-bit Arm, from the same package as the other.
const QEMU_64: &str = "qemu-system-aarch64";
const ERASED: u8 = 0xFF;

/// Makes sure that QEMU is there.
pub fn set_up() -> Result<()> {
    let start = |program: &str| {
        let mut qemu = Command::new(program);
        qemu.arg("--version")
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("{program} cannot be started"))
    };
    if start(QEMU).and(start(QEMU_64)).is_err() {
        debian::install(&[QEMU])?;
    }
    start(QEMU)?;
    start(QEMU_64)?;
    Ok(())
}

/// Runs a program of the board until it ends itself or starts the board afresh, and returns what it
/// logged.
///
/// One instruction takes 1 ns, and nothing depends on the time of day.
pub fn run(board: &Board, name: &str) -> Result<Vec<Message>> {
    let program = firmware::program(board, name)?;
    let file = program.with_extension("log");
    let mut qemu = board.machine()?.emulated().command(&program);
    // UART 0 is the link to the host, and nobody is there; logs go out at UART 1.
    qemu.args([
        "-icount",
        ICOUNT,
        "-serial",
        "null",
        "-serial",
        &format!("file:{}", file.display()),
    ]);
    let mut qemu = Running(qemu.args(["-monitor", "none", "-no-reboot"]).spawn()?);
    qemu.wait().with_context(|| format!("{name} on {}", board.name))?;
    messages(&program, &file)
}

/// Runs a program until it ends itself, and returns what it printed by semihosting. One instruction
/// takes 1 ns.
pub fn printed(machine: Emulated<'_>, program: &Path) -> Result<String> {
    let file = program.with_extension("log");
    let mut qemu = machine.command(program);
    qemu.args(["-icount", ICOUNT, "-serial", "null", "-monitor", "none", "-no-reboot"]);
    qemu.args(["-semihosting-config", "chardev=log", "-chardev"]);
    let mut qemu = Running(qemu.arg(format!("file,id=log,path={}", file.display())).spawn()?);
    let context = || program.display().to_string();
    qemu.wait().with_context(context)?;
    fs::read_to_string(&file).with_context(context)
}

/// Returns what the program has logged into a file.
pub fn messages(program: &Path, file: &Path) -> Result<Vec<Message>> {
    let table = log::table(program)?;
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    Log::new(&table).messages(&bytes)
}

/// Runs a program with its link at a pseudo-terminal, and prints its logs, until QEMU is ended
/// (with Ctrl-C). Its flash is a file, which stays.
pub fn serve(board: &Board, name: &str) -> Result<()> {
    let (program, machine) = (firmware::program(board, name)?, board.machine()?);
    let (file, flash) = (program.with_extension("log"), program.with_extension("flash"));
    if !flash.exists() {
        fs::write(&flash, vec![ERASED; usize::try_from(machine.flash_bytes)?])?;
    }
    let mut qemu = machine.emulated().command(&program);
    qemu.args(["-machine", "memory-backend=flash", "-object"]).arg(format!(
        "memory-backend-file,id=flash,size={},share=on,mem-path={}",
        machine.flash_bytes,
        flash.display()
    ));
    qemu.args(["-serial", "pty", "-serial", &format!("file:{}", file.display())]);
    fs::write(&file, [])?;
    let mut qemu = Running(qemu.args(["-monitor", "none"]).spawn()?);

    let (table, mut logged) = (log::table(&program)?, fs::File::open(&file)?);
    let mut log = Log::new(&table);
    let mut ended = false;
    while !ended {
        // Looked at first, so that the last messages are read after it.
        ended = qemu.0.try_wait()?.is_some();
        let mut bytes = Vec::new();
        logged.read_to_end(&mut bytes)?;
        for message in log.messages(&bytes)? {
            println!("{message}");
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Prints what a program has logged into a file.
pub fn print_log(board: &Board, name: &str, file: &Path) -> Result<()> {
    for message in messages(&firmware::program(board, name)?, file)? {
        println!("{message}");
    }
    Ok(())
}
