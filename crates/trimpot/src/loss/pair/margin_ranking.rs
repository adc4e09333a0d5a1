use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, Range, Setting, Several, Small,
    TargetSpec,
};
use crate::loss::{Number, RowsLoss};

/// Margin ranking: `mean max(0, m − y (x₁ − x₂))` over the elements of two rows, `x₁` and `x₂`. The
/// target `y` is 1 if the first should rank higher, −1 if the second; the margin `m` is 0 unless
/// said otherwise.
///
/// Gradient `−y / N` by the first and `y / N` by the second where `m − y (x₁ − x₂) ≥ 0`, else 0: at
/// the kink it counts as too little, as PyTorch's `clamp` has it. Small values are right to the
/// rounding of `x₁ − x₂`.
///
/// For learning an order from comparisons, where scores as such have no meaning. With a margin of 0
/// nothing keeps the scores from collapsing into one.
///
/// PyTorch `nn.MarginRankingLoss`; optax `ranking_*` are of another kind. Convex. NaN gives a NaN
/// value.
///
/// ```
/// use trimpot::loss::{Loss, MarginRanking};
///
/// let loss = MarginRanking::default().with_margin(0.5)?;
/// let mut gradient = [[0.0]; 2];
/// let value = loss.gradient::<f32>(&[[1.0], [2.0]], &1.0, &mut gradient);
/// assert_eq!((value, gradient), (1.5, [[-1.0], [1.0]]));
/// assert_eq!(loss.value::<f32>(&[[1.0], [2.0]], &-1.0), 0.0);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MarginRanking {
    margin: f32,
}

impl MarginRanking {
    /// Asks for differences of at least `margin`, which is finite and not negative.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        self.margin = ParameterError::not_negative("margin", margin)?;
        Ok(self)
    }
}

impl LossKind for MarginRanking {
    type Form = Several<2>;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("margin_ranking.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the margin");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Pair, Domain::Any, TargetSpec::Number(Domain::Signs))
            .with_example(Example::new(&[0.0; 2], ExampleTarget::Number(1.0), 0, [-3.0, 3.0]))
            .with_settings(&[Setting::new("margin", 0.0, Range::NotNegative)]);

    fn from_settings([margin]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_margin(margin)
    }

    fn settings(&self) -> [f32; 1] {
        [self.margin]
    }
}

impl RowsLoss<2> for MarginRanking {
    type Target = Number;
    const LEAST: usize = 1;

    #[inline(always)]
    fn equal_rows_gradient<V: Lanes>(
        &self,
        [first, second]: [&[V]; 2],
        sign: V,
        [by_first, by_second]: [&mut [V]; 2],
    ) -> V {
        let (share, margin) = (V::splat(1.0 / first.len() as f32), V::splat(self.margin));
        let derivative = sign * share;
        let mut sum = V::ZERO;
        let by = by_first.iter_mut().zip(by_second);
        for ((&first, &second), (by_first, by_second)) in first.iter().zip(second).zip(by) {
            let shortfall = margin - sign * (first - second);
            // Asked this way round, NaN counts as a shortfall and is seen.
            let content = shortfall.lt(V::ZERO);
            sum += content.select(V::ZERO, shortfall);
            *by_first = content.select(V::ZERO, -derivative);
            *by_second = content.select(V::ZERO, derivative);
        }
        sum * share
    }
}
