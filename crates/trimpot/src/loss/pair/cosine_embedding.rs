use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::direction::Direction;
use crate::loss::{Loss, Number};
use crate::shape::Rows;

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
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        ParameterError::unless((-1.0..=1.0).contains(&margin), "margin", margin, "[-1, 1]")?;
        self.margin = margin;
        Ok(self)
    }
}

impl<const N: usize> Loss<Rows<2, N>> for CosineEmbedding {
    type Target = Number;

    #[inline]
    fn gradient<V: Lanes>(
        &self,
        [first, second]: &[[V; N]; 2],
        target: &V,
        [by_first, by_second]: &mut [[V; N]; 2],
    ) -> V {
        let (first, second) = (Direction::of(first), Direction::of(second));
        let cosine = first.cosine(&second);
        let together = target.gt(V::ZERO);
        let excess = cosine - V::splat(self.margin);
        let content = excess.lt(V::ZERO);
        let apart = content.select(V::ZERO, excess);
        let derivative = together.select(-V::ONE, content.select(V::ZERO, V::ONE));

        let by = by_first.iter_mut().zip(by_second.iter_mut());
        for ((by_first, by_second), (&one, &two)) in by.zip(first.unit.iter().zip(&second.unit)) {
            *by_first = derivative * two;
            *by_second = derivative * one;
        }
        first.backpropagate(by_first);
        second.backpropagate(by_second);
        // The cosine of equal rows may be rounded to more than 1. `max` gives its argument for NaN:
        // NaN stays.
        let angle = V::ZERO.max(V::ONE - cosine);
        target.is_nan().select(*target, together.select(angle, apart))
    }
}
