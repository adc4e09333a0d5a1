//! Networks as data, in memory of a fixed size.

use trimpot::interpreter::Interpreter;
use trimpot::lanes::Lanes;
use trimpot::layer::{Accumulate, Layer, Relu, SgdInPlace};
use trimpot::loss::{Loss, MeanSquaredError};
use trimpot::network::Network;
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Noise;
use trimpot::shape::{Shape, Vector};
use trimpot::spec::{LayerSpec, NetworkSpec};

/// The most that a network has: layers, constants, values.
const LAYERS: usize = 10;
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

/// What is done with a network, as a type or as data.
pub(crate) trait Subject<V: Lanes, const I: usize, const O: usize, const P: usize> {
    /// Returns the output.
    fn predict(&self, input: &[V; I]) -> [V; O];
    /// Adds the gradient of the mean squared error, and returns that.
    fn accumulate(
        &self,
        input: &[V; I],
        target: &[V; O],
        seeds: V::Bits,
        gradient: &mut [V; P],
    ) -> V;
    /// Takes one step in place, and returns the loss.
    fn train_step(&mut self, input: &[f32; I], target: &[f32; O], rate: f32, seed: u32) -> f32;
    /// Returns the parameters.
    fn parameters(&self) -> &[f32; P];
}

impl<V: Lanes, L, const I: usize, const O: usize, const P: usize> Subject<V, I, O, P>
    for Network<Vector<I>, L, P>
where
    L: Layer<Vector<I>, Output = Vector<O>>,
{
    fn predict(&self, input: &[V; I]) -> [V; O] {
        self.predict::<V>(input)
    }

    fn accumulate(
        &self,
        input: &[V; I],
        target: &[V; O],
        seeds: V::Bits,
        gradient: &mut [V; P],
    ) -> V {
        self.accumulate::<V, _>(&MeanSquaredError, input, target, seeds, gradient)
    }

    fn train_step(&mut self, input: &[f32; I], target: &[f32; O], rate: f32, seed: u32) -> f32 {
        self.train_step(&MeanSquaredError, input, target, rate, seed)
    }

    fn parameters(&self) -> &[f32; P] {
        self.parameters()
    }
}

/// A network as data with its parameters. Its arenas are as long as was planned, and full of NaN.
/// What cannot be computed is NaN: no panic is linked here.
pub(crate) struct Interpreted<'a, const P: usize> {
    pub interpreter: &'a Interpreter<'a>,
    pub parameters: [f32; P],
}

/// Returns so much of the values, or nothing if there are fewer.
fn arena<V>(values: &mut [V], len: usize) -> &mut [V] {
    values.get_mut(..len).unwrap_or_default()
}

impl<V: Lanes, const I: usize, const O: usize, const P: usize> Subject<V, I, O, P>
    for Interpreted<'_, P>
{
    fn predict(&self, input: &[V; I]) -> [V; O] {
        let mut values = [V::splat(f32::NAN); VALUES];
        let arena = arena(&mut values, self.interpreter.plan().inference_values());
        let output = self.interpreter.predict(&self.parameters, input, arena);
        let output = output.ok().and_then(|output| output.first_chunk().copied());
        output.unwrap_or([V::splat(f32::NAN); O])
    }

    fn accumulate(
        &self,
        input: &[V; I],
        target: &[V; O],
        seeds: V::Bits,
        gradient: &mut [V; P],
    ) -> V {
        let sink = Accumulate::new(&self.parameters, gradient);
        let mut values = [V::splat(f32::NAN); VALUES];
        let arena = arena(&mut values, self.interpreter.plan().step_values());
        let noise = Noise::new(seeds);
        let rest = |output: &[V], gradient: &mut [V]| error::<V, O>(output, target, gradient);
        let loss = self.interpreter.backpropagate(sink, noise, input, arena, rest);
        loss.unwrap_or(V::splat(f32::NAN))
    }

    fn train_step(&mut self, input: &[f32; I], target: &[f32; O], rate: f32, seed: u32) -> f32 {
        let sink = SgdInPlace::new(&mut self.parameters, rate);
        let mut values = [f32::NAN; VALUES];
        let arena = arena(&mut values, self.interpreter.plan().step_values());
        let noise = Noise::<f32>::new(seed);
        let rest = |output: &[f32], gradient: &mut [f32]| error::<f32, O>(output, target, gradient);
        self.interpreter.backpropagate(sink, noise, input, arena, rest).unwrap_or(f32::NAN)
    }

    fn parameters(&self) -> &[f32; P] {
        &self.parameters
    }
}

/// The mean squared error, of slices. NaN if their lengths are not the target's.
fn error<V: Lanes, const O: usize>(output: &[V], target: &[V; O], gradient: &mut [V]) -> V {
    match (output.try_into(), gradient.try_into()) {
        (Ok(output), Ok(gradient)) => {
            Loss::<Vector<O>>::gradient(&MeanSquaredError, output, target, gradient)
        }
        _ => V::splat(f32::NAN),
    }
}
