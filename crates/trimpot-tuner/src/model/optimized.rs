//! Optimizers with a memory, and mini-batches.

use core::num::NonZeroU8;

use trimpot::clip::ClipNorm;
use trimpot::layer::{AccumulateSubset, GradientSink};
use trimpot::optimizer::Optimizer;
use trimpot::pass::LengthError;
use trimpot::plan::{Subset, Trained};
use trimpot::random::{Noise, Random};
use trimpot::spec::{Dims, LayerSpec};

use super::{Descent, Model, Training, hand_on};
use crate::memory::copy;

/// A model that is trained by an [optimizer](trimpot::optimizer), such as gradient descent with
/// momentum or Adam, in mini-batches: of each batch the mean gradient makes one step. What is left
/// over of a batch at the end of a [`learn`](crate::Tuner::learn) makes one, too.
///
/// For each parameter that is trained it takes memory for a gradient and for what the optimizer
/// remembers ([`Sizes::with_optimizer`](crate::Sizes::with_optimizer)). The learning rate is the
/// optimizer's; the mean gradient is clipped to the settings' norm as a whole. What it remembers is
/// not stored by a commit, and forgotten when parameters are read back or written: after a boot, a
/// rollback and a reset it begins anew.
///
/// ```
/// use trimpot::layer::{Dense, Relu};
/// use trimpot::loss::CrossEntropy;
/// use trimpot::network::Planned;
/// use trimpot::optimizer::Adam;
/// use trimpot::plan::Trained;
/// use trimpot::shape::Vector;
/// use trimpot::{Chain, chain};
/// use trimpot_tuner::{Classification, Memory, Optimized, Settings, Sizes, Tuner};
/// # use trimpot_testkit::flash::Flash;
///
/// type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 3>];
/// type Network = Planned<'static, Vector<4>, Layers>;
/// static LAYERS: Layers = chain![Dense, Relu, Dense];
/// const SETTINGS: Settings = Settings::new().with_pinned(2).with_recent(3);
/// const TRAINED: Trained = Trained::Last(1);
/// const SIZES: Sizes = Sizes::of::<Vector<4>, Layers>(&SETTINGS)
///     .with_optimizer::<Adam>(Network::subset(TRAINED).count());
///
/// let mut memory = Memory::<{ SIZES.values() }, { SIZES.bytes() }>::new();
/// let flash = Flash::<1, 4, 256>::new(64 * 1024);
/// let model = Optimized::new(Network::new(&LAYERS), Adam::new(1e-3)?)
///     .with_trained(TRAINED)
///     .with_batch(8.try_into()?);
/// let task = Classification::new(CrossEntropy::new());
/// let mut tuner = Tuner::new(model, task, SETTINGS, &mut memory, flash, 0..64 * 1024)?;
/// assert!(!tuner.learn(&[0.0, 1.0, 0.0, 0.0], 1)?.rolled_back);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Optimized<M, O> {
    model: M,
    optimizer: O,
    trained: Trained,
    batch: NonZeroU8,
}

impl<M, O> Optimized<M, O> {
    /// Goes around this model: all parameters, with a step for each sample.
    pub const fn new(model: M, optimizer: O) -> Self {
        Optimized { model, optimizer, trained: Trained::All, batch: NonZeroU8::MIN }
    }

    /// Sets which parameters are trained.
    pub fn with_trained(self, trained: Trained) -> Self {
        Optimized { trained, ..self }
    }

    /// Sets how many samples make a step.
    pub fn with_batch(self, batch: NonZeroU8) -> Self {
        Optimized { batch, ..self }
    }
}

/// Returns how many numbers an optimizer takes for so many parameters: a gradient each, and so many
/// numbers of its state.
pub const fn training_values(trained: usize, state: usize) -> usize {
    trained.saturating_mul(state.saturating_add(1))
}

/// Makes a step of what the gradient of some samples has added up to, if there were any.
#[inline(never)]
pub fn step<O: Optimizer + Clone>(
    optimizer: &O,
    subset: Subset<'_>,
    Training { parameters, values, counts }: Training<'_>,
    clip_norm: f32,
) {
    if counts.passes == 0 {
        return;
    }
    let Some((gradient, states)) = values.split_at_mut_checked(subset.count()) else { return };
    if counts.passes > 1 {
        let share = 1.0 / counts.passes as f32;
        gradient.iter_mut().for_each(|sum| *sum *= share);
    }
    if let Ok(clip) = ClipNorm::new(clip_norm) {
        clip.clip(gradient);
    }
    let mut optimizer = optimizer.clone();
    counts.steps = counts.steps.saturating_add(1);
    optimizer.resume(counts.steps);
    let mut states = states.chunks_exact_mut(optimizer.state_len().max(1));
    let mut gradients = gradient.iter_mut();
    for run in subset.runs() {
        for parameter in parameters.get_mut(run).unwrap_or_default() {
            let (Some(gradient), Some(numbers)) = (gradients.next(), states.next()) else {
                return;
            };
            let mut state = O::State::<f32>::default();
            copy(numbers, state.as_mut());
            *parameter = optimizer.update(*parameter, *gradient, &mut state);
            copy(state.as_ref(), numbers);
            *gradient = 0.0;
        }
    }
    counts.passes = 0;
}

impl<M: Model, O: Optimizer + Clone> Model for Optimized<M, O> {
    hand_on!(shape of model);
    hand_on!(passes of model);

    fn training_values(&self) -> usize {
        training_values(self.subset(self.trained).count(), self.optimizer.state_len())
    }

    fn train(
        &self,
        training: Training<'_>,
        descent: Descent,
        noise: Noise<f32>,
        sample: &[f32],
        arena: &mut [f32],
        loss: impl FnOnce(&[f32], &mut [f32]) -> f32,
    ) -> Result<f32, LengthError> {
        let Training { parameters, values, counts } = training;
        let subset = self.model.subset(self.trained);
        let gradient = values.get_mut(..subset.count()).unwrap_or_default();
        let sink = AccumulateSubset::new(parameters, gradient, subset);
        let loss = self.model.backpropagate(sink, noise, sample, arena, loss)?;
        counts.passes = counts.passes.saturating_add(1);
        if counts.passes >= self.batch.get().into() {
            self.finish(Training { parameters, values, counts }, descent);
        }
        Ok(loss)
    }

    fn finish(&self, training: Training<'_>, descent: Descent) {
        step(&self.optimizer, self.model.subset(self.trained), training, descent.clip_norm);
    }
}
