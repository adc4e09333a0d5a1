//! How the network learns on the board: its settings, its task, its memory, and where it is stored.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
@uses@

use crate::board::flash::Flash;
use crate::error::Error;
@model_uses@

/// The version of the parameters of `model.rs`. What was learned with another one is not loaded, so
/// a new model has a new number.
const VERSION: u32 = 0x@version@;

/// How it learns, and what it keeps for that. All settings are those of `trimpot_tuner::Settings`.
pub const SETTINGS: Settings = match Settings::new().with_learning_rate(@rate@) {
    Ok(settings) => settings
        // Samples that are replayed for each that is learned, so that it does not forget the others.
        .with_replays(@replays@)
        // @each@ so many that a factory gives (`trimpot board install`) are replayed,
        // and as many more judge whether a commit is stored.
        .with_pinned(20)
        // So many that were learned last are replayed, too.
        .with_recent(5)@latent_format@
        .with_version(VERSION),
    Err(_) => panic!("a learning rate is above 0, and no larger than 1000"),
};

const PAGE: u32 = Flash::ERASE_SIZE as u32;
/// Where boots are counted: the last two pages of the flash memory.
pub const BOOTS: Range<u32> = Flash::CAPACITY as u32 - 2 * PAGE..Flash::CAPACITY as u32;
/// Where is stored what was learned: all pages in front of these.
pub const STORE: Range<u32> = 0..BOOTS.start;

/// Numbers of a sample.
pub const INPUTS: usize = Input::LEN;
/// How much memory all of this takes.
@sizes@
const _: () = assert!(SIZES.fit::<Flash>(&STORE), "what is stored does not fit into STORE");

/// Memory for parameters, samples and a training step.
pub type Memory = trimpot_tuner::Memory<{ SIZES.values() }, { SIZES.bytes() }>;
/// What answers a host.
pub type Server = trimpot_tuner::Server<{ SIZES.frame() }>;
/// The network without its parameters.
type Network = @network@;
/// The network, and how it is trained.
pub type Model = @model_type@;
/// What it learns.
pub type Task = @task_type@;
/// The network that learns.
pub type Tuner<'m> = trimpot_tuner::Tuner<Model, Task, Flash, &'m mut Memory>;
@constants@
/// Returns what it learns.
fn task() -> @task_result@ {
    @task_value@
}

/// Starts with what is stored; where nothing is, with the parameters of `model.rs`, and stores
/// these.
pub fn start(flash: Flash, memory: &mut Memory) -> Result<Tuner<'_>, Error> {
    @model@
    let mut tuner = Tuner::new(model, @task_call@, SETTINGS, memory, flash, STORE)?;
    if tuner.describe().origin == Origin::Blank {
        tuner.write_parameters(0, &PARAMETERS)?;@state@
        tuner.install_at_boot()?;
    }
    Ok(tuner)
}
