//! A rehearsal has the bits of a board, and leaks nothing.

use std::collections::BTreeSet;
use std::num::NonZeroU8;
use std::sync::Arc;

use trimpot::loss::CrossEntropy;
use trimpot::plan::PlannedStep;
use trimpot::random::Random;
use trimpot_model::architecture::{Architecture, Between};
use trimpot_model::file::{About, BoardOptimizer, ModelTask, StoredModel};
use trimpot_tuner::{Classification, Condition, Interpreted, Settings, Sizes, Tuner};

use super::split::{Cut, OneSided, hold_out, in_turns, split};
use super::{Measure, Rehearsal, Verdict};
use crate::board::flash::MemoryFlash;
use crate::board::heap::Heap;
use crate::board::{Board, BoardAddress, BoardTarget, FactorySamples, range};
use crate::dataset::{Dataset, Table, Targets};
use crate::study::Stop;

/// Points in a square, of two classes apart by a line with this slope.
fn samples(count: usize, seed: u32, slope: f32) -> Dataset {
    let mut random = Random::new(seed);
    let features: Vec<[f32; 2]> = (0..count).map(|_| [(); 2].map(|()| random.uniform())).collect();
    let classes = features.iter().map(|[x, y]| u32::from(*y > slope * x)).collect();
    Dataset::new::<2, u32>(features, classes).unwrap()
}

fn model() -> StoredModel {
    let network = "2-6-2".parse::<Architecture>().unwrap();
    let layers = network.layers(Between::default()).unwrap();
    let mut random = Random::new(5);
    let parameters = (0..layers.spec().parameters()).map(|_| random.uniform() - 0.5).collect();
    let about = About { replays: Some(7), learning_rate: Some(0.05), ..About::default() };
    StoredModel { layers, parameters, about }
}

fn rehearsal() -> Rehearsal {
    Rehearsal {
        model: model(),
        factory_learned: samples(90, 1, 1.0),
        factory_others: samples(90, 2, 1.0),
        factory_anomalous: Dataset::default(),
        range: Default::default(),
        learned: samples(24, 3, 0.6),
        tested: samples(60, 4, 0.6),
        seed: 1,
    }
}

fn never() -> Stop {
    Arc::new(|| false)
}

#[test]
fn steps_of_an_optimizer_are_counted_and_what_is_left_of_a_batch_makes_one() {
    let of_batch = |batch: Option<u8>| {
        let mut rehearsal = rehearsal();
        rehearsal.model.about.optimizer = batch.and_then(|_| BoardOptimizer::named("adam"));
        rehearsal.model.about.batch = batch.and_then(NonZeroU8::new);
        rehearsal.run(&never()).unwrap().unwrap()
    };
    // Of each of 24 samples, with 7 that are replayed.
    for (batch, updates) in [(None, 0), (Some(1), 24 * 8), (Some(3), 24 * 3), (Some(8), 24)] {
        let rehearsed = of_batch(batch);
        assert_eq!((rehearsed.passes, rehearsed.updates), (24 * 8, updates), "{batch:?}");
    }
}

#[test]
fn it_has_the_bits_of_a_board_that_is_fed_over_the_link_and_of_a_tuner_that_is_fed_by_hand() {
    let rehearsal = rehearsal();
    let rehearsed = rehearsal.run(&never()).unwrap().unwrap();
    assert_ne!(rehearsed.parameters, rehearsal.model.parameters);

    let (factory, rest) =
        FactorySamples::choose(&rehearsal.factory_learned, &rehearsal.factory_others, 20);
    assert_eq!((factory.pinned.len(), factory.held_out.len(), rest.len()), (40, 40, 50));
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    let mut board = Board::boot(BoardAddress::Simulated { flash }).unwrap();
    board.install_model(&rehearsal.model).unwrap();
    board.write_samples(&factory).unwrap();
    board.install_memory().unwrap();
    let mut passes = 0;
    for (features, class) in rehearsal.learned.labelled().unwrap() {
        passes += u64::from(board.learn(features, class).unwrap().steps);
    }
    assert_eq!(board.read_parameters().unwrap(), rehearsed.parameters);
    assert_eq!(passes, rehearsed.passes);
    assert_eq!(board.describe().unwrap().ram as usize, rehearsed.ram);
    let counts = board.evaluate(&rehearsal.tested).unwrap();
    let accuracy = counts.scores().accuracy().unwrap();
    assert!((rehearsed.after().tuned - f64::from(accuracy)).abs() < 1e-6);

    let mut steps = vec![PlannedStep::EMPTY; rehearsal.model.layers.spec().steps()];
    let layers = &rehearsal.model.layers;
    let network = Interpreted::new(layers.spec(), &mut steps, &layers.constants).unwrap();
    let settings = Settings::new().with_learning_rate(0.05).unwrap().with_replays(7);
    let task = Classification::new(CrossEntropy::new());
    let sizes = Sizes::of_model(&network, &settings).with_task(task.sizes());
    let memory = Heap::of(&sizes);
    let flash = sizes.flash::<MemoryFlash>();
    let mut tuner =
        Tuner::new(network, task, settings, memory, MemoryFlash::new(flash), 0..flash).unwrap();
    tuner.write_parameters(0, &rehearsal.model.parameters[..]).unwrap();
    for limit in &factory.range {
        tuner.widen(&limit[..]).unwrap();
    }
    for (features, class) in factory.pinned.labelled().unwrap() {
        tuner.pin(features, class).unwrap();
    }
    for (features, class) in factory.held_out.labelled().unwrap() {
        tuner.hold_out(features, class).unwrap();
    }
    tuner.install().unwrap();
    for (features, class) in rehearsal.learned.labelled().unwrap() {
        tuner.learn(features, class).unwrap();
    }
    assert_eq!(tuner.parameters(), rehearsed.parameters);
}

#[test]
fn a_curve_goes_from_no_sample_to_all() {
    let rehearsed = rehearsal().run(&never()).unwrap().unwrap();
    let samples: Vec<usize> = rehearsed.points.iter().map(|point| point.samples).collect();
    assert_eq!(samples, [0, 3, 6, 12, 24]);
    assert_eq!(rehearsed.before().scratch, None);
    assert!(rehearsed.points.iter().skip(1).all(|point| point.scratch.is_some()));
    assert!(rehearsed.points.iter().all(|point| point.factory.is_some()));
    // The line from scratch is found, of two dozen points.
    assert!(rehearsed.after().scratch.unwrap() > 0.8, "{rehearsed:?}");
    // Of three samples some parts are as large as others.
    let tiny = Rehearsal { learned: rehearsal().learned.split(3).0, ..rehearsal() };
    let points = tiny.run(&never()).unwrap().unwrap().points;
    assert_eq!(points.iter().map(|point| point.samples).collect::<Vec<_>>(), [0, 1, 1, 2, 3]);
    assert_eq!(points[1], points[2]);
}

#[test]
fn the_guard_says_what_would_be_rolled_back() {
    // Where everything is of one class, the factory's knowledge is ruined.
    let one_sided = samples(60, 3, -1.0);
    let trained = {
        let good = Rehearsal { learned: samples(300, 9, 1.0), ..rehearsal() };
        let parameters = good.run(&never()).unwrap().unwrap().parameters;
        StoredModel { parameters, ..model() }
    };
    let mut bad = Rehearsal { model: trained, learned: one_sided, ..rehearsal() };
    bad.model.about.replays = Some(0);
    bad.model.about.learning_rate = Some(0.5);
    let rehearsed = bad.run(&never()).unwrap().unwrap();
    assert!(
        matches!(rehearsed.verdict, Verdict::Rejected { loss, tolerated } if loss > tolerated),
        "{rehearsed:?}"
    );
    assert_eq!(rehearsed.stored(), rehearsed.before().tuned);
    // Without the factory's samples nothing is stored.
    let none = Rehearsal {
        factory_learned: Dataset::default(),
        factory_others: Dataset::default(),
        range: range([rehearsal().learned.features()].into_iter()),
        ..rehearsal()
    };
    let rehearsed = none.run(&never()).unwrap().unwrap();
    assert_eq!(rehearsed.verdict, Verdict::Unjudged);
    assert_eq!(rehearsed.after().factory, None);
}

/// Points in a square, each with a number that rises by this slope.
fn heights(count: usize, seed: u32, slope: f32) -> Dataset {
    let mut random = Random::new(seed);
    let features: Vec<[f32; 2]> = (0..count).map(|_| [(); 2].map(|()| random.uniform())).collect();
    let heights = features.iter().map(|[x, y]| [slope * x - y]).collect();
    Dataset::new::<2, [f32; 1]>(features, heights).unwrap()
}

#[test]
fn of_numbers_the_error_is_measured_that_the_board_makes() {
    let network = "2-8-1".parse::<Architecture>().unwrap();
    let layers = network.layers(Between::default()).unwrap();
    let mut random = Random::new(8);
    let parameters = (0..layers.spec().parameters()).map(|_| random.uniform() - 0.5).collect();
    let about = About {
        task: Some(ModelTask::Numbers),
        learning_rate: Some(0.05),
        replays: Some(0),
        ..About::default()
    };
    let rehearsal = Rehearsal {
        model: StoredModel { layers, parameters, about },
        factory_learned: heights(60, 1, 1.0),
        factory_others: heights(90, 2, 1.0),
        learned: heights(300, 3, 2.0),
        tested: heights(50, 4, 2.0),
        ..rehearsal()
    };
    let rehearsed = rehearsal.run(&never()).unwrap().unwrap();
    assert_eq!(rehearsed.measure, Measure::RootMeanSquaredError);
    let [before, after] = [rehearsed.before(), rehearsed.after()];
    assert!(after.tuned < 0.3 * before.tuned, "{rehearsed:?}");
    assert!(after.scratch.unwrap() < 0.3 * before.tuned, "{rehearsed:?}");
    assert!(after.factory.is_some());

    let (factory, _) =
        FactorySamples::choose(&rehearsal.factory_learned, &rehearsal.factory_others, 20);
    let mut board = Board::boot(BoardAddress::Forgetful).unwrap();
    board.install_model(&rehearsal.model).unwrap();
    board.write_samples(&factory).unwrap();
    board.install_memory().unwrap();
    for (features, target) in BoardTarget::of_samples(&rehearsal.learned) {
        board.learn(features, target).unwrap();
    }
    let mut squares = 0.0;
    for (features, target) in BoardTarget::of_samples(&rehearsal.tested) {
        let BoardTarget::Values(wanted) = target else { panic!("targets are numbers") };
        let outputs = board.predict(features).unwrap().outputs;
        squares += f64::from(outputs[0] - wanted[0]).powi(2);
    }
    let error = (squares / rehearsal.tested.len() as f64).sqrt();
    assert!((after.tuned - error).abs() < 1e-6, "{error} {rehearsed:?}");
}

/// Points on a line in space with this slope, and then as many on a steeper one.
fn line(count: usize, seed: u32, slope: f32) -> [Dataset; 2] {
    let mut random = Random::new(seed);
    [Condition::Normal, Condition::Anomalous].map(|condition| {
        let mut point = || {
            let x = 2.0 * random.uniform() - 1.0;
            let steeper = if condition == Condition::Normal { 0.0 } else { 0.5 };
            [x, (slope + steeper) * x, -x]
        };
        let features: Vec<[f32; 3]> = (0..count).map(|_| point()).collect();
        let table = Table { columns: 3, numbers: features.into_flattened() };
        let conditions = Targets::Conditions(vec![condition; count]);
        Dataset::of_tables(table, conditions, Vec::new()).unwrap()
    })
}

#[test]
fn of_anomalies_the_area_under_the_curve_is_measured_by_the_scores_of_the_board() {
    let network = "3-2-3".parse::<Architecture>().unwrap();
    let layers = network.layers(Between::default()).unwrap();
    let mut random = Random::new(8);
    let parameters = (0..layers.spec().parameters()).map(|_| random.uniform() - 0.5).collect();
    let about =
        About { task: Some(ModelTask::Anomalies), learning_rate: Some(0.05), ..About::default() };
    let [learned, anomalous] = line(120, 3, 0.4);
    let (learned, tested) = learned.split(60);
    let numbers = [tested.features(), anomalous.features()].map(|table| table.numbers.clone());
    let table = Table { columns: 3, numbers: numbers.concat() };
    let known = [vec![Condition::Normal; 60], vec![Condition::Anomalous; 120]].concat();
    let tested = Dataset::of_tables(table, Targets::Conditions(known), Vec::new()).unwrap();
    let [factory, factory_anomalous] = line(200, 5, 1.0);
    let (factory_learned, factory_others) = factory.split(80);
    let model = StoredModel { layers, parameters, about };
    let of_factory = {
        let (learned, _) = factory_learned.split(80);
        let none = Dataset::default();
        let untaught = Rehearsal {
            model: model.clone(),
            factory_learned: none.clone(),
            factory_others: none.clone(),
            factory_anomalous: none,
            range: range([factory.features()].into_iter()),
            tested: tested.clone(),
            learned,
            seed: 1,
        };
        untaught.run(&never()).unwrap().unwrap().parameters
    };
    // Again and again, and nothing of the factory's between.
    let learned = learned.select(&(0..900).map(|row| row % 60).collect::<Vec<_>>());
    let about = About { replays: Some(0), ..model.about.clone() };
    let rehearsal = Rehearsal {
        model: StoredModel { parameters: of_factory, about, ..model },
        factory_learned,
        factory_others,
        factory_anomalous,
        range: Default::default(),
        learned,
        tested,
        seed: 1,
    };
    let rehearsed = rehearsal.run(&never()).unwrap().unwrap();
    assert_eq!(rehearsed.measure, Measure::AreaUnderCurve);
    let after = rehearsed.after();
    assert!(after.tuned > rehearsed.before().tuned && after.tuned > 0.9, "{rehearsed:?}");
    assert!(after.scratch.is_some() && after.factory.is_some(), "{rehearsed:?}");

    // Without anomalous samples there is nothing to measure.
    let normal = Rehearsal { tested: rehearsal.learned.clone(), ..rehearsal };
    let error = normal.run(&never()).unwrap_err().to_string();
    assert_eq!(error, "there are no anomalous samples to test on");
}

#[test]
fn it_can_be_stopped() {
    assert_eq!(rehearsal().run(&(Arc::new(|| true) as Stop)).unwrap(), None);
}

#[test]
fn no_recording_is_both_learned_and_tested_on() {
    let (mut random, mut splits) = (Random::new(7), 0);
    for _ in 0..200 {
        let recordings: Vec<usize> = (0..12).flat_map(|number| [number; 9]).collect();
        let recordings = &recordings[..40 + random.below(60)];
        // Some recordings are of two classes.
        let classes: Vec<u32> =
            recordings.iter().map(|number| (number % 3 + random.below(8) / 7) as u32 % 3).collect();
        let share = 0.2 + 0.6 * f64::from(random.uniform());
        let names = |rows: &[usize]| -> BTreeSet<usize> {
            rows.iter().map(|&row| recordings[row]).collect()
        };
        if let Ok(parts) = split(&classes, Some(recordings), share, Cut::Recordings) {
            assert!(names(&parts.learned).is_disjoint(&names(&parts.tested)));
            assert_eq!(parts.learned.len() + parts.tested.len(), classes.len());
            splits += 1;
        }
        let (stay, aside) = hold_out(&classes, recordings, share, 3);
        assert!(names(&stay).is_disjoint(&names(&aside)));
        assert_eq!(stay.len() + aside.len(), classes.len());
    }
    assert!(splits > 100, "{splits}");
}

#[test]
fn of_each_class_a_recording_stays() {
    // Class 2 is in one recording alone, most of which is of class 0.
    let recordings = [1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5];
    let classes = [0, 0, 1, 1, 0, 0, 0, 0, 2, 1, 1];
    for (seed, share) in (0..20).flat_map(|seed| [0.5, 0.9, 1.0].map(|share| (seed, share))) {
        let (stay, aside) = hold_out(&classes, &recordings, share, seed);
        let stays: BTreeSet<u32> = stay.iter().map(|&row| classes[row]).collect();
        assert_eq!(stays, BTreeSet::from([0, 1, 2]), "{share}");
        assert!(stay.contains(&8) && !aside.is_empty(), "{share}");
    }
}

#[test]
fn a_gap_lies_between_the_parts_of_each_recording() {
    let recordings: Vec<usize> = [4, 7, 9].into_iter().flat_map(|number| [number; 10]).collect();
    let classes = vec![0; 30];
    let parts = split(&classes, Some(&recordings), 0.5, Cut::Within { gap: 2 }).unwrap();
    assert_eq!(parts.learned, [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
    assert_eq!(parts.tested, [6, 7, 8, 9, 16, 17, 18, 19, 26, 27, 28, 29]);
    // A recording that is shorter than the gap is in neither part.
    let parts = split(&classes, Some(&recordings), 0.5, Cut::Within { gap: 20 });
    assert_eq!(parts.unwrap(), Default::default());
}

#[test]
fn a_class_in_one_part_alone_is_refused() {
    let recordings = [1, 1, 2, 2, 3, 3];
    let error = split(&[0, 0, 0, 0, 1, 1], Some(&recordings), 0.5, Cut::Recordings).unwrap_err();
    assert_eq!(error, OneSided { class: 1, is_learned: true, recordings: 1 });
}

#[test]
fn classes_take_turns_and_stay_in_order() {
    let classes = [0, 0, 0, 0, 1, 1];
    let rows = [0, 1, 2, 3, 4, 5];
    assert_eq!(in_turns(&classes, None, &rows), [0, 4, 1, 2, 5, 3]);
    // Of each recording, too.
    assert_eq!(in_turns(&classes, Some(&[0, 0, 1, 1, 2, 2]), &rows), [0, 2, 4, 1, 3, 5]);
}
