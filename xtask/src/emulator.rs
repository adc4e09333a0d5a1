//! Runs the firmware in QEMU.

mod control;
mod log;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub use self::control::Control;
use self::log::Log;
pub use self::log::Message;
use crate::board::Board;
use crate::{debian, firmware};

const QEMU: &str = "qemu-system-arm";
/// The same for 64-bit Arm, from the same package.
const QEMU_64: &str = "qemu-system-aarch64";
/// One instruction takes 2⁰ ns, and sleep takes no time.
const ICOUNT: &str = "shift=0,sleep=off";
const ERASED: u8 = 0xFF;
const POLL: Duration = Duration::from_millis(5);
/// A program that takes longer hangs.
const TIMEOUT: Duration = Duration::from_secs(60);

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
    let mut qemu = command(board, &program)?;
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

/// Returns what the program has logged into a file.
pub fn messages(program: &Path, file: &Path) -> Result<Vec<Message>> {
    let table = log::table(program)?;
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    Log::new(&table).messages(&bytes)
}

/// Runs the tuner with its link at a pseudo-terminal, and prints its logs, until QEMU is ended
/// (with Ctrl-C). Its flash is a file, which stays.
pub fn serve(board: &Board) -> Result<()> {
    let (program, flash_bytes) = (firmware::program(board, "tuner")?, board.machine()?.flash_bytes);
    let (file, flash) = (program.with_extension("log"), program.with_extension("flash"));
    if !flash.exists() {
        fs::write(&flash, vec![ERASED; usize::try_from(flash_bytes)?])?;
    }
    let mut qemu = command(board, &program)?;
    qemu.args(["-machine", "memory-backend=flash", "-object"]).arg(format!(
        "memory-backend-file,id=flash,size={},share=on,mem-path={}",
        flash_bytes,
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

/// Prints what the tuner has logged into a file.
pub fn print_log(board: &Board, file: &Path) -> Result<()> {
    for message in messages(&firmware::program(board, "tuner")?, file)? {
        println!("{message}");
    }
    Ok(())
}

/// QEMU with a program of the board.
fn command(board: &Board, program: &Path) -> Result<Command> {
    let mut qemu = Command::new(QEMU);
    qemu.args(["-machine", &board.machine()?.name, "-kernel"]).arg(program);
    qemu.args(["-display", "none", "-semihosting-config", "enable=on,target=native"]);
    qemu.stdin(Stdio::null());
    Ok(qemu)
}

/// A QEMU that ends when nobody needs it any more.
struct Running(Child);

impl Running {
    /// Waits until it ends well.
    fn wait(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            match self.0.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("QEMU ended with {status}"),
                None if start.elapsed() > TIMEOUT => {
                    bail!("the program has not ended within {} s", TIMEOUT.as_secs())
                }
                None => thread::sleep(POLL),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has usually ended: then there is nothing to do, and nothing wrong.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
