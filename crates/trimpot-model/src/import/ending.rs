//! What an original has behind its last layer.

use std::fmt;

/// What an original has behind the outputs of the model, and a loss has here: it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Probabilities: `exp(x_i) / Σ_j exp(x_j)`.
    Softmax,
    /// Their logarithms.
    LogSoftmax,
}

impl Ending {
    const ALL: [Ending; 2] = [Ending::Softmax, Ending::LogSoftmax];

    /// Returns the one of this name, which is PyTorch's for the function.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Ending::ALL.into_iter().find(|ending| ending.name() == name)
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Ending::Softmax => "softmax",
            Ending::LogSoftmax => "log_softmax",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
