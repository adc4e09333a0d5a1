use super::{numbers, scale};
use crate::case::{Answer, Case};
use crate::dual::{Dual, neg_log_softmax};
use crate::inputs::Random;

/// Queries and keys in a batch.
const VIEWS: usize = 8;

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    let option = |name, default| case.options.number(name, default);
    let rows: Vec<&[Dual]> = p.chunks(p.len() / case.rows).collect();
    Some(match case.loss.as_str() {
        "margin_ranking" => {
            let pairs = rows[0].iter().zip(rows[1]);
            let terms =
                pairs.map(|(&a, &b)| (option("margin", 0.0) - case.number() * (a - b)).max(0.0));
            terms.sum::<Dual>() / rows[0].len() as f64
        }
        "cosine_embedding" => match cosine(rows[0], rows[1]) {
            cosine if case.number() > 0.0 => 1.0 - cosine,
            cosine => (cosine - option("margin", 0.0)).max(0.0),
        },
        "contrastive" => match distance(rows[0], rows[1], 2.0, 0.0) {
            distance if case.number() > 0.0 => distance.square(),
            distance => (option("margin", 1.0) - distance).max(0.0).square(),
        },
        "triplet_margin" => triplet_shortfall(case, &rows).max(0.0),
        "info_nce" => {
            let (queries, keys) = rows.split_at(rows.len() / 2);
            let neg_log_probs = queries.iter().enumerate().map(|(i, query)| {
                let logits =
                    keys.iter().map(|key| cosine(query, key) / option("temperature", 0.07));
                let logits: Vec<Dual> = logits.collect();
                neg_log_softmax(&logits, i)
            });
            neg_log_probs.sum::<Dual>() / queries.len() as f64
        }
        _ => return None,
    })
}

fn triplet_shortfall(case: &Case, rows: &[&[Dual]]) -> Dual {
    let option = |name, default| case.options.number(name, default);
    let to_anchor = |row| distance(rows[0], row, option("p", 2.0), option("eps", 1e-6));
    to_anchor(rows[1]) - to_anchor(rows[2]) + option("margin", 1.0)
}

fn distance(a: &[Dual], b: &[Dual], p: f64, epsilon: f64) -> Dual {
    let differences = a.iter().zip(b).map(|(&a, &b)| (a - b + epsilon).abs());
    if p == 1.0 { differences.sum() } else { differences.map(Dual::square).sum::<Dual>().sqrt() }
}

fn dot(a: &[Dual], b: &[Dual]) -> Dual {
    a.iter().zip(b).map(|(&a, &b)| a * b).sum()
}

fn cosine(a: &[Dual], b: &[Dual]) -> Dual {
    dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt())
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let sign = Answer::Number(if random.bits() & 1 == 0 { 1.0 } else { -1.0 });
    let manhattan = random.bits() & 1 == 0;
    let parameter = random.between(0.2, 2.0);
    let scale = scale(random);
    loop {
        let rows = |count: usize, random: &mut Random| {
            let mut prediction = numbers(count * n, random, -scale, scale);
            for row in prediction.chunks_mut(n) {
                row[0] = row[0].signum() * (0.2 * scale + row[0].abs());
            }
            prediction
        };
        let sign = sign.clone();
        let case = match loss {
            "margin_ranking" => {
                Case::new(loss, rows(2, random), sign).with("margin", scale * parameter).in_rows(2)
            }
            "cosine_embedding" => {
                Case::new(loss, rows(2, random), sign).with("margin", parameter - 1.1).in_rows(2)
            }
            "contrastive" => Case::new(loss, rows(2, random), sign)
                .with("margin", 5.0 * scale * parameter)
                .in_rows(2),
            "triplet_margin" => Case::new(loss, rows(3, random), Answer::Nothing)
                .with("margin", scale * parameter)
                .with("p", if manhattan { 1.0 } else { 2.0 })
                .in_rows(3),
            "info_nce" => Case::new(loss, rows(VIEWS, random), Answer::Nothing)
                .with("temperature", parameter)
                .in_rows(VIEWS),
            _ => return None,
        };
        if far_from_kinks(&case, f64::from(scale)) {
            break Some(case);
        }
    }
}

/// Returns whether no kink is nearer than is rounded, for rows of this size.
fn far_from_kinks(case: &Case, scale: f64) -> bool {
    let all = super::constants(case);
    let rows: Vec<&[Dual]> = all.chunks(all.len() / case.rows).collect();
    let margin = case.options.number("margin", 0.0);
    let far = |x: Dual| x.abs() > 1e-4 * scale;
    let apart = |other: &[Dual]| rows[0].iter().zip(other).all(|(&a, &b)| far(a - b));
    match case.loss.as_str() {
        "margin_ranking" => {
            let mut pairs = rows[0].iter().zip(rows[1]);
            pairs.all(|(&a, &b)| far(margin - case.number() * (a - b)))
        }
        "cosine_embedding" => (cosine(rows[0], rows[1]) - margin).abs() > 1e-4,
        "contrastive" => {
            let distance = distance(rows[0], rows[1], 2.0, 0.0);
            distance > 0.1 * scale && far(distance - margin)
        }
        "triplet_margin" => {
            let distances = rows[1..].iter().map(|row| distance(rows[0], row, 2.0, 0.0));
            let smooth = distances.into_iter().all(|distance| distance > 0.1 * scale);
            smooth && apart(rows[1]) && apart(rows[2]) && far(triplet_shortfall(case, &rows))
        }
        _ => true,
    }
}
