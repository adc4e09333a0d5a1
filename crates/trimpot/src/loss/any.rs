//! Losses whose kind is known when the program runs.

use core::fmt;

use super::slices::{AnyTarget, RowsLoss, SliceLoss, SliceTarget};
use super::spec::{
    AnyRows, Domain, Elements, LOSSES, ListedLoss, LossKind, OneRow, Setting, Several, Sums,
};
use crate::ParameterError;
use crate::for_each_loss;
use crate::lanes::Lanes;

macro_rules! any_loss {
    ($($name:ident: $loss:ty;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(non_camel_case_types, reason = "the names are those of the registry")]
        enum Kind {$( $name($loss) ),*}

        impl AnyLoss {
            /// Creates the loss of this name in the registry, with the number that `value` gives
            /// for each setting. `None` if there is no such loss.
            ///
            /// # Errors
            /// If a setting is out of its range.
            pub fn named(
                name: &str,
                value: impl FnMut(&'static Setting) -> f32,
            ) -> Option<Result<Self, ParameterError>> {
                match name {
                    $(stringify!($name) => Some(
                        <$loss>::configured(value).map(|loss| AnyLoss(Kind::$name(loss))),
                    ),)*
                    _ => None,
                }
            }

            /// Returns the loss's name in the registry.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match &self.0 {$( Kind::$name(_) => stringify!($name) ),*}
            }

            /// Hands over each setting with its value.
            pub fn for_each_setting(&self, visit: &mut dyn FnMut(&'static Setting, f32)) {
                match &self.0 {$(
                    Kind::$name(loss) => {
                        let values = loss.settings();
                        let all = <$loss as LossKind>::SPEC.settings.iter().zip(values.as_ref());
                        all.for_each(|(setting, &value)| visit(setting, value));
                    }
                )*}
            }

            /// Returns the numbers that predictions are.
            #[must_use]
            pub fn outputs(&self) -> Domain {
                match &self.0 {$( Kind::$name(loss) => loss.outputs() ),*}
            }

            /// Returns how few numbers in a row are enough to learn from.
            #[must_use]
            pub fn least_outputs(&self) -> usize {
                match &self.0 {$( Kind::$name(loss) => loss.least_outputs() ),*}
            }

            /// Writes d value / d prediction to `gradient`, and returns the value, with the bits of
            /// the loss as a type. One pass. Several rows lie one after the other. `weights` say
            /// how much each class counts, for a loss that has
            /// [class weights](super::spec::LossSpec::has_class_weights); without any, all are
            /// equal.
            ///
            /// # Errors
            /// If the loss is one of any number of rows, or has no class weights and gets some, or
            /// the target is of another kind, or slices differ in length: then nothing is written.
            pub fn gradient<V: Lanes>(
                &self,
                weights: &[f32],
                prediction: &[V],
                target: AnyTarget<'_, V>,
                gradient: &mut [V],
            ) -> Result<V, SliceError> {
                match &self.0 {$(
                    Kind::$name(loss) => <<$loss as LossKind>::Form as LossKernel<$loss>>::gradient(
                        loss, weights, prediction, target, gradient,
                    ),
                )*}
            }
        }

        $(impl From<$loss> for AnyLoss {
            fn from(loss: $loss) -> Self {
                AnyLoss(Kind::$name(loss))
            }
        })*
    };
}
for_each_loss!(any_loss);

/// A loss of the registry, whose kind is known when the program runs.
///
/// ```
/// use trimpot::loss::{AnyLoss, AnyTarget};
///
/// let huber = AnyLoss::named("huber", |setting| setting.default).unwrap()?;
/// let mut gradient = vec![0.0; 1000];
/// let target = AnyTarget::Values(&[0.0; 1000]);
/// assert_eq!(huber.gradient::<f32>(&[], &[3.0; 1000], target, &mut gradient), Ok(2.5));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnyLoss(Kind);

impl AnyLoss {
    /// Returns what the loss takes, how it is set, and what it is called elsewhere.
    #[must_use]
    pub fn listed(&self) -> Option<&'static ListedLoss> {
        LOSSES.iter().find(|listed| listed.name == self.name())
    }
}

/// A loss cannot be computed of these slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SliceError {
    /// How many rows there are is not known: it is one of any number of them.
    Rows,
    /// It takes a target of another kind.
    Target,
    /// Slices that belong together differ in length.
    Length,
    /// There are weights of classes, and it has none.
    Weights,
}

impl fmt::Display for SliceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SliceError::Rows => "the loss is one of any number of rows",
            SliceError::Target => "the loss takes a target of another kind",
            SliceError::Length => "slices that belong together differ in length",
            SliceError::Weights => "the loss has no weights of classes",
        })
    }
}

impl core::error::Error for SliceError {}

/// The kernel over slices of a loss whose predictions lie in this form, if it has one.
trait LossKernel<L> {
    fn gradient<V: Lanes>(
        loss: &L,
        weights: &[f32],
        prediction: &[V],
        target: AnyTarget<'_, V>,
        gradient: &mut [V],
    ) -> Result<V, SliceError>;
}

/// Returns an error unless a target of numbers has as many as there are in a row.
fn check_target<V: Lanes>(target: AnyTarget<'_, V>, row: usize) -> Result<(), SliceError> {
    match target {
        AnyTarget::Values(numbers) if numbers.len() != row => Err(SliceError::Length),
        _ => Ok(()),
    }
}

macro_rules! one_row {
    ($($form:ty)*) => {$(
        impl<L: LossKind + SliceLoss> LossKernel<L> for $form {
            #[inline]
            fn gradient<V: Lanes>(
                loss: &L,
                weights: &[f32],
                prediction: &[V],
                target: AnyTarget<'_, V>,
                gradient: &mut [V],
            ) -> Result<V, SliceError> {
                V::vectorize(
                    gradient,
                    #[inline(always)]
                    |gradient| {
                        check_target(target, prediction.len())?;
                        if gradient.len() != prediction.len() {
                            return Err(SliceError::Length);
                        }
                        let target = L::Target::from_any(target).ok_or(SliceError::Target)?;
                        if weights.is_empty() {
                            return Ok(loss.row_gradient(prediction, target, gradient));
                        }
                        if !L::SPEC.has_class_weights {
                            return Err(SliceError::Weights);
                        }
                        if weights.len() != prediction.len() {
                            return Err(SliceError::Length);
                        }
                        Ok(loss.weighted_row_gradient(weights, prediction, target, gradient))
                    },
                )
            }
        }
    )*};
}
one_row!(Elements Sums OneRow);

impl<L: RowsLoss<R>, const R: usize> LossKernel<L> for Several<R> {
    #[inline]
    fn gradient<V: Lanes>(
        loss: &L,
        weights: &[f32],
        prediction: &[V],
        target: AnyTarget<'_, V>,
        gradient: &mut [V],
    ) -> Result<V, SliceError> {
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                if !weights.is_empty() {
                    return Err(SliceError::Weights);
                }
                if gradient.len() != prediction.len() {
                    return Err(SliceError::Length);
                }
                let rows = rows(prediction).ok_or(SliceError::Length)?;
                let gradients = rows_mut(gradient).ok_or(SliceError::Length)?;
                check_target(target, rows.first().map_or(0, |row| row.len()))?;
                let target = L::Target::from_any(target).ok_or(SliceError::Target)?;
                Ok(loss.equal_rows_gradient(rows, target, gradients))
            },
        )
    }
}

/// Cuts numbers into rows; `None` if these would not be equally long.
fn rows<V, const R: usize>(mut numbers: &[V]) -> Option<[&[V]; R]> {
    let length = numbers.len().checked_div(R)?;
    let mut rows = [&[][..]; R];
    for row in &mut rows {
        (*row, numbers) = numbers.split_at_checked(length)?;
    }
    numbers.is_empty().then_some(rows)
}

/// [`rows`], to be changed.
fn rows_mut<V, const R: usize>(mut numbers: &mut [V]) -> Option<[&mut [V]; R]> {
    let length = numbers.len().checked_div(R)?;
    let mut rows = core::array::from_fn(|_| &mut [][..]);
    for row in &mut rows {
        (*row, numbers) = numbers.split_at_mut_checked(length)?;
    }
    numbers.is_empty().then_some(rows)
}

impl<L, const R: usize> LossKernel<L> for AnyRows<R> {
    fn gradient<V: Lanes>(
        _: &L,
        _: &[f32],
        _: &[V],
        _: AnyTarget<'_, V>,
        _: &mut [V],
    ) -> Result<V, SliceError> {
        Err(SliceError::Rows)
    }
}
