use super::{EqualWeights, Weights, is_class, weight_of_label};
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::slices::{loss_of_arrays, undefined};
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Range, Setting, Small,
    TargetSpec,
};
use crate::loss::{Class, Loss, SliceLoss};
use crate::shape::Vector;

/// Rescaled square loss: `w/N·(k·(x[label] − M)² + Σⱼ xⱼ²)` over all classes `j` but the label,
/// with k and M, both 1 unless said otherwise, and the label's class weight `w`.
///
/// Gradient `2·w·k·(x[label] − M) / N` at the label, `2·w·xⱼ / N` at every other class. Predictions
/// are any numbers, one for each class, without a softmax; the largest says the class. ±∞ anywhere
/// gives an infinite value, NaN a NaN value. A label out of range is ignored, and so is one of
/// class weight 0: value and gradient 0. Errors beyond about 10¹⁹ overflow to infinity.
///
/// For classifiers, in place of cross-entropy, with neither exponentials nor logarithms: about as
/// accurate in the paper, better in most of its tasks of text and speech, a little worse in those
/// of images. A learning rate that suits one does not suit the other. With k = 1 the best outputs
/// are M times the probabilities of the classes, but nothing holds them to that range. Where there
/// are many classes, the label is one term of many: larger k and M make up for it.
///
/// With k = M = 1 it is [`MeanSquaredError`](crate::loss::MeanSquaredError) with one-hot targets:
/// PyTorch `nn.MSELoss`, Keras `MeanSquaredError`. Hui and Belkin 2021 (arXiv 2006.07322). Convex.
///
/// ```
/// use trimpot::loss::{Loss, RescaledSquare};
///
/// let mut gradient = [0.0; 4];
/// let outputs = [0.5, 0.0, 0.25, -0.5];
/// let value = RescaledSquare::default().gradient::<f32>(&outputs, &0, &mut gradient);
/// assert_eq!((value, gradient), (0.140_625, [-0.25, 0.0, 0.125, -0.25]));
///
/// let rescaled = RescaledSquare::default().with_label_weight(4.0)?.with_label_target(2.0)?;
/// assert_eq!(rescaled.value::<f32>(&outputs, &0), (4.0 * 2.25 + 0.0625 + 0.25) / 4.0);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RescaledSquare<W = EqualWeights> {
    label_weight: f32,
    label_target: f32,
    weights: W,
}

impl<W> RescaledSquare<W> {
    /// Counts the square at the label `label_weight` times, finite and positive: k.
    ///
    /// # Errors
    /// If `label_weight` is out of range.
    pub fn with_label_weight(mut self, label_weight: f32) -> Result<Self, ParameterError> {
        self.label_weight = ParameterError::positive("label_weight", label_weight)?;
        Ok(self)
    }

    /// Sets what the output of the label should be, finite and positive: M. The others should be 0.
    ///
    /// # Errors
    /// If `label_target` is out of range.
    pub fn with_label_target(mut self, label_target: f32) -> Result<Self, ParameterError> {
        self.label_target = ParameterError::positive("label_target", label_target)?;
        Ok(self)
    }

    /// Counts samples of each class `weights` times. Weights are finite and not negative, and some
    /// is positive.
    ///
    /// # Errors
    /// If a weight is negative or not finite, or all are 0.
    pub fn with_class_weights<const N: usize>(
        self,
        weights: [f32; N],
    ) -> Result<RescaledSquare<[f32; N]>, ParameterError> {
        let RescaledSquare { label_weight, label_target, .. } = self;
        let weights = super::checked_weights(weights)?;
        Ok(RescaledSquare { label_weight, label_target, weights })
    }

    /// Returns the loss of a row of outputs.
    #[inline(always)]
    fn of_row<V: Lanes>(
        &self,
        weights: impl Weights,
        outputs: &[V],
        label: V::Bits,
        gradient: &mut [V],
    ) -> V {
        let weight = weight_of_label::<V, _>(weights, outputs.len(), label);
        let counts = weight.gt(V::ZERO);
        let share = weight * V::splat(1.0 / outputs.len() as f32);
        let (at_label, target) = (V::splat(self.label_weight), V::splat(self.label_target));
        let mut sum = V::ZERO;
        for (index, (gradient, &output)) in gradient.iter_mut().zip(outputs).enumerate() {
            let here = is_class::<V>(label, index);
            let error = here.select(output - target, output);
            let weighted = here.select(at_label * error, error);
            sum += weighted * error;
            *gradient = counts.select((weighted + weighted) * share, V::ZERO);
        }
        counts.select(sum * share, V::ZERO)
    }
}

impl Default for RescaledSquare {
    /// Creates the default: k = M = 1, and equal class weights.
    fn default() -> Self {
        RescaledSquare { label_weight: 1.0, label_target: 1.0, weights: EqualWeights }
    }
}

impl LossKind for RescaledSquare {
    type Form = OneRow;
    type Settings = [f32; 2];
    const SOURCE: &'static str = include_str!("rescaled_square.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec = LossSpec::new(Family::Multiclass, Domain::Any, TargetSpec::Class)
        .with_least_outputs(2)
        .with_class_weights()
        .with_example(Example::new(&[0.0, 0.5, -0.5], ExampleTarget::Class(0), 0, [-2.0, 4.0]))
        .with_settings(&[
            Setting::new("label_weight", 1.0, Range::Positive).known_as("k"),
            Setting::new("label_target", 1.0, Range::Positive).known_as("M"),
        ]);

    fn from_settings([label_weight, label_target]: [f32; 2]) -> Result<Self, ParameterError> {
        Self::default().with_label_weight(label_weight)?.with_label_target(label_target)
    }

    fn settings(&self) -> [f32; 2] {
        [self.label_weight, self.label_target]
    }
}

loss_of_arrays!(RescaledSquare);

impl SliceLoss for RescaledSquare {
    type Target = Class;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, outputs: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        self.of_row(EqualWeights, outputs, label, gradient)
    }

    #[inline(always)]
    fn weighted_row_gradient<V: Lanes>(
        &self,
        weights: &[f32],
        outputs: &[V],
        label: V::Bits,
        gradient: &mut [V],
    ) -> V {
        self.of_row(weights, outputs, label, gradient)
    }
}

impl<const N: usize> Loss<Vector<N>> for RescaledSquare<[f32; N]> {
    type Target = Class;

    #[inline(always)]
    fn gradient<V: Lanes>(&self, outputs: &[V; N], label: &V::Bits, gradient: &mut [V; N]) -> V {
        const { assert!(N > 0, "the mean of no numbers is undefined") };
        self.of_row(self.weights.as_slice(), outputs, *label, gradient)
    }
}

/// For rows of `N` classes: NaN for others.
impl<const N: usize> SliceLoss for RescaledSquare<[f32; N]> {
    type Target = Class;
    const LEAST: usize = N;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, outputs: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        if outputs.len() != N {
            return undefined(gradient);
        }
        self.of_row(self.weights.as_slice(), outputs, label, gradient)
    }
}
