//! The losses there are for a described network, with their settings.

use std::error::Error;

use trimpot::ParameterError;
use trimpot::lanes::{Lanes, Mask};
use trimpot::loss::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalHinge, Class,
    CosineSimilarity, CrossEntropy, Dice, Focal, FocalTversky, Hinge, Huber, Jaccard,
    KlDivergenceWithLogits, LogCosh, Loss, LovaszHinge, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, MultiMargin,
    MultilabelMargin, MultilabelSoftMargin, PoissonNll, Quantile, SmoothL1, SoftCrossEntropy,
    SoftMargin, SquaredHinge, Tversky, one_hot,
};
use trimpot::shape::Vector;

use super::domain::Domain::{
    AboveMinusOne, Class as Label, LogRates, NotNegative, NotZero, Numbers, Probabilities, Scores,
    Signs, ZeroOrOne,
};
use super::padded::{EXACT, Padded, Padding};
use super::setting::{self, Setting};
use super::{AnyLoss, Elements, NamedLoss, OfClass, OfVector};

/// A loss for as many outputs as there are; where the loss looks at all of them, `N` is their
/// number, or the power of two that they are padded to.
macro_rules! boxed {
    (elements, $outputs:expr, $loss:expr) => {{
        let _ = $outputs;
        Ok(Box::new(Elements($loss)))
    }};
    (class, $outputs:expr, $loss:expr) => {
        boxed!(@OfClass, Padding::Logits, $outputs, $loss)
    };
    (class_mean, $outputs:expr, $loss:expr) => {
        boxed!(@OfClass, Padding::MeanOfLogits, $outputs, $loss)
    };
    (logits, $outputs:expr, $loss:expr) => {
        boxed!(@OfVector, Padding::Logits, $outputs, $loss)
    };
    (logits_mean, $outputs:expr, $loss:expr) => {
        boxed!(@OfVector, Padding::MeanOfLogits, $outputs, $loss)
    };
    (vector, $outputs:expr, $loss:expr) => {
        boxed!(@OfVector, Padding::Zeros, $outputs, $loss)
    };
    (@$kind:ident, $padding:expr, $outputs:expr, $loss:expr) => {
        boxed!(@@$kind, $padding, $outputs, $loss,
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
            64 128 256 512 1024 2048 4096 8192 16384 32768 65536)
    };
    (@@$kind:ident, $padding:expr, $outputs:expr, $loss:expr, $($size:literal)*) => {{
        let size = match $outputs {
            outputs @ ..=EXACT => outputs,
            outputs => outputs.next_power_of_two(),
        };
        let loss: Box<dyn AnyLoss> = match size {
            $($size => apart(|| -> Result<Box<dyn AnyLoss>, Box<dyn Error>> {
                const N: usize = $size;
                Ok(Box::new($kind::<_, N>($loss)))
            })?,)*
            _ => return Err(format!("there is none for {} outputs", $outputs).into()),
        };
        let padding = $padding;
        Ok(if size == $outputs { loss } else { Box::new(Padded { loss, size, padding }) })
    }};
}

/// Calls a function that is not compiled into its caller: a loss for many outputs may be large, and
/// the stack holds it until it is in its box. It is to hold one, and not those of all sizes at
/// once.
#[inline(never)]
fn apart<T>(make: impl FnOnce() -> T) -> T {
    make()
}

macro_rules! table {
    (for $outputs:ident; $(
        $name:ident: $kind:ident, $least:expr, $takes:expr, $targets:expr,
        ($($setting:ident: $type:ty = $default:expr),*) => $loss:expr;
    )*) => {
        /// The names of all losses there are for a network of this kind.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Returns the settings of the loss of this name, and what they are if not given.
        pub fn settings(name: &str) -> Vec<String> {
            match name {
                $(stringify!($name) => vec![
                    $(setting::written::<$type>(stringify!($setting), &$default)),*
                ],)*
                _ => Vec::new(),
            }
        }

        /// Returns the loss of this name for so many outputs.
        pub fn make(
            name: &str,
            $outputs: usize,
            given: &[Setting],
        ) -> Result<NamedLoss, Box<dyn Error>> {
            match name {
                $(stringify!($name) => {
                    fn loss(
                        $outputs: usize, $($setting: $type),*
                    ) -> Result<Box<dyn AnyLoss>, Box<dyn Error>> {
                        boxed!($kind, $outputs, $loss)
                    }
                    $(let $setting: $type =
                        setting::value(given, stringify!($setting), $default)?;)*
                    let (least_outputs, takes) = ($least, $takes);
                    Ok(NamedLoss {
                        name: stringify!($name),
                        settings: vec![
                            $(setting::written(stringify!($setting), &$setting)),*
                        ],
                        loss: loss($outputs, $($setting),*)?,
                        least_outputs,
                        outputs: takes,
                        targets: $targets,
                    })
                })*
                _ => Err("there is no such loss".into()),
            }
        }

        /// Each loss, and whether its default settings are those of the core.
        #[cfg(test)]
        pub fn default() -> Result<Vec<(&'static str, bool)>, Box<dyn Error>> {
            fn is_default<L: Default + PartialEq>(loss: L) -> bool {
                loss == L::default()
            }
            const N: usize = 3;
            let $outputs = N;
            Ok(vec![$({
                $(let $setting: $type = $default;)*
                (stringify!($name), is_default($loss))
            }),*])
        }
    };
}

// Name: what it looks at, the fewest outputs that it learns from, which outputs it takes, which
// targets, (settings, and what they are if not given) => the loss.
table! {
    for outputs;
    mse: elements, 1, Numbers, Numbers, () => MeanSquaredError;
    mae: elements, 1, Numbers, Numbers, () => MeanAbsoluteError;
    huber: elements, 1, Numbers, Numbers, (delta: f32 = 1.0) => Huber::default().with_delta(delta)?;
    smooth_l1: elements, 1, Numbers, Numbers, (beta: f32 = 1.0) => SmoothL1::default().with_beta(beta)?;
    log_cosh: elements, 1, Numbers, Numbers, () => LogCosh;
    quantile: elements, 1, Numbers, Numbers, (quantile: f32 = 0.5) => Quantile::new(quantile)?;
    msle: elements, 1, AboveMinusOne, AboveMinusOne, () => MeanSquaredLogarithmicError;
    mape: elements, 1, Numbers, NotZero, () => MeanAbsolutePercentageError;
    poisson_nll: elements, 1, if of_rates.is_some() { NotNegative } else { LogRates }, NotNegative,
        (of_rates: Option<f32> = None, full: bool = false) => poisson(of_rates, full)?;
    cosine_similarity: vector, 2, Numbers, Numbers, () => CosineSimilarity;
    bce: elements, 1, Probabilities, Probabilities, () => BinaryCrossEntropy;
    bce_with_logits: elements, 1, Scores, Probabilities, (positive_weight: f32 = 1.0) =>
        BinaryCrossEntropyWithLogits::default().with_positive_weight(positive_weight)?;
    binary_focal_with_logits: elements, 1, Scores, Probabilities,
        (alpha: f32 = 0.25, gamma: f32 = 2.0) =>
        BinaryFocal::default().with_alpha(alpha)?.with_gamma(gamma)?;
    cross_entropy: class, 2, Numbers, Label,
        (label_smoothing: f32 = 0.0, class_weights: Option<Vec<f32>> = None) =>
        Entropy::<N>::new(outputs, label_smoothing, class_weights)?;
    soft_cross_entropy: logits, 2, Numbers, NotNegative, () => SoftCrossEntropy;
    kl_divergence_with_logits: logits, 2, Numbers, NotNegative, () => KlDivergenceWithLogits;
    focal: class, 2, Numbers, Label, (gamma: f32 = 2.0) => Focal::default().with_gamma(gamma)?;
    hinge: elements, 1, Scores, Signs, (margin: f32 = 1.0) => Hinge::default().with_margin(margin)?;
    squared_hinge: elements, 1, Scores, Signs, (margin: f32 = 1.0) =>
        SquaredHinge::default().with_margin(margin)?;
    soft_margin: elements, 1, Scores, Signs, () => SoftMargin;
    multi_margin: class_mean, 2, Numbers, Label,
        (margin: f32 = 1.0, squared: bool = false) => multi_margin(margin, squared)?;
    multilabel_margin: logits_mean, 2, Numbers, ZeroOrOne, () => MultilabelMargin;
    multilabel_soft_margin: elements, 1, Scores, Probabilities, () => MultilabelSoftMargin;
    categorical_hinge: class, 2, Numbers, Label, () => CategoricalHinge;
    dice: vector, of_masks(smoothing), Probabilities, Probabilities, (smoothing: f32 = 1.0) =>
        Dice::default().with_smoothing(smoothing)?;
    jaccard: vector, of_masks(smoothing), Probabilities, Probabilities, (smoothing: f32 = 1.0) =>
        Jaccard::default().with_smoothing(smoothing)?;
    tversky: vector, of_masks(smoothing), Probabilities, Probabilities,
        (alpha: f32 = 0.5, beta: f32 = 0.5, smoothing: f32 = 1.0) =>
        Tversky::new(alpha, beta)?.with_smoothing(smoothing)?;
    focal_tversky: vector, of_masks(smoothing), Probabilities, Probabilities,
        (alpha: f32 = 0.5, beta: f32 = 0.5, smoothing: f32 = 1.0, gamma: f32 = 0.75) =>
        FocalTversky::new(Tversky::new(alpha, beta)?.with_smoothing(smoothing)?, gamma)?;
    lovasz_hinge: logits, 1, Scores, ZeroOrOne, () => LovaszHinge;
}

/// Losses of the core that need something that such a network or its data do not have.
pub const UNSUPPORTED: &[(&str, &str)] = &[
    ("gaussian_nll", "a variance for each output"),
    (
        "categorical_cross_entropy",
        "outputs that are probabilities with a sum of 1; cross_entropy and soft_cross_entropy take any numbers",
    ),
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

/// Returns the fewest outputs that a loss of masks learns from: without smoothing, a mask of one
/// pixel that is 0 has the value 1 whatever the output is.
fn of_masks(smoothing: f32) -> usize {
    if smoothing == 0.0 { 2 } else { 1 }
}

fn poisson(of_rates: Option<f32>, full: bool) -> Result<PoissonNll, ParameterError> {
    let loss = of_rates.map_or(Ok(PoissonNll::new()), PoissonNll::of_rates)?;
    Ok(if full { loss.full() } else { loss })
}

fn multi_margin(margin: f32, squared: bool) -> Result<MultiMargin, ParameterError> {
    let loss = MultiMargin::default().with_margin(margin)?;
    Ok(if squared { loss.squared() } else { loss })
}

/// Cross-entropy of the first outputs, with or without class weights: they are part of its type.
#[derive(Default, PartialEq)]
struct Entropy<const N: usize> {
    equal: CrossEntropy,
    weighted: Option<CrossEntropy<[f32; N]>>,
    /// Where there are fewer outputs than `N`: what the label and all others give to an output.
    shares: Option<[Vec<f32>; 2]>,
}

impl<const N: usize> Entropy<N> {
    fn new(
        outputs: usize,
        smoothing: f32,
        weights: Option<Vec<f32>>,
    ) -> Result<Self, Box<dyn Error>> {
        let equal = CrossEntropy::new().with_label_smoothing(smoothing)?;
        let mut all = [0.0; N];
        all[..outputs].fill(1.0);
        if let Some(weights) = &weights {
            if weights.len() != outputs {
                let count = weights.len();
                return Err(format!(
                    "{count} class_weights, but the network has {outputs} outputs"
                )
                .into());
            }
            all[..outputs].copy_from_slice(weights);
        }
        let weighted = equal.with_class_weights(all)?;
        // Only smoothing depends on how many outputs there are.
        let shares = (outputs < N && smoothing > 0.0).then(|| {
            let spread = smoothing / outputs as f32;
            [1.0 - smoothing + spread, spread]
                .map(|share| all.iter().map(|weight| weight * share).collect())
        });
        Ok(Entropy { equal, weighted: weights.map(|_| weighted), shares })
    }
}

impl<const N: usize> Loss<Vector<N>> for Entropy<N> {
    type Target = Class;

    fn gradient<V: Lanes>(&self, logits: &[V; N], label: &V::Bits, gradient: &mut [V; N]) -> V {
        if let Some([at_label, elsewhere]) = &self.shares {
            // The same sums, against the smoothed label.
            let mut target = one_hot::<V, N>(*label);
            for (target, (&here, &there)) in target.iter_mut().zip(at_label.iter().zip(elsewhere)) {
                *target = target.eq(V::ONE).select(V::splat(here), V::splat(there));
            }
            return SoftCrossEntropy.gradient(logits, &target, gradient);
        }
        match &self.weighted {
            Some(weighted) => weighted.gradient(logits, label, gradient),
            None => self.equal.gradient(logits, label, gradient),
        }
    }
}
