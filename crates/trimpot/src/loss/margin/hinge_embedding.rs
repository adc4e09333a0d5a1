use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};

/// Hinge embedding: the mean of `d` where the target is 1, of `max(0, m − d)` where it is −1, `m`
/// being the margin (1 unless said otherwise).
///
/// Gradient `1 / N` where the target is 1; where it is −1, `−1 / N` while `m − d ≥ 0`, else 0: at
/// the kink it is `−1 / N`, as PyTorch's `clamp` has it. Targets are −1 or 1. Predictions are
/// distances, so not negative; others are taken as they are, and the value is then not bounded from
/// below. NaN gives NaN; an infinite distance has an infinite value where the target is 1, and none
/// where it is −1.
///
/// For distances of pairs, made by some network: those of similar things shrink, those of others
/// grow up to the margin.
///
/// PyTorch `nn.HingeEmbeddingLoss(margin=m)`. Convex in the distance.
///
/// ```
/// use trimpot::loss::{HingeEmbedding, Loss};
///
/// let mut gradient = [0.0; 4];
/// let (distances, similar) = ([2.0, 0.25, 1.0, 3.0], [1.0, -1.0, -1.0, -1.0]);
/// let value = HingeEmbedding::default().gradient::<f32>(&distances, &similar, &mut gradient);
/// assert_eq!((value, gradient), (2.75 / 4.0, [0.25, -0.25, -0.25, 0.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HingeEmbedding {
    margin: f32,
}

impl HingeEmbedding {
    /// Asks for distances of at least `margin`, which is finite and positive.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        self.margin = ParameterError::positive("margin", margin)?;
        Ok(self)
    }
}

impl Default for HingeEmbedding {
    /// Creates the default: a margin of 1.
    fn default() -> Self {
        HingeEmbedding { margin: 1.0 }
    }
}

impl LossKind for HingeEmbedding {
    type Form = Elements;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("hinge_embedding.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Margin, Domain::Distances, TargetSpec::Values(Domain::Signs))
            .with_example(Example::of_one(&[-1.0], 0.0, 2.0))
            .with_settings(&[Setting::new("margin", 1.0, Range::Positive)]);

    fn from_settings([margin]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_margin(margin)
    }

    fn settings(&self) -> [f32; 1] {
        [self.margin]
    }
}

impl Elementwise for HingeEmbedding {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, distance: V, target: V) -> (V, V) {
        let shortfall = V::splat(self.margin) - distance;
        // Asked this way round, NaN counts as a shortfall and is seen.
        let apart = shortfall.lt(V::ZERO);
        // The target is a factor where it is 1, so that NaN in it is seen.
        let dissimilar = target.le(V::ZERO);
        (
            dissimilar.select(apart.select(V::ZERO, shortfall), target * distance),
            dissimilar.select(apart.select(V::ZERO, -V::ONE), target),
        )
    }
}
