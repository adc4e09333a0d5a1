//! The promise: while reads fail, an answer says what is in memory and what is stored, and nothing
//! is stored that was not measured against what is.

use crate::misread::*;
use crate::slots::*;
use crate::stored::*;
use trimpot_link::{Error, Request, Response};

const LOST: Response<'_> = Response::Refused(Error::StoredLost);

/// A board with this commit, beside these weights of the factory if there are any.
fn committed(installed: Option<f32>, by: f32) -> Board<Misread> {
    let mut board = boot_with(Misread::new(blank::<4, 256>()), strict());
    judge_by(&mut board, 0);
    if let Some(by) = installed {
        write(&mut board, &favours(by));
        assert!(is_committed(&perform(&mut board, Install)));
    }
    assert!(is_committed(&commit(&mut board, &favours(by))));
    board
}

fn rollback(board: &mut Board<Misread>) -> Response<'static> {
    match board.handle(&Request::Rollback, &mut []) {
        Response::Done => Response::Done,
        Response::Refused(error) => Response::Refused(error),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_readable_for_a_moment_is_no_reason_to_store_anything() {
    for installed in [None, Some(0.1)] {
        let mut board = committed(installed, 3.0);
        let from = if installed.is_some() { COMMITS } else { 0 };
        memory(&mut board).failing = only(from..SIZE);
        // As often as it is asked.
        for _ in 0..2 {
            assert_eq!(rollback(&mut board), LOST, "{installed:?}");
            if installed.is_some() {
                assert_eq!(board.parameters(), &favours(0.1));
            } else {
                // Nothing is known that a candidate could be measured against.
                let answer = commit(&mut board, &favours(5.0));
                assert_eq!(answer, Response::Refused(Error::Flash));
                assert_eq!(board.parameters(), &favours(5.0));
            }
        }
        memory(&mut board).recover();
        let answer = commit(&mut board, &favours(0.2));
        assert!(matches!(answer, Response::Rejected { .. }), "{installed:?}: {answer:?}");
        assert_eq!(board.parameters(), &favours(3.0));
        let (found, _) = stored(flash_of(board).flash);
        assert_eq!(found.weights, bits(&favours(3.0)));
    }
}

#[test]
fn what_can_be_read_again_is_returned_to() {
    for request in [Request::Rollback, Request::Reset] {
        let mut board = committed(Some(0.1), 3.0);
        memory(&mut board).failing = only(0..SIZE);
        assert_eq!(rollback(&mut board), LOST);
        assert_eq!(board.handle(&request, &mut []), LOST);
        memory(&mut board).recover();
        let by = if request == Request::Reset { 0.1 } else { 3.0 };
        assert_eq!(board.handle(&request, &mut []), Response::Done);
        assert_eq!(board.parameters(), &favours(by), "{request:?}");
        let (found, _) = stored(flash_of(board).flash);
        assert_eq!(found.weights, bits(&favours(by)), "{request:?}");
    }
}

/// Reads of one kind's slots fail from one on: an answer says which parameters are in memory.
#[test]
fn what_is_done_has_the_parameters_that_were_asked_for() {
    let flash = done(done(blank::<4, 256>(), Install, 1), Commit, 2);
    for (request, range) in [
        (Request::Reset, 0..COMMITS),
        (Request::Rollback, COMMITS..SIZE),
        (Request::Commit, COMMITS..SIZE),
    ] {
        let (mut done, mut refused) = (0, Vec::new());
        for reads in 0..2000 {
            let mut board = boot(Misread::new(flash.clone()));
            judge_by(&mut board, 1);
            write(&mut board, &weights(50));
            memory(&mut board).fail(range.clone(), reads);
            let answer = board.handle(&request, &mut []);
            let expected: &[usize] = match (&request, answer) {
                (Request::Reset, Response::Done) => &[1],
                (Request::Rollback, Response::Done) => &[2],
                (Request::Commit, Response::Committed { .. }) => &[50],
                (_, Response::Refused(Error::Flash | Error::FactoryDamaged)) => &[50],
                (_, Response::Refused(Error::CandidateLost)) => &[2],
                // Something else: the commit instead of the factory's, or the factory's instead of
                // a commit.
                (Request::Reset, Response::Refused(Error::StoredLost)) => &[2],
                (_, Response::Refused(Error::StoredLost)) => &[1],
                (_, other) => panic!("{request:?} after {reads} reads: {other:?}"),
            };
            let known = expected.iter().any(|&number| board.parameters() == &weights(number));
            assert!(known, "{request:?} after {reads} reads: {answer:?}");
            if let Response::Refused(error) = answer {
                refused.push(error);
            } else {
                done += 1;
            }
            if !memory(&mut board).has_failed() {
                break;
            }
        }
        assert!(done > 0 && refused.contains(&Error::StoredLost), "{request:?}: {refused:?}");
    }
}

/// The factory's parameters are what many small losses cannot fall below.
#[test]
fn a_commit_is_compared_with_either_copy_of_the_factorys_or_refused() {
    let tolerant = settings().with_tolerance(0.1).expect("a tolerance");
    for copies in 0..3 {
        let mut board = boot_with(Misread::new(blank::<4, 256>()), tolerant);
        judge_by(&mut board, 0);
        // Losses on class 0: 0.002, 0.054 and 0.105, where 0.069 more than the least is tolerated.
        write(&mut board, &favours(3.0));
        assert!(is_committed(&perform(&mut board, Install)));
        assert!(is_committed(&commit(&mut board, &favours(1.45))));
        judge_by(&mut board, 1);
        let flash = memory(&mut board).flash.bytes().to_vec();
        let slots = slots().map(|slot| slot.start);
        let stored = slots[..3].iter().filter(|&&slot| flash[slot] != 0xff);
        memory(&mut board).inverted = stored.map(|slot| slot + 100).take(copies).collect();
        assert_eq!(memory(&mut board).inverted.len(), copies);
        let answer = commit(&mut board, &favours(1.1));
        if copies < 2 {
            assert!(matches!(answer, Response::Rejected { .. }), "{copies}: {answer:?}");
            assert_eq!(board.parameters(), &favours(1.45));
        } else {
            assert_eq!(answer, Response::Refused(Error::Flash));
            assert_eq!(board.parameters(), &favours(1.1));
        }
    }
}
