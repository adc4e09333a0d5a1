//! CRC-32, of frames and of parameters.

use crc::{CRC_32_ISO_HDLC, Crc, Digest};

/// How the checksum of a byte is found. The table takes 1 KiB: on a board, flash memory is dearer
/// than the time.
#[cfg(target_os = "none")]
type Method = crc::NoTable;
#[cfg(not(target_os = "none"))]
type Method = crc::Table<1>;

static CRC: Crc<u32, Method> = Crc::<u32, Method>::new(&CRC_32_ISO_HDLC);

/// A running CRC-32: IEEE 802.3's, the one of zip and PNG.
///
/// ```
/// use trimpot_link::Checksum;
/// let mut checksum = Checksum::new();
/// checksum.update(b"1234");
/// checksum.update(b"56789");
/// assert_eq!(checksum.value(), 0xcbf4_3926);
/// ```
#[derive(Clone)]
pub struct Checksum(Digest<'static, u32, Method>);

impl Checksum {
    /// Returns the checksum of nothing yet.
    pub fn new() -> Self {
        Checksum(CRC.digest())
    }

    /// Returns the CRC-32 of these bytes.
    pub fn of(bytes: &[u8]) -> u32 {
        let mut checksum = Checksum::new();
        checksum.update(bytes);
        checksum.value()
    }

    /// Takes in more bytes.
    // One function for all who call it: its loop in each of them is kilobytes of flash memory.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the CRC-32 of all bytes so far.
    pub fn value(self) -> u32 {
        self.0.finalize()
    }
}

impl Default for Checksum {
    fn default() -> Self {
        Checksum::new()
    }
}

/// Returns a fingerprint of a network's parameters: the CRC-32 of their little-endian bytes.
///
/// ```
/// assert_eq!(trimpot_link::fingerprint(&[]), 0);
/// assert_ne!(trimpot_link::fingerprint(&[0.0]), trimpot_link::fingerprint(&[-0.0]));
/// ```
pub fn fingerprint(parameters: &[f32]) -> u32 {
    let mut checksum = Checksum::new();
    for parameter in parameters {
        checksum.update(&parameter.to_le_bytes());
    }
    checksum.value()
}
