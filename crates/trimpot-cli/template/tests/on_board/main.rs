//! What the program computes and stores, on the board: `cargo test --release` runs it there, as
//! `.cargo/config.toml` says.
//!
//! It erases what the board has learned before.
#![no_std]
#![no_main]

mod expected;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use embedded_storage::nor_flash::NorFlash;
use static_cell::ConstStaticCell;
use trimpot::layer::Layer;
use trimpot::network::Planned;
use trimpot::shape::Shape;
@test_uses@

use ::@crate@::board::Board;
use ::@crate@::board::flash::Flash;
use ::@crate@::model::{Input, LAYERS, Layers, PARAMETERS};
use ::@crate@::tuner::{self, Memory, SIZES, STORE};

@expected_use@

type Network = Planned<'static, Input, Layers>;
type Output = <Layers as Layer<Input>>::Output;

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());
static ARENA: ConstStaticCell<[f32; Network::INFERENCE_VALUES]> =
    ConstStaticCell::new([0.0; Network::INFERENCE_VALUES]);

#[entry]
fn main() -> ! {
    let mut board = Board::take().expect("the board is taken once");
    outputs_have_the_bits_of_the_pc(ARENA.take());
    board.flash.erase_if_new();
    what_is_learned_outlasts_a_power_cut(board.flash, MEMORY.take());
    hprintln!("passed");
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}

fn outputs_have_the_bits_of_the_pc(arena: &mut [f32]) {
    let network = Network::new(&LAYERS);
    for (features, expected) in FEATURES.iter().zip(&OUTPUTS) {
        let input = Input::shaped::<f32>(features).expect("as many as there are inputs");
        let output = network.predict(&PARAMETERS, input, arena).expect("the lengths are right");
        let output = Output::flat::<f32>(output);
        assert!(output.iter().map(|number| number.to_bits()).eq(*expected), "{output:?}");
    }
    hprintln!("outputs have the bits of the PC");
}

fn what_is_learned_outlasts_a_power_cut(mut flash: Flash, memory: &mut Memory) {
    erase(&mut flash);
    let mut tuner = tuner::start(flash, memory).expect("it starts");
    assert_eq!(tuner.parameters(), PARAMETERS);
    let before = tuner.describe().fingerprint;
    @pairs@ {
        let learned = tuner.learn(features, @known@).expect("it is learned");
        assert!(!learned.rolled_back);
    }
    let learned = tuner.describe().fingerprint;
    assert_ne!(learned, before);
    let commit = tuner.commit().expect("the flash memory works");
    assert!(matches!(commit, Commit::Stored(_)), "{commit:?}");

    // The power is cut, and nothing is left but the flash memory.
    let flash = tuner.into_flash();
    let (numbers, bytes) = memory.parts_mut();
    numbers.fill(f32::NAN);
    bytes.fill(0xff);
    let mut tuner = tuner::start(flash, memory).expect("it starts again");
    let about = tuner.describe();
    assert_eq!((about.origin, about.fingerprint), (Origin::Commit, learned));
    erase(tuner.flash_mut());
    hprintln!("what is learned outlasts a power cut");
}

/// Erases what is stored.
fn erase(flash: &mut Flash) {
    flash.erase(STORE.start, STORE.start + SIZES.flash::<Flash>()).expect("whole pages");
}
