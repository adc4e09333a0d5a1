//! Experiments on boards.

use trimpot_model::plan::Trained;

use super::*;

/// Samples of two sensors, of which one sees the negative of what the other sees.
fn sensor(name: &str, sign: f32, rows: usize) -> Subject {
    let mut random = Random::new(7);
    let labels: Vec<u32> = (0..rows).map(|row| row as u32 % 3).collect();
    let corners = [[0.0, 1.0], [1.0, -1.0], [-1.0, -1.0]];
    let mut near = |center: f32| sign * (center + random.uniform() - 0.5);
    let features = labels.iter().map(|&label| corners[label as usize].map(&mut near)).collect();
    let dataset = Dataset::new::<2, u32>(features, labels).unwrap();
    let subject = Subject::new(name, Dims::vector(2), Kind::Classes(3), dataset, None);
    subject.without_standardization()
}

const LESSON: Lesson =
    Lesson { samples: 60, learning_rate: 0.1, replays: 20, pinned: 5, trained: Trained::All };

fn study(levels: Vec<Level>) -> Study {
    let network = "2-16-3".to_owned();
    let recipe =
        Recipe { network, standardize: false, learning_rate: 0.02, epochs: 10, ..recipe() };
    let factory = Factory::new(recipe, sensor("old", 1.0, 300));
    let experiment = Experiment {
        name: "board",
        title: "Board",
        question: String::new(),
        subject: Arc::new(sensor("new", -1.0, 300).after(factory)),
        levels,
        measure: Measure::NewSensorAccuracy,
        others: vec![Measure::OldSensorAccuracy],
        folklore_of: None,
    };
    Study { experiments: vec![experiment], points: 4, seeds: 6 }
}

fn replays() -> Vec<Level> {
    [0, 20]
        .map(|replays| Level::new(replays.to_string(), Lesson { replays, ..LESSON }, [0.03, 0.3]))
        .into()
}

#[test]
fn boards_learn_the_same_bits_on_any_number_of_threads() {
    let expected = run(&study(replays()), Shard::WHOLE, 1, Runs::default());
    assert_eq!(expected.len(), 2 * (4 + 6));
    let study = study(replays());
    study.check().unwrap();
    assert_eq!(run(&study, Shard::WHOLE, 3, Runs::default()), expected);
    // With the networks that the factory has made already.
    assert_eq!(run(&study, Shard::WHOLE, 2, Runs::default()), expected);
}

#[test]
fn a_board_that_replays_nothing_forgets_the_old_sensor() {
    let mut levels = replays();
    levels.push(Level::fixed("nothing learned", Lesson { samples: 0, ..LESSON }));
    let study = study(levels);
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    let results = study.results(&runs);
    let mean = |level: usize, measure| results[0].levels[level].summaries[&measure].mean;
    let [new, old] = [Measure::NewSensorAccuracy, Measure::OldSensorAccuracy]
        .map(|measure| [0, 1, 2].map(|level| mean(level, measure)));
    assert!(old[1] > old[0] + 0.1, "{old:?}");
    assert!(old[2] > 0.9 && new[2] < 0.5 && new[1] > 0.8, "{old:?} {new:?}");
    // The rate is that with which both sensors are told best.
    for level in &results[0].levels[..2] {
        let both = |record: &&Record| record.outcome.values[&Measure::BothSensorsAccuracy];
        let best = level.points.iter().copied().max_by(|a, b| both(a).total_cmp(&both(b)));
        let chosen = level.points.iter().find(|record| record.tuned == level.tuned()).unwrap();
        assert_eq!(both(chosen), both(&best.unwrap()));
    }
}

#[test]
fn ram_and_instructions_are_those_of_the_level() {
    let level = |name: &str, lesson| Level::fixed(name, Lesson { samples: 10, ..lesson });
    let study = study(vec![
        level("all", LESSON),
        level("alone", Lesson { replays: 0, ..LESSON }),
        level("head", Lesson { trained: Trained::Head(1), ..LESSON }),
        level("more pinned", Lesson { pinned: 6, ..LESSON }),
    ]);
    let runs = run(&study, Shard::WHOLE, 2, Runs::default());
    let results = study.results(&runs);
    let mean = |level: usize, measure| results[0].levels[level].summaries[&measure].mean;
    let [ram, instructions] = [Measure::RamOfBoard, Measure::InstructionsToLearn]
        .map(|measure| [0, 1, 2, 3].map(|level| mean(level, measure)));
    assert_eq!(ram[0], ram[1]);
    assert!((instructions[0] / instructions[1] - 21.0).abs() < 1e-9, "{instructions:?}");
    // The front is computed once, not 21 times.
    assert!(instructions[2] < 0.5 * instructions[0], "{instructions:?}");
    // Of each class one that is pinned and one that is held out: a byte for each feature, at least.
    assert!((12.0..64.0).contains(&(ram[3] - ram[0])), "{ram:?}");
}

#[test]
fn a_lesson_that_no_board_can_learn_is_refused() {
    for (lesson, says) in [
        (Lesson { learning_rate: -1.0, ..LESSON }, "learning_rate is -1"),
        (Lesson { trained: Trained::Head(3), ..LESSON }, "head:3"),
    ] {
        let error = study(vec![Level::fixed("level", lesson)]).check().unwrap_err().to_string();
        assert!(error.starts_with("board, level: ") && error.contains(says), "{error}");
    }
    let mut alone = study(vec![Level::fixed("level", LESSON)]);
    alone.experiments[0].subject = Arc::new(sensor("new", 1.0, 60));
    let error = alone.check().unwrap_err().to_string();
    assert!(error.contains("there is no factory"), "{error}");
}
