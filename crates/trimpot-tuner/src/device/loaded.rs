//! What a stored model says, and what it takes.

use core::num::NonZeroU8;

use embedded_storage::nor_flash::NorFlash;
use trimpot::optimizer::AnyOptimizer;
use trimpot::plan::{Plan, PlannedStep};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_link::{Error, ModelPart};

use super::Limits;
use super::needs::ModelNeeds;
use super::task::ModelTask;
use crate::log::event;
use crate::model::Learning;
use crate::model_image::{ModelHeader, NetworkPart};
use crate::model_slots::{ModelSlots, SlotModel};
use crate::{Model, Origin, Settings, Sizes, StartError, Storage, Task, Tuner};

/// Bytes that are read at once: of 16 numbers.
const RUN: usize = 64;

/// What a model says, but for its layers, which are beside it, and its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    header: ModelHeader,
    input: Dims,
    layers: usize,
    pub task: ModelTask<'static>,
    pub learning: Learning,
    pub settings: Settings,
}

impl Loaded {
    /// Reads a model: its layers into `layers`, its network part through `scratch`.
    ///
    /// # Errors
    /// [`Error::Flash`], [`Error::ModelDamaged`], [`Error::Layers`], [`Error::ModelLoss`],
    /// [`Error::ModelOptimizer`]; [`Error::TooLong`], if the network part is longer than `scratch`.
    #[inline(never)]
    pub fn read<F: NorFlash>(
        slots: &ModelSlots,
        flash: &mut F,
        model: SlotModel,
        layers: &mut [LayerSpec],
        scratch: &mut [u8],
    ) -> Result<Self, Error> {
        let header = header(slots, flash, model)?;
        let capacity = scratch.len() as u32;
        let too_long = Error::TooLong { capacity };
        let scratch = scratch.get_mut(..header.network as usize).ok_or(too_long)?;
        let at = ModelHeader::BYTES as u32;
        slots.read(flash, model, at, scratch).map_err(|_| Error::Flash)?;
        let part = NetworkPart::read(scratch).ok_or(Error::ModelDamaged)?;
        let capacity = layers.len() as u32;
        let places = layers.get_mut(..part.layer_count()).ok_or(Error::Layers { capacity })?;
        places.iter_mut().zip(part.layers()).for_each(|(place, layer)| *place = layer);
        Loaded::new(header, &part, model.version())
    }

    /// Takes what the network part of a model says.
    ///
    /// # Errors
    /// [`Error::ModelDamaged`], [`Error::ModelLoss`], [`Error::ModelOptimizer`].
    pub fn new(header: ModelHeader, part: &NetworkPart<'_>, version: u32) -> Result<Self, Error> {
        let task = ModelTask::new(part.task, part.loss, part.loss_settings())?;
        let learning = learning(part)?;
        let mut settings = Settings::new()
            .with_version(version)
            .with_factory_judges(true)
            .with_latent_format(part.latents.unwrap_or_default());
        if let Some(learning_rate) = part.learning_rate {
            let set = settings.with_learning_rate(learning_rate);
            settings = set.map_err(|_| Error::ModelOptimizer)?;
        }
        if let Some(replays) = part.replays {
            let replays = replays.try_into().map_err(|_| Error::ModelOptimizer)?;
            settings = settings.with_replays(replays);
        }
        let (input, layers) = (part.input, part.layer_count());
        Ok(Loaded { header, input, layers, task, learning, settings })
    }

    /// Returns the network, whose layers are the first of these.
    pub fn network<'l>(&self, layers: &'l [LayerSpec]) -> NetworkSpec<'l> {
        NetworkSpec { input: self.input, layers: layers.get(..self.layers).unwrap_or_default() }
    }

    /// Returns how many constants it has.
    pub const fn constants(&self) -> usize {
        self.header.constants as usize
    }

    /// Returns how many bytes the network part has.
    pub const fn network_bytes(&self) -> u32 {
        self.header.network
    }

    /// Checks that the layers make a network, and that there is memory enough.
    ///
    /// # Errors
    /// [`Error::ModelDamaged`], [`Error::Layers`], [`Error::ModelOutputs`], [`Error::Memory`],
    /// [`Error::Storage`]; [`Error::TooLong`], if a sample does not fit into a frame.
    #[inline(never)]
    pub fn check<F: NorFlash>(
        &self,
        layers: &[LayerSpec],
        steps: &mut [PlannedStep],
        limits: &Limits,
    ) -> Result<(), Error> {
        let network = self.network(layers);
        let numbers = (network.constants(), network.parameters());
        if numbers != (self.constants(), self.header.parameters as usize) {
            return Err(Error::ModelDamaged);
        }
        let capacity = steps.len() as u32;
        let steps = steps.get_mut(..network.steps()).ok_or(Error::Layers { capacity })?;
        let plan = Plan::for_training(network, steps, self.learning.trained, 0);
        let plan = plan.map_err(|_| Error::ModelDamaged)?;
        let needs = self.needs(&plan)?;
        if needs.sizes().frame() > limits.frame {
            return Err(Error::TooLong { capacity: at_most(limits.frame) });
        }
        let bytes = |values: usize| values.saturating_mul(size_of::<f32>());
        let memory =
            [(bytes(needs.values()), bytes(limits.values)), (needs.sizes().bytes(), limits.bytes)];
        for (needed, available) in memory {
            if needed > available {
                let [needed, available] = [needed, available].map(at_most);
                return Err(Error::Memory { needed, available });
            }
        }
        let (needed, available) = (needs.store::<F>(), limits.flash);
        if needed > available {
            return Err(Error::Storage { needed, available });
        }
        Ok(())
    }

    /// Returns what a device needs for it, if its passes are planned like this.
    ///
    /// # Errors
    /// [`Error::ModelDamaged`], [`Error::ModelOutputs`].
    pub fn needs(&self, plan: &Plan<'_>) -> Result<ModelNeeds, Error> {
        let mut sizes = Sizes::of_plan(plan, &self.settings)
            .with_task(self.task.sizes())
            .with_training(self.learning.training_values(plan));
        if self.learning.keeps_latents {
            sizes = sizes.with_latents(plan.latents());
        }
        if let Err(StartError::Outputs { needed, available }) =
            self.task.check(sizes.kept(), plan.output().count())
        {
            let [needed, available] = [needed, available].map(at_most);
            return Err(Error::ModelOutputs { needed, available });
        }
        if !(self.header.state == 0 || self.header.state as usize == sizes.state()) {
            return Err(Error::ModelDamaged);
        }
        Ok(ModelNeeds::new(self.header, sizes))
    }

    /// Checks that all numbers of the model are finite, and what was learned beside the parameters
    /// can be what it is for.
    ///
    /// # Errors
    /// [`Error::ModelNumber`], [`Error::Flash`].
    #[inline(never)]
    pub fn check_numbers<F: NorFlash>(
        &self,
        slots: &ModelSlots,
        flash: &mut F,
        model: SlotModel,
        outputs: usize,
    ) -> Result<(), Error> {
        let ModelHeader { constants, parameters, state, .. } = self.header;
        let mut place = self.header.constants_at();
        let parts = [
            (ModelPart::Constants, constants),
            (ModelPart::Parameters, parameters),
            (ModelPart::State, state),
        ];
        for (part, count) in parts {
            let mut at = 0;
            while at < count {
                let run = (RUN / size_of::<f32>()).min(count.saturating_sub(at) as usize);
                let mut bytes = [0; RUN];
                let bytes = bytes.get_mut(..run.saturating_mul(4)).unwrap_or_default();
                slots.read(flash, model, place, bytes).map_err(|_| Error::Flash)?;
                for &number in bytes.as_chunks().0 {
                    let number = f32::from_le_bytes(number);
                    let can_be = match part {
                        ModelPart::State => self.task.can_be(at, number, outputs),
                        ModelPart::Constants | ModelPart::Parameters => number.is_finite(),
                    };
                    if !can_be {
                        return Err(Error::ModelNumber { part, index: at });
                    }
                    at = at.saturating_add(1);
                }
                place = place.saturating_add(bytes.len() as u32);
            }
        }
        Ok(())
    }

    /// Reads the constants.
    pub fn read_constants<F: NorFlash>(
        &self,
        slots: &ModelSlots,
        flash: &mut F,
        model: SlotModel,
        constants: &mut [f32],
    ) -> Result<(), Error> {
        let mut at = self.header.constants_at();
        for run in constants.chunks_mut(RUN / size_of::<f32>()) {
            let mut bytes = [0; RUN];
            let bytes = bytes.get_mut(..size_of_val(run)).unwrap_or_default();
            slots.read(flash, model, at, bytes).map_err(|_| Error::Flash)?;
            let numbers = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
            run.iter_mut().zip(numbers).for_each(|(place, number)| *place = number);
            if run.iter().any(|number| !number.is_finite()) {
                return Err(Error::ModelDamaged);
            }
            at = at.saturating_add(RUN as u32);
        }
        Ok(())
    }

    /// Stores the model's parameters as the factory's, where nothing is stored for it yet: after it
    /// was installed, or if the power failed before this was done.
    #[inline(never)]
    pub fn install<M, F, S>(
        &self,
        slots: &ModelSlots,
        model: SlotModel,
        tuner: &mut Tuner<M, ModelTask<'_>, &mut F, S>,
    ) where
        M: Model,
        F: NorFlash,
        S: Storage,
    {
        if tuner.describe().origin != Origin::Blank {
            return;
        }
        let written = self.write_learned(slots, model, tuner);
        let installed = written.and_then(|()| Ok(tuner.install_at_boot()?));
        match installed {
            Ok(_) => event!("installed the model {}", model.generation),
            // The parameters are initial ones, and the description says so.
            Err(error) => event!("the model's parameters are not installed: {}", error),
        }
    }

    /// Writes the model's parameters, and what was learned beside them.
    fn write_learned<M, F, S>(
        &self,
        slots: &ModelSlots,
        model: SlotModel,
        tuner: &mut Tuner<M, ModelTask<'_>, &mut F, S>,
    ) -> Result<(), Error>
    where
        M: Model,
        F: NorFlash,
        S: Storage,
    {
        let ModelHeader { parameters, state, .. } = self.header;
        let places = [(self.header.parameters_at(), parameters), (self.header.state_at(), state)];
        for (index, (start, count)) in places.into_iter().enumerate() {
            let mut at = 0;
            while at < count {
                let run = (RUN / size_of::<f32>()).min(count.saturating_sub(at) as usize);
                let mut bytes = [0; RUN];
                let bytes = bytes.get_mut(..run.saturating_mul(4)).unwrap_or_default();
                let place = start.saturating_add(at.saturating_mul(4));
                let read = slots.read(*tuner.flash_mut(), model, place, bytes);
                read.map_err(|_| Error::Flash)?;
                let values = trimpot_link::Numbers::from_bytes(bytes).unwrap_or_default();
                match index {
                    0 => tuner.write_parameters(at, values)?,
                    _ => tuner.write_state(at, values)?,
                }
                at = at.saturating_add(run as u32);
            }
        }
        Ok(())
    }
}

/// Returns how a model is trained.
///
/// # Errors
/// [`Error::ModelOptimizer`].
fn learning(part: &NetworkPart<'_>) -> Result<Learning, Error> {
    let mut settings = part.optimizer_settings();
    let optimizer = if part.optimizer.is_empty() {
        None
    } else {
        // What is missing is in no range.
        let value = |_| settings.next().unwrap_or(f32::NAN);
        let named = AnyOptimizer::named(part.optimizer, part.learning_rate, value);
        Some((named.and_then(Result::ok).ok_or(Error::ModelOptimizer)?, part.batch))
    };
    // Descent in place has no batches.
    if settings.next().is_some() || (optimizer.is_none() && part.batch.is_some()) {
        return Err(Error::ModelOptimizer);
    }
    let optimizer =
        optimizer.map(|(optimizer, batch)| (optimizer, batch.unwrap_or(NonZeroU8::MIN)));
    let keeps_latents = part.latents.is_some();
    Ok(Learning { trained: part.trained, optimizer, keeps_latents })
}

fn at_most(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Reads the header of a model.
fn header<F: NorFlash>(
    slots: &ModelSlots,
    flash: &mut F,
    model: SlotModel,
) -> Result<ModelHeader, Error> {
    let mut bytes = [0; ModelHeader::BYTES];
    slots.read(flash, model, 0, &mut bytes).map_err(|_| Error::Flash)?;
    let header = ModelHeader::decode(&bytes).ok_or(Error::ModelDamaged)?;
    if header.length() == model.length() { Ok(header) } else { Err(Error::ModelDamaged) }
}
