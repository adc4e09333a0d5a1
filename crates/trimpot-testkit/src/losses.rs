//! Every loss of the core: its formula in `f64`, and random samples for it. One module a family.
//!
//! The formulas are those of a textbook, and nothing else, over [`Dual`] numbers. The gradient is
//! not written down here: it comes out of the formula. So a wrong derivation cannot be wrong in
//! both places.

mod binary;
mod margin;
mod multiclass;
mod near_minimum;
mod overlap;
mod pair;
mod policy;
mod regression;
mod sequence;
mod terms;

pub use near_minimum::case as near_minimum;
pub use terms::largest as largest_terms;

use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};
use trimpot::loss::Loss;
use trimpot::loss::spec::{Form, LossKind, TargetSpec};

use crate::case::{Case, ValueAndGradient};
use crate::dual::Dual;
use crate::inputs::Random;
use crate::lanes::{self, FromCases};

/// The row lengths that [`run`] knows.
pub const SIZES: [usize; 7] = [1, 2, 5, 8, 10, 17, 64];

/// How many samples the core works on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// `f32`.
    One,
    /// `f32x4`.
    Four,
    /// `f32x8`.
    Eight,
    /// `f32x16`.
    Sixteen,
}

impl Width {
    /// All of them.
    pub const ALL: [Width; 4] = [Width::One, Width::Four, Width::Eight, Width::Sixteen];
}

/// Runs cases of one loss, one shape and one set of parameters on the core.
///
/// The width is a value here, so that every loss is compiled once for all tests, and not for each.
///
/// `None` if the core has no such loss, or not for this shape.
///
/// # Panics
/// If the loss refuses its parameters, or the target is not of its kind.
#[must_use]
pub fn run(width: Width, cases: &[Case]) -> Option<Vec<ValueAndGradient>> {
    match width {
        Width::One => run_in::<f32>(cases),
        Width::Four => run_in::<f32x4>(cases),
        Width::Eight => run_in::<f32x8>(cases),
        Width::Sixteen => run_in::<f32x16>(cases),
    }
}

fn run_in<V: Lanes>(cases: &[Case]) -> Option<Vec<ValueAndGradient>> {
    let first = cases.first()?;
    let mut results = Vec::with_capacity(cases.len());
    for block in cases.chunks(V::LANES) {
        if let Some(of_sequences) = sequence::run::<V>(block) {
            results.extend(of_sequences);
            continue;
        }
        results.extend(match first.prediction.len() / first.rows {
            1 => run_block::<V, 1>(block),
            2 => run_block::<V, 2>(block),
            5 => run_block::<V, 5>(block),
            8 => run_block::<V, 8>(block),
            10 => run_block::<V, 10>(block),
            17 => run_block::<V, 17>(block),
            64 => run_block::<V, 64>(block),
            _ => None,
        }?);
    }
    Some(results)
}

macro_rules! run_block {
    ($($name:ident: $loss:ty;)*) => {
        fn run_block<V: Lanes, const N: usize>(cases: &[Case]) -> Option<Vec<ValueAndGradient>> {
            let weighted = multiclass::run_weighted::<V, N>(cases);
            weighted.or_else(|| match cases[0].loss.as_str() {
                $(stringify!($name) => run_configured::<V, N, $loss>(cases),)*
                _ => None,
            })
        }
    };
}
trimpot::for_each_loss!(run_block);

/// Runs cases of a loss with their parameters; `None` for a loss of sequences, whose shapes are not
/// those of rows.
fn run_configured<V, const N: usize, L>(cases: &[Case]) -> Option<Vec<ValueAndGradient>>
where
    V: Lanes,
    L: LossKind + Loss<<L::Form as Form>::Prediction<N>, Target: FromCases>,
{
    if const { matches!(L::SPEC.target, TargetSpec::Labels) } {
        return None;
    }
    let loss = L::configured(|setting| cases[0].setting(setting));
    let loss = loss.expect("the parameters of a case are valid");
    Some(lanes::run::<V, <L::Form as Form>::Prediction<N>, _>(&loss, cases))
}

/// Returns the loss of a case; `None` for a loss without a formula here.
///
/// # Panics
/// If the target is not of the loss's kind.
#[must_use]
pub fn value(case: &Case) -> Option<f64> {
    formula(case, &constants(case)).map(|result| result.value)
}

/// Returns the prediction of a case, as numbers that depend on nothing.
fn constants(case: &Case) -> Vec<Dual> {
    case.prediction.iter().map(|&p| Dual::constant(f64::from(p))).collect()
}

fn formula(case: &Case, prediction: &[Dual]) -> Option<Dual> {
    regression::value(case, prediction)
        .or_else(|| binary::value(case, prediction))
        .or_else(|| multiclass::value(case, prediction))
        .or_else(|| margin::value(case, prediction))
        .or_else(|| overlap::value(case, prediction))
        .or_else(|| pair::value(case, prediction))
        .or_else(|| policy::value(case, prediction))
        .or_else(|| sequence::value(case, prediction))
}

/// Returns the gradient of a case.
#[must_use]
pub fn gradient(case: &Case) -> Option<Vec<f64>> {
    let mut prediction = constants(case);
    (0..prediction.len())
        .map(|i| {
            prediction[i].derivative = 1.0;
            let result = formula(case, &prediction)?;
            prediction[i].derivative = 0.0;
            Some(result.derivative)
        })
        .collect()
}

/// Returns a random case of a loss and a row length, away from its kinks; `None` for a loss without
/// samples here, or a length that is too short for it.
#[must_use]
pub fn random_case(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    regression::random(loss, n, random)
        .or_else(|| binary::random(loss, n, random))
        .or_else(|| multiclass::random(loss, n, random))
        .or_else(|| margin::random(loss, n, random))
        .or_else(|| overlap::random(loss, n, random))
        .or_else(|| pair::random(loss, n, random))
        .or_else(|| policy::random(loss, n, random))
        .or_else(|| sequence::random(loss, n, random))
}

/// `n` numbers, uniform on `low .. high`.
fn numbers(n: usize, random: &mut Random, low: f32, high: f32) -> Vec<f32> {
    (0..n).map(|_| random.between(low, high)).collect()
}

/// `n` numbers that are `zero` or 1.
fn bits(n: usize, random: &mut Random, zero: f32) -> Vec<f32> {
    (0..n).map(|_| if random.bits() & 1 == 0 { zero } else { 1.0 }).collect()
}

/// `n` probabilities that sum to 1.
fn probabilities(n: usize, random: &mut Random) -> Vec<f32> {
    let odds: Vec<f64> =
        (0..n).map(|_| crate::oracle::exp(f64::from(random.between(-3.0, 3.0)))).collect();
    odds.iter().map(|odd| (odd / odds.iter().sum::<f64>()) as f32).collect()
}

/// Returns how large numbers are: from 10⁻⁶ to 10⁴, as often in each decade.
fn scale(random: &mut Random) -> f32 {
    crate::oracle::pow(10.0, f64::from(random.between(-6.0, 4.0))) as f32
}

/// Returns the sum over elements of a term in prediction and target.
fn sum(case: &Case, prediction: &[Dual], term: impl Fn(Dual, f64) -> Dual) -> Dual {
    prediction.iter().zip(case.values()).map(|(&p, t)| term(p, t)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Answer;

    #[test]
    fn the_gradient_of_a_square_is_its_derivative() {
        let case = Case::new("mse", vec![3.0, -1.0], Answer::Values(vec![1.0, 0.5]));
        let gradient = gradient(&case).unwrap();
        for (found, expected) in gradient.iter().zip([2.0, -1.5]) {
            assert!((found - expected).abs() < 1e-8, "{found} {expected}");
        }
    }
}
