//! The record at the start of a slot: 32 bytes, eight little-endian words.
//!
//! Magic number, format, kind, generation, architecture, number of weights, CRC-32 of the weights, and
//! the CRC-32 of all these.

use trimpot_link::Checksum;

const MAGIC: u32 = u32::from_le_bytes(*b"Trim");
const FORMAT: u32 = 1;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// These weights are the factory's.
    Factory,
    /// These weights are committed.
    Commit,
    /// There are no commits any more. Without weights.
    Reset,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Factory, Kind::Commit, Kind::Reset];

    /// Far apart in bits.
    const fn code(self) -> u32 {
        match self {
            Kind::Factory => 0x0f0f_33cc,
            Kind::Commit => 0xf0f0_5a5a,
            Kind::Reset => 0x00ff_a5c3,
        }
    }
}

/// A valid record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: Kind,
    pub generation: u32,
    /// CRC-32 of the weights; 0 if there are none.
    pub checksum: u32,
}

impl Record {
    /// A whole number of any flash memory's words.
    pub const BYTES: usize = 32;

    pub fn encode(self, architecture: u32, parameters: u32) -> [u8; Self::BYTES] {
        let Record { kind, generation, checksum } = self;
        let words = [MAGIC, FORMAT, kind.code(), generation, architecture, parameters, checksum];
        let check = check(&words.map(u32::to_le_bytes));
        let mut bytes = [0; Self::BYTES];
        let places = bytes.as_chunks_mut::<4>().0.iter_mut();
        for (place, word) in places.zip(words.iter().chain([&check])) {
            *place = word.to_le_bytes();
        }
        bytes
    }

    /// The record, its architecture and its number of weights; nothing if it is not a whole one.
    pub fn decode(bytes: &[u8; Self::BYTES]) -> Option<(Self, u32, u32)> {
        let (words, _) = bytes.as_chunks::<4>();
        let (&last, words) = words.split_last()?;
        if u32::from_le_bytes(last) != check(words) {
            return None;
        }
        let mut words = words.iter().map(|&word| u32::from_le_bytes(word));
        if (words.next()?, words.next()?) != (MAGIC, FORMAT) {
            return None;
        }
        let code = words.next()?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.code() == code)?;
        let (generation, architecture) = (words.next()?, words.next()?);
        let (parameters, checksum) = (words.next()?, words.next()?);
        Some((Record { kind, generation, checksum }, architecture, parameters))
    }
}

fn check(words: &[[u8; 4]]) -> u32 {
    let mut checksum = Checksum::new();
    checksum.update(words.as_flattened());
    checksum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back() {
        for kind in Kind::ALL {
            let record = Record { kind, generation: 7, checksum: 0x1234_5678 };
            assert_eq!(Record::decode(&record.encode(9, 33)), Some((record, 9, 33)));
        }
    }

    #[test]
    fn a_record_with_any_bit_wrong_is_none() {
        let record = Record { kind: Kind::Commit, generation: 7, checksum: 0x1234_5678 };
        for bit in 0..8 * Record::BYTES {
            let mut bytes = record.encode(9, 33);
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Record::decode(&bytes), None);
        }
        assert_eq!(Record::decode(&[0xff; Record::BYTES]), None);
        assert_eq!(Record::decode(&[0; Record::BYTES]), None);
    }
}
