//! The promise: what is stored never gets worse by more than is tolerated, whatever samples judge,
//! and an answer says what is in memory.

use crate::common::*;
use crate::misread::Misread;
use trimpot_link::{Error, Origin, Request, Response, Target};
use trimpot_tuner::Settings;

type FailingBoard = Board<Misread>;

/// Weights of a network that has these outputs, whatever the features.
fn constant(outputs: [f32; CLASSES]) -> [f32; PARAMETERS] {
    let mut weights = [0.0; PARAMETERS];
    weights[PARAMETERS - CLASSES..].copy_from_slice(&outputs);
    weights
}

/// Weights whose cross-entropy is `loss` for class 0.
fn with_loss(loss: f32) -> [f32; PARAMETERS] {
    // ln(1 + 2 exp(-x)) = loss
    constant([-((loss.exp() - 1.0) / 2.0).ln(), 0.0, 0.0])
}

fn commit(board: &mut Board, weights: &[f32; PARAMETERS]) -> Response<'static> {
    assert_eq!(write(board, weights), Response::Done);
    ask(board, Request::Commit)
}

fn is_committed(response: &Response<'_>) -> bool {
    matches!(response, Response::Committed { .. })
}

const FEATURES: [f32; INPUTS] = [0.5, -0.5, 1.0, 0.0];

/// A board whose factory's weights are `installed`, judged by one sample of class `label`; then
/// another sample judges.
fn judged_by_another(installed: &[f32; PARAMETERS], label: u32, other: u32) -> Board {
    let mut board = board(Settings::new());
    widen(&mut board);
    hold_out(&mut board, &FEATURES, label);
    write(&mut board, installed);
    assert!(is_committed(&ask(&mut board, Request::Install)));
    assert_eq!(ask(&mut board, Request::ClearSamples), Response::Done);
    widen(&mut board);
    hold_out(&mut board, &FEATURES, other);
    board
}

#[test]
fn a_loss_on_other_samples_decides_nothing() {
    let (sure, unsure) = (constant([5.0, 0.0, 0.0]), constant([2.0, 2.0, 0.0]));
    // Losses on class 0: 0.013 and 0.76. On class 1: 1.10, as if nothing were known, and 0.76.
    let mut board = judged_by_another(&sure, 0, 1);
    assert!(is_committed(&commit(&mut board, &unsure)), "better than what is stored");
    let mut board = judged_by_another(&sure, 1, 0);
    let response = commit(&mut board, &unsure);
    assert!(matches!(response, Response::Rejected { .. }), "{response:?}: much worse");
    assert_eq!(board.parameters(), &sure);
}

/// The losses of weights that were stored, when each commit is worse than the last by less than is
/// tolerated.
fn stored_losses(board: &mut Board, mut between: impl FnMut(&mut Board, u32)) -> Vec<f32> {
    let mut stored = Vec::new();
    for index in 0..20 {
        between(board, index);
        let loss = stored.last().map_or(0.02, |last| last + 0.05);
        if is_committed(&commit(board, &with_loss(loss))) {
            stored.push(loss);
        }
    }
    stored
}

#[test]
fn commits_in_a_row_do_not_each_get_a_little_worse() {
    // A tolerance of 0.06 of ln 3.
    let limit = 0.02 + 0.066;
    let within = |stored: &[f32]| assert!(stored.iter().all(|&loss| loss < limit), "{stored:?}");

    // The same samples judge: those held out, or those replayed.
    for held_out in [true, false] {
        let mut board = board(Settings::new());
        widen(&mut board);
        let response = if held_out {
            hold_out(&mut board, &FEATURES, 0)
        } else {
            remember(&mut board, &FEATURES, 0)
        };
        assert_eq!(response, Response::Remembered { count: 1 });
        within(&stored_losses(&mut board, |_, _| {}));
    }
    // Others judge each time: the factory's weights are the limit.
    let mut board = board(Settings::new());
    widen(&mut board);
    write(&mut board, &with_loss(0.02));
    assert!(is_committed(&ask(&mut board, Request::Install)));
    within(&stored_losses(&mut board, |board, index| {
        learn(board, &[index as f32 / 50.0, 0.0, 1.0, 0.0], 0);
    }));
}

/// A board on which a commit is compared: other samples judge than before.
fn compared(
    installed: &[f32; PARAMETERS],
    committed: Option<&[f32; PARAMETERS]>,
    candidate: &[f32; PARAMETERS],
) -> FailingBoard {
    let mut board = judged_by_another(installed, 1, 1);
    if let Some(committed) = committed {
        assert!(is_committed(&commit(&mut board, committed)));
    }
    let flash = Misread::new(board.into_flash());
    let area = 0..FailingBoard::FLASH_WITH_SAMPLES;
    let mut board = FailingBoard::start(flash, area, 1, Settings::new()).expect("a boot");
    board.handle(&Request::ClearSamples, &mut []);
    for limit in [-2.0, 2.0] {
        let features = bytes(&[limit; INPUTS]);
        board.handle(&Request::Widen { features: numbers(&features) }, &mut []);
    }
    let features = bytes(&FEATURES);
    let features = numbers(&features);
    board.handle(&Request::HoldOut { features, target: Target::Class(0) }, &mut []);
    board.handle(&Request::Learn { features, target: Target::Class(0) }, &mut []);
    let values = bytes(candidate);
    board.handle(&Request::WriteParameters { at: 0, values: numbers(&values) }, &mut []);
    board
}

fn learned(board: &mut FailingBoard) -> u32 {
    match board.handle(&Request::Describe, &mut []) {
        Response::Description(description) => description.replay.learned,
        other => panic!("{other:?}"),
    }
}

fn initial() -> [f32; PARAMETERS] {
    *board(Settings::new()).parameters()
}

fn generation(board: &mut FailingBoard) -> u32 {
    match board.handle(&Request::Describe, &mut []) {
        Response::Description(description) => description.generation,
        other => panic!("{other:?}"),
    }
}

/// Reads begin to fail anywhere in the operation: the answer says what is in memory.
#[test]
fn a_refusal_says_what_is_in_memory() {
    let (installed, candidate) = (constant([2.0, 2.0, 0.0]), constant([5.0, 0.0, 0.0]));
    let committed = constant([1.9, 2.1, 0.0]);
    for request in [Request::Commit, Request::Rollback, Request::Reset] {
        let (mut refused, mut answers) = (0, Vec::new());
        for reads in 0.. {
            let mut board = compared(&installed, Some(&committed), &candidate);
            assert_eq!(learned(&mut board), 1);
            board.flash_mut().fail_after(reads);
            let answer = board.handle(&request, &mut []);
            let (expected, forgets) = match answer {
                Response::Refused(Error::Flash | Error::FactoryDamaged) => (candidate, false),
                Response::Refused(Error::CandidateLost) => (committed, true),
                Response::Refused(Error::StoredLost) => {
                    assert_eq!(generation(&mut board), 0);
                    (initial(), true)
                }
                Response::Committed { .. } => (candidate, false),
                Response::Done if request == Request::Reset => (installed, true),
                Response::Done => (committed, true),
                other => panic!("{request:?} after {reads} reads: {other:?}"),
            };
            assert_eq!(board.parameters(), &expected, "{request:?} after {reads}: {answer:?}");
            assert_eq!(learned(&mut board) == 0, forgets, "{request:?} after {reads}: {answer:?}");
            let answer = format!("{answer:?}");
            if answers.last() != Some(&answer) {
                answers.push(answer);
            }
            if !board.flash_mut().has_failed() {
                break;
            }
            refused += 1;
        }
        assert!(refused > 1, "{request:?}: {answers:?}");
        assert!(answers.iter().any(|answer| answer.contains("StoredLost")), "{answers:?}");
        let last = answers.last().expect("an answer");
        assert!(last.contains("Done") || last.contains("Committed"), "{request:?}: {answers:?}");
    }
}

/// Only the staged image cannot be read back: the stored parameters are in memory.
#[test]
fn a_candidate_that_is_lost_is_told() {
    let (installed, candidate) = (constant([2.0, 2.0, 0.0]), constant([5.0, 0.0, 0.0]));
    let mut board = compared(&installed, None, &candidate);
    // The images of commits can be read while they are written, and never again.
    for slot in 1..=3 {
        let image = FailingBoard::FLASH as usize - 512 * slot + 64;
        board.flash_mut().fail(image..image + 64, 2);
    }
    let answer = board.handle(&Request::Commit, &mut []);
    assert_eq!(answer, Response::Refused(Error::CandidateLost));
    assert_eq!(board.parameters(), &installed);
    assert_eq!(learned(&mut board), 0);
    match board.handle(&Request::Describe, &mut []) {
        Response::Description(description) => assert_eq!(description.origin, Origin::Factory),
        other => panic!("{other:?}"),
    }
}
