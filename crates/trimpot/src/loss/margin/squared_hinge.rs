use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};

/// Squared hinge: `mean max(0, m − t·p)²`, `m` being the margin (1 unless said otherwise).
///
/// Gradient `−2t·max(0, m − t·p) / N`, which is continuous: there is no kink. Targets are −1 or 1,
/// predictions any numbers. NaN gives NaN; an infinite prediction of the wrong sign gives infinity.
///
/// For maximum-margin classifiers where [`Hinge`](super::Hinge) is too abrupt: a decision that is
/// nearly clear enough is hardly pushed. One that is far off is pushed hard, so it is not for
/// labels that are often wrong. Gives no probabilities.
///
/// Keras `SquaredHinge`, which also takes targets of 0 for −1; the loss of scikit-learn's
/// `LinearSVC`. Convex.
///
/// ```
/// use trimpot::loss::{Loss, SquaredHinge};
///
/// let mut gradient = [0.0; 2];
/// let value = SquaredHinge::default().gradient::<f32>(&[0.5, -3.0], &[1.0, -1.0], &mut gradient);
/// assert_eq!((value, gradient), (0.125, [-0.5, 0.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquaredHinge {
    margin: f32,
}

impl SquaredHinge {
    /// Asks for decisions of at least `margin`, which is finite and positive.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        self.margin = ParameterError::positive("margin", margin)?;
        Ok(self)
    }
}

impl Default for SquaredHinge {
    /// Creates the default: a margin of 1.
    fn default() -> Self {
        SquaredHinge { margin: 1.0 }
    }
}

impl LossKind for SquaredHinge {
    type Form = Elements;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("squared_hinge.rs");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Margin, Domain::Scores, TargetSpec::Values(Domain::Signs))
            .with_example(Example::of_one(&[1.0], -2.0, 3.0))
            .with_settings(&[Setting::new("margin", 1.0, Range::Positive)]);

    fn from_settings([margin]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_margin(margin)
    }

    fn settings(&self) -> [f32; 1] {
        [self.margin]
    }
}

impl Elementwise for SquaredHinge {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let shortfall = V::splat(self.margin) - target * prediction;
        // Asked this way round, NaN counts as a shortfall and is seen.
        let shortfall = shortfall.lt(V::ZERO).select(V::ZERO, shortfall);
        (shortfall * shortfall, V::splat(-2.0) * target * shortfall)
    }
}
