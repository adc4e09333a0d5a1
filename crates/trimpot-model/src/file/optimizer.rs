//! Optimizers of boards, by the names that a model file has for them.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use trimpot::optimizer::{OPTIMIZERS, OptimizerSpec};

/// Plain gradient descent.
const SGD: &str = "sgd";

/// The optimizer with which a board learns: as text `sgd`, `adam` …, by the names of
/// [`OPTIMIZERS`], with the settings that these have by default; or `momentum:0.9`, `sgd` with so
/// much momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoardOptimizer {
    spec: &'static OptimizerSpec,
    momentum: Option<f32>,
}

impl BoardOptimizer {
    /// Returns the optimizer of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let spec = OPTIMIZERS.iter().find(|spec| spec.name == name)?;
        Some(BoardOptimizer { spec, momentum: None })
    }

    /// Returns stochastic gradient descent with this momentum, in [0, 1).
    #[must_use]
    pub fn momentum(momentum: f32) -> Option<Self> {
        let sgd = BoardOptimizer::named(SGD)?;
        (0.0..1.0).contains(&momentum).then_some(BoardOptimizer { momentum: Some(momentum), ..sgd })
    }

    /// Returns whether it remembers nothing of a parameter: then a step of a single sample can be
    /// made in place.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self.spec.name == SGD && self.momentum.is_none()
    }

    /// Returns its name, without a setting.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec.name
    }

    /// Returns its settings, in the order of
    /// [`AnyOptimizer::named`](trimpot::optimizer::AnyOptimizer::named).
    #[must_use]
    pub fn settings(self) -> Vec<f32> {
        let settings = self.spec.settings.iter();
        let value = settings.map(|setting| match setting.name {
            "momentum" => self.momentum.unwrap_or(setting.default),
            _ => setting.default,
        });
        value.collect()
    }
}

impl Display for BoardOptimizer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.momentum {
            Some(momentum) => write!(f, "momentum:{momentum}"),
            None => f.write_str(self.spec.name),
        }
    }
}

impl FromStr for BoardOptimizer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(momentum) = text.strip_prefix("momentum:") {
            let momentum = momentum.parse().ok().and_then(Self::momentum);
            return momentum.ok_or("momentum is in [0, 1)".to_owned());
        }
        Self::named(text).ok_or_else(|| {
            let names: Vec<_> = OPTIMIZERS.iter().map(|spec| spec.name).collect();
            format!("there are {}, and momentum:0.9", names.join(", "))
        })
    }
}
