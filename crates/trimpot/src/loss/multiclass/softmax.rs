use crate::lanes::{Lanes, Mask};
use crate::math;

/// The softmax of some logits, on the way to a loss.
pub(in crate::loss) struct Softmax<V> {
    /// The largest logit.
    largest: V,
    /// `ln Σ e^(z − largest)`, at least 0.
    ln_sum: V,
}

impl<V: Lanes> Softmax<V> {
    /// Writes the probabilities.
    #[inline(always)]
    pub(in crate::loss) fn of<const N: usize>(logits: &[V; N], probabilities: &mut [V; N]) -> Self {
        const { assert!(N > 0, "there is no probability without classes") };
        let mut largest = V::splat(f32::NEG_INFINITY);
        for &z in logits {
            largest = z.max(largest);
        }
        let mut sum = V::ZERO;
        for (p, &z) in probabilities.iter_mut().zip(logits) {
            *p = math::lifted_exp_of_negative(z - largest);
        }
        // On its own, so that the exponentials of one sample can be taken side by side.
        for &mut p in &mut *probabilities {
            sum += p;
        }
        // 2⁶⁴ is in the sum as in each term: it leaves with the division, and with the logarithm.
        let scale = V::ONE / sum;
        for p in probabilities {
            *p *= scale;
        }
        Softmax { largest, ln_sum: math::ln_of_lifted(sum) }
    }

    /// `−ln` of the probability that belongs to the logit `z`: two terms of at least 0.
    #[inline(always)]
    pub(in crate::loss) fn surprise(&self, z: V) -> V {
        (self.largest - z) + self.ln_sum
    }

    /// `ln` of the probability that belongs to the logit `z`, less `reference`: rounded once less than
    /// `−surprise − reference` where the two are close.
    #[inline(always)]
    pub(in crate::loss) fn log_ratio(&self, z: V, reference: V) -> V {
        ((z - self.largest) - reference) - self.ln_sum
    }

    /// `surprise`, times a share of it that may be 0: then 0, also for a logit of −∞.
    #[inline(always)]
    pub(in crate::loss) fn expected(&self, share: V, z: V) -> V {
        share.eq(V::ZERO).select(V::ZERO, share * self.surprise(z))
    }
}
