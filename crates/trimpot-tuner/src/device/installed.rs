//! A device with a network.

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::{Error, Request, Response};

use super::loaded::Loaded;
use super::task::ModelTask;
use super::{Next, Rest};
use crate::Tuner;
use crate::model::Configured;
use crate::model_image::ModelHeader;
use crate::model_slots::SlotModel;
use crate::server::Serve;

/// A model that runs, and the place for the next one.
pub struct Installed<'w, F> {
    pub tuner: Tuner<Configured<'w>, ModelTask<'w>, &'w mut F, Rest<'w>>,
    pub model: SlotModel,
    pub loaded: Loaded,
    pub next: Next<'w>,
    /// Whether another model is the newest now.
    pub is_replaced: bool,
}

impl<F: NorFlash> Serve for Installed<'_, F> {
    fn serve<'s>(
        &mut self,
        next: u64,
        frame: u32,
        request: &Request<'_>,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        match *request {
            Request::ReadNetwork { at } => self.read_network(at, scratch),
            Request::WriteModel { at, bytes } => {
                let flash = &mut **self.tuner.flash_mut();
                self.next.slots.write(flash, Some(self.model), at, bytes)?;
                Ok(Response::Done)
            }
            Request::InstallModel { length, checksum } => {
                let flash = &mut **self.tuner.flash_mut();
                self.next.install(flash, Some(self.model), [length, checksum], scratch)?;
                self.is_replaced = true;
                Ok(Response::Done)
            }
            _ => match self.tuner.serve(next, frame, request, scratch)? {
                Response::Description(mut description) => {
                    description.model_capacity = self.next.slots.capacity();
                    description.model_copies = self.next.slots.copies();
                    // The tuner borrows its network's constants.
                    let constants = self.loaded.constants().saturating_mul(size_of::<f32>());
                    description.ram = description.ram.saturating_add(constants as u32);
                    Ok(Response::Description(description))
                }
                response => Ok(response),
            },
        }
    }
}

impl<F: NorFlash> Installed<'_, F> {
    /// Reads the network part of the model, as it was installed.
    fn read_network<'s>(&mut self, at: u32, scratch: &'s mut [u8]) -> Result<Response<'s>, Error> {
        let length = self.loaded.network_bytes();
        let count = (length.saturating_sub(at) as usize).min(scratch.len());
        let bytes = scratch.get_mut(..count).unwrap_or_default();
        let from = at.saturating_add(ModelHeader::BYTES as u32);
        let flash = &mut **self.tuner.flash_mut();
        self.next.slots.read(flash, self.model, from, bytes).map_err(|_| Error::Flash)?;
        Ok(Response::Network { at, length, bytes })
    }
}
