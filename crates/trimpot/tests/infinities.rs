//! What every loss makes of an infinite prediction or target, as its documentation says.

use std::collections::BTreeSet;

use trimpot_testkit::case::{Answer, Case};
use trimpot_testkit::losses::{self, Width};

/// What comes out.
#[derive(Clone, Copy, Debug)]
enum Give {
    /// NaN.
    Nan,
    /// This very number, which may be infinite.
    Is(f32),
}

impl Give {
    fn is(self, x: f32) -> bool {
        match self {
            Give::Nan => x.is_nan(),
            Give::Is(expected) => x == expected,
        }
    }
}

/// A sample, the value it has, and the gradient at the first element.
type Row<'a> = (&'static str, &'a [f32], Answer, Give, Give);

use Answer::{Class, Labels, Nothing, Number};
use Give::{Is, Nan};

const INF: f32 = f32::INFINITY;

fn values<const N: usize>(values: [f32; N]) -> Answer {
    Answer::Values(values.into())
}

fn action(action: u32, advantage: f32, old_log_probability: f32) -> Answer {
    Answer::Action { action, advantage, old_log_probability }
}

/// Compares what comes out of rows of predictions with the table.
fn check(rows: usize, table: &[Row<'_>]) {
    for (loss, prediction, target, value, derivative) in table {
        let case = Case::new(loss, prediction.to_vec(), target.clone()).in_rows(rows);
        let outcome = losses::run(Width::One, std::slice::from_ref(&case)).unwrap().remove(0);
        let right = value.is(outcome.value) && derivative.is(outcome.gradient[0]);
        assert!(right, "{case:?}\n{outcome:?}\nexpected {value:?} and {derivative:?}");
    }
}

#[test]
fn regression() {
    check(
        1,
        &[
            ("mse", &[INF], values([0.0]), Is(INF), Is(INF)),
            ("mse", &[0.0], values([INF]), Is(INF), Is(-INF)),
            ("mse", &[INF], values([INF]), Nan, Nan),
            ("mae", &[-INF], values([0.0]), Is(INF), Is(-1.0)),
            ("mae", &[INF], values([INF]), Nan, Nan),
            ("huber", &[INF], values([0.0]), Is(INF), Is(1.0)),
            ("smooth_l1", &[-INF], values([0.0]), Is(INF), Is(-1.0)),
            ("log_cosh", &[INF], values([0.0]), Is(INF), Is(1.0)),
            ("log_cosh", &[-INF], values([0.0]), Is(INF), Is(-1.0)),
            ("quantile", &[INF], values([0.0]), Is(INF), Is(0.5)),
            ("quantile", &[-INF], values([0.0]), Is(INF), Is(-0.5)),
            ("msle", &[INF], values([0.0]), Is(INF), Nan),
            ("msle", &[-INF], values([0.0]), Nan, Nan),
            ("mape", &[INF], values([2.0]), Is(INF), Is(50.0)),
            ("mape", &[1.0], values([INF]), Nan, Is(-0.0)),
            ("poisson_nll", &[INF], values([2.0]), Nan, Is(INF)),
            ("poisson_nll", &[-INF], values([2.0]), Is(INF), Is(-2.0)),
            ("cosine_similarity", &[INF, 1.0], values([1.0, 1.0]), Nan, Nan),
            ("cosine_similarity", &[1.0, 1.0], values([-INF, 1.0]), Nan, Nan),
        ],
    );
    check(
        2,
        &[
            ("gaussian_nll", &[INF, 1.0], values([0.0]), Is(INF), Is(INF)),
            ("gaussian_nll", &[3.0, INF], values([0.0]), Is(INF), Is(0.0)),
            ("gaussian_nll", &[0.0, -INF], values([0.0]), Is(HALF_LN_EPSILON), Is(0.0)),
        ],
    );
}

/// `½ ln 10⁻⁶`: what the least variance costs.
const HALF_LN_EPSILON: f32 = -6.907_755_4;

#[test]
fn binary() {
    check(
        1,
        &[
            ("bce", &[INF], values([1.0]), Nan, Is(INF)),
            ("bce", &[-INF], values([0.0]), Nan, Is(-INF)),
            ("bce_with_logits", &[INF], values([0.0]), Is(INF), Is(1.0)),
            ("bce_with_logits", &[INF], values([1.0]), Nan, Is(0.0)),
            ("binary_focal_with_logits", &[INF], values([0.0]), Is(INF), Nan),
            ("binary_focal_with_logits", &[INF], values([1.0]), Nan, Nan),
        ],
    );
}

#[test]
fn multiclass() {
    let even = || values([0.5, 0.5]);
    check(
        1,
        &[
            ("cross_entropy", &[-INF, 0.0], Class(1), Is(0.0), Is(0.0)),
            ("cross_entropy", &[-INF, 0.0], Class(0), Is(INF), Is(-1.0)),
            ("cross_entropy", &[INF, 0.0], Class(1), Nan, Nan),
            ("cross_entropy", &[-INF, -INF], Class(1), Nan, Nan),
            ("soft_cross_entropy", &[-INF, 0.0], values([0.0, 1.0]), Is(0.0), Is(0.0)),
            ("soft_cross_entropy", &[-INF, 0.0], even(), Is(INF), Is(-0.5)),
            ("soft_cross_entropy", &[INF, 0.0], even(), Nan, Nan),
            ("categorical_cross_entropy", &[INF, 0.5], values([0.0, 0.0]), Is(0.0), Is(0.0)),
            ("categorical_cross_entropy", &[-INF, 0.5], even(), Nan, Is(-5e11)),
            ("nll", &[-INF, 0.0], Class(0), Is(INF), Is(-1.0)),
            ("nll", &[-INF, 0.0], Class(1), Is(0.0), Is(0.0)),
            ("kl_divergence", &[-INF, 0.0], even(), Is(INF), Is(-0.5)),
            ("kl_divergence", &[-INF, 0.0], values([0.0, 1.0]), Is(0.0), Is(0.0)),
            ("kl_divergence_with_logits", &[-INF, 0.0], values([0.0, 1.0]), Is(0.0), Is(0.0)),
            ("kl_divergence_with_logits", &[-INF, 0.0], even(), Is(INF), Is(-0.5)),
            ("kl_divergence_with_logits", &[INF, 0.0], even(), Nan, Nan),
            ("focal", &[-INF, 0.0], Class(1), Is(0.0), Is(0.0)),
            ("focal", &[-INF, 0.0], Class(0), Is(INF), Nan),
            ("focal", &[INF, 0.0], Class(0), Nan, Nan),
            ("rescaled_square", &[INF, 0.0], Class(0), Is(INF), Is(INF)),
            ("rescaled_square", &[-INF, 0.0], Class(0), Is(INF), Is(-INF)),
            ("rescaled_square", &[-INF, 1.0], Class(1), Is(INF), Is(-INF)),
            ("rescaled_square", &[-INF, 1.0], Class(2), Is(0.0), Is(0.0)),
        ],
    );
}

#[test]
fn margin() {
    let even = || values([1.0, 0.0]);
    check(
        1,
        &[
            ("hinge", &[INF], values([1.0]), Is(0.0), Is(0.0)),
            ("hinge", &[-INF], values([1.0]), Is(INF), Is(-1.0)),
            ("squared_hinge", &[-INF], values([1.0]), Is(INF), Is(-INF)),
            ("squared_hinge", &[INF], values([1.0]), Is(0.0), Is(0.0)),
            ("soft_margin", &[INF], values([1.0]), Is(0.0), Is(0.0)),
            ("soft_margin", &[INF], values([-1.0]), Is(INF), Is(1.0)),
            ("multi_margin", &[-INF, 2.0], Class(1), Is(0.0), Is(0.0)),
            ("multi_margin", &[INF, 2.0], Class(0), Is(0.0), Is(0.0)),
            ("multi_margin", &[INF, 2.0], Class(1), Is(INF), Is(0.5)),
            ("multilabel_margin", &[INF, 2.0], even(), Is(0.0), Is(0.0)),
            ("multilabel_margin", &[-INF, 2.0], even(), Is(INF), Is(-0.5)),
            ("multilabel_soft_margin", &[INF], values([0.0]), Is(INF), Is(1.0)),
            ("multilabel_soft_margin", &[INF], values([1.0]), Nan, Is(0.0)),
            ("hinge_embedding", &[INF], values([1.0]), Is(INF), Is(1.0)),
            ("hinge_embedding", &[INF], values([-1.0]), Is(0.0), Is(0.0)),
            ("categorical_hinge", &[-INF, 2.0], Class(1), Is(0.0), Is(0.0)),
            ("categorical_hinge", &[INF, 2.0], Class(0), Is(0.0), Is(0.0)),
            ("categorical_hinge", &[INF, 2.0], Class(1), Is(INF), Is(1.0)),
        ],
    );
}

#[test]
fn pairs_and_triplets() {
    check(
        2,
        &[
            ("margin_ranking", &[INF, 0.0], Number(1.0), Is(0.0), Is(0.0)),
            ("margin_ranking", &[INF, 0.0], Number(-1.0), Is(INF), Is(1.0)),
            ("margin_ranking", &[INF, INF], Number(1.0), Nan, Is(-1.0)),
            ("cosine_embedding", &[INF, 1.0], Number(1.0), Nan, Nan),
            ("cosine_embedding", &[1.0, -INF], Number(-1.0), Nan, Nan),
            ("contrastive", &[INF, 1.0], Number(1.0), Is(INF), Nan),
            ("contrastive", &[INF, 1.0], Number(-1.0), Is(0.0), Nan),
        ],
    );
    let mut views = [1.0; 8];
    views[0] = INF;
    check(8, &[("info_nce", &views, Nothing, Nan, Nan)]);
    check(
        3,
        &[
            ("triplet_margin", &[INF, 0.0, 0.0], Nothing, Nan, Nan),
            ("triplet_margin", &[0.0, 0.0, INF], Nothing, Nan, Nan),
        ],
    );
}

#[test]
fn overlap() {
    check(
        1,
        &[
            ("dice", &[INF], values([1.0]), Nan, Nan),
            ("jaccard", &[INF], values([0.0]), Nan, Nan),
            ("tversky", &[INF], values([0.0]), Nan, Nan),
            ("focal_tversky", &[INF], values([0.0]), Nan, Nan),
            ("lovasz_hinge", &[-INF], values([1.0]), Is(INF), Is(-1.0)),
            ("lovasz_hinge", &[INF], values([1.0]), Is(0.0), Is(0.0)),
        ],
    );
}

#[test]
fn sequences_and_policies() {
    check(
        1,
        &[
            ("ctc", &[-INF, 0.0], Labels(vec![1]), Is(0.0), Is(0.0)),
            ("ctc", &[0.0, -INF], Labels(vec![1]), Is(INF), Is(0.0)),
            ("ctc", &[INF, 0.0], Labels(vec![1]), Nan, Nan),
            ("policy_gradient", &[-INF, 0.0], action(1, 2.0, 0.0), Is(0.0), Is(0.0)),
            ("policy_gradient", &[INF, 0.0], action(1, 2.0, 0.0), Nan, Nan),
            ("ppo_clip", &[-INF, 0.0], action(1, 2.0, 0.0), Is(-2.0), Is(0.0)),
            ("ppo_clip", &[INF, 0.0], action(1, 2.0, 0.0), Nan, Nan),
        ],
    );
}

#[test]
fn every_loss_is_in_these_tables() {
    macro_rules! names {
        ($($name:ident: $loss:ty;)*) => { BTreeSet::from([$(stringify!($name)),*]) };
    }
    let source = include_str!("infinities.rs");
    for loss in trimpot::for_each_loss!(names) {
        let row = format!("(\"{loss}\", &");
        assert!(source.contains(&row), "{loss} is in no table");
    }
}
