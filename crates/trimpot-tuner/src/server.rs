//! The board's side of the link: requests and responses for what a tuner does.

mod network;

use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot_link::frame::{self, Receiver};
use trimpot_link::port::{self, PortError};
use trimpot_link::{
    Description, Error, ModelCopies, Packet, Request, Response, Target, first_sequence,
};

use self::network::{read_constants, read_network, read_parameters, read_state};
use crate::{
    Calibrated, Commit, Committed, Learned, Model, Rejected, Storage, Task, TaskKind, Tuner,
};

/// Who does what is asked: a tuner, or a device.
pub(crate) trait Serve {
    /// Does it. `next` is the number of the next request, `frame` the bytes of the longest. Numbers
    /// and bytes in the answer are written to `scratch`.
    fn serve<'s>(
        &mut self,
        next: u64,
        frame: u32,
        request: &Request<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error>;
}

impl<M: Model, T: Task, F: NorFlash, S: Storage> Serve for Tuner<M, T, F, S> {
    fn serve<'s>(
        &mut self,
        next: u64,
        frame: u32,
        request: &Request<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        perform(next, frame, self, request, scratch)
    }
}

/// Bytes of all fields of a message with numbers but the numbers themselves: sequence, kind, class
/// or first parameter, format, length.
const FIELDS: usize = 10 + 1 + 6 + 1 + 5;

/// Bytes of the frame of a description, and some more.
const LEAST_FRAME: usize = 128;

/// Returns how many bytes for numbers there are in a frame of so many.
const fn payload(frame: usize) -> usize {
    frame.saturating_sub(frame::longest(FIELDS)).saturating_sub(frame / 254)
}

/// Returns the least bytes of a frame for so many numbers.
pub(crate) const fn frame_of(numbers: usize) -> usize {
    let fields = FIELDS.saturating_add(numbers.saturating_mul(size_of::<f32>()));
    // One more, because COBS takes the more bytes the longer the frame is.
    let frame = frame::longest(fields).saturating_add(1);
    if frame > LEAST_FRAME { frame } else { LEAST_FRAME }
}

/// Answers frames of up to `SIZE` bytes for a [`Tuner`]. Takes three times as much memory, all zero
/// at first.
///
/// [`Sizes::frame`](crate::Sizes::frame) says how long frames have to be. A request that does not
/// fit, or whose answer does not, gets an error.
///
/// ```
/// # use trimpot_testkit::flash::Flash;
/// use trimpot_link::{Packet, Request, frame};
/// use trimpot_tuner::{Server, digits};
///
/// let (mut memory, mut server) = (digits::Memory::new(), Server::<512>::new());
/// let flash = Flash::<1, 4, 4096>::new(256 * 1024);
/// let mut tuner = digits::tuner(&mut memory, flash, 0..256 * 1024)?;
/// let mut buffer = [0; 16];
/// let request = Packet { sequence: 0, message: Request::Metrics };
/// for &byte in frame::encode(&request, &mut buffer)? {
///     // An answer, once the last byte has come.
///     let _reply = server.serve_byte(&mut tuner, byte);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Frames that a description does not fit into do not compile:
///
/// ```compile_fail,E0080
/// let server = trimpot_tuner::Server::<100>::new();
/// ```
#[derive(Debug)]
pub struct Server<const SIZE: usize> {
    /// The number of the next request.
    next: u64,
    receiver: Receiver<SIZE>,
    scratch: [u8; SIZE],
    reply: [u8; SIZE],
}

impl<const SIZE: usize> Server<SIZE> {
    /// Bytes for numbers in an answer: what is left of a frame beside CRC, COBS and every other
    /// field of [`Response::Parameters`] or [`Response::Prediction`].
    const NUMBERS: usize = {
        assert!(SIZE >= LEAST_FRAME, "a description and its frame take up to 128 bytes");
        payload(SIZE)
    };

    /// Creates a server whose requests are numbered from 0 on.
    pub const fn new() -> Self {
        const { assert!(Self::NUMBERS > 0) };
        let (scratch, reply) = ([0; SIZE], [0; SIZE]);
        Server { next: 0, receiver: Receiver::new(), scratch, reply }
    }

    /// Numbers requests so that frames recorded before a reboot are refused after it. `session` is
    /// a number that no boot of the board repeats: random, from the hardware, or
    /// [counted](crate::boots::count).
    pub const fn set_session(&mut self, session: u32) {
        self.next = first_sequence(session);
    }

    /// Returns the number of the next request.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Takes in one byte. Returns the frame to be sent, when there is one.
    pub fn serve_byte<M: Model, T: Task, F: NorFlash, S: Storage>(
        &mut self,
        tuner: &mut Tuner<M, T, F, S>,
        byte: u8,
    ) -> Option<&[u8]> {
        self.serve_byte_with(tuner, byte)
    }

    /// [`serve_byte`](Self::serve_byte) of whoever serves.
    pub(crate) fn serve_byte_with(&mut self, who: &mut impl Serve, byte: u8) -> Option<&[u8]> {
        let request = self.receiver.push(byte)?.and_then(frame::decode);
        if let Err(Error::Version { .. }) = request {
            return frame::hello(&mut self.reply).ok();
        }
        let scratch = self.scratch.get_mut(..Self::NUMBERS).unwrap_or_default();
        let answer = answer(&mut self.next, SIZE as u32, who, request, scratch);
        frame::encode(&answer, &mut self.reply).ok()
    }

    /// Waits for bytes from the host, and answers.
    ///
    /// # Errors
    /// If the port fails.
    pub fn poll<M, T, F, S, P>(
        &mut self,
        tuner: &mut Tuner<M, T, F, S>,
        port: &mut P,
    ) -> Result<(), PortError<P::Error>>
    where
        M: Model,
        T: Task,
        F: NorFlash,
        S: Storage,
        P: Read + Write,
    {
        let mut bytes = [0; 64];
        for &byte in port::read(port, &mut bytes)? {
            if let Some(reply) = self.serve_byte(tuner, byte) {
                port::write_all(port, reply)?;
            }
        }
        Ok(())
    }

    /// Returns what nobody needs between two requests.
    pub(crate) fn scratch(&mut self) -> &mut [u8] {
        self.scratch.get_mut(..Self::NUMBERS).unwrap_or_default()
    }

    /// Does what is asked, whatever its number. Numbers in the answer are written to `scratch`.
    pub fn handle<'s, M: Model, T: Task, F: NorFlash, S: Storage>(
        &self,
        tuner: &mut Tuner<M, T, F, S>,
        request: &Request<'_>,
        scratch: &'s mut [u8],
    ) -> Response<'s> {
        perform(self.next, SIZE as u32, tuner, request, scratch).unwrap_or_else(Response::Refused)
    }
}

impl<const SIZE: usize> Default for Server<SIZE> {
    fn default() -> Self {
        Server::new()
    }
}

/// Answers a request, or what came in place of one.
///
/// A request takes its number only if it is done: a refused one changes nothing, so its number is
/// still the next.
#[inline(never)]
fn answer<'s>(
    next: &mut u64,
    frame: u32,
    who: &mut impl Serve,
    request: Result<Packet<Request<'_>>, Error>,
    scratch: &'s mut [u8],
) -> Packet<Response<'s>> {
    let expected = *next;
    let Packet { sequence, message: request } = match request {
        Ok(packet) => packet,
        Err(error) => {
            return Packet { sequence: expected, message: Response::Unreadable(error) };
        }
    };
    let describes = request == Request::Describe;
    if sequence != expected && !describes {
        let error = Error::Sequence { expected, found: sequence };
        return Packet { sequence, message: Response::Refused(error) };
    }
    let response = who.serve(expected, frame, &request, scratch);
    if response.is_ok() && !describes {
        *next = expected.wrapping_add(1);
    }
    Packet { sequence, message: response.unwrap_or_else(Response::Refused) }
}

/// Does what is asked. Numbers in the answer are written to `scratch`.
#[inline(never)]
fn perform<'s, M: Model, T: Task, F: NorFlash, S: Storage>(
    next: u64,
    frame: u32,
    tuner: &mut Tuner<M, T, F, S>,
    request: &Request<'_>,
    scratch: &'s mut [u8],
) -> Result<Response<'s>, Error> {
    match *request {
        Request::Describe => Ok(Response::Description(description(next, frame, tuner))),
        Request::Predict { features } => predicted::<T>(tuner.predict(features), scratch),
        Request::Evaluate { features, target } => {
            predicted::<T>(tuner.evaluate(features, target_of(tuner, target)?), scratch)
        }
        Request::Learn { features, target } => {
            learned(tuner.learn(features, target_of(tuner, target)?))
        }
        Request::Widen { features } => done(tuner.widen(features)),
        Request::Remember { features, target } => {
            remembered(tuner.pin(features, target_of(tuner, target)?))
        }
        Request::HoldOut { features, target } => {
            remembered(tuner.hold_out(features, target_of(tuner, target)?))
        }
        Request::ClearSamples => {
            tuner.clear_samples();
            Ok(Response::Done)
        }
        Request::Metrics => Ok(T::report(tuner.metrics())),
        Request::ClearMetrics => {
            tuner.clear_metrics();
            Ok(Response::Done)
        }
        Request::ReadParameters { at, count } => {
            read_parameters(tuner.parameters(), at, count, scratch)
        }
        Request::ReadNetwork { at } => read_network(tuner.model(), tuner.task(), at, scratch),
        Request::ReadConstants { at, count } => read_constants(tuner.model(), at, count, scratch),
        Request::WriteModel { .. } | Request::InstallModel { .. } => Err(Error::FixedModel),
        Request::WriteParameters { at, values } => done(tuner.write_parameters(at, values)),
        Request::Install => committed(tuner.install().map(Commit::Stored)),
        Request::Commit => committed(tuner.commit()),
        Request::Rollback => done(tuner.rollback()),
        Request::Reset => done(tuner.reset()),
        Request::Calibrate => calibrated(tuner),
        Request::ReadState => read_state(tuner.state(), scratch),
        Request::WriteState { values } => done(tuner.write_state(0, values)),
    }
}

/// Returns a target as the task has it.
fn target_of<'t, M: Model, T: Task, F: NorFlash, S: Storage>(
    tuner: &Tuner<M, T, F, S>,
    target: Target<'t>,
) -> Result<T::Target<'t>, Error> {
    let (expected, found) = (tuner.task().kind(), target.task());
    T::target_of(target).ok_or(Error::Task { expected, found })
}

#[inline(never)]
fn description<M: Model, T: Task, F: NorFlash, S: Storage>(
    next: u64,
    frame: u32,
    tuner: &mut Tuner<M, T, F, S>,
) -> Description {
    let description = tuner.describe();
    Description {
        architecture: description.architecture,
        inputs: description.inputs,
        task: description.task,
        outputs: description.outputs,
        classes: description.classes,
        parameters: description.parameters,
        version: description.version,
        fingerprint: description.fingerprint,
        origin: description.origin,
        generation: description.generation,
        damaged: description.damaged,
        replay: description.replay,
        stores_learned: description.stores_learned,
        ram: description.ram,
        frame,
        model_capacity: 0,
        model_copies: ModelCopies::default(),
        next,
    }
}

// What a tuner returned, as an answer: a function for each, so that `perform` has nothing of it on
// the stack.

fn done(result: Result<(), crate::Error>) -> Result<Response<'static>, Error> {
    result?;
    Ok(Response::Done)
}

fn predicted<'s, T: Task>(
    prediction: Result<T::Prediction<'_>, crate::Error>,
    scratch: &'s mut [u8],
) -> Result<Response<'s>, Error> {
    let (prediction, capacity) = (prediction?, scratch.len() as u32);
    T::answer(prediction, scratch).ok_or(Error::TooLong { capacity })
}

#[inline(never)]
fn calibrated<M: Model, T: Task, F: NorFlash, S: Storage>(
    tuner: &mut Tuner<M, T, F, S>,
) -> Result<Response<'static>, Error> {
    let (expected, found) = (tuner.task().kind(), TaskKind::Anomaly);
    if expected != found {
        return Err(Error::Task { expected, found });
    }
    let Calibrated { threshold, samples, mean, deviation } = tuner.set_threshold()?;
    Ok(Response::Calibrated { threshold, samples, mean, deviation })
}

fn learned(learned: Result<Learned, crate::Error>) -> Result<Response<'static>, Error> {
    let Learned { loss, steps, rolled_back } = learned?;
    Ok(Response::Learned { loss, steps, rolled_back })
}

fn remembered(count: Result<u32, crate::Error>) -> Result<Response<'static>, Error> {
    Ok(Response::Remembered { count: count? })
}

fn committed(commit: Result<Commit, crate::Error>) -> Result<Response<'static>, Error> {
    Ok(match commit? {
        Commit::Stored(Committed { generation, fingerprint }) => {
            Response::Committed { generation, fingerprint }
        }
        Commit::Unchanged(Committed { generation, fingerprint }) => {
            Response::Unchanged { generation, fingerprint }
        }
        Commit::Rejected(Rejected { tolerated, loss, samples }) => {
            Response::Rejected { tolerated, loss, samples }
        }
    })
}

#[cfg(test)]
mod tests {
    use trimpot_link::Numbers;

    use super::*;

    /// As many numbers as fit, none of whose bytes is small or zero.
    fn longest_reply<const SIZE: usize>() -> usize {
        let bytes = [0xa5; SIZE];
        let whole = Server::<SIZE>::NUMBERS / 4 * 4;
        let values = Numbers::from_bytes(&bytes[..whole]).unwrap();
        let message = Response::Parameters { at: u32::MAX, values };
        let packet = Packet { sequence: u64::MAX, message };
        frame::encode(&packet, &mut [0; SIZE]).map_or(0, <[u8]>::len)
    }

    #[test]
    fn numbers_fit_into_the_least_frame_for_them() {
        for numbers in 1..2000 {
            let (frame, bytes) = (frame_of(numbers), 4 * numbers);
            assert!(payload(frame) >= bytes, "{numbers} numbers in {frame} bytes");
            assert!(frame == LEAST_FRAME || payload(frame - 2) < bytes, "{numbers} numbers");
        }
    }

    #[test]
    fn the_longest_answer_fits_and_uses_the_frame() {
        assert!((108..=128).contains(&longest_reply::<128>()));
        assert!((280..=300).contains(&longest_reply::<300>()));
        assert!((492..=512).contains(&longest_reply::<512>()));
        assert!((4980..=5000).contains(&longest_reply::<5000>()));
    }
}
