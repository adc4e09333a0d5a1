use trimpot_model::architecture::{Architecture, Between};

use super::*;
use crate::dataset::{Dataset, Targets};
use crate::loss;

const OUTPUTS: [f32; 12] = [0.6, 0.7, 0.3, 0.5, 0.9, 0.9, 0.1, 0.2, 0.1, 0.4, 0.0, 0.5];
const LABELS: [u32; 12] = [0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1];

/// Returns the measures of a network that gives each of these numbers as it is.
fn measured(
    kind: Kind,
    network: &str,
    loss: &str,
    features: Table,
    targets: Targets,
    measures: &[Measure],
) -> Vec<Option<f64>> {
    let layers = network.parse::<Architecture>().unwrap().layers(Between::default()).unwrap();
    let loss = loss::of_text(loss, layers.outputs()).unwrap();
    let dataset = Dataset::of_tables(features, targets, Vec::new()).unwrap();
    let task = Task::new(&loss, dataset, layers.outputs());
    let mut steps = Vec::new();
    let network = DynNetwork::new(&layers, &mut steps).unwrap();
    let scores = Scores::new(kind, &task, network, &[1.0, 0.0]);
    measures.iter().map(|&measure| scores.value(measure)).collect()
}

fn assert_near(found: &[Option<f64>], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.unwrap() - expected).abs() < 1e-6, "{found:?} {expected}");
    }
}

/// scikit-learn 1.9.1: `precision_score`, `recall_score`, `f1_score` of `OUTPUTS > 0.5`,
/// `average_precision_score` of `OUTPUTS`.
#[test]
fn measures_of_a_rare_class_are_those_of_scikit_learn() {
    let features = Table { columns: 1, numbers: OUTPUTS.map(|output| output - 0.5).to_vec() };
    let targets = Targets::Classes(LABELS.to_vec());
    let measures = [
        Measure::TestPrecision,
        Measure::TestRecall,
        Measure::TestF1,
        Measure::TestAveragePrecision,
        Measure::ValidationAveragePrecision,
        Measure::TestAccuracy,
    ];
    let found =
        measured(Kind::Rare, "1 > dense 1", "bce_with_logits", features, targets, &measures);
    assert_near(&found, &[0.5, 0.4, 4.0 / 9.0, 0.515_151_515, 0.515_151_515, 7.0 / 12.0]);
}

/// scikit-learn 1.9.1: `f1_score` and `jaccard_score` of `OUTPUTS > 0.5`.
#[test]
fn measures_of_masks_are_those_of_all_their_pixels_together() {
    let features = Table { columns: 4, numbers: OUTPUTS.to_vec() };
    let numbers = LABELS.map(|label| label as f32).to_vec();
    let targets = Targets::Numbers(Table { columns: 4, numbers });
    let measures = [Measure::TestDice, Measure::ValidationDice, Measure::TestIou];
    let network = "1x2x2 > conv 1 1x1";
    let found =
        measured(Kind::Mask(4), network, "dice", features.clone(), targets.clone(), &measures);
    assert_near(&found, &[4.0 / 9.0, 4.0 / 9.0, 2.0 / 7.0]);
    // Logits are in the mask above 0: all but one of them.
    let found = measured(Kind::Mask(4), network, "bce_with_logits", features, targets, &measures);
    assert_near(&found, &[10.0 / 16.0, 10.0 / 16.0, 5.0 / 11.0]);
}

/// scikit-learn 1.9.1: `mean_absolute_error`, `root_mean_squared_error`, `r2_score`,
/// `median_absolute_error`.
#[test]
fn measures_of_numbers_are_those_of_scikit_learn() {
    let features = Table { columns: 1, numbers: vec![1.25, 2.0, 4.0, 3.0] };
    let targets = Targets::Numbers(Table { columns: 1, numbers: vec![1.0, 2.0, 3.0, 4.0] });
    let measures = [
        Measure::TestMae,
        Measure::TestRmse,
        Measure::TestR2,
        Measure::ValidationMedianError,
        Measure::ValidationLoss,
    ];
    let found = measured(Kind::Number, "1 > dense 1", "mse", features, targets, &measures);
    assert_near(&found, &[0.5625, 0.718_070_331, 0.5875, 0.625, 0.515_625]);
    assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(Vec::new()), None);
}

#[test]
fn a_measure_of_another_kind_or_without_meaning_is_none() {
    let features = Table { columns: 1, numbers: vec![-1.0; 3] };
    let targets = Targets::Classes(vec![0; 3]);
    let measures = [
        Measure::TestPrecision,
        Measure::TestRecall,
        Measure::TestAveragePrecision,
        Measure::TestDice,
        Measure::TestMae,
        Measure::Parameters,
    ];
    let found =
        measured(Kind::Rare, "1 > dense 1", "bce_with_logits", features, targets, &measures);
    assert_eq!(found, [None; 6]);
}
