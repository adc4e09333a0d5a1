//! What steps of optimizers cost.
//!
//! Logs a line for each optimizer, number of parameters and number of samples, with semicolons
//! between: `update`; the optimizer's name; how many parameters are trained; of how many samples
//! the gradient was added up; instructions.

use defmt::{error, info};
use trimpot::layer::DenseSpec;
use trimpot::optimizer::{AnyOptimizer, OPTIMIZERS};
use trimpot::plan::PlannedStep;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_parity::networks::measured::{DESCENT, LEARNING_RATE};
use trimpot_tuner::{Interpreted, Model, Optimized, Training, TrainingCounts};

use crate::counter::Counter;

/// Inputs and outputs of the dense layers that are trained.
const LAYERS: [[u32; 2]; 3] = [[4, 4], [24, 20], [59, 100]];
/// How many samples are added up: of more than one their mean is taken.
const SAMPLES: [u32; 2] = [1, 2];

/// Measures all optimizers in this memory.
pub fn run(counter: &mut Counter, memory: &mut [f32]) {
    for spec in OPTIMIZERS {
        let optimizer = AnyOptimizer::named(spec.name, Some(LEARNING_RATE), |set| set.default);
        let Some(Ok(optimizer)) = optimizer else { continue };
        for (size, samples) in LAYERS.into_iter().flat_map(|size| SAMPLES.map(|n| (size, n))) {
            let Some((parameters, cost)) = measure(counter, memory, optimizer, size, samples)
            else {
                error!("{=str} does not fit", spec.name);
                continue;
            };
            info!("update;{=str};{=usize};{=u32};{=u32}", spec.name, parameters, samples, cost);
        }
    }
}

/// A network with the memory of its training.
struct Run<'m> {
    model: Optimized<Interpreted<'m>, AnyOptimizer>,
    samples: u32,
    parameters: &'m mut [f32],
    values: &'m mut [f32],
}

/// Returns how many parameters there are, and what a step takes. `None` if there is not memory
/// enough.
fn measure(
    counter: &mut Counter,
    memory: &mut [f32],
    optimizer: AnyOptimizer,
    [inputs, outputs]: [u32; 2],
    samples: u32,
) -> Option<(usize, u32)> {
    let layers = [LayerSpec::Dense(DenseSpec { inputs, outputs })];
    let network = NetworkSpec { input: Dims::vector(inputs), layers: &layers };
    let mut steps = [PlannedStep::EMPTY; 1];
    let model = Optimized::new(Interpreted::new(network, &mut steps, &[]).ok()?, optimizer);
    let (parameters, memory) = memory.split_at_mut_checked(model.parameters())?;
    let values = memory.get_mut(..model.training_values())?;
    parameters.fill(0.1);
    values.fill(0.0);
    let count = parameters.len();
    let mut run = Run { model, samples, parameters, values };
    let [filled, updated] = [fill, update].map(|work| super::count(counter, &mut run, work));
    Some((count, updated.saturating_sub(filled)))
}

/// Writes a gradient: a step leaves zeros.
#[inline(never)]
fn fill(run: &mut Run, _call: usize) -> f32 {
    let gradient = run.values.iter_mut().take(run.parameters.len());
    gradient.for_each(|gradient| *gradient = 0.01);
    0.0
}

#[inline(never)]
fn update(run: &mut Run, call: usize) -> f32 {
    fill(run, call);
    let counts = &mut TrainingCounts { passes: run.samples, steps: call as u32 };
    let training = Training { parameters: run.parameters, values: run.values, counts };
    run.model.finish(training, DESCENT);
    0.0
}
