//! The firmware in QEMU: a Cortex-M4F without the hardware.
//!
//! Its UART 0 is a socket, and its flash memory a file that outlives it: when QEMU is killed, the
//! board has lost its power.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use trimpot_model::output;

use super::error::BoardError;
use super::flash;
use super::port::{POLL_INTERVAL, Port};

const QEMU: &str = "qemu-system-arm";
/// The board's PSRAM, which plays the part of the flash memory.
pub(super) const FLASH_BYTES: u64 = 16 << 20;
const POLL: Duration = Duration::from_millis(5);

/// A running emulator: killed when it is dropped.
pub(super) struct Emulator {
    switch: PowerSwitch,
    /// Where its socket is.
    _folder: TempDir,
}

/// Cuts the power of an emulated board.
#[derive(Clone)]
pub struct PowerSwitch {
    process: Arc<Mutex<Child>>,
}

impl PowerSwitch {
    /// Kills the emulator (SIGKILL), and returns when it is gone. Does nothing the second time.
    pub fn cut(&self) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        // An error says that it has ended by itself.
        let _ = process.kill();
        let _ = process.wait();
    }
}

impl Emulator {
    pub(super) fn power_switch(&self) -> PowerSwitch {
        self.switch.clone()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.switch.cut();
    }
}

/// Where the logs of the firmware go: `flash.bin.log` beside `flash.bin`. A name that another
/// extension is put into would be the flash memory's own, if that were called `flash.log`.
fn log_file(flash: &Path) -> PathBuf {
    let mut name = flash.as_os_str().to_owned();
    name.push(".log");
    name.into()
}

/// Boots the firmware from the flash memory in a file. Its logs go to a file beside that one.
pub(super) fn boot(
    firmware: &Path,
    flash: &Path,
    timeout: Duration,
) -> Result<(Port, Emulator), BoardError> {
    if !firmware.exists() {
        return Err(BoardError::NoFirmware { file: firmware.to_owned() });
    }
    let lock = flash::lock_or_make(flash, FLASH_BYTES)?;
    let log = log_file(flash);
    output::check(&log).map_err(|source| BoardError::Log { file: log.clone(), source })?;
    // A socket's path may have 107 bytes: a folder of its own keeps it short.
    let folder = TempDir::with_prefix("trimpot-").map_err(BoardError::Emulator)?;
    let socket = folder.path().join("uart");
    let messages = folder.path().join("messages");

    let mut command = Command::new(QEMU);
    command.args(["-machine", "mps2-an386,memory-backend=flash", "-kernel"]).arg(firmware);
    command.args(["-display", "none", "-monitor", "none"]);
    let backend = format!("memory-backend-file,id=flash,size={FLASH_BYTES},share=on,mem-path=");
    command.arg("-object").arg(option(&backend, flash, ""));
    command.arg("-serial").arg(option("unix:", &socket, ",server=on,wait=off"));
    command.arg("-serial").arg(option("file:", &log, ""));
    // What QEMU reads is empty, and the flash memory is locked until it ends, even if it outlives
    // this process.
    command.stdin(lock).stdout(Stdio::null());
    command.stderr(File::create(&messages).map_err(BoardError::Emulator)?);
    let process =
        command.spawn().map_err(|source| BoardError::NoEmulator { program: QEMU, source })?;
    let process = Arc::new(Mutex::new(process));
    let emulator = Emulator { switch: PowerSwitch { process }, _folder: folder };

    let stream = connect(&emulator, &socket, &messages, timeout)?;
    stream.set_read_timeout(Some(POLL_INTERVAL)).map_err(BoardError::Emulator)?;
    stream.set_write_timeout(Some(POLL_INTERVAL)).map_err(BoardError::Emulator)?;
    let from = stream.try_clone().map_err(BoardError::Emulator)?;
    Ok((Port::wire(from, stream), emulator))
}

/// Waits until QEMU listens.
fn connect(
    emulator: &Emulator,
    socket: &Path,
    messages: &Path,
    timeout: Duration,
) -> Result<UnixStream, BoardError> {
    let start = Instant::now();
    loop {
        let error = match UnixStream::connect(socket) {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        let process = &emulator.switch.process;
        let mut process = process.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(status) = process.try_wait().map_err(BoardError::Emulator)? {
            let mut message = String::new();
            if let Ok(mut file) = File::open(messages) {
                // Whatever can be read helps.
                let _ = file.read_to_string(&mut message);
            }
            let (status, message) = (status.to_string(), message.trim().to_owned());
            return Err(BoardError::EmulatorEnded { status, message });
        }
        drop(process);
        if start.elapsed() >= timeout {
            return Err(BoardError::Emulator(error));
        }
        sleep(POLL);
    }
}

/// Returns an option of QEMU with a path in it: a comma would end the path, two of them are one.
fn option(before: &str, path: &Path, after: &str) -> OsString {
    let path = path.to_string_lossy().replace(',', ",,");
    format!("{before}{path}{after}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flash_memory_is_its_own_log() {
        for (flash, log) in [
            ("report/flash.bin", "report/flash.bin.log"),
            ("report/flash.log", "report/flash.log.log"),
            ("flash", "flash.log"),
        ] {
            assert_eq!(log_file(Path::new(flash)), Path::new(log));
        }
    }
}
