//! What all networks have that are types.

use crate::lanes::Lanes;
use crate::layer::initialization::Initialization;
use crate::layer::{Accumulate, GradientSink, Layer, Values};
use crate::loss::{Loss, Target};
use crate::pass::LengthError;
use crate::random::Noise;
use crate::shape::Shape;

/// A network that is a type, with its parameters and the memory of its passes: what is generic over
/// networks takes one of these, and does not name the sizes of a [`Network`](super::Network).
///
/// ```
/// use trimpot::layer::{Dense, Relu};
/// use trimpot::network::Model;
/// use trimpot::shape::Vector;
///
/// fn decides<M>(model: &M, sample: [f32; 4]) -> bool
/// where
///     M: Model<Input = Vector<4>, Output = Vector<2>>,
/// {
///     let [no, yes] = model.predict::<f32>(&sample);
///     yes > no
/// }
///
/// let network = <trimpot::network!(Dense<4, 8>, Relu, Dense<8, 2>; from 4)>::seeded(1);
/// # let _ =
/// decides(&network, [0.5; 4])
/// # ;
/// ```
pub trait Model {
    /// The shape of the input.
    type Input: Shape;
    /// The shape of the output.
    type Output: Shape;
    /// The layers.
    type Layers: Layer<Self::Input, Output = Self::Output>;

    /// Returns the layers, with their settings.
    fn layers(&self) -> &Self::Layers;
    /// Returns the layers, whose settings are to be changed.
    fn layers_mut(&mut self) -> &mut Self::Layers;
    /// Returns the parameters, layer by layer.
    fn parameters(&self) -> &[f32];
    /// Returns the parameters, to be changed.
    fn parameters_mut(&mut self) -> &mut [f32];

    /// Replaces the parameters by random initial ones of this kind, the same for the same seed.
    fn initialize_with<H: Initialization>(&mut self, how: &H, seed: u32);

    /// Computes the output for an input, as in deployment.
    fn predict<V: Lanes>(&self, input: &Values<Self::Input, V>) -> Values<Self::Output, V>;

    /// Runs forward, lets `rest` take the output, and runs backward: see
    /// [`Planned::backpropagate`](super::Planned::backpropagate).
    ///
    /// # Errors
    /// If the sink has more or fewer parameters than the network.
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        input: &Values<Self::Input, V>,
        rest: impl FnOnce(&Values<Self::Output, V>, &mut Values<Self::Output, V>) -> R,
    ) -> Result<R, LengthError>;

    /// Takes one step of plain stochastic gradient descent on one sample: see
    /// [`Network::train_step`](super::Network::train_step).
    fn train_step<C: Loss<Self::Output>>(
        &mut self,
        loss: &C,
        input: &Values<Self::Input, f32>,
        target: &<C::Target as Target>::Values<f32>,
        learning_rate: f32,
        seed: u32,
    ) -> f32;

    /// Adds a sample's gradient to `gradient` (one sample in each lane), which is as long as the
    /// parameters. Returns the loss; NaN if it is not.
    #[inline]
    fn accumulate<V: Lanes, C: Loss<Self::Output>>(
        &self,
        loss: &C,
        input: &Values<Self::Input, V>,
        target: &<C::Target as Target>::Values<V>,
        seed: V::Bits,
        gradient: &mut [V],
    ) -> V {
        let sink = Accumulate::new(self.parameters(), gradient);
        let rest = |output: &_, gradient: &mut _| loss.gradient(output, target, gradient);
        let loss = self.backpropagate(sink, Noise::<V>::new(seed), input, rest);
        loss.unwrap_or(V::splat(f32::NAN))
    }
}
