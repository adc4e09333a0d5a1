use trimpot::lanes::Lanes;
use trimpot::loss;
use trimpot::shape::Vector;

use super::{numbers, scale};
use crate::case::{Answer, Case, Outcome};
use crate::inputs::Random;
use crate::lanes;
use crate::oracle::{exp, log_sum_exp};

pub fn run<V: Lanes, const N: usize>(cases: &[Case]) -> Option<Vec<Outcome>> {
    let case = &cases[0];
    Some(match case.loss.as_str() {
        "policy_gradient" => lanes::run::<V, Vector<N>, _>(&loss::PolicyGradient, cases),
        "ppo_clip" => {
            let loss = loss::PpoClip::with_clip(case.option("clip", 0.2));
            let loss = loss.expect("the parameters of a case are valid");
            lanes::run::<V, Vector<N>, _>(&loss, cases)
        }
        _ => return None,
    })
}

pub fn value(case: &Case, p: &[f64]) -> Option<f64> {
    Some(match case.loss.as_str() {
        "policy_gradient" => {
            let (action, advantage, _) = case.action();
            advantage * (log_sum_exp(p) - p[action])
        }
        "ppo_clip" => {
            let (action, advantage, old) = case.action();
            let clip = case.options.number("clip", 0.2);
            let ratio = exp(p[action] - log_sum_exp(p) - old);
            -(ratio * advantage).min(ratio.clamp(1.0 - clip, 1.0 + clip) * advantage)
        }
        _ => return None,
    })
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let scale = scale(random);
    let action = (random.bits() % n as u64) as u32;
    let advantage = random.between(-3.0, 3.0);
    let taken = |old_log_probability| Answer::Action { action, advantage, old_log_probability };
    Some(match loss {
        "policy_gradient" => Case::new(loss, numbers(n, random, -scale, scale), taken(0.0)),
        "ppo_clip" => {
            let clip = random.between(0.1, 0.4);
            let logits = numbers(n, random, -3.0, 3.0);
            let exact: Vec<f64> = logits.iter().map(|&z| f64::from(z)).collect();
            let now = exact[action as usize] - log_sum_exp(&exact);
            let old = loop {
                let old = now as f32 + random.between(-0.7, 0.7);
                // No closer to the kinks than the differences reach.
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
