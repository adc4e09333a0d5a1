//! Every loss, and spectra, on the emulated board: the same bits as here, edge cases among them.
//!
//! The program is the one that `cargo xtask firmware` builds; `cargo xtask qemu` runs this test.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use trimpot_parity::host;

/// What the board sends: a line for each loss and size, and for each spectrum.
fn on_the_board() -> String {
    let default = || "target/firmware/mps2-an386".into();
    let firmware = PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default));
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-machine", "mps2-an386", "-kernel"]).arg(firmware.join("losses"));
    qemu.args(["-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot"]);
    qemu.args(["-semihosting-config", "enable=on,target=native"]);
    let output = qemu.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "QEMU ended with {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn every_loss_and_spectrum_has_the_same_bits_on_the_board() {
    let (board, here) = (on_the_board(), host::losses() + &host::spectra());
    let differences: Vec<_> =
        here.lines().zip(board.lines()).filter(|(here, board)| here != board).collect();
    assert!(differences.is_empty(), "(here, on the board): {differences:#?}");
    assert_eq!(here.lines().count(), board.lines().count(), "{board}");
    println!("{} fingerprints are the same on the board", here.lines().count() - 2);
}
