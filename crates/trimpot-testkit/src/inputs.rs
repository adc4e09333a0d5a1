//! Input generators: the numbers that break things, the numbers nobody chose, and a comb.

/// Zeros, subnormals, infinities, NaNs, every power of two with its neighbours, round numbers, and
/// both signs of all of them.
pub fn edge_cases() -> impl Iterator<Item = f32> {
    let powers = (0..=254u32).map(|exponent| f32::from_bits(exponent << 23));
    let subnormal_powers = (0..23).map(|bit| f32::from_bits(1 << bit));
    let round = (1..=200u16).map(|n| f32::from(n) * 0.5);
    let decimal = (-45..=38).map(|exponent| 10f64.powi(exponent) as f32);
    let finite = powers
        .chain(subnormal_powers)
        .chain(round)
        .chain(decimal)
        .chain([f32::MAX])
        .flat_map(|x| around(x, 2));
    let nans = [0x7f80_0001, 0x7fbf_ffff, 0x7fc0_0000, 0x7fff_ffff].map(f32::from_bits);
    finite.chain([f32::INFINITY]).chain(nans).flat_map(|x| [x, -x])
}

/// `centre`, and `count` neighbours on the `f32` grid on either side: for thresholds and kinks.
pub fn around(centre: f32, count: u32) -> impl Iterator<Item = f32> {
    let below = core::iter::successors(Some(centre), |x| Some(x.next_down())).skip(1);
    let above = core::iter::successors(Some(centre), |x| Some(x.next_up()));
    let count = count as usize;
    below.take(count).chain(above.take(count + 1))
}

/// Returns every `step`-th of all 2³² bit patterns: each binade, subnormals and NaNs in proportion.
///
/// # Panics
/// If `step` is 0.
pub fn spaced(step: u32) -> impl Iterator<Item = f32> {
    (0..=u32::MAX).step_by(step as usize).map(f32::from_bits)
}

/// `count` numbers evenly spread over `low ..= high`: where a function lives.
pub fn grid(low: f32, high: f32, count: u32) -> impl Iterator<Item = f32> {
    let (low, high) = (f64::from(low), f64::from(high));
    let last = f64::from(count.saturating_sub(1).max(1));
    (0..count).map(move |i| (low + (high - low) * f64::from(i) / last) as f32)
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): one word of state, no bad seeds.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers, everywhere.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns an `f32` of any bits: half of them are beyond 1 in size, one in 256 is NaN.
    pub fn any_f32(&mut self) -> f32 {
        f32::from_bits((self.bits() >> 32) as u32)
    }

    /// Uniform on `low .. high`, rounded to `f32`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.bits() >> 11) as f64 / 2f64.powi(53);
        (f64::from(low) + (f64::from(high) - f64::from(low)) * unit) as f32
    }
}

/// `count` numbers of random bits.
pub fn random_bits(seed: u64, count: usize) -> impl Iterator<Item = f32> {
    let mut random = Random::new(seed);
    (0..count).map(move |_| random.any_f32())
}

/// `count` numbers uniform on `low .. high`.
pub fn uniform(seed: u64, low: f32, high: f32, count: usize) -> impl Iterator<Item = f32> {
    let mut random = Random::new(seed);
    (0..count).map(move |_| random.between(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn edge_cases_hold_every_kind_of_number() {
        let bits: HashSet<u32> = edge_cases().map(f32::to_bits).collect();
        for x in [
            0.0,
            1e-45,
            f32::MIN_POSITIVE,
            f32::MIN_POSITIVE.next_down(),
            1.0,
            1f32.next_up(),
            1f32.next_down(),
            0.5,
            88.0,
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
        ] {
            assert!(bits.contains(&x.to_bits()), "{x:e}");
            assert!(bits.contains(&(-x).to_bits()), "-{x:e}");
        }
    }

    #[test]
    fn around_gives_the_neighbours_on_both_sides() {
        let mut near: Vec<f32> = around(0.0, 1).collect();
        near.sort_by(f32::total_cmp);
        assert_eq!(near, [-1e-45, 0.0, 1e-45]);
        assert_eq!(around(1.0, 50).count(), 101);
    }

    #[test]
    fn spaced_covers_all_bit_patterns() {
        let all: Vec<f32> = spaced(1 << 20).collect();
        assert_eq!(all.len(), 1 << 12);
        assert!(all.iter().any(|x| x.is_nan()));
        assert!(all.iter().any(|x| x.is_subnormal()));
        assert!(all.iter().any(|&x| x < -1e30));
    }

    #[test]
    fn grid_reaches_both_ends() {
        let points: Vec<f32> = grid(-1.0, 3.0, 5).collect();
        assert_eq!(points, [-1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(grid(2.0, 3.0, 1).collect::<Vec<_>>(), [2.0]);
    }

    /// The first words for seed 0, as in the authors' reference.
    #[test]
    fn random_is_splitmix64() {
        let mut random = Random::new(0);
        assert_eq!(random.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.bits(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn uniform_stays_inside() {
        assert!(uniform(1, -2.0, 5.0, 10_000).all(|x| (-2.0..=5.0).contains(&x)));
        let mean = uniform(2, 0.0, 1.0, 10_000).map(f64::from).sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() <= 0.02, "{mean}");
    }
}
