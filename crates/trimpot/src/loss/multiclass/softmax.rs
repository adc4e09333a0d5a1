//! The softmax of some logits, on the way to a loss.
//!
//! A loss is small where one class has nearly all of the probability, and what it is then made of
//! is the rest: `−ln p` is `ln(1 + rest)`, and the gradient at the class is minus the others'
//! probability. Next to the 1 of the largest logit the rest is rounded away (from a lead of 17 on,
//! to nothing). So it is a sum of its own.

use super::{is_class, is_known};
use crate::lanes::{Lanes, Mask};
use crate::math;

/// The exponentials, before they are divided by their sum.
struct Exponentials<V> {
    /// The largest logit.
    largest: V,
    /// That of the largest logit, in units of which the others are counted.
    one: V,
}

impl<V: Lanes> Exponentials<V> {
    /// Writes `e^(z − largest)`, lifted.
    #[inline(always)]
    fn of(logits: &[V], exponentials: &mut [V]) -> Self {
        let mut largest = V::splat(f32::NEG_INFINITY);
        for &z in logits {
            largest = z.max(largest);
        }
        math::lifted_exps_of_negative(logits, largest, exponentials);
        Exponentials { largest, one: V::splat(math::LIFT) }
    }

    /// Returns the logarithm of a sum of exponentials, given what it is more than that of the
    /// largest logit.
    #[inline(always)]
    fn ln_sum(rest: V) -> V {
        math::ln_1p(rest * V::splat(1.0 / math::LIFT))
    }
}

/// Four sums that take turns, so that each has a quarter of the roundings: a gradient of ten
/// classes is 2.7e-7 from the exact one at most, and 3.8e-7 with one sum (found in 2 million rows).
struct TakingTurns<V>([V; 4]);

impl<V: Lanes> TakingTurns<V> {
    #[inline(always)]
    fn new() -> Self {
        TakingTurns([V::ZERO; 4])
    }

    #[inline(always)]
    fn add(&mut self, x: V) {
        let [first, second, third, fourth] = self.0;
        self.0 = [second, third, fourth, first + x];
    }

    #[inline(always)]
    fn sum(self) -> V {
        let [first, second, third, fourth] = self.0;
        (first + second) + (third + fourth)
    }
}

/// The softmax for a loss on all classes.
pub(in crate::loss) struct Softmax<V> {
    /// The largest logit.
    largest: V,
    /// `ln Σ e^(z − largest)`, at least 0.
    ln_sum: V,
}

impl<V: Lanes> Softmax<V> {
    /// Writes the probabilities.
    #[inline(always)]
    pub(in crate::loss) fn of(logits: &[V], probabilities: &mut [V]) -> Self {
        let Exponentials { largest, .. } = Exponentials::of(logits, probabilities);
        // All but one of the largest: of each pair the smaller one goes into the sum, the larger
        // one goes on. `min` gives its argument where either is NaN, and so does `max`: NaN goes
        // both ways.
        let (mut rest, mut one) = (TakingTurns::new(), V::ZERO);
        for &e in &*probabilities {
            rest.add(one.min(e));
            one = e.max(one);
        }
        let rest = rest.sum();
        // 2⁶⁴ is in the sum as in each term: it leaves with the division.
        let scale = V::ONE / (rest + one);
        for p in probabilities {
            *p *= scale;
        }
        Softmax { largest, ln_sum: Exponentials::ln_sum(rest) }
    }

    /// `−ln` of the probability that belongs to the logit `z`: two terms of at least 0.
    #[inline(always)]
    pub(in crate::loss) fn neg_log_prob(&self, z: V) -> V {
        (self.largest - z) + self.ln_sum
    }

    /// `neg_log_prob`, times a share of it that may be 0: then 0, also for a logit of −∞.
    #[inline(always)]
    pub(in crate::loss) fn expected(&self, share: V, z: V) -> V {
        share.eq(V::ZERO).select(V::ZERO, share * self.neg_log_prob(z))
    }
}

/// The softmax for a loss on one class.
pub(in crate::loss) struct OfLabel<V: Lanes> {
    label: V::Bits,
    known: V::Mask,
    largest: V,
    /// The logit at the label.
    logit: V,
    ln_sum: V,
    /// All exponentials but the label's.
    others: V,
    /// That of the label.
    own: V,
}

impl<V: Lanes> OfLabel<V> {
    /// Writes the exponentials, for [`gradient`](Self::gradient) to make a gradient of.
    #[inline(always)]
    pub(in crate::loss) fn of(logits: &[V], label: V::Bits, exponentials: &mut [V]) -> Self {
        let Exponentials { largest, one } = Exponentials::of(logits, exponentials);
        let (mut logit, mut own) = (V::ZERO, V::ZERO);
        let mut others = TakingTurns::new();
        // On its own, so that the exponentials of one sample can be taken side by side.
        for (index, (&z, &e)) in logits.iter().zip(&*exponentials).enumerate() {
            let here = is_class::<V>(label, index);
            logit = here.select(z, logit);
            own = here.select(e, own);
            others.add(here.select(V::ZERO, e));
        }
        let others = others.sum();
        // Where the label has the largest logit, `own` is `one`, and the rest is the others to the
        // bit.
        let ln_sum = Exponentials::ln_sum(others + (own - one));
        OfLabel {
            label,
            known: is_known::<V>(label, logits.len()),
            largest,
            logit,
            ln_sum,
            others,
            own,
        }
    }

    /// `x`, or 0 in the lanes whose label is no class.
    #[inline(always)]
    pub(in crate::loss) fn known(&self, x: V) -> V {
        self.known.select(x, V::ZERO)
    }

    /// `−ln` of the label's probability.
    #[inline(always)]
    pub(in crate::loss) fn neg_log_prob(&self) -> V {
        (self.largest - self.logit) + self.ln_sum
    }

    /// Returns the label's probability divided by that of all others.
    #[inline(always)]
    pub(in crate::loss) fn odds(&self) -> V {
        // Of no others at all it is large, but a number, which the caller makes 0.
        self.own / V::splat(f32::MIN_POSITIVE * math::LIFT).max(self.others)
    }

    /// Returns the probability of all others.
    #[inline(always)]
    pub(in crate::loss) fn mistake(&self) -> V {
        self.others / (self.others + self.own)
    }

    /// `ln` of the label's probability less `reference`, in two parts: the second is what rounding
    /// the first has lost.
    #[inline(always)]
    pub(in crate::loss) fn log_ratio(&self, reference: V) -> (V, V) {
        let (distance, lost) = math::two_sum(self.logit, -self.largest);
        let (ratio, lost_too) = math::two_sum(distance, -reference);
        let (ratio, lost_last) = math::two_sum(ratio, -self.ln_sum);
        (ratio, lost + lost_too + lost_last)
    }

    /// Makes `factor·(softmax(z) − [label])` of the exponentials.
    #[inline(always)]
    pub(in crate::loss) fn gradient(&self, factor: V, exponentials: &mut [V]) {
        let scale = V::ONE / (self.others + self.own);
        let at_label = -self.others;
        for (index, e) in exponentials.iter_mut().enumerate() {
            let e_or_label = is_class::<V>(self.label, index).select(at_label, *e);
            // In this order, since what stands for 0 among the exponentials becomes 0 by the first
            // product.
            *e = self.known((e_or_label * scale) * factor);
        }
    }
}
