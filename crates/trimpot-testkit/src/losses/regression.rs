use super::{numbers, scale, sum};
use crate::case::{Answer, Case};
use crate::dual::Dual;
use crate::inputs::Random;
use crate::oracle::ln;

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    let n = p.len() as f64;
    let option = |name, default| case.options.number(name, default);
    let mean = |term: &dyn Fn(Dual, f64) -> Dual| sum(case, p, term) / n;
    Some(match case.loss.as_str() {
        "mse" => mean(&|p, t| (p - t).square()),
        "mae" => mean(&|p, t| (p - t).abs()),
        "huber" => {
            let delta = option("delta", 1.0);
            mean(&|p, t| match (p - t).abs() {
                e if e <= delta => 0.5 * e.square(),
                e => delta * (e - 0.5 * delta),
            })
        }
        "smooth_l1" => {
            let beta = option("beta", 1.0);
            mean(&|p, t| match (p - t).abs() {
                e if e < beta => 0.5 * e.square() / beta,
                e => e - 0.5 * beta,
            })
        }
        "log_cosh" => mean(&|p, t| match (p - t).abs() {
            // cosh² = 1 + sinh².
            e if e < 1.0 => 0.5 * e.sinh().square().ln_1p(),
            e => e + (-2.0 * e).softplus() - ln(2.0),
        }),
        "quantile" => {
            let q = option("quantile", 0.5);
            mean(&|p, t| (q * (t - p)).max((q - 1.0) * (t - p)))
        }
        "msle" => mean(&|p, t| ((p - t) / (1.0 + t)).ln_1p().square()),
        "mape" => mean(&|p, t| 100.0 * (p - t).abs() / t.abs().max(1e-7)),
        "poisson_nll" => {
            let stirling = |t: f64| t * ln(t) - t + 0.5 * ln(core::f64::consts::TAU * t);
            let full = |t| if case.options.flag("full") && t > 1.0 { stirling(t) } else { 0.0 };
            match case.options.0.get("log_input") {
                Some(rates) if rates == false => {
                    mean(&|p, t| p - t * (p + option("eps", 1e-8)).ln() + full(t))
                }
                _ => mean(&|p, t| p.exp() - t * p + full(t)),
            }
        }
        "gaussian_nll" => {
            let (means, variances) = p.split_at(p.len() / 2);
            let n = means.len() as f64;
            let terms = means.iter().zip(variances).zip(case.values()).map(|((&m, &v), t)| {
                // The bound is not differentiated.
                let v = Dual { value: v.value.max(option("eps", 1e-6)), ..v };
                0.5 * (v.ln() + (m - t).square() / v)
            });
            let full = case.options.flag("full");
            let constant = if full { 0.5 * ln(core::f64::consts::TAU) } else { 0.0 };
            terms.sum::<Dual>() / n + constant
        }
        "cosine_similarity" => {
            let of = |term: &dyn Fn(Dual, f64) -> Dual| sum(case, p, term);
            -of(&|p, t| p * t) / (of(&|p, _| p.square()).sqrt() * of(&|_, t| (t * t).into()).sqrt())
        }
        _ => return None,
    })
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let scale = scale(random);
    let signed = |random: &mut Random| numbers(n, random, -scale, scale);
    // Errors stay away from the kinks by more than is rounded.
    let apart = |random: &mut Random, kinks: &[f32]| -> (Vec<f32>, Vec<f32>) {
        let target = numbers(n, random, -scale, scale);
        let prediction = target.iter().map(|target| {
            loop {
                let prediction = random.between(-1.5 * scale, 1.5 * scale);
                let size = (prediction - target).abs();
                if kinks.iter().all(|kink| (size - kink).abs() > 1e-4 * scale) {
                    break prediction;
                }
            }
        });
        (prediction.collect(), target)
    };
    Some(match loss {
        "mse" | "log_cosh" => Case::new(loss, signed(random), Answer::Values(signed(random))),
        "mae" => {
            let (prediction, target) = apart(random, &[0.0]);
            Case::new(loss, prediction, Answer::Values(target))
        }
        "huber" | "smooth_l1" => {
            let kink = scale * random.between(0.1, 2.0);
            let (prediction, target) = apart(random, &[kink]);
            let name = if loss == "huber" { "delta" } else { "beta" };
            Case::new(loss, prediction, Answer::Values(target)).with(name, kink)
        }
        "quantile" => {
            let (prediction, target) = apart(random, &[0.0]);
            let quantile = random.between(0.05, 0.95);
            Case::new(loss, prediction, Answer::Values(target)).with("quantile", quantile)
        }
        "msle" => {
            let target = numbers(n, random, 0.0, scale);
            let least = -scale.min(0.5);
            Case::new(loss, numbers(n, random, least, scale), Answer::Values(target))
        }
        "mape" => {
            let (prediction, target) = apart(random, &[0.0]);
            let target = target.iter().map(|t| t + 2.5 * scale).collect();
            let prediction = prediction.iter().map(|p| p + 2.5 * scale).collect();
            Case::new(loss, prediction, Answer::Values(target))
        }
        "poisson_nll" => {
            let full = random.bits() & 1 == 0;
            let counts = numbers(n, random, 0.0, 12.0 + scale).iter().map(|t| t.floor()).collect();
            let case = if random.bits() & 1 == 0 {
                Case::new(loss, numbers(n, random, -4.0, 4.0), Answer::Values(counts))
            } else {
                Case::new(loss, numbers(n, random, 0.01 * scale, scale), Answer::Values(counts))
                    .with("log_input", false)
                    .with("eps", 1e-8)
            };
            case.with("full", full)
        }
        "gaussian_nll" => {
            let mut prediction = signed(random);
            let variance = self::scale(random);
            prediction.extend(numbers(n, random, 0.1 * variance, variance));
            let target = Answer::Values(signed(random));
            let full = random.bits() & 1 == 0;
            Case::new(loss, prediction, target).with("full", full).in_rows(2)
        }
        "cosine_similarity" => {
            let away = |random: &mut Random| -> Vec<f32> {
                let size = self::scale(random);
                let mut numbers = numbers(n, random, -size, size);
                numbers[0] = size * random.between(0.2, 1.0);
                numbers
            };
            Case::new(loss, away(random), Answer::Values(away(random)))
        }
        _ => return None,
    })
}
