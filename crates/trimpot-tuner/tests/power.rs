//! The promise: what is stored survives a power cut at any byte. What was stored before is stored,
//! or what was to be stored is; never anything else, and at every boot the same.
//!
//! Every byte that is programmed or erased is a place to cut, and there are many ways of tearing
//! each: words, program pages, cells that read differently each time. The sweep behind
//! `cargo xtask sweep` tries more of them, and cuts the next operation too at every place.

use crate::stored::*;
use trimpot_link::{Error, Response};
use trimpot_testkit::flash::Torn;

/// Several generations in each slot of either kind, and every order of two operations.
const LIVES: [&[Operation]; 2] = [
    &[Install, Commit, Compared, Commit, Reset, Commit, Install, Install, Compared, Reset, Install],
    &[Commit, Compared, Install, Commit, Commit, Reset, Compared, Commit, Install, Commit],
];

/// The ways of tearing that are tried at each place.
fn tears(seeds: u64, place: u64) -> impl Iterator<Item = Torn> {
    let kinds =
        [Torn::Random, Torn::Weak, Torn::WeakEcc, Torn::Page, Torn::WeakPage, Torn::Disturb];
    let random = (0..seeds).flat_map(move |seed| kinds.map(|kind| kind(place * 1000 + seed)));
    [Torn::Untouched, Torn::Complete, Torn::Unreadable].into_iter().chain(random)
}

#[derive(Debug, Default)]
struct Tally {
    cuts: u64,
    old: u64,
    new: u64,
    double_cuts: u64,
}

impl Tally {
    fn note(&mut self, found: &State, old: &State, new: &State, what: &str) {
        if found == old {
            self.old += 1;
        } else if found == new {
            self.new += 1;
        } else {
            panic!("{what}: neither what was stored before nor what was to be stored");
        }
    }
}

/// How thorough a search is.
#[derive(Clone, Copy)]
struct Effort {
    /// Random tears of each kind at each place.
    seeds: u64,
    /// Every so many-th place is cut at.
    step: usize,
    /// The next operation is cut at every so many-th place.
    stride: u64,
}

/// Lives every life, and cuts each of its operations everywhere.
fn search<const WRITE: usize, const ERASE: usize>(effort: Effort) -> Tally {
    let mut tally = Tally::default();
    for life in LIVES {
        let mut flash = blank::<WRITE, ERASE>();
        let mut factory = None;
        for (generation, &operation) in life.iter().enumerate() {
            let (old, before) = stored(flash.clone());
            let candidate = weights(generation);

            // Without a cut, and how many places there are for one.
            let mut board = prepare(before.clone(), operation, &candidate);
            let spent = memory(&mut board).counts().cuts();
            let new = State {
                weights: if operation == Reset { factory.expect("a factory") } else { candidate }
                    .map(f32::to_bits),
                pinned: if operation == Install { old.pinned + 1 } else { old.pinned },
            };
            assert!(!matches!(perform(&mut board, operation), Response::Refused(_)));
            let (found, after) = stored(flash_of(board));
            assert_eq!(found, new, "{operation:?} of generation {generation}");
            let places = after.counts().cuts() - spent;
            assert!(places > 0, "{operation:?} of generation {generation} writes nothing");

            let (old_before, new_before) = (tally.old, tally.new);
            // The last words decide.
            let last = places.saturating_sub(2 * WRITE as u64)..places;
            let cuts = (0..places).step_by(effort.step.max(WRITE)).chain(last);
            for place in cuts {
                for torn in tears(effort.seeds, place) {
                    let what = format!("{operation:?} {generation} at {place}, {torn:?}");
                    let mut board = prepare(before.clone(), operation, &candidate);
                    memory(&mut board).cut_after(place, torn);
                    let answer = perform(&mut board, operation);
                    let powered = memory(&mut board).is_powered();
                    assert!(!powered, "{what}");
                    tally.cuts += 1;
                    let mut flash = flash_of(board);
                    flash.power_on();
                    let (found, flash) = stored(flash);
                    tally.note(&found, &old, &new, &what);
                    // The second copy of a factory's image can be cut after the answer is certain.
                    if answer != Response::Refused(Error::Flash) {
                        assert_eq!(found, new, "{what}: answered {answer:?}");
                    }
                    if place % effort.stride == 0 {
                        cut_again(&mut tally, flash, &found, &what, effort.stride, place);
                    }
                }
            }
            let both = tally.old > old_before && tally.new > new_before;
            assert!(both, "{operation:?} of generation {generation} shows one outcome only");
            flash = after;
            if operation == Install {
                factory = Some(candidate);
            }
        }
        assert_eq!(flash.counts().overwritten, 0, "a word is programmed once between erasures");
    }
    tally
}

/// After a cut: cuts the next commit, too, and in the end lets one through.
fn cut_again<const WRITE: usize, const ERASE: usize>(
    tally: &mut Tally,
    flash: Nor<WRITE, ERASE>,
    old: &State,
    what: &str,
    stride: u64,
    first: u64,
) {
    let candidate = weights(1000);
    let new = State { weights: candidate.map(f32::to_bits), pinned: old.pinned };
    let mut board = prepare(flash.clone(), Commit, &candidate);
    let spent = memory(&mut board).counts().cuts();
    let answer = perform(&mut board, Commit);
    assert!(matches!(answer, Response::Committed { .. }), "{what}: {answer:?}");
    let (found, after) = stored(flash_of(board));
    assert_eq!(found, new, "{what}: the next commit");
    assert_eq!(after.counts().overwritten, 0, "{what}");
    let places = after.counts().cuts() - spent;

    for place in (first % 3..places).step_by(stride as usize) {
        for torn in tears(1, first * 7919 + place).skip(3) {
            let mut board = prepare(flash.clone(), Commit, &candidate);
            memory(&mut board).cut_after(place, torn);
            let answer = perform(&mut board, Commit);
            tally.double_cuts += 1;
            let mut flash = flash_of(board);
            flash.power_on();
            let (found, _) = stored(flash);
            let what = format!("{what}, then a commit at {place}, {torn:?}");
            tally.note(&found, old, &new, &what);
            // What is left of the first cut is erased after the answer is certain.
            if answer != Response::Refused(Error::Flash) {
                assert_eq!(found, new, "{what}: answered {answer:?}");
            }
        }
    }
}

fn survives(name: &str, tally: &Tally) {
    let Tally { cuts, old, new, double_cuts } = *tally;
    println!("{name}: {cuts} cuts and {double_cuts} double cuts, {old} old, {new} new");
    assert_eq!(cuts + double_cuts, old + new);
    assert!(cuts > 1000 && double_cuts > 1000);
}

const QUICK: Effort = Effort { seeds: 1, step: 37, stride: 111 };

#[test]
fn what_is_stored_survives_a_cut_anywhere_on_bytes() {
    survives("words of 1 byte", &search::<1, 64>(QUICK));
}

#[test]
fn what_is_stored_survives_a_cut_anywhere_on_words() {
    survives("words of 4 bytes", &search::<4, 64>(QUICK));
}

#[test]
fn what_is_stored_survives_a_cut_anywhere_on_double_words() {
    survives("words of 8 bytes", &search::<8, 256>(QUICK));
}

#[test]
fn what_is_stored_survives_a_cut_anywhere_on_words_of_half_a_record() {
    survives("words of 32 bytes", &search::<32, 128>(QUICK));
}

#[test]
#[ignore = "a long search: cargo xtask sweep"]
fn what_is_stored_survives_two_cuts_in_many_places() {
    let effort = Effort { seeds: 4, step: 1, stride: 5 };
    survives("words of 4 bytes", &search::<4, 64>(effort));
    survives("words of 16 bytes", &search::<16, 64>(effort));
    survives("words of 32 bytes", &search::<32, 64>(effort));
}

/// The first life, told by the board.
#[test]
fn a_board_knows_where_its_weights_come_from() {
    let mut flash = blank::<4, 64>();
    let mut generation = 0;
    for (index, &operation) in LIVES[0].iter().enumerate() {
        let mut board = prepare(flash, operation, &weights(index));
        perform(&mut board, operation);
        let mut board = boot(flash_of(board));
        let description = describe(&mut board);
        assert_eq!(description.origin, origin_after(operation));
        assert_eq!(description.damaged, 0);
        // A return to the factory shows the factory's generation.
        if operation != Reset {
            assert!(description.generation > generation, "{description:?}");
            generation = description.generation;
        }
        flash = flash_of(board);
    }
}

/// The power fails while a blank area gets its first record: the next boot begins again.
#[test]
fn a_blank_area_survives_a_cut_anywhere_in_its_first_record() {
    let blank = blank::<4, 64>();
    let formatted = flash_of(boot(blank.clone()));
    let places = formatted.counts().cuts();
    assert_eq!(places, 64);
    for place in 0..places {
        for torn in tears(20, place) {
            let mut flash = blank.clone();
            flash.cut_after(place, torn);
            assert!(try_boot(&mut flash).is_err());
            flash.power_on();
            let mut board = prepare(flash, Install, &weights(1));
            let answer = perform(&mut board, Install);
            assert!(matches!(answer, Response::Committed { .. }), "{place}, {torn:?}: {answer:?}");
            let (found, _) = stored(flash_of(board));
            assert_eq!(found.weights, weights(1).map(f32::to_bits));
        }
    }
}
