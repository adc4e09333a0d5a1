//! Samples for losses, and running them on the core in any width.

use serde_json::{Map, Value};
use trimpot::lanes::{Bits, Lanes};
use trimpot::loss::{self, Class, Loss, Target};
use trimpot::shape::Vector;

/// A loss by its name in the registry, its parameters, and one sample for it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name in the registry, which is that of the golden cases.
    pub loss: String,
    /// The parameters, by the names of the golden cases.
    pub options: Options,
    /// What was predicted.
    pub prediction: Vec<f32>,
    /// What it is compared with.
    pub target: Answer,
}

/// A target.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A number for each element.
    Values(Vec<f32>),
    /// A class label.
    Class(u32),
}

/// Parameters by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options(pub Map<String, Value>);

impl Options {
    /// One parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// A number, or what it is by default.
    #[must_use]
    pub fn number(&self, name: &str, default: f64) -> f64 {
        self.0.get(name).and_then(Value::as_f64).unwrap_or(default)
    }

    /// A list of numbers, if there is one of this name.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        self.0.get(name)?.as_array()?.iter().map(Value::as_f64).collect()
    }
}

/// What a loss made of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The loss.
    pub value: f32,
    /// Its gradient.
    pub gradient: Vec<f32>,
}

/// The sizes that [`run`] knows.
pub const SIZES: [usize; 7] = [1, 2, 5, 8, 10, 17, 64];

/// Runs cases of one loss, one size and one set of parameters on the core, `V::LANES` at a time.
///
/// `None` if the core has no such loss, or [`SIZES`] not the size.
///
/// # Panics
/// If the loss refuses its parameters, or the target is not of its kind.
#[must_use]
pub fn run<V: Lanes>(cases: &[Case]) -> Option<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(cases.len());
    for block in cases.chunks(V::LANES) {
        outcomes.extend(match cases.first()?.prediction.len() {
            1 => run_block::<V, 1>(block),
            2 => run_block::<V, 2>(block),
            5 => run_block::<V, 5>(block),
            8 => run_block::<V, 8>(block),
            10 => run_block::<V, 10>(block),
            17 => run_block::<V, 17>(block),
            64 => run_block::<V, 64>(block),
            _ => None,
        }?);
    }
    Some(outcomes)
}

fn run_block<V: Lanes, const N: usize>(block: &[Case]) -> Option<Vec<Outcome>> {
    let Case { loss, options, .. } = &block[0];
    let option = |name, default| options.number(name, default) as f32;
    let valid = "the parameters of a case are valid";
    Some(match loss.as_str() {
        "mse" => lanes::<V, N>(&loss::MeanSquaredError, block),
        "bce" => lanes::<V, N>(&loss::BinaryCrossEntropy, block),
        "bce_with_logits" => {
            let weight = option("pos_weight", 1.0);
            let loss = loss::BinaryCrossEntropyWithLogits::with_positive_weight(weight);
            lanes::<V, N>(&loss.expect(valid), block)
        }
        "cross_entropy" => {
            let smoothing = option("label_smoothing", 0.0);
            let loss = loss::CrossEntropy::new().with_label_smoothing(smoothing).expect(valid);
            match options.numbers("weight") {
                Some(weights) => {
                    let weights = std::array::from_fn::<f32, N, _>(|class| weights[class] as f32);
                    lanes::<V, N>(&loss.with_class_weights(weights).expect(valid), block)
                }
                None => lanes::<V, N>(&loss, block),
            }
        }
        "soft_cross_entropy" => lanes::<V, N>(&loss::SoftCrossEntropy, block),
        "categorical_cross_entropy" => lanes::<V, N>(&loss::CategoricalCrossEntropy, block),
        "hinge" => {
            let loss = loss::Hinge::with_margin(option("margin", 1.0));
            lanes::<V, N>(&loss.expect(valid), block)
        }
        "dice" => {
            let loss = loss::Dice::with_smoothing(option("smooth", 1.0));
            lanes::<V, N>(&loss.expect(valid), block)
        }
        "jaccard" => {
            let loss = loss::Jaccard::with_smoothing(option("smooth", 1.0));
            lanes::<V, N>(&loss.expect(valid), block)
        }
        _ => return None,
    })
}

/// A prediction for `N` outputs, and the target of kind `T` that it is compared with.
pub type Block<V, const N: usize, T> = ([V; N], <T as Target>::Of<V>);

/// The samples of at most `V::LANES` cases, side by side; lanes without a case repeat the last one.
///
/// # Panics
/// If there are no cases, or their targets are not of kind `T`.
#[must_use]
pub fn block<V: Lanes, const N: usize, T: FromCases>(cases: &[Case]) -> Block<V, N, T> {
    let of = |lane: usize| &cases[lane.min(cases.len() - 1)];
    let prediction = std::array::from_fn(|i| V::from_fn(|lane| of(lane).prediction[i]));
    (prediction, T::lanes::<V>(of))
}

/// Runs at most `V::LANES` cases.
fn lanes<V: Lanes, const N: usize>(
    loss: &impl Loss<N, Target: FromCases>,
    cases: &[Case],
) -> Vec<Outcome> {
    let (prediction, target) = block_for(loss, cases);
    let mut gradient = [V::ZERO; N];
    let value = loss.gradient(&prediction, &target, &mut gradient);
    let value_alone = loss.value(&prediction, &target);

    (0..cases.len())
        .map(|lane| {
            let value = value.to_array().as_ref()[lane];
            let alone = value_alone.to_array().as_ref()[lane];
            assert!(crate::widths::same_bits(value, alone), "value and gradient's value differ");
            let gradient = gradient.iter().map(|g| g.to_array().as_ref()[lane]).collect();
            Outcome { value, gradient }
        })
        .collect()
}

fn block_for<V: Lanes, const N: usize, L: Loss<N, Target: FromCases>>(
    _: &L,
    cases: &[Case],
) -> Block<V, N, L::Target> {
    block::<V, N, L::Target>(cases)
}

/// A kind of target that can be made from the answers of cases.
pub trait FromCases: Target {
    /// The target for the case that `of` gives for each lane.
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> Self::Of<V>;
}

impl<const N: usize> FromCases for Vector<N> {
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> [V; N] {
        std::array::from_fn(|i| {
            V::from_fn(|lane| match &of(lane).target {
                Answer::Values(values) => values[i],
                Answer::Class(_) => panic!("{} wants values", of(lane).loss),
            })
        })
    }
}

impl FromCases for Class {
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> V::Bits {
        Bits::from_fn(|lane| match &of(lane).target {
            Answer::Class(class) => *class,
            Answer::Values(_) => panic!("{} wants a class", of(lane).loss),
        })
    }
}
