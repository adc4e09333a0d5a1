//! CRC-32, of frames and of parameters.

use crc::{CRC_32_ISO_HDLC, Crc, Digest};

static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

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
pub struct Checksum(Digest<'static, u32>);

impl Checksum {
    /// Returns the checksum of nothing yet.
    pub fn new() -> Self {
        Checksum(CRC.digest())
    }

    /// Takes in more bytes.
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
