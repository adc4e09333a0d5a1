use trimpot::lanes::Lanes;
use trimpot::loss;
use trimpot::shape::Rows;

use super::numbers;
use crate::case::{Answer, Case, Outcome};
use crate::inputs::Random;
use crate::lanes;
use crate::oracle::log_sum_exp;

/// Queries and keys in a batch.
const VIEWS: usize = 8;

pub fn run<V: Lanes, const N: usize>(cases: &[Case]) -> Option<Vec<Outcome>> {
    let case = &cases[0];
    let valid = "the parameters of a case are valid";
    Some(match case.loss.as_str() {
        "margin_ranking" => {
            let loss = loss::MarginRanking::with_margin(case.option("margin", 0.0));
            lanes::run::<V, Rows<2, N>, _>(&loss.expect(valid), cases)
        }
        "cosine_embedding" => {
            let loss = loss::CosineEmbedding::with_margin(case.option("margin", 0.0));
            lanes::run::<V, Rows<2, N>, _>(&loss.expect(valid), cases)
        }
        "contrastive" => {
            let loss = loss::Contrastive::with_margin(case.option("margin", 1.0));
            lanes::run::<V, Rows<2, N>, _>(&loss.expect(valid), cases)
        }
        "triplet_margin" => {
            let loss = loss::TripletMargin::with_margin(case.option("margin", 1.0))
                .and_then(|loss| loss.with_epsilon(case.option("eps", 1e-6)))
                .expect(valid);
            let manhattan = case.option("p", 2.0) == 1.0;
            let loss = if manhattan { loss.with_manhattan_distance() } else { loss };
            lanes::run::<V, Rows<3, N>, _>(&loss, cases)
        }
        "info_nce" => {
            let loss = loss::InfoNce::with_temperature(case.option("temperature", 0.07));
            lanes::run::<V, Rows<VIEWS, N>, _>(&loss.expect(valid), cases)
        }
        _ => return None,
    })
}

pub fn value(case: &Case, p: &[f64]) -> Option<f64> {
    let option = |name, default| case.options.number(name, default);
    let rows: Vec<&[f64]> = p.chunks(p.len() / case.rows).collect();
    Some(match case.loss.as_str() {
        "margin_ranking" => {
            let pairs = rows[0].iter().zip(rows[1]);
            let terms =
                pairs.map(|(a, b)| (option("margin", 0.0) - case.number() * (a - b)).max(0.0));
            terms.sum::<f64>() / rows[0].len() as f64
        }
        "cosine_embedding" => match cosine(rows[0], rows[1]) {
            cosine if case.number() > 0.0 => 1.0 - cosine,
            cosine => (cosine - option("margin", 0.0)).max(0.0),
        },
        "contrastive" => match distance(rows[0], rows[1], 2.0, 0.0) {
            distance if case.number() > 0.0 => distance * distance,
            distance => (option("margin", 1.0) - distance).max(0.0).powi(2),
        },
        "triplet_margin" => triplet_shortfall(case, &rows).max(0.0),
        "info_nce" => {
            let (queries, keys) = rows.split_at(rows.len() / 2);
            let surprises = queries.iter().enumerate().map(|(i, query)| {
                let logits =
                    keys.iter().map(|key| cosine(query, key) / option("temperature", 0.07));
                let logits: Vec<f64> = logits.collect();
                log_sum_exp(&logits) - logits[i]
            });
            surprises.sum::<f64>() / queries.len() as f64
        }
        _ => return None,
    })
}

fn triplet_shortfall(case: &Case, rows: &[&[f64]]) -> f64 {
    let option = |name, default| case.options.number(name, default);
    let to_anchor = |row| distance(rows[0], row, option("p", 2.0), option("eps", 1e-6));
    to_anchor(rows[1]) - to_anchor(rows[2]) + option("margin", 1.0)
}

fn distance(a: &[f64], b: &[f64], p: f64, epsilon: f64) -> f64 {
    let differences = a.iter().zip(b).map(|(a, b)| (a - b + epsilon).abs());
    if p == 1.0 { differences.sum() } else { differences.map(|d| d * d).sum::<f64>().sqrt() }
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let sign = Answer::Number(if random.bits() & 1 == 0 { 1.0 } else { -1.0 });
    let manhattan = random.bits() & 1 == 0;
    let parameter = random.between(0.2, 2.0);
    loop {
        let rows = |count: usize, random: &mut Random| {
            let mut prediction = numbers(count * n, random, -1.0, 1.0);
            // No row so short that its gradient is beyond what differences can tell.
            for row in prediction.chunks_mut(n) {
                row[0] = row[0].signum() * (0.2 + row[0].abs());
            }
            prediction
        };
        let sign = sign.clone();
        let case = match loss {
            "margin_ranking" => {
                Case::new(loss, rows(2, random), sign).with("margin", parameter).in_rows(2)
            }
            "cosine_embedding" => {
                Case::new(loss, rows(2, random), sign).with("margin", parameter - 1.1).in_rows(2)
            }
            "contrastive" => {
                Case::new(loss, rows(2, random), sign).with("margin", 5.0 * parameter).in_rows(2)
            }
            "triplet_margin" => Case::new(loss, rows(3, random), Answer::Nothing)
                .with("margin", parameter)
                .with("p", if manhattan { 1.0 } else { 2.0 })
                .in_rows(3),
            "info_nce" => Case::new(loss, rows(VIEWS, random), Answer::Nothing)
                .with("temperature", parameter)
                .in_rows(VIEWS),
            _ => return None,
        };
        if far_from_kinks(&case) {
            break Some(case);
        }
    }
}

/// Whether no kink is as near as the differences reach.
fn far_from_kinks(case: &Case) -> bool {
    let all: Vec<f64> = case.prediction.iter().map(|&x| f64::from(x)).collect();
    let rows: Vec<&[f64]> = all.chunks(all.len() / case.rows).collect();
    let margin = case.options.number("margin", 0.0);
    let far = |x: f64| x.abs() > 1e-4;
    let apart = |other: &[f64]| rows[0].iter().zip(other).all(|(a, b)| far(a - b));
    match case.loss.as_str() {
        "margin_ranking" => {
            let mut pairs = rows[0].iter().zip(rows[1]);
            pairs.all(|(a, b)| far(margin - case.number() * (a - b)))
        }
        "cosine_embedding" => far(cosine(rows[0], rows[1]) - margin),
        "contrastive" => distance(rows[0], rows[1], 2.0, 0.0) > 0.1,
        "triplet_margin" => {
            let distances = rows[1..].iter().map(|row| distance(rows[0], row, 2.0, 0.0));
            let smooth = distances.into_iter().all(|distance| distance > 0.1);
            smooth && apart(rows[1]) && apart(rows[2]) && far(triplet_shortfall(case, &rows))
        }
        _ => true,
    }
}
