//! Losses of models.

use core::marker::PhantomData;

use trimpot::lanes::Lanes;
use trimpot::loss::spec::{ListedLoss, TargetSpec};
use trimpot::loss::{
    AnyLoss, AnyTarget, Class, CrossEntropy, MeanSquaredError, SliceLoss, SliceTarget, Values,
};
use trimpot::output_scale::OutputScale;
use trimpot_link::Error;

use crate::TaskKind;

/// A loss of one row that is known at run time, with targets of the kind `T`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelLoss<'m, T> {
    loss: AnyLoss,
    /// The units in which differences are counted, if outputs have some.
    scale: Option<OutputScale<'m>>,
    target: PhantomData<T>,
}

/// Returns whether a [`Device`](crate::Device) learns a task by a loss: classes by those that take a
/// class, all else by those that take numbers, of a single row.
pub const fn learns_by(task: TaskKind, loss: &ListedLoss) -> bool {
    let takes = match task {
        TaskKind::Classes => matches!(loss.spec.target, TargetSpec::Class),
        TaskKind::Values | TaskKind::Anomaly => matches!(loss.spec.target, TargetSpec::Values(_)),
    };
    takes && matches!(loss.rows, Some(1))
}

/// What a model's outputs are compared with.
pub trait ModelTarget: SliceTarget {
    /// Returns the loss of a model that says none.
    fn default_loss() -> AnyLoss;

    /// Returns a target as one whose kind is known at run time.
    fn any<'a, V: Lanes>(target: Self::Slices<'a, V>) -> AnyTarget<'a, V>;
}

impl ModelTarget for Class {
    fn default_loss() -> AnyLoss {
        CrossEntropy::new().into()
    }

    fn any<'a, V: Lanes>(target: Self::Slices<'a, V>) -> AnyTarget<'a, V> {
        AnyTarget::Class(target)
    }
}

impl ModelTarget for Values {
    fn default_loss() -> AnyLoss {
        MeanSquaredError.into()
    }

    fn any<'a, V: Lanes>(target: Self::Slices<'a, V>) -> AnyTarget<'a, V> {
        AnyTarget::Values(target)
    }
}

impl<T: ModelTarget> ModelLoss<'_, T> {
    /// Creates the loss of this name in the core's registry, with these settings; cross-entropy or
    /// the mean squared error, if the name is empty.
    ///
    /// # Errors
    /// [`Error::ModelLoss`], if there is no such loss of such a target, or a setting is missing,
    /// too many, or out of its range.
    pub fn new(
        name: &str,
        mut settings: impl Iterator<Item = f32>,
        task: TaskKind,
    ) -> Result<Self, Error> {
        if name.is_empty() {
            return Ok(ModelLoss::of(T::default_loss()));
        }
        // What is missing is in no range.
        let loss = AnyLoss::named(name, |_| settings.next().unwrap_or(f32::NAN));
        let loss = loss.and_then(Result::ok).filter(|_| settings.next().is_none());
        let fits = |loss: &AnyLoss| loss.listed().is_some_and(|listed| learns_by(task, listed));
        let loss = loss.filter(fits).ok_or(Error::ModelLoss { task })?;
        Ok(ModelLoss::of(loss))
    }

    const fn of(loss: AnyLoss) -> Self {
        ModelLoss { loss, scale: None, target: PhantomData }
    }

    /// Returns how few outputs it is defined for.
    pub fn least(&self) -> usize {
        self.loss.least_outputs()
    }
}

impl ModelLoss<'_, Values> {
    /// Counts differences in these units, if it is a loss of differences.
    pub fn with_scale(self, scale: OutputScale<'_>) -> ModelLoss<'_, Values> {
        let is_of_differences = self.loss.listed().is_some_and(ListedLoss::is_of_differences);
        let scale = if is_of_differences { Some(scale) } else { None };
        ModelLoss { loss: self.loss, scale, target: PhantomData }
    }
}

impl<T: ModelTarget> SliceLoss for ModelLoss<'_, T> {
    type Target = T;

    /// What cannot be is not a number: a class beyond the outputs was refused before.
    fn row_gradient<V: Lanes>(
        &self,
        prediction: &[V],
        target: T::Slices<'_, V>,
        gradient: &mut [V],
    ) -> V {
        let of = |prediction: &[V], target: AnyTarget<'_, V>, gradient: &mut [V]| {
            let value = self.loss.gradient(&[], prediction, target, gradient);
            value.unwrap_or(V::splat(f32::NAN))
        };
        match (self.scale, T::any(target)) {
            (Some(scale), AnyTarget::Values(target)) => {
                scale.gradient(prediction, target, gradient, |prediction, target, gradient| {
                    of(prediction, AnyTarget::Values(target), gradient)
                })
            }
            (_, target) => of(prediction, target, gradient),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;

    use super::*;

    #[test]
    fn losses_of_a_task_are_learned_by_and_no_others() {
        let classes = |name, settings: &[f32]| {
            let loss = ModelLoss::<Class>::new(name, settings.iter().copied(), TaskKind::Classes);
            loss.map(|loss| loss.least())
        };
        let values = |name, settings: &[f32]| {
            let loss = ModelLoss::<Values>::new(name, settings.iter().copied(), TaskKind::Anomaly);
            loss.map(|loss| loss.least())
        };
        for (name, settings) in
            [("cross_entropy", vec![0.0]), ("", vec![]), ("multi_margin", vec![1.0, 1.0])]
        {
            assert!(classes(name, &settings).is_ok(), "{name}");
        }
        let error = Err(Error::ModelLoss { task: TaskKind::Classes });
        for (name, settings) in
            [("mse", vec![]), ("nothing", vec![]), ("focal", vec![]), ("focal", vec![2.0, 1.0])]
        {
            assert_eq!(classes(name, &settings), error, "{name}");
        }
        for (name, settings) in [("mse", vec![]), ("", vec![]), ("huber", vec![0.5])] {
            assert_eq!(values(name, &settings), Ok(1), "{name}");
        }
        let error = Err(Error::ModelLoss { task: TaskKind::Anomaly });
        for (name, settings) in [("cross_entropy", vec![0.0]), ("huber", vec![-0.5])] {
            assert_eq!(values(name, &settings), error, "{name}");
        }
    }
}
