//! Which of a network's parameters are trained.

use core::ops::Range;

use super::{Operation, PlannedStep};
use crate::spec::LayerSpec;

/// Which of a network's parameters are trained: the others stay as they are, though no layer is
/// frozen.
///
/// What is trained of a network is a [`Subset`] of its parameters, that of a
/// [`Plan`](super::Plan::subset) or of a [type](crate::network::Planned::subset).
/// ([`Frozen`](crate::layer::Frozen) layers have no parameters: theirs are in flash, and values in
/// front of them need no memory.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trained {
    /// All of them.
    #[default]
    All,
    /// Those of the last so many layers that have any.
    Last(u32),
    /// Biases, and all parameters of normalisations: few numbers, which reach every layer. (Cai et
    /// al. 2020, TinyTL; Ben Zaken et al. 2022, BitFit.)
    BiasesAndNormalization,
}

/// The parameters of a network that are trained, or of a part of it.
///
/// ```
/// use trimpot::layer::{DenseSpec, Relu};
/// use trimpot::plan::{Plan, PlannedStep, Trained};
/// use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
///
/// let layers = [
///     LayerSpec::Dense(DenseSpec { inputs: 64, outputs: 32 }),
///     LayerSpec::Relu(Relu),
///     LayerSpec::Dense(DenseSpec { inputs: 32, outputs: 10 }),
/// ];
/// let spec = NetworkSpec { input: Dims::vector(64), layers: &layers };
/// let mut steps = [PlannedStep::EMPTY; 3];
/// let plan = Plan::new(spec, &mut steps)?;
/// assert_eq!(plan.subset(Trained::All).count(), plan.parameters());
/// assert_eq!(plan.subset(Trained::Last(1)).count(), 32 * 10 + 10);
/// assert_eq!(plan.subset(Trained::BiasesAndNormalization).count(), 32 + 10);
/// # Ok::<(), trimpot::spec::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Subset<'a> {
    /// The steps, which say which tensors are trained; empty where the index of a parameter alone
    /// decides.
    steps: &'a [PlannedStep],
    /// Nothing in front of this parameter of the network is trained.
    from: usize,
    /// Which parameters of the network the part has.
    start: usize,
    end: usize,
    /// How many are trained of those in front of the part, and up to its end.
    before: usize,
    up_to: usize,
}

impl<'a> Subset<'a> {
    pub(crate) const fn new(trained: Trained, steps: &'a [PlannedStep], parameters: usize) -> Self {
        let (steps, from): (&[PlannedStep], _) = match trained {
            Trained::All => (&[], 0),
            Trained::Last(layers) => (&[], first_of_last(steps, layers, parameters)),
            Trained::BiasesAndNormalization => (steps, 0),
        };
        let whole = Subset { steps, from, start: 0, end: parameters, before: 0, up_to: 0 };
        Subset { up_to: whole.count_before(parameters), ..whole }
    }

    /// Returns how many parameters are trained.
    pub const fn count(&self) -> usize {
        self.up_to.saturating_sub(self.before)
    }

    /// Returns where among all parameters of the network those are that are trained, run by run.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let by_place = self.steps.is_empty().then_some(self.from..self.end);
        let biases = self.steps.iter().filter(|step| step.has_parameters()).map(|step| {
            let [parameters, _] = step.counts;
            let end = step.parameters.saturating_add(parameters);
            end.saturating_sub(trained_of(step, parameters))..end
        });
        by_place.into_iter().chain(biases)
    }

    /// Returns how many parameters of a layer are not trained. They are its first ones, since a bias
    /// is a layer's last tensor.
    pub(crate) const fn untrained(&self) -> usize {
        self.end.saturating_sub(self.start).saturating_sub(self.count())
    }

    /// Returns whether anything is trained in it or in front of it.
    pub(crate) const fn is_reached(&self) -> bool {
        self.up_to > 0
    }

    /// Returns the part for the first `at` parameters, and the part for the rest.
    pub(crate) fn split(self, at: usize) -> (Self, Self) {
        let middle = self.start.saturating_add(at).min(self.end);
        // Where a part is all there is, nothing has to be counted.
        let trained = match middle {
            middle if middle == self.start => self.before,
            middle if middle == self.end => self.up_to,
            middle => self.count_before(middle),
        };
        let first = Subset { end: middle, up_to: trained, ..self };
        (first, Subset { start: middle, before: trained, ..self })
    }

    /// Returns how many of the network's first parameters are trained.
    const fn count_before(&self, end: usize) -> usize {
        if self.steps.is_empty() {
            return end.saturating_sub(self.from);
        }
        let mut count = 0_usize;
        let mut rest = self.steps;
        while let [step, others @ ..] = rest {
            if step.has_parameters() {
                let [parameters, _] = step.counts;
                let first = step
                    .parameters
                    .saturating_add(parameters.saturating_sub(trained_of(step, parameters)));
                let own = smaller(end, step.parameters.saturating_add(parameters));
                count = count.saturating_add(own.saturating_sub(first));
            }
            rest = others;
        }
        count
    }
}

/// Writes how many parameters of each step are trained; where those are biases alone, also the
/// memory that they need.
pub(super) const fn mark_trained(steps: &mut [PlannedStep], trained: Trained, parameters: usize) {
    let from = match trained {
        Trained::All | Trained::BiasesAndNormalization => 0,
        Trained::Last(layers) => first_of_last(steps, layers, parameters),
    };
    let mut rest = steps;
    while let [step, others @ ..] = rest {
        let [own, _] = step.counts;
        step.trained = match trained {
            _ if step.frozen || step.parameters < from => 0,
            Trained::All | Trained::Last(_) => own,
            Trained::BiasesAndNormalization => trained_of(step, own),
        };
        if let Operation::Layer(spec) = step.operation
            && !step.frozen
            && !step.trains_weights()
        {
            step.needs = spec.memory_for_biases(step.input);
        }
        rest = others;
    }
}

/// Returns how many parameters of a step, the last ones, are biases or those of a normalisation.
const fn trained_of(step: &PlannedStep, parameters: usize) -> usize {
    match step.operation {
        Operation::Layer(LayerSpec::BatchNorm(_) | LayerSpec::LayerNorm(_)) => parameters,
        Operation::Layer(spec) => smaller(spec.tensors().biases(), parameters),
        Operation::Branch | Operation::Turn | Operation::Join => 0,
    }
}

/// Returns where the parameters of the last so many layers begin.
const fn first_of_last(steps: &[PlannedStep], layers: u32, parameters: usize) -> usize {
    let (mut first, mut left) = (parameters, layers);
    let mut rest = steps;
    while let [others @ .., step] = rest {
        if left == 0 {
            break;
        }
        if step.has_parameters() {
            (first, left) = (step.parameters, left - 1);
        }
        rest = others;
    }
    first
}

const fn smaller(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}
