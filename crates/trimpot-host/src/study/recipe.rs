//! How a network is trained, as data.

use std::num::NonZeroUsize;

use trimpot::ParameterError;
use trimpot::optimizer::AnyOptimizer;
use trimpot::penalty::{ElasticNet, L1, L2};
use trimpot_model::architecture::{Activation, Architecture, Between};
use trimpot_model::layers::Layers;
use trimpot_model::plan::{Figures, Training, multiply_adds};
use trimpot_model::standardization::Standardization;

use super::error::RecipeError;
use super::experiment::Measure;
use super::subject::Subject;
use super::tuned::Setting;
use crate::augmentation::Augmentation;
use crate::loss::sum::PLUS;
use crate::train::TrainConfig;

/// How a network is trained, as data: in the words of `trimpot train`, by which it can be trained
/// again.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The network: sizes, or layers.
    pub network: String,
    /// The activation between layers of which the sizes are given.
    pub activation: Activation,
    /// The p of dropout after each of these activations; 0 for none.
    pub dropout: f32,
    /// Whether each feature is given mean 0 and deviation 1, by a layer in front.
    pub standardize: bool,
    /// The loss with its settings, as a model file names it: `focal gamma=2`.
    pub loss: String,
    /// The name of the optimizer.
    pub optimizer: &'static str,
    /// The momentum of `sgd`.
    pub momentum: f32,
    /// The learning rate.
    pub learning_rate: f32,
    /// The strength of the penalty Σ|w|.
    pub l1: f32,
    /// The strength of the penalty Σw².
    pub l2: f32,
    /// What is done to samples before they are learned from, anew in every epoch.
    pub augmentation: Option<Augmentation>,
    /// Samples of a step.
    pub batch: NonZeroUsize,
    /// Passes through the samples.
    pub epochs: u32,
    /// How many samples are trained on.
    pub rows: usize,
}

impl Recipe {
    /// Changes a setting that is tuned.
    pub fn set(&mut self, setting: Setting, value: f32) {
        match setting {
            Setting::LearningRate => self.learning_rate = value,
            Setting::L1 => self.l1 = value,
            Setting::L2 => self.l2 = value,
            Setting::Dropout => self.dropout = value,
        }
    }

    /// Returns the layers of the network, without those that standardize.
    ///
    /// # Errors
    /// If the text is no network.
    pub fn layers(&self) -> Result<Layers, RecipeError> {
        let network = self.network.parse::<Architecture>()?;
        let between = match &network {
            Architecture::Sizes(_) => Between {
                activation: Some(self.activation),
                output_activation: None,
                dropout: (self.dropout > 0.0).then_some(self.dropout),
            },
            Architecture::Layers(_) => Between::default(),
        };
        network.layers(between).map_err(RecipeError::Network)
    }

    /// Returns the optimizer.
    ///
    /// # Errors
    /// If there is none of this name, or a setting of it is out of range.
    pub fn optimizer(&self) -> Result<AnyOptimizer, RecipeError> {
        let setting = |setting: &trimpot::loss::spec::Setting| match setting.name {
            "momentum" => self.momentum,
            _ => setting.default,
        };
        let optimizer = AnyOptimizer::named(self.optimizer, Some(self.learning_rate), setting);
        Ok(optimizer.ok_or(RecipeError::Optimizer(self.optimizer))??)
    }

    /// Returns how training goes through the samples.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn config(&self, seed: u32) -> Result<TrainConfig, ParameterError> {
        let mut config = TrainConfig::new(self.epochs, self.batch, seed);
        if self.l1 != 0.0 || self.l2 != 0.0 {
            config.penalty = Some(ElasticNet::from((L1::new(self.l1)?, L2::new(self.l2)?)));
        }
        Ok(config)
    }

    /// Returns about how many multiply-adds training takes.
    pub fn work(&self, subject: &Subject) -> f64 {
        let forward = self.layers().map_or(0, |layers| multiply_adds(layers.spec()));
        let rows = self.rows.min(subject.most_rows());
        3.0 * forward as f64 * rows as f64 * f64::from(self.epochs)
    }

    /// Returns what follows from the network alone; none of other measures, or if there is no
    /// network.
    pub fn measure(&self, measure: Measure) -> Option<f64> {
        let own = self.layers().ok()?;
        // As it is on a board: with the layer that standardizes.
        let layers = match self.standardize {
            true => Standardization::identity(own.input.channels() as usize).before(&own),
            false => own,
        };
        let network = layers.spec();
        Some(match measure {
            Measure::Parameters => network.parameters() as f64,
            Measure::MultiplyAdds => multiply_adds(network) as f64,
            Measure::RamToLearn => {
                let figures = Figures::new(network, Training::default()).ok()?;
                figures.step.ram_bytes() as f64
            }
            _ => return None,
        })
    }

    /// Returns the options of `trimpot train` that train so.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut say = |option: &str, value: String| {
            words.push(format!("--{option}"));
            words.push(value);
        };
        say("network", self.network.clone());
        if matches!(self.network.parse(), Ok(Architecture::Sizes(_))) {
            if self.activation != Activation::default() {
                say("activation", self.activation.name().to_owned());
            }
            if self.dropout > 0.0 {
                say("dropout", self.dropout.to_string());
            }
        }
        if self.loss.contains(PLUS) {
            say("loss", self.loss.clone());
        } else {
            let mut loss = self.loss.split_whitespace();
            say("loss", loss.next().unwrap_or_default().to_owned());
            loss.for_each(|setting| say("loss-option", setting.to_owned()));
        }
        say("optimizer", self.optimizer.to_owned());
        say("learning-rate", self.learning_rate.to_string());
        for (option, value) in [("momentum", self.momentum), ("l1", self.l1), ("l2", self.l2)] {
            if value != 0.0 {
                say(option, value.to_string());
            }
        }
        if let Some(augmentation) = self.augmentation {
            say("augment", augmentation.to_string());
        }
        say("batch", self.batch.to_string());
        say("epochs", self.epochs.to_string());
        if self.standardize {
            words.push("--standardize".to_owned());
        }
        words
    }
}
