//! A device without a host, in QEMU: it learns what buttons say, and knows it after a power cut.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::tempdir;

/// The board's PSRAM, which plays the part of the flash memory.
const FLASH_BYTES: usize = 16 << 20;

/// The emulated device; its power is cut when it is dropped.
struct Device {
    process: Child,
    buttons: ChildStdin,
    lamps: ChildStdout,
}

impl Device {
    /// Boots from the flash memory in a file.
    fn boot(flash: &Path) -> Self {
        let default = || "target/firmware/mps2-an386".into();
        let firmware = PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default));
        let mut qemu = Command::new("qemu-system-arm");
        qemu.args(["-machine", "mps2-an386,memory-backend=flash", "-display", "none"]);
        let backend = format!("memory-backend-file,id=flash,size={FLASH_BYTES},share=on,mem-path=");
        qemu.arg("-object").arg(backend + flash.to_str().unwrap());
        qemu.args(["-monitor", "none", "-serial", "stdio", "-serial", "null"]);
        qemu.arg("-kernel").arg(firmware.join("button"));
        let mut process = qemu.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (buttons, lamps) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Device { process, buttons, lamps }
    }

    /// Does something, and returns what the device shows then.
    fn user(&mut self, action: u8) -> char {
        self.buttons.write_all(&[action]).unwrap();
        self.buttons.flush().unwrap();
        let mut shown = [0];
        self.lamps.read_exact(&mut shown).unwrap();
        shown[0].into()
    }

    /// Asks about so many things, which are of the three kinds in turn.
    fn ask(&mut self, count: usize) -> String {
        (0..count).map(|_| self.user(b'?')).collect()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // An error says that it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn a_device_learns_from_buttons_and_remembers_after_a_power_cut() {
    let folder = tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    fs::write(&flash, vec![0xff; FLASH_BYTES]).unwrap();

    // Which button is for which kind is the user's choice.
    let mut device = Device::boot(&flash);
    assert_ne!(device.ask(12), "120120120120", "nothing is known yet");
    for button in "120".bytes().cycle().take(60) {
        assert_eq!(device.user(button), '+');
    }
    assert_eq!(device.ask(12), "120120120120");
    assert_eq!(device.user(b'!'), '+', "it is stored");
    // Another choice, which is not stored.
    for button in "201".bytes().cycle().take(60) {
        assert_eq!(device.user(button), '+');
    }
    assert_eq!(device.ask(12), "201201201201");
    drop(device);

    let mut device = Device::boot(&flash);
    assert_eq!(device.ask(12), "120120120120");
}
