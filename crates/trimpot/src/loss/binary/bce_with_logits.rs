use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};
use crate::math;

/// Binary cross-entropy on logits:
/// `mean (1 − t)·softplus(z) + w·t·softplus(−z)`, `w` being the weight of the positive class.
///
/// Gradient `((1 − t)·σ(z) − w·t·σ(−z)) / N`. Logits are any finite numbers; targets are in [0, 1]
/// and may be soft. Value and gradient are finite for every finite logit, and no term cancels
/// another; where `|z|` is above 87.7 the smaller of both sigmoids, below 2⁻¹²⁶, is 0. An infinite
/// logit gives infinity or NaN.
///
/// For multi-label classification and segmentation; `w > 1` when positives are rare.
///
/// PyTorch `nn.BCEWithLogitsLoss(pos_weight=w)`, Keras `BinaryCrossentropy(from_logits=True)` and
/// optax `sigmoid_binary_cross_entropy` with w = 1. Convex.
///
/// ```
/// use trimpot::loss::{BinaryCrossEntropyWithLogits, Loss};
///
/// let loss = BinaryCrossEntropyWithLogits::default();
/// let mut gradient = [0.0; 2];
/// let value = loss.gradient::<f32>(&[0.0, -10_000.0], &[1.0, 1.0], &mut gradient);
/// assert!((value - 5000.3466).abs() < 1e-3);
/// assert_eq!(gradient, [-0.25, -0.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropyWithLogits {
    positive_weight: f32,
}

impl BinaryCrossEntropyWithLogits {
    /// Counts positive targets `positive_weight` times; it is finite and not negative.
    ///
    /// # Errors
    /// If `positive_weight` is out of range.
    pub fn with_positive_weight(mut self, positive_weight: f32) -> Result<Self, ParameterError> {
        let positive_weight = ParameterError::not_negative("positive_weight", positive_weight)?;
        self.positive_weight = positive_weight;
        Ok(self)
    }
}

impl Default for BinaryCrossEntropyWithLogits {
    /// Positive and negative targets count alike.
    fn default() -> Self {
        BinaryCrossEntropyWithLogits { positive_weight: 1.0 }
    }
}

impl LossKind for BinaryCrossEntropyWithLogits {
    type Form = Elements;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("bce_with_logits.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the positive weight");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Binary, Domain::Scores, TargetSpec::Values(Domain::Probabilities))
            .with_names(&[
                "binary_cross_entropy_with_logits",
                "sigmoid_cross_entropy",
                "sigmoid_binary_cross_entropy",
            ])
            .with_example(Example::of_one(&[1.0], -6.0, 6.0))
            .with_settings(&[
                Setting::new("positive_weight", 1.0, Range::NotNegative).known_as("pos_weight")
            ]);

    fn from_settings([positive_weight]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_positive_weight(positive_weight)
    }

    fn settings(&self) -> [f32; 1] {
        [self.positive_weight]
    }
}

impl Elementwise for BinaryCrossEntropyWithLogits {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, z: V, t: V) -> (V, V) {
        self.second_stage(self.first_stage(z), z, t)
    }

    /// One exponential serves softplus and sigmoid of both signs: e^−|z|, in [0, 1].
    #[inline(always)]
    fn first_stage<V: Lanes>(&self, z: V) -> V {
        math::normal_exp_of_negative(-z.abs())
    }

    #[inline(always)]
    fn second_stage<V: Lanes>(&self, e: V, z: V, t: V) -> (V, V) {
        let negative = V::ONE - t;
        let positive = V::splat(self.positive_weight) * t;
        // The share of the target that the logit is on the wrong side of, and of the other. Of the
        // larger sigmoid e is left to 1, of the smaller one 1 to e.
        let below = z.lt(V::ZERO);
        let wrong = below.select(positive, negative);
        let right = below.select(negative, positive);
        let error = (wrong - right * e) / (V::ONE + e);
        (
            (negative + positive) * math::ln_1p_of_unit(e) + wrong * z.abs(),
            below.select(-error, error),
        )
    }
}
