use super::{bits, numbers, scale, sum};
use crate::case::{Answer, Case};
use crate::dual::Dual;
use crate::inputs::Random;

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    let n = p.len() as f64;
    let mean = |term: &dyn Fn(Dual, f64) -> Dual| sum(case, p, term) / n;
    Some(match case.loss.as_str() {
        "bce" => mean(&|p, t| -(t * p.ln() + (1.0 - t) * (-p).ln_1p())),
        "bce_with_logits" => {
            let weight = case.options.number("pos_weight", 1.0);
            mean(&|z, t| (1.0 - t) * z.softplus() + weight * t * (-z).softplus())
        }
        "binary_focal_with_logits" => {
            let alpha = case.options.number("alpha", 0.25);
            let gamma = case.options.number("gamma", 2.0);
            mean(&|z, t| {
                let balance = alpha * t + (1.0 - alpha) * (1.0 - t);
                let mistake = (1.0 - t) * z.sigmoid() + t * (-z).sigmoid();
                let entropy = (1.0 - t) * z.softplus() + t * (-z).softplus();
                balance * mistake.pow(gamma) * entropy
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
        "bce" => {
            let least = scale.min(0.5);
            let near_one = random.bits() & 1 == 0;
            let prediction = numbers(n, random, 0.01 * least, least);
            let prediction = prediction
                .iter()
                .map(|p| if near_one { (1.0 - p).min(1f32.next_down()) } else { *p });
            Case::new(loss, prediction.collect(), Answer::Values(target))
        }
        "bce_with_logits" => {
            Case::new(loss, numbers(n, random, -scale, scale), Answer::Values(target))
                .with("pos_weight", self::scale(random))
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
