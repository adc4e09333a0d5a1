use crate::lanes::Lanes;
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, ExampleTarget, Family, LossKind, LossSpec, Small, TargetSpec,
    no_settings,
};
use crate::math;

/// No logarithm counts as less than this, so that a certain error has a finite price (PyTorch's
/// bound).
const LEAST_LN: f32 = -100.0;
/// The least denominator of the gradient (PyTorch's bound).
const LEAST_VARIANCE: f32 = 1e-12;

/// Binary cross-entropy on probabilities: `mean −(t ln p + (1 − t) ln(1 − p))`.
///
/// Gradient `(p − t) / (p (1 − p)) / N`. Predictions and targets are in [0, 1]; targets may be
/// soft. The logarithms are held above −100 and the denominator above 10⁻¹², as in PyTorch: so p =
/// 0 and p = 1 are allowed, at most 100 an element. A prediction outside [0, 1] gives NaN.
///
/// For a model that ends in a sigmoid which cannot be taken away;
/// [`BinaryCrossEntropyWithLogits`](super::BinaryCrossEntropyWithLogits) is cheaper and exact in
/// saturation.
///
/// PyTorch `nn.BCELoss`; Keras `BinaryCrossentropy()` holds p within 10⁻⁷ and 1 − 10⁻⁷ instead, so
/// that an element is at most 16.118 there. Convex, but for the bound on the logarithms.
///
/// ```
/// use trimpot::loss::{BinaryCrossEntropy, Loss};
///
/// let value = BinaryCrossEntropy.value::<f32>(&[0.5], &[1.0]);
/// assert!((value - core::f32::consts::LN_2).abs() < 1e-6);
/// assert_eq!(BinaryCrossEntropy.value::<f32>(&[0.0], &[1.0]), 100.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCrossEntropy;

impl LossKind for BinaryCrossEntropy {
    type Form = Elements;
    const SOURCE: &'static str = include_str!("bce.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec = LossSpec::new(
        Family::Binary,
        Domain::Probabilities,
        TargetSpec::Values(Domain::Probabilities),
    )
    .with_names(&["binary_cross_entropy", "log_loss"])
    .with_from_logits(&["bce_with_logits"])
    .with_example(Example::new(&[0.5], ExampleTarget::Values(&[1.0]), 0, [0.1, 0.9]));

    no_settings!();
}

impl Elementwise for BinaryCrossEntropy {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, p: V, t: V) -> (V, V) {
        let least = V::splat(LEAST_LN);
        // `max` gives its argument for NaN, so it goes the other way round: NaN must stay.
        let bounded = |ln: V| least.max(ln);
        let rest = V::ONE - p;
        let value = t * bounded(math::ln(p)) + (V::ONE - t) * bounded(math::ln_1p(-p));
        let variance = V::splat(LEAST_VARIANCE).max(p * rest);
        (-value, (p - t) / variance)
    }
}
