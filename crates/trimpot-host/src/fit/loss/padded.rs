//! Losses for any number of outputs, made of those for some.
//!
//! A loss that looks at all outputs of a sample together is compiled for their number. There is one
//! for each number up to [`EXACT`], and one for each power of two beyond. Between these, outputs
//! are padded with numbers that change no bit of the result: a logit of −∞, whose probability is 0
//! and whose margin is always met; or a 0 where a 0 is the target, which adds 0 to every sum.

use std::cell::RefCell;

use trimpot::lanes::{Bits, Lanes, Native};

use super::{AnyLoss, BlockTarget};

/// Up to so many outputs there is a loss for each number of them.
pub const EXACT: usize = 32;

/// What outputs are padded with, and what the padding would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// −∞.
    Logits,
    /// −∞, for a loss that is a mean over outputs. For a class, the gradient there is minus the sum
    /// of all others.
    MeanOfLogits,
    /// 0.
    Zeros,
}

/// A loss for more outputs than there are.
pub struct Padded {
    /// The loss.
    pub loss: Box<dyn AnyLoss>,
    /// How many outputs it is for: a power of two.
    pub size: usize,
    /// What becomes of the outputs that are not there.
    pub padding: Padding,
}

thread_local! {
    static MEMORY: RefCell<[Vec<Native>; 3]> = RefCell::default();
}

impl AnyLoss for Padded {
    fn gradient(&self, outputs: &[Native], target: BlockTarget, gradient: &mut [Native]) -> Native {
        MEMORY.with_borrow_mut(|[padded, targets, gradients]| {
            let filler = match self.padding {
                Padding::Logits | Padding::MeanOfLogits => f32::NEG_INFINITY,
                Padding::Zeros => 0.0,
            };
            pad(outputs, filler, self.size, padded);
            pad(&[], 0.0, self.size, gradients);
            let of_all = match target {
                BlockTarget::Class(class) => BlockTarget::Class(class),
                BlockTarget::Numbers(numbers) => {
                    pad(numbers, 0.0, self.size, targets);
                    BlockTarget::Numbers(targets)
                }
            };
            let value = self.loss.gradient(padded, of_all, gradients);
            gradient.copy_from_slice(&gradients[..outputs.len()]);
            if self.padding == Padding::MeanOfLogits {
                self.mean(value, target, gradient)
            } else {
                value
            }
        })
    }
}

impl Padded {
    /// Makes the mean over `size` outputs that over those that are there. `size` is a power of two,
    /// so that its share leaves without a rounding, and each part is rounded as if it had never
    /// been there.
    fn mean(&self, value: Native, target: BlockTarget, gradient: &mut [Native]) -> Native {
        let (size, share) = (Native::splat(self.size as f32), 1.0 / gradient.len() as f32);
        let share = Native::splat(share);
        for gradient in &mut *gradient {
            *gradient = *gradient * size * share;
        }
        if let BlockTarget::Class(class) = target {
            let is_class = |index: usize| Native::same(class, Bits::splat(index as u32));
            let mut total = Native::ZERO;
            for (index, &gradient) in gradient.iter().enumerate() {
                total += is_class(index).select(Native::ZERO, gradient);
            }
            for (index, gradient) in gradient.iter_mut().enumerate() {
                *gradient = is_class(index).select(-total, *gradient);
            }
        }
        value * size * share
    }
}

fn pad(numbers: &[Native], filler: f32, size: usize, padded: &mut Vec<Native>) {
    padded.clear();
    padded.extend_from_slice(numbers);
    padded.resize(size, Native::splat(filler));
}

#[cfg(test)]
mod tests {
    use trimpot::loss::{
        CategoricalHinge, CosineSimilarity, CrossEntropy, Dice, Focal, FocalTversky, Jaccard,
        KlDivergenceWithLogits, LovaszHinge, MultiMargin, MultilabelMargin, SoftCrossEntropy,
        Tversky,
    };
    use trimpot::random::Random;

    use super::super::{Domain, OfClass, OfVector, classes, named};
    use super::*;

    /// Losses as types, for `N` outputs; with their names and settings.
    fn types<const N: usize>() -> Vec<(&'static str, String, Box<dyn AnyLoss>)> {
        let smooth = CrossEntropy::new().with_label_smoothing(0.1).unwrap();
        let weights: [f32; N] = std::array::from_fn(|class| (class % 5) as f32 * 0.3);
        let weighted = |loss: CrossEntropy| loss.with_class_weights(weights).unwrap();
        let tversky = Tversky::new(0.3, 0.7).unwrap();
        let class_weights = weights.map(|weight| weight.to_string()).join(",");
        let class_weights = format!("class_weights={class_weights}");
        let squared = MultiMargin::default().with_margin(0.5).unwrap().squared();
        macro_rules! all {
            ($($name:literal $settings:expr, $kind:ident $loss:expr;)*) => {
                vec![$((
                    $name,
                    $settings.to_owned(),
                    Box::new($kind::<_, N>($loss)) as Box<dyn AnyLoss>,
                )),*]
            };
        }
        all! {
            "cross_entropy" "", OfClass CrossEntropy::new();
            "cross_entropy" "label_smoothing=0.1", OfClass smooth;
            "cross_entropy" class_weights, OfClass weighted(CrossEntropy::new());
            "cross_entropy" format!("{class_weights} label_smoothing=0.1"), OfClass weighted(smooth);
            "focal" "", OfClass Focal::default();
            "multi_margin" "", OfClass MultiMargin::default();
            "multi_margin" "margin=0.5 squared=true", OfClass squared;
            "categorical_hinge" "", OfClass CategoricalHinge;
            "soft_cross_entropy" "", OfVector SoftCrossEntropy;
            "kl_divergence_with_logits" "", OfVector KlDivergenceWithLogits;
            "multilabel_margin" "", OfVector MultilabelMargin;
            "lovasz_hinge" "", OfVector LovaszHinge;
            "cosine_similarity" "", OfVector CosineSimilarity;
            "dice" "", OfVector Dice::default();
            "jaccard" "", OfVector Jaccard::default();
            "tversky" "alpha=0.3 beta=0.7", OfVector tversky;
            "focal_tversky" "alpha=0.3 beta=0.7", OfVector FocalTversky::new(tversky, 0.75).unwrap();
        }
    }

    fn agree<const N: usize>() {
        let mut random = Random::new(N as u32);
        for (name, settings, of_type) in types::<N>() {
            let settings: Vec<_> =
                settings.split_whitespace().map(|s| s.parse().unwrap()).collect();
            let loss = named(name, &settings, N).unwrap();
            for round in 0..20 {
                let scale = [1.0, 8.0][round % 2];
                let mut draw = |from: f32, to: f32| {
                    let numbers = std::iter::repeat_with(|| {
                        Lanes::from_fn(|_| from + (to - from) * random.uniform())
                    });
                    numbers.take(N).collect::<Vec<Native>>()
                };
                let is_mask = loss.outputs == Domain::Probabilities;
                let outputs = if is_mask { draw(0.0, 1.0) } else { draw(-scale, scale) };
                let is_set = |lanes: &Native| {
                    Lanes::gt(*lanes, Native::splat(0.7)).select(Native::ONE, Native::ZERO)
                };
                let targets: Vec<Native> = draw(0.0, 1.0).iter().map(is_set).collect();
                let class: [u32; Native::LANES] =
                    std::array::from_fn(|lane| ((7 * round + 3 * lane) % N) as u32);
                let target = || match loss.targets {
                    Domain::Class => classes(&class),
                    _ => BlockTarget::Numbers(&targets),
                };
                let bits = |loss: &dyn AnyLoss| {
                    let mut gradient = vec![Native::ZERO; N];
                    let value = loss.gradient(&outputs, target(), &mut gradient);
                    gradient.push(value);
                    let all = gradient.iter().flat_map(|lanes| lanes.to_array());
                    all.map(f32::to_bits).collect::<Vec<_>>()
                };
                assert!(bits(&*of_type) == bits(&*loss.loss), "{name} {settings:?}, {N} outputs");
            }
        }
    }

    #[test]
    fn padded_losses_have_the_bits_of_the_type() {
        agree::<33>();
        agree::<50>();
        agree::<100>();
    }
}
