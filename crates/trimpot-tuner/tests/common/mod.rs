//! A small board: 4 features, 3 classes.

pub use crate::board::*;
use trimpot::Chain;
use trimpot::layer::{Dense, Relu};
use trimpot_link::{Checksum, Numbers, Packet, Request, Response, Target, frame};
use trimpot_testkit::flash::Flash;
use trimpot_testkit::inputs::Random;
pub use trimpot_testkit::packet::bytes;
use trimpot_tuner::Settings;

pub const INPUTS: usize = 4;
pub const CLASSES: usize = 3;
pub const PARAMETERS: usize = (4 * 6 + 6) + (6 * 3 + 3);
pub const PINNED: usize = 2;

pub type Memory = Flash<1, 4, 256>;
pub type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 3>];
pub type Board<F = Memory> = BoardOf<Layers, F, PARAMETERS, { PINNED as u8 }, 3>;

/// Boots a board whose requests are numbered from `session` · 2³² on.
pub fn boot_in_session(flash: Memory, settings: Settings, session: u32) -> Board {
    Board::start(flash, 0..Board::<Memory>::FLASH_WITH_SAMPLES, session, settings).expect("a boot")
}

pub fn boot(flash: Memory, settings: Settings) -> Board {
    boot_in_session(flash, settings, 0)
}

pub fn board(settings: Settings) -> Board {
    boot(Memory::new(Board::<Memory>::FLASH_WITH_SAMPLES as usize), settings)
}

/// The flash memory of a board.
pub fn memory(board: &mut Board) -> &mut Memory {
    board.flash_mut()
}

/// Cuts the power, and boots again.
pub fn reboot(board: Board, settings: Settings) -> Board {
    boot(board.into_flash(), settings)
}

pub fn server() -> Board {
    board(Settings::new())
}

pub fn numbers(bytes: &[u8]) -> Numbers<'_> {
    Numbers::from_bytes(bytes).expect("whole numbers")
}

/// Asks without a link.
pub fn learn(board: &mut Board, sample: &[f32], label: u32) -> Response<'static> {
    let features = &bytes(sample);
    let request = Request::Learn { features: numbers(features), target: Target::Class(label) };
    owned(board.handle(&request, &mut []))
}

pub fn remember(board: &mut Board, sample: &[f32], label: u32) -> Response<'static> {
    let features = &bytes(sample);
    let request = Request::Remember { features: numbers(features), target: Target::Class(label) };
    owned(board.handle(&request, &mut []))
}

/// Tells the board that features are from -2 to 2.
pub fn widen(board: &mut Board) {
    widen_to(board, 2.0);
}

/// Takes features from `-limit` to `limit`.
pub fn widen_to(board: &mut Board, limit: f32) {
    for limit in [-limit, limit] {
        let features = &bytes(&[limit; INPUTS]);
        let response = board.handle(&Request::Widen { features: numbers(features) }, &mut []);
        assert_eq!(response, Response::Done);
    }
}

pub fn hold_out(board: &mut Board, sample: &[f32], label: u32) -> Response<'static> {
    let features = &bytes(sample);
    let request = Request::HoldOut { features: numbers(features), target: Target::Class(label) };
    owned(board.handle(&request, &mut []))
}

pub fn write(board: &mut Board, parameters: &[f32]) -> Response<'static> {
    let values = &bytes(parameters);
    owned(board.handle(&Request::WriteParameters { at: 0, values: numbers(values) }, &mut []))
}

pub fn ask(board: &mut Board, request: Request<'_>) -> Response<'static> {
    owned(board.handle(&request, &mut [0; 64]))
}

/// A response that borrows nothing: numbers are left out.
fn owned(response: Response<'_>) -> Response<'static> {
    let none = numbers(&[]);
    match response {
        Response::Prediction { class, .. } => Response::Prediction { class, outputs: none },
        Response::Parameters { at, .. } => Response::Parameters { at, values: none },
        Response::Network { at, length, .. } => Response::Network { at, length, bytes: &[] },
        Response::Constants { at, count, .. } => Response::Constants { at, count, values: none },
        Response::Done => Response::Done,
        Response::Description(description) => Response::Description(description),
        Response::Learned { loss, steps, rolled_back } => {
            Response::Learned { loss, steps, rolled_back }
        }
        Response::Remembered { count } => Response::Remembered { count },
        Response::Metrics { samples, correct, macro_f1, learned, mean_loss, rollbacks } => {
            Response::Metrics { samples, correct, macro_f1, learned, mean_loss, rollbacks }
        }
        Response::Committed { generation, fingerprint } => {
            Response::Committed { generation, fingerprint }
        }
        Response::Unchanged { generation, fingerprint } => {
            Response::Unchanged { generation, fingerprint }
        }
        Response::Rejected { tolerated, loss, samples } => {
            Response::Rejected { tolerated, loss, samples }
        }
        Response::Calibrated { threshold, samples, mean, deviation } => {
            Response::Calibrated { threshold, samples, mean, deviation }
        }
        Response::State { .. } => Response::State { values: none },
        Response::Inspection { .. }
        | Response::ValueMetrics { .. }
        | Response::AnomalyMetrics { .. } => panic!("an answer of another task"),
        Response::Refused(error) => Response::Refused(error),
        Response::Unreadable(error) => Response::Unreadable(error),
    }
}

/// Everything a board has: weights, buffer, metrics, randomness, numbers of requests, flash.
pub fn state(board: &Board) -> String {
    format!("{board:?}")
}

/// The frame of a request.
pub fn framed(sequence: u64, message: Request<'_>) -> Vec<u8> {
    let mut buffer = [0; 2 * FRAME];
    frame::encode(&Packet { sequence, message }, &mut buffer)
        .expect("the buffer is large enough")
        .to_vec()
}

/// Sends bytes, and gathers the answers.
pub fn send(server: &mut Board, bytes: &[u8]) -> Vec<Packet<Response<'static>>> {
    let mut answers = Vec::new();
    for &byte in bytes {
        if let Some(reply) = server.serve_byte(byte) {
            let mut receiver = frame::Receiver::<FRAME>::new();
            let (&last, start) = reply.split_last().expect("a frame is not empty");
            for &byte in start {
                assert_eq!(receiver.push(byte), None);
            }
            let data = receiver.push(last).expect("a whole frame").expect("a good frame");
            let Packet { sequence, message } = frame::decode(data).expect("a packet");
            answers.push(Packet { sequence, message: owned(message) });
        }
    }
    answers
}

/// A sample of a class: one feature stands out, in noise. Classes 0, 1, 2 by features 0, 1, 2.
pub fn sample(random: &mut Random, class: u32) -> [f32; INPUTS] {
    std::array::from_fn(|feature| {
        let signal = if feature == class as usize { 1.0 } else { 0.0 };
        signal + random.between(-0.4, 0.4)
    })
}

/// A frame with this version and these bytes in place of a packet.
pub fn framed_by_hand(version: u16, packet: &[u8]) -> Vec<u8> {
    let [low, high] = version.to_le_bytes();
    let mut data = [&[b'T', b'p', low, high], packet].concat();
    data.extend(Checksum::of(&data).to_le_bytes());
    cobs(&data)
}

/// COBS, of fewer than 254 bytes in a row without a zero.
pub fn cobs(data: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    for run in data.split(|&byte| byte == 0) {
        frame.push(run.len() as u8 + 1);
        frame.extend(run);
    }
    frame.push(0);
    frame
}

/// Sends bytes, and gathers the frames of the answers.
pub fn replies(server: &mut Board, bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.iter().filter_map(|&byte| server.serve_byte(byte).map(<[u8]>::to_vec)).collect()
}
