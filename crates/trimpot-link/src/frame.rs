//! Frames: a packet in `postcard`'s format, its CRC-32 (little-endian), COBS around both, and a
//! zero.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::cobs::{Decoded, Decoder, Encoder, Full};
use crate::serializer::{NotWritten, Serializer};
use crate::{Checksum, Error, Packet};

/// Bytes that the CRC takes.
const CHECK: usize = 4;

/// Returns the longest frame of a packet of `length` bytes.
pub const fn longest(length: usize) -> usize {
    let data = length + CHECK;
    data + data / 254 + 2
}

/// A buffer is too small for the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooSmall {
    /// The size of the buffer.
    pub capacity: usize,
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the frame does not fit into {} bytes", self.capacity)
    }
}

impl core::error::Error for TooSmall {}

/// Writes a packet's frame to the front of `buffer`, and returns it.
///
/// ```
/// use trimpot_link::{Error, Packet, Request, frame};
///
/// let packet = Packet { sequence: 7, message: Request::Commit };
/// let mut buffer = [0; 16];
/// let bytes = frame::encode(&packet, &mut buffer)?;
///
/// let mut receiver = frame::Receiver::<16>::new();
/// for &byte in bytes {
///     if let Some(frame) = receiver.push(byte) {
///         assert_eq!(frame.and_then(frame::decode::<Request>), Ok(packet));
///     }
/// }
/// # Ok::<(), frame::TooSmall>(())
/// ```
pub fn encode<'b>(
    packet: &Packet<impl Serialize>,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], TooSmall> {
    let capacity = buffer.len();
    let frame = write(packet, buffer).ok().and_then(|length| buffer.get(..length));
    frame.ok_or(TooSmall { capacity })
}

/// Writes a packet, its checksum and the zero, and returns how many bytes these are.
fn write(packet: &Packet<impl Serialize>, buffer: &mut [u8]) -> Result<usize, NotWritten> {
    let (mut checksum, mut encoder) = (Checksum::new(), Encoder::new(buffer));
    packet.serialize(&mut Serializer(|byte| {
        checksum.update(&[byte]);
        encoder.push(byte).map_err(|Full| NotWritten)
    }))?;
    for byte in checksum.value().to_le_bytes() {
        encoder.push(byte).map_err(|Full| NotWritten)?;
    }
    encoder.finish().map_err(|Full| NotWritten)
}

/// Reads the packet in a frame that a [`Receiver`] has found. Numbers are borrowed from it.
///
/// # Errors
/// [`Error::Damaged`] when the checksum or the format is wrong, or bytes are left over.
pub fn decode<'a, M: Deserialize<'a>>(data: &'a [u8]) -> Result<Packet<M>, Error> {
    let (packet, check) = data.split_last_chunk::<CHECK>().ok_or(Error::Damaged)?;
    let mut checksum = Checksum::new();
    checksum.update(packet);
    if checksum.value() != u32::from_le_bytes(*check) {
        return Err(Error::Damaged);
    }
    match postcard::take_from_bytes(packet) {
        Ok((packet, [])) => Ok(packet),
        _ => Err(Error::Damaged),
    }
}

/// Finds frames in received bytes, and undoes COBS on the way. Holds frames of `SIZE` bytes at
/// most, counted without COBS and the zero.
#[derive(Clone, Debug)]
pub struct Receiver<const SIZE: usize> {
    data: [u8; SIZE],
    /// Bytes of data so far; more than `SIZE` when they did not fit.
    length: usize,
    /// Whether a byte of a frame was received since the last zero.
    begun: bool,
    decoder: Decoder,
}

impl<const SIZE: usize> Receiver<SIZE> {
    /// Waits for the first frame.
    pub const fn new() -> Self {
        Receiver { data: [0; SIZE], length: 0, begun: false, decoder: Decoder::new() }
    }

    /// Takes in one byte. A zero completes a frame, for [`decode`]; one that follows another zero
    /// is ignored.
    ///
    /// # Errors
    /// At the end of a frame: [`Error::TooLong`] if it did not fit, [`Error::Damaged`] if it was
    /// cut.
    pub fn push(&mut self, byte: u8) -> Option<Result<&[u8], Error>> {
        if !self.begun {
            if byte == 0 {
                return None;
            }
            (self.begun, self.length) = (true, 0);
        }
        match self.decoder.push(byte) {
            Decoded::Nothing => None,
            Decoded::Data(byte) => {
                if let Some(place) = self.data.get_mut(self.length) {
                    *place = byte;
                }
                self.length = self.length.saturating_add(1);
                None
            }
            end => {
                self.begun = false;
                Some(match self.frame() {
                    None => Err(Error::TooLong { capacity: SIZE as u32 }),
                    Some(_) if end == Decoded::Cut => Err(Error::Damaged),
                    Some(frame) => Ok(frame),
                })
            }
        }
    }

    /// Returns the last complete frame, until the next byte comes.
    pub(crate) fn frame(&self) -> Option<&[u8]> {
        self.data.get(..self.length)
    }
}

impl<const SIZE: usize> Default for Receiver<SIZE> {
    fn default() -> Self {
        Receiver::new()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::{F32Slice, Request};
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    const SIZE: usize = 64;
    type Received = Result<Vec<u8>, Error>;

    fn receive(bytes: &[u8]) -> Vec<Received> {
        let mut receiver = Receiver::<SIZE>::new();
        let received = bytes.iter().filter_map(|&byte| Some(receiver.push(byte)?.map(Vec::from)));
        received.collect()
    }

    /// Returns a request with these numbers.
    fn request(sequence: u64, numbers: &[u8]) -> Packet<Request<'_>> {
        let values = F32Slice::from_bytes(numbers).expect("whole numbers");
        Packet { sequence, message: Request::WriteParameters { at: 0, values } }
    }

    proptest! {
        #[test]
        fn packets_come_back_between_frames_of_noise(
            sequence: u64,
            numbers in proptest::collection::vec(any::<[u8; 4]>(), 0..12),
            noise in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let packet = request(sequence, numbers.as_flattened());
            let mut buffer = [0; longest(SIZE)];
            let frame = encode(&packet, &mut buffer).expect("the buffer is large enough");
            let mut stream = noise;
            stream.push(0);
            let before = receive(&stream);
            stream.extend_from_slice(frame);
            stream.extend_from_slice(frame);
            let received = receive(&stream);
            prop_assert_eq!(received.len(), before.len() + 2);
            for frame in &received[before.len()..] {
                let data = frame.as_deref().expect("a good frame");
                prop_assert_eq!(decode::<Request>(data), Ok(packet));
            }
            for frame in before.into_iter().flatten() {
                prop_assert_eq!(decode::<Request>(&frame).err(), Some(Error::Damaged));
            }
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(data: Vec<u8>) {
            // Behind the CRC as well.
            let mut checksum = Checksum::new();
            checksum.update(&data);
            let checked = [&data[..], &checksum.value().to_le_bytes()].concat();
            for data in [data, checked] {
                if let Ok(packet) = decode::<Request>(&data) {
                    let mut buffer = vec![0; longest(data.len())];
                    prop_assert!(encode(&packet, &mut buffer).is_ok());
                }
            }
        }
    }

    #[test]
    fn a_frame_is_as_long_as_it_may_be_and_no_longer() {
        for count in 0..200 {
            let numbers = vec![0x55; 4 * count];
            let packet = request(u64::MAX, &numbers);
            let data =
                postcard::serialize_with_flavor(&packet, postcard::ser_flavors::Size::default());
            let mut buffer = vec![0; longest(data.expect("a size"))];
            let length = encode(&packet, &mut buffer).expect("the buffer is large enough").len();
            assert!(length <= buffer.len() && length + 8 > buffer.len());
            for capacity in [0, 1, 5, length - 1] {
                let error = encode(&packet, &mut buffer[..capacity]);
                assert_eq!(error, Err(TooSmall { capacity }));
            }
        }
    }

    #[test]
    fn data_fits_up_to_the_capacity() {
        let frame = |length: usize| {
            let mut buffer = [0; 2 * SIZE];
            let mut encoder = Encoder::new(&mut buffer);
            for _ in 0..length {
                assert!(encoder.push(7).is_ok());
            }
            let length = encoder.finish().ok().expect("the buffer is large enough");
            buffer[..length].to_vec()
        };
        assert_eq!(receive(&frame(SIZE)), [Ok(vec![7; SIZE])]);
        let too_long = Err(Error::TooLong { capacity: SIZE as u32 });
        let after = [frame(SIZE + 1), frame(2)].concat();
        assert_eq!(receive(&after), [too_long, Ok(vec![7; 2])]);
    }

    #[test]
    fn bytes_that_are_left_over_are_damage() {
        let mut data = vec![0, 0, 0];
        let mut checksum = Checksum::new();
        checksum.update(&data);
        data.extend(checksum.value().to_le_bytes());
        assert_eq!(decode::<Request>(&data), Err(Error::Damaged));
    }
}
