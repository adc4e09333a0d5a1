use super::{numbers, scale};
use crate::case::{Answer, Case};
use crate::dual::{Dual, neg_log_softmax};
use crate::inputs::Random;
use crate::oracle::exp;

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    Some(match case.loss.as_str() {
        "policy_gradient" => {
            let (action, advantage, _) = case.action();
            advantage * neg_log_softmax(p, action)
        }
        "ppo_clip" => {
            let (action, advantage, old) = case.action();
            let clip = case.options.number("clip", 0.2);
            let ratio = (-neg_log_softmax(p, action) - old).exp();
            -(ratio * advantage).min(ratio.max(1.0 - clip).min(1.0 + clip) * advantage)
        }
        _ => return None,
    })
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let scale = scale(random);
    let action = (random.bits() % n as u64) as u32;
    let advantage = self::scale(random) * random.between(-1.0, 1.0);
    let taken = |old_log_probability| Answer::Action { action, advantage, old_log_probability };
    Some(match loss {
        "policy_gradient" => Case::new(loss, numbers(n, random, -scale, scale), taken(0.0)),
        "ppo_clip" => {
            let clip = random.between(0.1, 0.4);
            let logits = numbers(n, random, -scale, scale);
            let exact: Vec<Dual> = logits.iter().map(|&z| Dual::constant(f64::from(z))).collect();
            let now = -neg_log_softmax(&exact, action as usize).value;
            let old = loop {
                let old = now as f32 + random.between(-0.7, 0.7);
                // No closer to the kinks than is rounded.
                let change = (exp(now - f64::from(old)) - 1.0).abs();
                if (change - f64::from(clip)).abs() > 1e-3 {
                    break old;
                }
            };
            Case::new(loss, logits, taken(old)).with("clip", clip)
        }
        _ => return None,
    })
}
