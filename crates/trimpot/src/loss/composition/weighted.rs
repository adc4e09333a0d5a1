use core::ops::{Add, Mul};

use crate::lanes::Lanes;
use crate::loss::{Loss, SliceLoss, SliceTarget, Target};
use crate::shape::Shape;

/// A loss times a number: `0.3 * loss`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weighted<L> {
    weight: f32,
    loss: L,
}

impl<L> Weighted<L> {
    /// Creates `weight * loss`, for a loss of your own (those of this crate have `*`).
    pub const fn new(weight: f32, loss: L) -> Self {
        Weighted { weight, loss }
    }

    /// Returns the weight, and what it weighs.
    pub(crate) const fn parts(&self) -> (f32, &L) {
        (self.weight, &self.loss)
    }
}

impl<P: Shape, L: Loss<P>> Loss<P> for Weighted<L> {
    type Target = L::Target;

    #[inline(always)]
    fn gradient<V: Lanes>(
        &self,
        prediction: &P::Values<V>,
        target: &<Self::Target as Target>::Values<V>,
        gradient: &mut P::Values<V>,
    ) -> V {
        let weight = V::splat(self.weight);
        let value = self.loss.gradient(prediction, target, gradient);
        for gradient in P::flat_mut::<V>(gradient) {
            *gradient *= weight;
        }
        value * weight
    }
}

impl<L: SliceLoss> SliceLoss for Weighted<L> {
    type Target = L::Target;
    const LEAST: usize = L::LEAST;

    #[inline(always)]
    fn row_gradient<V: Lanes>(
        &self,
        prediction: &[V],
        target: <Self::Target as SliceTarget>::Slices<'_, V>,
        gradient: &mut [V],
    ) -> V {
        let weight = V::splat(self.weight);
        let value = self.loss.row_gradient(prediction, target, gradient);
        for gradient in gradient {
            *gradient *= weight;
        }
        value * weight
    }
}

/// The sum of two losses with the same kind of target: `0.7 * dice + 0.3 * cross_entropy`.
///
/// ```
/// use trimpot::loss::{BinaryCrossEntropy, Dice, Loss};
///
/// let loss = 0.75 * Dice::default() + 0.25 * BinaryCrossEntropy;
/// let (p, t) = ([0.9, 0.2], [1.0, 0.0]);
/// let dice = Dice::default().value::<f32>(&p, &t);
/// let apart = 0.75 * dice + 0.25 * BinaryCrossEntropy.value::<f32>(&p, &t);
/// assert_eq!(loss.value::<f32>(&p, &t), apart);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum<A, B> {
    first: A,
    second: B,
}

impl<P, A, B> Loss<P> for Sum<A, B>
where
    P: Shape,
    A: Loss<P>,
    B: Loss<P, Target = A::Target>,
{
    type Target = A::Target;

    #[inline(always)]
    fn gradient<V: Lanes>(
        &self,
        prediction: &P::Values<V>,
        target: &<Self::Target as Target>::Values<V>,
        gradient: &mut P::Values<V>,
    ) -> V {
        let first = self.first.gradient(prediction, target, gradient);
        let mut more = P::zeros::<V>();
        let second = self.second.gradient(prediction, target, &mut more);
        for (gradient, &more) in P::flat_mut::<V>(gradient).iter_mut().zip(P::flat::<V>(&more)) {
            *gradient += more;
        }
        first + second
    }
}

impl<L, R> Add<R> for Weighted<L> {
    type Output = Sum<Weighted<L>, R>;

    fn add(self, other: R) -> Self::Output {
        Sum { first: self, second: other }
    }
}

impl<A, B, R> Add<R> for Sum<A, B> {
    type Output = Sum<Sum<A, B>, R>;

    fn add(self, other: R) -> Self::Output {
        Sum { first: self, second: other }
    }
}

/// `number * loss` for every loss of the registry.
macro_rules! times {
    ($($name:ident: $loss:ty;)*) => {$(
        impl Mul<$loss> for f32 {
            type Output = Weighted<$loss>;

            fn mul(self, loss: $loss) -> Self::Output {
                Weighted::new(self, loss)
            }
        }
    )*};
}
crate::for_each_loss!(times);
