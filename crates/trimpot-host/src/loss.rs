//! Losses by name, for outputs whose number is known at run time.

mod check;
mod error;
mod help;
pub mod names;
mod probability;
mod setting;
pub(crate) mod sum;

use std::sync::LazyLock;

use trimpot::lanes::{Bits, Lanes};
use trimpot::loss::spec::{Domain, LOSSES, ListedLoss, Range, TargetSpec};
use trimpot::loss::{AnyLoss, AnyTarget, check_class_weights};
use trimpot::metric::argmax;
use trimpot::output_scale::OutputScale;
use trimpot_model::file::ModelTask;
use trimpot_model::layers::Layers;

pub use self::error::LossError;
pub use self::help::help;
use self::help::{defaults, written};
pub use self::probability::Probability;
pub use self::setting::Setting;
use crate::problem::counted;

/// The setting of losses that may count each class differently.
const CLASS_WEIGHTS: &str = "class_weights";

/// The names of all losses there are for a described network.
pub static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    LOSSES.iter().filter(|listed| needs(listed).is_none()).map(|listed| listed.name).collect()
});

/// A loss of this name, and what it wants.
pub struct NamedLoss {
    /// Its name.
    pub name: &'static str,
    /// Its settings, those that were not given too.
    pub settings: Vec<String>,
    /// The loss.
    pub loss: AnyLoss,
    /// How much each class counts; empty if all count alike.
    pub class_weights: Vec<f32>,
    /// Which targets it takes: numbers, which a class then becomes, one for each output; or `None`,
    /// if the class itself.
    pub targets: Option<Domain>,
    /// The deviation of each target, in which differences from it are counted; empty if they are
    /// counted as they are.
    pub deviations: Vec<f32>,
    /// What is added to it: losses of the same outputs and targets.
    pub plus: Vec<NamedLoss>,
}

/// Returns what a loss needs that a described network or its data do not have, if it does.
fn needs(listed: &ListedLoss) -> Option<String> {
    let spec = listed.spec;
    let needs = match (listed.rows, spec.target) {
        (_, TargetSpec::Labels) => "sequences".to_owned(),
        (_, TargetSpec::Action) => "actions and what came of them".to_owned(),
        (Some(1), TargetSpec::Values(_) | TargetSpec::Class) => match spec.outputs {
            Domain::Distribution => "outputs that are probabilities with a sum of 1".to_owned(),
            Domain::LogProbabilities | Domain::Distances => format!("outputs {}", spec.outputs),
            _ => return None,
        },
        (Some(rows), TargetSpec::Values(_)) => format!("{rows} numbers for each output"),
        (Some(2), _) => "pairs of samples".to_owned(),
        (Some(3), _) => "triplets of samples".to_owned(),
        _ => "groups of samples".to_owned(),
    };
    let instead = match spec.from_logits {
        [] => String::new(),
        [one] => format!("; {one} takes any numbers"),
        several => format!("; {} take any numbers", several.join(" and ")),
    };
    Some(needs + &instead)
}

/// Returns the loss of this name with these settings for so many outputs, or why there is none. A
/// [sum](NamedLoss::and), `bce + dice`, takes no settings.
///
/// # Errors
/// If there is no such loss, it has no such setting, or a value is out of range.
pub fn named(name: &str, given: &[Setting], outputs: usize) -> Result<NamedLoss, LossError> {
    let name = known(name).map_err(|what| LossError::new(name, format!(": {what}")))?;
    if name.contains(sum::PLUS) {
        return match given {
            [] => of_text(&name, outputs),
            _ => {
                let what = " is a sum, whose losses have their usual settings";
                Err(LossError::new(&name, what))
            }
        };
    }
    let listed = LOSSES.iter().find(|listed| listed.name == name);
    let listed = listed.ok_or_else(|| LossError::new(&name, " is in no list"))?;
    let possible = defaults(listed);
    let is_known =
        |given: &str| possible.iter().any(|setting| setting.split('=').next() == Some(given));
    if let Some(Setting { name: unknown, .. }) = given.iter().find(|given| !is_known(&given.name)) {
        let possible = match possible.as_slice() {
            [] => "none".to_owned(),
            possible => format!("{}, unless said otherwise", possible.join(", ")),
        };
        let what = format!(" has no setting {unknown}. It has {possible}");
        return Err(LossError::new(&name, what));
    }
    make(listed, given, outputs).map_err(|error| LossError::new(&name, format!(": {error}")))
}

/// Returns the loss that a model file names, `huber delta=0.5` or `bce + dice`, for so many
/// outputs, or why there is none.
///
/// # Errors
/// If there is no such loss, it has no such setting, a value is out of range, or losses cannot be
/// [added](NamedLoss::and).
pub fn of_text(text: &str, outputs: usize) -> Result<NamedLoss, LossError> {
    let mut terms = text.split(sum::PLUS).map(|text| term(text, outputs));
    let first = terms.next().unwrap_or_else(|| term("", outputs))?;
    terms.try_fold(first, |sum, other| sum.and(other?))
}

/// Returns a loss of a text that is no sum.
fn term(text: &str, outputs: usize) -> Result<NamedLoss, LossError> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let settings = words.map(str::parse).collect::<Result<Vec<Setting>, _>>();
    let settings = settings.map_err(|error| LossError::new(text, format!(": {error}")))?;
    named(name, &settings, outputs)
}

fn make(
    listed: &'static ListedLoss,
    given: &[Setting],
    outputs: usize,
) -> Result<NamedLoss, String> {
    let mut values = Vec::new();
    for setting in listed.spec.settings {
        values.push(match setting.range {
            Range::Flag => {
                let on = setting::value(given, setting.name, setting.default != 0.0)?;
                f32::from(u8::from(on))
            }
            _ => setting::value(given, setting.name, setting.default)?,
        });
    }
    let mut values = values.into_iter();
    let loss = AnyLoss::named(listed.name, |setting| values.next().unwrap_or(setting.default));
    let loss = loss.ok_or("there is no such loss")?.map_err(|error| error.to_string())?;
    let mut settings = Vec::new();
    loss.for_each_setting(&mut |setting, value| {
        settings.push(written(setting.name, setting.range, value));
    });
    let mut class_weights = Vec::new();
    if listed.spec.has_class_weights {
        let weights = setting::value::<Option<Vec<f32>>>(given, CLASS_WEIGHTS, None)?;
        settings.push(setting::written(CLASS_WEIGHTS, &weights));
        class_weights = weights.unwrap_or_default();
    }
    if !class_weights.is_empty() {
        if class_weights.len() != outputs {
            let (count, outputs) = (class_weights.len(), counted(outputs, "output"));
            return Err(format!("{count} class_weights, but the network has {outputs}"));
        }
        check_class_weights(&class_weights).map_err(|error| error.to_string())?;
    }
    let targets = match listed.spec.target {
        TargetSpec::Values(domain) => Some(domain),
        _ => None,
    };
    let (deviations, plus) = (Vec::new(), Vec::new());
    Ok(NamedLoss { name: listed.name, settings, loss, class_weights, targets, deviations, plus })
}

/// Returns the registry's name of a loss, however it is written, or those of a sum; an error if a
/// described network cannot have it.
///
/// # Errors
/// If there is no such loss: with those that have names like it.
pub fn known(name: &str) -> Result<String, String> {
    if name.contains('+') {
        let names = name.split('+').map(str::trim);
        if names.clone().any(str::is_empty) {
            return Err("a + is between two losses, as in bce + dice".to_owned());
        }
        return Ok(names.map(known).collect::<Result<Vec<_>, _>>()?.join(sum::PLUS));
    }
    let name = names::find(name).map_err(|unknown| unknown.to_string())?;
    match LOSSES.iter().find(|listed| listed.name == name).and_then(needs) {
        Some(needs) => Err(format!("{name} needs {needs}. Possible are {}", NAMES.join(", "))),
        None => Ok(name.to_owned()),
    }
}

impl NamedLoss {
    /// Returns whether differences from targets can be counted in deviations of these.
    pub fn is_of_differences(&self) -> bool {
        self.terms().all(|term| term.loss.listed().is_some_and(ListedLoss::is_of_differences))
    }

    /// Counts differences from targets in the units of a network's outputs, if these have some, the
    /// task is numbers, and it can: as a board does.
    #[must_use]
    pub fn for_outputs_of(self, network: &Layers, task: ModelTask) -> Self {
        let scale = OutputScale::of(network.spec(), &network.constants);
        let is_counted = task == ModelTask::Numbers && self.is_of_differences();
        match scale.filter(|_| is_counted) {
            Some(scale) => NamedLoss { deviations: scale.deviations().to_vec(), ..self },
            None => self,
        }
    }

    /// Returns the class that outputs of one sample say: that of the largest, the first of equals.
    /// A single output says class 1 above the loss's boundary, else class 0.
    pub fn class(&self, outputs: &[f32]) -> usize {
        match outputs {
            &[output] => usize::from(output > self.loss.outputs().boundary()),
            outputs => argmax(outputs),
        }
    }

    /// Writes d value / d output, and returns the value.
    #[inline(always)]
    pub(crate) fn gradient<V: Lanes>(
        &self,
        outputs: &[V],
        target: AnyTarget<V>,
        gradient: &mut [V],
    ) -> V {
        match (target, OutputScale::new(&self.deviations)) {
            (AnyTarget::Values(targets), Some(scale)) => scale.gradient(
                outputs,
                targets,
                gradient,
                #[inline(always)]
                |outputs, targets, gradient| {
                    self.unscaled_gradient(outputs, AnyTarget::Values(targets), gradient)
                },
            ),
            (target, _) => self.unscaled_gradient(outputs, target, gradient),
        }
    }

    /// [`gradient`](Self::gradient), with differences as they are.
    #[inline(always)]
    fn unscaled_gradient<V: Lanes>(
        &self,
        outputs: &[V],
        target: AnyTarget<V>,
        gradient: &mut [V],
    ) -> V {
        let mut sum = self.own_gradient(outputs, target, gradient);
        let mut more = vec![V::ZERO; if self.plus.is_empty() { 0 } else { outputs.len() }];
        for other in &self.plus {
            sum += other.own_gradient(outputs, target, &mut more);
            for (sum, &more) in gradient.iter_mut().zip(&more) {
                *sum += more;
            }
        }
        sum
    }

    /// Writes the gradient without what is added to the loss, and returns the value. A function of
    /// its own, once for all losses.
    fn own_gradient<V: Lanes>(&self, outputs: &[V], target: AnyTarget<V>, gradient: &mut [V]) -> V {
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                let value = self.loss.gradient(&self.class_weights, outputs, target, gradient);
                value.expect("targets and weights were made for the loss and its outputs")
            },
        )
    }
}

/// Returns the classes of a block, in lanes.
#[inline(always)]
pub(crate) fn classes<V: Lanes>(classes: &[u32]) -> AnyTarget<'static, V> {
    AnyTarget::Class(Bits::from_slice(classes))
}

#[cfg(test)]
mod tests {
    use trimpot::lanes::Native;

    use super::*;

    fn error(name: &str, settings: &[&str], outputs: usize) -> String {
        let settings: Vec<_> = settings.iter().map(|text| text.parse().unwrap()).collect();
        named(name, &settings, outputs).err().unwrap().to_string()
    }

    #[test]
    fn every_loss_of_the_core_is_possible_or_says_what_it_needs() {
        for listed in LOSSES {
            let (name, unsupported) = (listed.name, needs(listed).is_some());
            assert_eq!(known(name).is_err(), unsupported, "{name}");
            assert_eq!(named(name, &[], 3).is_ok(), !unsupported, "{name}");
            assert_eq!(NAMES.contains(&name), !unsupported, "{name}");
        }
        assert_eq!(NAMES.len(), 30, "README says so");
    }

    #[test]
    fn every_setting_changes_the_loss() {
        let outputs = [0.25, 0.5, 0.75].map(Native::splat);
        let targets = [0.0, 3.0, 1.0].map(Native::splat);
        let bits = |name: &str, given: &[Setting]| {
            let loss = named(name, given, 3).unwrap();
            let mut gradient = [Native::ZERO; 3];
            let target = match loss.targets {
                None => classes(&[1; Native::LANES]),
                Some(_) => AnyTarget::Values(&targets),
            };
            let value = loss.gradient(&outputs, target, &mut gradient);
            let [a, b, c] = gradient;
            [value, a, b, c].map(|lanes| lanes.to_array().as_ref()[0].to_bits())
        };
        let mut tried = 0;
        for listed in LOSSES.iter().filter(|listed| needs(listed).is_none()) {
            let name = listed.name;
            let other = listed.spec.settings.iter().map(|setting| {
                let value = setting.range.other_than(setting.default);
                written(setting.name, setting.range, value)
            });
            let weights = listed.spec.has_class_weights;
            for setting in other.chain(weights.then(|| "class_weights=1,2,3".to_owned())) {
                let given: Setting = setting.parse().unwrap();
                assert_ne!(bits(name, &[]), bits(name, &[given]), "{name} {setting}");
                tried += 1;
            }
        }
        assert!(tried > 20, "{tried}");
    }

    #[test]
    fn errors_of_settings_say_what_is_possible() {
        for (name, settings, says) in [
            ("huber", &["delta=-1"][..], "loss huber: delta is -1, but must be in (0, inf)"),
            ("huber", &["delta=1", "delta=2"], "loss huber: delta is set twice"),
            ("huber", &["delta=big"], "loss huber: delta=big: it must be a number"),
            (
                "focal_tversky",
                &["smooth=1"],
                "loss focal_tversky has no setting smooth. It has alpha=0.5, beta=0.5, smoothing=1, \
                 gamma=0.75, unless said otherwise",
            ),
            ("mse", &["delta=1"], "loss mse has no setting delta. It has none"),
            (
                "cross_entropy",
                &["class_weights=1,2"],
                "loss cross_entropy: 2 class_weights, but the network has 3 outputs",
            ),
            (
                "cross_entropy",
                &["class_weights=1,-2,3"],
                "loss cross_entropy: class weight is -2, but must be in [0, inf)",
            ),
            (
                "multi_margin",
                &["squared=2"],
                "loss multi_margin: squared=2: it must be true or false",
            ),
        ] {
            assert_eq!(error(name, settings, 3), says);
        }
    }

    #[test]
    fn all_settings_are_known_with_their_values() {
        let given = "beta=0.70".parse().unwrap();
        let loss = named("tversky", &[given], 3).unwrap();
        assert_eq!(loss.settings, ["alpha=0.5", "beta=0.7", "smoothing=1"]);
        assert!(help().contains("\n  cross_entropy: label_smoothing=0, class_weights=none\n"));
    }
}
