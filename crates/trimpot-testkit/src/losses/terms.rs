//! The largest terms that the formulas add: what accuracy is relative to where they cancel.

use crate::case::Case;
use crate::dual::{Dual, neg_log_softmax};
use crate::oracle::{exp, ln, pow};

/// Returns the largest term of the value and of the gradient, as `LossKind::LARGEST_TERMS`
/// describes them; 0 for losses that have none.
pub fn largest(case: &Case) -> (f64, f64) {
    let p: Vec<f64> = case.prediction.iter().map(|&p| f64::from(p)).collect();
    let n = p.len() as f64;
    let option = |name, default| case.options.number(name, default);
    let shortest = || {
        let rows = p.chunks(p.len() / case.rows);
        rows.map(norm).fold(f64::INFINITY, f64::min)
    };
    match case.loss.as_str() {
        "poisson_nll" => {
            let rates = case.options.0.get("log_input").is_some_and(|log| log == false);
            let terms = p.iter().zip(case.values()).map(|(&p, t)| {
                let stirling = if t > 1.0 { t * ln(t) } else { 0.0 };
                if rates {
                    let rate = p + option("eps", 1e-8);
                    (p.max(t * ln(rate).abs()).max(stirling), t / rate / n)
                } else {
                    (exp(p).max(t * p.abs()).max(stirling), exp(p).max(t) / n)
                }
            });
            terms.fold((0.0, 0.0), |(a, b), (c, d)| (a.max(c), b.max(d)))
        }
        "gaussian_nll" => {
            let (means, variances) = p.split_at(p.len() / 2);
            let terms = means.iter().zip(variances).zip(case.values()).map(|((m, v), t)| {
                let v = v.max(option("eps", 1e-6));
                let square = (m - t) * (m - t) / v;
                (square, square.max(1.0) / v)
            });
            terms.fold((0.0, 0.0), |(a, b), (c, d)| (a.max(c), b.max(d)))
        }
        "bce_with_logits" => (option("pos_weight", 1.0), option("pos_weight", 1.0)),
        "cross_entropy" => {
            let weights = case.options.numbers("weight").unwrap_or_default();
            let largest = weights.into_iter().fold(0.0, f64::max);
            (largest, largest)
        }
        "kl_divergence" => {
            let terms = p.iter().zip(case.values()).map(|(x, t)| (t * x).abs());
            (terms.fold(0.0, f64::max), 0.0)
        }
        "multi_margin" | "contrastive" => {
            let margin = option("margin", 1.0);
            let squared = case.loss == "contrastive" || option("p", 1.0) == 2.0;
            (if squared { margin * margin } else { margin }, if squared { margin } else { 0.0 })
        }
        "margin_ranking" => (option("margin", 0.0), 0.0),
        "cosine_similarity" | "cosine_embedding" => (0.0, 1.0 / shortest()),
        "info_nce" => {
            let sharpness = 1.0 / option("temperature", 0.07);
            (sharpness, sharpness / shortest())
        }
        "triplet_margin" => {
            let rows: Vec<&[f64]> = p.chunks(p.len() / 3).collect();
            let distance = |other: &[f64]| {
                let differences: Vec<f64> = rows[0].iter().zip(other).map(|(a, b)| a - b).collect();
                match option("p", 2.0) {
                    1.0 => differences.iter().map(|d| d.abs()).sum(),
                    _ => norm(&differences),
                }
            };
            (distance(rows[1]).max(distance(rows[2])), 0.0)
        }
        "dice" | "jaccard" | "tversky" | "focal_tversky" => (0.0, of_overlap(case, &p)),
        "ctc" => (0.0, super::value(case).filter(|value| value.is_finite()).unwrap_or(0.0)),
        "policy_gradient" => (0.0, case.action().1.abs()),
        "ppo_clip" => {
            let (action, advantage, old) = case.action();
            let logits: Vec<Dual> = p.iter().copied().map(Dual::constant).collect();
            (0.0, advantage.abs() * exp(-neg_log_softmax(&logits, action).value - old))
        }
        _ => (0.0, 0.0),
    }
}

fn norm(row: &[f64]) -> f64 {
    row.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// One over the denominator, times what the weights and the power make of it.
fn of_overlap(case: &Case, p: &[f64]) -> f64 {
    let option = |name, default| case.options.number(name, default);
    let (alpha, beta, twice) = match case.loss.as_str() {
        "dice" => (1.0, 1.0, 2.0),
        "jaccard" => (1.0, 1.0, 1.0),
        _ => (option("alpha", 0.5), option("beta", 0.5), 1.0),
    };
    let (mut common, mut wrong) = (0.0, 0.0);
    for (p, t) in p.iter().zip(case.values()) {
        common += p * t;
        wrong += alpha * p * (1.0 - t) + beta * (1.0 - p) * t;
    }
    let total = twice * common + wrong + option("smooth", 1.0);
    let focus = match case.loss.as_str() {
        "focal_tversky" => {
            let gamma = option("gamma", 0.75);
            gamma * pow(wrong / total, gamma - 1.0)
        }
        _ => 1.0,
    };
    alpha.max(beta).max(1.0) * focus / total
}
