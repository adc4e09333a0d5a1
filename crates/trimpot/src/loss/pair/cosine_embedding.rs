use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::direction::{Length, dot};
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, Range, Setting, Several, Small,
    TargetSpec,
};
use crate::loss::{Number, RowsLoss};

/// Cosine embedding: `1 − cos` where the target is 1 (the two rows belong together),
/// `max(0, cos − m)` where it is −1. The margin `m` is 0 unless said otherwise.
///
/// With `u = x / |x|` for each row, `cos = u₁·u₂` has the gradient `(u₂ − cos·u₁) / |x₁|` by the
/// first, and the mirror image by the second. At the kink, `cos = m`, it counts as above, as
/// PyTorch's `clamp` has it. A row of zeros has `cos` = 0 and no gradient (PyTorch adds 10⁻¹² to
/// squared lengths instead). A row shorter than 2⁻¹²⁰ gets the gradient of that length in its
/// direction. Any target above 0 counts as 1, any other as −1; only a NaN gives a NaN value. The
/// value is never negative; near 0 it is right to 2·10⁻⁶.
///
/// For embeddings where the angle is what is compared later. Pairs that do not belong together are
/// only pushed apart until the angle is wide enough.
///
/// PyTorch `nn.CosineEmbeddingLoss(margin)`. Not convex. NaN and ±∞ give a NaN value.
///
/// ```
/// use trimpot::loss::{CosineEmbedding, Loss};
///
/// let (same, across) = ([[1.0, 0.0], [3.0, 0.0]], [[1.0, 0.0], [0.0, 3.0]]);
/// let loss = CosineEmbedding::default().with_margin(0.25)?;
/// assert_eq!((loss.value::<f32>(&same, &1.0), loss.value::<f32>(&same, &-1.0)), (0.0, 0.75));
/// assert_eq!((loss.value::<f32>(&across, &1.0), loss.value::<f32>(&across, &-1.0)), (1.0, 0.0));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CosineEmbedding {
    margin: f32,
}

impl CosineEmbedding {
    /// Lets rows that do not belong together have a cosine of up to `margin`, in [−1, 1].
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        ParameterError::unless((-1.0..=1.0).contains(&margin), "margin", margin, "[-1, 1]")?;
        self.margin = margin;
        Ok(self)
    }
}

impl LossKind for CosineEmbedding {
    type Form = Several<2>;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("cosine_embedding.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("1/|x| of each row for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec =
        LossSpec::new(Family::Pair, Domain::Any, TargetSpec::Number(Domain::Signs))
            .with_example(Example::new(
                &[0.0, 1.0, 1.0, 1.0],
                ExampleTarget::Number(-1.0),
                0,
                [-4.0, 4.0],
            ))
            .with_settings(&[Setting::new("margin", 0.0, Range::Cosine)]);

    fn from_settings([margin]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_margin(margin)
    }

    fn settings(&self) -> [f32; 1] {
        [self.margin]
    }
}

impl RowsLoss<2> for CosineEmbedding {
    type Target = Number;

    #[inline(always)]
    fn equal_rows_gradient<V: Lanes>(
        &self,
        [first, second]: [&[V]; 2],
        target: V,
        [by_first, by_second]: [&mut [V]; 2],
    ) -> V {
        // The unit vector of each row is where the gradient of the other will be.
        let length = Length::with_units(first, by_second);
        let other_length = Length::with_units(second, by_first);
        let cosine = dot(by_second, by_first, |x| x, |x| x);
        let together = target.gt(V::ZERO);
        let excess = cosine - V::splat(self.margin);
        let content = excess.lt(V::ZERO);
        let apart = content.select(V::ZERO, excess);
        let derivative = together.select(-V::ONE, content.select(V::ZERO, V::ONE));

        let scale = derivative * length.inverse;
        let other_scale = derivative * other_length.inverse;
        for (by_first, by_second) in by_first.iter_mut().zip(by_second) {
            let (one, other) = (*by_second, *by_first);
            *by_first = (other - cosine * one) * scale;
            *by_second = (one - cosine * other) * other_scale;
        }
        // The cosine of equal rows may be rounded to more than 1. `max` gives its argument for NaN:
        // NaN stays.
        let angle = V::ZERO.max(V::ONE - cosine);
        target.is_nan().select(target, together.select(angle, apart))
    }
}
