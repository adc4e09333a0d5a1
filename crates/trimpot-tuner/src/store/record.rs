//! The record at the start of a slot: 64 bytes, sixteen little-endian words.
//!
//! Magic number, format, kind, generation, network, version, loss, bytes of the image, CRC-32 of
//! the image, CRC-32 of the judging samples, upper half of the generation, task, three words of
//! zero, and the CRC-32 of all these.

use trimpot_link::Checksum;

const MAGIC: u32 = u32::from_le_bytes(*b"Trim");
const FORMAT: u32 = 2;
const WORDS: usize = Record::BYTES / size_of::<u32>();

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The area is ours, and holds nothing yet. Without an image.
    Formatted,
    /// The image is the factory's.
    Factory,
    /// The image is a commit's.
    Commit,
    /// There are no commits any more. Without an image.
    Reset,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Formatted, Kind::Factory, Kind::Commit, Kind::Reset];

    /// Far apart in bits.
    const fn code(self) -> u32 {
        match self {
            Kind::Formatted => 0xa5c3_00ff,
            Kind::Factory => 0x0f0f_33cc,
            Kind::Commit => 0xf0f0_5a5a,
            Kind::Reset => 0x00ff_a5c3,
        }
    }
}

/// The network that a record belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// A fingerprint of the architecture.
    pub architecture: u32,
    /// The version that the firmware's author gave the network.
    pub version: u32,
    /// What the network learns: 0 for classes that are all in use.
    pub task: u32,
}

/// The least loss that stored parameters have had, and on what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// The least mean loss since the factory's parameters.
    pub loss: f32,
    /// A CRC-32 of the samples that it was measured on: it says nothing about others.
    pub judges: u32,
}

/// A valid record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    pub kind: Kind,
    /// Counts upwards. It has 64 bits, so that it never begins again, however large the steps.
    pub generation: u64,
    pub identity: Identity,
    /// What the next parameters are measured against.
    pub baseline: Baseline,
    /// Bytes of the image; 0 if there is none.
    pub length: u32,
    /// CRC-32 of the image; that of nothing if there is none.
    pub checksum: u32,
}

impl Record {
    /// A whole number of any flash memory's words.
    pub const BYTES: usize = 64;

    pub fn encode(self) -> [u8; Self::BYTES] {
        let Record { kind, generation, identity, baseline, length, checksum } = self;
        let (low, high) = (generation as u32, (generation >> u32::BITS) as u32);
        let words = [MAGIC, FORMAT, kind.code(), low, identity.architecture];
        let loss = baseline.loss.to_bits();
        let more = [identity.version, loss, length, checksum, baseline.judges, high, identity.task];
        let mut bytes = [[0; 4]; WORDS];
        for (place, word) in bytes.iter_mut().zip(words.iter().chain(&more)) {
            *place = word.to_le_bytes();
        }
        if let Some((last, words)) = bytes.split_last_mut() {
            *last = check(words).to_le_bytes();
        }
        let mut record = [0; Self::BYTES];
        record.copy_from_slice(bytes.as_flattened());
        record
    }

    /// Returns the record; nothing if it is not a whole one.
    pub fn decode(bytes: &[u8; Self::BYTES]) -> Option<Self> {
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
        let low = words.next()?;
        let (architecture, version) = (words.next()?, words.next()?);
        let loss = f32::from_bits(words.next()?);
        let (length, checksum) = (words.next()?, words.next()?);
        let baseline = Baseline { loss, judges: words.next()? };
        let generation = u64::from(words.next()?) << u32::BITS | u64::from(low);
        let identity = Identity { architecture, version, task: words.next()? };
        Some(Record { kind, generation, identity, baseline, length, checksum })
    }

    /// Returns whether these bytes, which are no whole record, were one or were to be one.
    pub fn was(bytes: &[u8; Self::BYTES]) -> bool {
        let (words, _) = bytes.as_chunks::<4>();
        let first = words.first().map_or(0, |&word| u32::from_le_bytes(word));
        (first ^ MAGIC).count_ones() <= 1
    }

    /// Returns whether this is newer than another.
    pub const fn is_newer_than(&self, other: &Record) -> bool {
        self.generation > other.generation
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

    fn record(kind: Kind) -> Record {
        let identity = Identity { architecture: 9, version: 33, task: 2 };
        let baseline = Baseline { loss: 0.3, judges: 0x9abc_def0 };
        Record {
            kind,
            generation: 0x9_0000_0007,
            identity,
            baseline,
            length: 176,
            checksum: 0x1234_5678,
        }
    }

    #[test]
    fn a_record_comes_back() {
        for kind in Kind::ALL {
            assert_eq!(Record::decode(&record(kind).encode()), Some(record(kind)));
        }
    }

    #[test]
    fn a_record_with_any_bit_wrong_is_none() {
        for bit in 0..8 * Record::BYTES {
            let mut bytes = record(Kind::Commit).encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Record::decode(&bytes), None);
        }
        assert_eq!(Record::decode(&[0xff; Record::BYTES]), None);
        assert_eq!(Record::decode(&[0; Record::BYTES]), None);
    }

    #[test]
    fn the_upper_half_of_the_generation_counts_first() {
        let of = |generation| Record { generation, ..record(Kind::Commit) };
        assert!(of(8).is_newer_than(&of(7)) && !of(7).is_newer_than(&of(8)));
        assert!(of(1 << 32).is_newer_than(&of(u64::from(u32::MAX))));
        assert!(of(1 << 32 | 1).is_newer_than(&of(7)) && !of(7).is_newer_than(&of(1 << 32 | 1)));
        assert!(!of(7).is_newer_than(&of(7)));
    }
}
