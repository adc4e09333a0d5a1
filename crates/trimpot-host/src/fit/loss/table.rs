//! The losses there are for a described network, with their settings.

use std::error::Error;

use trimpot::ParameterError;
use trimpot::lanes::Lanes;
use trimpot::loss::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalCrossEntropy,
    CategoricalHinge, Class, CosineSimilarity, CrossEntropy, Dice, Focal, FocalTversky, Hinge,
    Huber, Jaccard, KlDivergenceWithLogits, LogCosh, Loss, LovaszHinge, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, MultiMargin,
    MultilabelMargin, MultilabelSoftMargin, PoissonNll, Quantile, SmoothL1, SoftCrossEntropy,
    SoftMargin, SquaredHinge, Tversky,
};
use trimpot::shape::Vector;

use super::setting::{self, Setting};
use super::{AnyLoss, Elements, NamedLoss, OfClass, OfVector};

/// The most outputs of a loss that looks at all of them together.
const MOST: usize = 32;

/// A loss for as many outputs as there are; where the loss looks at all of them, `N` is their number.
macro_rules! boxed {
    (elements, $outputs:expr, $loss:expr) => {{
        let _ = $outputs;
        Ok(Box::new(Elements($loss)))
    }};
    (class, $outputs:expr, $loss:expr) => {
        boxed!(@OfClass, $outputs, $loss,
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    (vector, $outputs:expr, $loss:expr) => {
        boxed!(@OfVector, $outputs, $loss,
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    (@$kind:ident, $outputs:expr, $loss:expr, $($size:literal)*) => {
        match $outputs {
            $($size => {
                const N: usize = $size;
                Ok(Box::new($kind::<_, N>($loss)))
            })*
            outputs => Err(format!(
                "it is there for 1 to {MOST} outputs, but the network has {outputs}"
            ).into()),
        }
    };
}

/// 0 for wrong classes and 1 for the right one, as probabilities are.
const SHARES: [f32; 2] = [0.0, 1.0];
/// −1 for wrong classes and 1 for the right one, as hinges want it.
const SIGNS: [f32; 2] = [-1.0, 1.0];

macro_rules! table {
    ($(
        $name:ident: $kind:ident $numbers:ident $boundary:literal,
        ($($setting:ident: $type:ty = $usual:expr),*) => $loss:expr;
    )*) => {
        /// The names of all losses there are for a network of this kind.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// The settings of the loss of this name, and what they are if not given.
        pub fn settings(name: &str) -> Vec<String> {
            match name {
                $(stringify!($name) => vec![
                    $(setting::written::<$type>(stringify!($setting), &$usual)),*
                ],)*
                _ => Vec::new(),
            }
        }

        /// The loss of this name for so many outputs.
        pub fn make(
            name: &str,
            outputs: usize,
            given: &[Setting],
        ) -> Result<NamedLoss, Box<dyn Error>> {
            match name {
                $(stringify!($name) => {
                    fn loss(
                        outputs: usize, $($setting: $type),*
                    ) -> Result<Box<dyn AnyLoss>, Box<dyn Error>> {
                        boxed!($kind, outputs, $loss)
                    }
                    $(let $setting: $type =
                        setting::value(given, stringify!($setting), $usual)?;)*
                    Ok(NamedLoss {
                        name: stringify!($name),
                        settings: vec![
                            $(setting::written(stringify!($setting), &$setting)),*
                        ],
                        loss: loss(outputs, $($setting),*)?,
                        of_class: stringify!($kind) == "class",
                        numbers: $numbers,
                        boundary: $boundary,
                    })
                })*
                _ => Err("there is no such loss".into()),
            }
        }

        /// Each loss, and whether its usual settings are those of the core.
        #[cfg(test)]
        pub fn usual() -> Result<Vec<(&'static str, bool)>, Box<dyn Error>> {
            fn is_usual<L: Default + PartialEq>(loss: L) -> bool {
                loss == L::default()
            }
            const N: usize = 3;
            Ok(vec![$({
                $(let $setting: $type = $usual;)*
                (stringify!($name), is_usual($loss))
            }),*])
        }
    };
}

// Name: what it looks at, numbers of a class, boundary between two classes of one output,
// (settings, and what they are if not given) => the loss.
table! {
    mse: elements SHARES 0.5, () => MeanSquaredError;
    mae: elements SHARES 0.5, () => MeanAbsoluteError;
    huber: elements SHARES 0.5, (delta: f32 = 1.0) => Huber::with_delta(delta)?;
    smooth_l1: elements SHARES 0.5, (beta: f32 = 1.0) => SmoothL1::with_beta(beta)?;
    log_cosh: elements SHARES 0.5, () => LogCosh;
    quantile: elements SHARES 0.5, (quantile: f32 = 0.5) => Quantile::new(quantile)?;
    msle: elements SHARES 0.5, () => MeanSquaredLogarithmicError;
    mape: elements SHARES 0.5, () => MeanAbsolutePercentageError;
    poisson_nll: elements SHARES 0.5,
        (of_rates: Option<f32> = None, full: bool = false) => poisson(of_rates, full)?;
    cosine_similarity: vector SHARES 0.5, () => CosineSimilarity;
    bce: elements SHARES 0.5, () => BinaryCrossEntropy;
    bce_with_logits: elements SHARES 0.0, (positive_weight: f32 = 1.0) =>
        BinaryCrossEntropyWithLogits::with_positive_weight(positive_weight)?;
    binary_focal_with_logits: elements SHARES 0.0, (alpha: f32 = 0.25, gamma: f32 = 2.0) =>
        BinaryFocal::default().with_alpha(alpha)?.with_gamma(gamma)?;
    cross_entropy: class SHARES 0.5,
        (label_smoothing: f32 = 0.0, class_weights: Option<Vec<f32>> = None) =>
        Entropy::<N>::new(label_smoothing, class_weights)?;
    soft_cross_entropy: vector SHARES 0.5, () => SoftCrossEntropy;
    categorical_cross_entropy: vector SHARES 0.5, () => CategoricalCrossEntropy;
    kl_divergence_with_logits: vector SHARES 0.5, () => KlDivergenceWithLogits;
    focal: class SHARES 0.5, (gamma: f32 = 2.0) => Focal::with_gamma(gamma)?;
    hinge: elements SIGNS 0.0, (margin: f32 = 1.0) => Hinge::with_margin(margin)?;
    squared_hinge: elements SIGNS 0.0, (margin: f32 = 1.0) => SquaredHinge::with_margin(margin)?;
    soft_margin: elements SIGNS 0.0, () => SoftMargin;
    multi_margin: class SHARES 0.5,
        (margin: f32 = 1.0, squared: bool = false) => multi_margin(margin, squared)?;
    multilabel_margin: vector SHARES 0.5, () => MultilabelMargin;
    multilabel_soft_margin: elements SHARES 0.0, () => MultilabelSoftMargin;
    categorical_hinge: class SHARES 0.5, () => CategoricalHinge;
    dice: vector SHARES 0.5, (smoothing: f32 = 1.0) => Dice::with_smoothing(smoothing)?;
    jaccard: vector SHARES 0.5, (smoothing: f32 = 1.0) => Jaccard::with_smoothing(smoothing)?;
    tversky: vector SHARES 0.5, (alpha: f32 = 0.5, beta: f32 = 0.5, smoothing: f32 = 1.0) =>
        Tversky::new(alpha, beta)?.with_smoothing(smoothing)?;
    focal_tversky: vector SHARES 0.5,
        (alpha: f32 = 0.5, beta: f32 = 0.5, smoothing: f32 = 1.0, gamma: f32 = 0.75) =>
        FocalTversky::new(Tversky::new(alpha, beta)?.with_smoothing(smoothing)?, gamma)?;
    lovasz_hinge: vector SHARES 0.0, () => LovaszHinge;
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

fn poisson(of_rates: Option<f32>, full: bool) -> Result<PoissonNll, ParameterError> {
    let loss = of_rates.map_or(Ok(PoissonNll::new()), PoissonNll::of_rates)?;
    Ok(if full { loss.full() } else { loss })
}

fn multi_margin(margin: f32, squared: bool) -> Result<MultiMargin, ParameterError> {
    let loss = MultiMargin::with_margin(margin)?;
    Ok(if squared { loss.squared() } else { loss })
}

/// Cross-entropy, with or without class weights: they are part of its type.
#[derive(Default, PartialEq)]
struct Entropy<const N: usize> {
    equal: CrossEntropy,
    weighted: Option<CrossEntropy<[f32; N]>>,
}

impl<const N: usize> Entropy<N> {
    fn new(smoothing: f32, weights: Option<Vec<f32>>) -> Result<Self, Box<dyn Error>> {
        let equal = CrossEntropy::new().with_label_smoothing(smoothing)?;
        let weighted = |weights: Vec<f32>| {
            let weights: [f32; N] = weights.try_into().map_err(|weights: Vec<f32>| {
                format!("{} class_weights, but the network has {N} outputs", weights.len())
            })?;
            Ok::<_, Box<dyn Error>>(equal.with_class_weights(weights)?)
        };
        Ok(Entropy { equal, weighted: weights.map(weighted).transpose()? })
    }
}

impl<const N: usize> Loss<Vector<N>> for Entropy<N> {
    type Target = Class;

    fn gradient<V: Lanes>(&self, logits: &[V; N], label: &V::Bits, gradient: &mut [V; N]) -> V {
        match &self.weighted {
            Some(weighted) => weighted.gradient(logits, label, gradient),
            None => self.equal.gradient(logits, label, gradient),
        }
    }
}
