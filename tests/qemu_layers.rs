//! Every layer on the emulated board: after the same steps the same bits as here. And the assembly
//! there: the bits of plain loops, and the registers of its caller stay.
//!
//! The program is the one that `cargo xtask firmware` builds; `cargo xtask qemu` runs this test.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use trimpot_parity::host;

/// What the board sends: a line for each network.
fn on_the_board() -> String {
    let default = || "target/firmware/mps2-an386".into();
    let firmware = PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default));
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-machine", "mps2-an386", "-kernel"]).arg(firmware.join("layers"));
    qemu.args(["-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot"]);
    qemu.args(["-semihosting-config", "enable=on,target=native"]);
    let output = qemu.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "QEMU ended with {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn every_layer_learns_the_same_bits_on_the_board() {
    let (board, here) = (on_the_board(), host::layers());
    let (assembly, board) = board.split_once('\n').unwrap();
    let (registers, board) = board.split_once('\n').unwrap();
    // Every number of columns, of numbers to be added to, or of rows (with a part of one more or
    // not), offsets and outputs; of what else may be changed, once more. Products of matrices of
    // every number of columns, terms and rows, each with the first one transposed as well.
    let compared = 18 * 18 * 3 + 18 * 6 * 2 * 6 * 6 * 8 + 18 * 6 * 6 * 2;
    assert_eq!(assembly, format!("assembly\t{compared:08x}\t00000000"));
    // Every function, one of them in two ways, with every number of columns and rows.
    let compared = 9 * 18 * 6;
    assert_eq!(registers, format!("registers\t{compared:08x}\t00000000"));
    let differences: Vec<_> =
        here.lines().zip(board.lines()).filter(|(here, board)| here != board).collect();
    assert!(differences.is_empty(), "(here, on the board): {differences:#?}");
    assert_eq!(here.lines().count(), board.lines().count(), "{board}");
    println!("{} fingerprints of layers are the same on the board", here.lines().count() - 1);
}
