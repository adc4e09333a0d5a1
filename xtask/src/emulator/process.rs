//! QEMU as a process.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

pub(super) const QEMU: &str = "qemu-system-arm";
/// One instruction takes 2⁰ ns, and sleep takes no time.
pub(super) const ICOUNT: &str = "shift=0,sleep=off";
pub(super) const POLL: Duration = Duration::from_millis(5);
/// A program that takes longer hangs.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A machine that QEMU emulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emulated<'a> {
    /// The program of QEMU that has it.
    pub qemu: &'a str,
    /// Its name there.
    pub machine: &'a str,
    /// What else it needs to be told.
    pub options: &'a [&'a str],
}

impl<'a> Emulated<'a> {
    /// A board with a Cortex-M.
    pub const fn arm(machine: &'a str) -> Self {
        Emulated { qemu: QEMU, machine, options: &[] }
    }

    /// The machine with a program.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut qemu = Command::new(self.qemu);
        qemu.args(["-machine", self.machine]).args(self.options).arg("-kernel").arg(program);
        qemu.args(["-display", "none", "-semihosting-config", "enable=on,target=native"]);
        qemu.stdin(Stdio::null());
        qemu
    }
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
