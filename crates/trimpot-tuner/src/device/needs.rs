//! What a device needs for a model, told before there is one.

use embedded_storage::nor_flash::NorFlash;
use trimpot::plan::Plan;
use trimpot_link::Error;

use super::loaded::Loaded;
use crate::Sizes;
use crate::model_image::{ModelHeader, NetworkPart};
use crate::model_slots::ModelSlots;

/// What a [`Device`](super::Device) needs of its [`Workspace`](super::Workspace) and of its
/// [areas](super::FlashAreas) to run a model: what it compares before it takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelNeeds {
    header: ModelHeader,
    sizes: Sizes,
}

impl ModelNeeds {
    pub(super) const fn new(header: ModelHeader, sizes: Sizes) -> Self {
        ModelNeeds { header, sizes }
    }

    /// Returns what these [bytes of a model](crate::model_image) need, if the passes of its layers
    /// are planned like this. A device plans them by [`Plan::for_training`] of what the model trains.
    ///
    /// # Errors
    /// Those with which a device refuses the model, wherever it is:
    /// [`Error::ModelDamaged`], [`Error::ModelLoss`], [`Error::ModelOptimizer`],
    /// [`Error::ModelOutputs`].
    pub fn of(model: &[u8], plan: &Plan<'_>) -> Result<Self, Error> {
        let (header, rest) = model.split_first_chunk().ok_or(Error::ModelDamaged)?;
        let header = ModelHeader::decode(header).ok_or(Error::ModelDamaged)?;
        let part = rest.get(..header.network as usize).and_then(NetworkPart::read);
        let numbers = [header.parameters, header.constants].map(|count| count as usize);
        match part {
            Some(part) if numbers == [plan.parameters(), plan.constants()] => {
                Loaded::new(header, &part, 0)?.needs(plan)
            }
            _ => Err(Error::ModelDamaged),
        }
    }

    /// Returns what the tuner needs.
    pub const fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// Returns how many numbers of [`Workspace::values`](super::Workspace::values) are used:
    /// constants, and those of the tuner.
    pub const fn values(&self) -> usize {
        self.sizes.values().saturating_add(self.header.constants as usize)
    }

    /// Returns how many bytes of memory are used of [`Workspace`](super::Workspace), beside the
    /// lists of layers and their plans: what the device then says.
    pub const fn ram(&self) -> usize {
        self.sizes.ram().saturating_add(self.constant_bytes())
    }

    /// Returns how many bytes of [`ram`](Self::ram) are for what.
    pub fn ram_by_part(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.sizes.ram_by_part().chain([("frozen numbers", self.constant_bytes())])
    }

    const fn constant_bytes(&self) -> usize {
        size_of::<f32>().saturating_mul(self.header.constants as usize)
    }

    /// Returns how many bytes of the flash memory `F` are used for the model, which is stored twice:
    /// the next one is written in place of a copy, so it must not be longer. Each copy has a record
    /// beside it, and whole erase pages.
    pub const fn models<F: NorFlash>(&self) -> u32 {
        ModelSlots::bytes_for::<F>(self.header.length())
    }

    /// Returns how many bytes of the flash memory `F` are used for what is learned.
    pub const fn store<F: NorFlash>(&self) -> u32 {
        self.sizes.flash::<F>()
    }
}
