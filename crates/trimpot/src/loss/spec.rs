//! What a loss is, as data: what it takes, how it is set, and what it is called elsewhere.
//!
//! Each loss says so in its own file, by [`LossKind`]. The registry names the losses
//! ([`for_each_loss!`](crate::for_each_loss)); [`LOSSES`] is its list as data, from which commands,
//! catalogues and tests are made.
//!
//! ```
//! use trimpot::loss::spec::{Domain, LossKind, LossSpec};
//! use trimpot::loss::{Huber, Tversky};
//!
//! assert_eq!(Tversky::SPEC.outputs, Domain::Probabilities);
//! let names = Tversky::SPEC.settings.iter().map(|setting| setting.name);
//! assert!(names.eq(["alpha", "beta", "smoothing"]));
//! assert_eq!(Huber::from_settings([0.5])?, Huber::default().with_delta(0.5)?);
//! # Ok::<(), trimpot::ParameterError>(())
//! ```

mod domain;
mod example;
mod form;
mod setting;
#[cfg(test)]
mod tests;

pub use domain::{Domain, TargetSpec};
pub use example::{Example, ExampleTarget};
pub use form::{AnyRows, Elements, Form, OneRow, Several, Sums};
pub(crate) use setting::flag;
pub use setting::{Range, Setting};

pub use super::accuracy::Small;
use crate::ParameterError;
use crate::for_each_loss;

/// The families of losses: the folders of their source files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Family {
    /// Numbers are predicted.
    Regression,
    /// Yes or no.
    Binary,
    /// One of several classes.
    Multiclass,
    /// No loss once a decision is clear by a margin.
    Margin,
    /// Predictions are compared with each other.
    Pair,
    /// Masks, by their overlap.
    Overlap,
    /// Sequences of labels.
    Sequence,
    /// Policies in reinforcement learning.
    Policy,
}

impl Family {
    /// Returns the text of the family's module, whose first line says what the family is.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Family::Regression => include_str!("regression.rs"),
            Family::Binary => include_str!("binary.rs"),
            Family::Multiclass => include_str!("multiclass.rs"),
            Family::Margin => include_str!("margin.rs"),
            Family::Pair => include_str!("pair.rs"),
            Family::Overlap => include_str!("overlap.rs"),
            Family::Sequence => include_str!("sequence.rs"),
            Family::Policy => include_str!("policy.rs"),
        }
    }

    /// Returns the name of the folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Family::Regression => "regression",
            Family::Binary => "binary",
            Family::Multiclass => "multiclass",
            Family::Margin => "margin",
            Family::Pair => "pair",
            Family::Overlap => "overlap",
            Family::Sequence => "sequence",
            Family::Policy => "policy",
        }
    }
}

/// What a loss takes, how it is set, and what it is called elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossSpec {
    /// The family.
    pub family: Family,
    /// The numbers that predictions are; unless a setting makes others of them, see
    /// [`LossKind::outputs`].
    pub outputs: Domain,
    /// What predictions are compared with.
    pub target: TargetSpec,
    /// With fewer numbers in a row nothing can be learned; see [`LossKind::least_outputs`].
    pub least_outputs: usize,
    /// The settings, in the order of [`LossKind::from_settings`].
    pub settings: &'static [Setting],
    /// Whether each class may count differently.
    pub has_class_weights: bool,
    /// Names in PyTorch, torchvision, Keras, optax and scikit-learn that are not the registry's,
    /// and short forms. A root of a loss has its minimum where the loss has it.
    pub names: &'static [&'static str],
    /// The losses, by their names in the registry, that do the same with logits.
    pub from_logits: &'static [&'static str],
    /// A sample that shows what the loss does.
    pub example: Example,
}

impl LossSpec {
    /// Creates the description of a loss without settings, with the example of one prediction from
    /// −3 to 3 whose target is 0.
    #[must_use]
    pub const fn new(family: Family, outputs: Domain, target: TargetSpec) -> Self {
        LossSpec {
            family,
            outputs,
            target,
            least_outputs: 1,
            settings: &[],
            has_class_weights: false,
            names: &[],
            from_logits: &[],
            example: Example::new(&[0.0], ExampleTarget::Values(&[0.0]), 0, [-3.0, 3.0]),
        }
    }

    /// Sets how few numbers in a row are enough to learn from.
    #[must_use]
    pub const fn with_least_outputs(self, least_outputs: usize) -> Self {
        LossSpec { least_outputs, ..self }
    }

    /// Sets the settings.
    #[must_use]
    pub const fn with_settings(self, settings: &'static [Setting]) -> Self {
        LossSpec { settings, ..self }
    }

    /// Says that each class may count differently.
    #[must_use]
    pub const fn with_class_weights(self) -> Self {
        LossSpec { has_class_weights: true, ..self }
    }

    /// Sets the names elsewhere.
    #[must_use]
    pub const fn with_names(self, names: &'static [&'static str]) -> Self {
        LossSpec { names, ..self }
    }

    /// Sets the losses that do the same with logits.
    #[must_use]
    pub const fn with_from_logits(self, from_logits: &'static [&'static str]) -> Self {
        LossSpec { from_logits, ..self }
    }

    /// Sets the example.
    #[must_use]
    pub const fn with_example(self, example: Example) -> Self {
        LossSpec { example, ..self }
    }
}

/// A loss that says what it is: every one of the registry.
pub trait LossKind: Copy + Default + PartialEq {
    /// How predictions lie: in one row, or in several.
    type Form: Form;
    /// A number for each setting: `[f32; 2]`.
    type Settings: Copy + Default + AsRef<[f32]> + AsMut<[f32]>;
    /// The text of the file that it is in, whose comments are what a catalogue says:
    /// `include_str!("huber.rs")`. A program that does not read it does not hold it.
    const SOURCE: &'static str;
    /// The terms of its formula that may be larger than 1 and than the result, where they cancel:
    /// its accuracy is relative to the largest of them. `None` where there are no such terms.
    const LARGEST_TERMS: Option<&'static str> = None;
    /// How accurate values and gradients are near the minimum, of a loss that has a minimum of 0.
    /// `None` for all others, which can be negative.
    ///
    /// Where it is [`Small::Absolute`], more would cost more than a tenth of the instructions:
    /// products and roots of rows would have to be known beyond `f32` (directions, distances,
    /// paths), or differences before they are rounded (margins).
    const NEAR_MINIMUM: Option<[Small; 2]>;
    /// What it takes, how it is set, and what it is called elsewhere.
    const SPEC: LossSpec;

    /// Creates the loss with these settings, in the order of the spec.
    ///
    /// # Errors
    /// If a setting is out of its range.
    fn from_settings(settings: Self::Settings) -> Result<Self, ParameterError>;

    /// Returns the settings, in the order of the spec.
    fn settings(&self) -> Self::Settings;

    /// Creates the loss with the number that `value` gives for each setting.
    ///
    /// # Errors
    /// If a setting is out of its range.
    #[inline]
    fn configured(mut value: impl FnMut(&'static Setting) -> f32) -> Result<Self, ParameterError> {
        let mut settings = Self::Settings::default();
        for (place, setting) in settings.as_mut().iter_mut().zip(Self::SPEC.settings) {
            *place = value(setting);
        }
        Self::from_settings(settings)
    }

    /// Creates the loss with settings that differ from the default, and from each other where they
    /// can: with these, tests try it.
    ///
    /// # Errors
    /// Never, if settings are in their ranges.
    fn with_other_settings() -> Result<Self, ParameterError> {
        let mut factor = 1.0;
        Self::configured(|setting| {
            let number = setting.range.other_than(setting.default);
            if matches!(setting.range, Range::Positive | Range::NotNegative) {
                let number = number * factor;
                factor += 0.5;
                number
            } else {
                number
            }
        })
    }

    /// Returns the numbers that predictions are with these settings.
    #[inline]
    fn outputs(&self) -> Domain {
        Self::SPEC.outputs
    }

    /// Returns how few numbers in a row are enough to learn from with these settings.
    #[inline]
    fn least_outputs(&self) -> usize {
        Self::SPEC.least_outputs
    }
}

/// The settings of a loss that has none.
macro_rules! no_settings {
    () => {
        type Settings = [f32; 0];

        #[inline]
        fn from_settings([]: [f32; 0]) -> Result<Self, crate::ParameterError> {
            Ok(Self::default())
        }

        #[inline]
        fn settings(&self) -> [f32; 0] {
            []
        }
    };
}
pub(crate) use no_settings;

/// A loss of the registry, as data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListedLoss {
    /// Its name in the registry.
    pub name: &'static str,
    /// The name of its type in `trimpot::loss`.
    pub type_name: &'static str,
    /// How many rows a prediction has; `None` if it may be any number of them.
    pub rows: Option<u32>,
    /// What it takes, how it is set, and what it is called elsewhere.
    pub spec: LossSpec,
    /// What its accuracy is relative to: [`LossKind::LARGEST_TERMS`].
    pub largest_terms: Option<&'static str>,
    /// How accurate it is near a minimum of 0: [`LossKind::NEAR_MINIMUM`].
    pub near_minimum: Option<[Small; 2]>,
}

impl ListedLoss {
    const fn of<L: LossKind>(name: &'static str, path: &'static str) -> Self {
        let type_name = last_name(path);
        ListedLoss {
            name,
            type_name,
            rows: L::Form::ROWS,
            spec: L::SPEC,
            largest_terms: L::LARGEST_TERMS,
            near_minimum: L::NEAR_MINIMUM,
        }
    }

    /// Returns whether it is a mean over single numbers that depends on nothing but how far each
    /// prediction is from its target, both of any size: what an
    /// [`OutputScale`](crate::output_scale::OutputScale) can count in deviations.
    #[must_use]
    pub fn is_of_differences(&self) -> bool {
        let LossSpec { family, outputs, target, least_outputs, .. } = self.spec;
        let takes_any = (outputs, target) == (Domain::Any, TargetSpec::Values(Domain::Any));
        family == Family::Regression && takes_any && (self.rows, least_outputs) == (Some(1), 1)
    }

    /// Returns the text of its source file, see [`LossKind::SOURCE`]; nothing if it is not listed.
    #[must_use]
    pub fn source(&self) -> Option<&'static str> {
        let of = SOURCES.iter().find(|(name, _)| *name == self.name);
        of.map(|&(_, source)| source)
    }
}

/// Returns what a path ends with.
const fn last_name(path: &'static str) -> &'static str {
    let mut rest = path.as_bytes();
    let mut name = rest;
    while let [first, others @ ..] = rest {
        if matches!(first, b':' | b' ') {
            name = others;
        }
        rest = others;
    }
    match core::str::from_utf8(name) {
        Ok(name) => name,
        Err(_) => path,
    }
}

macro_rules! listed {
    ($($name:ident: $loss:ty;)*) => {
        &[$(ListedLoss::of::<$loss>(stringify!($name), stringify!($loss))),*]
    };
}

macro_rules! sources {
    ($($name:ident: $loss:ty;)*) => { &[$((stringify!($name), <$loss>::SOURCE)),*] };
}

const SOURCES: &[(&str, &str)] = for_each_loss!(sources);

/// All losses of the registry, in its order: family by family.
pub const LOSSES: &[ListedLoss] = for_each_loss!(listed);
