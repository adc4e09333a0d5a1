//! A board of 44 weights whose stored state tells its generation.

pub use crate::board::*;
use embedded_storage::nor_flash::NorFlash;
use trimpot::Chain;
use trimpot::layer::{Dense, Relu};
use trimpot_link::{Description, Numbers, Origin, Request, Response, Target};
use trimpot_testkit::flash::Flash;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::Settings;
use trimpot_tuner::store::OpenError;

pub const PARAMETERS: usize = (4 * 6 + 6) + (6 * 2 + 2);
pub type Weights = [f32; PARAMETERS];
pub type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 2>];
pub type Board<F, const RECENT: u8 = 1> = BoardOf<Layers, F, PARAMETERS, 2, RECENT>;
pub type Nor<const WRITE: usize, const ERASE: usize> = Flash<1, WRITE, ERASE>;

/// What a host may ask that changes the flash memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    Install,
    Commit,
    /// A commit that is judged by other samples than the record's.
    Compared,
    Reset,
}
pub use Operation::{Commit, Compared, Install, Reset};

/// What is stored, as a reboot shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// The bits of the weights.
    pub weights: [u32; PARAMETERS],
    /// Pinned samples: each installation has one more than the last.
    pub pinned: u32,
}

/// Weights that tell their generation.
pub fn weights(generation: usize) -> Weights {
    let mut random = Random::new(generation as u64);
    std::array::from_fn(|_| random.between(-0.5, 0.5))
}

pub fn blank<const WRITE: usize, const ERASE: usize>() -> Nor<WRITE, ERASE> {
    Nor::new(Board::<Nor<WRITE, ERASE>>::FLASH as usize)
}

/// Whatever errors weights make: they are random here, and that is no reason to reject them.
pub fn settings() -> Settings {
    Settings::new().with_tolerance(1.0).expect("a tolerance")
}

/// Boots, or says why not. The flash memory stays the caller's.
pub fn try_boot<F: NorFlash>(flash: &mut F) -> Result<(), OpenError> {
    let area = 0..Board::<&mut F>::FLASH;
    Board::<_>::start(flash, area, 0, settings()).map(|_| ())
}

pub fn boot_with<F: NorFlash>(flash: F, settings: Settings) -> Board<F> {
    let area = 0..flash.capacity() as u32;
    Board::start(flash, area, 0, settings).expect("a boot")
}

pub fn boot<F: NorFlash>(flash: F) -> Board<F> {
    boot_with(flash, settings())
}

pub fn memory<F: NorFlash>(board: &mut Board<F>) -> &mut F {
    board.flash_mut()
}

pub fn flash_of<F: NorFlash>(board: Board<F>) -> F {
    board.into_flash()
}

pub fn describe<F: NorFlash>(board: &mut Board<F>) -> Description {
    match board.handle(&Request::Describe, &mut []) {
        Response::Description(description) => description,
        other => panic!("{other:?}"),
    }
}

/// Puts weights in memory.
pub fn write<F: NorFlash>(board: &mut Board<F>, weights: &Weights) {
    let mut bytes = [0; 4 * PARAMETERS];
    let values = Numbers::from_f32s(weights, &mut bytes).expect("the buffer is large enough");
    let response = board.handle(&Request::WriteParameters { at: 0, values }, &mut []);
    assert_eq!(response, Response::Done);
}

/// Boots, and puts weights in memory; before an installation one more pinned sample, and one to
/// judge by.
pub fn prepare<F: NorFlash>(flash: F, operation: Operation, weights: &Weights) -> Board<F> {
    let mut board = boot(flash);
    write(&mut board, weights);
    let mut bytes = [0; 16];
    let features =
        Numbers::from_f32s(&[0.1, 0.2, -0.3, 0.4], &mut bytes).expect("the buffer is large enough");
    let pinned = describe(&mut board).replay.pinned;
    let label = u32::from(pinned >= 2);
    if pinned == 0 {
        assert_eq!(board.handle(&Request::Widen { features }, &mut []), Response::Done);
        let response =
            board.handle(&Request::HoldOut { features, target: Target::Class(label) }, &mut []);
        assert_eq!(response, Response::Remembered { count: 1 });
    }
    if operation == Compared {
        judge_by_another(&mut board, weights[0]);
    }
    if operation == Install {
        let response =
            board.handle(&Request::Remember { features, target: Target::Class(label) }, &mut []);
        assert_eq!(response, Response::Remembered { count: pinned + 1 });
    }
    board
}

/// One sample judges alone: another for each number.
pub fn judge_by_another<F: NorFlash>(board: &mut Board<F>, number: f32) {
    let mut bytes = [0; 16];
    let features = Numbers::from_f32s(&[number, 0.2, -0.3, 0.4], &mut bytes)
        .expect("the buffer is large enough");
    assert_eq!(board.handle(&Request::ClearSamples, &mut []), Response::Done);
    assert_eq!(board.handle(&Request::Widen { features }, &mut []), Response::Done);
    let answer = board.handle(&Request::HoldOut { features, target: Target::Class(0) }, &mut []);
    assert_eq!(answer, Response::Remembered { count: 1 });
}

pub fn perform<F: NorFlash>(board: &mut Board<F>, operation: Operation) -> Response<'static> {
    let request = match operation {
        Install => Request::Install,
        Commit | Compared => Request::Commit,
        Reset => Request::Reset,
    };
    match board.handle(&request, &mut []) {
        Response::Refused(error) => Response::Refused(error),
        Response::Committed { generation, fingerprint } => {
            Response::Committed { generation, fingerprint }
        }
        Response::Unchanged { generation, fingerprint } => {
            Response::Unchanged { generation, fingerprint }
        }
        Response::Rejected { tolerated, loss, samples } => {
            Response::Rejected { tolerated, loss, samples }
        }
        Response::Done => Response::Done,
        other => panic!("{other:?}"),
    }
}

/// What is stored, as two boots show it: at each the same.
pub fn stored<F: NorFlash>(mut flash: F) -> (State, F) {
    let mut first = None;
    for _ in 0..2 {
        let mut board = boot(flash);
        let pinned = describe(&mut board).replay.pinned;
        let state = State { weights: board.parameters().map(f32::to_bits), pinned };
        assert_eq!(*first.get_or_insert(state), state, "two boots disagree");
        flash = flash_of(board);
    }
    (first.expect("two boots"), flash)
}

/// Where weights come from, after an operation that was done.
pub fn origin_after(operation: Operation) -> Origin {
    match operation {
        Install | Reset => Origin::Factory,
        Commit | Compared => Origin::Commit,
    }
}
