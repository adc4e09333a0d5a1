use crate::lanes::Lanes;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Small, TargetSpec, no_settings,
};
use crate::loss::{BinaryCrossEntropyWithLogits, Elementwise};

/// Multi-label soft margin: `mean t·softplus(−z) + (1 − t)·softplus(z)`.
///
/// Gradient `(σ(z) − t) / N`. The target is 1 for each label that applies and 0 for the others, or
/// anything between. This is
/// [`BinaryCrossEntropyWithLogits`](crate::loss::BinaryCrossEntropyWithLogits) under the name that
/// some look for, bit for bit: what is said there of finite, infinite and NaN logits holds here.
///
/// For several labels a sample that do not exclude each other.
///
/// PyTorch `nn.MultiLabelSoftMarginLoss`. Convex.
///
/// ```
/// use trimpot::loss::{Loss, MultilabelSoftMargin};
///
/// let mut gradient = [0.0; 2];
/// let value = MultilabelSoftMargin.gradient::<f32>(&[0.0, 0.0], &[1.0, 0.0], &mut gradient);
/// assert!((value - core::f32::consts::LN_2).abs() < 1e-6);
/// assert_eq!(gradient, [-0.25, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MultilabelSoftMargin;

impl LossKind for MultilabelSoftMargin {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("multilabel_soft_margin.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Margin, Domain::Scores, TargetSpec::Values(Domain::Probabilities))
            .with_example(Example::of_one(&[1.0], -6.0, 6.0));

    no_settings!();
}

impl Elementwise for MultilabelSoftMargin {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, logit: V, target: V) -> (V, V) {
        BinaryCrossEntropyWithLogits::default().value_and_derivative(logit, target)
    }

    #[inline(always)]
    fn first_stage<V: Lanes>(&self, logit: V) -> V {
        BinaryCrossEntropyWithLogits::default().first_stage(logit)
    }

    #[inline(always)]
    fn second_stage<V: Lanes>(&self, first: V, logit: V, target: V) -> (V, V) {
        BinaryCrossEntropyWithLogits::default().second_stage(first, logit, target)
    }
}
