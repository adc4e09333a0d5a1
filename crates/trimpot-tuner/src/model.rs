//! What a tuner trains.

mod interpreted;
mod planned;

pub use interpreted::{Interpreted, ModelError};

use trimpot::layer::GradientSink;
use trimpot::pass::LengthError;
use trimpot::random::{Noise, Random};
use trimpot::spec::{Dims, LayerSpec};

/// A network without its parameters, as a [`Tuner`](crate::Tuner) trains it: a type
/// ([`Planned`](trimpot::network::Planned)), or data ([`Interpreted`]).
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

    /// Computes the outputs for a sample.
    ///
    /// # Errors
    /// If one of the runs has the wrong length.
    fn predict<'m>(
        &self,
        parameters: &[f32],
        sample: &'m [f32],
        arena: &'m mut [f32],
    ) -> Result<&'m [f32], LengthError>;

    /// Runs forward, lets `loss` take the outputs and write the gradient with respect to them, and
    /// runs backward into the `sink`. Returns what `loss` returned.
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
}
