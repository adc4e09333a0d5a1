//! Reproducible randomness: for initial weights, dropout masks and the choice of replayed samples.
//!
//! Numbers come from hashing a counter, not from a chain of states. So a sample's dropout mask
//! depends on the sample's seed alone: the same for any batch, any width and any number of threads.

use crate::lanes::{Bits, Lanes};
use crate::math;

/// Hashes each lane: a bijection of 32 bits whose outputs look independent.
///
/// Two rounds of xor-shift and multiply, with the constants that Wellons' search found to have the
/// least bias ("Prospecting for Hash Functions", 2018, `lowbias32`).
#[inline(always)]
pub fn hash<B: Bits>(key: B) -> B {
    let key = (key ^ key.shr(16)).wrapping_mul(B::splat(0x7feb_352d));
    let key = (key ^ key.shr(15)).wrapping_mul(B::splat(0x846c_a68b));
    key ^ key.shr(16)
}

/// Turns 32 random bits into a number in [0, 1), a multiple of 2⁻²⁴.
#[inline(always)]
pub fn unit<V: Lanes>(bits: V::Bits) -> V {
    // The 23 high bits as the fraction of a number in [1, 2), minus one: exact.
    V::from_bits(bits.shr(9) | V::Bits::splat(0x3f80_0000)) - V::ONE
}

/// A seeded stream of random numbers.
///
/// ```
/// use trimpot::random::Random;
/// let (mut a, mut b) = (Random::new(7), Random::new(7));
/// assert_eq!(a.next_u32(), b.next_u32());
/// assert!((0.0..1.0).contains(&a.uniform()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    seed: u32,
    count: u32,
}

impl Random {
    /// Creates the stream of this seed.
    pub const fn new(seed: u32) -> Self {
        Random { seed, count: 0 }
    }

    /// Returns the next 32 bits. The stream repeats after 2³² of them.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        self.count = self.count.wrapping_add(1);
        hash(self.count ^ hash(self.seed))
    }

    /// Returns the next number in [0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f32 {
        unit(self.next_u32())
    }

    /// Returns the next number of the standard normal distribution: mean 0, variance 1.
    ///
    /// By the polar method (Marsaglia and Bray 1964): a point in the unit disc, whose distance from
    /// the centre is then made that of a normally distributed one. It takes a logarithm and a root,
    /// but no sine.
    pub fn normal(&mut self) -> f32 {
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                return u * Lanes::sqrt(-2.0 * math::ln(square) / square);
            }
        }
    }

    /// Returns a number below `bound`, or 0 if `bound` is 0. The bias is below `bound` / 2³².
    ///
    /// From 2³² on it takes two numbers of the stream, the high bits first, and the bias is below
    /// `bound` / 2⁶⁴.
    #[inline]
    pub fn below(&mut self, bound: usize) -> usize {
        let high = self.next_u32();
        match u32::try_from(bound) {
            Ok(bound) => ((u64::from(high) * u64::from(bound)) >> 32) as usize,
            Err(_) => {
                let bits = (u64::from(high) << 32) | u64::from(self.next_u32());
                ((u128::from(bits) * bound as u128) >> 64) as usize
            }
        }
    }

    /// Puts the items in random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, mut items: &mut [T]) {
        // Without indices, which could panic.
        while let Some((last, others @ [_, ..])) = items.split_last_mut() {
            if let Some(other) = others.get_mut(self.below(others.len() + 1)) {
                core::mem::swap(last, other);
            }
            items = others;
        }
    }
}

/// The randomness of one training pass, one seed a sample.
#[derive(Clone, Copy, Debug)]
pub struct Noise<V: Lanes> {
    seed: V::Bits,
}

impl<V: Lanes> Noise<V> {
    /// Creates the noise of these seeds, one for each sample.
    #[inline(always)]
    pub fn new(seed: V::Bits) -> Self {
        Noise { seed }
    }

    /// Returns the randomness of the next layer.
    #[inline(always)]
    pub fn next_layer(self) -> Self {
        Noise { seed: self.seed.wrapping_add(V::Bits::splat(0x9e37_79b9)) }
    }

    /// Returns the randomness of what is inside this layer: another one than that of the layers
    /// after it.
    #[inline(always)]
    pub fn inside(self) -> Self {
        Noise { seed: hash(self.seed) }
    }

    /// Returns a number in [0, 1) for element `index`.
    #[inline(always)]
    pub fn uniform(self, index: usize) -> V {
        unit(hash(hash(self.seed).wrapping_add(V::Bits::splat(index as u32))))
    }

    /// Returns two independent numbers of the standard normal distribution for pair `index`: mean
    /// 0, variance 1, at most 5.7 in size.
    ///
    /// By Box and Muller (1958): a direction, and the distance from the centre that a point of two
    /// normally distributed coordinates has. Without a branch, so that lanes stay in step, and each
    /// pair has its own two uniform numbers.
    pub fn normals(self, index: usize) -> [V; 2] {
        V::vectorize(
            index,
            #[inline(always)]
            |index| {
                let index = index.wrapping_mul(2);
                let (first, second) = (self.uniform(index), self.uniform(index.wrapping_add(1)));
                // 1 - u is exact, and never 0.
                let distance = (V::splat(-2.0) * math::ln(V::ONE - first)).sqrt();
                let direction = second + second;
                let (cosine, sine) =
                    (math::sin_pi(direction + V::splat(0.5)), math::sin_pi(direction));
                [distance * cosine, distance * sine]
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::f32x8;

    #[test]
    fn uniform_numbers_fill_the_unit_interval_evenly() {
        let mut random = Random::new(3);
        let mut bins = [0u32; 16];
        for _ in 0..16_000 {
            let u = random.uniform();
            assert!((0.0..1.0).contains(&u));
            bins[(u * 16.0) as usize] += 1;
        }
        // 1000 expected a bin, standard deviation about 31.
        assert!(bins.iter().all(|&count| (850..1150).contains(&count)), "{bins:?}");
    }

    #[test]
    fn a_samples_noise_is_the_same_in_every_width() {
        let seeds = [1u32, 2, 3, 99, 100, 0, u32::MAX, 12345];
        let wide = Noise::<f32x8>::new(wide_bits(seeds)).next_layer();
        for (lane, &seed) in seeds.iter().enumerate() {
            let one = Noise::<f32>::new(seed).next_layer();
            for index in 0..50 {
                let all: [f32; 8] = wide.uniform(index).to_array();
                assert_eq!(all[lane].to_bits(), one.uniform(index).to_bits());
            }
        }
    }

    /// Of 16,000 numbers, as many as there should be beyond one, two and three standard deviations.
    #[test]
    fn normal_numbers_are_normal() {
        let mut random = Random::new(4);
        let mut beyond = [0u32; 3];
        for _ in 0..16_000 {
            let size = random.normal().abs();
            for (limit, count) in [1.0, 2.0, 3.0].into_iter().zip(&mut beyond) {
                *count += u32::from(size > limit);
            }
        }
        // 5077, 728 and 43 expected, each within four standard deviations.
        assert!((4840..5315).contains(&beyond[0]), "{beyond:?}");
        assert!((622..834).contains(&beyond[1]), "{beyond:?}");
        assert!((17..70).contains(&beyond[2]), "{beyond:?}");
    }

    /// Of 32,000 numbers, as many as there should be beyond one, two and three standard deviations;
    /// and the two of a pair do not go together.
    #[test]
    fn normal_noise_is_normal_and_independent() {
        let noise = Noise::<f32>::new(9);
        let (mut beyond, mut product) = ([0u32; 3], 0.0);
        for index in 0..16_000 {
            let pair = noise.normals(index);
            product += pair[0] * pair[1];
            for size in pair.map(f32::abs) {
                assert!(size <= 5.7, "{size}");
                for (limit, count) in [1.0, 2.0, 3.0].into_iter().zip(&mut beyond) {
                    *count += u32::from(size > limit);
                }
            }
        }
        // 10,154, 1,456 and 86 expected, each within four standard deviations.
        assert!((9_820..10_488).contains(&beyond[0]), "{beyond:?}");
        assert!((1_307..1_606).contains(&beyond[1]), "{beyond:?}");
        assert!((49..124).contains(&beyond[2]), "{beyond:?}");
        // A standard deviation of √16,000 = 126.
        assert!(product.abs() < 507.0, "{product}");
    }

    fn wide_bits(seeds: [u32; 8]) -> <f32x8 as Lanes>::Bits {
        Bits::from_fn(|lane| seeds[lane])
    }

    /// Beyond 2³² as well, where every number comes, and not only each second one.
    #[test]
    fn numbers_below_a_bound_are_even_and_below_it() {
        let mut random = Random::new(5);
        assert_eq!(random.below(0), 0);
        let bounds = [1, 7, u32::MAX as usize, 1 << (usize::BITS / 2 + 1), usize::MAX];
        for bound in bounds {
            let (mut odd, mut upper) = (0, 0);
            for _ in 0..2000 {
                let number = random.below(bound);
                assert!(number < bound, "{number} of {bound}");
                odd += number % 2;
                upper += usize::from(number > bound / 2);
            }
            // 1000 expected, with a standard deviation of 22.
            let even = |count| (890..1110).contains(&count);
            assert!(bound < 10 || even(odd) && even(upper), "{bound}: {odd} odd, {upper} above");
        }
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: [usize; 100] = core::array::from_fn(|i| i);
        Random::new(1).shuffle(&mut items);
        assert!(items.iter().enumerate().any(|(i, &item)| i != item));
        items.sort_unstable();
        assert!(items.iter().enumerate().all(|(i, &item)| i == item));
    }
}
