use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::direction::{Length, STEEPEST, compensated_sum};
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, Range, Setting, Several, Small,
    TargetSpec, flag,
};
use crate::loss::{Nothing, RowsLoss};

/// Triplet margin: `max(0, d(a, p) − d(a, n) + m)` for three rows, an anchor `a`, a positive `p`
/// that belongs to it and a negative `n` that does not. The distance is `d(x, y) = ‖x − y + ε‖`,
/// Euclidean unless Manhattan is asked for; margin `m` and ε are 1 and 10⁻⁶ unless said otherwise.
///
/// With `s(x, y)` for the derivative of the distance by `x` (the unit vector of `x − y + ε`, or its
/// signs), the gradient is `s(a, p) − s(a, n)` by the anchor, `−s(a, p)` by the positive and
/// `s(a, n)` by the negative; 0 where the negative is far enough. At the kink it counts as too
/// near, as PyTorch's `clamp` has it. A distance of 0 has the derivative 0. Small values are right
/// to the rounding of the distances, and never negative.
///
/// For embeddings, where only "nearer than" is known. Most random triplets are soon too easy: pick
/// negatives that are near.
///
/// PyTorch `nn.TripletMarginLoss(margin, p, eps)` with p = 2 or 1, without `swap`. optax
/// `triplet_margin_loss` is another one: it adds ε to the sum of squares, under the root.
/// Schroff et al. 2015 (FaceNet, with squared distances). Not convex. NaN and ±∞ give a NaN value.
///
/// ```
/// use trimpot::loss::{Loss, TripletMargin};
///
/// let triplet = [[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]];
/// let far = TripletMargin::default();
/// assert_eq!(far.value::<f32>(&triplet, &()), 0.0);
/// let manhattan = TripletMargin::default().with_margin(8.0)?.with_manhattan_distance();
/// assert!((manhattan.value::<f32>(&triplet, &()) - 1.0).abs() < 1e-5);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TripletMargin {
    margin: f32,
    epsilon: f32,
    manhattan: bool,
}

impl TripletMargin {
    /// Asks the negative to be farther away than the positive by `margin`, finite and positive.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        self.margin = ParameterError::positive("margin", margin)?;
        Ok(self)
    }

    /// Adds `epsilon`, finite and not negative, to each difference.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        let epsilon = ParameterError::not_negative("epsilon", epsilon)?;
        Ok(TripletMargin { epsilon, ..self })
    }

    /// Measures distances by the sum of absolute differences: PyTorch's p = 1.
    pub const fn with_manhattan_distance(self) -> Self {
        TripletMargin { manhattan: true, ..self }
    }
}

impl Default for TripletMargin {
    /// Euclidean, with a margin of 1 and ε = 10⁻⁶.
    fn default() -> Self {
        TripletMargin { margin: 1.0, epsilon: 1e-6, manhattan: false }
    }
}

impl LossKind for TripletMargin {
    type Form = Several<3>;
    type Settings = [f32; 3];
    const SOURCE: &'static str = include_str!("triplet_margin.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("both distances");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec = LossSpec::new(Family::Pair, Domain::Any, TargetSpec::Nothing)
        .with_names(&["triplet"])
        .with_example(Example::new(&[0.0, 0.5, 1.0], ExampleTarget::Nothing, 2, [-3.0, 3.0]))
        .with_settings(&[
            Setting::new("margin", 1.0, Range::Positive),
            Setting::new("epsilon", 1e-6, Range::NotNegative).known_as("eps"),
            Setting::flag("manhattan_distance"),
        ]);

    fn from_settings([margin, epsilon, manhattan]: [f32; 3]) -> Result<Self, ParameterError> {
        let loss = Self::default().with_margin(margin)?.with_epsilon(epsilon)?;
        Ok(if flag("manhattan_distance", manhattan)? {
            loss.with_manhattan_distance()
        } else {
            loss
        })
    }

    fn settings(&self) -> [f32; 3] {
        [self.margin, self.epsilon, f32::from(u8::from(self.manhattan))]
    }
}

impl RowsLoss<3> for TripletMargin {
    type Target = Nothing;

    #[inline(always)]
    fn equal_rows_gradient<V: Lanes>(
        &self,
        [anchor, positive, negative]: [&[V]; 3],
        (): (),
        [by_anchor, by_positive, by_negative]: [&mut [V]; 3],
    ) -> V {
        let epsilon = V::splat(self.epsilon);
        // The differences are where the gradients will be.
        let by = by_positive.iter_mut().zip(by_negative.iter_mut());
        for ((&anchor, (&positive, &negative)), (to_near, to_far)) in
            anchor.iter().zip(positive.iter().zip(negative)).zip(by)
        {
            *to_near = (anchor - positive) + epsilon;
            *to_far = (anchor - negative) + epsilon;
        }
        // How much farther the positive is than the negative is summed element by element, with
        // what each addition loses: two long distances of similar length would cancel. The terms
        // are where the anchor's gradient will be.
        let differences = by_positive.iter().zip(&*by_negative);
        if self.manhattan {
            for (term, (&to_near, &to_far)) in by_anchor.iter_mut().zip(differences) {
                *term = to_near.abs() - to_far.abs();
            }
            self.finish(
                #[inline(always)]
                |difference| difference.signum(),
                #[inline(always)]
                |difference| difference.signum(),
                [by_anchor, by_positive, by_negative],
            )
        } else {
            // For lengths, `a − b = (a² − b²) / (a + b)`, and `a − b` is that of the negative and
            // the positive, without the anchor's digits.
            let (near, far) = (Length::of(by_positive), Length::of(by_negative));
            let share = V::splat(STEEPEST).min(V::ONE / (near.length + far.length));
            let rows = positive.iter().zip(negative);
            for ((term, (&positive, &negative)), (&to_near, &to_far)) in
                by_anchor.iter_mut().zip(rows).zip(differences)
            {
                *term = (negative - positive) * ((to_near + to_far) * share);
            }
            let rows = [by_anchor, by_positive, by_negative];
            self.finish(|x| near.unit(x), |x| far.unit(x), rows)
        }
    }
}

impl TripletMargin {
    /// Returns the value, given the terms of how much farther the positive is than the negative,
    /// and the differences; makes the gradient of them, by their derivatives.
    #[inline(always)]
    fn finish<V: Lanes>(
        &self,
        near: impl Fn(V) -> V,
        far: impl Fn(V) -> V,
        [terms, to_positive, to_negative]: [&mut [V]; 3],
    ) -> V {
        let shortfall = compensated_sum(terms) + V::splat(self.margin);
        // Asked this way round, NaN counts as a shortfall and is seen.
        let content = shortfall.lt(V::ZERO);
        let by = terms.iter_mut().zip(to_positive.iter_mut().zip(to_negative));
        for (by_anchor, (by_positive, by_negative)) in by {
            let (to_near, to_far) = (near(*by_positive), far(*by_negative));
            *by_anchor = content.select(V::ZERO, to_near - to_far);
            *by_positive = content.select(V::ZERO, -to_near);
            *by_negative = content.select(V::ZERO, to_far);
        }
        content.select(V::ZERO, shortfall)
    }
}
