//! The record of a model in its slot.
//!
//! A record is sixteen little-endian words: magic number, generation, bytes, their CRC-32, eleven
//! words of zero, and the CRC-32 of all these.

use trimpot_link::{Checksum, MODEL_BLOCK};

const MAGIC: u32 = u32::from_le_bytes(*b"TpMd");
const WORDS: usize = MODEL_BLOCK / size_of::<u32>();

/// Returns the words of a record but the last, which is their checksum.
fn words(says: [u32; 3]) -> [[u8; 4]; WORDS - 1] {
    let mut words = [0; WORDS - 1];
    let all = [MAGIC].into_iter().chain(says);
    words.iter_mut().zip(all).for_each(|(place, word)| *place = word);
    words.map(u32::to_le_bytes)
}

/// Returns the checksum in the record of a generation, a length and a checksum.
pub fn record_checksum(says: [u32; 3]) -> u32 {
    Checksum::of(words(says).as_flattened())
}

/// Returns the record of a generation, a length and a checksum.
pub fn encode(says: [u32; 3]) -> [u8; MODEL_BLOCK] {
    let words = words(says);
    let checksum = Checksum::of(words.as_flattened()).to_le_bytes();
    let mut record = [0; MODEL_BLOCK];
    let bytes = words.as_flattened().iter().chain(&checksum);
    record.iter_mut().zip(bytes).for_each(|(place, &byte)| *place = byte);
    record
}

/// What there is in a record's place.
#[derive(Clone, Copy, PartialEq)]
pub enum Content {
    Blank,
    /// A record: a generation, a length and a checksum.
    Record([u32; 3]),
    Other,
}

impl Content {
    pub fn decode(bytes: &[u8; MODEL_BLOCK]) -> Self {
        if bytes.iter().all(|&byte| byte == 0xff) {
            return Content::Blank;
        }
        let (words, _) = bytes.as_chunks::<4>();
        match *words {
            [_, generation, length, checksum, ..] => {
                let says = [generation, length, checksum].map(u32::from_le_bytes);
                if encode(says) == *bytes { Content::Record(says) } else { Content::Other }
            }
            _ => Content::Other,
        }
    }
}
