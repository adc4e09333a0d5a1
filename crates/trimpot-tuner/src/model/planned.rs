//! A network that is a type.

use trimpot::layer::initialization::GlorotUniform;
use trimpot::layer::{GradientSink, Layer};
use trimpot::network::{self, Planned};
use trimpot::pass::LengthError;
use trimpot::plan::{Subset, Trained};
use trimpot::random::{Noise, Random};
use trimpot::shape::Shape;
use trimpot::spec::{Dims, LayerSpec};

use super::{LatentReplay, Model, hand_on};
use crate::memory::copy;

impl<In: Shape, L: Layer<In>, const EVERY: usize, const BIASES: bool> Model
    for Planned<'_, In, L, EVERY, BIASES>
{
    fn inputs(&self) -> usize {
        In::LEN
    }

    fn outputs(&self) -> usize {
        L::Output::LEN
    }

    fn parameters(&self) -> usize {
        L::PARAMETERS
    }

    fn arena(&self) -> usize {
        Self::INFERENCE_VALUES.max(Self::STEP_VALUES)
    }

    fn fingerprint(&self) -> u32 {
        network::fingerprint::<In, L>(self.layers())
    }

    fn input(&self) -> Dims {
        In::DIMS
    }

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        self.layers().for_each_spec(visit);
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        self.layers().for_each_constant(visit);
    }

    fn initialize(&self, parameters: &mut [f32], random: &mut Random) {
        self.layers().initialize(&GlorotUniform, parameters, random);
    }

    fn subset(&self, trained: Trained) -> Subset<'_> {
        Planned::<In, L, EVERY, BIASES>::subset(trained)
    }

    fn predict<'m>(
        &self,
        parameters: &[f32],
        sample: &'m [f32],
        arena: &'m mut [f32],
    ) -> Result<&'m [f32], LengthError> {
        let sample = shaped::<In>(sample)?;
        Planned::predict(self, parameters, sample, arena).map(L::Output::flat::<f32>)
    }

    fn backpropagate<S: GradientSink<f32>>(
        &self,
        sink: S,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        let sample = shaped::<In>(sample)?;
        Planned::backpropagate(self, sink, noise, sample, arena, |outputs, gradient| {
            loss(L::Output::flat::<f32>(outputs), L::Output::flat_mut::<f32>(gradient))
        })
    }
}

impl<In: Shape, L: Layer<In>, const EVERY: usize, const BIASES: bool> Model
    for LatentReplay<Planned<'_, In, L, EVERY, BIASES>>
{
    hand_on!(shape of model);

    fn latents(&self) -> Option<usize> {
        Some(Planned::<In, L, EVERY, BIASES>::LATENTS)
    }

    fn latent(
        &self,
        features: &[f32],
        arena: &mut [f32],
        latent: &mut [f32],
    ) -> Result<(), LengthError> {
        copy(self.model.latent(shaped::<In>(features)?, arena)?, latent);
        Ok(())
    }

    fn predict<'m>(
        &self,
        parameters: &[f32],
        sample: &'m [f32],
        arena: &'m mut [f32],
    ) -> Result<&'m [f32], LengthError> {
        let outputs = self.model.predict_from_latent(parameters, sample, arena);
        outputs.map(L::Output::flat::<f32>)
    }

    fn backpropagate<S: GradientSink<f32>>(
        &self,
        sink: S,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        self.model.backpropagate_from_latent(sink, noise, sample, arena, |outputs, gradient| {
            loss(L::Output::flat::<f32>(outputs), L::Output::flat_mut::<f32>(gradient))
        })
    }
}

fn shaped<In: Shape>(sample: &[f32]) -> Result<&In::Values<f32>, LengthError> {
    let (needed, found) = (In::LEN, sample.len());
    let error = LengthError { what: "the input", needed, found };
    In::shaped(sample).filter(|_| needed == found).ok_or(error)
}
