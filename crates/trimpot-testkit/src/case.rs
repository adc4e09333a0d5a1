//! Samples for losses.

use serde_json::{Map, Value};
use trimpot::loss::spec::{Range, Setting};

/// A loss by its name in the registry, its parameters, and one sample for it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name in the registry, which is that of the golden cases.
    pub loss: String,
    /// The parameters, by the names of the golden cases.
    pub options: Options,
    /// How many rows the prediction has: several where a loss compares predictions with each other.
    pub rows: usize,
    /// What was predicted, row by row.
    pub prediction: Vec<f32>,
    /// What it is compared with.
    pub target: Answer,
}

/// A target.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// There is none.
    Nothing,
    /// One number.
    Number(f32),
    /// A number for each element.
    Values(Vec<f32>),
    /// A class label.
    Class(u32),
    /// A class label for each of several places.
    Labels(Vec<u32>),
    /// What was done in reinforcement learning, and what came of it.
    Action {
        /// The action's index.
        action: u32,
        /// How much better than expected it was.
        advantage: f32,
        /// The logarithm of its probability when it was chosen.
        old_log_probability: f32,
    },
}

impl Case {
    /// Creates a case whose prediction is one row, without parameters.
    #[must_use]
    pub fn new(loss: &str, prediction: Vec<f32>, target: Answer) -> Self {
        let loss = loss.to_owned();
        Case { loss, options: Options::default(), rows: 1, prediction, target }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options = self.options.with(name, value);
        self
    }

    /// The same with the prediction cut into rows.
    #[must_use]
    pub fn in_rows(self, rows: usize) -> Self {
        assert!(self.prediction.len().is_multiple_of(rows), "rows are equally long");
        Case { rows, ..self }
    }

    /// Returns a parameter, as the core takes it.
    #[must_use]
    pub fn option(&self, name: &str, default: f64) -> f32 {
        self.options.number(name, default) as f32
    }

    /// Returns what a setting of the core is, by the names and the ways of PyTorch and the golden
    /// cases.
    #[must_use]
    pub fn setting(&self, setting: &Setting) -> f32 {
        let is = |is: bool| f32::from(u8::from(is));
        match setting.name {
            "squared" => is(self.option("p", 1.0) == 2.0),
            "manhattan_distance" => is(self.option("p", 2.0) == 1.0),
            "of_rates" => match self.options.0.get("log_input") {
                Some(rates) if rates == false => self.option("eps", 1e-8),
                _ => setting.default,
            },
            _ if setting.range == Range::Flag => is(self.options.flag(setting.elsewhere)),
            _ => self.option(setting.elsewhere, f64::from(setting.default)),
        }
    }

    /// Returns the target's number for each element.
    ///
    /// # Panics
    /// If the target is something else.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        match &self.target {
            Answer::Values(values) => values.iter().map(|&value| f64::from(value)).collect(),
            other => panic!("{} wants values, not {other:?}", self.loss),
        }
    }

    /// Returns the target's class.
    ///
    /// # Panics
    /// If the target is something else.
    #[must_use]
    pub fn class(&self) -> usize {
        match self.target {
            Answer::Class(class) => class as usize,
            ref other => panic!("{} wants a class, not {other:?}", self.loss),
        }
    }

    /// Returns the target's labels; golden cases write them as plain numbers.
    ///
    /// # Panics
    /// If the target is something else.
    #[must_use]
    pub fn labels(&self) -> Vec<u32> {
        match &self.target {
            Answer::Labels(labels) => labels.clone(),
            Answer::Values(values) => values.iter().map(|&label| label as u32).collect(),
            other => panic!("{} wants labels, not {other:?}", self.loss),
        }
    }

    /// Returns the target's action, its advantage, and the logarithm of its probability when it was
    /// chosen.
    ///
    /// # Panics
    /// If the target is something else.
    #[must_use]
    pub fn action(&self) -> (usize, f64, f64) {
        match self.target {
            Answer::Action { action, advantage, old_log_probability } => {
                (action as usize, f64::from(advantage), f64::from(old_log_probability))
            }
            ref other => panic!("{} wants an action, not {other:?}", self.loss),
        }
    }

    /// Returns the target's number.
    ///
    /// # Panics
    /// If the target is something else.
    #[must_use]
    pub fn number(&self) -> f64 {
        match self.target {
            Answer::Number(number) => f64::from(number),
            ref other => panic!("{} wants a number, not {other:?}", self.loss),
        }
    }
}

/// Parameters by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options(pub Map<String, Value>);

impl Options {
    /// One parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = match value.into() {
            // The number that the core gets: an `f32`, however it is written.
            Value::Number(number) if number.is_f64() => {
                number.as_f64().map_or(Value::Null, |number| f64::from(number as f32).into())
            }
            other => other,
        };
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Returns a number, or what it is by default.
    #[must_use]
    pub fn number(&self, name: &str, default: f64) -> f64 {
        self.0.get(name).and_then(Value::as_f64).unwrap_or(default)
    }

    /// Returns whether something is asked for.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Returns a list of numbers, if there is one of this name.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        self.0.get(name)?.as_array()?.iter().map(Value::as_f64).collect()
    }
}

/// What a loss made of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueAndGradient {
    /// The loss.
    pub value: f32,
    /// Its gradient.
    pub gradient: Vec<f32>,
}
