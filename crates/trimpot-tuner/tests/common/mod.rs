//! A small board: 4 features, 3 classes.
#![allow(dead_code, reason = "each test takes what it needs")]

use trimpot::Chain;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot_link::{F32Slice, Packet, Request, Response, frame};
use trimpot_testkit::flash::Flash;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::{Device, Server, Settings, Tuner};

pub const INPUTS: usize = 4;
pub const CLASSES: usize = 3;
pub const PARAMETERS: usize = (4 * 6 + 6) + (6 * 3 + 3);
pub const PINNED: usize = 2;
pub const RECENT: usize = 3;
pub const FRAME: usize = 300;

pub type Memory = Flash<1, 4, 256>;
pub type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 3>];
pub const STEP: usize = Planned::<Vector<INPUTS>, Layers>::STEP_VALUES;
pub type Board =
    Tuner<Layers, CrossEntropy, Memory, INPUTS, CLASSES, PARAMETERS, STEP, PINNED, RECENT>;

/// Boots a board whose requests are numbered from `session` · 2³² on.
pub fn boot_in_session(flash: Memory, settings: Settings, session: u32) -> Board {
    let device = Device { flash, area: 0..Board::FLASH_WITH_SAMPLES, session };
    let mut board = Board::new();
    board.start(Layers::default(), CrossEntropy::new(), device, settings).expect("a boot");
    board
}

pub fn boot(flash: Memory, settings: Settings) -> Board {
    boot_in_session(flash, settings, 0)
}

pub fn board(settings: Settings) -> Board {
    boot(Memory::new(Board::FLASH_WITH_SAMPLES as usize), settings)
}

/// The flash memory of a board.
pub fn memory(board: &mut Board) -> &mut Memory {
    board.flash_mut().expect("a board that has started")
}

/// Cuts the power, and boots again.
pub fn reboot(board: Board, settings: Settings) -> Board {
    boot(board.into_flash().expect("a board that has started"), settings)
}

pub fn server() -> Server<Board, FRAME> {
    Server::new(board(Settings::new()))
}

/// Little-endian bytes, to borrow [`F32Slice`] from.
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

pub fn numbers(bytes: &[u8]) -> F32Slice<'_> {
    F32Slice::from_bytes(bytes).expect("whole numbers")
}

/// Asks without a link.
pub fn learn(board: &mut Board, sample: &[f32], label: u32) -> Response<'static> {
    let features = &bytes(sample);
    let request = Request::Learn { features: numbers(features), label };
    owned(board.handle(&request, &mut []))
}

pub fn remember(board: &mut Board, sample: &[f32], label: u32) -> Response<'static> {
    let features = &bytes(sample);
    let request = Request::Remember { features: numbers(features), label };
    owned(board.handle(&request, &mut []))
}

/// Tells the board that features are from -2 to 2.
pub fn widen(board: &mut Board) {
    for limit in [-2.0, 2.0] {
        let features = &bytes(&[limit; INPUTS]);
        let response = board.handle(&Request::Widen { features: numbers(features) }, &mut []);
        assert_eq!(response, Response::Done);
    }
}

pub fn hold_out(board: &mut Board, sample: &[f32], label: u32) -> Response<'static> {
    let features = &bytes(sample);
    let request = Request::HoldOut { features: numbers(features), label };
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
        Response::Rejected { tolerated, loss, samples } => {
            Response::Rejected { tolerated, loss, samples }
        }
        Response::Refused(error) => Response::Refused(error),
        Response::Unreadable(error) => Response::Unreadable(error),
    }
}

/// Everything a board has: weights, buffer, metrics, randomness, numbers of requests, flash.
pub fn state(server: &Server<Board, FRAME>) -> String {
    format!("{:?}", server.tuner())
}

/// The frame of a request.
pub fn framed(sequence: u64, message: Request<'_>) -> Vec<u8> {
    let mut buffer = [0; 2 * FRAME];
    frame::encode(&Packet { sequence, message }, &mut buffer)
        .expect("the buffer is large enough")
        .to_vec()
}

/// Sends bytes, and gathers the answers.
pub fn send(server: &mut Server<Board, FRAME>, bytes: &[u8]) -> Vec<Packet<Response<'static>>> {
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
