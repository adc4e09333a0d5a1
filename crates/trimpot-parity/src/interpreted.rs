//! Networks as data, in memory of a fixed size.

use trimpot::interpreter::Interpreter;
use trimpot::lanes::Lanes;
use trimpot::layer::{Accumulate, Layer, Relu, SgdInPlace};
use trimpot::loss::{MeanSquaredError, SliceLoss};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Noise;
use trimpot::shape::Shape;
use trimpot::spec::{LayerSpec, NetworkSpec};

/// The most that a network has: layers, parameters, constants, values of a pass.
const LAYERS: usize = 14;
pub(crate) const PARAMETERS: usize = 600;
const CONSTANTS: usize = 64;
const VALUES: usize = 512;

/// Runs something with the interpreter of the network that these layers are. `None` if the network
/// has more of something than there is memory for.
pub fn with_interpreter<In: Shape, L: Layer<In>, R>(
    layers: &L,
    run: impl FnOnce(&Interpreter) -> R,
) -> Option<R> {
    let mut specs = [LayerSpec::Relu(Relu); LAYERS];
    let mut count = 0;
    layers.for_each_spec(&mut |spec| {
        if let Some(place) = specs.get_mut(count) {
            *place = spec;
        }
        count += 1;
    });
    let mut constants = [0.0; CONSTANTS];
    let mut numbers = 0;
    layers.for_each_constant(&mut |run| {
        for (place, &number) in constants.iter_mut().skip(numbers).zip(run) {
            *place = number;
        }
        numbers += run.len();
    });
    let spec = NetworkSpec { input: In::DIMS, layers: specs.get(..count)? };
    let mut steps = [PlannedStep::EMPTY; LAYERS];
    let plan = Plan::new(spec, steps.get_mut(..spec.steps())?).ok()?;
    let interpreter = Interpreter::new(plan, constants.get(..numbers)?).ok()?;
    Some(run(&interpreter))
}

/// A network as data with its parameters. Its arenas are as long as was planned, and full of NaN.
pub(crate) struct Interpreted<'a> {
    pub interpreter: &'a Interpreter<'a>,
    /// As many as the network has.
    pub parameters: &'a mut [f32],
}

/// Returns the first of the values, or nothing if there are fewer.
pub(crate) fn first<V>(values: &mut [V], len: usize) -> &mut [V] {
    values.get_mut(..len).unwrap_or_default()
}

impl Interpreted<'_> {
    /// Tells the output.
    pub fn predict<V: Lanes>(&self, input: &[V], tell: impl FnOnce(&[V])) {
        let mut values = [V::splat(f32::NAN); VALUES];
        let arena = first(&mut values, self.interpreter.plan().inference_values());
        if let Ok(output) = self.interpreter.predict(self.parameters, input, arena) {
            tell(output);
        }
    }

    /// Tells the mean squared error and its gradient.
    pub fn accumulate<V: Lanes>(
        &self,
        input: &[V],
        target: &[V],
        seeds: V::Bits,
        tell: impl FnOnce(V, &[V]),
    ) {
        let mut gradient = [V::ZERO; PARAMETERS];
        let gradient = first(&mut gradient, self.parameters.len());
        let sink = Accumulate::new(self.parameters, gradient);
        let mut values = [V::splat(f32::NAN); VALUES];
        let arena = first(&mut values, self.interpreter.plan().step_values());
        let rest =
            |y: &[V], gradient: &mut [V]| MeanSquaredError.slice_gradient(y, target, gradient);
        let loss = self.interpreter.backpropagate(sink, Noise::new(seeds), input, arena, rest);
        if let Ok(loss) = loss {
            tell(loss, gradient);
        }
    }

    /// Takes one step in place, and returns the loss: NaN without memory.
    pub fn train_step(&mut self, input: &[f32], target: &[f32], rate: f32, seed: u32) -> f32 {
        let sink = SgdInPlace::new(self.parameters, rate);
        let mut values = [f32::NAN; VALUES];
        let arena = first(&mut values, self.interpreter.plan().step_values());
        let rest =
            |y: &[f32], gradient: &mut [f32]| MeanSquaredError.slice_gradient(y, target, gradient);
        let noise = Noise::<f32>::new(seed);
        self.interpreter.backpropagate(sink, noise, input, arena, rest).unwrap_or(f32::NAN)
    }
}
