//! The batch normalisations of a network that are trained, for whoever measures their statistics.

use super::{Derivative, Operation, Plan, PlannedStep};
use crate::layer::BatchNormSpec;
use crate::spec::LayerSpec;

/// A batch normalisation that is not frozen: where it is in the network, and where its numbers are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedBatchNorm {
    /// Its step: see [`TrainingPass`](crate::interpreter::TrainingPass).
    pub step: usize,
    /// What it is.
    pub spec: BatchNormSpec,
    /// How many numbers of a sample each channel has.
    pub area: usize,
    /// Where its scales, and behind them its shifts, begin among the network's parameters.
    pub parameters: usize,
    /// Where its means, and behind them its variances, begin among the network's constants.
    pub constants: usize,
    /// Whether a training step computes the gradient of its input.
    pub has_input_gradient: bool,
}

impl PlannedBatchNorm {
    fn new((at, step): (usize, &PlannedStep)) -> Option<Self> {
        match step.operation {
            Operation::Layer(LayerSpec::BatchNorm(spec)) if !step.frozen => {
                Some(PlannedBatchNorm {
                    step: at,
                    spec,
                    area: spec.area(step.input),
                    parameters: step.parameters,
                    constants: step.constants,
                    has_input_gradient: step.derivative == Derivative::Whole,
                })
            }
            _ => None,
        }
    }
}

impl<'a> Plan<'a> {
    /// Returns the batch normalisations that are not frozen, in order.
    ///
    /// ```
    /// use trimpot::layer::{BatchNormSpec, DenseSpec};
    /// use trimpot::plan::{Plan, PlannedStep};
    /// use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
    ///
    /// let layers = [
    ///     LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 3 }),
    ///     LayerSpec::BatchNorm(BatchNormSpec { channels: 3, epsilon: 1e-5 }),
    /// ];
    /// let spec = NetworkSpec { input: Dims::vector(4), layers: &layers };
    /// let mut steps = [PlannedStep::EMPTY; 2];
    /// let norm = Plan::new(spec, &mut steps)?.batch_norms().next().expect("there is one");
    /// assert_eq!((norm.step, norm.area, norm.parameters, norm.constants), (1, 1, 15, 0));
    /// # Ok::<(), trimpot::spec::SpecError>(())
    /// ```
    pub fn batch_norms(&self) -> impl Iterator<Item = PlannedBatchNorm> + Clone + use<'a> {
        self.steps.iter().enumerate().filter_map(PlannedBatchNorm::new)
    }
}
