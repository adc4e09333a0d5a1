//! Samples that were wrong once, against the formula in `f64`: each element of the gradient, and
//! the value.

use trimpot::shape::Rows;
use trimpot_testkit::case::{Answer, Case, ValueAndGradient};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::precision::{LOSS, promised_loss};
use trimpot_testkit::{lanes, losses};

use super::{Worst, compare, relative, run};

fn values(target: &[f32]) -> Answer {
    Answer::Values(target.to_vec())
}

fn action(action: u32, advantage: f32, old_log_probability: f32) -> Answer {
    Answer::Action { action, advantage, old_log_probability }
}

fn tversky(p: f32) -> Case {
    Case::new("tversky", vec![p], values(&[0.0]))
        .with("alpha", 1.428_f32)
        .with("beta", 0.567_f32)
        .with("smooth", 1e-6_f32)
}

/// `n` numbers, uniform on ±`scale`.
fn numbers(n: usize, scale: f32, random: &mut Random) -> Vec<f32> {
    (0..n).map(|_| random.between(-scale, scale)).collect()
}

/// Holds outcomes of one loss to its promise.
fn hold(of: &str, cases: &[Case], run: impl Fn(&Case) -> ValueAndGradient) {
    let (mut value, mut gradient) = (Worst::default(), Worst::default());
    for case in cases {
        compare(case, &run(case), &mut value, &mut gradient);
    }
    println!("{of:<28} {:.2e} {:.2e}", value.distance, gradient.distance);
    assert!(value.tried == cases.len() && gradient.tried >= cases.len(), "{of}");
    let bound = promised_loss(&cases[0].loss).unwrap();
    for worst in [value, gradient] {
        assert!(worst.distance <= bound, "{of}: {:.2e} at {}", worst.distance, worst.at);
    }
}

/// Samples that were wrong once, with the right value and the right gradient at one element.
#[test]
fn small_and_large_numbers_that_went_wrong_are_right() {
    let cases = [
        (Case::new("log_cosh", vec![1e-4], values(&[0.0])), 5e-9, 1e-4),
        (Case::new("log_cosh", vec![1e-3], values(&[0.0])), 4.999_999_2e-7, 9.999_997e-4),
        (
            Case::new("cross_entropy", vec![20.0, 0.0], Answer::Class(0)),
            2.061_153_6e-9,
            -2.061_153_6e-9,
        ),
        (Case::new("msle", vec![9.0001], values(&[9.0])), 1.002_708e-10, 2.002_686e-6),
        (
            Case::new("policy_gradient", vec![20.0, 0.0], action(0, 45.8, 0.0)),
            45.8 * 2.061_153_6e-9,
            -45.8 * 2.061_153_6e-9,
        ),
        (
            Case::new("ppo_clip", vec![-1000.3, 0.0], action(0, 2.0, -1000.4)),
            -2.210_422_8,
            -2.210_422_8,
        ),
        (tversky(3.42e-4), 0.997_956_6, 5.962_698),
        // α / D times one less the index, where most digits cancel, was 5.951139.
        (tversky(3.423_360_5e-4), 0.997_958_6, 5.951_022),
    ];
    for (case, value, slope) in cases {
        let ValueAndGradient { value: found, gradient } = run(&case);
        let (exact, by_first) =
            (losses::value(&case).unwrap(), losses::gradient(&case).unwrap()[0]);
        // What is written here is what the formula gives.
        assert!(
            (exact / value - 1.0).abs() <= 1e-6 && (by_first / slope - 1.0).abs() <= 1e-6,
            "{case:?} {exact:e} {by_first:e}"
        );
        assert!(relative(found, exact) <= 1e-6, "{case:?}: {found:e}, exact {exact:e}");
        assert!(
            relative(gradient[0], by_first) <= 1e-6,
            "{case:?}: {:e}, exact {by_first:e}",
            gradient[0]
        );
    }
}

/// Triplets of rows, of which the distances are much longer than what they differ by.
fn triplets(n: usize, manhattan: bool) -> Vec<Case> {
    let mut random = Random::new(0x7121);
    let triplet = |scale: f32| {
        let mut anchor = numbers(n, scale, &mut random);
        let positive = numbers(n, scale, &mut random);
        let near = numbers(n, 1e-3 * scale, &mut random);
        let negative: Vec<f32> = positive.iter().zip(&near).map(|(p, near)| p + near).collect();
        anchor.extend(positive);
        anchor.extend(negative);
        Case::new("triplet_margin", anchor, Answer::Nothing)
            .with("margin", scale)
            .with("p", if manhattan { 1.0 } else { 2.0 })
            .in_rows(3)
    };
    [1.0, 30.0, 0.1].repeat(20).into_iter().map(triplet).collect()
}

#[test]
fn triplets_of_long_rows_keep_their_promise() {
    fn run<const N: usize>(case: &Case) -> ValueAndGradient {
        let loss = trimpot::loss::TripletMargin::default()
            .with_margin(case.option("margin", 1.0))
            .unwrap();
        let manhattan = case.option("p", 2.0) == 1.0;
        let loss = if manhattan { loss.with_manhattan_distance() } else { loss };
        let result = lanes::run::<f32, Rows<3, N>, _>(&loss, std::slice::from_ref(case)).remove(0);
        // More than is promised: distances that are subtracted from each other lost 5e-5.
        let exact = losses::value(case).unwrap();
        assert!(manhattan || relative(result.value, exact) <= LOSS, "{N}: {result:?}, {exact}");
        result
    }
    for manhattan in [false, true] {
        let of = |n| format!("triplet_margin of {n}, {manhattan}");
        hold(&of(10), &triplets(10, manhattan), run::<10>);
        hold(&of(100), &triplets(100, manhattan), run::<100>);
        hold(&of(1000), &triplets(1000, manhattan), run::<1000>);
    }
}

/// The gradient is exactly 0 for rows of one number, which point one way or the other.
#[test]
fn directions_of_short_rows_keep_their_promise() {
    let short = [-3.448_363e-6, 7.058_939_7e-4];
    let vanish = |cases: &[Case]| {
        for case in cases {
            let gradient = run(case).gradient;
            assert!(gradient.iter().all(|&of| of == 0.0), "{case:?}: {gradient:?}");
        }
    };
    let alone = [Case::new("cosine_similarity", vec![short[0]], values(&short[1..]))];
    hold("cosine_similarity", &alone, run);
    vanish(&alone);
    let pair = |row: [f32; 2], number| {
        Case::new("cosine_embedding", row.to_vec(), Answer::Number(number)).in_rows(2)
    };
    let toward = [-short[0], short[1]];
    let pairs = [pair(short, 1.0), pair(toward, 1.0), pair(toward, -1.0)];
    hold("cosine_embedding", &pairs, run);
    vanish(&pairs);
    let mut views = short.repeat(4);
    views[5] = -views[5];
    let views = [Case::new("info_nce", views, Answer::Nothing).in_rows(8)];
    hold("info_nce", &views, run);
    vanish(&views);
}

#[test]
fn policies_of_large_logits_keep_their_promise() {
    let large = [
        (vec![1000.3, 1000.0], 0),
        (vec![1000.3, 1000.0], 1),
        (vec![1000.0, 1003.7, 998.2, 1001.1, 1002.9], 2),
        (vec![-1000.0, -1003.7, -998.2, -1001.1, -1002.9], 4),
        (vec![12_345.6, 12_345.0], 1),
    ];
    let (mut ppo, mut gradients) = (Vec::new(), Vec::new());
    for (logits, taken) in large {
        let log_probabilities: Vec<f64> = {
            let largest = logits.iter().fold(f64::MIN, |a, &z: &f32| a.max(z.into()));
            let sum: f64 = logits.iter().map(|&z| (f64::from(z) - largest).exp()).sum();
            logits.iter().map(|&z| f64::from(z) - largest - sum.ln()).collect()
        };
        let old = log_probabilities[taken] as f32;
        for advantage in [45.8, -45.8, 1e-3] {
            for change in [-0.1, 0.05] {
                let taken = action(taken as u32, advantage, old + change);
                ppo.push(Case::new("ppo_clip", logits.clone(), taken));
            }
            let taken = action(taken as u32, advantage, 0.0);
            gradients.push(Case::new("policy_gradient", logits.clone(), taken));
        }
    }
    hold("ppo_clip", &ppo, run);
    hold("policy_gradient", &gradients, run);
}

#[test]
fn variances_that_are_nearly_right_have_their_gradient() {
    let mut cases = Vec::new();
    for variance in [1e-4_f32, 1e-2, 1.0, 37.0, 1e4] {
        for ratio in [0.999, 1.0, 1.0001, 1.01, 30.0] {
            let error = variance.sqrt() * ratio;
            let prediction = vec![error, variance];
            cases.push(Case::new("gaussian_nll", prediction, values(&[0.0])).in_rows(2));
        }
    }
    hold("gaussian_nll", &cases, run);
}

#[test]
fn sequences_of_large_logits_keep_their_promise() {
    let mut random = Random::new(0xc7c);
    let mut cases = Vec::new();
    for (frames, classes, labels) in
        [(6, 4, &[1, 1][..]), (6, 4, &[3, 2]), (10, 5, &[4, 4, 1]), (12, 11, &[7, 10, 10, 2, 1])]
    {
        for scale in [1e3, 1e4] {
            let logits = numbers(frames * classes, scale, &mut random);
            let labels = Answer::Labels(labels.to_vec());
            cases.push(Case::new("ctc", logits, labels.clone()).in_rows(frames));
            // Large, but of the size of what they differ by apart from that.
            let logits: Vec<f32> = numbers(frames * classes, 3.0, &mut random);
            let logits = logits.iter().map(|z| z + scale).collect();
            cases.push(Case::new("ctc", logits, labels).in_rows(frames));
        }
    }
    hold("ctc", &cases, run);
}
