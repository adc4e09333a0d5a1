//! The board's side of the link.

use embedded_io::{Read, Write};
use trimpot_link::frame::{self, Receiver};
use trimpot_link::port::{self, PortError};
use trimpot_link::{Error, Packet, Request, Response};

/// Whoever answers requests: a [`Tuner`](crate::Tuner).
pub trait Service {
    /// The most numbers in a request or an answer that cannot be cut: features, or outputs.
    const NUMBERS: usize;

    /// Answers a request, or what came in place of one. Numbers in the answer are written to
    /// `scratch`.
    fn answer<'s>(
        &mut self,
        request: Result<Packet<Request<'_>>, Error>,
        scratch: &'s mut [u8],
    ) -> Packet<Response<'s>>;
}

/// Bytes of all fields of a message with numbers but the numbers themselves: sequence, kind, label
/// or first parameter, length.
const FIELDS: usize = 10 + 1 + 6 + 5;

/// Answers frames of up to `SIZE` bytes. Takes three times as much memory.
///
/// A sample of 64 features takes 300 bytes, so a frame of 320 is long enough:
///
/// ```
/// use trimpot_testkit::flash::Flash;
/// use trimpot_tuner::{Server, Tuner, digits};
/// let server = Server::<digits::Tuner<Flash<1, 4, 4096>>, 320>::new(Tuner::new());
/// ```
///
/// A shorter one does not compile:
///
/// ```compile_fail,E0080
/// use trimpot_testkit::flash::Flash;
/// use trimpot_tuner::{Server, Tuner, digits};
/// let server = Server::<digits::Tuner<Flash<1, 4, 4096>>, 256>::new(Tuner::new());
/// ```
#[derive(Debug)]
pub struct Server<T, const SIZE: usize> {
    tuner: T,
    receiver: Receiver<SIZE>,
    scratch: [u8; SIZE],
    reply: [u8; SIZE],
}

impl<T: Service, const SIZE: usize> Server<T, SIZE> {
    /// Bytes for numbers in an answer: what is left of a frame beside CRC, COBS and every other
    /// field of [`Response::Parameters`] or [`Response::Prediction`].
    const NUMBERS: usize = {
        assert!(SIZE >= 128, "a description and its frame take up to 128 bytes");
        let numbers = SIZE - frame::longest(FIELDS) - SIZE / 254;
        assert!(numbers >= T::NUMBERS * size_of::<f32>(), "a sample does not fit into a frame");
        numbers
    };

    /// Creates a server of this tuner. A frame that is too short for its samples does not compile.
    pub const fn new(tuner: T) -> Self {
        const { assert!(Self::NUMBERS > 0) };
        Server { tuner, receiver: Receiver::new(), scratch: [0; SIZE], reply: [0; SIZE] }
    }

    /// Returns the tuner.
    pub const fn tuner(&self) -> &T {
        &self.tuner
    }

    /// Returns the tuner, to be changed beside the link.
    pub const fn tuner_mut(&mut self) -> &mut T {
        &mut self.tuner
    }

    /// Gives the tuner back.
    pub fn into_tuner(self) -> T {
        self.tuner
    }

    /// Takes in one byte. Returns the frame to be sent, when there is one.
    pub fn serve_byte(&mut self, byte: u8) -> Option<&[u8]> {
        let request = self.receiver.push(byte)?.and_then(frame::decode);
        let scratch = self.scratch.get_mut(..Self::NUMBERS).unwrap_or_default();
        let answer = self.tuner.answer(request, scratch);
        frame::encode(&answer, &mut self.reply).ok()
    }

    /// Waits for bytes from the host, and answers.
    pub fn poll<P: Read + Write>(&mut self, port: &mut P) -> Result<(), PortError<P::Error>> {
        let mut bytes = [0; 64];
        for &byte in port::read(port, &mut bytes)? {
            if let Some(reply) = self.serve_byte(byte) {
                port::write_all(port, reply)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot_link::F32Slice;

    /// Answers with as many numbers as fit, none of whose bytes is small or zero.
    struct Talkative;

    impl Service for Talkative {
        const NUMBERS: usize = 20;

        fn answer<'s>(
            &mut self,
            _request: Result<Packet<Request<'_>>, Error>,
            scratch: &'s mut [u8],
        ) -> Packet<Response<'s>> {
            let whole = scratch.len() / 4 * 4;
            scratch.fill(0xa5);
            let values = F32Slice::from_bytes(&scratch[..whole]).unwrap();
            let message = Response::Parameters { at: u32::MAX, values };
            Packet { sequence: u64::MAX, message }
        }
    }

    fn longest_reply<const SIZE: usize>() -> usize {
        let mut server = Server::<_, SIZE>::new(Talkative);
        assert_eq!(server.serve_byte(1), None);
        server.serve_byte(0).map_or(0, <[u8]>::len)
    }

    #[test]
    fn the_longest_answer_fits_and_uses_the_frame() {
        assert!((108..=128).contains(&longest_reply::<128>()));
        assert!((280..=300).contains(&longest_reply::<300>()));
        assert!((492..=512).contains(&longest_reply::<512>()));
        assert!((4980..=5000).contains(&longest_reply::<5000>()));
    }
}
