//! What a pass through a network does at each step of its plan: the same for a network that is a
//! type and for one that is data.

mod length;
mod memory;

pub use length::LengthError;

pub(crate) use self::memory::{Memory, Part};
use crate::lanes::Lanes;
use crate::layer::GradientSink;
use crate::layer::kernel::{Backward, Forward, LayerKernel, OutputMemory, Stored};
use crate::plan::{Derivative, Gradients, Location, Operation, PlannedStep};
use crate::random::Noise;
use crate::spec::LayerSpec;
use crate::spec::cursor::DEPTH;

/// A pass under way: the values, and where in the plan they are. Opaque; layers hand it on.
#[derive(Debug)]
pub struct Pass<'m, V: Lanes> {
    memory: Memory<'m, V>,
    steps: &'m [PlannedStep],
    /// In training: that of the network.
    noise: Option<Noise<V>>,
    scope: Scope,
}

/// Which steps are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    /// Those of the front, which are so many.
    Front(usize),
    /// Those behind the front, of which the latent is there.
    Head(usize),
    /// One segment, where values are computed again.
    Segment(u32),
}

/// The numbers of a layer.
#[derive(Clone, Copy)]
pub(crate) struct Tensors<'a> {
    /// Those that are trained, or would be if the layer were not frozen.
    pub parameters: &'a [f32],
    /// The others.
    pub constants: &'a [f32],
}

/// No values.
const NOTHING: Part = (Location::Low(0), 0);

impl<'m, V: Lanes> Pass<'m, V> {
    /// Begins a pass through all steps or some of them, for inference or with the noise of
    /// training. The input is that of the first of them: a latent for the head.
    ///
    /// The arena is as long as the plan of all steps says.
    #[inline(always)]
    pub(crate) fn new(
        steps: &'m [PlannedStep],
        scope: Scope,
        input: &'m [V],
        arena: &'m mut [V],
        noise: Option<Noise<V>>,
    ) -> Self {
        let mut pass = Pass { memory: Memory { input, arena }, steps, noise, scope };
        if let Scope::Head(front) = scope {
            // To where the front would have left it.
            let (place, len) = pass.output_of(steps.get(..front).unwrap_or_default());
            pass.memory.copy(Location::Input, place, len);
        }
        pass
    }

    /// Returns where the output is after the last step that is under way, and how long it is.
    #[inline(always)]
    pub(crate) fn output(&self) -> Part {
        match self.scope {
            Scope::Front(count) => self.output_of(self.steps.get(..count).unwrap_or_default()),
            Scope::All | Scope::Head(_) | Scope::Segment(_) => self.output_of(self.steps),
        }
    }

    /// Returns where the output is after the last of these steps, and how long it is: after none it
    /// is the input.
    #[inline(always)]
    fn output_of(&self, steps: &[PlannedStep]) -> Part {
        let Some(last) = steps.last() else { return (Location::Input, self.memory.input.len()) };
        let buffers = if self.noise.is_some() { last.training } else { last.inference };
        (buffers.output, last.output.count())
    }

    /// Returns the output, after the last step.
    #[inline(always)]
    pub(crate) fn into_output(self) -> &'m [V] {
        let (place, len) = self.output();
        self.memory.into_values(place, len)
    }

    /// Shows the output of the network, and where its gradient goes: that holds zeros.
    #[inline(always)]
    pub(crate) fn with_output<R>(&mut self, rest: impl FnOnce(&[V], &mut [V]) -> R) -> R {
        let output = self.output();
        let (_, len) = output;
        let gradient = (Location::High(len), len);
        // Nothing in passing, at the very end.
        let (output, [_, gradient, _]) = self
            .memory
            .forward_parts(NOTHING, output, gradient, (Location::High(0), 0))
            .unwrap_or_default();
        gradient.fill(V::ZERO);
        rest(output, gradient)
    }

    /// Returns the gradient of the network's input after the first step went backward; nothing if
    /// it does not get there.
    #[inline(always)]
    pub(crate) fn into_input_gradient(self) -> &'m [V] {
        match self.steps {
            [first, ..] if first.derivative == Derivative::Whole => {
                let place = Location::High(first.gradients.input);
                self.memory.into_values(place, first.input.count())
            }
            _ => &[],
        }
    }

    /// Returns the input of a step in training, before it is run forward.
    pub(crate) fn input_of(&self, step: &PlannedStep) -> &[V] {
        self.memory.values((step.training.input, step.input.count()))
    }

    /// Returns the input of a step in training that stores it, and its gradient, after the step was
    /// run backward.
    pub(crate) fn input_and_gradient(&mut self, step: &PlannedStep) -> (&[V], &mut [V]) {
        if step.derivative != Derivative::Whole || !step.stored().is_input() {
            return Default::default();
        }
        let len = step.input.count();
        let [_, passing] = step.training.passing;
        let parts = self.memory.backward_parts(
            (step.training.input, len),
            (Location::Low(passing), 0),
            (Location::High(step.gradients.input), len),
            (Location::High(0), 0),
        );
        parts.map(|(input, [_, gradient, _])| (input, gradient)).unwrap_or_default()
    }

    /// Returns the number of the last segment.
    #[inline(always)]
    pub(crate) fn last_segment(&self) -> u32 {
        self.steps.last().map_or(0, |step| step.checkpoint.segment)
    }

    /// Returns where the parameters of a segment begin among those of the network.
    pub(crate) fn first_parameter(&self, segment: u32) -> usize {
        let first = self.steps.iter().find(|step| step.checkpoint.segment == segment);
        first.map_or(0, |step| step.parameters)
    }

    /// Goes on with one segment alone. If it is to be computed again, there is room for it then.
    pub(crate) fn enter(&mut self, segment: u32) {
        self.scope = Scope::Segment(segment);
        let last = self.steps.iter().rev().find(|step| step.checkpoint.segment == segment);
        if let Some(step) = last
            && let Some(end) = step.checkpoint.end
        {
            let len = step.output.count();
            self.memory.move_up(end.found, len, len);
        }
    }

    /// Returns whether a step belongs to what is under way.
    #[inline(always)]
    fn takes(&self, step: &PlannedStep) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Front(_) => step.front,
            Scope::Head(_) => !step.front,
            Scope::Segment(segment) => step.checkpoint.segment == segment,
        }
    }

    /// Returns how many parameters to be trained these steps have that belong to what is under way;
    /// of all steps it is `all`.
    #[inline(always)]
    pub(crate) fn parameters(&self, steps: &[PlannedStep], all: usize) -> usize {
        // The closure borrows nothing of the pass: in small code the compiler would not take it
        // apart, and whatever follows from the plan would not be a constant.
        let Scope::Segment(segment) = self.scope else { return all };
        let own = steps.iter().filter(|step| step.checkpoint.segment == segment && !step.frozen);
        own.fold(0, |sum, step| sum.saturating_add(step.counts[0]))
    }

    /// Keeps the output of a step after which a segment begins, the first time.
    #[inline(always)]
    fn keep(&mut self, step: &PlannedStep) {
        if let Some(end) = step.checkpoint.end
            && !matches!(self.scope, Scope::Segment(_))
            && self.noise.is_some()
        {
            self.memory.copy(step.training.output, Location::Low(end.kept), step.output.count());
        }
    }

    /// Runs a layer forward.
    #[inline(always)]
    pub(crate) fn forward<K: LayerKernel>(
        &mut self,
        step: &PlannedStep,
        kernel: K,
        tensors: Tensors<'_>,
    ) {
        if self.takes(step) {
            self.compute(step, kernel, tensors);
            self.keep(step);
        }
    }

    #[inline(always)]
    fn compute<K: LayerKernel>(
        &mut self,
        step: &PlannedStep,
        kernel: K,
        Tensors { parameters, constants }: Tensors<'_>,
    ) {
        let (buffers, noise) = match self.noise {
            Some(noise) if !step.frozen => (step.training, Some(self.noise_of(step, noise))),
            Some(_) => (step.training, None),
            None => (step.inference, None),
        };
        let dims = [step.input, step.output];
        let [input, output] = [step.input.count(), step.output.count()];
        let ([needed, _], [start, _]) = (step.needs.buffers, buffers.passing);
        let mask = match step.mask {
            Some(at) if self.noise.is_some() => (Location::Low(at), step.needs.mask),
            _ => NOTHING,
        };
        let input = match step.needs.output {
            OutputMemory::SameAsInput => return,
            OutputMemory::InPlace => {
                self.memory.copy(buffers.input, buffers.output, output);
                (buffers.output, 0)
            }
            OutputMemory::Separate => (buffers.input, input),
        };
        let (output, buffer) = ((buffers.output, output), (Location::Low(start), needed));
        let parts = self.memory.forward_parts(mask, input, output, buffer);
        if let Some((input, [mask, output, buffer])) = parts {
            kernel.forward(Forward {
                dims,
                parameters,
                constants,
                noise,
                input,
                output,
                mask,
                buffer,
            });
        }
    }

    /// Ends a residual connection: adds what came in to what the layers inside gave.
    #[inline(always)]
    pub(crate) fn join(&mut self, step: &PlannedStep) {
        if !self.takes(step) {
            return;
        }
        let buffers = if self.noise.is_some() { step.training } else { step.inference };
        self.memory.join(&buffers, step.output.count());
        self.keep(step);
    }

    /// Runs a layer backward, if anybody wants that. `sink` is the layer's own.
    #[inline(always)]
    pub(crate) fn backward<K: LayerKernel, S: GradientSink<V>>(
        &mut self,
        step: &PlannedStep,
        kernel: K,
        sink: S,
        constants: &[f32],
    ) {
        let is_wanted =
            step.derivative != Derivative::Unwanted && self.takes(step) && sink.is_reached();
        let Some(noise) = self.noise.filter(|_| is_wanted) else { return };
        let noise = self.noise_of(step, noise);
        let dims = [step.input, step.output];
        let [input, output] = [step.input.count(), step.output.count()];
        let ([_, needed], [_, start]) = (step.needs.buffers, step.training.passing);
        let stored = match (step.mask, step.stored()) {
            (Some(at), _) => (Location::Low(at), step.needs.mask),
            (None, Stored::Nothing) => NOTHING,
            (None, Stored::Input) => (step.training.input, input),
            (None, Stored::Output) => (step.training.output, output),
        };
        let is_separate = matches!(step.needs.output, OutputMemory::Separate)
            && matches!(step.derivative, Derivative::Whole);
        self.move_gradient(step);
        let parts = self.memory.backward_parts(
            stored,
            (Location::Low(start), needed),
            (Location::High(step.gradients.output), output),
            (Location::High(step.gradients.input), if is_separate { input } else { 0 }),
        );
        let Some((stored, [buffer, gradient, input_gradient])) = parts else { return };
        let (stored, mask): (&[V], &[V]) =
            if step.mask.is_some() { (&[], stored) } else { (stored, &[]) };
        input_gradient.fill(V::ZERO);
        let input_gradient = is_separate.then_some(input_gradient);
        kernel.backward(Backward {
            dims,
            sink,
            trains_weights: step.trains_weights(),
            constants,
            noise,
            stored,
            mask,
            gradient,
            input_gradient,
            buffer,
        });
    }

    /// Takes the gradient back over a step that is not a layer with parameters to be trained: an
    /// end of a residual connection, or a frozen layer.
    #[inline(always)]
    pub(crate) fn backward_around(&mut self, step: &PlannedStep) {
        if step.derivative == Derivative::Unwanted || !self.takes(step) {
            return;
        }
        self.move_gradient(step);
        let to = Location::High(step.gradients.input);
        let from = Location::High(step.gradients.output);
        match step.operation {
            // No gradient goes through, nor round what is inside.
            _ if step.stops_gradient() => self.memory.clear(to, step.input.count()),
            Operation::Join => self.memory.copy(from, to, step.output.count()),
            // That of the layers' input is in front of that of the sum, which the shortcut gets.
            Operation::Turn => self.memory.swap(to, [step.output.count(), step.input.count()]),
            Operation::Branch => self.memory.add(from, to, step.input.count()),
            Operation::Layer(_) => {}
        }
    }

    /// Moves the gradient of a step's output to where the step has it.
    #[inline(always)]
    fn move_gradient(&mut self, step: &PlannedStep) {
        let Gradients { found, output, .. } = step.gradients;
        if found != output {
            self.memory.move_up(found, output, step.output.count());
        }
    }

    /// Returns the noise of a step, given that of the network.
    #[inline(always)]
    fn noise_of(&self, step: &PlannedStep, noise: Noise<V>) -> Noise<V> {
        if !matches!(step.operation, Operation::Layer(LayerSpec::Dropout(_))) {
            return noise;
        }
        // The numbers of the residual connections that it is inside of, the innermost one first.
        let mut numbers = [0; DEPTH];
        let (mut depth, mut branch) = (0_usize, step.branch);
        while let Some(around) = branch.checked_sub(1).and_then(|at| self.steps.get(at)) {
            if let Some(number) = numbers.get_mut(depth) {
                *number = around.number;
            }
            (depth, branch) = (depth.saturating_add(1), around.branch);
        }
        let numbers = numbers.get(..depth).unwrap_or(&numbers);
        let mut noise = noise;
        for &number in numbers.iter().rev() {
            noise = after(noise, number).inside();
        }
        after(noise, step.number)
    }
}

/// Returns the noise of the layer that comes so many layers later.
#[inline(always)]
fn after<V: Lanes>(mut noise: Noise<V>, number: u32) -> Noise<V> {
    for _ in 0..number {
        noise = noise.next_layer();
    }
    noise
}
