//! A device that runs any model: its network comes over the link, and is computed as data.

use core::ops::Range;

use defmt::{error, warn};
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Relu;
use trimpot::plan::PlannedStep;
use trimpot::spec::LayerSpec;
use trimpot_tuner::{Device, FlashAreas, Memory, Storage, Workspace};

use crate::link::{self, Link};

/// Layers of a network.
const LAYERS: usize = 64;

/// The layers of two networks with the steps of their plans: of the one that runs, and of the next.
pub struct Plans {
    layers: [[LayerSpec; LAYERS]; 2],
    steps: [[PlannedStep; 2 * LAYERS]; 2],
}

impl Plans {
    /// Creates plans of nothing.
    pub const fn new() -> Self {
        Plans {
            layers: [[LayerSpec::Relu(Relu); LAYERS]; 2],
            steps: [[PlannedStep::EMPTY; 2 * LAYERS]; 2],
        }
    }

    /// Returns what a device works in: these plans, and this memory for numbers and samples.
    pub fn with<'m, const VALUES: usize, const BYTES: usize>(
        &'m mut self,
        memory: &'m mut Memory<VALUES, BYTES>,
    ) -> Workspace<'m> {
        let (values, bytes) = memory.parts_mut();
        Workspace {
            layers: self.layers.each_mut().map(<[_; _]>::as_mut_slice),
            steps: self.steps.each_mut().map(<[_; _]>::as_mut_slice),
            values,
            bytes,
        }
    }
}

impl Default for Plans {
    fn default() -> Self {
        Plans::new()
    }
}

/// Counts the boot in the flash memory, runs the model that is stored there, and answers at the
/// port in frames of up to `FRAME` bytes. Returns if the flash memory fails, or its areas are
/// invalid or hold something else.
pub fn run<F: NorFlash, P: Read + Write, const FRAME: usize>(
    workspace: Workspace<'_>,
    port: P,
    mut flash: F,
    areas: FlashAreas,
    boots: Range<u32>,
) {
    let Some(session) = link::session(&mut flash, boots) else { return };
    // In place: another copy of it would be on the stack.
    match &mut Device::<F, FRAME>::new(flash, areas, workspace) {
        Ok(device) => {
            device.set_session(session);
            serve(device, &mut Link::new(port))
        }
        Err(error) => error!("cannot boot: {}", error),
    }
}

/// Answers at the port, for ever.
fn serve<F: NorFlash, P: Read + Write, const FRAME: usize>(
    device: &mut Device<'_, F, FRAME>,
    port: &mut P,
) -> ! {
    loop {
        let Err(_) = device.run(port);
        warn!("the link has failed");
    }
}
