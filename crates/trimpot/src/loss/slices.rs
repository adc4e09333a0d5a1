//! Losses of rows whose length is known when the program runs.

use crate::code_size::{any_length, any_length_mut};
use crate::lanes::Lanes;
use crate::loss::{Action, ActionTaken, Class, Loss, Nothing, Number, Target};
use crate::shape::{Rows, Vector};

/// A loss of one row of any length: one kernel over slices, which the [`Loss`] of a `Vector<N>`
/// calls with arrays. Inlined there, it is compiled for their length; the bits are the same.
/// [`Elementwise`](crate::loss::Elementwise) losses have both by themselves.
///
/// ```
/// use trimpot::loss::{Loss, SliceLoss, SoftCrossEntropy};
///
/// let (logits, target) = (vec![0.0; 100], vec![0.01; 100]);
/// let mut gradient = vec![0.0; 100];
/// let value = SoftCrossEntropy.slice_gradient::<f32>(&logits, &target, &mut gradient);
/// assert_eq!(value, SoftCrossEntropy.value::<f32>(&[0.0; 100], &[0.01; 100]));
/// ```
pub trait SliceLoss {
    /// What the row is compared with.
    type Target: SliceTarget;
    /// The loss of a shorter row is undefined.
    const LEAST: usize = 0;

    /// Writes d value / d prediction to `gradient`, and returns the value. One pass.
    ///
    /// The value and the whole gradient are NaN if slices that belong together differ in length.
    #[inline(always)]
    fn slice_gradient<V: Lanes>(
        &self,
        prediction: &[V],
        target: <Self::Target as SliceTarget>::Slices<'_, V>,
        gradient: &mut [V],
    ) -> V {
        let row = prediction.len();
        if gradient.len() != row || !has_length::<Self::Target, V>(target, row) {
            return undefined(gradient);
        }
        self.row_gradient(prediction, target, gradient)
    }

    /// The same, where each class counts `weights` times: as many as there are numbers in the row;
    /// or none, then all classes are equal.
    ///
    /// The value and the whole gradient are NaN if slices that belong together differ in length, or
    /// if there are weights, and the loss has no
    /// [class weights](crate::loss::spec::LossSpec::has_class_weights).
    #[inline(always)]
    fn weighted_slice_gradient<V: Lanes>(
        &self,
        weights: &[f32],
        prediction: &[V],
        target: <Self::Target as SliceTarget>::Slices<'_, V>,
        gradient: &mut [V],
    ) -> V {
        let row = prediction.len();
        if weights.is_empty() {
            return self.slice_gradient(prediction, target, gradient);
        }
        let is_length = weights.len() == row && gradient.len() == row;
        if !is_length || !has_length::<Self::Target, V>(target, row) {
            return undefined(gradient);
        }
        self.weighted_row_gradient(weights, prediction, target, gradient)
    }

    /// The kernel of [`slice_gradient`](Self::slice_gradient), which sees to it that slices are
    /// equally long. Writes every number of the gradient, whatever is there before.
    fn row_gradient<V: Lanes>(
        &self,
        prediction: &[V],
        target: <Self::Target as SliceTarget>::Slices<'_, V>,
        gradient: &mut [V],
    ) -> V;

    /// The kernel of [`weighted_slice_gradient`](Self::weighted_slice_gradient), which sees to it
    /// that slices are equally long. NaN unless the loss has class weights.
    #[inline(always)]
    fn weighted_row_gradient<V: Lanes>(
        &self,
        _weights: &[f32],
        _prediction: &[V],
        _target: <Self::Target as SliceTarget>::Slices<'_, V>,
        gradient: &mut [V],
    ) -> V {
        undefined(gradient)
    }
}

/// Makes a gradient NaN, and returns NaN.
#[inline(always)]
pub(super) fn undefined<V: Lanes>(gradient: &mut [V]) -> V {
    gradient.fill(V::splat(f32::NAN));
    V::splat(f32::NAN)
}

/// Returns whether a target has as many numbers as a row, if it has one for each.
#[inline(always)]
fn has_length<T: SliceTarget, V: Lanes>(target: T::Slices<'_, V>, row: usize) -> bool {
    T::length::<V>(target).is_none_or(|length| length == row)
}

/// A loss of `R` rows of any length, which are equally long: one kernel over slices, which the
/// [`Loss`] of `Rows<R, N>` calls with arrays.
pub trait RowsLoss<const R: usize> {
    /// What the rows are compared with.
    type Target: SliceTarget;
    /// The loss of shorter rows is undefined.
    const LEAST: usize = 0;

    /// Writes d value / d prediction to `gradient`, and returns the value. One pass.
    ///
    /// The value and the whole gradient are NaN if rows differ in length.
    #[inline(always)]
    fn rows_gradient<V: Lanes>(
        &self,
        prediction: [&[V]; R],
        target: <Self::Target as SliceTarget>::Slices<'_, V>,
        gradient: [&mut [V]; R],
    ) -> V {
        let row = prediction.first().map_or(0, |row| row.len());
        let is_length = prediction.iter().all(|other| other.len() == row)
            && gradient.iter().all(|other| other.len() == row);
        if !is_length || !has_length::<Self::Target, V>(target, row) {
            return gradient.into_iter().fold(V::splat(f32::NAN), |_, row| undefined(row));
        }
        self.equal_rows_gradient(prediction, target, gradient)
    }

    /// The kernel of [`rows_gradient`](Self::rows_gradient), which sees to it that rows are equally
    /// long.
    fn equal_rows_gradient<V: Lanes>(
        &self,
        prediction: [&[V]; R],
        target: <Self::Target as SliceTarget>::Slices<'_, V>,
        gradient: [&mut [V]; R],
    ) -> V;
}

/// What rows of any length are compared with.
pub trait SliceTarget {
    /// The kind of target for rows of `N` numbers.
    type Sized<const N: usize>: Target;
    /// The target of one sample in each lane.
    type Slices<'a, V: Lanes>: Copy;

    /// Returns a target of known size as one of any size.
    fn from_sized<V: Lanes, const N: usize>(
        target: &<Self::Sized<N> as Target>::Values<V>,
    ) -> Self::Slices<'_, V>;

    /// Returns how many numbers the target has, if it is one for each element of the row.
    #[inline(always)]
    fn length<V: Lanes>(_target: Self::Slices<'_, V>) -> Option<usize> {
        None
    }

    /// Returns the target, if it is of this kind.
    fn from_any<V: Lanes>(target: AnyTarget<'_, V>) -> Option<Self::Slices<'_, V>>;
}

/// A number for each element of the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values;

/// A target whose kind is known when the program runs, of one sample in each lane.
#[derive(Clone, Copy, Debug)]
pub enum AnyTarget<'a, V: Lanes> {
    /// A number for each element of the row.
    Values(&'a [V]),
    /// A class label.
    Class(V::Bits),
    /// One number.
    Number(V),
    /// Nothing: predictions are compared with each other.
    Nothing,
    /// What was done, and what came of it.
    Action(ActionTaken<V>),
}

impl SliceTarget for Values {
    type Sized<const N: usize> = Vector<N>;
    type Slices<'a, V: Lanes> = &'a [V];

    #[inline(always)]
    fn from_sized<V: Lanes, const N: usize>(target: &[V; N]) -> &[V] {
        target
    }

    #[inline(always)]
    fn length<V: Lanes>(target: &[V]) -> Option<usize> {
        Some(target.len())
    }

    #[inline(always)]
    fn from_any<V: Lanes>(target: AnyTarget<'_, V>) -> Option<&[V]> {
        if let AnyTarget::Values(numbers) = target { Some(numbers) } else { None }
    }
}

impl SliceTarget for Class {
    type Sized<const N: usize> = Class;
    type Slices<'a, V: Lanes> = V::Bits;

    #[inline(always)]
    fn from_sized<V: Lanes, const N: usize>(target: &V::Bits) -> V::Bits {
        *target
    }

    #[inline(always)]
    fn from_any<V: Lanes>(target: AnyTarget<'_, V>) -> Option<V::Bits> {
        if let AnyTarget::Class(class) = target { Some(class) } else { None }
    }
}

impl SliceTarget for Number {
    type Sized<const N: usize> = Number;
    type Slices<'a, V: Lanes> = V;

    #[inline(always)]
    fn from_sized<V: Lanes, const N: usize>(target: &V) -> V {
        *target
    }

    #[inline(always)]
    fn from_any<V: Lanes>(target: AnyTarget<'_, V>) -> Option<V> {
        if let AnyTarget::Number(number) = target { Some(number) } else { None }
    }
}

impl SliceTarget for Nothing {
    type Sized<const N: usize> = Nothing;
    type Slices<'a, V: Lanes> = ();

    #[inline(always)]
    fn from_sized<V: Lanes, const N: usize>((): &()) {}

    #[inline(always)]
    fn from_any<V: Lanes>(target: AnyTarget<'_, V>) -> Option<()> {
        if let AnyTarget::Nothing = target { Some(()) } else { None }
    }
}

impl SliceTarget for Action {
    type Sized<const N: usize> = Action;
    type Slices<'a, V: Lanes> = ActionTaken<V>;

    #[inline(always)]
    fn from_sized<V: Lanes, const N: usize>(target: &ActionTaken<V>) -> ActionTaken<V> {
        *target
    }

    #[inline(always)]
    fn from_any<V: Lanes>(target: AnyTarget<'_, V>) -> Option<ActionTaken<V>> {
        if let AnyTarget::Action(taken) = target { Some(taken) } else { None }
    }
}

/// `Loss<Vector<N>>` for a [`SliceLoss`], compiled for the length of arrays.
macro_rules! loss_of_arrays {
    ($loss:ty) => {
        crate::loss::slices::loss_of_arrays!($loss, #[inline]);
    };
    ($loss:ty, $(#[$inline:meta])+) => {
        impl<const N: usize> crate::loss::Loss<crate::shape::Vector<N>> for $loss {
            type Target =
                <<Self as crate::loss::SliceLoss>::Target as crate::loss::SliceTarget>::Sized<N>;

            $(#[$inline])+
            fn gradient<V: crate::lanes::Lanes>(
                &self,
                prediction: &[V; N],
                target: &<Self::Target as crate::loss::Target>::Values<V>,
                gradient: &mut [V; N],
            ) -> V {
                V::vectorize(
                    gradient,
                    #[inline(always)]
                    |gradient| crate::loss::slices::of_arrays(self, prediction, target, gradient),
                )
            }
        }
    };
}
pub(super) use loss_of_arrays;

/// Returns the loss of arrays, by the kernel over slices.
#[inline(always)]
pub(super) fn of_arrays<L: SliceLoss, V: Lanes, const N: usize>(
    loss: &L,
    prediction: &[V; N],
    target: &<<L::Target as SliceTarget>::Sized<N> as Target>::Values<V>,
    gradient: &mut [V; N],
) -> V {
    const { assert!(N >= L::LEAST, "the loss of so few numbers is undefined") };
    let target = <L::Target as SliceTarget>::from_sized::<V, N>(target);
    let (prediction, gradient) = (any_length(prediction), any_length_mut(gradient));
    loss.slice_gradient(prediction, target, gradient)
}

impl<L: RowsLoss<R>, const R: usize, const N: usize> Loss<Rows<R, N>> for L {
    type Target = <L::Target as SliceTarget>::Sized<N>;

    #[inline]
    fn gradient<V: Lanes>(
        &self,
        prediction: &[[V; N]; R],
        target: &<Self::Target as Target>::Values<V>,
        gradient: &mut [[V; N]; R],
    ) -> V {
        const { assert!(N >= L::LEAST, "the loss of so few numbers is undefined") };
        let target = <L::Target as SliceTarget>::from_sized::<V, N>(target);
        let rows = prediction.each_ref().map(<[V; N]>::as_slice);
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                self.rows_gradient(rows, target, gradient.each_mut().map(<[V; N]>::as_mut_slice))
            },
        )
    }
}
