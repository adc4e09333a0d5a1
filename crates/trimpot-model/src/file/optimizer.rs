//! Optimizers of boards, by the names that a model file has for them.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The optimizer with which a board learns: as text `sgd`, `momentum:0.9`, `adam` …, by the names
/// of `trimpot train --optimizer`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BoardOptimizer {
    /// Stochastic gradient descent, in place.
    Sgd,
    /// Stochastic gradient descent with this momentum, in [0, 1).
    Momentum(f32),
    /// RMSProp.
    RmsProp,
    /// Adagrad.
    Adagrad,
    /// Adadelta.
    Adadelta,
    /// Adam.
    Adam,
    /// Adam with decoupled weight decay.
    AdamW,
    /// Lion.
    Lion,
}

impl BoardOptimizer {
    /// Those without a setting of their own, by their names.
    pub(super) const NAMED: [(&str, Self); 7] = [
        ("sgd", Self::Sgd),
        ("rms_prop", Self::RmsProp),
        ("adagrad", Self::Adagrad),
        ("adadelta", Self::Adadelta),
        ("adam", Self::Adam),
        ("adam_w", Self::AdamW),
        ("lion", Self::Lion),
    ];
}

impl Display for BoardOptimizer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Self::Momentum(momentum) = self {
            return write!(f, "momentum:{momentum}");
        }
        let mut named = Self::NAMED.iter().filter(|(_, optimizer)| optimizer == self);
        named.try_for_each(|(name, _)| f.write_str(name))
    }
}

impl FromStr for BoardOptimizer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(momentum) = text.strip_prefix("momentum:") {
            let momentum = momentum.parse().ok().filter(|momentum| (0.0..1.0).contains(momentum));
            return momentum.map(Self::Momentum).ok_or("momentum is in [0, 1)".to_owned());
        }
        let found = Self::NAMED.iter().find(|(name, _)| *name == text);
        found.map(|&(_, optimizer)| optimizer).ok_or_else(|| {
            let names = Self::NAMED.map(|(name, _)| name).join(", ");
            format!("there are {names}, and momentum:0.9")
        })
    }
}
