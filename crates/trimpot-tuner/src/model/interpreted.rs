//! A network that is data.

use core::fmt;

use trimpot::interpreter::Interpreter;
use trimpot::layer::GradientSink;
use trimpot::layer::initialization::GlorotUniform;
use trimpot::pass::LengthError;
use trimpot::plan::{Plan, PlannedStep, Subset, Trained};
use trimpot::random::{Noise, Random};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec, SpecError};

use super::{LatentReplay, Model, hand_on};
use crate::memory::copy;

/// A network that is data: its layers come from a file, over a link, or from a constant.
///
/// ```
/// use trimpot::layer::{DenseSpec, Relu};
/// use trimpot::plan::PlannedStep;
/// use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
/// use trimpot_tuner::{Interpreted, Settings, Sizes};
///
/// let layers = [
///     LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 6 }),
///     LayerSpec::Relu(Relu),
///     LayerSpec::Dense(DenseSpec { inputs: 6, outputs: 3 }),
/// ];
/// let spec = NetworkSpec { input: Dims::vector(4), layers: &layers };
/// let mut steps = [PlannedStep::EMPTY; 3];
/// let model = Interpreted::new(spec, &mut steps, &[])?;
/// let sizes = Sizes::of_plan(model.plan(), &Settings::new());
/// assert!(sizes.values() > 51 && sizes.bytes() > 0);
/// # Ok::<(), trimpot_tuner::ModelError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Interpreted<'a> {
    spec: NetworkSpec<'a>,
    constants: &'a [f32],
    pub(super) interpreter: Interpreter<'a>,
}

impl<'a> Interpreted<'a> {
    /// Plans the passes of a network with these constants. `steps` is where the plan is written: it
    /// has [`NetworkSpec::steps`] elements.
    ///
    /// # Errors
    /// If the layers make no network that can be interpreted, or `steps` or `constants` has the
    /// wrong length.
    pub fn new(
        spec: NetworkSpec<'a>,
        steps: &'a mut [PlannedStep],
        constants: &'a [f32],
    ) -> Result<Self, ModelError> {
        Interpreted::for_training(spec, steps, constants, Trained::All)
    }

    /// [`new`](Self::new) with the memory that it takes to train these parameters alone: see
    /// [`Plan::for_training`]. To be wrapped in [`PartlyTrained`](crate::PartlyTrained) or
    /// [`Optimized`](crate::Optimized), with the same ones.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn for_training(
        spec: NetworkSpec<'a>,
        steps: &'a mut [PlannedStep],
        constants: &'a [f32],
        trained: Trained,
    ) -> Result<Self, ModelError> {
        let plan = Plan::for_training(spec, steps, trained, 0).map_err(ModelError::Spec)?;
        let interpreter = Interpreter::new(plan, constants).map_err(ModelError::Length)?;
        Ok(Interpreted { spec, constants, interpreter })
    }

    /// Returns the plan of its memory, for [`Sizes::of_plan`](crate::Sizes::of_plan).
    pub const fn plan(&self) -> &Plan<'a> {
        self.interpreter.plan()
    }
}

impl Model for Interpreted<'_> {
    fn inputs(&self) -> usize {
        self.plan().input().count()
    }

    fn outputs(&self) -> usize {
        self.plan().output().count()
    }

    fn parameters(&self) -> usize {
        self.plan().parameters()
    }

    fn arena(&self) -> usize {
        self.plan().inference_values().max(self.plan().step_values())
    }

    fn fingerprint(&self) -> u32 {
        self.spec.fingerprint(self.constants)
    }

    fn input(&self) -> Dims {
        self.spec.input
    }

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        self.spec.layers.iter().for_each(|&layer| visit(layer));
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        visit(self.constants);
    }

    fn initialize(&self, parameters: &mut [f32], random: &mut Random) {
        self.spec.initialize(&GlorotUniform, parameters, random);
    }

    fn subset(&self, trained: Trained) -> Subset<'_> {
        self.plan().subset(trained)
    }

    fn predict<'m>(
        &self,
        parameters: &[f32],
        sample: &'m [f32],
        arena: &'m mut [f32],
    ) -> Result<&'m [f32], LengthError> {
        self.interpreter.predict(parameters, sample, arena)
    }

    fn backpropagate<S: GradientSink<f32>>(
        &self,
        sink: S,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        self.interpreter.backpropagate(sink, noise, sample, arena, loss)
    }
}

impl Model for LatentReplay<Interpreted<'_>> {
    hand_on!(shape of model);

    fn latents(&self) -> Option<usize> {
        Some(self.model.plan().latents())
    }

    fn latent(
        &self,
        features: &[f32],
        arena: &mut [f32],
        latent: &mut [f32],
    ) -> Result<(), LengthError> {
        copy(self.model.interpreter.latent(features, arena)?, latent);
        Ok(())
    }

    fn predict<'m>(
        &self,
        parameters: &[f32],
        sample: &'m [f32],
        arena: &'m mut [f32],
    ) -> Result<&'m [f32], LengthError> {
        self.model.interpreter.predict_from_latent(parameters, sample, arena)
    }

    fn backpropagate<S: GradientSink<f32>>(
        &self,
        sink: S,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        self.model.interpreter.backpropagate_from_latent(sink, noise, sample, arena, loss)
    }
}

/// Why a network that is data cannot be interpreted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ModelError {
    /// The layers make no network, or the plan has no place.
    Spec(SpecError),
    /// There are more or fewer constants than the layers have.
    Length(LengthError),
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelError::Spec(error) => error.fmt(f),
            ModelError::Length(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ModelError {}
