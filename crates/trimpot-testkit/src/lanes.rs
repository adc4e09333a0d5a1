//! Running samples on the core, one in each lane.
//!
//! Every loss is compiled here for every shape and width. What does not depend on the loss is a
//! function of its own, and is compiled once.

use trimpot::lanes::{Bits, Lanes};
use trimpot::loss::{Action, ActionTaken, Class, Labels, Loss, Nothing, Number, Target};
use trimpot::shape::{Shape, Vector};

use crate::case::{Answer, Case, ValueAndGradient};

/// A prediction of shape `P`, and the target of kind `T` that it is compared with.
pub type Block<V, P, T> = (<P as Shape>::Values<V>, <T as Target>::Values<V>);

/// Returns the samples of at most `V::LANES` cases, side by side; lanes without a case repeat the
/// last one.
///
/// # Panics
/// If there are no cases, or their targets are not of kind `T`.
#[must_use]
#[inline(never)]
pub fn block<V: Lanes, P: Shape, T: FromCases>(cases: &[Case]) -> Block<V, P, T> {
    let mut prediction = P::zeros::<V>();
    fill(P::flat_mut::<V>(&mut prediction), cases, |case| &case.prediction);
    (prediction, T::lanes::<V>(cases))
}

/// Runs at most `V::LANES` cases of one loss.
pub fn run<V: Lanes, P: Shape, L: Loss<P, Target: FromCases>>(
    loss: &L,
    cases: &[Case],
) -> Vec<ValueAndGradient> {
    let (prediction, target) = block::<V, P, L::Target>(cases);
    let mut gradient = P::zeros::<V>();
    let value = loss.gradient(&prediction, &target, &mut gradient);
    results(value, P::flat::<V>(&gradient), cases.len())
}

/// Returns what is in the first lanes.
#[inline(never)]
fn results<V: Lanes>(value: V, gradient: &[V], lanes: usize) -> Vec<ValueAndGradient> {
    (0..lanes)
        .map(|lane| {
            let value = value.to_array().as_ref()[lane];
            let gradient = gradient.iter().map(|g| g.to_array().as_ref()[lane]).collect();
            ValueAndGradient { value, gradient }
        })
        .collect()
}

/// Puts the numbers of each case into its lane.
#[inline(never)]
fn fill<V: Lanes>(elements: &mut [V], cases: &[Case], numbers: fn(&Case) -> &[f32]) {
    for (i, element) in elements.iter_mut().enumerate() {
        *element = V::from_fn(|lane| numbers(of(cases, lane))[i]);
    }
}

/// Returns the case for a lane.
fn of(cases: &[Case], lane: usize) -> &Case {
    &cases[lane.min(cases.len() - 1)]
}

/// A kind of target that can be made from the answers of cases.
pub trait FromCases: Target {
    /// Returns the target for these cases; lanes without a case repeat the last one.
    fn lanes<V: Lanes>(cases: &[Case]) -> Self::Values<V>;
}

impl<const N: usize> FromCases for Vector<N> {
    fn lanes<V: Lanes>(cases: &[Case]) -> [V; N] {
        let mut target = [V::ZERO; N];
        fill(&mut target, cases, |case| match &case.target {
            Answer::Values(values) => values,
            other => panic!("{} wants values, not {other:?}", case.loss),
        });
        target
    }
}

impl FromCases for Class {
    fn lanes<V: Lanes>(cases: &[Case]) -> V::Bits {
        Bits::from_fn(|lane| of(cases, lane).class() as u32)
    }
}

impl FromCases for Nothing {
    fn lanes<V: Lanes>(_: &[Case]) {}
}

impl FromCases for Number {
    fn lanes<V: Lanes>(cases: &[Case]) -> V {
        V::from_fn(|lane| of(cases, lane).number() as f32)
    }
}

impl<const L: usize> FromCases for Labels<L> {
    fn lanes<V: Lanes>(cases: &[Case]) -> [V::Bits; L] {
        std::array::from_fn(|i| Bits::from_fn(|lane| of(cases, lane).labels()[i]))
    }
}

impl FromCases for Action {
    fn lanes<V: Lanes>(cases: &[Case]) -> ActionTaken<V> {
        let number = |number: fn((usize, f64, f64)) -> f64| {
            V::from_fn(|lane| number(of(cases, lane).action()) as f32)
        };
        ActionTaken {
            action: Bits::from_fn(|lane| of(cases, lane).action().0 as u32),
            advantage: number(|(_, advantage, _)| advantage),
            old_log_probability: number(|(_, _, old_log_probability)| old_log_probability),
        }
    }
}
