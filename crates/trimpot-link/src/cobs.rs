//! Consistent Overhead Byte Stuffing (Cheshire and Baker 1999), a byte at a time.
//!
//! The data is cut at its zeros, and each piece is sent behind a byte that holds its length plus
//! one. So no byte that is sent is zero, and one zero can mark the end. A piece longer than 254
//! bytes is sent in several, with the code 255 that stands for no zero.
//!
//! The crates that encode or decode in place index their buffers, and so would link panics into the
//! firmware; as a stream it takes a few bytes of state and no index. They are the oracle in the
//! tests.

/// The longest run behind one code, plus one.
const FULL: u8 = 0xff;

/// Writes encoded bytes to the front of a buffer. Fails when it is full.
pub struct Encoder<'a> {
    /// The place of the open piece's code, and the buffer behind it.
    free: &'a mut [u8],
    /// The length of the open piece, plus one.
    code: u8,
    /// Bytes written before the open piece.
    written: usize,
}

/// The buffer is too small.
pub struct Full;

impl<'a> Encoder<'a> {
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Encoder { free: buffer, code: 1, written: 0 }
    }

    pub fn push(&mut self, byte: u8) -> Result<(), Full> {
        if byte != 0 {
            *self.free.get_mut(usize::from(self.code)).ok_or(Full)? = byte;
            self.code = self.code.saturating_add(1);
        }
        if byte == 0 || self.code == FULL { self.close() } else { Ok(()) }
    }

    /// Writes the code of the open piece, and opens the next one.
    fn close(&mut self) -> Result<(), Full> {
        let length = usize::from(self.code);
        let (piece, free) =
            core::mem::take(&mut self.free).split_at_mut_checked(length).ok_or(Full)?;
        *piece.first_mut().ok_or(Full)? = self.code;
        *self = Encoder { free, code: 1, written: self.written.saturating_add(length) };
        Ok(())
    }

    /// Ends the data with a zero byte. Returns how many bytes were written.
    pub fn finish(mut self) -> Result<usize, Full> {
        self.close()?;
        *self.free.first_mut().ok_or(Full)? = 0;
        Ok(self.written.saturating_add(1))
    }
}

/// Turns received bytes into data.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// Bytes left of the piece.
    left: u8,
    /// Whether a zero follows the piece, unless the data ends there.
    zero: bool,
}

/// What a received byte means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A byte of data.
    Data(u8),
    /// Nothing by itself.
    Nothing,
    /// The end of the data.
    End,
    /// The end of the data, which came too early.
    Cut,
}

impl Decoder {
    pub const fn new() -> Self {
        Decoder { left: 0, zero: false }
    }

    pub fn push(&mut self, byte: u8) -> Decoded {
        match (byte, self.left) {
            (0, left) => {
                *self = Decoder::new();
                if left == 0 { Decoded::End } else { Decoded::Cut }
            }
            (code, 0) => {
                let zero = self.zero;
                *self = Decoder { left: code.saturating_sub(1), zero: code != FULL };
                if zero { Decoded::Data(0) } else { Decoded::Nothing }
            }
            (data, left) => {
                self.left = left.saturating_sub(1);
                Decoded::Data(data)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    fn encode(data: &[u8], buffer: &mut [u8]) -> Result<usize, Full> {
        let mut encoder = Encoder::new(buffer);
        for &byte in data {
            encoder.push(byte)?;
        }
        encoder.finish()
    }

    fn decode(encoded: &[u8]) -> (Vec<u8>, Decoded) {
        let mut decoder = Decoder::new();
        let mut data = Vec::new();
        for &byte in encoded {
            match decoder.push(byte) {
                Decoded::Data(byte) => data.push(byte),
                Decoded::Nothing => {}
                end => return (data, end),
            }
        }
        panic!("no end");
    }

    fn check(data: &[u8]) {
        let mut buffer = vec![0xaa; data.len() + data.len() / 254 + 2];
        let length = encode(data, &mut buffer).ok().expect("the buffer is large enough");
        assert_eq!(buffer[..length].iter().position(|&byte| byte == 0), Some(length - 1));
        assert_eq!(decode(&buffer[..length]), (data.to_vec(), Decoded::End));
        // The crate leaves out the last code after a full piece, or does not: both are allowed.
        assert_eq!(cobs::decode_vec(&buffer[..length - 1]).unwrap(), data);
        let mut theirs = cobs::encode_vec(data);
        theirs.push(0);
        assert_eq!(decode(&theirs), (data.to_vec(), Decoded::End));
        for short in 0..length {
            assert!(encode(data, &mut buffer[..short]).is_err());
        }
    }

    /// Data of few values has pieces of every length, and a full one followed by anything.
    fn data() -> impl Strategy<Value = Vec<u8>> {
        let piece = (prop_oneof![0..3usize, 252..257usize], any::<bool>());
        proptest::collection::vec(piece, 0..5).prop_map(|pieces| {
            let mut data = Vec::new();
            for (length, zero) in pieces {
                data.extend((0..length).map(|i| (i % 255) as u8 + 1));
                data.extend(zero.then_some(0));
            }
            data
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_crate_on_pieces(data in data()) {
            check(&data);
        }

        #[test]
        fn agrees_with_the_crate_on_any_bytes(data: Vec<u8>) {
            check(&data);
        }
    }

    #[test]
    fn an_early_end_is_found() {
        assert_eq!(decode(&[3, 1, 0]), (vec![1], Decoded::Cut));
        assert_eq!(decode(&[0]), (vec![], Decoded::End));
    }
}
