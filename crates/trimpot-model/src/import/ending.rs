//! What an original has behind its last layer.

use std::fmt;

/// What an original has behind the outputs of the model, and a loss has here: it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Probabilities: `exp(x_i) / Σ_j exp(x_j)`.
    Softmax,
    /// Their logarithms.
    LogSoftmax,
    /// The probability of the second of two classes, `σ(x_1 − x_0)`: the one output of the original
    /// is behind a sigmoid. See [`Binary`].
    Sigmoid,
    /// The logit of that probability, `x_1 − x_0`: the one output of the original.
    Logit,
}

/// What becomes of the one output of an original that tells two classes apart.
///
/// Its logit `z` says the second of them with a probability of `σ(z)`. Two logits, 0 and `z`, say the
/// same: `softmax(0, z) = (1 − σ(z), σ(z))`. With these it is a classifier as any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binary {
    /// Two logits, if the original ends with a sigmoid or has names of two classes.
    #[default]
    IfSaid,
    /// Two logits: one output is known to tell two classes apart.
    TwoLogits,
    /// The one output, with the sigmoid if there is one.
    OneOutput,
}

impl Ending {
    /// Those that are no layer.
    const NAMED: [Ending; 2] = [Ending::Softmax, Ending::LogSoftmax];

    /// Returns the one of this name, which is PyTorch's for the function, if it is no layer.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Ending::NAMED.into_iter().find(|ending| ending.name() == name)
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Ending::Softmax => "softmax",
            Ending::LogSoftmax => "log_softmax",
            Ending::Sigmoid => "sigmoid",
            Ending::Logit => "logit",
        }
    }

    /// Returns how many outputs the original has, where the model has so many logits.
    #[must_use]
    pub const fn outputs(self, logits: usize) -> usize {
        match self {
            Ending::Softmax | Ending::LogSoftmax => logits,
            Ending::Sigmoid | Ending::Logit => 1,
        }
    }

    /// Returns what the original makes of the logits of a sample.
    ///
    /// ```
    /// use trimpot_model::import::Ending;
    ///
    /// assert_eq!(Ending::Softmax.of(&[1.0, 1.0]), [0.5, 0.5]);
    /// assert_eq!(Ending::Sigmoid.of(&[0.0, 0.0]), [0.5]);
    /// assert_eq!(Ending::Logit.of(&[0.0, 3.0]), [3.0]);
    /// ```
    #[must_use]
    pub fn of(self, logits: &[f64]) -> Vec<f64> {
        let second = || logits.iter().skip(1).zip(logits).map(|(one, zero)| one - zero).take(1);
        match self {
            Ending::Softmax => log_softmax(logits).map(f64::exp).collect(),
            Ending::LogSoftmax => log_softmax(logits).collect(),
            Ending::Sigmoid => second().map(|logit| (1.0 + (-logit).exp()).recip()).collect(),
            Ending::Logit => second().collect(),
        }
    }
}

/// Returns the logarithms of the probabilities of these logits.
fn log_softmax(logits: &[f64]) -> impl Iterator<Item = f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|logit| (logit - most).exp()).sum();
    logits.iter().map(move |logit| logit - most - sum.ln())
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
