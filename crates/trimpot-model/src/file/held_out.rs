//! Which samples a model has not learned from.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The samples of a data set that training has put aside: as text `0.2:1:00c0ffee12345678`, the
/// share, the seed by which they were chosen, and the fingerprint of the data set, by which others
/// are told from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// Their share of all samples, in (0, 1).
    pub share: f32,
    /// The seed by which they were chosen.
    pub seed: u32,
    /// The fingerprint of all samples.
    pub data: u64,
}

impl Display for HeldOut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{:016x}", self.share, self.seed, self.data)
    }
}

impl FromStr for HeldOut {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let mut next = || parts.next().unwrap_or_default();
        let share = next().parse().ok().filter(|share| (0.0..1.0).contains(share) && *share > 0.0);
        let (seed, data) = (next().parse().ok(), u64::from_str_radix(next(), 16).ok());
        let held_out = share.zip(seed).zip(data).filter(|_| parts.next().is_none());
        held_out
            .map(|((share, seed), data)| HeldOut { share, seed, data })
            .ok_or("a share in (0, 1), a seed and a fingerprint: 0.2:1:00c0ffee12345678")
    }
}
