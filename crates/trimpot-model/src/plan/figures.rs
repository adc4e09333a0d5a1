//! What a network takes, in numbers.

use trimpot::plan::{Plan, PlannedStep};
use trimpot::spec::{NetworkSpec, SpecError};

use super::boards::Board;
use super::cost::Costs;
use super::instructions::Instructions;
use super::workload::{Method, Pass, ReluUnits, update, workload};

/// Bytes of a number.
const NUMBER: usize = size_of::<f32>();

/// How a network is trained on the board.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Training {
    /// The loss, which parameters are trained, and by which optimizer.
    pub method: Method,
    /// How many layers are computed again at a time: see [`Plan::with_checkpoints`].
    pub every: usize,
}

/// What a network takes of any board.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Parameters that are trained, and other numbers of the layers.
    pub numbers: [usize; 2],
    /// The output for an input.
    pub inference: PassFigures,
    /// A pass forward and backward with one sample, and nothing beside it: a step of gradient descent
    /// in place, or a gradient that is added up, without the memory for it. What learns on a board
    /// keeps samples, too.
    pub step: PassFigures,
    /// Instructions of a step of the optimizer; none where there is none. `None` if it was not
    /// measured.
    pub update: Option<Instructions>,
    /// Instructions of a step where all units of ReLUs are on: none takes more. `step` has those of
    /// one where half of them are.
    pub most_instructions: Option<Instructions>,
}

/// What a pass takes.
#[derive(Clone, Debug, PartialEq)]
pub struct PassFigures {
    /// Bytes of flash, by what they are for.
    pub flash: Vec<(&'static str, usize)>,
    /// Bytes of RAM, by what they are for.
    pub ram: Vec<(&'static str, usize)>,
    /// Instructions. `None` if one of the layers was not measured.
    pub instructions: Option<Instructions>,
}

impl PassFigures {
    /// Returns all bytes of flash.
    pub fn flash_bytes(&self) -> usize {
        self.flash.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Returns all bytes of RAM.
    pub fn ram_bytes(&self) -> usize {
        self.ram.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Returns whether it can be had on a board.
    pub fn fit(&self, board: &Board) -> BoardFit {
        let flash = self.flash_bytes().saturating_sub(board.flash);
        let ram = self.ram_bytes().saturating_sub(board.ram);
        match self.instructions {
            _ if flash > 0 || ram > 0 => BoardFit::TooLarge { flash, ram },
            Some(instructions) => BoardFit::Fits(1.0 / board.seconds(instructions)),
            None => BoardFit::NotEstimated,
        }
    }
}

/// Whether a pass can be had on a board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BoardFit {
    /// There are so many bytes of flash too few, and of RAM.
    TooLarge {
        /// Bytes of flash.
        flash: usize,
        /// Bytes of RAM.
        ram: usize,
    },
    /// It fits, and takes about so many samples a second: see [`Board::seconds`].
    Fits(f64),
    /// It fits. How long it takes is not known, as a layer was not measured.
    NotEstimated,
}

impl Figures {
    /// Plans a network.
    ///
    /// # Errors
    /// If the layers make no network that can be planned.
    pub fn new(network: NetworkSpec<'_>, training: Training) -> Result<Self, SpecError> {
        let Training { method, every } = training;
        let mut steps = vec![PlannedStep::EMPTY; network.steps()];
        let plan = Plan::for_training(network, &mut steps, method.trained, every)?;
        let costs = Costs::measured();
        let instructions = |pass, units| {
            let count = costs.instructions(&workload(network, &plan, pass, method, units))?;
            Some(Instructions::of(pass, count))
        };
        let trained = plan.subset(method.trained).count();
        let numbers = [trained, plan.parameters() - trained + plan.constants()];
        let figures = |pass, values: usize| PassFigures {
            flash: vec![("network", NUMBER * numbers.iter().sum::<usize>())],
            ram: vec![
                ("arena", NUMBER * values),
                ("input", NUMBER * plan.input().count()),
                ("list of layers", costs.planned_steps(network.steps())),
                ("stack", costs.stack(network.layers, pass)),
            ],
            instructions: instructions(pass, ReluUnits::HalfOn),
        };
        let inference = figures(Pass::Inference, plan.inference_values());
        let mut step = figures(Pass::Step, plan.step_values());
        // Those that are not frozen are in RAM, whether they are trained or not.
        step.ram.push(("parameters", NUMBER * plan.parameters()));
        Ok(Figures {
            numbers,
            inference,
            step,
            update: match method.optimizer {
                None => Some(Instructions::default()),
                Some((optimizer, samples)) => costs
                    .instructions(&update(optimizer, trained, samples))
                    .map(|count| Instructions::of(Pass::Update, count)),
            },
            most_instructions: instructions(Pass::Step, ReluUnits::AllOn),
        })
    }
}

/// Returns the instructions to compute the first `front` layers, those of a pass forward and backward
/// of the layers behind them, and of a step of the optimizer: where outputs of a frozen front are
/// kept, a sample takes the first once, and the second each time that it is learned. None, if a layer
/// was not measured.
///
/// # Errors
/// If the layers make no network that can be planned.
pub fn instructions_behind(
    network: NetworkSpec<'_>,
    front: usize,
    method: Method,
) -> Result<Option<[Instructions; 3]>, SpecError> {
    let training = Training { method, every: 0 };
    let (front, layers) = network.layers.split_at(front.min(network.layers.len()));
    let (mut input, mut once) = (network.input, Some(Instructions::default()));
    if !front.is_empty() {
        let front = NetworkSpec { input, layers: front };
        once = Figures::new(front, training)?.inference.instructions;
        input = front.output()?;
    }
    let Figures { step, update, .. } = Figures::new(NetworkSpec { input, layers }, training)?;
    Ok(once.zip(step.instructions).zip(update).map(|((once, step), update)| [once, step, update]))
}
