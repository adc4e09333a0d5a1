//! Optimizers and schedules by name.

use clap::ValueEnum;
use trimpot::ParameterError;
use trimpot::optimizer::{
    Adadelta, Adagrad, Adam, AdamW, Lion, OPTIMIZERS, Optimizer, OptimizerSpec, RmsProp, Sgd,
};
use trimpot::schedule::{
    Constant, Cosine, Exponential, Linear, OneCycle, Schedule, StepDecay, WarmUp,
};

use super::options::Options;

/// An optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Stochastic gradient descent; learning rate 0.01 unless said otherwise
    Sgd,
    /// RMSProp; 0.001
    RmsProp,
    /// Adagrad; 0.01
    Adagrad,
    /// Adadelta; 1
    Adadelta,
    /// Adam; 0.001
    Adam,
    /// Adam with decoupled weight decay; 0.001
    AdamW,
    /// Lion; 0.0001
    Lion,
}

impl OptimizerName {
    /// Returns what the core says of it.
    fn spec(self) -> &'static OptimizerSpec {
        let value = self.to_possible_value();
        let is_own =
            |spec: &&OptimizerSpec| value.as_ref().is_some_and(|v| v.get_name() == spec.name);
        OPTIMIZERS.iter().find(is_own).expect("the core has every optimizer")
    }

    /// Returns the learning rate unless said otherwise.
    pub fn default_learning_rate(self) -> f32 {
        self.spec().learning_rate
    }

    /// Returns the weight decay unless said otherwise.
    pub fn default_weight_decay(self) -> f32 {
        let decay = self.spec().settings.iter().find(|setting| setting.name == "weight_decay");
        decay.map_or(0.0, |setting| setting.default)
    }

    /// Returns how many numbers it remembers of each parameter.
    pub fn numbers(self) -> u64 {
        match self {
            Self::Sgd => numbers::<Sgd>(),
            Self::RmsProp => numbers::<RmsProp>(),
            Self::Adagrad => numbers::<Adagrad>(),
            Self::Adadelta => numbers::<Adadelta>(),
            Self::Adam => numbers::<Adam>(),
            Self::AdamW => numbers::<AdamW>(),
            Self::Lion => numbers::<Lion>(),
        }
    }
}

/// Returns how many numbers an optimizer remembers of each parameter.
fn numbers<O: Optimizer>() -> u64 {
    O::State::<f32>::default().as_ref().len() as u64
}

/// How the learning rate changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ScheduleName {
    /// Stays
    Constant,
    /// Times --decay after every --decay-every epochs
    Step,
    /// Times --decay after every step
    Exponential,
    /// Falls in half a cosine wave to --final-learning-rate
    Cosine,
    /// Falls evenly to --final-learning-rate
    Linear,
    /// Rises and falls (Smith's one-cycle policy); --learning-rate is the largest
    OneCycle,
}

impl ScheduleName {
    /// Returns whether the learning rates depend on how many steps there will be.
    pub fn knows_the_end(self) -> bool {
        matches!(self, Self::Cosine | Self::Linear | Self::OneCycle)
    }
}

/// The numbers of a schedule.
#[derive(Clone, Copy, Debug)]
pub struct LearningRates {
    /// The learning rate it begins with, or the largest.
    pub learning_rate: f32,
    /// The last one.
    pub last: f32,
    /// What it is multiplied with.
    pub decay: f32,
    /// After how many steps.
    pub every: u32,
    /// Steps of warm-up from 0.
    pub warm_up: u32,
    /// All steps.
    pub steps: u32,
}

impl LearningRates {
    /// Returns the schedule of this name.
    ///
    /// # Errors
    /// If a learning rate or the number of steps is out of range.
    pub fn schedule(
        self,
        name: ScheduleName,
    ) -> Result<Box<dyn Schedule + Send + Sync>, ParameterError> {
        let LearningRates { learning_rate, last, decay, every, warm_up, steps } = self;
        let left = steps.saturating_sub(warm_up);
        match name {
            ScheduleName::Constant => self.warmed(Constant::new(learning_rate)?),
            ScheduleName::Step => self.warmed(StepDecay::new(learning_rate, decay, every)?),
            ScheduleName::Exponential => self.warmed(Exponential::new(learning_rate, decay)?),
            ScheduleName::Cosine => self.warmed(Cosine::new(learning_rate, last, left)?),
            ScheduleName::Linear => self.warmed(Linear::new(learning_rate, last, left)?),
            ScheduleName::OneCycle => self.warmed(OneCycle::new(learning_rate, left)?),
        }
    }

    fn warmed(
        self,
        then: impl Schedule + Send + Sync + 'static,
    ) -> Result<Box<dyn Schedule + Send + Sync>, ParameterError> {
        Ok(match self.warm_up {
            0 => Box::new(then),
            steps => Box::new(WarmUp::new(0.0, steps, then)?),
        })
    }
}

/// What an optimizer is for, whichever it is.
pub(super) trait UsesOptimizer {
    /// What comes out.
    type Output;

    /// Does it with this one.
    fn run(self, optimizer: impl Optimizer + Send + Sync) -> Self::Output;
}

impl Options {
    /// Lets `user` have the optimizer of the options.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub(super) fn with_optimizer<U: UsesOptimizer>(
        &self,
        user: U,
    ) -> Result<U::Output, ParameterError> {
        let (rate, decay) = (self.first_learning_rate(), self.weight_decay());
        Ok(match self.optimizer {
            OptimizerName::Sgd => {
                let sgd = Sgd::new(rate)?.with_momentum(self.momentum.unwrap_or(0.0))?;
                let sgd = sgd.with_weight_decay(decay)?;
                user.run(if self.nesterov { sgd.with_nesterov() } else { sgd })
            }
            OptimizerName::RmsProp => user.run(RmsProp::new(rate)?.with_weight_decay(decay)?),
            OptimizerName::Adagrad => user.run(Adagrad::new(rate)?.with_weight_decay(decay)?),
            OptimizerName::Adadelta => user.run(Adadelta::new(rate)?.with_weight_decay(decay)?),
            OptimizerName::Adam => user.run(Adam::new(rate)?.with_weight_decay(decay)?),
            OptimizerName::AdamW => user.run(AdamW::new(rate)?.with_weight_decay(decay)?),
            OptimizerName::Lion => user.run(Lion::new(rate)?.with_weight_decay(decay)?),
        })
    }
}
