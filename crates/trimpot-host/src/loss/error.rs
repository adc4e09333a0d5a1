//! Why there is no loss of a name with its settings, or a network cannot learn with it.

use crate::problem::Remedy;

/// Why a loss cannot be had, or not for a network and its samples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("loss {name}{what}")]
pub struct LossError {
    /// The name of the loss.
    pub name: String,
    /// What is wrong, as it goes on after the name.
    pub what: String,
    /// What would mend it, if that is known.
    pub remedy: Option<Remedy>,
}

impl LossError {
    pub(super) fn new(name: &str, what: impl Into<String>) -> Self {
        LossError { name: name.to_owned(), what: what.into(), remedy: None }
    }

    pub(super) fn with(self, remedy: Remedy) -> Self {
        LossError { remedy: Some(remedy), ..self }
    }
}
