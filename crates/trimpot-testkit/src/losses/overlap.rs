use super::{bits, numbers, scale, sum};
use crate::case::{Answer, Case};
use crate::dual::Dual;
use crate::inputs::Random;

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    let smooth = case.options.number("smooth", 1.0);
    let sum = |term: &dyn Fn(Dual, f64) -> Dual| sum(case, p, term);
    let wrong = |alpha: f64, beta: f64| sum(&|p, t| alpha * p * (1.0 - t) + beta * (1.0 - p) * t);
    Some(match case.loss.as_str() {
        // One minus the ratio, over a common denominator.
        "dice" => wrong(1.0, 1.0) / (sum(&|p, t| p + t) + smooth),
        "jaccard" => {
            let common = sum(&|p, t| p * t);
            wrong(1.0, 1.0) / (sum(&|p, t| p + t) - common + smooth)
        }
        "tversky" | "focal_tversky" => {
            let option = |name, default| case.options.number(name, default);
            let (alpha, beta) = (option("alpha", 0.5), option("beta", 0.5));
            let common = sum(&|p, t| p * t) + smooth;
            let index = wrong(alpha, beta) / (common + wrong(alpha, beta));
            if case.loss == "tversky" { index } else { index.pow(option("gamma", 0.75)) }
        }
        "lovasz_hinge" => lovasz(p, &case.values()),
        _ => return None,
    })
}

/// Berman's algorithm: sort, then weigh each error by the growth of the Jaccard loss.
fn lovasz(logits: &[Dual], target: &[f64]) -> Dual {
    let pairs = logits.iter().zip(target);
    let mut errors: Vec<_> = pairs.map(|(&z, t)| (1.0 - z * (2.0 * t - 1.0), *t)).collect();
    errors.sort_by(|a, b| b.0.value.total_cmp(&a.0.value));
    let mut missed: f64 = target.iter().sum();
    let (mut union, mut before, mut value) = (missed, 0.0, Dual::default());
    for (error, t) in errors {
        missed -= t;
        union += 1.0 - t;
        let jaccard = 1.0 - missed / union;
        value = value + error.max(0.0) * (jaccard - before);
        before = jaccard;
    }
    value
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let (smooth, largest) = (scale(random), scale(random).min(1.0));
    let soft = random.bits() & 1 == 0;
    let target = if soft { numbers(n, random, 0.0, 1.0) } else { bits(n, random, 0.0) };
    Some(match loss {
        "dice" | "jaccard" => {
            Case::new(loss, numbers(n, random, 0.0, largest), Answer::Values(target))
                .with("smooth", smooth)
        }
        "tversky" | "focal_tversky" => {
            let (alpha, beta) = (random.between(0.1, 2.0), random.between(0.1, 2.0));
            let case = Case::new(
                loss,
                numbers(n, random, 0.05 * largest, largest),
                Answer::Values(target),
            )
            .with("smooth", smooth)
            .with("alpha", alpha)
            .with("beta", beta);
            if loss == "tversky" { case } else { case.with("gamma", random.between(0.4, 3.0)) }
        }
        "lovasz_hinge" => {
            let target = bits(n, random, 0.0);
            loop {
                let logits = numbers(n, random, -4.0, 4.0);
                let errors = logits.iter().zip(&target).map(|(z, t)| 1.0 - z * (2.0 * t - 1.0));
                let mut kinks: Vec<f32> = errors.chain([0.0]).collect();
                kinks.sort_by(f32::total_cmp);
                // No two errors, and no error and the hinge, closer than is rounded.
                if kinks.windows(2).all(|pair| pair[1] - pair[0] > 1e-5) {
                    break Case::new(loss, logits, Answer::Values(target));
                }
            }
        }
        _ => return None,
    })
}
