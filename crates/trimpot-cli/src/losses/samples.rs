//! The curve of each loss, along its example.

use std::fmt::Debug;

use trimpot::loss::spec::{Example, ExampleTarget, Form, LossKind};
use trimpot::loss::{Action, ActionTaken, Class, Labels, Loss, Nothing, Number, Target};
use trimpot::shape::{Shape, Vector};

use super::curve::Curve;

/// A kind of target that can be made from that of an example.
pub(super) trait OfExample: Target {
    /// Returns the target, unless the example's is of another kind or length.
    fn of(example: ExampleTarget) -> Option<Self::Values<f32>>;
}

impl<const N: usize> OfExample for Vector<N> {
    fn of(example: ExampleTarget) -> Option<[f32; N]> {
        if let ExampleTarget::Values(numbers) = example { numbers.try_into().ok() } else { None }
    }
}

impl OfExample for Class {
    fn of(example: ExampleTarget) -> Option<u32> {
        if let ExampleTarget::Class(class) = example { Some(class) } else { None }
    }
}

impl OfExample for Number {
    fn of(example: ExampleTarget) -> Option<f32> {
        if let ExampleTarget::Number(number) = example { Some(number) } else { None }
    }
}

impl OfExample for Nothing {
    fn of(example: ExampleTarget) -> Option<()> {
        (example == ExampleTarget::Nothing).then_some(())
    }
}

impl<const L: usize> OfExample for Labels<L> {
    fn of(example: ExampleTarget) -> Option<[u32; L]> {
        if let ExampleTarget::Labels(labels) = example { labels.try_into().ok() } else { None }
    }
}

impl OfExample for Action {
    fn of(example: ExampleTarget) -> Option<ActionTaken<f32>> {
        let ExampleTarget::Action(action, advantage, old_log_probability) = example else {
            return None;
        };
        Some(ActionTaken { action, advantage, old_log_probability })
    }
}

/// A loss over rows of `N` numbers, along an example.
pub(super) trait Curved<const N: usize> {
    /// Returns the curve, unless the example's rows are of another length.
    fn along(example: &Example) -> Option<Curve>;
}

type Prediction<L, const N: usize> = <<L as LossKind>::Form as Form>::Prediction<N>;

impl<L, const N: usize> Curved<N> for L
where
    L: LossKind + Loss<Prediction<L, N>>,
    <Prediction<L, N> as Shape>::Values<f32>: Debug,
    <L as Loss<Prediction<L, N>>>::Target: OfExample<Values<f32>: Debug>,
{
    fn along(example: &Example) -> Option<Curve> {
        let Example { prediction, target, moves, range } = *example;
        if prediction.len() != Prediction::<L, N>::LEN {
            return None;
        }
        let prediction = *Prediction::<L, N>::shaped(prediction)?;
        let target = <L as Loss<Prediction<L, N>>>::Target::of(target)?;
        let loss = L::default();
        Some(Curve::trace::<Prediction<L, N>, L>(&loss, prediction, moves, range, &target))
    }
}

/// Returns the curve of a loss along its example.
///
/// # Panics
/// If the example does not fit the loss, or its rows are longer than four numbers.
pub(super) fn curve<L>() -> Curve
where
    L: LossKind + Curved<1> + Curved<2> + Curved<3> + Curved<4>,
{
    let example = &L::SPEC.example;
    <L as Curved<1>>::along(example)
        .or_else(|| <L as Curved<2>>::along(example))
        .or_else(|| <L as Curved<3>>::along(example))
        .or_else(|| <L as Curved<4>>::along(example))
        .expect("examples fit their losses, in rows of up to four numbers")
}
