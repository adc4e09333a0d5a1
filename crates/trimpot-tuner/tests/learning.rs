//! The promises about learning: it learns, it rehearses evenly, it returns from divergence, and it
//! does not keep what is worse.

use crate::common::*;
use trimpot_link::{Description, Error, Origin, Request, Response, Target, fingerprint};
use trimpot_testkit::flash::Torn;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::Settings;

fn describe(board: &mut Board) -> Description {
    match ask(board, Request::Describe) {
        Response::Description(description) => description,
        other => panic!("{other:?}"),
    }
}

/// The share of `count` fresh samples that is classified right, counted by the board itself.
fn accuracy(board: &mut Board, random: &mut Random, count: u32) -> f32 {
    assert_eq!(ask(board, Request::ClearMetrics), Response::Done);
    for index in 0..count {
        let label = index % CLASSES as u32;
        let features = bytes(&sample(random, label));
        let features = numbers(&features);
        ask(board, Request::Evaluate { features, target: Target::Class(label) });
    }
    match ask(board, Request::Metrics) {
        Response::Metrics { samples, correct, .. } => {
            assert_eq!(samples, count);
            correct as f32 / samples as f32
        }
        other => panic!("{other:?}"),
    }
}

/// Learns `count` samples, class after class. Returns the loss of each.
fn train(board: &mut Board, random: &mut Random, count: u32) -> Vec<f32> {
    let losses = (0..count).map(|index| {
        let label = index % CLASSES as u32;
        match learn(board, &sample(random, label), label) {
            Response::Learned { loss, rolled_back: false, .. } => loss,
            other => panic!("{other:?}"),
        }
    });
    losses.collect()
}

#[test]
fn learning_makes_it_better() {
    let mut board = board(Settings::new().with_seed(3));
    let mut random = Random::new(1);
    let before = accuracy(&mut board, &mut random, 600);
    let losses = train(&mut board, &mut random, 60);
    let after = accuracy(&mut board, &mut random, 600);
    assert!(before <= 0.6 && after >= 0.95, "{before} before, {after} after");
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    assert!(mean(&losses[50..]) < 0.5 * mean(&losses[..10]), "{losses:?}");
}

#[test]
fn the_metrics_tell_how_it_went() {
    let mut board = board(Settings::new());
    let mut random = Random::new(2);
    let losses = train(&mut board, &mut random, 10);
    let Response::Metrics { learned, mean_loss, rollbacks, samples, correct, macro_f1 } =
        ask(&mut board, Request::Metrics)
    else {
        panic!("no metrics");
    };
    let mean = losses.iter().sum::<f32>() / 10.0;
    assert!((mean_loss - mean).abs() <= 1e-5, "{mean_loss} and {mean}");
    assert_eq!((learned, rollbacks, samples, correct, macro_f1), (10, 0, 0, 0, 0.0));
}

#[test]
fn the_same_requests_give_the_same_bits() {
    let run = |seed| {
        let mut board = board(Settings::new().with_seed(seed));
        train(&mut board, &mut Random::new(5), 30);
        describe(&mut board).fingerprint
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_new_sample_is_learned_once_and_old_ones_are_replayed() {
    let mut board = board(Settings::new().with_replays(7));
    let steps = |response| match response {
        Response::Learned { steps, .. } => steps,
        other => panic!("{other:?}"),
    };
    assert_eq!(steps(learn(&mut board, &[1.0, 0.0, 0.0, 0.0], 0)), 1);
    assert_eq!(steps(learn(&mut board, &[0.0, 1.0, 0.0, 0.0], 1)), 8);
}

#[test]
fn divergence_returns_to_what_was_stored() {
    /// What features are multiplied with: finite steps, of which one or two are too many.
    const LARGE: f32 = 1e36;
    let settings = Settings::new().with_learning_rate(1000.0).expect("a learning rate");
    let settings = settings.with_clip_norm(f32::INFINITY).expect("no limit");
    let mut board = board(settings);
    widen_to(&mut board, 2.0 * LARGE);
    hold_out(&mut board, &[1.0, 0.0, 0.0, 0.0], 0);
    let mut random = Random::new(4);
    let initial = describe(&mut board).fingerprint;

    // Nothing is stored: the initial weights come back.
    let diverge = |board: &mut Board, random: &mut Random| {
        for label in [0, 1, 2, 0, 1, 2] {
            if let Response::Learned { rolled_back: true, .. } =
                learn(board, &sample(random, label).map(|feature| LARGE * feature), label)
            {
                assert_eq!(describe(board).replay.learned, 0, "what led astray is not replayed");
                return;
            }
        }
        panic!("a learning rate of 1000 does not diverge on such features");
    };
    diverge(&mut board, &mut random);
    assert_eq!(describe(&mut board).fingerprint, initial);

    // The factory's, then those of a commit.
    for (generation, store) in (1..).zip([Request::Install, Request::Commit]) {
        let weights = random_weights(1).map(|weight| weight * generation as f32);
        assert_eq!(write(&mut board, &weights), Response::Done);
        let fingerprint = fingerprint(&weights);
        let stored = ask(&mut board, store);
        assert_eq!(stored, Response::Committed { generation, fingerprint });
        diverge(&mut board, &mut random);
        assert_eq!(board.parameters(), &weights);
        assert_eq!(describe(&mut board).fingerprint, fingerprint);
    }
    match ask(&mut board, Request::Metrics) {
        Response::Metrics { rollbacks, .. } => assert_eq!(rollbacks, 3),
        other => panic!("{other:?}"),
    }
}

/// One step, whose loss was fine: only the weights tell.
#[test]
fn infinite_weights_are_found_before_they_lead_to_a_loss() {
    let settings = Settings::new().with_learning_rate(1000.0).expect("a learning rate");
    let mut board = board(settings.with_clip_norm(f32::INFINITY).expect("no limit"));
    let initial = *board.parameters();
    match learn(&mut board, &[3e36, 3e36, -3e36, 3e36], 1) {
        Response::Learned { loss, steps: 1, rolled_back: true } => assert!(loss.is_finite()),
        other => panic!("{other:?}"),
    }
    assert_eq!(board.parameters(), &initial);
}

/// One step on one sample changes no layer by more than the learning rate times the norm.
#[test]
fn a_step_is_no_longer_than_the_norm_allows() {
    let step = |settings: Settings| {
        let mut board = board(settings.with_replays(0));
        let before = *board.parameters();
        learn(&mut board, &[1e4, -1e4, 1e4, 1e4], 1);
        let squares = board
            .parameters()
            .iter()
            .zip(before)
            .map(|(after, before)| f64::from(after - before).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let settings = Settings::new().with_learning_rate(0.5).expect("a learning rate");
    let (clipped, free) =
        (step(settings), step(settings.with_clip_norm(f32::INFINITY).expect("no limit")));
    // Weights and biases of two layers: four runs of norm 10 at most.
    assert!(clipped > 0.0 && clipped <= 0.5 * 20.0 * 1.001, "{clipped}");
    assert!(free > 100.0 * clipped, "{free} without the limit");
}

fn random_weights(seed: u32) -> [f32; PARAMETERS] {
    let mut random = Random::new(u64::from(seed));
    std::array::from_fn(|_| random.between(-0.5, 0.5))
}

#[test]
fn rollback_and_reset_return_to_what_they_say() {
    let mut board = board(Settings::new());
    let mut random = Random::new(8);
    widen(&mut board);
    remember(&mut board, &sample(&mut random, 1), 1);
    hold_out(&mut board, &sample(&mut random, 1), 1);
    let factory = *board.parameters();
    ask(&mut board, Request::Install);
    train(&mut board, &mut random, 6);
    ask(&mut board, Request::Commit);
    let committed = *board.parameters();
    assert_ne!(committed, factory);
    train(&mut board, &mut random, 20);
    assert_ne!(board.parameters(), &committed);

    assert_eq!(ask(&mut board, Request::Rollback), Response::Done);
    assert_eq!(board.parameters(), &committed);
    let replay = describe(&mut board).replay;
    assert!(replay.learned <= 6, "what was learned since is forgotten: {replay:?}");

    assert_eq!(ask(&mut board, Request::Reset), Response::Done);
    assert_eq!(board.parameters(), &factory);
    let replay = describe(&mut board).replay;
    assert_eq!((replay.pinned, replay.learned), (1, 0), "what is pinned stays");
    let mut board = reboot(board, Settings::new());
    assert_eq!(board.parameters(), &factory);
    assert_eq!(describe(&mut board).origin, Origin::Factory);
}

#[test]
fn when_the_flash_fails_the_weights_stay() {
    let mut board = board(Settings::new());
    train(&mut board, &mut Random::new(9), 20);
    ask(&mut board, Request::Commit);
    train(&mut board, &mut Random::new(10), 20);
    let learned = *board.parameters();
    for place in (0..2000).step_by(37) {
        memory(&mut board).cut_after(place, Torn::Untouched);
        let response = ask(&mut board, Request::Commit);
        let powered = memory(&mut board).is_powered();
        memory(&mut board).power_on();
        if powered {
            assert!(place > 400 && matches!(response, Response::Committed { .. }), "{response:?}");
            return;
        }
        assert_eq!(response, Response::Refused(Error::Flash), "cut after {place}");
        assert_eq!(board.parameters(), &learned, "cut after {place}");
    }
    panic!("a commit takes fewer bytes");
}
