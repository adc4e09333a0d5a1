//! A network of one's own that a host teaches over UART 0, with its logs at UART 1. To be copied:
//! the network, how it learns, what it learns, and where it is stored are lines of this file.
//!
//! Here it is the network of `trimpot_tuner::digits`: handwritten digits of 8 × 8 pixels.
#![no_std]
#![no_main]

use core::ops::Range;

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use mps2_an386::flash::Flash;
use mps2_an386::{BOOTS, Board};
use static_cell::ConstStaticCell;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot::{Chain, chain};
use trimpot_firmware::tuner;
use trimpot_tuner::{Classification, Memory, Server, Settings, Sizes, Tuner};

type Input = Vector<64>;
type Layers = Chain![Dense<64, 32>, Relu, Dense<32, 10>];
static LAYERS: Layers = chain![Dense, Relu, Dense];

const SETTINGS: Settings = Settings::new().with_pinned(20).with_recent(5);
const SIZES: Sizes = Sizes::of::<Input, Layers>(&SETTINGS);

const STORE: Range<u32> = mps2_an386::STORE;
const _: () = assert!(SIZES.fit::<Flash>(&STORE), "what is stored does not fit into STORE");

// Not on the stack: they are larger than all else together. All zero, so that they take no flash
// memory either.
static MEMORY: ConstStaticCell<Memory<{ SIZES.values() }, { SIZES.bytes() }>> =
    ConstStaticCell::new(Memory::new());
static SERVER: ConstStaticCell<Server<{ SIZES.frame() }>> = ConstStaticCell::new(Server::new());

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(memory) = MEMORY.try_take()
        && let Some(server) = SERVER.try_take()
    {
        let model = Planned::<Input, Layers>::new(&LAYERS);
        let task = Classification::new(CrossEntropy::new());
        tuner::run(server, board.link, board.flash, BOOTS, |flash| {
            Tuner::new(model, task, SETTINGS, memory, flash, STORE)
        });
    }
    SCB::sys_reset()
}
