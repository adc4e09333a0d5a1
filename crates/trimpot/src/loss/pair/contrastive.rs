use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::direction::Length;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, Range, Setting, Several, Small,
    TargetSpec,
};
use crate::loss::{Number, RowsLoss};

/// Contrastive: with the distance `d = |x₁ − x₂|`, `d²` where the target is 1 (the two rows belong
/// together), `max(0, m − d)²` where it is −1. The margin `m` is 1 unless said otherwise.
///
/// Gradient by the first row `2 d u`, or `−2 max(0, m − d) u`, where `u = (x₁ − x₂) / d`; by the
/// second its opposite. It is continuous at `d = m`. At `d` = 0 there is no direction, and the
/// gradient is 0: two rows that are equal and should not be stay so. Any target above 0 counts as
/// 1, any other as −1; only a NaN gives a NaN value.
///
/// For embeddings that are compared by distance: who is that, is this the same gesture. Once pairs
/// are apart by `m`, they are left alone.
///
/// Hadsell, Chopra and LeCun 2006, without their factor ½. Not convex. NaN gives a NaN value. An
/// infinite distance has an infinite value where the target is 1, the value 0 where it is −1, and a
/// NaN gradient.
///
/// ```
/// use trimpot::loss::{Contrastive, Loss};
///
/// let loss = Contrastive::default().with_margin(6.0)?;
/// let (pair, mut gradient) = ([[3.0, 0.0], [0.0, 4.0]], [[0.0; 2]; 2]);
/// assert_eq!(loss.gradient::<f32>(&pair, &1.0, &mut gradient), 25.0);
/// assert_eq!(gradient, [[6.0, -8.0], [-6.0, 8.0]]);
/// assert_eq!(loss.value::<f32>(&pair, &-1.0), 1.0);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrastive {
    margin: f32,
}

impl Contrastive {
    /// Leaves pairs that do not belong together alone at a distance of `margin`, finite and
    /// positive.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        self.margin = ParameterError::positive("margin", margin)?;
        Ok(self)
    }
}

impl Default for Contrastive {
    /// Creates the default: a margin of 1.
    fn default() -> Self {
        Contrastive { margin: 1.0 }
    }
}

impl LossKind for Contrastive {
    type Form = Several<2>;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("contrastive.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the margin and its square");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::FEW, Small::FEW]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Pair, Domain::Any, TargetSpec::Number(Domain::Signs))
            .with_example(Example::new(&[0.0; 2], ExampleTarget::Number(-1.0), 0, [-2.0, 2.0]))
            .with_settings(&[Setting::new("margin", 1.0, Range::Positive)]);

    fn from_settings([margin]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_margin(margin)
    }

    fn settings(&self) -> [f32; 1] {
        [self.margin]
    }
}

impl RowsLoss<2> for Contrastive {
    type Target = Number;

    #[inline(always)]
    fn equal_rows_gradient<V: Lanes>(
        &self,
        [first, second]: [&[V]; 2],
        target: V,
        [by_first, by_second]: [&mut [V]; 2],
    ) -> V {
        let difference = Length::between(first, second);
        let shortfall = V::splat(self.margin) - difference.length;
        // Asked this way round, NaN counts as a shortfall and is seen.
        let shortfall = shortfall.lt(V::ZERO).select(V::ZERO, shortfall);
        let together = target.gt(V::ZERO);
        let signed = together.select(difference.length, -shortfall);

        let derivative = signed + signed;
        let rows = first.iter().zip(second);
        for ((by_first, by_second), (&first, &second)) in
            by_first.iter_mut().zip(by_second).zip(rows)
        {
            *by_first = derivative * difference.unit(first - second);
            *by_second = -*by_first;
        }
        target.is_nan().select(target, signed * signed)
    }
}
