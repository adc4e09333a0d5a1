use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};
use crate::math;

/// The logarithm of the least subnormal: below that of every number but 0. In place of −∞, so that
/// 0 to the power 0 comes out as 1.
const LEAST_LN: f32 = -104.0;

/// Focal loss on logits: `mean w·m^γ·c` with the cross-entropy
/// `c = (1 − t)·softplus(z) + t·softplus(−z)`, the chance of a mistake `m = (1 − t)·σ(z) + t·σ(−z)`
/// and the balance `w = α·t + (1 − α)·(1 − t)`.
///
/// Gradient `w·m^γ·((1 − t)·σ(z) − t·σ(−z) + γ·c·(1 − 2t)·σ(z)·σ(−z) / m) / N`. Logits are any
/// finite numbers, and value and gradient are finite for all of them. Targets are in [0, 1] and may
/// be soft, α is in [0, 1] and γ not negative: ¼ and 2 unless said otherwise. An infinite logit
/// gives infinity or NaN, NaN gives NaN.
///
/// For detection and segmentation where nearly everything is background: the larger γ, the less
/// count the elements that are decided well already. With γ = 0 this is cross-entropy, balanced by
/// α (halved, where α = ½). Not where the probabilities themselves are wanted: they come out too
/// cautious.
///
/// torchvision `sigmoid_focal_loss(alpha=α, gamma=γ)`, Keras
/// `BinaryFocalCrossentropy(apply_class_balancing=True, alpha=α, gamma=γ, from_logits=True)` (which
/// holds probabilities within 10⁻⁷ and 1 − 10⁻⁷, so that logits beyond ±16 stop counting), optax
/// `sigmoid_focal_loss`. Lin et al. 2017. Not convex.
///
/// How it is computed: of the factors of m, the larger sigmoid is `1 / (1 + e)` with `e = e^−|z|`,
/// and what is left is `a + (1 − a)·e`, `a` being the share of the target that the logit speaks
/// against. So `ln m = ln(a + (1 − a)·e) − ln(1 + e)`: for a target of 0 or 1, the first term is 0
/// or `−|z|` and nothing cancels; no power is ever taken of a rounded `1 − p`.
///
/// ```
/// use trimpot::loss::{BinaryFocal, Loss};
///
/// let loss = BinaryFocal::default().with_alpha(0.5)?.with_gamma(1.0)?;
/// let value = loss.value::<f32>(&[0.0], &[1.0]);
/// assert!((value - 0.5 * 0.5 * core::f32::consts::LN_2).abs() < 1e-6);
/// // A clear error costs as in cross-entropy, a clear success nothing.
/// assert_eq!(loss.value::<f32>(&[-10_000.0], &[1.0]), 5000.0);
/// assert_eq!(loss.value::<f32>(&[10_000.0], &[1.0]), 0.0);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryFocal {
    alpha: f32,
    gamma: f32,
}

impl BinaryFocal {
    /// Counts positive targets `alpha` times and negative ones `1 − alpha` times; it is in [0, 1].
    ///
    /// # Errors
    /// If `alpha` is out of range.
    pub fn with_alpha(self, alpha: f32) -> Result<Self, ParameterError> {
        ParameterError::unless((0.0..=1.0).contains(&alpha), "alpha", alpha, "[0, 1]")?;
        Ok(BinaryFocal { alpha, ..self })
    }

    /// Takes the chance of a mistake to the power `gamma`, which is finite and not negative.
    ///
    /// # Errors
    /// If `gamma` is out of range.
    pub fn with_gamma(self, gamma: f32) -> Result<Self, ParameterError> {
        Ok(BinaryFocal { gamma: ParameterError::not_negative("gamma", gamma)?, ..self })
    }
}

impl Default for BinaryFocal {
    /// Creates the default: an alpha of ¼ and a gamma of 2, the best of Lin et al.
    fn default() -> Self {
        BinaryFocal { alpha: 0.25, gamma: 2.0 }
    }
}

impl LossKind for BinaryFocal {
    type Form = Elements;
    type Settings = [f32; 2];
    const SOURCE: &'static str = include_str!("focal.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::POWER, Small::POWER]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Binary, Domain::Scores, TargetSpec::Values(Domain::Probabilities))
            .with_names(&["binary_focal", "binary_focal_crossentropy", "sigmoid_focal"])
            .with_example(Example::of_one(&[1.0], -6.0, 6.0))
            .with_settings(&[
                Setting::new("alpha", 0.25, Range::Share),
                Setting::new("gamma", 2.0, Range::NotNegative),
            ]);

    fn from_settings([alpha, gamma]: [f32; 2]) -> Result<Self, ParameterError> {
        Self::default().with_alpha(alpha)?.with_gamma(gamma)
    }

    fn settings(&self) -> [f32; 2] {
        [self.alpha, self.gamma]
    }
}

impl Elementwise for BinaryFocal {
    const LONG_CHAIN: bool = true;

    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, z: V, t: V) -> (V, V) {
        let negative = V::ONE - t;
        let weight = V::splat(self.alpha) * t + V::splat(1.0 - self.alpha) * negative;
        let gamma = V::splat(self.gamma);

        // As in binary cross-entropy, e = e^−|z| serves softplus and sigmoid of both signs.
        let e = math::exp(-z.abs());
        let tail = math::ln_1p(e);
        let large = V::ONE / (V::ONE + e);
        let small = e * large;

        let above = z.ge(V::ZERO);
        let (against, in_favour) = (above.select(negative, t), above.select(t, negative));
        // m is `large` times this.
        let left = against + in_favour * e;
        // `max` gives its argument for NaN, so this way round NaN stays.
        let ln_mistake = V::splat(LEAST_LN).max(math::ln(left)) - tail;
        let focus = weight * math::exp(gamma * ln_mistake);

        let entropy = against * (z.abs() + tail) + in_favour * tail;
        let entropy_derivative =
            negative * above.select(large, small) - t * above.select(small, large);
        // σ(z)·σ(−z) / m. Where e is 0, so is the whole term.
        let falling = small / V::splat(f32::MIN_POSITIVE).max(left);
        let focus_derivative = gamma * ((negative - t) * falling);

        (focus * entropy, focus * (entropy_derivative + focus_derivative * entropy))
    }
}
