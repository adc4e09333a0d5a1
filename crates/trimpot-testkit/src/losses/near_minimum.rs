//! Samples near the minimum of 0: errors of 10⁻⁸ to 10⁻², logits that are right by 5 to 80.

use super::{bits, numbers, probabilities};
use crate::case::{Answer, Case};
use crate::inputs::Random;
use crate::oracle::{ln, pow};

/// The largest probability that is not 1.
const BELOW_ONE: f32 = 1f32.next_down();

/// Returns a sample whose loss is small; `None` for losses that have no minimum of 0.
pub fn case(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let small = pow(10.0, f64::from(random.between(-8.0, -2.0))) as f32;
    // What is left of it beside 100.
    let coarse = small.max(1e-3);
    let lead = random.between(5.0, 80.0);
    let label = random.bits() as usize % n;
    let bit = bits(n, random, 0.0);
    let sign = bits(n, random, -1.0);
    let errors = numbers(n, random, small, 2.0 * small);
    let shifted =
        |from: &[f32], by: f32| from.iter().zip(&errors).map(|(x, e)| x + by * e).collect();
    let product = |a: &[f32], b: f32| a.iter().map(|a| a * b).collect::<Vec<_>>();
    let sure = |labels: &[f32]| labels.iter().map(|t| (2.0 * t - 1.0) * lead).collect::<Vec<_>>();
    // Where labels are 1, a little less than 1; a little more than 0 elsewhere.
    let nearly = |labels: &[f32]| {
        labels.iter().zip(&errors).map(|(t, e)| (t - e).abs().min(BELOW_ONE)).collect::<Vec<_>>()
    };
    let one_hot: Vec<f32> = (0..n).map(|class| f32::from(u8::from(class == label))).collect();
    let logits = |random: &mut Random| {
        let mut logits = numbers(n, random, -2.0, 2.0);
        logits[label] = 2.0 + lead;
        logits
    };
    let values = Answer::Values;
    let class = || Answer::Class(label as u32);
    let rows = |rows: [&[f32]; 2]| rows.concat();
    Some(match loss {
        "mse" | "mae" | "huber" | "smooth_l1" | "log_cosh" | "quantile" => {
            let size = small * [0.0, 10.0, 1e5][random.bits() as usize % 3];
            let target = numbers(n, random, -size, size);
            Case::new(loss, shifted(&target, sign[0]), values(target))
        }
        "msle" | "mape" => {
            let target = numbers(n, random, 0.5, 100.0);
            Case::new(loss, shifted(&target, sign[0]), values(target))
        }
        "bce" => Case::new(loss, nearly(&bit), values(bit)),
        "bce_with_logits" | "binary_focal_with_logits" | "multilabel_soft_margin" => {
            Case::new(loss, sure(&bit), values(bit))
        }
        "soft_margin" => Case::new(loss, product(&sign, lead), values(sign)),
        "cross_entropy" if random.bits() & 1 == 0 => {
            let weight = numbers(n, random, 0.1, 3.0);
            Case::new(loss, logits(random), class()).with("weight", weight)
        }
        "cross_entropy" | "focal" => Case::new(loss, logits(random), class()),
        "soft_cross_entropy" => Case::new(loss, logits(random), values(one_hot)),
        "categorical_cross_entropy" => Case::new(loss, nearly(&one_hot), values(one_hot)),
        "kl_divergence_with_logits" if random.bits() & 1 == 0 => {
            Case::new(loss, logits(random), values(one_hot))
        }
        "kl_divergence_with_logits" => {
            let target = probabilities(n, random);
            let logits: Vec<f32> = target.iter().map(|&t| ln(f64::from(t)) as f32 + lead).collect();
            Case::new(loss, shifted(&logits, 1.0), values(target))
        }
        "rescaled_square" => {
            let target = [1.0, 1e-3, 30.0][random.bits() as usize % 3];
            let outputs = shifted(&product(&one_hot, target), sign[0]);
            Case::new(loss, outputs, class()).with("k", random.between(0.1, 30.0)).with("M", target)
        }
        "hinge" | "squared_hinge" | "lovasz_hinge" => {
            let prediction =
                errors.iter().zip(&sign).map(|(error, sign)| sign * (1.0 - error).min(BELOW_ONE));
            let prediction = prediction.collect();
            Case::new(
                loss,
                prediction,
                values(if loss == "lovasz_hinge" { bit_of(&sign) } else { sign }),
            )
        }
        "multi_margin" | "categorical_hinge" => {
            // One rival is short of the lead, all others are far behind.
            let mut scores: Vec<f32> =
                (0..n).map(|class| lead.floor() - 2.0 * (class + 1) as f32).collect();
            scores[(label + 1) % n] = lead.floor() + coarse;
            scores[label] = lead.floor() + 1.0;
            Case::new(loss, scores, class())
        }
        "multilabel_margin" => {
            let score = |bit: &f32| lead.floor() + bit * (1.0 - coarse);
            Case::new(loss, bit.iter().map(score).collect(), values(bit))
        }
        "hinge_embedding" => {
            let far =
                errors.iter().zip(&sign).map(|(e, sign)| if *sign > 0.0 { *e } else { 1.0 - e });
            Case::new(loss, far.collect(), values(sign))
        }
        "margin_ranking" => {
            let second = numbers(n, random, -4.0, 4.0);
            let first: Vec<f32> = shifted(&product(&second, 1.0), -sign[0]);
            Case::new(loss, rows([&first, &second]), Answer::Number(sign[0])).in_rows(2)
        }
        "cosine_embedding" | "contrastive" => {
            let first = numbers(n, random, 0.5, 2.0);
            let second: Vec<f32> = shifted(&first, sign[0]);
            Case::new(loss, rows([&first, &second]), Answer::Number(1.0)).in_rows(2)
        }
        "triplet_margin" => {
            let (anchor, mut far) = (numbers(n, random, -2.0, 2.0), vec![0.0; n]);
            far.copy_from_slice(&anchor);
            far[label] += 1.0;
            let near = anchor.iter().map(|x| x + coarse).collect();
            Case::new(loss, [anchor, near, far].concat(), Answer::Nothing).in_rows(3)
        }
        "info_nce" => {
            let queries = numbers(4 * n, random, -2.0, 2.0);
            let keys = queries.iter().map(|x| x * (1.0 + small * random.between(-1.0, 1.0)));
            let keys: Vec<f32> = keys.collect();
            Case::new(loss, rows([&queries, &keys]), Answer::Nothing).in_rows(8)
        }
        "dice" | "jaccard" | "tversky" | "focal_tversky" => {
            Case::new(loss, nearly(&bit), values(bit))
        }
        "ctc" => {
            // Blank, label, blank, label …
            let path = [0, 1, 0, 2, 0, 0];
            let sure = |class: usize| (0..4).map(move |c| if c == class { lead } else { 0.0 });
            let logits = path.into_iter().flat_map(sure).collect();
            Case::new(loss, logits, Answer::Labels(vec![1, 2])).in_rows(6)
        }
        _ => return None,
    })
}

fn bit_of(signs: &[f32]) -> Vec<f32> {
    signs.iter().map(|sign| sign.max(0.0)).collect()
}
