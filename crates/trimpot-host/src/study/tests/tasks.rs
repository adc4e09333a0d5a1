//! Experiments on masks, a rare class and numbers.

use super::*;
use crate::dataset::{Table, Targets};
use crate::study::altered::with_outliers;

fn of_numbers(name: &str, input: Dims, kind: Kind, columns: [usize; 2], rows: usize) -> Subject {
    let mut random = Random::new(3);
    let numbers: Vec<f32> = (0..rows * columns[0]).map(|_| random.uniform()).collect();
    let targets = match kind {
        // What is bright.
        Kind::Mask(_) => numbers.iter().map(|&pixel| f32::from(pixel > 0.6)).collect(),
        _ => numbers.chunks(columns[0]).map(|row| 2.0 * row[0] - row[1] + 1.0).collect(),
    };
    let features = Table { columns: columns[0], numbers };
    let targets = Targets::Numbers(Table { columns: columns[1], numbers: targets });
    let dataset = Dataset::of_tables(features, targets, Vec::new()).unwrap();
    let (pool, test) = dataset.hold_out(0.2, 0);
    let pool = match kind {
        Kind::Number => with_outliers(&pool, 0.1, 20.0).unwrap(),
        _ => pool,
    };
    Subject::new(name, input, kind, pool, Some(test)).without_standardization()
}

fn experiment(subject: Subject, measure: Measure, levels: Vec<Level>) -> Experiment {
    Experiment {
        name: "losses",
        title: "Losses",
        question: String::new(),
        subject: Arc::new(subject),
        levels,
        measure,
        others: Vec::new(),
        folklore_of: None,
    }
}

fn only(experiment: Experiment) -> Study {
    Study { experiments: vec![experiment], points: 4, seeds: 6 }
}

#[test]
fn masks_are_learned_and_those_of_a_few_test_samples_are_kept() {
    let subject = of_numbers("tiles", Dims::image(1, 4, 4), Kind::Mask(16), [16, 16], 60);
    let level = |loss: &str, last: &str| {
        let network = format!("1x4x4 > conv 1 1x1{last}");
        let recipe = Recipe { network, loss: loss.to_owned(), epochs: 30, ..recipe() };
        Level::new(loss, Recipe { standardize: false, ..recipe }, [0.03, 1.0])
    };
    let levels = vec![level("bce_with_logits", ""), level("bce + dice", ", sigmoid")];
    let study = only(experiment(subject, Measure::TestDice, levels));
    study.check().unwrap();
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    let results = study.results(&runs);
    for level in &results[0].levels {
        for record in &level.seeds {
            let value = |measure| record.outcome.values[&measure];
            let (dice, iou) = (value(Measure::TestDice), value(Measure::TestIou));
            assert!(dice > 0.8 && (iou - dice / (2.0 - dice)).abs() < 1e-6, "{dice} {iou}");
            assert!(!record.outcome.values.contains_key(&Measure::TestAccuracy));
            assert_eq!(record.outcome.masks.is_empty(), record.draw != Draw::Seed(0));
            assert_eq!(record.outcome.curve.len(), 30);
        }
        let shown = study.experiments[0].subject.shown();
        let Targets::Numbers(masks) = shown.targets() else { panic!("masks are numbers") };
        let predicted = level.seeds[0].outcome.masks.concat();
        let right =
            predicted.chars().zip(&masks.numbers).filter(|&(a, &b)| (a == '1') == (b == 1.0));
        assert_eq!((predicted.len(), masks.rows()), (6 * 16, 6));
        assert!(right.count() > 80, "{predicted}");
    }
}

#[test]
fn the_smaller_error_is_the_better_one() {
    let subject = of_numbers("line", Dims::vector(2), Kind::Number, [2, 1], 200);
    let level = |loss: &str| {
        let recipe = Recipe { network: "2-1".to_owned(), loss: loss.to_owned(), ..recipe() };
        let recipe = Recipe { standardize: false, epochs: 30, ..recipe };
        Level::new(loss, recipe, [0.003, 0.3])
    };
    let levels = vec![level("mse"), level("mae")];
    let study = only(experiment(subject, Measure::TestMae, levels));
    study.check().unwrap();
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    let results = study.results(&runs);
    let [mse, mae] = [0, 1].map(|level| results[0].levels[level].summaries[&Measure::TestMae].mean);
    assert!(mae < 0.3 && mse > 2.0 * mae, "{mse} {mae}");
    assert_eq!(results[0].best(), Some(1));
    assert_eq!(results[0].finding(1, 0), statistics::Finding::Better);
    // That with the least median error was chosen.
    for level in &results[0].levels {
        let error = |record: &&&Record| record.outcome.values[&Measure::ValidationMedianError];
        let least = level.points.iter().min_by(|a, b| error(a).total_cmp(&error(b))).unwrap();
        assert_eq!(level.tuned(), least.tuned);
    }
}

#[test]
fn a_rare_class_is_chosen_and_compared_by_average_precision() {
    let features: Vec<[f32; 2]> = (0..400).map(|n| [(n * 37 % 100) as f32 / 100.0, 0.5]).collect();
    let classes = features.iter().map(|row| u32::from(row[0] > 0.9)).collect();
    let dataset = Dataset::new::<2, u32>(features, classes).unwrap();
    let subject = Subject::new("few", Dims::vector(2), Kind::Rare, dataset, None);
    let recipe = Recipe { network: "2-2".to_owned(), epochs: 30, ..recipe() };
    let levels = vec![
        Level::new("plain", recipe.clone(), [0.01, 0.3]),
        Level::new(
            "short",
            Recipe { network: "2-1".into(), loss: "bce_with_logits".into(), ..recipe },
            [0.01, 0.3],
        ),
    ];
    let study = only(experiment(subject, Measure::TestAveragePrecision, levels));
    study.check().unwrap();
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    for record in runs.iter().filter(|record| matches!(record.draw, Draw::Seed(_))) {
        let Outcome { values, precision_recall, .. } = &record.outcome;
        assert!(values[&Measure::TestAveragePrecision] > 0.99, "{values:?}");
        assert!((1..=64).contains(&precision_recall.len()));
        assert_eq!(precision_recall.last().unwrap()[0], 1.0);
        assert!(!values.contains_key(&Measure::EpochsTo90));
    }
}

#[test]
fn a_network_or_a_loss_that_is_not_for_the_kind_is_refused() {
    let subject = || of_numbers("tiles", Dims::image(1, 4, 4), Kind::Mask(16), [16, 16], 60);
    for (network, loss, says) in [
        (
            "1x4x4 > conv 2 1x1",
            "bce_with_logits",
            "gives 32, but samples have 16 and are of masks of 16 pixels",
        ),
        ("1x4x4 > conv 1 1x1", "cross_entropy", "wants classes, not numbers"),
        ("1x4x4 > conv 1 1x1", "bce + dice", "loss bce wants outputs in [0, 1]"),
    ] {
        let recipe = Recipe { network: network.to_owned(), loss: loss.to_owned(), ..recipe() };
        let level = Level::new("level", recipe, [0.01, 0.1]);
        let study = only(experiment(subject(), Measure::TestDice, vec![level]));
        let error = study.check().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
