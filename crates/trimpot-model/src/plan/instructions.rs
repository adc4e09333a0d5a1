//! Instructions, by what they are for.

use std::iter::Sum;
use std::ops::{Add, Mul};

use super::workload::Pass;

/// Instructions on the [measured core](super::MEASURED_CORE), by the pass that they are for: other
/// cores take other multiples of each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Instructions([f64; Pass::ALL.len()]);

impl Instructions {
    /// Returns so many of a pass.
    #[must_use]
    pub fn of(pass: Pass, count: f64) -> Self {
        Instructions(Pass::ALL.map(|other| if other == pass { count } else { 0.0 }))
    }

    /// Returns how many they are, pass by pass.
    pub fn iter(&self) -> impl Iterator<Item = (Pass, f64)> {
        Pass::ALL.into_iter().zip(self.0)
    }

    /// Returns how many they are on the measured core.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.0.iter().sum()
    }
}

impl Add for Instructions {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
        self
    }
}

impl Mul<f64> for Instructions {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Instructions(self.0.map(|count| times * count))
    }
}

impl Sum for Instructions {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Instructions::default(), Add::add)
    }
}
