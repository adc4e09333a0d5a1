//! Losses by name, for outputs whose number is known at run time.

mod domain;
mod padded;
mod setting;
mod table;

use trimpot::lanes::{Bits, Lanes, Native};
use trimpot::loss::{Class, Elementwise, Loss};
use trimpot::shape::Vector;

use crate::description::{Activation, Description};
use crate::loss_names;

pub use domain::Domain;
pub use setting::Setting;
pub use table::{NAMES, UNSUPPORTED};

/// The targets of the samples of a block, one in each lane.
#[derive(Clone, Copy, Debug)]
pub enum BlockTarget<'a> {
    /// A class.
    Class(<Native as Lanes>::Bits),
    /// A number for each output.
    Numbers(&'a [Native]),
}

/// A loss whose type is not known.
pub trait AnyLoss: Send + Sync {
    /// Writes d value / d output, and returns the value.
    fn gradient(&self, outputs: &[Native], target: BlockTarget, gradient: &mut [Native]) -> Native;
}

/// A loss of this name, and what it wants.
pub struct NamedLoss {
    /// Its name.
    pub name: &'static str,
    /// Its settings, those that were not given too.
    pub settings: Vec<String>,
    /// The loss.
    pub loss: Box<dyn AnyLoss>,
    /// With fewer outputs it learns nothing.
    pub least_outputs: usize,
    /// Which outputs it takes.
    pub outputs: Domain,
    /// Which targets it takes: a class, or numbers, which a class then becomes, one for each
    /// output.
    pub targets: Domain,
}

/// Of one element at a time, and so for any number of outputs.
struct Elements<L>(L);

impl<L: Elementwise + Send + Sync> AnyLoss for Elements<L> {
    /// The steps of the core's `Loss<Vector<N>>`.
    fn gradient(&self, outputs: &[Native], target: BlockTarget, gradient: &mut [Native]) -> Native {
        let BlockTarget::Numbers(targets) = target else { unreachable!("classes became numbers") };
        let share = Native::splat(1.0 / outputs.len() as f32);
        let mut sum = Native::ZERO;
        for ((gradient, &output), &target) in gradient.iter_mut().zip(outputs).zip(targets) {
            let (value, derivative) = self.0.value_and_derivative(output, target);
            sum += value;
            *gradient = derivative * share;
        }
        sum * share
    }
}

/// Of a class, for `N` outputs.
struct OfClass<L, const N: usize>(L);

impl<L: Loss<Vector<N>, Target = Class> + Send + Sync, const N: usize> AnyLoss for OfClass<L, N> {
    fn gradient(&self, outputs: &[Native], target: BlockTarget, gradient: &mut [Native]) -> Native {
        let BlockTarget::Class(class) = target else {
            unreachable!("classes stayed what they are")
        };
        self.0.gradient(sized(outputs), &class, sized_mut::<N>(gradient))
    }
}

/// Of a number for each of `N` outputs.
struct OfVector<L, const N: usize>(L);

impl<L: Loss<Vector<N>, Target = Vector<N>> + Send + Sync, const N: usize> AnyLoss
    for OfVector<L, N>
{
    fn gradient(&self, outputs: &[Native], target: BlockTarget, gradient: &mut [Native]) -> Native {
        let BlockTarget::Numbers(targets) = target else { unreachable!("classes became numbers") };
        self.0.gradient(sized(outputs), sized(targets), sized_mut::<N>(gradient))
    }
}

fn sized<const N: usize>(values: &[Native]) -> &[Native; N] {
    values.first_chunk().expect("the loss was made for as many outputs")
}

fn sized_mut<const N: usize>(values: &mut [Native]) -> &mut [Native; N] {
    values.first_chunk_mut().expect("the loss was made for as many outputs")
}

/// Returns the loss of this name with these settings for so many outputs, or why there is none.
pub fn named(name: &str, given: &[Setting], outputs: usize) -> Result<NamedLoss, String> {
    known(name)?;
    let possible = table::settings(name);
    let is_known =
        |given: &str| possible.iter().any(|setting| setting.split('=').next() == Some(given));
    if let Some(Setting { name: unknown, .. }) = given.iter().find(|given| !is_known(&given.name)) {
        let possible = match possible.as_slice() {
            [] => "none".to_owned(),
            possible => format!("{}, unless said otherwise", possible.join(", ")),
        };
        return Err(format!("--loss {name} has no setting {unknown}. It has {possible}"));
    }
    table::make(name, outputs, given).map_err(|error| format!("--loss {name}: {error}"))
}

/// Returns the settings of all losses, for `--help`.
pub fn help() -> String {
    let of_loss = |name: &&str| match table::settings(name).as_slice() {
        [] => None,
        settings => Some(format!("\n  {name}: {}", settings.join(", "))),
    };
    let all: String = NAMES.iter().filter_map(of_loss).collect();
    format!(
        "A setting of the loss; may be given several times. Those there are, and what they are if not \
         given:\n{all}\n\nclass_weights are as many numbers as there are classes: 1,2,0.5. With \
         of_rates=1e-8, say, outputs are rates, not their logarithms."
    )
}

/// Returns the registry's name of a loss, however it is written; an error if a described network
/// cannot have it.
pub fn known(name: &str) -> Result<String, String> {
    let name = loss_names::find(name)
        .map_err(|unknown| format!("{unknown}. `trimpot losses` lists all"))?;
    match UNSUPPORTED.iter().find(|(unsupported, _)| *unsupported == name) {
        Some((_, needs)) => Err(format!("{name} needs {needs}. Possible are {}", NAMES.join(", "))),
        None => Ok(name.to_owned()),
    }
}

impl NamedLoss {
    /// Returns an error if this network cannot learn with this loss: classes, or numbers.
    pub fn check(&self, network: &Description, numbers: bool) -> Result<(), String> {
        let (name, outputs) = (self.name, network.sizes.outputs());
        if numbers && self.targets == Domain::Class {
            return Err(format!("--loss {name} wants classes, not --targets"));
        }
        if outputs < self.least_outputs {
            let instead = if numbers { "mse" } else { "bce_with_logits" };
            return Err(format!(
                "--loss {name} learns nothing with {outputs} output: it wants at least {}. For one \
                 output take another, such as --loss {instead}",
                self.least_outputs
            ));
        }
        let last = network.output_activation;
        if !self.outputs.holds_outputs(last.map_or(Activation::ANY, Activation::range)) {
            let fits = |activation: &&Activation| self.outputs.holds_outputs(activation.range());
            let fitting = Activation::ALL.iter().filter(fits).map(|activation| activation.name());
            let fitting: Vec<String> = fitting.collect();
            return Err(format!(
                "--loss {name} wants outputs {}, but those {} are not. Possible {}{}",
                self.outputs.in_words(),
                match last {
                    Some(last) => format!("of --output-activation {}", last.name()),
                    None => "of a last layer without --output-activation".to_owned(),
                },
                if self.outputs.holds_outputs(Activation::ANY) {
                    "are none at all, and --output-activation "
                } else {
                    "are --output-activation "
                },
                fitting.join(", "),
            ));
        }
        let of_class = self.targets.of_class();
        if !numbers
            && self.targets != Domain::Class
            && !of_class.iter().all(|&number| self.targets.holds(number))
        {
            let ([wrong, right], targets) = (of_class, self.targets.in_words());
            return Err(format!(
                "--loss {name} wants targets {targets}, but a class becomes {wrong} and {right}: it is for \
                 numbers, with --targets"
            ));
        }
        Ok(())
    }
}

/// Returns the classes of a block, in lanes.
pub(super) fn classes(classes: &[u32]) -> BlockTarget<'static> {
    BlockTarget::Class(Bits::from_slice(classes))
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! names {
        ($($name:ident: $loss:ty;)*) => { [$(stringify!($name)),*] };
    }

    fn error(name: &str, settings: &[&str], outputs: usize) -> String {
        let settings: Vec<_> = settings.iter().map(|text| text.parse().unwrap()).collect();
        named(name, &settings, outputs).err().unwrap()
    }

    #[test]
    fn every_loss_of_the_core_is_possible_or_says_what_it_needs() {
        let all: &[&str] = &trimpot::for_each_loss!(names);
        for name in all {
            let unsupported = UNSUPPORTED.iter().any(|(unsupported, _)| unsupported == name);
            assert_eq!(known(name).is_err(), unsupported, "{name}");
            assert_eq!(named(name, &[], 3).is_ok(), !unsupported, "{name}");
        }
        assert_eq!(all.len(), NAMES.len() + UNSUPPORTED.len());
    }

    #[test]
    fn usual_settings_are_those_of_the_core() {
        let default = table::default().unwrap();
        assert_eq!(default.len(), NAMES.len());
        for (name, is_default) in default {
            assert!(is_default, "{name}");
        }
    }

    /// Losses with a setting other than the default.
    const SET: &[(&str, &str)] = &[
        ("huber", "delta=0.25"),
        ("smooth_l1", "beta=0.25"),
        ("quantile", "quantile=0.9"),
        ("poisson_nll", "of_rates=0.5"),
        ("poisson_nll", "full=true"),
        ("bce_with_logits", "positive_weight=3"),
        ("binary_focal_with_logits", "alpha=0.5"),
        ("binary_focal_with_logits", "gamma=1"),
        ("cross_entropy", "label_smoothing=0.1"),
        ("cross_entropy", "class_weights=1,2,3"),
        ("focal", "gamma=1"),
        ("hinge", "margin=2"),
        ("squared_hinge", "margin=2"),
        ("multi_margin", "margin=2"),
        ("multi_margin", "squared=true"),
        ("dice", "smoothing=0.5"),
        ("jaccard", "smoothing=0.5"),
        ("tversky", "alpha=0.25"),
        ("tversky", "beta=0.25"),
        ("tversky", "smoothing=0.5"),
        ("focal_tversky", "alpha=0.25"),
        ("focal_tversky", "beta=0.25"),
        ("focal_tversky", "smoothing=0.5"),
        ("focal_tversky", "gamma=0.5"),
    ];

    #[test]
    fn every_setting_changes_the_loss() {
        let outputs = [0.25, 0.5, 0.75].map(Native::splat);
        let targets = [0.0, 3.0, 1.0].map(Native::splat);
        let bits = |name: &str, given: &[Setting]| {
            let NamedLoss { loss, targets: takes, .. } = named(name, given, 3).unwrap();
            let mut gradient = [Native::ZERO; 3];
            let target = if takes == Domain::Class {
                classes(&[1; Native::LANES])
            } else {
                BlockTarget::Numbers(&targets)
            };
            let value = loss.gradient(&outputs, target, &mut gradient);
            let [a, b, c] = gradient;
            [value, a, b, c].map(|lanes| lanes.to_array().as_ref()[0].to_bits())
        };
        let mut tried = std::collections::BTreeSet::new();
        for (name, setting) in SET {
            let given: Setting = setting.parse().unwrap();
            tried.insert((*name, given.name.clone()));
            assert_ne!(bits(name, &[]), bits(name, &[given]), "{name} {setting}");
        }
        let all: usize = NAMES.iter().map(|name| table::settings(name).len()).sum();
        assert_eq!(tried.len(), all);
    }

    #[test]
    fn errors_of_settings_say_what_is_possible() {
        for (name, settings, says) in [
            ("huber", &["delta=-1"][..], "--loss huber: delta is -1, but must be in (0, inf)"),
            ("huber", &["delta=1", "delta=2"], "--loss huber: delta is set twice"),
            ("huber", &["delta=big"], "--loss huber: delta=big: it must be a number"),
            (
                "focal_tversky",
                &["smooth=1"],
                "--loss focal_tversky has no setting smooth. It has alpha=0.5, beta=0.5, smoothing=1, \
                 gamma=0.75, unless said otherwise",
            ),
            ("mse", &["delta=1"], "--loss mse has no setting delta. It has none"),
            (
                "cross_entropy",
                &["class_weights=1,2"],
                "--loss cross_entropy: 2 class_weights, but the network has 3 outputs",
            ),
            (
                "cross_entropy",
                &["class_weights=1,-2,3"],
                "--loss cross_entropy: class weight is -2, but must be in [0, inf)",
            ),
            (
                "multi_margin",
                &["squared=2"],
                "--loss multi_margin: squared=2: it must be true or false",
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
