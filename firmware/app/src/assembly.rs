//! The assembly of `trimpot-vfp` on slices of all small lengths: the bits are those of plain loops,
//! nothing is written beside the slices, and the registers of the caller stay.

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod registers;
#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod slices;

use embedded_io::Write;
use trimpot::random::Random;
use trimpot_parity::report;

/// Sends a line for slices and one for registers: how many calls were compared, and how many of
/// them were wrong. On a board without the floating-point unit there are none.
///
/// # Errors
/// Those of the port.
pub fn run<P: Write>(port: &mut P) -> Result<(), P::Error> {
    let [slices, registers] = compare(&mut Random::new(1));
    let mut send = |bytes: &[u8]| port.write_all(bytes);
    report::line(&mut send, "assembly", &slices)?;
    report::line(&mut send, "registers", &registers)
}

/// Returns how many calls were compared, and how many of them were wrong: of slices and registers.
#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
fn compare(random: &mut Random) -> [[u32; 2]; 2] {
    [slices::compare(random), registers::compare(random)]
}

/// Without the floating-point unit there is no assembly.
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
const fn compare(_: &mut Random) -> [[u32; 2]; 2] {
    [[0; 2]; 2]
}
