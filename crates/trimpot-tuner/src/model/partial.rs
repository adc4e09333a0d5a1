//! Gradient descent in place for some of the parameters.

use trimpot::layer::{ClippedSgdInPlace, GradientSink, Partial};
use trimpot::pass::LengthError;
use trimpot::plan::{Subset, Trained};
use trimpot::random::{Noise, Random};
use trimpot::spec::{Dims, LayerSpec};

use super::{Descent, Model, Training, hand_on};

/// A model of which only some parameters are trained, in place: the last layers, say, or biases and
/// normalisations. It needs no memory for that. The backward pass ends where nothing in front is
/// trained. For biases and normalisations the model is better planned for these: `Planned` with
/// `BIASES`, or [`Interpreted::for_training`](crate::Interpreted::for_training).
///
/// ```
/// use trimpot::layer::{Dense, Relu};
/// use trimpot::network::Planned;
/// use trimpot::plan::Trained;
/// use trimpot::shape::Vector;
/// use trimpot::{Chain, chain};
/// use trimpot_tuner::PartlyTrained;
///
/// static LAYERS: Chain![Dense<4, 6>, Relu, Dense<6, 3>] = chain![Dense, Relu, Dense];
/// let model = PartlyTrained::new(Planned::<Vector<4>, _>::new(&LAYERS), Trained::Last(1));
/// # let _ = model;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PartlyTrained<M> {
    model: M,
    trained: Trained,
}

impl<M> PartlyTrained<M> {
    /// Goes around this model, to train these parameters.
    pub const fn new(model: M, trained: Trained) -> Self {
        PartlyTrained { model, trained }
    }
}

impl<M: Model> Model for PartlyTrained<M> {
    hand_on!(shape of model);
    hand_on!(passes of model);

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
        let sink = Partial::new(sink, self.model.subset(self.trained));
        self.model.backpropagate(sink, noise, sample, arena, loss)
    }
}
