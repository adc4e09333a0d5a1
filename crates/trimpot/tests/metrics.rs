//! Scores of classifiers are scikit-learn's: classes that do not occur, predictions outside of
//! them.

use trimpot::metric::ConfusionMatrix;
use trimpot_testkit::metric_golden::{Case, parse};

const GOLDEN: &str = include_str!("golden/metrics.jsonl");

fn matrix<const N: usize>(case: &Case) -> ConfusionMatrix<N> {
    let mut matrix = ConfusionMatrix::new();
    for (&target, &predicted) in case.targets.iter().zip(&case.predictions) {
        matrix.record(target, predicted);
    }
    matrix
}

#[track_caller]
fn assert_near(found: Option<f32>, exact: Option<f64>, what: &str) {
    match (found.map(f64::from), exact) {
        (Some(found), Some(exact)) => {
            assert!((found - exact).abs() <= 2e-7, "{what}: {found}, expected {exact}");
        }
        (found, exact) => assert_eq!(found, exact, "{what}"),
    }
}

fn check_means<const N: usize>(case: &Case) {
    let matrix = matrix::<N>(case);
    for (name, found) in [
        ("accuracy", matrix.accuracy()),
        ("balanced_accuracy", matrix.balanced_accuracy()),
        ("macro_precision", matrix.macro_precision()),
        ("macro_recall", matrix.macro_recall()),
        ("macro_f1", matrix.macro_f1()),
        ("weighted_precision", matrix.weighted_precision()),
        ("weighted_recall", matrix.weighted_recall()),
        ("weighted_f1", matrix.weighted_f1()),
        ("micro_f1", matrix.micro_f1()),
    ] {
        assert_near(found, Some(case.score(name)), &format!("{name} of {case:?}"));
    }
}

#[test]
fn all_means_are_those_of_scikit_learn() {
    let cases = parse(GOLDEN);
    assert_eq!(cases.len(), 23);
    for case in &cases {
        check_means::<4>(case);
        // Classes that do not occur change nothing.
        check_means::<9>(case);
    }
}

#[test]
fn scores_of_each_class_are_those_of_scikit_learn() {
    for case in parse(GOLDEN) {
        let matrix = matrix::<4>(&case);
        assert_eq!(matrix.samples() as usize, case.targets.len());
        for class in 0..4 {
            let assert_near = |name: &str, found: Option<f32>| {
                assert_near(found, case.score_of(name, class), &format!("{name}: {case:?}"));
            };
            assert_near("precision", matrix.precision(class));
            assert_near("recall", matrix.recall(class));
            assert_near("f1", matrix.f1(class));
        }
    }
}

/// Three of ten classes, and all predictions right.
#[test]
fn classes_that_do_not_occur_do_not_lower_a_mean() {
    let mut matrix = ConfusionMatrix::<10>::new();
    for class in [1, 4, 7, 4] {
        matrix.record(class, class);
    }
    assert_eq!((matrix.macro_f1(), matrix.macro_precision()), (Some(1.0), Some(1.0)));
    assert_eq!((matrix.macro_recall(), matrix.balanced_accuracy()), (Some(1.0), Some(1.0)));
}
