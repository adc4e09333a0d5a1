//! The promise: a device learns what is normal and tells what is not, by an error of reconstruction
//! or by a distance; what is anomalous it learns only if told, and its threshold is stored with the
//! parameters that it belongs to.

use crate::tasks::*;
use trimpot::layer::{BatchNormSpec, Dense, DenseSpec, FrozenSpec, Tanh};
use trimpot::loss::{MeanSquaredError, SliceLoss};
use trimpot::network::Planned;
use trimpot::plan::PlannedStep;
use trimpot::shape::Vector;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot::{Chain, chain};
use trimpot_tuner::{
    AnomalyDetection, Commit, Condition, Error, Interpreted, LatentReplay, Model, Origin, Rule,
    Settings, Sizes, StartError, Tuner,
};

type Layers = Chain![Dense<FEATURES, 6>, Tanh, Dense<6, FEATURES>];
type Typed = Planned<'static, Vector<FEATURES>, Layers>;
type Task = AnomalyDetection<MeanSquaredError>;
type Device<M = Typed> = TunerOf<M, Task>;

static LAYERS: Layers = chain![Dense, Tanh, Dense];

const SPEC: NetworkSpec<'_> = NetworkSpec {
    input: Dims::vector(FEATURES as u32),
    layers: &[
        LayerSpec::Dense(DenseSpec { inputs: FEATURES as u32, outputs: 6 }),
        LayerSpec::Tanh(Tanh),
        LayerSpec::Dense(DenseSpec { inputs: 6, outputs: FEATURES as u32 }),
    ],
};

const SETTINGS: Settings = Settings::new().with_pinned(40).with_recent(20);

fn autoencoder() -> Task {
    AnomalyDetection::autoencoder(MeanSquaredError)
        .with_rule(Rule::percentile(0.95).expect("a share"))
        .with_window(5)
}

fn typed() -> Typed {
    Planned::new(&LAYERS)
}

fn device(flash: Option<Nor>) -> Device {
    boot(typed(), autoencoder(), SETTINGS, flash)
}

/// The exercise that is normal: upright rows. The others are not.
const NORMAL: u32 = 6;

/// The factory: half of the normal windows of the right wrist are learned, pinned or held out, and
/// the threshold is set.
fn factory<M: Model>(tuner: &mut Device<M>) {
    let [right, ..] = wrists();
    for limit in [-12.0, 12.0] {
        tuner.widen(&[limit; FEATURES]).expect("a range");
    }
    for (index, row) in of_exercise(&right, NORMAL).iter().step_by(2).enumerate() {
        match index % 4 {
            0 => tuner.pin(row, Condition::Normal).map(|_| ()),
            1 => tuner.hold_out(row, Condition::Normal).map(|_| ()),
            _ => tuner.learn(row, Condition::Normal).map(|_| ()),
        }
        .expect("room");
    }
    tuner.calibrate().expect("samples");
    tuner.install().expect("an installation");
}

/// Evaluates windows of the right wrist that the factory did not have. Returns precision and
/// recall.
fn scores<M: Model>(tuner: &mut Device<M>) -> (f32, f32) {
    let [right, ..] = wrists();
    tuner.clear_metrics();
    for row in of_exercise(&right, NORMAL).iter().skip(1).step_by(2) {
        tuner.evaluate(row, Condition::Normal).expect("a window");
    }
    for (row, _) in right.iter().filter(|window| window.1 != NORMAL).step_by(10) {
        tuner.evaluate(row, Condition::Anomalous).expect("a window");
    }
    let scores = tuner.metrics().scores;
    assert!(scores.anomalous.mean_score > scores.normal.mean_score);
    (scores.precision().expect("found"), scores.recall().expect("anomalous windows"))
}

#[test]
fn other_exercises_are_anomalous_after_a_boot_too() {
    let mut tuner = device(None);
    factory(&mut tuner);
    let found = scores(&mut tuner);
    println!("precision and recall: {found:?}");
    assert!(found.0 > 0.7 && found.1 > 0.7, "{found:?}");
    let mut tuner = device(Some(tuner.into_flash()));
    assert_eq!((tuner.describe().origin, scores(&mut tuner)), (Origin::Factory, found));
}

#[test]
fn the_other_wrist_is_anomalous_until_it_is_learned() {
    let [_, left, left_test] = wrists().map(|windows| of_exercise(&windows, NORMAL));
    let mut tuner = device(None);
    factory(&mut tuner);
    let before = tuner.parameters().to_vec();
    let flagged = |tuner: &mut Device| {
        tuner.clear_metrics();
        for row in &left_test {
            tuner.evaluate(row, Condition::Unknown).expect("a window");
        }
        let unknown = tuner.metrics().scores.unknown;
        (unknown.anomalous, unknown.samples)
    };
    let (count, all) = flagged(&mut tuner);
    assert!(count > all / 2, "{count} of {all}");
    // Not by itself, and not what is known to be no normal sample.
    let mut refused = 0;
    for row in &left {
        match tuner.learn(row, Condition::Unknown) {
            Err(Error::Anomalous { score, threshold }) => {
                assert!(score > threshold && threshold.is_finite());
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
        let normal = [0.0; FEATURES];
        let refusal = tuner.learn(&normal, Condition::Anomalous);
        assert!(matches!(refusal, Err(Error::Anomalous { .. })), "{refusal:?}");
        let pinned = tuner.pin(row, Condition::Unknown);
        assert!(matches!(pinned, Err(Error::Anomalous { .. })), "{pinned:?}");
    }
    assert!(refused > 0);
    assert_eq!(tuner.metrics().learned, 0);
    assert_eq!(tuner.parameters(), before);
    // If it is told.
    for _ in 0..3 {
        for row in &left {
            tuner.learn(row, Condition::Normal).expect("a window");
        }
    }
    let commit = tuner.commit().expect("a verdict");
    let after = flagged(&mut tuner);
    println!("{count} of {all} flagged before, {after:?} after; {commit:?}");
    assert!(after.0 < count / 2, "{after:?}");
}

#[test]
fn a_threshold_goes_where_its_parameters_go() {
    let mut tuner = device(None);
    let row = [0.3; FEATURES];
    let inspection = tuner.predict(&row).expect("a sample");
    assert_eq!((inspection.is_anomalous, inspection.alarm), (None, false), "no threshold yet");
    assert_eq!(tuner.calibrate(), Err(Error::NothingToJudgeBy));
    factory(&mut tuner);
    let threshold = |tuner: &mut Device| {
        let refusal = tuner.learn(&row, Condition::Anomalous);
        let Err(Error::Anomalous { threshold, .. }) = refusal else { panic!("{refusal:?}") };
        threshold
    };
    let of_factory = threshold(&mut tuner);
    assert!(of_factory.is_finite());
    tuner.learn(&row, Condition::Normal).expect("a sample");
    let calibrated = tuner.calibrate().expect("samples");
    assert_eq!(calibrated.threshold, threshold(&mut tuner));
    assert_ne!(calibrated.threshold, of_factory);
    tuner.rollback().expect("a rollback");
    assert_eq!(threshold(&mut tuner), of_factory);
    tuner.learn(&row, Condition::Normal).expect("a sample");
    let calibrated = tuner.calibrate().expect("samples");
    assert!(matches!(tuner.commit(), Ok(Commit::Stored(_))));
    let mut tuner = device(Some(tuner.into_flash()));
    assert_eq!(tuner.describe().origin, Origin::Commit);
    assert_eq!(threshold(&mut tuner), calibrated.threshold);
    tuner.reset().expect("a reset");
    assert_eq!(threshold(&mut tuner), of_factory);
}

#[test]
fn a_power_cut_leaves_the_old_threshold_or_the_new_one_with_its_parameters() {
    let mut tuner = device(None);
    factory(&mut tuner);
    let look = |tuner: &mut Device| {
        let fingerprint = tuner.describe().fingerprint;
        (fingerprint, format!("{:?}", tuner.learn(&[9.0; FEATURES], Condition::Anomalous)))
    };
    let learn = |tuner: &mut Device| {
        tuner.learn(&[0.3; FEATURES], Condition::Normal).expect("a sample");
        tuner.calibrate().expect("samples");
        let _ = tuner.commit();
    };
    survives_cuts(&tuner.into_flash(), |flash| device(Some(flash)), learn, look);
}

#[test]
fn an_alarm_is_the_majority_of_a_window() {
    let mut tuner = device(None);
    factory(&mut tuner);
    let (normal, anomalous) = ([0.0; FEATURES], [9.0; FEATURES]);
    // What is at the mean of all exercises is not far from upright rows; told so, it is normal.
    for _ in 0..5 {
        tuner.learn(&normal, Condition::Normal).expect("a sample");
    }
    tuner.hold_out(&normal, Condition::Normal).expect("room");
    tuner.calibrate().expect("samples");
    let mut see = |row: &[f32; FEATURES]| {
        let inspection = tuner.predict(row).expect("a sample");
        (inspection.is_anomalous, inspection.alarm)
    };
    // Three of five.
    let seen = [&anomalous, &anomalous, &normal, &anomalous, &normal, &normal].map(&mut see);
    let verdicts = [true, true, false, true, false, false].map(Some);
    assert_eq!(seen.map(|(verdict, _)| verdict), verdicts);
    assert_eq!(seen.map(|(_, alarm)| alarm), [false, false, false, true, true, false]);
    // Evaluation neither raises an alarm nor ends one.
    for _ in 0..9 {
        tuner.evaluate(&anomalous, Condition::Unknown).expect("a sample");
    }
    assert!(!tuner.predict(&normal).expect("a sample").alarm);
    // A new threshold makes a new start.
    let raised = (0..3).map(|_| tuner.predict(&anomalous).expect("a sample").alarm).last();
    assert_eq!(raised, Some(true));
    tuner.calibrate().expect("samples");
    assert!(!tuner.predict(&anomalous).expect("a sample").alarm);
}

/// The output is the input, times what is learned: an embedding without a bias.
static SCALE: Dense<2, 2> = Dense;
type Embedding = Planned<'static, Vector<2>, Dense<2, 2>>;

fn embedding(rule: Rule) -> TunerOf<Embedding, Task> {
    let task = AnomalyDetection::distance(MeanSquaredError).with_rule(rule);
    let mut tuner = boot(Planned::new(&SCALE), task, SETTINGS.with_recent(0), None);
    tuner.write_parameters(0, &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]).expect("parameters");
    for limit in [-10.0, 10.0] {
        tuner.widen(&[limit; 2]).expect("a range");
    }
    tuner
}

#[test]
fn a_distance_is_from_the_centre_of_normal_samples() {
    let mut tuner = embedding(Rule::deviations(1.0).expect("deviations"));
    // Bytes of a range of 20 in 255 steps: samples that they stand for to the bit, nearly.
    let corners = [[2.0, 2.0], [2.0, 6.0], [6.0, 2.0], [6.0, 6.0]];
    for corner in &corners {
        tuner.hold_out(corner, Condition::Normal).expect("room");
    }
    assert_eq!(tuner.learn(&[1.0, 1.0], Condition::Normal), Err(Error::NotCalibrated));
    let calibrated = tuner.calibrate().expect("samples");
    let near = |found: f32, value: f32| assert!((found - value).abs() < 0.1, "{found}, {value}");
    // All are 2 from the centre (4, 4) along each axis.
    near(calibrated.mean, 4.0);
    near(calibrated.deviation, 0.0);
    near(tuner.predict(&[4.0, 4.0]).expect("a sample").score, 0.0);
    near(tuner.predict(&[1.0, 8.0]).expect("a sample").score, 12.5);
    assert_eq!(tuner.predict(&[0.0, 0.0]).expect("a sample").is_anomalous, Some(true));
    assert_eq!(tuner.predict(&[3.0, 5.0]).expect("a sample").is_anomalous, Some(false));
    // Learning lowers the score of what is learned.
    let before = tuner.predict(&[8.0, 4.0]).expect("a sample").score;
    tuner.learn(&[8.0, 4.0], Condition::Normal).expect("a sample");
    assert!(tuner.predict(&[8.0, 4.0]).expect("a sample").score < before);
    tuner.install().expect("an installation");
    let task = AnomalyDetection::distance(MeanSquaredError);
    let flash = Some(tuner.into_flash());
    let mut tuner =
        boot::<Embedding, _>(Planned::new(&SCALE), task, SETTINGS.with_recent(0), flash);
    assert_eq!(tuner.predict(&[0.0, 0.0]).expect("a sample").is_anomalous, Some(true));
}

#[test]
fn a_score_that_is_no_number_is_anomalous_and_sets_no_threshold() {
    let mut tuner = embedding(Rule::percentile(1.0).expect("a share"));
    tuner.hold_out(&[2.0, 2.0], Condition::Normal).expect("room");
    let threshold = tuner.calibrate().expect("samples").threshold;
    assert_eq!(threshold, 0.0);
    tuner.write_parameters(0, &[3e38, -3e38]).expect("parameters");
    assert_eq!(tuner.predict(&[9.0, 9.0]).expect("a sample").is_anomalous, Some(true));
    assert_eq!(tuner.calibrate(), Err(Error::NotFinite { index: 0 }));
    tuner.write_parameters(0, &[1.0, 0.0]).expect("parameters");
    let verdicts = [[2.0, 2.0], [2.1, 2.0]].map(|row| tuner.predict(&row).unwrap().is_anomalous);
    assert_eq!(verdicts, [Some(false), Some(true)], "the threshold is what it was");
    tuner.rollback().expect_err("nothing is stored");
}

#[test]
fn parameters_that_reconstruct_worse_are_not_stored() {
    let mut tuner = device(None);
    factory(&mut tuner);
    let good = tuner.parameters().to_vec();
    // The mean of the held-out samples, whatever comes.
    let nothing = vec![0.0; good.len()];
    tuner.write_parameters(0, nothing.as_slice()).expect("parameters");
    let Ok(Commit::Rejected(rejected)) = tuner.commit() else { panic!("a rejection") };
    assert!(rejected.loss > rejected.tolerated, "{rejected:?}");
    assert_eq!(tuner.parameters(), good);
    // Slightly other parameters are.
    let slightly: Vec<f32> = good.iter().map(|number| number * 1.001).collect();
    tuner.write_parameters(0, slightly.as_slice()).expect("parameters");
    assert!(matches!(tuner.commit(), Ok(Commit::Stored(_))));
}

/// A whole life.
fn life<M: Model>(tuner: &mut Device<M>) -> String {
    let [_, left, _] = wrists();
    factory(tuner);
    let mut found = String::new();
    for (row, _) in &left {
        found += &format!("{:?} {:?}\n", tuner.predict(row), tuner.learn(row, Condition::Unknown));
    }
    for row in of_exercise(&left, NORMAL) {
        found += &format!("{:?}\n", tuner.learn(&row, Condition::Normal));
    }
    let (calibrated, commit) = (tuner.calibrate(), tuner.commit());
    let found = format!("{found}{calibrated:?} {commit:?} {:?}", scores(tuner));
    format!("{found} {:?} {:?}", tuner.metrics(), tuner.describe())
}

#[test]
fn a_network_that_is_data_has_the_bits_of_the_type() {
    let mut typed = device(None);
    let of_type = life(&mut typed);
    assert!(of_type.contains("Anomalous {") && of_type.contains("Learned {"), "{of_type}");
    interpreted(SPEC, |model| {
        let mut data = boot(model, autoencoder(), SETTINGS, None);
        assert_eq!(life(&mut data), of_type);
        assert_eq!(data.parameters(), typed.parameters());
        assert_eq!(data.into_flash().bytes(), typed.into_flash().bytes());
    });
}

#[test]
fn an_autoencoder_has_as_many_outputs_as_features() {
    static LAYERS: Dense<4, 3> = Dense;
    let model = Planned::<Vector<4>, _>::new(&LAYERS);
    let task = autoencoder();
    let sizes = Sizes::of_model(&model, &SETTINGS).with_task(task.sizes());
    let (memory, area) = (Heap::new(&sizes), 0..sizes.flash::<Nor>());
    let flash = Nor::new(area.end as usize);
    let error = Tuner::new(model, task, SETTINGS, memory, flash, area).err();
    assert_eq!(error, Some(StartError::Outputs { needed: 4, available: 3 }));
}

/// A standardization in front: what is reconstructed is the standardized feature.
#[test]
fn an_autoencoder_behind_a_frozen_front_is_compared_with_the_latent() {
    const COUNT: u32 = FEATURES as u32;
    let layers = [
        LayerSpec::Frozen(FrozenSpec { layers: 1 }),
        LayerSpec::BatchNorm(BatchNormSpec { channels: COUNT, epsilon: 0.0 }),
        LayerSpec::Dense(DenseSpec { inputs: COUNT, outputs: 6 }),
        LayerSpec::Tanh(Tanh),
        LayerSpec::Dense(DenseSpec { inputs: 6, outputs: COUNT }),
    ];
    let spec = NetworkSpec { input: Dims::vector(COUNT), layers: &layers };
    // Weights, biases, means and variances: the latent is (x - 2) / 4.
    let constants = [[1.0; FEATURES], [0.0; FEATURES], [2.0; FEATURES], [16.0; FEATURES]].concat();
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let network = Interpreted::new(spec, &mut steps, &constants).expect("a network");
    let row: [f32; FEATURES] = std::array::from_fn(|index| index as f32 - 5.0);
    let latent = row.map(|feature| (feature - 2.0) / 4.0);
    let score = |tuner: &mut TunerOf<_, Task>| tuner.predict(&row).expect("a sample").score;
    let mut tuner = boot(LatentReplay::new(network), autoencoder(), SETTINGS, None);
    let mut outputs = vec![0.0; FEATURES];
    let mut arena = vec![0.0; network.arena()];
    outputs.copy_from_slice(network.predict(tuner.parameters(), &row, &mut arena).expect("runs"));
    let mut gradient = [0.0; FEATURES];
    let expected = MeanSquaredError.slice_gradient::<f32>(&outputs, &latent, &mut gradient);
    assert_eq!(score(&mut tuner), expected);
    // Where features are kept, they are what is compared with.
    let mut tuner = boot(network, autoencoder(), SETTINGS, None);
    let expected = MeanSquaredError.slice_gradient::<f32>(&outputs, &row, &mut gradient);
    assert_eq!(tuner.predict(&row).expect("a sample").score, expected);
}
