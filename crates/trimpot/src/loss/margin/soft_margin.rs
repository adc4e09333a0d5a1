use crate::lanes::Lanes;
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Small, TargetSpec, no_settings,
};
use crate::math;

/// Soft margin, the logistic loss: `mean ln(1 + e^(−t·p))`.
///
/// Gradient `−t·σ(−t·p) / N`. Targets are −1 or 1, predictions any numbers: value and gradient are
/// finite for all finite ones. An infinite prediction of the right sign gives 0, one of the wrong
/// sign an infinite value and a finite gradient; NaN gives NaN.
///
/// For yes or no: a [`Hinge`](super::Hinge) without a kink, which never stops caring quite. It is
/// [`BinaryCrossEntropyWithLogits`](crate::loss::BinaryCrossEntropyWithLogits) for targets of −1
/// and 1, so `σ(p)` is a probability.
///
/// PyTorch `nn.SoftMarginLoss`. Convex.
///
/// ```
/// use trimpot::loss::{Loss, SoftMargin};
///
/// let mut gradient = [0.0; 2];
/// let value = SoftMargin.gradient::<f32>(&[0.0, 10_000.0], &[1.0, -1.0], &mut gradient);
/// assert!((value - 5000.3466).abs() < 1e-3);
/// assert_eq!(gradient, [-0.25, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftMargin;

impl LossKind for SoftMargin {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("soft_margin.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Margin, Domain::Scores, TargetSpec::Values(Domain::Signs))
            .with_names(&["logistic"])
            .with_example(Example::of_one(&[1.0], -6.0, 6.0));

    no_settings!();
}

impl Elementwise for SoftMargin {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let wrongness = -(target * prediction);
        // Inlined, the two share their exponential.
        (math::softplus(wrongness), -(target * math::sigmoid(wrongness)))
    }
}
