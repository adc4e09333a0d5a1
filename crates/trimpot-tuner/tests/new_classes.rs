//! The promise: a class that comes at run time is learned as if it had been there, the others are
//! not forgotten, and what is stored says which classes there are.

use crate::tasks::*;
use trimpot::layer::{Dense, DenseSpec, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot::{Chain, chain};
use trimpot_tuner::{Classification, Commit, Error, Model, Origin, Settings};

type Layers = Chain![Dense<FEATURES, 10>, Relu, Dense<10, 7>];
type Few = Chain![Dense<FEATURES, 10>, Relu, Dense<10, 5>];
type Typed = Planned<'static, Vector<FEATURES>, Layers>;

static LAYERS: Layers = chain![Dense, Relu, Dense];
static FEW: Few = chain![Dense, Relu, Dense];

const SPEC: NetworkSpec<'_> = NetworkSpec {
    input: Dims::vector(FEATURES as u32),
    layers: &[
        LayerSpec::Dense(DenseSpec { inputs: FEATURES as u32, outputs: 10 }),
        LayerSpec::Relu(Relu),
        LayerSpec::Dense(DenseSpec { inputs: 10, outputs: 7 }),
    ],
};

/// Parameters of the first layer, and of one output in the second: ten weights.
const FIRST: usize = FEATURES * 10 + 10;
const ALL: Classification<CrossEntropy> = Classification::new(CrossEntropy::new());
const OPEN: Classification<CrossEntropy> = ALL.with_classes(5);
const SETTINGS: Settings = Settings::new().with_pinned(10).with_recent(10);

type Open<M = Typed> = TunerOf<M, Classification<CrossEntropy>>;

fn typed() -> Typed {
    Planned::new(&LAYERS)
}

fn open(flash: Option<Nor>) -> Open {
    boot(typed(), OPEN, SETTINGS, flash)
}

/// The parameters that the first five outputs depend on.
fn of_five(parameters: &[f32]) -> Vec<f32> {
    let (first, last) = parameters.split_at(FIRST);
    let (weights, bias) = last.split_at(last.len() / 11 * 10);
    [first, &weights[..50], &bias[..5]].concat()
}

/// The share of windows whose exercise is predicted, of exercises in `labels`.
fn accuracy<M: Model>(
    tuner: &mut Open<M>,
    windows: &[Window],
    labels: std::ops::Range<u32>,
) -> f32 {
    tuner.clear_metrics();
    for (row, label) in windows.iter().filter(|window| labels.contains(&window.1)) {
        tuner.evaluate(row, *label).expect("a window of a class in use");
    }
    let scores = tuner.metrics().scores;
    scores.correct as f32 / scores.samples as f32
}

/// The factory: five exercises of the right wrist are learned, pinned, held out and installed.
fn factory<M: Model>(tuner: &mut Open<M>, right: &[Window]) {
    let limits: [[f32; FEATURES]; 2] = [[-12.0; FEATURES], [12.0; FEATURES]];
    limits.iter().for_each(|limit| tuner.widen(limit).expect("a range"));
    for label in 0..5 {
        let rows = of_exercise(right, label);
        for (row, other) in rows.iter().step_by(3).zip(rows.iter().skip(1).step_by(3)).take(10) {
            tuner.pin(row, label).expect("room");
            tuner.hold_out(other, label).expect("room");
        }
    }
    for (row, label) in right.iter().step_by(5).filter(|window| window.1 < 5) {
        tuner.learn(row, *label).expect("a window");
    }
    tuner.install().expect("an installation");
}

#[test]
fn outputs_that_are_not_in_use_take_no_part() {
    let few = Planned::<Vector<FEATURES>, _>::new(&FEW);
    let (mut few, mut open) = (boot(few, ALL, SETTINGS, None), open(None));
    few.write_parameters(0, of_five(open.parameters()).as_slice()).expect("as many parameters");
    // Two classes that would win everything.
    let biases = open.parameters().len() as u32 - 2;
    open.write_parameters(biases, &[1e6, f32::MAX]).expect("parameters");
    let unused = |tuner: &Open| {
        let (_, last) = tuner.parameters().split_at(FIRST);
        [&last[50..70], &last[75..]].concat()
    };
    let before = unused(&open);
    let [right, ..] = wrists();
    for (row, label) in right.iter().step_by(7).filter(|window| window.1 < 5) {
        let (of_few, of_open) = (few.predict(row).unwrap(), open.predict(row).unwrap());
        assert_eq!(of_few, of_open);
        assert_eq!(few.learn(row, *label), open.learn(row, *label));
    }
    assert_eq!(few.parameters(), of_five(open.parameters()));
    assert_eq!(unused(&open), before);
    assert_eq!(few.metrics(), open.metrics());
    assert!(matches!(
        (few.commit(), open.commit()),
        (Ok(Commit::Stored(_)), Ok(Commit::Stored(_)))
    ));
}

#[test]
fn the_next_class_comes_into_use_and_no_other() {
    let mut tuner = open(None);
    let row = [0.1; FEATURES];
    let none = |classes, found| Error::Label { classes, found };
    assert_eq!(tuner.classes(), 5);
    assert_eq!(tuner.learn(&row, 6), Err(none(5, 6)));
    assert_eq!(tuner.evaluate(&row, 5).err(), Some(none(5, 5)));
    // Refused for another reason: nothing has changed.
    assert_eq!(tuner.pin(&row, 5), Err(Error::NoRange));
    assert_eq!(tuner.learn(&[f32::NAN; FEATURES], 5), Err(Error::NotFinite { index: 0 }));
    assert_eq!(tuner.classes(), 5);
    tuner.learn(&row, 5).expect("a new class");
    assert_eq!(tuner.classes(), 6);
    assert_eq!(tuner.predict(&row).expect("a sample").outputs.len(), 6);
    tuner.evaluate(&row, 5).expect("a class in use");
    assert_eq!(tuner.add_class(), Ok(6));
    assert_eq!((tuner.add_class(), tuner.classes()), (Err(none(7, 7)), 7));
    assert_eq!(tuner.learn(&row, 7), Err(none(7, 7)));
    // Where all classes are in use at first, none can come.
    let mut all = boot(typed(), ALL, SETTINGS, None);
    assert_eq!((all.classes(), all.add_class()), (7, Err(none(7, 7))));
    // From no class on.
    let mut none_yet = boot(typed(), ALL.with_classes(0), SETTINGS, None);
    assert_eq!(none_yet.predict(&row).expect("a sample").class, None);
    none_yet.learn(&row, 0).expect("a first class");
    assert_eq!(none_yet.predict(&row).expect("a sample").class, Some(0));
}

#[test]
fn an_exercise_that_is_new_is_learned_beside_those_of_the_factory() {
    let [right, ..] = wrists();
    let mut tuner = open(None);
    factory(&mut tuner, &right);
    let before = accuracy(&mut tuner, &right, 0..5);
    let new = of_exercise(&right, 5);
    for row in new.iter().step_by(3) {
        let learned = tuner.learn(row, 5).expect("a window");
        assert!(!learned.rolled_back);
    }
    assert!(matches!(tuner.commit(), Ok(Commit::Stored(_))));
    let mut tuner = open(Some(tuner.into_flash()));
    assert_eq!((tuner.classes(), tuner.describe().origin), (6, Origin::Commit));
    let (old, new) = (accuracy(&mut tuner, &right, 0..5), accuracy(&mut tuner, &right, 5..6));
    println!("{before} of five exercises before; {old} after, and {new} of the sixth");
    assert!(before > 0.6 && old > before - 0.06 && new > 0.7, "{before}: {old}, {new}");
    // The factory's network has five classes, whatever was stored since.
    tuner.reset().expect("a reset");
    assert_eq!(tuner.classes(), 5);
    assert_eq!(accuracy(&mut tuner, &right, 0..5), before);
}

#[test]
fn what_is_not_stored_goes_with_the_class() {
    let [right, ..] = wrists();
    let mut tuner = open(None);
    factory(&mut tuner, &right);
    let before = (tuner.parameters().to_vec(), tuner.describe().replay);
    let row = right[0].0;
    tuner.learn(&row, 5).expect("a new class");
    tuner.rollback().expect("a rollback");
    assert_eq!((tuner.classes(), tuner.describe().replay), (5, before.1));
    assert_eq!(tuner.parameters(), before.0);
    // A pinned sample of a class that is gone stays, and is neither replayed nor a judge.
    tuner.pin(&row, 5).expect("room");
    tuner.rollback().expect("a rollback");
    assert_eq!((tuner.classes(), tuner.describe().replay.pinned), (5, before.1.pinned + 1));
    let learned = tuner.learn(&row, 0).expect("a sample");
    assert!(learned.loss.is_finite() && !learned.rolled_back);
    assert_eq!(tuner.learn(&row, 6), Err(Error::Label { classes: 5, found: 6 }));
    // Divergence returns to the classes that are stored.
    tuner.add_class().expect("a sixth class");
    let huge = vec![1e20; tuner.parameters().len()];
    tuner.write_parameters(0, huge.as_slice()).expect("finite numbers");
    assert!(tuner.learn(&row, 0).expect("a sample").rolled_back);
    assert_eq!(tuner.classes(), 5);
}

#[test]
fn a_power_cut_leaves_the_old_classes_or_the_new_ones() {
    let [right, ..] = wrists();
    let mut tuner = open(None);
    factory(&mut tuner, &right);
    let rows = of_exercise(&right, 5);
    let flash = tuner.into_flash();
    let learn = |tuner: &mut Open| {
        rows.iter().take(2).for_each(|row| assert!(tuner.learn(row, 5).is_ok()));
        let _ = tuner.commit();
    };
    let look = |tuner: &mut Open| (tuner.classes(), tuner.describe().fingerprint);
    survives_cuts(&flash, |flash| open(Some(flash)), learn, look);
    // A class alone is stored, too.
    let add = |tuner: &mut Open| {
        tuner.add_class().expect("a class");
        let _ = tuner.commit();
    };
    survives_cuts(&flash, |flash| open(Some(flash)), add, |tuner| tuner.classes());
}

/// Weights of a network that has these outputs, whatever the features.
fn constant(outputs: [f32; 7]) -> Vec<f32> {
    let mut parameters = vec![0.0; FIRST + 70];
    parameters.extend(outputs);
    parameters
}

#[test]
fn a_new_class_is_no_reason_to_forget_an_old_one_nor_to_keep_the_old_network() {
    let rows: [[f32; FEATURES]; 2] = [[0.5; FEATURES], [-0.5; FEATURES]];
    let installed = |candidate: [f32; 7], judges: &[u32]| {
        let mut tuner = open(None);
        for limit in [-2.0, 2.0] {
            tuner.widen(&[limit; FEATURES]).expect("a range");
        }
        tuner.hold_out(&rows[0], 0).expect("room");
        let sure = constant([5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        tuner.write_parameters(0, sure.as_slice()).expect("parameters");
        tuner.install().expect("an installation");
        for &label in judges {
            tuner.hold_out(&rows[1], label).expect("room");
        }
        tuner.write_parameters(0, constant(candidate).as_slice()).expect("parameters");
        let commit = tuner.commit().expect("a verdict");
        let sure = tuner.parameters() == sure;
        (matches!(commit, Commit::Stored(_)), tuner.classes(), sure)
    };
    // The factory's network does not know class 5, and loses ln 6 = 1.8 on its sample and 0.03 on
    // the other: 0.91 in the mean.
    let both = [2.0, -5.0, -5.0, -5.0, -5.0, 2.0, 0.0];
    assert_eq!(installed(both, &[5]), (true, 6, false), "it knows both: 0.69");
    let new_only = [-5.0, -5.0, -5.0, -5.0, -5.0, 5.0, 0.0];
    assert_eq!(installed(new_only, &[5]), (true, 6, false), "no worse in the mean: 0.9");
    assert_eq!(installed(new_only, &[5, 0, 0]), (false, 5, true), "it has forgotten class 0");
    // As little as the factory's does, and it is far from sure of class 0.
    let neither = [0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(installed(neither, &[5]), (false, 5, true));
}

#[test]
fn what_was_stored_for_another_number_of_classes_is_not_misread() {
    let [right, ..] = wrists();
    let mut all = boot(typed(), ALL, SETTINGS, None);
    let initial = all.parameters().to_vec();
    all.learn(&right[0].0, 3).expect("a sample");
    assert!(matches!(all.commit(), Ok(Commit::Stored(_))));
    let fingerprint = all.describe().fingerprint;
    let flash = all.into_flash();
    // The slots lie elsewhere if the image is longer; here they lie where they lay.
    let mut tuner = boot(typed(), OPEN, SETTINGS, Some(flash));
    assert_eq!((tuner.describe().origin, tuner.classes()), (Origin::Blank, 5));
    assert_eq!(tuner.parameters(), initial);
    let mut all = boot(typed(), ALL, SETTINGS, Some(tuner.into_flash()));
    assert_eq!((all.describe().origin, all.describe().fingerprint), (Origin::Commit, fingerprint));
}

/// A whole life.
fn life<M: Model>(tuner: &mut Open<M>) -> String {
    let [right, left, _] = wrists();
    factory(tuner, &right);
    for (row, label) in left.iter().filter(|window| window.1 < 6) {
        let _ = tuner.learn(row, *label);
    }
    let (commit, class) = (tuner.commit(), tuner.predict(&left[0].0).map(|found| found.class));
    let found = format!("{commit:?} {class:?} {:?} {:?}", tuner.metrics(), tuner.describe());
    format!("{found} {:?}", (tuner.reset(), tuner.classes()))
}

#[test]
fn a_network_that_is_data_has_the_bits_of_the_type() {
    let mut typed = open(None);
    let of_type = life(&mut typed);
    assert!(of_type.ends_with("(Ok(()), 5)"), "{of_type}");
    interpreted(SPEC, |model| {
        let mut data = boot(model, OPEN, SETTINGS, None);
        assert_eq!(life(&mut data), of_type);
        assert_eq!(data.parameters(), typed.parameters());
        assert_eq!(data.into_flash().bytes(), typed.into_flash().bytes());
    });
}
