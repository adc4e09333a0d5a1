use super::{EqualWeights, Weights, is_class};
use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::slices::{loss_of_arrays, undefined};
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{Class, Loss, SliceLoss};
use crate::shape::Vector;

/// Negative log-likelihood of log-probabilities: `−w·x` at the label, `w` being its class weight.
///
/// Gradient `−w` at the label, 0 elsewhere. Predictions are any numbers, usually what a log-softmax
/// gives. −∞ at the label has an infinite value, but a finite gradient; what stands elsewhere, NaN
/// included, does not matter. A label out of range is ignored: value and gradient 0.
///
/// For a model that ends in a log-softmax which cannot be taken away; on logits
/// [`CrossEntropy`](super::CrossEntropy) is both in one.
///
/// PyTorch `nn.NLLLoss(weight, reduction="sum")`. Linear, so convex.
///
/// ```
/// use trimpot::loss::{Loss, Nll};
///
/// let mut gradient = [0.0; 2];
/// let value = Nll::new().gradient::<f32>(&[-0.25, -1.5], &1, &mut gradient);
/// assert_eq!((value, gradient), (1.5, [0.0, -1.0]));
///
/// let weighted = Nll::new().with_class_weights([1.0, 3.0])?;
/// assert_eq!(weighted.value::<f32>(&[-0.25, -1.5], &1), 4.5);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nll<W = EqualWeights> {
    weights: W,
}

impl Nll {
    /// Creates the loss with equal class weights.
    pub const fn new() -> Self {
        Nll { weights: EqualWeights }
    }

    /// Counts each class `weights` times. Weights are finite and not negative, and some is
    /// positive.
    ///
    /// # Errors
    /// If a weight is negative or not finite, or all are 0.
    pub fn with_class_weights<const N: usize>(
        self,
        weights: [f32; N],
    ) -> Result<Nll<[f32; N]>, ParameterError> {
        Ok(Nll { weights: super::checked_weights(weights)? })
    }
}

impl LossKind for Nll {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("nll.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = None;
    const SPEC: LossSpec =
        LossSpec::new(Family::Multiclass, Domain::LogProbabilities, TargetSpec::Class)
            .with_least_outputs(2)
            .with_class_weights()
            .with_names(&["negative_log_likelihood"])
            .with_from_logits(&["cross_entropy"])
            .with_example(Example::new(&[-1.0; 3], ExampleTarget::Class(0), 0, [-5.0, 0.0]));

    no_settings!();
}

loss_of_arrays!(Nll);

impl SliceLoss for Nll {
    type Target = Class;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, x: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        of_row(EqualWeights, x, label, gradient)
    }

    #[inline(always)]
    fn weighted_row_gradient<V: Lanes>(
        &self,
        weights: &[f32],
        x: &[V],
        label: V::Bits,
        gradient: &mut [V],
    ) -> V {
        of_row(weights, x, label, gradient)
    }
}

impl<const N: usize> Loss<Vector<N>> for Nll<[f32; N]> {
    type Target = Class;

    #[inline(always)]
    fn gradient<V: Lanes>(&self, x: &[V; N], label: &V::Bits, gradient: &mut [V; N]) -> V {
        of_row(self.weights.as_slice(), x, *label, gradient)
    }
}

/// For rows of `N` classes: NaN for others.
impl<const N: usize> SliceLoss for Nll<[f32; N]> {
    type Target = Class;
    const LEAST: usize = N;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, x: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        if x.len() != N {
            return undefined(gradient);
        }
        of_row(self.weights.as_slice(), x, label, gradient)
    }
}

/// Returns the loss of a row of log-probabilities.
#[inline(always)]
fn of_row<V: Lanes, W: Weights>(weights: W, x: &[V], label: V::Bits, gradient: &mut [V]) -> V {
    let mut value = V::ZERO;
    let elements = gradient.iter_mut().zip(x).zip(weights.of(x.len()));
    for (index, ((gradient, &x), weight)) in elements.enumerate() {
        let here = is_class::<V>(label, index);
        let derivative = V::splat(-weight);
        value += here.select(derivative * x, V::ZERO);
        *gradient = here.select(derivative, V::ZERO);
    }
    value
}
