//! Scores are scikit-learn's: of classes that do not occur, of predictions outside of them, of
//! numbers, of probabilities.

use trimpot::metric::{
    Calibration, CalibrationBin, ClassScores, ConfusionMatrix, RegressionScores,
};
use trimpot_testkit::metric_golden::{Case, Scores, parse, parse_scores};

const GOLDEN: &str = include_str!("golden/metrics.jsonl");
const SCORES: &str = include_str!("golden/scores.jsonl");

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

#[test]
fn counts_of_classes_that_are_known_at_run_time_have_the_scores_of_a_matrix() {
    for case in parse(GOLDEN) {
        let matrix = matrix::<4>(&case);
        let counts: Vec<u32> = matrix.counts().as_flattened().to_vec();
        let outside = |target: usize| {
            let pairs = case.targets.iter().zip(&case.predictions);
            pairs.filter(|&(&of, &predicted)| of == target && predicted >= 4).count() as u32
        };
        let outside = [0, 1, 2, 3].map(outside);
        let scores = ClassScores::new(&counts, &outside).unwrap();
        assert_eq!(scores, matrix.scores());
        assert_eq!(scores.macro_f1(), matrix.macro_f1());
    }
}

fn cases(with: &str) -> Vec<Scores> {
    parse_scores(SCORES).into_iter().filter(|case| case.has(with)).collect()
}

#[test]
fn scores_of_numbers_are_those_of_scikit_learn() {
    let cases = cases("targets");
    assert_eq!(cases.len(), 12);
    for case in cases {
        let mut scores = RegressionScores::new();
        for (target, predicted) in case.list("targets").iter().zip(case.list("predictions")) {
            scores.record(*target as f32, predicted as f32);
        }
        let near = |found: Option<f32>, name: &str| match (found.map(f64::from), case.score(name)) {
            (Some(found), Some(exact)) => {
                let bound = 1e-6 * exact.abs().max(1e-3);
                assert!((found - exact).abs() <= bound, "{name}: {found}, expected {exact}");
            }
            (found, exact) => assert_eq!(found, exact, "{name}"),
        };
        near(scores.mae(), "mae");
        near(scores.rmse(), "rmse");
        near(scores.r2(), "r2");
    }
}

#[test]
fn calibration_is_that_of_scikit_learn() {
    let cases = cases("confidences");
    assert_eq!(cases.len(), 9);
    for case in cases {
        let mut calibration = Calibration::<10>::new();
        for (confidence, correct) in case.list("confidences").iter().zip(case.list("correct")) {
            calibration.record(*confidence as f32, correct == 1.0);
        }
        let bins: Vec<CalibrationBin> = calibration.bins().filter(|bin| bin.samples > 0).collect();
        let same = |name: &str, of: fn(&CalibrationBin) -> f32| {
            let exact = case.list(name);
            assert_eq!(bins.len(), exact.len());
            for (bin, exact) in bins.iter().zip(exact) {
                assert_near(Some(of(bin)), Some(exact), name);
            }
        };
        same("counts", |bin| bin.samples as f32);
        same("mean_confidence", |bin| bin.confidence);
        same("accuracy", |bin| bin.accuracy);
        assert_near(calibration.expected_error(), case.score("ece"), "ece");
    }
}
