use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::Elementwise;
use crate::loss::spec::{
    Domain, Elements, Example, Family, LossKind, LossSpec, Range, Setting, Small, TargetSpec,
};

/// Hinge: `mean max(0, m − t·p)`, `m` being the margin (1 unless said otherwise).
///
/// Gradient `−t / N` where `m − t·p ≥ 0`, else 0: at the kink it is `−t / N`, as PyTorch's `clamp`
/// has it. Targets are −1 or 1, predictions any numbers.
///
/// For maximum-margin classifiers (a linear support vector machine); gives no probabilities.
///
/// Keras `Hinge`, which also takes targets of 0 for −1; optax `hinge_loss`. Convex. A NaN
/// prediction or target gives a NaN value.
///
/// ```
/// use trimpot::loss::{Hinge, Loss};
///
/// let mut gradient = [0.0; 2];
/// let value = Hinge::default().gradient::<f32>(&[0.5, -3.0], &[1.0, -1.0], &mut gradient);
/// assert_eq!((value, gradient), (0.25, [-0.5, 0.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hinge {
    margin: f32,
}

impl Hinge {
    /// Asks for decisions of at least `margin`, which is finite and positive.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        self.margin = ParameterError::positive("margin", margin)?;
        Ok(self)
    }
}

impl Default for Hinge {
    /// Creates the default: a margin of 1.
    fn default() -> Self {
        Hinge { margin: 1.0 }
    }
}

impl LossKind for Hinge {
    type Form = Elements;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("hinge.rs");
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

impl Elementwise for Hinge {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let shortfall = V::splat(self.margin) - target * prediction;
        // Asked this way round, NaN counts as a shortfall and is seen.
        let content = shortfall.lt(V::ZERO);
        (content.select(V::ZERO, shortfall), content.select(V::ZERO, -target))
    }
}
