//! Losses by name, for outputs whose number is known at run time.

use trimpot::lanes::{Bits, Lanes};
use trimpot::loss::{self, Class, Elementwise, Loss};
use trimpot::shape::Vector;

use crate::block::Wide;

/// The most outputs of a loss that looks at all of them together.
const MOST: usize = 32;

/// What is wanted of the samples of a block.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// A class.
    Class(<Wide as Lanes>::Bits),
    /// A number for each output.
    Numbers(&'a [Wide]),
}

/// A loss whose type is not known.
pub trait AnyLoss: Send + Sync {
    /// Writes d value / d output, and returns the value.
    fn gradient(&self, outputs: &[Wide], wanted: Wanted, gradient: &mut [Wide]) -> Wide;
}

/// A loss of this name, and what it wants.
pub struct NamedLoss {
    /// Its name.
    pub name: &'static str,
    /// The loss.
    pub loss: Box<dyn AnyLoss>,
    /// Whether it takes the class itself. Else a class becomes numbers, one for each output.
    pub of_class: bool,
    /// What outputs of the wrong classes should be, and that of the right one.
    pub numbers: [f32; 2],
    /// A single output above it says class 1.
    pub boundary: f32,
}

/// Of one element at a time, and so for any number of outputs.
struct Elements<L>(L);

impl<L: Elementwise + Send + Sync> AnyLoss for Elements<L> {
    /// The steps of the core's `Loss<Vector<N>>`.
    fn gradient(&self, outputs: &[Wide], wanted: Wanted, gradient: &mut [Wide]) -> Wide {
        let Wanted::Numbers(targets) = wanted else { unreachable!("classes became numbers") };
        let share = Wide::splat(1.0 / outputs.len() as f32);
        let mut sum = Wide::ZERO;
        for ((gradient, &output), &target) in gradient.iter_mut().zip(outputs).zip(targets) {
            let (value, slope) = self.0.at(output, target);
            sum += value;
            *gradient = slope * share;
        }
        sum * share
    }
}

/// Of a class, for `N` outputs.
struct OfClass<L, const N: usize>(L);

impl<L: Loss<Vector<N>, Target = Class> + Send + Sync, const N: usize> AnyLoss for OfClass<L, N> {
    fn gradient(&self, outputs: &[Wide], wanted: Wanted, gradient: &mut [Wide]) -> Wide {
        let Wanted::Class(class) = wanted else { unreachable!("classes stayed what they are") };
        self.0.gradient(sized(outputs), &class, sized_mut::<N>(gradient))
    }
}

/// Of a number for each of `N` outputs.
struct OfVector<L, const N: usize>(L);

impl<L: Loss<Vector<N>, Target = Vector<N>> + Send + Sync, const N: usize> AnyLoss
    for OfVector<L, N>
{
    fn gradient(&self, outputs: &[Wide], wanted: Wanted, gradient: &mut [Wide]) -> Wide {
        let Wanted::Numbers(targets) = wanted else { unreachable!("classes became numbers") };
        self.0.gradient(sized(outputs), sized(targets), sized_mut::<N>(gradient))
    }
}

fn sized<const N: usize>(values: &[Wide]) -> &[Wide; N] {
    values.first_chunk().expect("the loss was made for as many outputs")
}

fn sized_mut<const N: usize>(values: &mut [Wide]) -> &mut [Wide; N] {
    values.first_chunk_mut().expect("the loss was made for as many outputs")
}

/// A loss for this many outputs.
macro_rules! boxed {
    (elements, $loss:ty, $outputs:expr) => {
        Some(Box::new(Elements(<$loss>::default())) as Box<dyn AnyLoss>)
    };
    (class, $loss:ty, $outputs:expr) => {
        boxed!(@OfClass, $loss, $outputs,
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    (vector, $loss:ty, $outputs:expr) => {
        boxed!(@OfVector, $loss, $outputs,
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    (@$kind:ident, $loss:ty, $outputs:expr, $($size:literal)*) => {
        match $outputs {
            $($size => Some(Box::new($kind::<_, $size>(<$loss>::default())) as Box<dyn AnyLoss>),)*
            _ => None,
        }
    };
}

/// 0 for wrong classes and 1 for the right one, as probabilities are.
const SHARES: [f32; 2] = [0.0, 1.0];
/// −1 for wrong classes and 1 for the right one, as hinges want it.
const SIGNS: [f32; 2] = [-1.0, 1.0];

macro_rules! table {
    ($($name:ident: $kind:ident $loss:ident, $numbers:expr, $boundary:expr;)*) => {
        /// The names of all losses there are for a network of this kind.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        fn make(name: &str, outputs: usize) -> Option<NamedLoss> {
            match name {
                $(stringify!($name) => Some(NamedLoss {
                    name: stringify!($name),
                    loss: boxed!($kind, loss::$loss, outputs)?,
                    of_class: stringify!($kind) == "class",
                    numbers: $numbers,
                    boundary: $boundary,
                }),)*
                _ => None,
            }
        }
    };
}

// Name: what it looks at, type, numbers of a class, boundary between two classes of one output.
table! {
    mse: elements MeanSquaredError, SHARES, 0.5;
    mae: elements MeanAbsoluteError, SHARES, 0.5;
    huber: elements Huber, SHARES, 0.5;
    smooth_l1: elements SmoothL1, SHARES, 0.5;
    log_cosh: elements LogCosh, SHARES, 0.5;
    quantile: elements Quantile, SHARES, 0.5;
    msle: elements MeanSquaredLogarithmicError, SHARES, 0.5;
    mape: elements MeanAbsolutePercentageError, SHARES, 0.5;
    poisson_nll: elements PoissonNll, SHARES, 0.5;
    cosine_similarity: vector CosineSimilarity, SHARES, 0.5;
    bce: elements BinaryCrossEntropy, SHARES, 0.5;
    bce_with_logits: elements BinaryCrossEntropyWithLogits, SHARES, 0.0;
    binary_focal_with_logits: elements BinaryFocal, SHARES, 0.0;
    cross_entropy: class CrossEntropy, SHARES, 0.5;
    soft_cross_entropy: vector SoftCrossEntropy, SHARES, 0.5;
    categorical_cross_entropy: vector CategoricalCrossEntropy, SHARES, 0.5;
    kl_divergence_with_logits: vector KlDivergenceWithLogits, SHARES, 0.5;
    focal: class Focal, SHARES, 0.5;
    hinge: elements Hinge, SIGNS, 0.0;
    squared_hinge: elements SquaredHinge, SIGNS, 0.0;
    soft_margin: elements SoftMargin, SIGNS, 0.0;
    multi_margin: class MultiMargin, SHARES, 0.5;
    multilabel_margin: vector MultilabelMargin, SHARES, 0.5;
    multilabel_soft_margin: elements MultilabelSoftMargin, SHARES, 0.0;
    categorical_hinge: class CategoricalHinge, SHARES, 0.5;
    dice: vector Dice, SHARES, 0.5;
    jaccard: vector Jaccard, SHARES, 0.5;
    tversky: vector Tversky, SHARES, 0.5;
    focal_tversky: vector FocalTversky, SHARES, 0.5;
    lovasz_hinge: vector LovaszHinge, SHARES, 0.0;
}

/// Losses of the core that need something that such a network or its data do not have.
pub const IMPOSSIBLE: &[(&str, &str)] = &[
    ("gaussian_nll", "a variance for each output"),
    ("nll", "outputs that are log-probabilities; cross_entropy takes any numbers"),
    (
        "kl_divergence",
        "outputs that are log-probabilities; kl_divergence_with_logits takes any numbers",
    ),
    ("hinge_embedding", "distances of pairs"),
    ("margin_ranking", "pairs of samples"),
    ("cosine_embedding", "pairs of samples"),
    ("contrastive", "pairs of samples"),
    ("triplet_margin", "triplets of samples"),
    ("info_nce", "groups of samples"),
    ("ctc", "sequences"),
    ("policy_gradient", "actions and what came of them"),
    ("ppo_clip", "actions and what came of them"),
];

/// The loss of this name for so many outputs, or why there is none.
pub fn named(name: &str, outputs: usize) -> Result<NamedLoss, String> {
    known(name)?;
    make(name, outputs).ok_or_else(|| {
        format!("--loss {name} is there for 1 to {MOST} outputs, but the network has {outputs}")
    })
}

/// The name, if there is such a loss.
pub fn known(name: &str) -> Result<String, String> {
    let name = name.replace('-', "_");
    if NAMES.contains(&name.as_str()) {
        return Ok(name);
    }
    let possible = NAMES.join(", ");
    Err(match IMPOSSIBLE.iter().find(|(impossible, _)| *impossible == name) {
        Some((_, needs)) => format!("it needs {needs}. Possible are {possible}"),
        None => format!("there is no such loss. Possible are {possible}"),
    })
}

/// The classes of a block, in lanes.
pub(super) fn classes(classes: &[u32]) -> Wanted<'static> {
    Wanted::Class(Bits::from_slice(classes))
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! names {
        ($($name:ident: $loss:ty;)*) => { [$(stringify!($name)),*] };
    }

    #[test]
    fn every_loss_of_the_core_is_possible_or_says_what_it_needs() {
        let all: &[&str] = &trimpot::for_each_loss!(names);
        for name in all {
            let impossible = IMPOSSIBLE.iter().any(|(impossible, _)| impossible == name);
            assert_eq!(known(name).is_err(), impossible, "{name}");
            assert_eq!(named(name, 3).is_ok(), !impossible, "{name}");
        }
        assert_eq!(all.len(), NAMES.len() + IMPOSSIBLE.len());
    }

    #[test]
    fn too_many_outputs_are_refused() {
        assert!(named("mse", 1000).is_ok());
        let error = named("cross_entropy", 33).err().unwrap();
        assert_eq!(
            error,
            "--loss cross_entropy is there for 1 to 32 outputs, but the network has 33"
        );
    }
}
