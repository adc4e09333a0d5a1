use trimpot::lanes::Lanes;
use trimpot::loss;
use trimpot::shape::Rows;

use super::{numbers, scale};
use crate::case::{Answer, Case, ValueAndGradient};
use crate::dual::{Dual, log_sum_exp, neg_log_softmax};
use crate::inputs::Random;
use crate::lanes;

/// The frames, classes and labels of random samples. ([`run`] also knows two frames for two labels,
/// which are too few if the labels are equal.)
const SHAPES: [(usize, usize, usize); 4] = [(1, 2, 1), (6, 4, 2), (10, 5, 3), (12, 11, 5)];

pub fn run<V: Lanes>(cases: &[Case]) -> Option<Vec<ValueAndGradient>> {
    let case = &cases[0];
    if case.loss != "ctc" {
        return None;
    }
    match (case.rows, case.prediction.len() / case.rows, case.labels().len()) {
        (1, 2, 1) => run_shape::<V, 1, 2, 1>(cases),
        (2, 3, 2) => run_shape::<V, 2, 3, 2>(cases),
        (6, 4, 2) => run_shape::<V, 6, 4, 2>(cases),
        (10, 5, 3) => run_shape::<V, 10, 5, 3>(cases),
        (12, 11, 5) => run_shape::<V, 12, 11, 5>(cases),
        _ => None,
    }
}

fn run_shape<V: Lanes, const T: usize, const C: usize, const L: usize>(
    cases: &[Case],
) -> Option<Vec<ValueAndGradient>> {
    let loss = loss::Ctc::<L>::default().with_blank(cases[0].option("blank", 0.0) as u32);
    Some(lanes::run::<V, Rows<T, C>, _>(&loss, cases))
}

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    if case.loss != "ctc" {
        return None;
    }
    let classes = p.len() / case.rows;
    let blank = case.options.number("blank", 0.0) as usize;
    // Labels with blanks around: the states of a path.
    let mut states = vec![blank];
    for label in case.labels().into_iter().take_while(|&label| (label as usize) < classes) {
        states.extend([label as usize, blank]);
    }
    // The logarithm of the probability of all paths so far, for each state they end in.
    let none = Dual::constant(f64::NEG_INFINITY);
    let mut paths = vec![none; states.len()];
    for (frame, logits) in p.chunks(classes).enumerate() {
        let before = |s: usize, back: usize| s.checked_sub(back).map(|from| paths[from]);
        let next = (0..states.len()).map(|s| {
            let skips = s >= 2 && states[s] != blank && states[s] != states[s - 2];
            let two_back = if skips { before(s, 2) } else { None };
            let ways: Vec<Dual> =
                [before(s, 0), before(s, 1), two_back].into_iter().flatten().collect();
            let so_far = match frame {
                0 if s < 2 => Dual::default(),
                0 => none,
                _ => log_sum_exp(&ways),
            };
            so_far - neg_log_softmax(logits, states[s])
        });
        paths = next.collect();
    }
    Some(-log_sum_exp(&paths[states.len().saturating_sub(2)..]))
}

/// Row lengths stand for shapes; all that is asked for is that there are several.
pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    if loss != "ctc" {
        return None;
    }
    let (frames, classes, length) = SHAPES[if n == 1 { 0 } else { 1 + n % 3 }];
    let scale = scale(random);
    // Mostly all labels, sometimes fewer; repeats are frequent where classes are few.
    let known = if random.bits() & 3 == 0 { random.bits() as usize % length } else { length };
    let labels = (0..length).map(|i| {
        if i < known { 1 + (random.bits() % (classes as u64 - 1)) as u32 } else { u32::MAX }
    });
    let labels = Answer::Labels(labels.collect());
    Some(Case::new(loss, numbers(frames * classes, random, -scale, scale), labels).in_rows(frames))
}
