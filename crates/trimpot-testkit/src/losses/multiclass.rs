use trimpot::lanes::Lanes;
use trimpot::loss;
use trimpot::loss::spec::LossKind;
use trimpot::shape::Vector;

use super::{numbers, probabilities, scale, sum};
use crate::case::{Answer, Case, ValueAndGradient};
use crate::dual::{Dual, neg_log_softmax};
use crate::inputs::Random;
use crate::lanes;
use crate::oracle::ln;

/// Runs cases with class weights, which are part of the type; `None` if there are none.
pub fn run_weighted<V: Lanes, const N: usize>(cases: &[Case]) -> Option<Vec<ValueAndGradient>> {
    let case = &cases[0];
    let valid = "the parameters of a case are valid";
    let weights = case.options.numbers("weight")?;
    let weights = std::array::from_fn::<f32, N, _>(|class| weights[class] as f32);
    Some(match case.loss.as_str() {
        "cross_entropy" => {
            let smoothing = case.option("label_smoothing", 0.0);
            let loss = loss::CrossEntropy::new().with_label_smoothing(smoothing).expect(valid);
            let loss = loss.with_class_weights(weights).expect(valid);
            lanes::run::<V, Vector<N>, _>(&loss, cases)
        }
        "nll" => {
            let loss = loss::Nll::new().with_class_weights(weights).expect(valid);
            lanes::run::<V, Vector<N>, _>(&loss, cases)
        }
        "rescaled_square" => {
            let loss = loss::RescaledSquare::configured(|setting| case.setting(setting));
            let loss = loss.expect(valid).with_class_weights(weights).expect(valid);
            lanes::run::<V, Vector<N>, _>(&loss, cases)
        }
        _ => return None,
    })
}

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    let n = p.len() as f64;
    Some(match case.loss.as_str() {
        "cross_entropy" => {
            let smoothing = case.options.number("label_smoothing", 0.0);
            let weights = case.options.numbers("weight").unwrap_or(vec![1.0; p.len()]);
            let share = |j: usize| {
                let at_label = if j == case.class() { 1.0 - smoothing } else { 0.0 };
                weights[j] * (at_label + smoothing / n)
            };
            (0..p.len())
                .filter(|&j| share(j) != 0.0)
                .map(|j| share(j) * neg_log_softmax(p, j))
                .sum()
        }
        "soft_cross_entropy" => expected(case, p, |_| 0.0),
        "categorical_cross_entropy" => {
            sum(case, p, |p, t| if t == 0.0 { 0.0.into() } else { -t * p.ln() })
        }
        "nll" => {
            let weights = case.options.numbers("weight").unwrap_or(vec![1.0; p.len()]);
            -weights[case.class()] * p[case.class()]
        }
        "kl_divergence" => sum(case, p, |x, t| if t == 0.0 { 0.0.into() } else { t * (ln(t) - x) }),
        "kl_divergence_with_logits" => expected(case, p, ln),
        "focal" => {
            let others = (0..p.len()).filter(|&class| class != case.class());
            let mistake = others.map(|class| (-neg_log_softmax(p, class)).exp()).sum::<Dual>();
            mistake.pow(case.options.number("gamma", 2.0)) * neg_log_softmax(p, case.class())
        }
        "rescaled_square" => {
            let weights = case.options.numbers("weight").unwrap_or(vec![1.0; p.len()]);
            let [k, m] = ["k", "M"].map(|setting| case.options.number(setting, 1.0));
            let squares = (0..p.len()).map(|class| match class {
                class if class == case.class() => k * (p[class] - m).square(),
                _ => p[class].square(),
            });
            weights[case.class()] * squares.sum::<Dual>() / n
        }
        _ => return None,
    })
}

/// Σ t·(entropy(t) − ln softmax), over all targets but 0.
fn expected(case: &Case, p: &[Dual], entropy: impl Fn(f64) -> f64) -> Dual {
    let targets = case.values().into_iter().enumerate().filter(|&(_, t)| t != 0.0);
    targets.map(|(class, t)| t * (entropy(t) + neg_log_softmax(p, class))).sum()
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let scale = scale(random);
    let class = Answer::Class((random.bits() % n as u64) as u32);
    Some(match loss {
        "cross_entropy" => {
            let mut case = Case::new(loss, numbers(n, random, -scale, scale), class);
            if random.bits() & 1 == 0 {
                case = case.with("label_smoothing", random.between(0.0, 1.0));
            }
            if random.bits() & 1 == 0 {
                let weight = self::scale(random);
                case = case.with("weight", numbers(n, random, 0.1 * weight, weight));
            }
            case
        }
        "soft_cross_entropy" => {
            let target = Answer::Values(probabilities(n, random));
            Case::new(loss, numbers(n, random, -scale, scale), target)
        }
        "categorical_cross_entropy" => {
            let target = Answer::Values(probabilities(n, random));
            Case::new(loss, numbers(n, random, 0.01 * scale.min(1.0), scale.min(1.0)), target)
        }
        "nll" => {
            let case = Case::new(loss, numbers(n, random, -scale, 0.0), class);
            if random.bits() & 1 == 0 {
                case.with("weight", numbers(n, random, 0.1, 3.0))
            } else {
                case
            }
        }
        "kl_divergence" | "kl_divergence_with_logits" => {
            let target = if random.bits() & 1 == 0 {
                probabilities(n, random)
            } else {
                let certain = random.bits() as usize % n;
                (0..n).map(|class| if class == certain { 1.0 } else { 0.0 }).collect()
            };
            let high = if loss == "kl_divergence" { 0.0 } else { scale };
            Case::new(loss, numbers(n, random, -scale, high), Answer::Values(target))
        }
        "focal" => {
            let gamma = [0.0, 0.5, 1.0, 2.0, 5.0][random.bits() as usize % 5];
            Case::new(loss, numbers(n, random, -scale, scale), class).with("gamma", gamma)
        }
        "rescaled_square" => {
            let mut case = Case::new(loss, numbers(n, random, -scale, scale), class);
            if random.bits() & 1 == 0 {
                let target = scale * random.between(0.5, 2.0);
                case = case.with("k", random.between(0.1, 30.0)).with("M", target);
            }
            if random.bits() & 1 == 0 {
                case = case.with("weight", numbers(n, random, 0.1, 3.0));
            }
            case
        }
        _ => return None,
    })
}
