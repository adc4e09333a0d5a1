//! A network that is data, and how it is trained, too.

mod sink;

use core::num::NonZeroU8;

use trimpot::layer::GradientSink;
use trimpot::optimizer::{AnyOptimizer, Optimizer};
use trimpot::pass::LengthError;
use trimpot::plan::{Plan, Subset, Trained};
use trimpot::random::{Noise, Random};
use trimpot::spec::{Dims, LayerSpec};

use self::sink::AnySink;
use super::optimized::{step, training_values};
use super::{Descent, Interpreted, Model, Training, hand_on};
use crate::memory::copy;

/// How a network is trained, as data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Learning {
    /// Which parameters are trained.
    pub trained: Trained,
    /// The optimizer, and how many samples make a step; none for gradient descent in place.
    pub optimizer: Option<(AnyOptimizer, NonZeroU8)>,
    /// Whether latents are kept of samples.
    pub keeps_latents: bool,
}

impl Learning {
    /// Returns how many numbers training remembers of a network with this plan.
    pub fn training_values(&self, plan: &Plan<'_>) -> usize {
        let trained = plan.subset(self.trained).count();
        self.optimizer.map_or(0, |(optimizer, _)| training_values(trained, optimizer.state_len()))
    }
}

/// An [`Interpreted`] network with what goes around it: [`LatentReplay`](super::LatentReplay),
/// [`PartlyTrained`](super::PartlyTrained) or [`Optimized`](super::Optimized), whose bits it has.
#[derive(Clone, Copy, Debug)]
pub struct Configured<'a> {
    model: Interpreted<'a>,
    learning: Learning,
}

impl<'a> Configured<'a> {
    /// Goes around this network.
    pub const fn new(model: Interpreted<'a>, learning: Learning) -> Self {
        Configured { model, learning }
    }
}

impl Model for Configured<'_> {
    hand_on!(shape of model);

    fn latents(&self) -> Option<usize> {
        self.learning.keeps_latents.then(|| self.model.plan().latents())
    }

    fn latent(
        &self,
        features: &[f32],
        arena: &mut [f32],
        latent: &mut [f32],
    ) -> Result<(), LengthError> {
        if self.learning.keeps_latents {
            copy(self.model.interpreter.latent(features, arena)?, latent);
        } else {
            copy(features, latent);
        }
        Ok(())
    }

    fn predict<'m>(
        &self,
        parameters: &[f32],
        sample: &'m [f32],
        arena: &'m mut [f32],
    ) -> Result<&'m [f32], LengthError> {
        if self.learning.keeps_latents {
            self.model.interpreter.predict_from_latent(parameters, sample, arena)
        } else {
            self.model.interpreter.predict(parameters, sample, arena)
        }
    }

    fn backpropagate<S: GradientSink<f32>>(
        &self,
        sink: S,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        if self.learning.keeps_latents {
            self.model.interpreter.backpropagate_from_latent(sink, noise, sample, arena, loss)
        } else {
            self.model.interpreter.backpropagate(sink, noise, sample, arena, loss)
        }
    }

    fn training_values(&self) -> usize {
        self.learning.training_values(self.model.plan())
    }

    fn train(
        &self,
        Training { parameters, values, counts }: Training<'_>,
        descent: Descent,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        let Learning { trained, optimizer, .. } = self.learning;
        let subset = self.model.subset(trained);
        let gradient = values.get_mut(..subset.count()).unwrap_or_default();
        let sink = match optimizer {
            None => AnySink::in_place(parameters, descent, subset),
            Some(_) => AnySink::sum(parameters, gradient, subset),
        };
        let loss = self.backpropagate(sink, noise, sample, arena, loss)?;
        if let Some((_, batch)) = optimizer {
            counts.passes = counts.passes.saturating_add(1);
            if counts.passes >= batch.get().into() {
                self.finish(Training { parameters, values, counts }, descent);
            }
        }
        Ok(loss)
    }

    fn finish(&self, training: Training<'_>, descent: Descent) {
        if let Some((optimizer, _)) = &self.learning.optimizer {
            step(optimizer, self.model.subset(self.learning.trained), training, descent.clip_norm);
        }
    }
}
