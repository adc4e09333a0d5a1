//! Running samples on the core, one in each lane.

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
pub fn block<V: Lanes, P: Shape, T: FromCases>(cases: &[Case]) -> Block<V, P, T> {
    let of = |lane: usize| &cases[lane.min(cases.len() - 1)];
    let mut prediction = P::zeros::<V>();
    for (i, element) in P::flat_mut::<V>(&mut prediction).iter_mut().enumerate() {
        *element = V::from_fn(|lane| of(lane).prediction[i]);
    }
    (prediction, T::lanes::<V>(of))
}

/// Runs at most `V::LANES` cases of one loss.
pub fn run<V: Lanes, P: Shape, L: Loss<P, Target: FromCases>>(
    loss: &L,
    cases: &[Case],
) -> Vec<ValueAndGradient> {
    let (prediction, target) = block::<V, P, L::Target>(cases);
    let mut gradient = P::zeros::<V>();
    let value = loss.gradient(&prediction, &target, &mut gradient);

    (0..cases.len())
        .map(|lane| {
            let value = value.to_array().as_ref()[lane];
            let gradient = P::flat::<V>(&gradient).iter();
            let gradient = gradient.map(|g| g.to_array().as_ref()[lane]).collect();
            ValueAndGradient { value, gradient }
        })
        .collect()
}

/// A kind of target that can be made from the answers of cases.
pub trait FromCases: Target {
    /// Returns the target for the case that `of` gives for each lane.
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> Self::Values<V>;
}

impl<const N: usize> FromCases for Vector<N> {
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> [V; N] {
        std::array::from_fn(|i| {
            V::from_fn(|lane| match &of(lane).target {
                Answer::Values(values) => values[i],
                other => panic!("{} wants values, not {other:?}", of(lane).loss),
            })
        })
    }
}

impl FromCases for Class {
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> V::Bits {
        Bits::from_fn(|lane| of(lane).class() as u32)
    }
}

impl FromCases for Nothing {
    fn lanes<'a, V: Lanes>(_: impl Fn(usize) -> &'a Case) {}
}

impl FromCases for Number {
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> V {
        V::from_fn(|lane| of(lane).number() as f32)
    }
}

impl<const L: usize> FromCases for Labels<L> {
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> [V::Bits; L] {
        std::array::from_fn(|i| Bits::from_fn(|lane| of(lane).labels()[i]))
    }
}

impl FromCases for Action {
    fn lanes<'a, V: Lanes>(of: impl Fn(usize) -> &'a Case) -> ActionTaken<V> {
        let number = |number: fn((usize, f64, f64)) -> f64| {
            V::from_fn(|lane| number(of(lane).action()) as f32)
        };
        ActionTaken {
            action: Bits::from_fn(|lane| of(lane).action().0 as u32),
            advantage: number(|(_, advantage, _)| advantage),
            old_log_probability: number(|(_, _, old_log_probability)| old_log_probability),
        }
    }
}
