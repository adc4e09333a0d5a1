//! A device that runs any model: its network comes over the link, and is computed as data.

use core::mem::MaybeUninit;
use core::ops::Range;

use defmt::{error, warn};
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Relu;
use trimpot::plan::PlannedStep;
use trimpot::spec::LayerSpec;
use trimpot_tuner::{Device, FlashAreas, Memory, Server, Storage, Workspace};

use crate::link::{self, Link};

/// Layers of a network.
const LAYERS: usize = 64;

/// The layers of two networks with the steps of their plans: of the one that runs, and of the next.
pub struct Plans {
    layers: [[LayerSpec; LAYERS]; 2],
    steps: [[PlannedStep; 2 * LAYERS]; 2],
}

impl Plans {
    /// Writes plans of nothing, in place: on the stack they would take more than all else.
    pub fn write(memory: &mut MaybeUninit<Plans>) -> &mut Plans {
        let plans = memory.as_mut_ptr();
        // SAFETY: both are arrays of two arrays, of as many as are written; then all is.
        unsafe {
            let (layers, steps) = (&raw mut (*plans).layers, &raw mut (*plans).steps);
            fill(layers.cast(), 2 * LAYERS, LayerSpec::Relu(Relu));
            fill(steps.cast(), 4 * LAYERS, PlannedStep::EMPTY);
            memory.assume_init_mut()
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

/// Writes a value to so many places, from the first on.
///
/// # Safety
/// There is memory for all, which is aligned, and nothing else uses it.
unsafe fn fill<T: Copy>(first: *mut T, count: usize, value: T) {
    for index in 0..count {
        // SAFETY: the caller vouches for it.
        unsafe { first.add(index).write(value) };
    }
}

/// Counts the boot in the flash memory, runs the model that is stored there, and answers at the
/// port. Returns if the flash memory fails, or its areas are invalid or hold something else.
pub fn run<F: NorFlash, P: Read + Write, const SIZE: usize>(
    server: &mut Server<SIZE>,
    port: P,
    mut flash: F,
    boots: Range<u32>,
    areas: FlashAreas,
    workspace: Workspace<'_>,
) {
    let Some(session) = link::session(&mut flash, boots) else { return };
    server.set_session(session);
    match &mut Device::new(flash, areas, workspace, server) {
        Ok(device) => serve(device, &mut Link::new(port)),
        Err(error) => error!("cannot boot: {}", error),
    }
}

/// Answers at the port, for ever.
fn serve<F: NorFlash, P: Read + Write, const SIZE: usize>(
    device: &mut Device<'_, F, SIZE>,
    port: &mut P,
) -> ! {
    loop {
        let Err(_) = device.run(port);
        warn!("the link has failed");
    }
}
