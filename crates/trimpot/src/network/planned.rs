//! Layers that are types, with the plan of their memory.

use core::marker::PhantomData;

use crate::lanes::Lanes;
use crate::layer::{GradientSink, Layer, Values};
use crate::pass::{LengthError, Pass, Scope};
use crate::plan::{Plan, PlannedStep, Reach, Subset, Trained};
use crate::random::Noise;
use crate::shape::Shape;
use crate::spec::{LayerList, NetworkSpec, SpecError};

/// Layers that are types, with the plan of their memory: passes whose parameters, memory and sink
/// for the gradient the caller has.
///
/// With `EVERY` above 0 a training step may take less memory and more work: see
/// [`Plan::with_checkpoints`]. With `BIASES` it trains biases and normalisations alone, which takes
/// less of both: see [`Plan::for_training`].
///
/// What an [`Interpreter`](crate::interpreter::Interpreter) is for a network that is data. The plan
/// is made when the program is compiled.
///
/// ```
/// use trimpot::layer::{Accumulate, Dense};
/// use trimpot::network::Planned;
/// use trimpot::random::Noise;
/// use trimpot::shape::Vector;
///
/// let planned = Planned::<Vector<2>, _>::new(&Dense::<2, 1>);
/// let (parameters, mut gradient) = ([1.0, 2.0, 0.5], [0.0; 3]);
/// let mut arena = [0.0; 8];
/// let sink = Accumulate::new(&parameters, &mut gradient);
/// let noise = Noise::<f32>::new(1);
/// let output = planned.backpropagate(sink, noise, &[3.0, 1.0], &mut arena, |&[y], [dy]| {
///     *dy = 1.0;
///     y
/// })?;
/// assert_eq!((output, gradient), (5.5, [3.0, 1.0, 1.0]));
/// # Ok::<(), trimpot::pass::LengthError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Planned<'a, In, L, const EVERY: usize = 0, const BIASES: bool = false> {
    layers: &'a L,
    input: PhantomData<In>,
}

/// How many steps a plan can have: each layer and both ends of residual connections.
const CAPACITY: usize = 2 * LayerList::CAPACITY;

/// The plan of layers, of which it has the first `N` steps.
struct Steps<const N: usize> {
    steps: [PlannedStep; N],
    count: usize,
    inference: usize,
    training: usize,
    /// How many of the steps are the front, and how many values its output has.
    front: usize,
    latents: usize,
}

impl Steps<CAPACITY> {
    const fn new<In: Shape, L: Layer<In>>(reach: Reach, trained: Trained, every: usize) -> Self {
        let mut steps = [PlannedStep::EMPTY; CAPACITY];
        let layers = L::LAYERS;
        let count = layers.steps();
        let network = NetworkSpec { input: In::DIMS, layers: layers.as_slice() };
        let (own, _) = steps.split_at_mut(count);
        let [inference, training, front, latents] =
            match Plan::with_reach(network, own, reach, trained, every) {
                Ok(plan) => {
                    [plan.inference_values(), plan.step_values(), plan.front(), plan.latents()]
                }
                Err(SpecError::TooDeep { .. }) => {
                    panic!("layers are too deep inside of each other")
                }
                Err(_) => panic!("these layers make no network"),
            };
        Steps { steps, count, inference, training, front, latents }
    }

    const fn first<const N: usize>(&self) -> Steps<N> {
        let &Steps { ref steps, count, inference, training, front, latents } = self;
        let mut first = [PlannedStep::EMPTY; N];
        let (mut to, mut from) = (first.as_mut_slice(), steps.as_slice());
        while let ([place, places @ ..], [step, others @ ..]) = (to, from) {
            *place = *step;
            (to, from) = (places, others);
        }
        Steps { steps: first, count, inference, training, front, latents }
    }
}

impl<const N: usize> Steps<N> {
    const fn as_slice(&self) -> &[PlannedStep] {
        match self.steps.split_at_checked(self.count) {
            Some((steps, _)) => steps,
            None => &[],
        }
    }
}

/// Returns the steps of a plan in a constant that is no longer than it has to be, or nearly: where
/// the compiler does not see that each step is used at one place, a program has it in flash.
macro_rules! shortest {
    ($plan:expr, $($len:literal)*) => {
        match $plan.count {
            $(0..=$len => const { $plan.first::<$len>() }.as_slice(),)*
            _ => const { $plan }.as_slice(),
        }
    };
}

impl<'a, In: Shape, L: Layer<In>, const EVERY: usize, const BIASES: bool>
    Planned<'a, In, L, EVERY, BIASES>
{
    const TRAINED: Trained = if BIASES { Trained::BiasesAndNormalization } else { Trained::All };
    const PLAN: Steps<CAPACITY> = Steps::new::<In, L>(Reach::Parameters, Self::TRAINED, EVERY);
    const PLAN_TO_INPUT: Steps<CAPACITY> = Steps::new::<In, L>(Reach::Input, Self::TRAINED, EVERY);
    const STEPS: &'static [PlannedStep] = shortest!(Self::PLAN, 2 4 6 8 12 16 24 32 48 64 96 128);
    const STEPS_TO_INPUT: &'static [PlannedStep] =
        shortest!(Self::PLAN_TO_INPUT, 2 4 6 8 12 16 24 32 48 64 96 128);

    /// How long an arena for inference is, in values.
    pub const INFERENCE_VALUES: usize = Self::PLAN.inference;

    /// How long an arena for a training step is, in values.
    pub const STEP_VALUES: usize = Self::PLAN.training;

    /// How long an arena for the gradient of the input is, in values.
    pub const INPUT_GRADIENT_VALUES: usize = Self::PLAN_TO_INPUT.training;

    /// How many values a latent has, the output of the network's front; as many as the input where
    /// there is no front. See [`Plan::latents`].
    pub const LATENTS: usize = Self::PLAN.latents;

    const FRONT: usize = Self::PLAN.front;

    /// Cannot happen: the plan has an output of this length.
    const NO_OUTPUT: LengthError =
        LengthError { what: "the output", needed: L::Output::LEN, found: 0 };

    /// Creates the passes of these layers.
    #[inline(always)]
    pub const fn new(layers: &'a L) -> Self {
        Planned { layers, input: PhantomData }
    }

    /// Returns which of the parameters are trained.
    pub const fn subset(trained: Trained) -> Subset<'static> {
        Subset::new(trained, Self::STEPS, L::PARAMETERS)
    }

    /// Returns the layers, with their settings.
    pub const fn layers(&self) -> &'a L {
        self.layers
    }

    /// Computes the output for an input, as in deployment. The arena has
    /// [`INFERENCE_VALUES`](Self::INFERENCE_VALUES) or more, and holds anything.
    ///
    /// # Errors
    /// If parameters or arena have the wrong length.
    #[inline(always)]
    pub fn predict<'m, V: Lanes>(
        &self,
        parameters: &[f32],
        input: &'m Values<In, V>,
        arena: &'m mut [V],
    ) -> Result<&'m Values<L::Output, V>, LengthError> {
        let arena = check::<In, L, V>(parameters, arena, Self::INFERENCE_VALUES)?;
        let output = self.infer(Scope::All, parameters, In::flat::<V>(input), arena);
        L::Output::shaped::<V>(output).ok_or(Self::NO_OUTPUT)
    }

    /// Computes the latent of an input, as in deployment: the output of the network's front, which
    /// is the input itself if there is none. The arena has
    /// [`INFERENCE_VALUES`](Self::INFERENCE_VALUES) or more, and holds anything.
    ///
    /// ```
    /// use trimpot::layer::{Dense, Frozen, Relu};
    /// use trimpot::network::Planned;
    /// use trimpot::shape::Vector;
    /// use trimpot::{Chain, chain};
    ///
    /// static FEATURES: [f32; 12] = [0.5; 12];
    /// type Layers = Chain![Frozen<Dense<3, 3>, 12>, Relu, Dense<3, 2>];
    /// type Network<'a> = Planned<'a, Vector<3>, Layers>;
    /// let layers: Layers = chain![Frozen::new(Dense, &FEATURES), Relu, Dense];
    /// let network = Network::new(&layers);
    ///
    /// let mut arena = [0.0_f32; Network::INFERENCE_VALUES];
    /// let parameters = [0.1; 8];
    /// let latent = network.latent(&[1.0, 2.0, -4.0], &mut arena)?.to_vec();
    /// assert_eq!(latent, [0.0; 3]);
    /// let output = network.predict_from_latent(&parameters, &latent, &mut arena)?;
    /// assert_eq!(output, &[0.1; 2]);
    /// # Ok::<(), trimpot::pass::LengthError>(())
    /// ```
    ///
    /// # Errors
    /// If the arena has the wrong length.
    #[inline(always)]
    pub fn latent<'m, V: Lanes>(
        &self,
        input: &'m Values<In, V>,
        arena: &'m mut [V],
    ) -> Result<&'m [V], LengthError> {
        let arena = LengthError::first("the arena", Self::INFERENCE_VALUES, arena)?;
        // No step of the front has parameters to be trained.
        Ok(self.infer(Scope::Front(Self::FRONT), &[], In::flat::<V>(input), arena))
    }

    /// [`predict`](Self::predict) from a [latent](Self::latent) on, with the same bits: what the
    /// front would compute is there.
    ///
    /// # Errors
    /// If one of the runs has the wrong length.
    #[inline(always)]
    pub fn predict_from_latent<'m, V: Lanes>(
        &self,
        parameters: &[f32],
        latent: &'m [V],
        arena: &'m mut [V],
    ) -> Result<&'m Values<L::Output, V>, LengthError> {
        LengthError::unless_equal("the latent", Self::LATENTS, latent.len())?;
        let arena = check::<In, L, V>(parameters, arena, Self::INFERENCE_VALUES)?;
        let output = self.infer(Scope::Head(Self::FRONT), parameters, latent, arena);
        L::Output::shaped::<V>(output).ok_or(Self::NO_OUTPUT)
    }

    #[inline(always)]
    fn infer<'m, V: Lanes>(
        &self,
        scope: Scope,
        parameters: &[f32],
        input: &'m [V],
        arena: &'m mut [V],
    ) -> &'m [V] {
        let mut pass = Pass::new(Self::STEPS, scope, input, arena, None);
        self.layers.run_forward(Self::STEPS, parameters, &mut pass);
        pass.into_output()
    }

    /// Runs forward, lets `rest` take the output, and runs backward.
    ///
    /// `rest` gets the output and writes d loss / d output, which it finds zeroed. Then each layer
    /// adds d loss / d parameters to the `sink`, the last one first. The arena has
    /// [`STEP_VALUES`](Self::STEP_VALUES) or more, and holds anything. Returns what `rest`
    /// returned.
    ///
    /// # Errors
    /// If parameters, gradient or arena have the wrong length: then nothing has changed.
    #[inline(always)]
    pub fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        input: &Values<In, V>,
        arena: &mut [V],
        rest: impl FnOnce(&Values<L::Output, V>, &mut Values<L::Output, V>) -> R,
    ) -> Result<R, LengthError> {
        let plan = (Self::STEPS, Self::STEP_VALUES);
        let input = In::flat::<V>(input);
        let (result, _) = self.run(plan, Scope::All, sink, noise, input, arena, rest)?;
        Ok(result)
    }

    /// [`backpropagate`](Self::backpropagate) from a [latent](Self::latent) on, with the same bits:
    /// what the front would compute is there.
    ///
    /// # Errors
    /// If one of the runs has the wrong length: then nothing has changed.
    #[inline(always)]
    pub fn backpropagate_from_latent<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        latent: &[V],
        arena: &mut [V],
        rest: impl FnOnce(&Values<L::Output, V>, &mut Values<L::Output, V>) -> R,
    ) -> Result<R, LengthError> {
        LengthError::unless_equal("the latent", Self::LATENTS, latent.len())?;
        let plan = (Self::STEPS, Self::STEP_VALUES);
        let scope = Scope::Head(Self::FRONT);
        let (result, _) = self.run(plan, scope, sink, noise, latent, arena, rest)?;
        Ok(result)
    }

    /// [`backpropagate`](Self::backpropagate) to the input of the network: writes
    /// d loss / d input: zeros if the gradient does not get there, because of frozen layers that no
    /// residual connection goes round. The arena has
    /// [`INPUT_GRADIENT_VALUES`](Self::INPUT_GRADIENT_VALUES) or more.
    ///
    /// # Errors
    /// If parameters, gradient or arena have the wrong length: then nothing has changed.
    #[inline(always)]
    pub fn backpropagate_to_input<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        input: &Values<In, V>,
        input_gradient: &mut Values<In, V>,
        arena: &mut [V],
        rest: impl FnOnce(&Values<L::Output, V>, &mut Values<L::Output, V>) -> R,
    ) -> Result<R, LengthError> {
        let plan = (Self::STEPS_TO_INPUT, Self::INPUT_GRADIENT_VALUES);
        let input = In::flat::<V>(input);
        let (result, pass) = self.run(plan, Scope::All, sink, noise, input, arena, rest)?;
        let gradient = In::shaped::<V>(pass.into_input_gradient());
        *input_gradient = gradient.copied().unwrap_or(In::zeros::<V>());
        Ok(result)
    }

    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "what its callers take, and which steps")]
    fn run<'m, V: Lanes, S: GradientSink<V>, R>(
        &self,
        (steps, values): (&'static [PlannedStep], usize),
        scope: Scope,
        sink: S,
        noise: Noise<V>,
        input: &'m [V],
        arena: &'m mut [V],
        rest: impl FnOnce(&Values<L::Output, V>, &mut Values<L::Output, V>) -> R,
    ) -> Result<(R, Pass<'m, V>), LengthError> {
        let arena = check::<In, L, V>(sink.parameters(), arena, values)?;
        LengthError::unless_equal("the gradient", L::PARAMETERS, sink.gradient_len())?;
        let mut pass = Pass::new(steps, scope, input, arena, Some(noise));
        self.layers.run_forward(steps, sink.parameters(), &mut pass);
        let result = pass.with_output(|output, gradient| {
            let output = L::Output::shaped::<V>(output)?;
            Some(rest(output, L::Output::shaped_mut::<V>(gradient)?))
        });
        let result = result.ok_or(Self::NO_OUTPUT)?;
        if EVERY == 0 {
            self.layers.run_backward(steps, sink, &mut pass);
        } else {
            self.run_backward_by_segments(steps, sink, &mut pass);
        }
        Ok((result, pass))
    }
}

impl<In: Shape, L: Layer<In>, const EVERY: usize, const BIASES: bool>
    Planned<'_, In, L, EVERY, BIASES>
{
    /// Runs backward, one segment after the other, the last one first. All others are computed
    /// again before.
    fn run_backward_by_segments<V: Lanes, S: GradientSink<V>>(
        &self,
        steps: &[PlannedStep],
        mut sink: S,
        pass: &mut Pass<'_, V>,
    ) {
        V::vectorize(
            pass,
            #[inline(always)]
            |pass| {
                let last = pass.last_segment();
                for segment in (1..=last).rev() {
                    pass.enter(segment);
                    if segment < last {
                        self.layers.run_forward(steps, sink.parameters(), pass);
                    }
                    let (front, own) = sink.split(pass.first_parameter(segment));
                    self.layers.run_backward(steps, own, pass);
                    sink = front;
                }
            },
        )
    }
}

/// Returns as much of the arena as is needed, if all runs are as long as they have to be.
#[inline(always)]
fn check<'m, In: Shape, L: Layer<In>, V>(
    parameters: &[f32],
    arena: &'m mut [V],
    needed: usize,
) -> Result<&'m mut [V], LengthError> {
    LengthError::unless_equal("the parameters", L::PARAMETERS, parameters.len())?;
    LengthError::first("the arena", needed, arena)
}
