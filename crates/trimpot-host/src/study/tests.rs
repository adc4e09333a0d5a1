mod board;
mod tasks;

use std::num::NonZeroUsize;
use std::sync::Arc;

use trimpot::random::Random;
use trimpot::spec::Dims;

use super::*;
use crate::dataset::Dataset;

fn subject() -> Arc<Subject> {
    let mut random = Random::new(1);
    let labels: Vec<u32> = (0..300).map(|_| random.below(3) as u32).collect();
    let corners = [[0.0, 1.0], [1.0, -1.0], [-1.0, -1.0]];
    let mut near = |center: f32| center + 1.6 * (random.uniform() - 0.5);
    let features = labels.iter().map(|&label| corners[label as usize].map(&mut near)).collect();
    let dataset = Dataset::new::<2, u32>(features, labels).unwrap();
    Arc::new(Subject::new("corners", Dims::vector(2), Kind::Classes(3), dataset, None))
}

fn recipe() -> Recipe {
    Recipe {
        network: "2-8-3".to_owned(),
        activation: Default::default(),
        dropout: 0.0,
        standardize: true,
        loss: "cross_entropy".to_owned(),
        optimizer: "adam",
        momentum: 0.0,
        learning_rate: 0.001,
        l1: 0.0,
        l2: 0.0,
        augmentation: None,
        batch: NonZeroUsize::new(16).unwrap(),
        epochs: 4,
        rows: 200,
    }
}

/// A study of two experiments with five levels.
fn study() -> Study {
    let level = |name: &str, loss: &str| {
        let recipe = Recipe { loss: loss.to_owned(), ..recipe() };
        Level::new(name, recipe, [1e-3, 1e-1])
    };
    let fixed = |rate: f32| Level {
        tuned: Vec::new(),
        ..Level::new(rate.to_string(), Recipe { learning_rate: rate, ..recipe() }, [1.0, 1.0])
    };
    let experiment = |name, levels| Experiment {
        name,
        title: name,
        question: String::new(),
        subject: subject(),
        levels,
        measure: Measure::TestAccuracy,
        others: vec![Measure::TrainAccuracy],
        folklore_of: None,
    };
    let losses =
        vec![level("ce", "cross_entropy"), level("mse", "mse").tuning(Setting::L2, [1e-5, 1e-1])];
    let rates = vec![fixed(1e-6), fixed(0.01), fixed(0.1)];
    Study {
        experiments: vec![experiment("loss", losses), experiment("rate", rates)],
        points: 5,
        seeds: 6,
    }
}

fn run(study: &Study, shard: Shard, threads: usize, done: Runs) -> Runs {
    let stop: Stop = Arc::new(|| false);
    study.run(shard, threads, done, &stop, |_, _| Ok(())).unwrap()
}

/// Runs without what depends on the machine.
fn reproducible(runs: &Runs) -> Runs {
    let mut all = Runs::default();
    all.extend(runs.iter().cloned().map(|mut record| {
        record.outcome.values.retain(|measure, _| measure.is_reproducible());
        record
    }));
    all
}

#[test]
fn threads_parts_and_interruptions_change_nothing() {
    let study = study();
    study.check().unwrap();
    let whole = run(&study, Shard::WHOLE, 1, Runs::default());
    assert_eq!(whole.len(), study.runs(Shard::WHOLE));
    assert_eq!(whole.len(), 2 * (5 + 6) + 3 * 6);
    let expected = reproducible(&whole);
    assert_eq!(reproducible(&run(&study, Shard::WHOLE, 3, Runs::default())), expected);

    let mut parts = Runs::default();
    for number in 1..=3 {
        parts.extend(run(&study, Shard::new(number, 3).unwrap(), 2, Runs::default()));
    }
    assert_eq!(reproducible(&parts), expected);

    // Stopped again and again, after three more runs.
    let (mut done, mut stops) = (Runs::default(), 0);
    loop {
        let mut new = Runs::default();
        let stop: Stop = Arc::new(|| false);
        let ended = study.run(Shard::WHOLE, 2, done.clone(), &stop, |record, _| {
            new.add(record.clone());
            if new.len() < 7 { Ok(()) } else { Err(StudyError::Stopped) }
        });
        match ended {
            Ok(runs) => break assert_eq!(reproducible(&runs), expected),
            Err(StudyError::Stopped) => stops += 1,
            Err(error) => panic!("{error}"),
        }
        done.extend(new);
    }
    assert!(stops > 3, "{stops}");
}

#[test]
fn runs_of_another_recipe_are_made_again() {
    let study = study();
    let whole = run(&study, Shard::WHOLE, 2, Runs::default());
    let mut other = study.clone();
    other.experiments[1].levels[1].procedure =
        Recipe { learning_rate: 0.01, epochs: 5, ..recipe() }.into();
    let mut made = 0;
    let stop: Stop = Arc::new(|| false);
    let again = other.run(Shard::WHOLE, 2, whole.clone(), &stop, |record, _| {
        assert_eq!((&*record.experiment, &*record.level), ("rate", "0.01"));
        made += 1;
        Ok(())
    });
    assert_eq!((made, again.unwrap().len()), (6, whole.len()));
}

#[test]
fn results_say_what_the_runs_say() {
    let study = study();
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    let results = study.results(&runs);
    let [losses, rates] = &results[..] else { panic!("{results:?}") };
    assert_eq!((losses.levels.len(), losses.pairs.len(), rates.pairs.len()), (2, 1, 3));
    // A rate of a millionth learns nothing in four epochs.
    let accuracy = |level: usize| rates.levels[level].summaries[&Measure::TestAccuracy].mean;
    assert!(accuracy(0) < 0.7 && accuracy(2) > 0.85, "{} {}", accuracy(0), accuracy(2));
    assert_eq!(rates.finding(0, 2), statistics::Finding::Worse);
    assert_eq!(rates.finding(2, 0), statistics::Finding::Better);
    assert!(!rates.rivals_of_best().contains(&0));
    for level in &losses.levels {
        assert_eq!((level.points.len(), level.seeds.len()), (5, 6));
        let best =
            level.points.iter().map(|record| record.outcome.values[&Measure::ValidationAccuracy]);
        let best = best.fold(0.0, f64::max);
        let of = |record: &&&Record| record.tuned == level.seeds[0].tuned;
        let chosen = level.points.iter().find(of).unwrap();
        assert_eq!(chosen.outcome.values[&Measure::ValidationAccuracy], best);
        assert_eq!(level.procedure.recipe().unwrap().learning_rate, chosen.tuned[0]);
        assert!(level.seeds.iter().all(|record| record.outcome.curve.len() == 4));
        assert!(
            level
                .points
                .iter()
                .all(|record| !record.outcome.values.contains_key(&Measure::TestAccuracy))
        );
    }
    // A study with more seeds is not done yet.
    assert!(Study { seeds: 7, ..study.clone() }.results(&runs).is_empty());
}

#[test]
fn a_ranking_is_refuted_by_runs_that_say_otherwise_and_by_no_others() {
    let mut study = study();
    study.experiments.remove(0);
    for (level, value) in study.experiments[0].levels.iter_mut().zip([0.3, 0.2, 0.1]) {
        level.folklore = Some(Folklore { said: "as they say", value });
    }
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    // The accuracy of each level, and how much of it there is to the next run.
    let verdict = |levels: [(f64, f64); 3]| {
        let mut changed = Runs::default();
        changed.extend(runs.iter().cloned().map(|mut record| {
            let level = study.experiments[0].levels.iter().position(|l| l.name == record.level);
            let Draw::Seed(seed) = record.draw else { return record };
            let (accuracy, step) = levels[level.unwrap()];
            record.outcome.values.insert(Measure::TestAccuracy, accuracy + step * f64::from(seed));
            record
        }));
        study.results(&changed)[0].verdict().unwrap()
    };
    let same = (0.5, 0.01);
    for (levels, says) in [
        ([(0.9, 0.0), (0.8, 0.0), (0.7, 0.0)], ") holds."),
        ([(0.9, 0.0), same, same], ") holds in part: "),
        ([(0.7, 0.0), (0.8, 0.0), (0.9, 0.0)], ") does not hold: "),
        ([same; 3], ") is neither confirmed nor refuted: "),
    ] {
        let verdict = verdict(levels);
        assert!(verdict.contains(says), "{says}: {verdict}");
    }
}

#[test]
fn a_file_of_runs_gives_them_back_and_forgives_a_torn_line() {
    let study = study();
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("runs.jsonl");
    let mut file = RunFile::create(&name, &Runs::default()).unwrap();
    runs.iter().for_each(|record| file.add(record).unwrap());
    assert_eq!(Runs::read(&name).unwrap(), runs);

    let text = std::fs::read_to_string(&name).unwrap();
    std::fs::write(&name, &text[..text.len() - 40]).unwrap();
    assert_eq!(Runs::read(&name).unwrap().len(), runs.len() - 1);
    std::fs::write(&name, text.replacen("\"level\"", "\"lovel\"", 1)).unwrap();
    let error = Runs::read(&name).unwrap_err().to_string();
    assert!(error.contains("line 1 is no run"), "{error}");
}

#[test]
fn a_level_that_cannot_be_trained_is_named() {
    for (change, says) in [
        (
            Recipe { network: "3-8-3".to_owned(), ..recipe() },
            "the network takes 3 numbers and gives 3",
        ),
        (Recipe { network: "2-x-3".to_owned(), ..recipe() }, "`x` is no layer size"),
        (Recipe { loss: "mze".to_owned(), ..recipe() }, "mze"),
        (Recipe { optimizer: "adm", ..recipe() }, "there is no optimizer adm"),
        (Recipe { l1: -1.0, ..recipe() }, "strength is -1"),
        (Recipe { augmentation: "rotate=5".parse().ok(), ..recipe() }, "rotate"),
    ] {
        let mut study = study();
        study.experiments[1].levels[2].procedure = change.into();
        let error = study.check().unwrap_err().to_string();
        assert!(error.starts_with("rate, 0.1: ") && error.contains(says), "{error}");
    }
}

#[test]
fn runs_that_are_missing_are_counted_by_level_with_the_values_of_what_is_tuned() {
    let study = study();
    let whole = run(&study, Shard::WHOLE, 2, Runs::default());
    assert!(study.missing(Shard::WHOLE, &whole).is_empty());
    assert!(whole.iter().all(|record| study.has(record)));
    let none = study.missing(Shard::WHOLE, &Runs::default());
    let counts = none.iter().map(|(_, _, runs)| runs);
    assert_eq!(counts.sum::<usize>(), study.runs(Shard::WHOLE));

    // With other points another value does best, and seeds were made with the old one.
    let tuned =
        whole.iter().find(|record| !record.tuned.is_empty() && record.draw == Draw::Seed(0));
    let mut other = tuned.unwrap().clone();
    other.tuned[0] *= 2.0;
    let mut runs = whole.clone();
    runs.add(other.clone());
    let missing = study.missing(Shard::WHOLE, &runs);
    assert_eq!(missing.len(), 1);
    let (experiment, level, runs) = missing[0];
    assert_eq!((experiment.name, &level.name, runs), (&*other.experiment, &other.level, 1));
    // Another recipe, and fewer seeds.
    other.of.clear();
    assert!(!study.has(&other));
    let fewer = Study { seeds: 1, ..study };
    let has = whole.iter().filter(|record| fewer.has(record)).count();
    assert_eq!(has, fewer.runs(Shard::WHOLE));
}
