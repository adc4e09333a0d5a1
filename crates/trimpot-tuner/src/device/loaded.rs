//! What a stored model says, and what it takes.

use embedded_storage::nor_flash::NorFlash;
use trimpot::lanes::Lanes;
use trimpot::loss::spec::TargetSpec;
use trimpot::loss::{AnyLoss, AnyTarget, Class, CrossEntropy, SliceLoss};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_link::Error;

use super::Limits;
use crate::log::event;
use crate::model_image::{ModelHeader, NetworkPart};
use crate::model_slots::{self, ModelSlots, StoredModel};
use crate::{Classification, Model, Origin, Settings, Sizes, Storage, Tuner};

/// Bytes that are read at once: of 16 numbers.
const RUN: usize = 64;

/// A loss of classes that is known at run time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelLoss(AnyLoss);

impl ModelLoss {
    /// Creates the loss of this name in the core's registry, with these settings; cross-entropy, if
    /// the name is empty.
    ///
    /// # Errors
    /// [`Error::ModelLoss`], if there is no such loss of a class, or a setting is missing, too
    /// many, or out of its range.
    pub fn new(name: &str, mut settings: impl Iterator<Item = f32>) -> Result<Self, Error> {
        if name.is_empty() {
            return Ok(ModelLoss(CrossEntropy::new().into()));
        }
        // What is missing is in no range.
        let loss = AnyLoss::named(name, |_| settings.next().unwrap_or(f32::NAN));
        let loss = loss.and_then(Result::ok).filter(|_| settings.next().is_none());
        let of_a_class = |loss: &AnyLoss| {
            loss.listed().is_some_and(|listed| {
                listed.rows == Some(1) && matches!(listed.spec.target, TargetSpec::Class)
            })
        };
        loss.filter(of_a_class).map(ModelLoss).ok_or(Error::ModelLoss)
    }

    /// Returns how few classes it is defined for.
    pub fn least(&self) -> usize {
        self.0.least_outputs()
    }
}

impl SliceLoss for ModelLoss {
    type Target = Class;

    /// What cannot be is not a number: a class beyond the outputs was refused before.
    fn row_gradient<V: Lanes>(&self, prediction: &[V], class: V::Bits, gradient: &mut [V]) -> V {
        let target = AnyTarget::Class(class);
        self.0.gradient(&[], prediction, target, gradient).unwrap_or(V::splat(f32::NAN))
    }
}

/// What a model says, but for its layers, which are beside it, and its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    header: ModelHeader,
    input: Dims,
    layers: usize,
    pub loss: ModelLoss,
    pub settings: Settings,
}

impl Loaded {
    /// Reads a model: its layers into `layers`, its network part through `scratch`.
    ///
    /// # Errors
    /// [`Error::Flash`], [`Error::ModelDamaged`], [`Error::Layers`], [`Error::ModelLoss`];
    /// [`Error::TooLong`], if the network part is longer than `scratch`.
    #[inline(never)]
    pub fn read<F: NorFlash>(
        slots: &ModelSlots,
        flash: &mut F,
        model: StoredModel,
        layers: &mut [LayerSpec],
        scratch: &mut [u8],
    ) -> Result<Self, Error> {
        let header = model_slots::header(slots, flash, model)?;
        let capacity = scratch.len() as u32;
        let too_long = Error::TooLong { capacity };
        let scratch = scratch.get_mut(..header.network as usize).ok_or(too_long)?;
        let at = ModelHeader::BYTES as u32;
        slots.read(flash, model, at, scratch).map_err(|_| Error::Flash)?;
        let part = NetworkPart::read(scratch).ok_or(Error::ModelDamaged)?;
        let capacity = layers.len() as u32;
        let places = layers.get_mut(..part.layer_count()).ok_or(Error::Layers { capacity })?;
        places.iter_mut().zip(part.layers()).for_each(|(place, layer)| *place = layer);
        let loss = ModelLoss::new(part.loss, part.loss_settings())?;
        let mut settings = Settings::new().with_version(model.generation);
        if let Some(learning_rate) = part.learning_rate {
            let set = settings.with_learning_rate(learning_rate);
            settings = set.map_err(|_| Error::ModelDamaged)?;
        }
        if let Some(replays) = part.replays {
            settings = settings.with_replays(replays);
        }
        Ok(Loaded { header, input: part.input, layers: part.layer_count(), loss, settings })
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
    /// [`Error::ModelDamaged`], [`Error::Layers`], [`Error::ModelLoss`], [`Error::Memory`],
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
        let plan = Plan::new(network, steps).map_err(|_| Error::ModelDamaged)?;
        let sizes = Sizes::of_plan(&plan, &self.settings);
        if plan.output().count() < self.loss.least() {
            return Err(Error::ModelLoss);
        }
        if sizes.frame() > limits.frame {
            return Err(Error::TooLong { capacity: at_most(limits.frame) });
        }
        let values = sizes.values().saturating_add(self.constants());
        let bytes = |values: usize| values.saturating_mul(size_of::<f32>());
        let needs = [(bytes(values), bytes(limits.values)), (sizes.bytes(), limits.bytes)];
        for (needed, available) in needs {
            if needed > available {
                let [needed, available] = [needed, available].map(at_most);
                return Err(Error::Memory { needed, available });
            }
        }
        let (needed, available) = (sizes.flash::<F>(), limits.flash);
        if needed > available {
            return Err(Error::Storage { needed, available });
        }
        Ok(())
    }

    /// Reads the constants.
    pub fn read_constants<F: NorFlash>(
        &self,
        slots: &ModelSlots,
        flash: &mut F,
        model: StoredModel,
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
        model: StoredModel,
        tuner: &mut Tuner<M, Classification<ModelLoss>, &mut F, S>,
    ) where
        M: Model,
        F: NorFlash,
        S: Storage,
    {
        if tuner.describe().origin != Origin::Blank {
            return;
        }
        let written = self.write_parameters(slots, model, tuner);
        let installed = written.and_then(|()| Ok(tuner.install_at_boot()?));
        match installed {
            Ok(_) => event!("installed the model {}", model.generation),
            // The parameters are initial ones, and the description says so.
            Err(error) => event!("the model's parameters are not installed: {}", error),
        }
    }

    fn write_parameters<M, F, S>(
        &self,
        slots: &ModelSlots,
        model: StoredModel,
        tuner: &mut Tuner<M, Classification<ModelLoss>, &mut F, S>,
    ) -> Result<(), Error>
    where
        M: Model,
        F: NorFlash,
        S: Storage,
    {
        let (mut at, mut place) = (0, self.header.parameters_at());
        while at < self.header.parameters {
            let count =
                (RUN / size_of::<f32>()).min(self.header.parameters.saturating_sub(at) as usize);
            let mut bytes = [0; RUN];
            let bytes = bytes.get_mut(..count.saturating_mul(4)).unwrap_or_default();
            let read = slots.read(*tuner.flash_mut(), model, place, bytes);
            read.map_err(|_| Error::Flash)?;
            let values = trimpot_link::Numbers::from_bytes(bytes).unwrap_or_default();
            tuner.write_parameters(at, values)?;
            at = at.saturating_add(count as u32);
            place = place.saturating_add(RUN as u32);
        }
        Ok(())
    }
}

fn at_most(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
