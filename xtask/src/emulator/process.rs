//! QEMU as a process.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::board::Board;

pub(super) const QEMU: &str = "qemu-system-arm";
/// One instruction takes 2⁰ ns, and sleep takes no time.
pub(super) const ICOUNT: &str = "shift=0,sleep=off";
pub(super) const POLL: Duration = Duration::from_millis(5);
/// A program that takes longer hangs.
const TIMEOUT: Duration = Duration::from_secs(60);

/// QEMU with a program of the board.
pub(super) fn command(board: &Board, program: &Path) -> Result<Command> {
    let mut qemu = Command::new(QEMU);
    qemu.args(["-machine", &board.machine()?.name, "-kernel"]).arg(program);
    qemu.args(["-display", "none", "-semihosting-config", "enable=on,target=native"]);
    qemu.stdin(Stdio::null());
    Ok(qemu)
}

/// A QEMU that ends when nobody needs it any more.
pub(super) struct Running(pub(super) Child);

impl Running {
    /// Waits until it ends well.
    pub(super) fn wait(&mut self) -> Result<()> {
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
