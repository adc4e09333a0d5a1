//! What holds for all samples of a loss: convexity, signs, sums of gradients, symmetries.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use trimpot_testkit::case::{Answer, Case, ValueAndGradient};
use trimpot_testkit::domain::{DOMAINS, Domain, Source, ValueRange};
use trimpot_testkit::losses::{self, Width};

/// Rounding, relative to the larger of 1 and what is added up.
const ROUNDING: f64 = 1e-5;

/// Losses that are convex in their predictions: all whose documentation says so.
const CONVEX: &[&str] = &[
    "mse",
    "mae",
    "huber",
    "smooth_l1",
    "log_cosh",
    "quantile",
    "mape",
    "poisson_nll",
    "gaussian_nll",
    "bce_with_logits",
    "cross_entropy",
    "soft_cross_entropy",
    "nll",
    "kl_divergence",
    "kl_divergence_with_logits",
    "rescaled_square",
    "hinge",
    "squared_hinge",
    "soft_margin",
    "multi_margin",
    "multilabel_margin",
    "multilabel_soft_margin",
    "hinge_embedding",
    "categorical_hinge",
    "margin_ranking",
    "lovasz_hinge",
    "policy_gradient",
];

/// Losses that can be below 0. All others cannot.
const SIGNED: &[&str] = &[
    "poisson_nll",               // less the logarithm of a factorial
    "gaussian_nll",              // minus the logarithm of a density
    "cosine_similarity",         // from −1 to 1
    "nll",                       // of any number
    "kl_divergence",             // of any number
    "kl_divergence_with_logits", // of targets that do not sum to 1
    "hinge_embedding",           // of distances below 0
    "policy_gradient",           // of negative advantages
    "ppo_clip",                  // minus a gain
];

/// Losses that do not change if all elements of a row move by as much: gradients sum to 0 in each.
const MOVABLE_ROWS: &[&str] = &[
    "cross_entropy",
    "soft_cross_entropy",
    "kl_divergence_with_logits",
    "focal",
    "multi_margin",
    "multilabel_margin",
    "ctc",
    "policy_gradient",
    "ppo_clip",
];

/// Losses that do not change if all rows move by as much: gradients sum to 0 over the rows.
const MOVABLE_TOGETHER: &[&str] = &["margin_ranking", "contrastive", "triplet_margin"];

/// Losses of directions: the gradient by a row is across it.
const DIRECTIONAL: &[&str] = &["cosine_similarity", "cosine_embedding", "info_nce"];

/// Losses that are 0 where prediction and target agree, and flat there.
const ZERO_IN_AGREEMENT: &[&str] =
    &["mse", "mae", "huber", "smooth_l1", "log_cosh", "msle", "mape"];

/// Losses to which it is all one if prediction and target change their signs.
const MIRRORED: &[&str] = &[
    "mse",
    "mae",
    "huber",
    "smooth_l1",
    "log_cosh",
    "mape",
    "cosine_similarity",
    "hinge",
    "squared_hinge",
    "soft_margin",
];

/// ValueRange that proptest chose, and can shrink.
#[derive(Clone, Debug)]
struct Chosen {
    numbers: Vec<f32>,
    next: usize,
}

impl Source for Chosen {
    fn number(&mut self, of: ValueRange) -> f32 {
        self.next += 1;
        of.from_any(self.numbers[self.next % self.numbers.len()])
    }
    fn below(&mut self, end: u32) -> u32 {
        self.number(ValueRange::Any).abs() as u32 % end
    }
}

fn chosen() -> impl Strategy<Value = Chosen> {
    vec(-40f32..40.0, 150).prop_map(|numbers| Chosen { numbers, next: 0 })
}

/// A domain of one of these losses.
fn one_of(losses: &'static [&'static str]) -> impl Strategy<Value = Domain> {
    let of = |loss: &&str| DOMAINS.iter().any(|domain| domain.loss == *loss);
    assert!(losses.iter().all(of), "a loss has no domain");
    let domains = DOMAINS.iter().filter(|domain| losses.contains(&domain.loss));
    select(domains.copied().collect::<Vec<_>>())
}

/// A domain of any other loss.
fn one_not_of(losses: &'static [&'static str]) -> impl Strategy<Value = Domain> {
    let domains = DOMAINS.iter().filter(|domain| !losses.contains(&domain.loss));
    select(domains.copied().collect::<Vec<_>>())
}

fn size() -> impl Strategy<Value = usize> {
    select(vec![1usize, 2, 5, 10])
}

fn run(case: &Case) -> ValueAndGradient {
    losses::run(Width::One, std::slice::from_ref(case)).expect("the core has it").remove(0)
}

fn rounding(sizes: impl IntoIterator<Item = f64>) -> f64 {
    ROUNDING * sizes.into_iter().fold(1.0, |sum, size| sum + size.abs())
}

fn products(a: &[f32], b: &[f32]) -> Vec<f64> {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).collect()
}

/// Two predictions for one target, in which the loss is convex.
fn pair(domain: &Domain, n: usize, mut source: Chosen) -> (Case, Case) {
    let mut a = domain.case(n, &mut source);
    let mut b = Case { prediction: domain.case(n, &mut source).prediction, ..a.clone() };
    match a.loss.as_str() {
        // Only in the means.
        "gaussian_nll" => b.prediction[n..].copy_from_slice(&a.prediction[n..]),
        // Only for what went well.
        "policy_gradient" => {
            let (Answer::Action { advantage: one, .. }, Answer::Action { advantage: two, .. }) =
                (&mut a.target, &mut b.target)
            else {
                unreachable!("policies are compared with actions")
            };
            (*one, *two) = (one.abs(), two.abs());
        }
        _ => {}
    }
    (a, b)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        // Samples that failed belong into a test of their own, not into a file.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn convex_losses_are_below_their_chords(
        domain in one_of(CONVEX), n in size(), source in chosen(),
    ) {
        let (a, b) = pair(&domain, n, source);
        let between = a.prediction.iter().zip(&b.prediction).map(|(a, b)| 0.5 * (a + b));
        let middle = run(&Case { prediction: between.collect(), ..a.clone() }).value;
        let (at_a, at_b) = (f64::from(run(&a).value), f64::from(run(&b).value));
        let chord = 0.5 * (at_a + at_b);
        prop_assert!(f64::from(middle) <= chord + rounding([at_a, at_b]), "{a:?} {b:?}");
    }

    #[test]
    fn convex_losses_are_above_their_tangents_at_kinks_too(
        domain in one_of(CONVEX), n in size(), source in chosen(),
    ) {
        let (a, b) = pair(&domain, n, source);
        let ValueAndGradient { value, gradient } = run(&a);
        let (at_a, at_b) = (f64::from(value), f64::from(run(&b).value));
        let rise = products(&gradient, &b.prediction);
        let fall = products(&gradient, &a.prediction);
        let tangent = at_a + rise.iter().sum::<f64>() - fall.iter().sum::<f64>();
        // What is left of a gradient by a probability near 1 is the difference of two advantages.
        let advantage = match a.target {
            Answer::Action { advantage, .. } => f64::from(advantage),
            _ => 0.0,
        };
        let moves = a.prediction.iter().chain(&b.prediction).map(|&x| advantage * f64::from(x));
        let terms = rise.into_iter().chain(fall).chain(moves).chain([at_a, at_b]);
        prop_assert!(tangent <= at_b + rounding(terms), "{a:?} {b:?}\n{tangent} {at_b}");
    }

    #[test]
    fn losses_are_not_negative(
        domain in one_not_of(SIGNED), n in size(), mut source in chosen(),
    ) {
        let case = domain.case(n, &mut source);
        prop_assert!(run(&case).value >= 0.0, "{case:?}");
    }

    #[test]
    fn gradients_sum_to_zero_where_rows_can_be_moved(
        domain in one_of(MOVABLE_ROWS), n in size(), mut source in chosen(),
    ) {
        let case = domain.case(n, &mut source);
        let ValueAndGradient { value, gradient } = run(&case);
        for row in gradient.chunks(gradient.len() / case.rows) {
            let row = || row.iter().map(|&g| f64::from(g));
            // Large ratios of probabilities are in the value too.
            let bound = rounding(row().chain([f64::from(value)]));
            prop_assert!(row().sum::<f64>().abs() <= bound, "{case:?}\n{gradient:?}");
        }
    }

    #[test]
    fn gradients_sum_to_zero_over_rows_that_can_be_moved_together(
        domain in one_of(MOVABLE_TOGETHER), n in size(), mut source in chosen(),
    ) {
        let case = domain.case(n, &mut source);
        let gradient = run(&case).gradient;
        for i in 0..n {
            let column = || gradient.iter().skip(i).step_by(n).map(|&g| f64::from(g));
            prop_assert!(column().sum::<f64>().abs() <= rounding(column()), "{case:?}");
        }
    }

    #[test]
    fn gradients_of_directions_are_across(
        domain in one_of(DIRECTIONAL), n in size(), mut source in chosen(),
    ) {
        let case = domain.case(n, &mut source);
        let gradient = run(&case).gradient;
        for (gradient, row) in gradient.chunks(n).zip(case.prediction.chunks(n)) {
            let terms = products(gradient, row);
            // Of temperatures of a thousandth, gradients are a thousand times as large.
            let bound = 1000.0 * rounding(terms.iter().copied());
            prop_assert!(terms.iter().sum::<f64>().abs() <= bound, "{case:?}\n{gradient:?}");
        }
    }

    #[test]
    fn agreement_costs_nothing(
        domain in one_of(ZERO_IN_AGREEMENT), n in size(), mut source in chosen(),
    ) {
        let mut case = domain.case(n, &mut source);
        case.target = Answer::Values(case.prediction.clone());
        let ValueAndGradient { value, gradient } = run(&case);
        prop_assert!(value == 0.0 && gradient.iter().all(|&g| g == 0.0), "{case:?}\n{gradient:?}");
    }

    #[test]
    fn squares_that_are_not_rescaled_are_those_of_one_hot_targets(
        n in size(), mut source in chosen(),
    ) {
        let label = source.below(n as u32);
        let outputs: Vec<f32> = (0..n).map(|_| source.number(ValueRange::Any)).collect();
        let one_hot = (0..n as u32).map(|class| f32::from(u8::from(class == label))).collect();
        let square = Case::new("rescaled_square", outputs.clone(), Answer::Class(label));
        let mse = Case::new("mse", outputs, Answer::Values(one_hot));
        prop_assert_eq!(run(&square), run(&mse));
    }

    #[test]
    fn signs_may_change_together(
        domain in one_of(MIRRORED), n in size(), mut source in chosen(),
    ) {
        let case = domain.case(n, &mut source);
        let mut mirrored = case.clone();
        mirrored.prediction.iter_mut().for_each(|p| *p = -*p);
        let Answer::Values(values) = &mut mirrored.target else { unreachable!("all have values") };
        values.iter_mut().for_each(|t| *t = -*t);
        let (one, other) = (run(&case), run(&mirrored));
        let opposite = one.gradient.iter().zip(&other.gradient).all(|(&a, &b)| a == -b);
        prop_assert!(one.value == other.value && opposite, "{case:?}\n{one:?}\n{other:?}");
    }
}
