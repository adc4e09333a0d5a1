//! The losses in `f64`, each from its textbook formula and nothing else, and random samples for them.
//!
//! The gradient is not written down here: it is measured, by central differences of the value. So a
//! wrong derivation cannot be wrong in both places.

use crate::case::{Answer, Case, Options};
use crate::inputs::Random;
use crate::oracle::{exp, ln, log_sum_exp, softplus};

/// The loss of a case for this prediction; `None` for a loss without an oracle.
///
/// # Panics
/// If the target is not of the loss's kind.
#[must_use]
pub fn value(case: &Case, p: &[f64]) -> Option<f64> {
    let n = p.len() as f64;
    let option = |name, default| case.options.number(name, default);
    let t = || match &case.target {
        Answer::Values(values) => values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>(),
        Answer::Class(_) => panic!("{} wants values", case.loss),
    };
    let class = || match &case.target {
        Answer::Class(class) => *class as usize,
        Answer::Values(_) => panic!("{} wants a class", case.loss),
    };
    let sum = |term: &dyn Fn(f64, f64) -> f64| -> f64 {
        p.iter().zip(t()).map(|(&p, t)| term(p, t)).sum()
    };
    Some(match case.loss.as_str() {
        "mse" => sum(&|p, t| (p - t) * (p - t)) / n,
        "bce" => sum(&|p, t| -(t * ln(p) + (1.0 - t) * ln(1.0 - p))) / n,
        "bce_with_logits" => {
            let weight = option("pos_weight", 1.0);
            sum(&|z, t| (1.0 - t) * softplus(z) + weight * t * softplus(-z)) / n
        }
        "cross_entropy" => {
            let smoothing = option("label_smoothing", 0.0);
            let weights = case.options.numbers("weight").unwrap_or(vec![1.0; p.len()]);
            let total = log_sum_exp(p);
            let share = |j: usize| {
                let at_label = if j == class() { 1.0 - smoothing } else { 0.0 };
                weights[j] * (at_label + smoothing / n)
            };
            (0..p.len()).map(|j| share(j) * (total - p[j])).sum()
        }
        "soft_cross_entropy" => {
            let total = log_sum_exp(p);
            sum(&|z, t| t * (total - z))
        }
        "categorical_cross_entropy" => sum(&|p, t| if t == 0.0 { 0.0 } else { -t * ln(p) }),
        "hinge" => {
            let margin = option("margin", 1.0);
            sum(&|p, t| (margin - t * p).max(0.0)) / n
        }
        "dice" => {
            let smooth = option("smooth", 1.0);
            1.0 - (2.0 * sum(&|p, t| p * t) + smooth) / (sum(&|p, t| p + t) + smooth)
        }
        "jaccard" => {
            let smooth = option("smooth", 1.0);
            let common = sum(&|p, t| p * t);
            1.0 - (common + smooth) / (sum(&|p, t| p + t) - common + smooth)
        }
        _ => return None,
    })
}

/// The gradient of a case by central differences.
#[must_use]
pub fn gradient(case: &Case) -> Option<Vec<f64>> {
    let at: Vec<f64> = case.prediction.iter().map(|&p| f64::from(p)).collect();
    (0..at.len())
        .map(|i| {
            // The step that balances f64's rounding against the cubic term.
            let step = 6e-6 * at[i].abs().clamp(1e-2, 1e3);
            let mut moved = at.clone();
            moved[i] = at[i] + step;
            let above = value(case, &moved)?;
            moved[i] = at[i] - step;
            let below = value(case, &moved)?;
            Some((above - below) / (2.0 * step))
        })
        .collect()
}

/// A random case of a loss and a size, away from its kinks; `None` for a loss without an oracle.
#[must_use]
pub fn random_case(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let numbers = |random: &mut Random, low: f32, high: f32| -> Vec<f32> {
        (0..n).map(|_| random.between(low, high)).collect()
    };
    let bits = |random: &mut Random, zero: f32| -> Vec<f32> {
        (0..n).map(|_| if random.bits() & 1 == 0 { zero } else { 1.0 }).collect()
    };
    let probabilities = |random: &mut Random| -> Vec<f32> {
        let odds: Vec<f64> = (0..n).map(|_| exp(f64::from(random.between(-3.0, 3.0)))).collect();
        odds.iter().map(|odd| (odd / odds.iter().sum::<f64>()) as f32).collect()
    };
    // Logits from gentle to far beyond saturation.
    let scale = [1.0, 10.0, 80.0, 1e4][random.bits() as usize % 4];
    let none = Options::default();
    let (options, prediction, target) = match loss {
        "mse" => {
            let prediction = numbers(random, -scale, scale);
            (none, prediction, Answer::Values(numbers(random, -scale, scale)))
        }
        "bce" => (none, numbers(random, 0.01, 0.99), Answer::Values(numbers(random, 0.0, 1.0))),
        "bce_with_logits" => {
            let weight = random.between(0.1, 5.0);
            let logits = numbers(random, -scale, scale);
            let soft = random.bits() & 1 == 0;
            let target = if soft { numbers(random, 0.0, 1.0) } else { bits(random, 0.0) };
            (none.with("pos_weight", weight), logits, Answer::Values(target))
        }
        "cross_entropy" => {
            let class = (random.bits() % n as u64) as u32;
            let mut options = none;
            if random.bits() & 1 == 0 {
                options = options.with("label_smoothing", random.between(0.0, 1.0));
            }
            if random.bits() & 1 == 0 {
                options = options.with("weight", numbers(random, 0.1, 3.0));
            }
            (options, numbers(random, -scale, scale), Answer::Class(class))
        }
        "soft_cross_entropy" => {
            (none, numbers(random, -scale, scale), Answer::Values(probabilities(random)))
        }
        "categorical_cross_entropy" => {
            (none, numbers(random, 0.01, 1.0), Answer::Values(probabilities(random)))
        }
        "hinge" => {
            let margin = random.between(0.5, 2.0);
            let target = bits(random, -1.0);
            // No closer to the kink than the differences reach.
            let prediction = target.iter().map(|target| {
                loop {
                    let prediction = random.between(-4.0, 4.0);
                    if (margin - target * prediction).abs() > 1e-3 {
                        break prediction;
                    }
                }
            });
            let prediction = prediction.collect();
            (none.with("margin", margin), prediction, Answer::Values(target))
        }
        "dice" | "jaccard" => {
            let smooth = random.between(0.01, 2.0);
            let soft = random.bits() & 1 == 0;
            let target = if soft { numbers(random, 0.0, 1.0) } else { bits(random, 0.0) };
            let options = none.with("smooth", smooth);
            (options, numbers(random, 0.0, 1.0), Answer::Values(target))
        }
        _ => return None,
    };
    Some(Case { loss: loss.to_owned(), options, prediction, target })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_a_square_are_its_derivative() {
        let case = Case {
            loss: "mse".to_owned(),
            options: Options::default(),
            prediction: vec![3.0, -1.0],
            target: Answer::Values(vec![1.0, 0.5]),
        };
        let gradient = gradient(&case).unwrap();
        for (found, expected) in gradient.iter().zip([2.0, -1.5]) {
            assert!((found - expected).abs() < 1e-8, "{found} {expected}");
        }
    }
}
