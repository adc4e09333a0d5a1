//! A board that runs any model file: `trimpot board --board qemu` installs one over UART 0, and
//! teaches it. Logs go out at UART 1.
#![no_std]
#![no_main]

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use mps2_an386::flash::Flash;
use mps2_an386::{BOOTS, Board, MODELS, STORE};
use static_cell::{ConstStaticCell, StaticCell};
use trimpot_firmware::device::{self, Plans};
use trimpot_tuner::{FlashAreas, Memory, Server};

/// Numbers: parameters, those of a training step, and learned samples.
const VALUES: usize = 160 * 1024;
/// Bytes of pinned and held-out samples.
const BYTES: usize = 256 * 1024;
/// Bytes of the longest frame: a sample of 4,000 features.
const FRAME: usize = 16 * 1024;

const AREAS: FlashAreas = FlashAreas { models: MODELS, store: STORE };
const _: () = assert!(AREAS.are_valid::<Flash>());

static PLANS: StaticCell<Plans> = StaticCell::new();
static MEMORY: ConstStaticCell<Memory<VALUES, BYTES>> = ConstStaticCell::new(Memory::new());
static SERVER: ConstStaticCell<Server<FRAME>> = ConstStaticCell::new(Server::new());

#[entry]
fn main() -> ! {
    if let Some(board) = Board::take()
        && let Some(plans) = PLANS.try_uninit()
        && let Some(memory) = MEMORY.try_take()
        && let Some(server) = SERVER.try_take()
    {
        let workspace = Plans::write(plans).with(memory);
        device::run(server, board.link, board.flash, BOOTS, AREAS, workspace);
    }
    SCB::sys_reset()
}
