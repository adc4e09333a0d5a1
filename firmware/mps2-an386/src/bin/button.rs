//! A device of one's own that learns without a host: what its sensor shows, when a button is
//! pressed. To be copied: the network, how it learns, where it is stored, and what a user does are
//! lines of this file.
//!
//! Pressed, a button says which class the thing is of that the sensor shows. Asked, the device
//! lights the lamp of the class that it takes the thing for. Held, it stores what it has learned.
//! QEMU has no buttons that a test could press, nor lamps that it could see: bytes of UART 0 are in
//! their place ([`Panel`]). Logs go out at UART 1.
#![no_std]
#![no_main]

use core::ops::Range;

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use defmt::{error, info, warn};
use mps2_an386::Board;
use mps2_an386::flash::Flash;
use static_cell::ConstStaticCell;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot::{Chain, chain};
use trimpot_firmware::button::{Action, CLASSES, FEATURES, Light, Panel, Sensor};
use trimpot_tuner::{Classification, Commit, Settings, Sizes, StartError, Tuner};

type Input = Vector<FEATURES>;
type Layers = Chain![Dense<FEATURES, 8>, Relu, Dense<8, CLASSES>];
static LAYERS: Layers = chain![Dense, Relu, Dense];

/// There is no factory: nothing is pinned. What was learned is stored with the parameters, so that
/// it is replayed after a power cut, and judges commits.
const SETTINGS: Settings = Settings::new().with_pinned(0).with_recent(8).with_stored_samples(true);
const SIZES: Sizes = Sizes::of::<Input, Layers>(&SETTINGS);

const STORE: Range<u32> = mps2_an386::STORE;
const _: () = assert!(SIZES.fit::<Flash>(&STORE), "what is stored does not fit into STORE");

type Memory = trimpot_tuner::Memory<{ SIZES.values() }, { SIZES.bytes() }>;
static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(memory) = MEMORY.try_take()
        && let Err(error) = run(board, memory)
    {
        error!("cannot boot: {}", error);
    }
    SCB::sys_reset()
}

/// Starts with what is stored, and does what the user says.
fn run(board: Board, memory: &mut Memory) -> Result<(), StartError> {
    let model = Planned::<Input, Layers>::new(&LAYERS);
    let task = Classification::new(CrossEntropy::new());
    let mut tuner = Tuner::new(model, task, SETTINGS, memory, board.flash, STORE)?;
    let (mut sensor, mut panel) = (Sensor::new(1), Panel(board.link));
    while let Some(action) = panel.wait() {
        let light = match action {
            Action::Press(class) => tuner.learn(&sensor.measure(), class).map(|learned| {
                info!("class {}: {}", class, learned);
                Light::Done
            }),
            Action::Ask => tuner
                .predict(&sensor.measure())
                .map(|seen| seen.class.map_or(Light::Failed, Light::Class)),
            Action::Hold => tuner.commit().map(|commit| match commit {
                Commit::Stored(_) | Commit::Unchanged(_) => Light::Done,
                Commit::Rejected(_) => Light::Failed,
            }),
        };
        panel.show(light.unwrap_or_else(|error| {
            warn!("not done: {}", error);
            Light::Failed
        }));
    }
    Ok(())
}
