//! Frames: what goes over the wire at once.
//!
//! Inside of COBS, which ends with a zero, a frame is
//!
//! | bytes | hold |
//! |---|---|
//! | 0, 1 | `T`, `p` |
//! | 2, 3 | the version of the messages, [`PROTOCOL`], little-endian |
//! | 4 … | a [`Packet`] in `postcard`'s format, of that version |
//! | the last 4 | the CRC-32 of all bytes before, little-endian |
//!
//! COBS, the first four bytes and the last four are the same in every version, for ever. A board
//! that gets a frame of another version answers with a [`hello`], a frame without a packet: eight
//! bytes that say which version it speaks, and that every host can read.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::cobs::{Decoded, Decoder, Encoder, Full};
use crate::serializer::{NotWritten, Serializer};
use crate::{Checksum, Error, PROTOCOL, Packet};

/// Bytes that the CRC takes.
const CHECK: usize = 4;

/// The first bytes of a frame.
const MAGIC: [u8; 2] = *b"Tp";

/// Bytes of [`MAGIC`] and the version.
const HEADER: usize = 4;

/// Returns the longest frame of a packet of `length` bytes.
pub const fn longest(length: usize) -> usize {
    let data = HEADER + length + CHECK;
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
/// # Errors
/// If the frame does not fit into the buffer.
///
/// ```
/// use trimpot_link::{Error, Packet, Request, frame};
///
/// let packet = Packet { sequence: 7, message: Request::Commit };
/// let mut buffer = [0; 20];
/// let bytes = frame::encode(&packet, &mut buffer)?;
///
/// let mut receiver = frame::Receiver::<20>::new();
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
    written(Some(packet), buffer)
}

/// Writes a frame without a packet to the front of `buffer`, and returns it: "I speak version
/// [`PROTOCOL`]".
///
/// A board answers with it what is of another version, and what is a `hello` itself. Its bytes
/// before COBS are `T`, `p`, the version and the CRC-32, both little-endian.
///
/// # Errors
/// If the buffer is too small.
///
/// ```
/// use trimpot_link::frame;
/// let mut buffer = [0; 10];
/// let hello = frame::hello(&mut buffer)?;
/// // COBS: three bytes that are not zero up to the first zero, which is in the version.
/// assert_eq!(hello[..4], [4, b'T', b'p', 6]);
/// # Ok::<(), frame::TooSmall>(())
/// ```
pub fn hello(buffer: &mut [u8]) -> Result<&[u8], TooSmall> {
    written(None::<&Packet<()>>, buffer)
}

fn written<'b>(
    packet: Option<&Packet<impl Serialize>>,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], TooSmall> {
    let capacity = buffer.len();
    let frame = write(packet, buffer).ok().and_then(|length| buffer.get(..length));
    frame.ok_or(TooSmall { capacity })
}

/// Writes a frame, and returns how many bytes it has.
fn write(packet: Option<&Packet<impl Serialize>>, buffer: &mut [u8]) -> Result<usize, NotWritten> {
    let (mut checksum, mut encoder) = (Checksum::new(), Encoder::new(buffer));
    let mut serializer = Serializer(|byte| {
        checksum.update(&[byte]);
        encoder.push(byte).map_err(|Full| NotWritten)
    });
    for byte in MAGIC.into_iter().chain(PROTOCOL.to_le_bytes()) {
        (serializer.0)(byte)?;
    }
    if let Some(packet) = packet {
        packet.serialize(&mut serializer)?;
    }
    for byte in checksum.value().to_le_bytes() {
        encoder.push(byte).map_err(|Full| NotWritten)?;
    }
    encoder.finish().map_err(|Full| NotWritten)
}

/// Reads the packet in a frame that a [`Receiver`] has found. Numbers are borrowed from it.
///
/// # Errors
/// [`Error::Damaged`] when the checksum or the format is wrong, or bytes are left over;
/// [`Error::Version`], if the frame is of another version, or a [`hello`].
pub fn decode<'a, M: Deserialize<'a>>(data: &'a [u8]) -> Result<Packet<M>, Error> {
    let (packet, check) = data.split_last_chunk::<CHECK>().ok_or(Error::Damaged)?;
    if Checksum::of(packet) != u32::from_le_bytes(*check) {
        return Err(Error::Damaged);
    }
    let (&[first, second, low, high], packet) =
        packet.split_first_chunk::<HEADER>().ok_or(Error::Damaged)?;
    if [first, second] != MAGIC {
        return Err(Error::Damaged);
    }
    let found = u16::from_le_bytes([low, high]);
    if found != PROTOCOL || packet.is_empty() {
        return Err(Error::Version { expected: PROTOCOL, found });
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
    use crate::{Numbers, Request};
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    const SIZE: usize = 72;
    type Received = Result<Vec<u8>, Error>;

    fn receive(bytes: &[u8]) -> Vec<Received> {
        let mut receiver = Receiver::<SIZE>::new();
        let received = bytes.iter().filter_map(|&byte| Some(receiver.push(byte)?.map(Vec::from)));
        received.collect()
    }

    fn header(version: u16) -> [u8; 4] {
        let [low, high] = version.to_le_bytes();
        [b'T', b'p', low, high]
    }

    /// Appends the CRC-32.
    fn checked(data: &[u8]) -> Vec<u8> {
        [data, &Checksum::of(data).to_le_bytes()].concat()
    }

    /// Returns a request with these numbers.
    fn request(sequence: u64, numbers: &[u8]) -> Packet<Request<'_>> {
        let values = Numbers::from_bytes(numbers).expect("whole numbers");
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
            // Behind the header and the CRC as well.
            let checked = checked(&data);
            let headed = self::checked(&[&header(PROTOCOL), &data[..]].concat());
            for data in [data, checked, headed] {
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
        let data = |packet: &[u8]| checked(&[&header(PROTOCOL), packet].concat());
        assert!(decode::<Request>(&data(&[0, 0])).is_ok());
        assert_eq!(decode::<Request>(&data(&[0, 0, 0])), Err(Error::Damaged));
    }

    /// The layout of every version: these bytes must never change.
    #[test]
    fn a_hello_has_the_bytes_that_every_version_reads() {
        let data = checked(&[b'T', b'p', PROTOCOL as u8, 0]);
        assert_eq!(data.len(), 8);
        let mut buffer = [0; 16];
        let frame = hello(&mut buffer).expect("the buffer is large enough");
        assert_eq!(receive(frame), [Ok(data)]);
        // Byte by byte, COBS and the final zero included. Another version has another fourth byte,
        // and another CRC-32 in the sixth to the ninth; nothing else.
        assert_eq!(frame, [4, b'T', b'p', 6, 5, 63, 136, 128, 103, 0]);
    }

    #[test]
    fn a_frame_begins_with_the_version_in_fixed_bytes() {
        let packet = Packet { sequence: 7, message: Request::Describe };
        let mut buffer = [0; 16];
        let frame = encode(&packet, &mut buffer).expect("the buffer is large enough");
        let expected = checked(&[b'T', b'p', PROTOCOL as u8, (PROTOCOL >> 8) as u8, 7, 0]);
        assert_eq!(receive(frame), [Ok(expected)]);
    }

    #[test]
    fn other_versions_are_told_whatever_their_frames_hold() {
        for found in [0, PROTOCOL - 1, PROTOCOL + 1, u16::MAX] {
            let error = Err(Error::Version { expected: PROTOCOL, found });
            for rest in [&[][..], &[7, 0], &[0xff; 30]] {
                let data = checked(&[&header(found), rest].concat());
                assert_eq!(decode::<Request>(&data), error);
                // A version that was damaged on the way is no other version.
                let mut damaged = data;
                damaged[2] ^= 1;
                assert_eq!(decode::<Request>(&damaged), Err(Error::Damaged));
            }
        }
        let other = checked(&[b'T', b'q', PROTOCOL as u8, 0, 7, 0]);
        assert_eq!(decode::<Request>(&other), Err(Error::Damaged));
    }
}
