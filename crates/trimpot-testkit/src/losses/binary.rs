use trimpot::lanes::Lanes;
use trimpot::loss;
use trimpot::shape::Vector;

use super::{bits, numbers, scale, sum};
use crate::case::{Answer, Case, Outcome};
use crate::inputs::Random;
use crate::lanes;
use crate::oracle::{ln, pow, sigmoid, softplus};

pub fn run<V: Lanes, const N: usize>(cases: &[Case]) -> Option<Vec<Outcome>> {
    let case = &cases[0];
    let valid = "the parameters of a case are valid";
    Some(match case.loss.as_str() {
        "bce" => lanes::run::<V, Vector<N>, _>(&loss::BinaryCrossEntropy, cases),
        "bce_with_logits" => {
            let weight = case.option("pos_weight", 1.0);
            let loss = loss::BinaryCrossEntropyWithLogits::with_positive_weight(weight);
            lanes::run::<V, Vector<N>, _>(&loss.expect(valid), cases)
        }
        "binary_focal_with_logits" => {
            let loss = loss::BinaryFocal::default().with_alpha(case.option("alpha", 0.25));
            let loss = loss.and_then(|loss| loss.with_gamma(case.option("gamma", 2.0)));
            lanes::run::<V, Vector<N>, _>(&loss.expect(valid), cases)
        }
        _ => return None,
    })
}

pub fn value(case: &Case, p: &[f64]) -> Option<f64> {
    let n = p.len() as f64;
    let mean = |term: &dyn Fn(f64, f64) -> f64| sum(case, p, term) / n;
    Some(match case.loss.as_str() {
        "bce" => mean(&|p, t| -(t * ln(p) + (1.0 - t) * ln(1.0 - p))),
        "bce_with_logits" => {
            let weight = case.options.number("pos_weight", 1.0);
            mean(&|z, t| (1.0 - t) * softplus(z) + weight * t * softplus(-z))
        }
        "binary_focal_with_logits" => {
            let alpha = case.options.number("alpha", 0.25);
            let gamma = case.options.number("gamma", 2.0);
            mean(&|z, t| {
                let balance = alpha * t + (1.0 - alpha) * (1.0 - t);
                let mistake = (1.0 - t) * sigmoid(z) + t * sigmoid(-z);
                let entropy = (1.0 - t) * softplus(z) + t * softplus(-z);
                balance * pow(mistake, gamma) * entropy
            })
        }
        _ => return None,
    })
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let scale = scale(random);
    let soft = random.bits() & 1 == 0;
    let target = if soft { numbers(n, random, 0.0, 1.0) } else { bits(n, random, 0.0) };
    Some(match loss {
        "bce" => Case::new(loss, numbers(n, random, 0.01, 0.99), Answer::Values(target)),
        "bce_with_logits" => {
            Case::new(loss, numbers(n, random, -scale, scale), Answer::Values(target))
                .with("pos_weight", random.between(0.1, 5.0))
        }
        "binary_focal_with_logits" => {
            let gamma = [0.0, 0.5, 1.0, 2.0, 5.0][random.bits() as usize % 5];
            Case::new(loss, numbers(n, random, -scale, scale), Answer::Values(target))
                .with("alpha", random.between(0.0, 1.0))
                .with("gamma", gamma)
        }
        _ => return None,
    })
}
