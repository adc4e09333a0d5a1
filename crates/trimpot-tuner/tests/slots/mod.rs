//! Where the slots of the store are, and boards whose commits are judged by one sample.

use std::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::Response;
use trimpot_tuner::Settings;

use crate::misread::{Memory, Misread};
use crate::stored::*;

pub const SIZE: usize = Board::<Memory>::FLASH as usize;
pub const COMMIT_SLOT: usize = 512;
/// Where the slots for commits begin.
pub const COMMITS: usize = SIZE - 3 * COMMIT_SLOT;
pub const FACTORY_SLOT: usize = COMMITS / 3;

pub fn slots() -> [Range<usize>; 6] {
    std::array::from_fn(|slot| {
        let (start, size) = match slot {
            0..3 => (FACTORY_SLOT * slot, FACTORY_SLOT),
            _ => (COMMITS + COMMIT_SLOT * (slot - 3), COMMIT_SLOT),
        };
        start..start + size
    })
}

pub fn done<F: NorFlash>(flash: F, operation: Operation, generation: usize) -> F {
    let mut board = prepare(flash, operation, &weights(generation));
    let answer = perform(&mut board, operation);
    assert!(!matches!(answer, Response::Refused(_)), "{operation:?}: {answer:?}");
    flash_of(board)
}

/// The factory's, and four commits: all slots are in use.
pub fn used() -> Memory {
    (2..6).fold(done(blank(), Install, 1), |flash, generation| done(flash, Commit, generation))
}

pub fn only(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}

/// The ways in which a slot reads wrongly for a whole boot: all of it, its record, its image;
/// failing, or with a bit inverted.
pub fn misreads(slot: &Range<usize>) -> Vec<(Vec<Range<usize>>, Vec<usize>)> {
    let start = slot.start;
    vec![
        (only(slot.clone()), vec![]),
        (only(start..start + 64), vec![]),
        (only(start + 64..slot.end), vec![]),
        (vec![], vec![start]),
        (vec![], vec![start + 13]),
        (vec![], vec![start + 60]),
        (vec![], vec![start + 100]),
    ]
}

/// The slot of the newest commit, by what its loss changes.
pub fn newest_commit(flash: &Memory) -> usize {
    let now = *boot(flash.clone()).parameters();
    let changes = |slot: &usize| {
        let mut flash = flash.clone();
        flash.bytes_mut()[*slot..*slot + 64].fill(0);
        *boot(flash).parameters() != now
    };
    slots()[3..].iter().map(|slot| slot.start).find(changes).expect("a commit")
}

pub fn bits(weights: &Weights) -> [u32; PARAMETERS] {
    weights.map(f32::to_bits)
}

pub fn is_committed(answer: &Response<'_>) -> bool {
    matches!(answer, Response::Committed { .. })
}

/// Weights of constant outputs, whose loss on class 0 is ln(1 + exp(-2 `by`)).
pub fn favours(by: f32) -> Weights {
    let mut weights = [0.0; PARAMETERS];
    (weights[PARAMETERS - 2], weights[PARAMETERS - 1]) = (by, -by);
    weights
}

/// Settings with which nothing worse than before is stored.
pub fn strict() -> Settings {
    settings().with_tolerance(0.0).expect("a tolerance")
}

/// A sample of class 0 judges alone: another with each number.
pub fn judge_by<F: NorFlash>(board: &mut Board<F>, number: u32) {
    judge_by_another(board, number as f32);
}

/// Puts weights in memory, and asks for a commit.
pub fn commit<F: NorFlash>(board: &mut Board<F>, weights: &Weights) -> Response<'static> {
    write(board, weights);
    perform(board, Commit)
}

/// A commit that is rejected, compared with what is stored: the board has tried it in a free slot,
/// or refuses it because none is free.
pub fn reject(board: &mut Board<Misread>, number: u32) {
    judge_by(board, number);
    let answer = commit(board, &favours(-50.0));
    assert!(matches!(answer, Response::Rejected { .. }), "{answer:?}");
}
