//! Outputs in units of their own, and losses that do not depend on these units.
//!
//! Targets may be of any size: prices in 100,000s. A network that is to give them ends with a
//! frozen normalisation, `y = mean + deviation · z`: what it says is in the unit of the targets,
//! and what is in front of it works with numbers `z` of mean 0 and deviation 1. A loss of `y` would
//! have gradients of the size of `deviation²` there. So the loss is taken of what it counts in
//! deviations: of `(y − t) / deviation` against 0, for each output, and the mean over the outputs.
//! Its gradient with respect to `z` is that of a network that learned standardized targets; so
//! learning rates mean the same, on a PC as on a board.
//!
//! ```
//! use trimpot::layer::{BatchNormSpec, DenseSpec, FrozenSpec};
//! use trimpot::loss::{MeanSquaredError, SliceLoss};
//! use trimpot::output_scale::OutputScale;
//! use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
//!
//! let layers = [
//!     LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 1 }),
//!     LayerSpec::Frozen(FrozenSpec { layers: 1 }),
//!     LayerSpec::BatchNorm(BatchNormSpec { channels: 1, epsilon: 1e-5 }),
//! ];
//! let network = NetworkSpec { input: Dims::vector(4), layers: &layers };
//! // Deviation and mean; what follows changes nothing.
//! let constants = [100_000.0, 350_000.0, 0.0, 1.0 - 1e-5];
//! let scale = OutputScale::of(network, &constants).unwrap();
//! assert_eq!(scale.deviations(), [100_000.0]);
//!
//! let mut gradient = [0.0_f32];
//! let mse = |y: &[f32], t: &[f32], dy: &mut [f32]| MeanSquaredError.slice_gradient(y, t, dy);
//! let value = scale.gradient(&[400_000.0], &[350_000.0], &mut gradient, mse);
//! assert!((value - 0.25).abs() < 1e-6);
//! assert!((gradient[0] * 100_000.0 - 1.0).abs() < 1e-6);
//! ```

use crate::lanes::Lanes;
use crate::loss::{SliceLoss, Values as Targets};
use crate::spec::NetworkSpec;

/// The unit of each output of a network: the deviation in the frozen normalisation of its outputs
/// that it ends with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputScale<'a> {
    deviations: &'a [f32],
}

impl<'a> OutputScale<'a> {
    /// Creates the scale of outputs whose units are these: `None`, unless there are any, and they
    /// are above 0 and can be divided by.
    #[must_use]
    pub const fn new(deviations: &'a [f32]) -> Option<Self> {
        let mut rest = deviations;
        while let [first, others @ ..] = rest {
            if !is_unit(*first) {
                return None;
            }
            rest = others;
        }
        if deviations.is_empty() { None } else { Some(OutputScale { deviations }) }
    }

    /// Returns the scale of a network with these constants: `None`, unless it ends with
    /// `Frozen(BatchNorm(N))` of a vector of N outputs, with means 0, variances 1 − ε, and
    /// deviations above 0 that can be divided by.
    #[must_use]
    pub fn of(network: NetworkSpec<'_>, constants: &'a [f32]) -> Option<Self> {
        let spec = network.output_norm()?;
        let channels = spec.channels as usize;
        let output = network.output().ok()?;
        if output.sizes() != [spec.channels] {
            return None;
        }
        let start = constants.len().checked_sub(channels.checked_mul(4)?)?;
        let (affine, statistics) = constants.get(start..)?.split_at_checked(2 * channels)?;
        let (deviations, _) = affine.split_at_checked(channels)?;
        let (means, variances) = statistics.split_at_checked(channels)?;
        let is_scale = means.iter().all(|&mean| mean == 0.0)
            && variances.iter().all(|&variance| variance == 1.0 - spec.epsilon);
        OutputScale::new(deviations).filter(|_| is_scale)
    }

    /// Returns the deviation of each output.
    #[must_use]
    pub const fn deviations(self) -> &'a [f32] {
        self.deviations
    }

    /// Returns a loss of outputs, and writes its gradient with respect to them: the mean over the
    /// outputs of `loss`, which is taken of the difference from the target in deviations, against
    /// 0. It is a loss of single numbers that depends on differences alone:
    /// [`ListedLoss::is_of_differences`](crate::loss::spec::ListedLoss::is_of_differences).
    ///
    /// The value and the whole gradient are NaN if slices or scale differ in length.
    #[inline]
    pub fn gradient<V: Lanes>(
        self,
        prediction: &[V],
        target: &[V],
        gradient: &mut [V],
        mut loss: impl FnMut(&[V], &[V], &mut [V]) -> V,
    ) -> V {
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                let outputs = self.deviations.len();
                if [prediction.len(), target.len(), gradient.len()] != [outputs; 3] {
                    gradient.fill(V::splat(f32::NAN));
                    return V::splat(f32::NAN);
                }
                let share = 1.0 / outputs as f32;
                let mut sum = V::ZERO;
                let pairs = prediction.iter().zip(target).zip(self.deviations);
                for (dy, ((&y, &t), &deviation)) in gradient.iter_mut().zip(pairs) {
                    let inverse = 1.0 / deviation;
                    let mut own = [V::ZERO];
                    sum += loss(&[(y - t) * V::splat(inverse)], &[V::ZERO], &mut own);
                    let [own] = own;
                    *dy = own * V::splat(inverse * share);
                }
                sum * V::splat(share)
            },
        )
    }
}

/// A loss that counts differences in units of outputs: [`OutputScale::gradient`] of it.
///
/// It is for losses of single numbers that depend on differences alone, as says
/// [`ListedLoss::is_of_differences`](crate::loss::spec::ListedLoss::is_of_differences).
///
/// ```
/// use trimpot::loss::{MeanSquaredError, SliceLoss};
/// use trimpot::output_scale::{OutputScale, ScaledLoss};
///
/// let scale = OutputScale::new(&[100_000.0, 2.0]).unwrap();
/// let loss = ScaledLoss::new(MeanSquaredError, scale);
/// let mut gradient = [0.0_f32; 2];
/// let value = loss.slice_gradient(&[400_000.0, 3.0], &[350_000.0, 3.0], &mut gradient);
/// assert!((value - 0.125).abs() < 1e-6);
/// assert_eq!(gradient[1], 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaledLoss<'a, L> {
    loss: L,
    scale: OutputScale<'a>,
}

impl<'a, L> ScaledLoss<'a, L> {
    /// Creates the loss for outputs of this scale.
    pub const fn new(loss: L, scale: OutputScale<'a>) -> Self {
        ScaledLoss { loss, scale }
    }
}

impl<L: SliceLoss<Target = Targets>> SliceLoss for ScaledLoss<'_, L> {
    type Target = Targets;
    const LEAST: usize = L::LEAST;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, prediction: &[V], target: &[V], gradient: &mut [V]) -> V {
        self.scale.gradient(prediction, target, gradient, |prediction, target, gradient| {
            self.loss.row_gradient(prediction, target, gradient)
        })
    }
}

/// Returns whether numbers can be counted in this one.
const fn is_unit(deviation: f32) -> bool {
    deviation > 0.0 && deviation.is_finite() && (1.0 / deviation).is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{BatchNormSpec, DenseSpec, FrozenSpec, Relu, ResidualSpec};
    use crate::loss::{MeanAbsoluteError, MeanSquaredError, SliceLoss};
    use crate::spec::{Dims, LayerSpec};

    const DENSE: LayerSpec = LayerSpec::Dense(DenseSpec { inputs: 3, outputs: 2 });
    const FROZEN: LayerSpec = LayerSpec::Frozen(FrozenSpec { layers: 1 });
    const NORM: LayerSpec = LayerSpec::BatchNorm(BatchNormSpec { channels: 2, epsilon: 1e-5 });
    const CONSTANTS: [f32; 8] = [4.0, 0.5, 7.0, -1.0, 0.0, 0.0, 1.0 - 1e-5, 1.0 - 1e-5];

    fn scale<'a>(layers: &[LayerSpec], constants: &'a [f32]) -> Option<OutputScale<'a>> {
        OutputScale::of(NetworkSpec { input: Dims::vector(3), layers }, constants)
    }

    #[test]
    fn a_frozen_normalisation_of_outputs_is_their_scale_and_nothing_else_is() {
        let found = scale(&[DENSE, FROZEN, NORM], &CONSTANTS).unwrap();
        assert_eq!(found.deviations(), [4.0, 0.5]);
        assert_eq!(scale(&[DENSE, NORM], &CONSTANTS[4..]), None);
        assert_eq!(scale(&[DENSE, FROZEN, NORM, LayerSpec::Relu(Relu)], &CONSTANTS), None);
        assert_eq!(scale(&[DENSE, FROZEN, NORM], &CONSTANTS[1..]), None);
        // No gradient goes through inside of another layer.
        for around in [
            LayerSpec::Residual(ResidualSpec { layers: 2 }),
            LayerSpec::Frozen(FrozenSpec { layers: 2 }),
        ] {
            assert_eq!(scale(&[DENSE, around, FROZEN, NORM], &CONSTANTS), None, "{around:?}");
        }
        for (place, number) in [(0, 0.0), (1, -1.0), (0, f32::NAN), (1, 1e-40), (4, 1.0), (6, 1.0)]
        {
            let mut constants = CONSTANTS;
            constants[place] = number;
            assert_eq!(scale(&[DENSE, FROZEN, NORM], &constants), None, "{place}: {number}");
        }
    }

    #[test]
    fn units_are_numbers_that_can_be_divided_by() {
        assert_eq!(OutputScale::new(&[4.0, 0.5]).map(|scale| scale.deviations().len()), Some(2));
        for deviations in [&[][..], &[0.0], &[1.0, -1.0], &[f32::NAN], &[f32::INFINITY], &[1e-40]] {
            assert_eq!(OutputScale::new(deviations), None, "{deviations:?}");
        }
    }

    #[test]
    fn a_loss_counts_deviations_and_its_gradient_is_the_derivative() {
        let scale = scale(&[DENSE, FROZEN, NORM], &CONSTANTS).unwrap();
        let loss = |prediction: &[f32; 2]| {
            let mut gradient = [0.0; 2];
            let mse =
                |y: &[f32], t: &[f32], dy: &mut [f32]| MeanSquaredError.slice_gradient(y, t, dy);
            (scale.gradient(prediction, &[6.0, 1.0], &mut gradient, mse), gradient)
        };
        // 2 deviations and 3 of them.
        let (value, [first, second]) = loss(&[14.0, -0.5]);
        assert_eq!((value, first, second), (6.5, 2.0 / 4.0, -3.0 / 0.5));
        let step = 1.0 / 64.0;
        let slope = (loss(&[14.0 + step, -0.5]).0 - loss(&[14.0 - step, -0.5]).0) / (2.0 * step);
        assert!((slope - first).abs() <= 1e-4, "{slope}");
    }

    #[test]
    fn slices_of_other_lengths_have_no_loss() {
        let scale = scale(&[DENSE, FROZEN, NORM], &CONSTANTS).unwrap();
        let mut gradient = [0.0; 2];
        let mae = |y: &[f32], t: &[f32], dy: &mut [f32]| MeanAbsoluteError.slice_gradient(y, t, dy);
        assert!(scale.gradient(&[1.0; 3], &[0.0; 2], &mut gradient, mae).is_nan());
        assert!(gradient.iter().all(|dy| dy.is_nan()));
    }
}
