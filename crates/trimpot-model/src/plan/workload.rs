//! What the layers of a network have to do in a pass: in which order, with what shapes, and how far
//! the gradient goes.

use std::num::NonZeroU8;
use std::str::FromStr;

use trimpot::layer::kind::{self, GradientShare};
use trimpot::plan::{Plan, Trained};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};

use super::counts::{Counts, count};
use crate::file::BoardOptimizer;

/// What a network computes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// The output of an input.
    Inference,
    /// Forward and backward with a sample: a step in place, or a gradient that is added up.
    Step,
    /// A step of an optimizer, by a gradient that was added up.
    Update,
}

impl Pass {
    /// All of them.
    pub const ALL: [Pass; 3] = [Pass::Inference, Pass::Step, Pass::Update];
}

/// What a network is trained with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlannedLoss {
    /// Softmax cross-entropy.
    #[default]
    CrossEntropy,
    /// Mean squared error.
    Mse,
}

impl PlannedLoss {
    /// Returns the name of its type.
    pub(super) const fn name(self) -> &'static str {
        match self {
            PlannedLoss::CrossEntropy => "CrossEntropy",
            PlannedLoss::Mse => "MeanSquaredError",
        }
    }
}

/// By its name in the catalogue of losses.
impl FromStr for PlannedLoss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cross_entropy" => Ok(PlannedLoss::CrossEntropy),
            "mse" => Ok(PlannedLoss::Mse),
            _ => Err(format!("there are `cross_entropy` and `mse`, and no `{text}`")),
        }
    }
}

/// How many of the units of a ReLU are on, for a sample. A step leaves out what a dense layer in
/// front of it would do for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReluUnits {
    /// Half of them: so it is with random weights of both signs.
    HalfOn,
    /// All of them: no step takes more.
    AllOn,
}

/// How a network is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Method {
    /// The loss.
    pub loss: PlannedLoss,
    /// Which parameters are trained of those that are not frozen.
    pub trained: Trained,
    /// The optimizer to whose steps gradients are added up, and the samples of a step; none for
    /// gradient descent in place, which clips as a tuner does.
    pub optimizer: Option<(BoardOptimizer, NonZeroU8)>,
}

/// What one layer does in a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    pub spec: LayerSpec,
    pub input: Dims,
    pub output: Dims,
    /// Forward alone, or backward as well.
    pub pass: Pass,
    /// Whether weights are trained, or biases and normalisations alone.
    pub trains_weights: bool,
    /// Whether gradients are added up, or change the parameters at once.
    pub adds_up: bool,
    /// Whether somebody in front of it learns from its gradient.
    pub passes_gradient: bool,
    /// The share of its outputs whose gradient is not 0.
    pub active: f64,
    /// Whether it stores a mask for the way back.
    pub is_masked: bool,
}

/// A layer, an end of a residual connection, or of its shortcut, in the order in which they are
/// computed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Layer {
        spec: LayerSpec,
        input: Dims,
        output: Dims,
        is_frozen: bool,
        stops_gradient: bool,
    },
    Branch,
    /// The end of a shortcut: numbers of its output and of its input.
    Turn(Dims, Dims),
    Join(Dims),
}

/// Counts what a pass of a network does that is planned like this: some layers store
/// [masks](Plan::masks), and some are [computed again](Plan::computed_again).
pub fn workload(
    network: NetworkSpec<'_>,
    plan: &Plan<'_>,
    pass: Pass,
    method: Method,
    relu_units: ReluUnits,
) -> Counts {
    let mut items = Vec::new();
    collect(network.layers, network.input, false, 0, &mut items);
    if network.output_norm().is_some()
        && let Some(Item::Layer { stops_gradient, .. }) = items.last_mut()
    {
        *stops_gradient = false;
    }
    let first_trained = match pass {
        Pass::Inference | Pass::Update => items.len(),
        Pass::Step => first_trained(&items),
    };
    let mut counts = Counts::default();
    counts.add("Network", pass, "call", 1.0);
    let planned = plan.computed_again().zip(plan.masks());
    for ((number, item), (is_again, is_masked)) in items.iter().enumerate().zip(planned) {
        let learns = number >= first_trained;
        let is_twice = pass == Pass::Step && is_again;
        match *item {
            Item::Layer { spec, input, output, is_frozen, stops_gradient } => {
                let pass = if learns && !is_frozen { Pass::Step } else { Pass::Inference };
                let trains_weights = method.trained != Trained::BiasesAndNormalization;
                let passes_gradient = number > first_trained;
                let active = active(&items[number + 1..], relu_units);
                let is_masked = is_masked && pass == Pass::Step;
                let work = Work {
                    spec,
                    input,
                    output,
                    pass,
                    trains_weights,
                    adds_up: method.optimizer.is_some(),
                    passes_gradient,
                    active,
                    is_masked,
                };
                count(work, &mut counts);
                let forward = Work { pass: Pass::Inference, is_masked: false, ..work };
                if number + 1 == items.len() && learns && is_frozen && !stops_gradient {
                    // The units of the outputs, without gradients of scale and shift: each number
                    // times a factor of its channel, as forward.
                    count(forward, &mut counts);
                }
                if is_twice {
                    count(forward, &mut counts);
                    // Unlike inference it draws each number's noise again, or stores each sign:
                    // half of what a step does.
                    let half = input.count() as f64 / 2.0;
                    match spec.work() {
                        kind::Work::Noise => {
                            counts.add(spec.name(), Pass::Step, "number", half);
                        }
                        kind::Work::Signs if is_masked => {
                            counts.add(spec.name(), Pass::Step, "sign", half);
                        }
                        kind::Work::Nothing
                        | kind::Work::Numbers
                        | kind::Work::Signs
                        | kind::Work::Channels
                        | kind::Work::Rows(_)
                        | kind::Work::Lookups
                        | kind::Work::WeightedSums
                        | kind::Work::Convolution { .. }
                        | kind::Work::Pool { .. } => {}
                    }
                }
                if let kind::Work::Pool { is_searched_again: true, .. } = spec.work()
                    && pass == Pass::Step
                    && !is_masked
                {
                    // The largest numbers are looked for again on the way back.
                    count(forward, &mut counts);
                }
            }
            Item::Branch => {}
            Item::Turn(output, input) => {
                // On the way back two gradients change places. Each number moves twice, and in a step
                // the end of a residual connection goes over one three times.
                if number > first_trained {
                    let moved = 2.0 * (output.count() + input.count()) as f64;
                    counts.add("Residual", Pass::Step, "number", moved / 3.0);
                }
            }
            Item::Join(dims) => {
                let pass = if learns { Pass::Step } else { Pass::Inference };
                counts.add("Residual", pass, "call", 1.0);
                counts.add("Residual", pass, "number", dims.count() as f64);
                if is_twice {
                    counts.add("Residual", Pass::Inference, "call", 1.0);
                    counts.add("Residual", Pass::Inference, "number", dims.count() as f64);
                }
            }
        }
    }
    if pass == Pass::Step {
        let outputs = network.output().map_or(0, Dims::count);
        let loss = method.loss.name();
        counts.add(loss, pass, "call", 1.0);
        counts.add(loss, pass, "output", outputs as f64);
    }
    counts
}

/// Counts what a step of an optimizer does that trains so many parameters, by the mean gradient of so
/// many samples. No gradient is as long as it is clipped to.
pub fn update(optimizer: BoardOptimizer, parameters: usize, samples: NonZeroU8) -> Counts {
    let mut counts = Counts::default();
    counts.add(optimizer.name(), Pass::Update, "call", 1.0);
    counts.add(optimizer.name(), Pass::Update, "parameter", parameters as f64);
    if samples.get() > 1 {
        counts.add("Mean", Pass::Update, "parameter", parameters as f64);
    }
    counts
}

/// Appends layers, of which the first gets this input. Returns their output.
pub(super) fn collect(
    layers: &[LayerSpec],
    input: Dims,
    is_frozen: bool,
    depth: usize,
    items: &mut Vec<Item>,
) -> Dims {
    let (mut dims, mut rest) = (input, layers);
    while let Some((&spec, behind)) = rest.split_first() {
        let (inside, others) = behind.split_at_checked(spec.inside()).unwrap_or((behind, &[]));
        match spec {
            LayerSpec::Residual(_) => {
                items.push(Item::Branch);
                // No gradient goes round what is frozen.
                let depth = depth + usize::from(!is_frozen);
                dims = collect(inside, dims, is_frozen, depth, items);
                items.push(Item::Join(dims));
            }
            LayerSpec::Shortcut(_) => {
                let output = collect(inside, dims, is_frozen, depth, items);
                items.push(Item::Turn(output, dims));
            }
            LayerSpec::Frozen(_) => dims = collect(inside, dims, true, depth, items),
            _ => {
                let output = spec.output(dims).unwrap_or(dims);
                let stops_gradient = is_frozen && depth == 0;
                items.push(Item::Layer { spec, input: dims, output, is_frozen, stops_gradient });
                dims = output;
            }
        }
        rest = others;
    }
    dims
}

/// Returns the first item whose parameters are trained: the backward pass ends there. No gradient
/// goes through frozen layers, but round those that are in a residual connection, and through the
/// [normalisation](NetworkSpec::output_norm) that gives the outputs their units.
fn first_trained(items: &[Item]) -> usize {
    let mut first = items.len();
    for (number, item) in items.iter().enumerate().rev() {
        match *item {
            Item::Layer { stops_gradient: true, .. } => break,
            Item::Layer { spec, is_frozen: false, .. } if parameters(spec) > 0 => first = number,
            _ => {}
        }
    }
    first
}

/// Returns how many parameters a layer has that can be trained.
pub(super) fn parameters(spec: LayerSpec) -> usize {
    spec.tensors().iter().filter(|tensor| tensor.is_trained).map(|tensor| tensor.count()).sum()
}

/// Returns the share of the outputs of a layer that get a gradient, given what comes behind it.
fn active(behind: &[Item], relu_units: ReluUnits) -> f64 {
    let mut share = 1.0;
    // Residual connections whose layers are passed over: what a shortcut gives is added behind them.
    let mut around = 0;
    for item in behind {
        let spec = match item {
            Item::Join(_) if around > 0 => {
                around -= 1;
                continue;
            }
            // The gradient of the sum is that of what was added.
            Item::Join(_) => continue,
            Item::Turn(..) if around == 0 => {
                around = 1;
                continue;
            }
            Item::Branch if around > 0 => {
                around += 1;
                continue;
            }
            _ if around > 0 => continue,
            Item::Branch | Item::Turn(..) => return share,
            Item::Layer { spec, .. } => spec,
        };
        match spec.gradient_share() {
            GradientShare::Mixed => return share,
            GradientShare::Own => {}
            GradientShare::AboveZero => {
                if relu_units == ReluUnits::HalfOn {
                    share *= 0.5;
                }
            }
            GradientShare::AllBut(p) => share *= 1.0 - f64::from(p),
        }
    }
    share
}

#[cfg(test)]
mod tests {
    use trimpot::layer::{BatchNormSpec, DenseSpec, FrozenSpec, Relu};
    use trimpot::plan::PlannedStep;

    use super::*;
    use crate::plan::Costs;

    #[test]
    fn the_gradient_goes_through_the_units_of_outputs() {
        let scaled = [
            LayerSpec::Dense(DenseSpec { inputs: 6, outputs: 32 }),
            LayerSpec::Relu(Relu),
            LayerSpec::Dense(DenseSpec { inputs: 32, outputs: 2 }),
            LayerSpec::Frozen(FrozenSpec { layers: 1 }),
            LayerSpec::BatchNorm(BatchNormSpec { channels: 2, epsilon: 1e-5 }),
        ];
        let instructions = |layers, pass| {
            let network = NetworkSpec { input: Dims::vector(6), layers };
            let mut steps = vec![PlannedStep::EMPTY; network.steps()];
            let plan = Plan::new(network, &mut steps).unwrap();
            let counts = workload(network, &plan, pass, Method::default(), ReluUnits::AllOn);
            Costs::measured().instructions(&counts).unwrap()
        };
        let [plain, with_units] = [&scaled[..3], &scaled]
            .map(|layers| [Pass::Inference, Pass::Step].map(|pass| instructions(layers, pass)));
        // Forward, and backward.
        let forward = with_units[0] - plain[0];
        assert!(forward > 0.0);
        assert!((with_units[1] - plain[1] - 2.0 * forward).abs() < 1e-6, "{with_units:?}");
    }
}
