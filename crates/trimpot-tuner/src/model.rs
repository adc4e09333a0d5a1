//! What a tuner trains.

mod configured;
mod interpreted;
mod latent;
mod optimized;
mod partial;
mod planned;

pub(crate) use configured::{Configured, Learning};
pub use interpreted::{Interpreted, ModelError};
pub use latent::LatentReplay;
pub use optimized::Optimized;
pub(crate) use optimized::training_values;
pub use partial::PartlyTrained;

use trimpot::layer::{ClippedSgdInPlace, GradientSink};
use trimpot::pass::LengthError;
use trimpot::plan::{Subset, Trained};
use trimpot::random::{Noise, Random};
use trimpot::spec::{Dims, LayerSpec};

use crate::memory::copy;

/// A network without its parameters, and how it is trained, as a [`Tuner`](crate::Tuner) does it: a
/// type ([`Planned`](trimpot::network::Planned)), or data ([`Interpreted`]).
///
/// These are trained by gradient descent in place, all parameters, sample by sample. What is to be
/// otherwise goes around them: [`LatentReplay`], [`PartlyTrained`], [`Optimized`].
pub trait Model {
    /// Returns how many features a sample has.
    fn inputs(&self) -> usize;
    /// Returns how many outputs there are.
    fn outputs(&self) -> usize;
    /// Returns how many parameters there are.
    fn parameters(&self) -> usize;
    /// Returns how many values of memory inference and a training step need.
    fn arena(&self) -> usize;
    /// Returns the fingerprint of the architecture: of layers, sizes and all numbers that are not
    /// trained.
    fn fingerprint(&self) -> u32;

    /// Returns the shape of a sample.
    fn input(&self) -> Dims;
    /// Hands over the layers, in order.
    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec));
    /// Hands over the numbers of the layers that are not trained, in order: see [`trimpot::spec`].
    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32]));

    /// Writes random initial parameters.
    fn initialize(&self, parameters: &mut [f32], random: &mut Random);

    /// Returns which of the parameters are trained, if these are.
    fn subset(&self, trained: Trained) -> Subset<'_>;

    /// Returns how many values the tuner keeps of a sample instead of its features: a latent.
    /// `None` where it keeps the features.
    fn latents(&self) -> Option<usize> {
        None
    }

    /// Computes what is kept of a sample: its latent, or its features.
    ///
    /// # Errors
    /// If one of the runs has the wrong length.
    fn latent(
        &self,
        features: &[f32],
        _arena: &mut [f32],
        latent: &mut [f32],
    ) -> Result<(), LengthError> {
        copy(features, latent);
        Ok(())
    }

    /// Computes the outputs for a sample: for what is kept of it.
    ///
    /// # Errors
    /// If one of the runs has the wrong length.
    fn predict<'m>(
        &self,
        parameters: &[f32],
        sample: &'m [f32],
        arena: &'m mut [f32],
    ) -> Result<&'m [f32], LengthError>;

    /// Runs forward from what is kept of a sample, lets `loss` take the outputs and write the
    /// gradient with respect to them, and runs backward into the `sink`. Returns what `loss`
    /// returned.
    ///
    /// # Errors
    /// If one of the runs has the wrong length: then nothing has changed.
    fn backpropagate<S: GradientSink<f32>>(
        &self,
        sink: S,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError>;

    /// Returns how many numbers training remembers beside the parameters.
    fn training_values(&self) -> usize {
        0
    }

    /// Trains on a sample, from what is kept of it: one pass forward and backward. Returns the loss
    /// before it.
    ///
    /// # Errors
    /// If one of the runs has the wrong length: then nothing has changed.
    fn train(
        &self,
        training: Training<'_>,
        Descent { learning_rate, clip_norm }: Descent,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        let sink = ClippedSgdInPlace::new(training.parameters, learning_rate, clip_norm);
        self.backpropagate(sink, noise, sample, arena, loss)
    }

    /// Ends training on a sample and the replayed ones: what was computed changes parameters now.
    fn finish(&self, _training: Training<'_>, _descent: Descent) {}
}

/// What training changes.
#[derive(Debug)]
pub struct Training<'m> {
    /// The parameters.
    pub parameters: &'m mut [f32],
    /// What it remembers beside them: [`Model::training_values`] numbers, zeros at first.
    pub values: &'m mut [f32],
    /// What it counts.
    pub counts: &'m mut TrainingCounts,
}

/// What training counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrainingCounts {
    /// Samples whose gradient has not changed the parameters yet.
    pub passes: u32,
    /// Steps of the optimizer.
    pub steps: u32,
}

/// Gradient descent, as [`Settings`](crate::Settings) have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// The learning rate of descent in place.
    pub learning_rate: f32,
    /// The largest norm of a gradient.
    pub clip_norm: f32,
}

/// What a model that goes around another one hands on as it is.
macro_rules! hand_on {
    (shape of $model:ident) => {
        fn inputs(&self) -> usize {
            self.$model.inputs()
        }

        fn outputs(&self) -> usize {
            self.$model.outputs()
        }

        fn parameters(&self) -> usize {
            self.$model.parameters()
        }

        fn arena(&self) -> usize {
            self.$model.arena()
        }

        fn fingerprint(&self) -> u32 {
            self.$model.fingerprint()
        }

        fn input(&self) -> Dims {
            self.$model.input()
        }

        fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
            self.$model.for_each_spec(visit);
        }

        fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
            self.$model.for_each_constant(visit);
        }

        fn initialize(&self, parameters: &mut [f32], random: &mut Random) {
            self.$model.initialize(parameters, random);
        }

        fn subset(&self, trained: Trained) -> Subset<'_> {
            self.$model.subset(trained)
        }
    };
    (passes of $model:ident) => {
        fn latents(&self) -> Option<usize> {
            self.$model.latents()
        }

        fn latent(
            &self,
            features: &[f32],
            arena: &mut [f32],
            latent: &mut [f32],
        ) -> Result<(), LengthError> {
            self.$model.latent(features, arena, latent)
        }

        fn predict<'m>(
            &self,
            parameters: &[f32],
            sample: &'m [f32],
            arena: &'m mut [f32],
        ) -> Result<&'m [f32], LengthError> {
            self.$model.predict(parameters, sample, arena)
        }

        fn backpropagate<S: GradientSink<f32>>(
            &self,
            sink: S,
            noise: Noise<f32>,
            sample: &[f32],
            arena: &mut [f32],
            loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
        ) -> Result<f32, LengthError> {
            self.$model.backpropagate(sink, noise, sample, arena, loss)
        }
    };
}
use hand_on;
