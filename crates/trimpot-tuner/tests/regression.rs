//! The promise: a device learns numbers as it learns classes. It replays samples with their
//! targets, never stores what predicts them worse than is tolerated, and outlasts a power cut.

use crate::tasks::*;
use trimpot::layer::{Dense, DenseSpec, Relu};
use trimpot::loss::{CosineSimilarity, MeanSquaredError};
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot::{Chain, chain};
use trimpot_tuner::{Commit, Error, Model, Origin, Regression, Settings};

/// What deviations of acceleration along z, and of turning around z, are; the other columns are
/// features.
const TARGETS: [usize; 2] = [8, 11];
const INPUTS: usize = FEATURES - TARGETS.len();

type Layers = Chain![Dense<INPUTS, 8>, Relu, Dense<8, 2>];
type Typed = Planned<'static, Vector<INPUTS>, Layers>;
type Device<M = Typed> = TunerOf<M, Regression<MeanSquaredError>>;

static LAYERS: Layers = chain![Dense, Relu, Dense];

const SPEC: NetworkSpec<'_> = NetworkSpec {
    input: Dims::vector(INPUTS as u32),
    layers: &[
        LayerSpec::Dense(DenseSpec { inputs: INPUTS as u32, outputs: 8 }),
        LayerSpec::Relu(Relu),
        LayerSpec::Dense(DenseSpec { inputs: 8, outputs: 2 }),
    ],
};

const TASK: Regression<MeanSquaredError> = Regression::new(MeanSquaredError);
const SETTINGS: Settings = Settings::new().with_pinned(50).with_recent(20);

fn typed() -> Typed {
    Planned::new(&LAYERS)
}

fn device(flash: Option<Nor>) -> Device {
    boot(typed(), TASK, SETTINGS, flash)
}

type Pair = ([f32; INPUTS], [f32; 2]);

fn pairs(windows: &[Window]) -> Vec<Pair> {
    let pair = |(row, _): &Window| {
        let mut features = (0..FEATURES).filter(|index| !TARGETS.contains(index));
        let features = std::array::from_fn(|_| row[features.next().expect("a column")]);
        (features, TARGETS.map(|index| row[index]))
    };
    windows.iter().map(pair).collect()
}

/// R² of the predictions, the mean of both outputs.
fn r2<M: Model>(tuner: &mut Device<M>, pairs: &[Pair]) -> f32 {
    tuner.clear_metrics();
    for (features, targets) in pairs {
        tuner.evaluate(features, targets).expect("a sample");
    }
    tuner.metrics().scores.r2.expect("many samples")
}

/// The factory: the right wrist is learned, pinned, held out and installed.
fn factory<M: Model>(tuner: &mut Device<M>, right: &[Pair]) {
    for limit in [-12.0, 12.0] {
        tuner.widen(&[limit; INPUTS]).expect("a range");
    }
    for (index, (features, targets)) in right.iter().enumerate() {
        let result = match index % 18 {
            0 => tuner.pin(features, targets).map(|_| ()),
            9 => tuner.hold_out(features, targets).map(|_| ()),
            3 | 6 | 12 | 15 => tuner.learn(features, targets).map(|_| ()),
            _ => Ok(()),
        };
        result.expect("room");
    }
    tuner.install().expect("an installation");
}

#[test]
fn a_device_on_the_other_wrist_learns_numbers_and_does_not_forget() {
    let [right, left, left_test] = wrists().map(|windows| pairs(&windows));
    let mut tuner = device(None);
    factory(&mut tuner, &right);
    let before = (r2(&mut tuner, &right), r2(&mut tuner, &left_test));
    for (features, targets) in &left {
        let learned = tuner.learn(features, targets).expect("a sample");
        assert!(learned.loss.is_finite() && !learned.rolled_back);
    }
    assert!(matches!(tuner.commit(), Ok(Commit::Stored(_))));
    let mut tuner = device(Some(tuner.into_flash()));
    assert_eq!(tuner.describe().origin, Origin::Commit);
    let after = (r2(&mut tuner, &right), r2(&mut tuner, &left_test));
    println!("R² on the right and on the left: {before:?}, then {after:?}");
    assert!(before.0 > 0.5 && after.0 > before.0 - 0.1, "{before:?}, {after:?}");
    assert!(after.1 > before.1 + 0.1, "{before:?}, {after:?}");
    // What was learned is gone after a reset, and what the factory knew is there.
    tuner.reset().expect("a reset");
    assert_eq!((r2(&mut tuner, &right), r2(&mut tuner, &left_test)), before);
}

#[test]
fn scores_are_those_of_each_output_and_their_mean() {
    let mut tuner = device(None);
    let features = [0.5; INPUTS];
    let scores = tuner.metrics().scores;
    assert_eq!((scores.samples, scores.mae, scores.rmse, scores.r2), (0, None, None, None));
    let values: [f32; 2] = tuner.predict(&features).unwrap().values.try_into().unwrap();
    for offsets in [[1.0, 3.0], [-1.0, 5.0]] {
        let [first, second] = [values[0] + offsets[0], values[1] + offsets[1]];
        let estimate = tuner.evaluate(&features, &[first, second]).unwrap();
        assert_eq!(estimate.values, values);
    }
    let near = |found: Option<f32>, value: f32| assert!((found.unwrap() - value).abs() < 1e-5);
    let scores = tuner.metrics().scores;
    assert_eq!(scores.samples, 2);
    // Errors of 1 and 1, and of 3 and 5, which are 1 from their mean.
    near(scores.mae, 2.5);
    near(scores.rmse, (1.0 + 17_f32.sqrt()) / 2.0);
    near(scores.r2, -8.0);
    let [first, second] = [0, 1].map(|output| tuner.output_scores(output).expect("an output"));
    near(first.r2(), 0.0);
    near(second.r2(), -16.0);
    assert_eq!(tuner.output_scores(2), None);
    tuner.clear_metrics();
    assert_eq!(tuner.metrics().scores.samples, 0);
}

#[test]
fn targets_are_stored_and_replayed_as_they_are() {
    let mut tuner = boot(typed(), TASK, SETTINGS.with_stored_samples(true), None);
    for limit in [-1.0, 1.0] {
        tuner.widen(&[limit; INPUTS]).expect("a range");
    }
    // Judged by one sample that is pinned, then by one that is learned, with targets of many
    // digits.
    let targets = [1234.567, -7.654_321e-5];
    tuner.pin(&[0.0; INPUTS], &targets).expect("room");
    let mut parameters = vec![0.0; tuner.parameters().len()];
    parameters.splice(parameters.len() - 2.., targets);
    tuner.write_parameters(0, parameters.as_slice()).expect("parameters");
    tuner.install().expect("an installation");
    // All that judges has no loss: nothing is tolerated, not a last digit.
    let mut worse = parameters.clone();
    let first = worse.len() - 2;
    worse[first] = f32::from_bits(worse[first].to_bits() + 1);
    for _ in 0..2 {
        tuner.write_parameters(0, worse.as_slice()).expect("parameters");
        let Ok(Commit::Rejected(rejected)) = tuner.commit() else { panic!("a rejection") };
        assert_eq!((rejected.tolerated, rejected.samples), (0.0, 1));
        assert_eq!(tuner.parameters(), parameters);
        let flash = tuner.into_flash();
        tuner = boot(typed(), TASK, SETTINGS.with_stored_samples(true), Some(flash));
        assert_eq!(tuner.describe().replay.pinned, 1);
    }
    // A learned sample comes back with its targets, too.
    tuner.learn(&[0.0; INPUTS], &targets).expect("a sample");
    assert!(matches!(tuner.commit(), Ok(Commit::Stored(_))));
    let flash = tuner.into_flash();
    tuner = boot(typed(), TASK, SETTINGS.with_stored_samples(true), Some(flash));
    assert_eq!((tuner.describe().origin, tuner.describe().replay.learned), (Origin::Commit, 1));
    assert_eq!(tuner.parameters(), parameters, "no gradient: all losses were 0");
    tuner.write_parameters(0, worse.as_slice()).expect("parameters");
    assert!(matches!(tuner.commit(), Ok(Commit::Rejected(rejected)) if rejected.samples == 2));
}

/// The output is the sum of the features, and what is added.
static LINE: Dense<2, 1> = Dense;

#[test]
fn what_is_tolerated_does_not_depend_on_where_the_targets_zero_is() {
    for zero in [0.0, 500.0] {
        let commit = |weights: [f32; 2], offset: f32| {
            let model = Planned::<Vector<2>, _>::new(&LINE);
            let mut tuner = boot(model, TASK, SETTINGS, None);
            for limits in [[-1.0, 0.0], [1.0, 1.0]] {
                tuner.widen(&limits).expect("a range");
            }
            // Twenty targets, 1 from their mean; one sample has the second feature.
            for index in 0..20 {
                let sign = if index % 2 == 0 { 1.0 } else { -1.0 };
                let second = if index == 7 { 1.0 } else { 0.0 };
                tuner.hold_out(&[sign, second], &[zero + sign]).expect("room");
            }
            tuner.write_parameters(0, &[1.0, 0.0, zero]).expect("parameters");
            tuner.install().expect("an installation");
            let [first, second] = weights;
            tuner.write_parameters(0, &[first, second, zero + offset]).expect("parameters");
            matches!(tuner.commit().expect("a verdict"), Commit::Stored(_))
        };
        // The tolerance is 0.06 of a variance of 1.
        assert!(commit([1.0, 0.0], 0.2), "0.04 worse, around {zero}");
        assert!(!commit([1.0, 0.0], 0.3), "0.09 worse, around {zero}");
        assert!(!commit([0.0, 0.0], 0.0), "the mean of the targets, around {zero}");
        assert!(commit([1.0, 1000.0], 0.0), "one sample of 20 counts at most 0.05, around {zero}");
        assert!(!commit([1.0, 1000.0], 0.2), "and the others count too, around {zero}");
    }
}

#[test]
fn errors_have_the_facts_in_them_and_change_nothing() {
    let mut tuner = device(None);
    let before = format!("{tuner:?}");
    let features = [0.0; INPUTS];
    let values = Error::Values { expected: 2, found: 1 };
    assert_eq!(tuner.learn(&features, &[1.0]), Err(values));
    assert_eq!(tuner.evaluate(&features, &[1.0]).err(), Some(values));
    let targets = [0.0, f32::INFINITY];
    assert_eq!(tuner.learn(&features, &targets), Err(Error::NotFinite { index: 1 }));
    assert_eq!(tuner.hold_out(&features, &[0.0; 2]), Err(Error::NoRange));
    // The scratch is not shown.
    assert_eq!(format!("{tuner:?}"), before);
    // What was stored by a classifier of the same network is not loaded.
    let few = trimpot_tuner::Classification::new(trimpot::loss::CrossEntropy::new());
    let mut classifier = boot(typed(), few, SETTINGS, None);
    classifier.learn(&features, 1).expect("a sample");
    assert!(matches!(classifier.commit(), Ok(Commit::Stored(_))));
    let mut tuner = device(Some(classifier.into_flash()));
    assert_eq!(tuner.describe().origin, Origin::Blank);
}

#[test]
fn a_loss_of_rows_is_a_task_too() {
    let task = Regression::new(CosineSimilarity);
    let mut tuner = boot(typed(), task, SETTINGS, None);
    let (features, direction) = ([0.5; INPUTS], [0.6, -0.8]);
    let first = tuner.learn(&features, &direction).expect("a sample").loss;
    for _ in 0..20 {
        tuner.learn(&features, &direction).expect("a sample");
    }
    let last = tuner.learn(&features, &direction).expect("a sample").loss;
    assert!(last < first - 0.1 && last < -0.99, "{first}, then {last}");
}

#[test]
fn a_power_cut_leaves_the_old_parameters_or_the_new_ones() {
    let [right, left, _] = wrists().map(|windows| pairs(&windows));
    let mut tuner = device(None);
    factory(&mut tuner, &right);
    let flash = tuner.into_flash();
    let look = |tuner: &mut Device| (tuner.describe().fingerprint, tuner.describe().replay);
    let learn = |tuner: &mut Device| {
        for (features, targets) in left.iter().take(3) {
            tuner.learn(features, targets).expect("a sample");
        }
        let _ = tuner.commit();
    };
    survives_cuts(&flash, |flash| device(Some(flash)), learn, look);
    let install = |tuner: &mut Device| {
        let (features, targets) = &left[0];
        tuner.learn(features, targets).expect("a sample");
        let _ = tuner.install();
    };
    survives_cuts(&flash, |flash| device(Some(flash)), install, look);
}

/// A whole life.
fn life<M: Model>(tuner: &mut Device<M>) -> String {
    let [right, left, _] = wrists().map(|windows| pairs(&windows));
    factory(tuner, &right);
    for (features, targets) in &left {
        tuner.learn(features, targets).expect("a sample");
    }
    let (commit, values) = (tuner.commit(), tuner.predict(&left[0].0).map(|found| found.values[1]));
    let r2 = r2(tuner, &left);
    let rolled_back = (tuner.learn(&left[0].0, &left[0].1), tuner.rollback());
    format!("{commit:?} {values:?} {r2} {rolled_back:?} {:?}", tuner.describe())
}

#[test]
fn a_network_that_is_data_has_the_bits_of_the_type() {
    let mut typed = device(None);
    let of_type = life(&mut typed);
    interpreted(SPEC, |model| {
        let mut data = boot(model, TASK, SETTINGS, None);
        assert_eq!(life(&mut data), of_type);
        assert_eq!(data.parameters(), typed.parameters());
        assert_eq!(data.into_flash().bytes(), typed.into_flash().bytes());
    });
}
