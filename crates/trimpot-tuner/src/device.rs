//! A board whose network is data: it has none at first, and gets one over the link.

mod installed;
mod loaded;
mod loss;
mod needs;
mod task;

use core::convert::Infallible;
use core::fmt;
use core::ops::Range;

use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot::output_scale::OutputScale;
use trimpot::plan::PlannedStep;
use trimpot::spec::LayerSpec;
use trimpot_link::port::{self, PortError};
use trimpot_link::{Description, Error, Origin, ReplayCounts, Request, Response, Task};

use self::installed::Installed;
use self::loaded::Loaded;
pub use self::loss::learns_by;
pub use self::needs::ModelNeeds;
use crate::log::event;
use crate::model::Configured;
use crate::model_slots::{ModelSlots, SlotModel};
use crate::server::Serve;
use crate::{Interpreted, Server, Storage, Tuner};

/// Where a [`Device`] stores what it must not lose: two ranges of its flash memory, which begin
/// with an erase page and do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlashAreas {
    /// Models: [`ModelNeeds::models`] bytes of the longest one, which is stored twice.
    pub models: Range<u32>,
    /// What the tuner stores: [`Sizes::flash`](crate::Sizes::flash) bytes of it are used.
    pub store: Range<u32>,
}

impl FlashAreas {
    /// Returns whether both areas are whole erase pages of the flash memory `F`, do not overlap,
    /// and are not empty. Where they are constants, an assertion can be one, too:
    ///
    /// ```
    /// use trimpot_tuner::FlashAreas;
    /// # use trimpot_testkit::flash::Flash;
    /// const AREAS: FlashAreas = FlashAreas { models: 0..32768, store: 32768..131072 };
    /// const { assert!(AREAS.are_valid::<Flash<1, 4, 4096>>()) };
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use trimpot_tuner::FlashAreas;
    /// # use trimpot_testkit::flash::Flash;
    /// const AREAS: FlashAreas = FlashAreas { models: 0..32768, store: 30000..131072 };
    /// const { assert!(AREAS.are_valid::<Flash<1, 4, 4096>>()) };
    /// ```
    pub const fn are_valid<F: NorFlash>(&self) -> bool {
        let (models, store) = (&self.models, &self.store);
        let apart = models.end <= store.start || store.end <= models.start;
        apart && is_area::<F>(models) && is_area::<F>(store)
    }
}

/// Returns whether a range is whole erase pages, and at least one.
const fn is_area<F: NorFlash>(range: &Range<u32>) -> bool {
    let page = F::ERASE_SIZE as u32;
    range.start < range.end && range.start.is_multiple_of(page) && range.end.is_multiple_of(page)
}

/// The memory that a [`Device`] works in. On a board its parts are statics. It may hold anything.
#[derive(Debug)]
pub struct Workspace<'m> {
    /// For the layers of the model that runs, and of the one that comes next: as many as a model
    /// may have, twice.
    pub layers: [&'m mut [LayerSpec]; 2],
    /// For the steps of their plans: a layer has one, a residual one two.
    pub steps: [&'m mut [PlannedStep]; 2],
    /// For constants, and [`Sizes::values`](crate::Sizes::values).
    pub values: &'m mut [f32],
    /// For [`Sizes::bytes`](crate::Sizes::bytes).
    pub bytes: &'m mut [u8],
}

/// The memory of a tuner: what the workspace has left.
struct Rest<'w> {
    values: &'w mut [f32],
    bytes: &'w mut [u8],
}

impl Storage for Rest<'_> {
    fn parts(&self) -> (&[f32], &[u8]) {
        (self.values, self.bytes)
    }

    fn parts_mut(&mut self) -> (&mut [f32], &mut [u8]) {
        (self.values, self.bytes)
    }
}

/// A board that interprets: its network comes over the link as a
/// [model](crate::model_image), is stored in flash memory, and is trained by a [`Tuner`]. Answers
/// frames of up to `SIZE` bytes.
///
/// Blank, it answers who it is, and takes a model. A model is installed if it is whole, and fits
/// into the workspace and into flash memory; else the one before runs on. With its parameters it is
/// the factory's, and the pinned and held-out samples can follow, with another
/// [`Install`](Request::Install).
///
/// The model says what is learned: classes, numbers, or what is normal; by which loss of the core;
/// with which optimizer, of which layers; and whether latents are kept of samples, and how. It
/// learns the bits of a [`Tuner`] whose network, [task](crate::Task) and [model](crate::Model) are
/// types with the same settings.
#[derive(Debug)]
pub struct Device<'m, F, const SIZE: usize> {
    flash: F,
    store: Range<u32>,
    slots: ModelSlots,
    workspace: Workspace<'m>,
    server: &'m mut Server<SIZE>,
}

/// Why there is no device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DeviceError {
    /// The areas are not whole erase pages, overlap, or go beyond the flash memory.
    Areas,
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the areas are no ranges of whole pages of the flash memory, or overlap")
    }
}

impl core::error::Error for DeviceError {}

impl<'m, F: NorFlash, const SIZE: usize> Device<'m, F, SIZE> {
    /// Creates a device that runs the model in this flash memory, if there is one, and answers by
    /// this server.
    ///
    /// # Errors
    /// [`DeviceError::Areas`].
    pub fn new(
        flash: F,
        areas: FlashAreas,
        workspace: Workspace<'m>,
        server: &'m mut Server<SIZE>,
    ) -> Result<Self, DeviceError> {
        let end = areas.models.end.max(areas.store.end);
        if !areas.are_valid::<F>() || end as usize > flash.capacity() {
            return Err(DeviceError::Areas);
        }
        let slots = ModelSlots::new::<F>(&areas.models);
        Ok(Device { flash, store: areas.store, slots, workspace, server })
    }

    /// Gives the flash memory back.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// Answers what comes from the host, until the port fails.
    ///
    /// # Errors
    /// The port's.
    pub fn run<P: Read + Write>(
        &mut self,
        port: &mut P,
    ) -> Result<Infallible, PortError<P::Error>> {
        loop {
            self.run_model(port)?;
        }
    }

    /// Runs the model in flash memory until another is installed.
    fn run_model<P: Read + Write>(&mut self, port: &mut P) -> Result<(), PortError<P::Error>> {
        let Device { flash, store, slots, workspace, server } = self;
        let running = slots.newest(flash);
        let [layers, next_layers] = workspace.layers.each_mut().map(|layers| &mut **layers);
        let [steps, next_steps] = workspace.steps.each_mut().map(|steps| &mut **steps);
        let limits = Limits {
            values: workspace.values.len(),
            bytes: workspace.bytes.len(),
            flash: store.end.saturating_sub(store.start),
            frame: SIZE,
        };
        let loaded = running.ok_or(Error::NoModel).and_then(|model| {
            let loaded = Loaded::read::<F>(slots, flash, model, layers, server.scratch())?;
            loaded.check::<F>(layers, steps, &limits)?;
            Ok((model, loaded))
        });
        if let Ok((model, _)) = loaded {
            slots.copy(flash, model);
        }
        let next = Next { slots, limits, layers: next_layers, steps: next_steps };
        let (model, loaded) = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                event!("no model runs: {}", error);
                let mut blank = Blank { flash, running, next, is_installed: false };
                return serve(server, &mut blank, port, |blank| blank.is_installed);
            }
        };
        let (constants, values) =
            workspace.values.split_at_mut_checked(loaded.constants()).unwrap_or_default();
        let read = loaded.read_constants(next.slots, flash, model, constants);
        let memory = Rest { values, bytes: workspace.bytes };
        let network = loaded.network(layers);
        let constants = &*constants;
        let scale = OutputScale::of(network, constants);
        let steps = steps.get_mut(..network.steps()).unwrap_or_default();
        let tuner = read.and_then(|()| {
            // It was planned before.
            let trained = loaded.learning.trained;
            let network = Interpreted::for_training(network, steps, constants, trained);
            let network = network.map_err(|_| Error::ModelDamaged)?;
            let model = Configured::new(network, loaded.learning);
            let task = loaded.task.with_scale(scale);
            let settings = loaded.settings;
            let tuner = Tuner::new(model, task, settings, memory, &mut *flash, store.clone());
            tuner.map_err(|_| Error::Flash)
        });
        match tuner {
            Ok(mut tuner) => {
                loaded.install(next.slots, model, &mut tuner);
                let mut installed = Installed { tuner, model, loaded, next, is_replaced: false };
                serve(server, &mut installed, port, |installed| installed.is_replaced)
            }
            Err(error) => {
                event!("the model does not start: {}", error);
                let mut blank = Blank { flash, running, next, is_installed: false };
                serve(server, &mut blank, port, |blank| blank.is_installed)
            }
        }
    }
}

/// Answers until it is done.
fn serve<H: Serve, P: Read + Write, const SIZE: usize>(
    server: &mut Server<SIZE>,
    who: &mut H,
    port: &mut P,
    is_done: impl Fn(&H) -> bool,
) -> Result<(), PortError<P::Error>> {
    while !is_done(who) {
        let mut byte = [0];
        for &byte in port::read(port, &mut byte)? {
            if let Some(reply) = server.serve_byte_with(who, byte) {
                port::write_all(port, reply)?;
            }
        }
    }
    Ok(())
}

/// What a model may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    values: usize,
    bytes: usize,
    /// Bytes for what the tuner stores.
    flash: u32,
    /// Bytes of a frame.
    frame: usize,
}

/// Where the next model is written and checked.
struct Next<'w> {
    slots: &'w mut ModelSlots,
    limits: Limits,
    layers: &'w mut [LayerSpec],
    steps: &'w mut [PlannedStep],
}

impl Next<'_> {
    /// Checks that the model that was written can run, makes it the newest, and copies it: before
    /// the answer, for which a host waits as long as flash memory takes.
    #[inline(never)]
    fn install<F: NorFlash>(
        &mut self,
        flash: &mut F,
        running: Option<SlotModel>,
        [length, checksum]: [u32; 2],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let model = self.slots.written(flash, running, length, checksum)?;
        let loaded = Loaded::read::<F>(self.slots, flash, model, self.layers, scratch)?;
        loaded.check::<F>(self.layers, self.steps, &self.limits)?;
        let output = loaded.network(self.layers).output();
        let outputs = output.map_or(0, |output| output.count());
        loaded.check_numbers(self.slots, flash, model, outputs)?;
        self.slots.store(flash, model)?;
        self.slots.copy(flash, model);
        Ok(())
    }
}

/// A device without a network.
struct Blank<'w, F> {
    flash: &'w mut F,
    /// A model that is stored, and cannot run.
    running: Option<SlotModel>,
    next: Next<'w>,
    is_installed: bool,
}

impl<F: NorFlash> Serve for Blank<'_, F> {
    fn serve<'s>(
        &mut self,
        next: u64,
        frame: u32,
        request: &Request<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        match *request {
            Request::Describe => Ok(Response::Description(Description {
                architecture: 0,
                inputs: 0,
                task: Task::Classes,
                outputs: 0,
                classes: 0,
                parameters: 0,
                version: 0,
                fingerprint: 0,
                origin: Origin::Blank,
                generation: 0,
                damaged: 0,
                replay: ReplayCounts {
                    pinned: 0,
                    learned: 0,
                    capacity: 0,
                    pinned_capacity: 0,
                    held_out: 0,
                },
                stores_learned: false,
                ram: 0,
                frame,
                model_capacity: self.next.slots.capacity(),
                model_copies: self.next.slots.copies(),
                next,
            })),
            Request::WriteModel { at, bytes } => {
                self.next.slots.write(self.flash, self.running, at, bytes)?;
                Ok(Response::Done)
            }
            Request::InstallModel { length, checksum } => {
                self.next.install(self.flash, self.running, [length, checksum], scratch)?;
                self.is_installed = true;
                Ok(Response::Done)
            }
            _ => Err(Error::NoModel),
        }
    }
}
