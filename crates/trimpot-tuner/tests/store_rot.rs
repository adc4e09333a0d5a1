//! The promise: cells that lose what they held, or hold nothing any more, cost as little as they
//! can, and the board says so.

use crate::stored::*;
use trimpot_link::{Error, Origin, Response};
use trimpot_testkit::inputs::Random;

type Memory = Nor<4, 256>;

const COMMIT_SLOT: usize = 512;

/// Where the three slots of the factory are, and the three for commits.
fn slots() -> [usize; 6] {
    let size = Board::<Memory>::FLASH as usize;
    let commits = size - 3 * COMMIT_SLOT;
    let commit = |index| commits + index * COMMIT_SLOT;
    [0, commits / 3, commits / 3 * 2, commit(0), commit(1), commit(2)]
}

fn done(flash: Memory, operation: Operation, generation: usize) -> Memory {
    let mut board = prepare(flash, operation, &weights(generation));
    let answer = perform(&mut board, operation);
    assert!(!matches!(answer, Response::Refused(_)), "{operation:?}: {answer:?}");
    flash_of(board)
}

fn installed() -> Memory {
    done(blank(), Install, 1)
}

/// The slots for commits that hold a record, by what a damaged one changes.
fn newest_commit(flash: &Memory) -> usize {
    let board = |flash: Memory| *boot(flash).parameters();
    let now = board(flash.clone());
    let changes = |&&slot: &&usize| {
        let mut flash = flash.clone();
        flash.bytes_mut()[slot..slot + 64].fill(0);
        board(flash) != now
    };
    let slots = slots();
    *slots[3..].iter().find(changes).expect("a commit")
}

#[test]
fn a_reset_to_a_rotten_factory_image_is_refused_and_the_commit_stays() {
    let committed = done(installed(), Commit, 2);
    let [first, second, ..] = slots();
    // One copy: the other serves.
    for copy in [first, second] {
        let mut board = boot(committed.clone());
        memory(&mut board).bytes_mut()[copy + 100] ^= 1;
        assert_eq!(perform(&mut board, Reset), Response::Done);
        assert_eq!(board.parameters(), &weights(1));
        let (found, _) = stored(flash_of(board));
        assert_eq!(found.weights, weights(1).map(f32::to_bits));
    }
    // Both, before the boot and after it.
    for before in [true, false] {
        let rot = |flash: &mut Memory| {
            flash.bytes_mut()[first + 100] ^= 1;
            flash.bytes_mut()[second + 101] ^= 8;
        };
        let mut flash = committed.clone();
        if before {
            rot(&mut flash);
        }
        let mut board = boot(flash);
        if !before {
            rot(memory(&mut board));
        }
        let answer = perform(&mut board, Reset);
        let refused = Response::Refused;
        let expected = [refused(Error::FactoryDamaged), refused(Error::NothingStored)];
        assert!(expected.contains(&answer), "{answer:?}");
        assert_eq!(board.parameters(), &weights(2));
        assert!(describe(&mut board).damaged >= 2);
        let mut board = boot(flash_of(board));
        assert_eq!(board.parameters(), &weights(2));
        assert_eq!(describe(&mut board).origin, Origin::Commit);
    }
}

/// A reset whose factory's image rots later: the commit before it is better than random weights.
#[test]
fn a_reset_gives_way_if_no_factory_image_is_left() {
    let mut flash = done(done(installed(), Commit, 2), Reset, 0);
    for copy in [slots()[0], slots()[1]] {
        flash.bytes_mut()[copy + 100] ^= 1;
    }
    let (found, flash) = stored(flash);
    assert_eq!(found.weights, weights(2).map(f32::to_bits));
    let (found, _) = stored(done(done(flash, Commit, 3), Commit, 4));
    assert_eq!(found.weights, weights(4).map(f32::to_bits));
}

#[test]
fn one_flipped_bit_anywhere_in_the_factorys_slots_costs_nothing_and_is_told() {
    let flash = installed();
    let (sound, _) = stored(flash.clone());
    let [_, slot, ..] = slots();
    let mut random = Random::new(3);
    for index in 0..3000 {
        // The records, the weights, the range and the samples.
        let used = 64 + 4 * PARAMETERS + 2 * 4 * 4 + 4 + 2 * (2 + 2 * 2 * 4);
        let bit = random.bits() as usize % (8 * used);
        let at = slot * (index % 2) + bit / 8;
        let mut rotten = flash.clone();
        rotten.bytes_mut()[at] ^= 1 << (bit % 8);
        let mut board = boot(rotten);
        let description = describe(&mut board);
        assert_eq!(description.damaged, 1, "byte {at}");
        assert_eq!(description.origin, Origin::Factory);
        assert_eq!(description.replay.held_out, 1);
        let (found, mut mended) = stored(flash_of(board));
        assert_eq!(found, sound, "byte {at}");
        // Mended: the other copy can rot now.
        mended.bytes_mut()[slot * (1 - index % 2) + 200] ^= 4;
        assert_eq!(stored(mended).0, sound, "byte {at}");
    }
}

#[test]
fn a_flipped_bit_in_the_newest_commit_is_told_with_the_generation_that_is_in_memory() {
    let older = done(installed(), Commit, 2);
    let before = describe(&mut boot(older.clone()));
    let flash = done(older, Commit, 3);
    let slot = newest_commit(&flash);
    for at in 0..64 + 4 * PARAMETERS {
        let mut rotten = flash.clone();
        rotten.bytes_mut()[slot + at] ^= 2;
        let mut board = boot(rotten);
        let after = describe(&mut board);
        assert_eq!((after.generation, after.fingerprint), (before.generation, before.fingerprint));
        assert_eq!((after.origin, after.damaged), (Origin::Commit, 1), "byte {at}");
        // It is used again, and nothing of it comes back.
        let flash = done(flash_of(board), Commit, 4);
        let (found, mut flash) = stored(done(flash, Commit, 5));
        assert_eq!(found.weights, weights(5).map(f32::to_bits));
        assert_eq!(describe(&mut boot(&mut flash)).damaged, 0);
    }
}

/// Something newer might be hidden in its slot, until another copy and a newer record are stored.
#[test]
fn a_rotten_record_of_the_factory_is_erased_by_the_next_commit() {
    let mut flash = installed();
    flash.bytes_mut()[slots()[1] + 20] ^= 1;
    let mut board = prepare(flash, Commit, &weights(2));
    assert_eq!(describe(&mut board).damaged, 1);
    let generations: Vec<u32> = (2..10)
        .map(|number| {
            write(&mut board, &weights(number));
            assert!(matches!(perform(&mut board, Commit), Response::Committed { .. }));
            describe(&mut board).generation
        })
        .collect();
    assert!(generations.windows(2).all(|pair| pair[1] == pair[0] + 1), "{generations:?}");
    let mut board = boot(flash_of(board));
    assert_eq!((describe(&mut board).damaged, board.parameters()), (0, &weights(9)));
    // There are two copies again.
    let mut flash = flash_of(board);
    flash.bytes_mut()[slots()[0] + 20] ^= 1;
    let (found, _) = stored(done(flash, Reset, 0));
    assert_eq!(found.weights, weights(1).map(f32::to_bits));
}

#[test]
fn a_stuck_cell_in_a_free_slot_stops_no_commit() {
    let flash = done(installed(), Commit, 2);
    for slot in &slots()[3..] {
        for at in [0, 3, 63, 64, 100, 64 + 4 * PARAMETERS - 1] {
            let mut flash = flash.clone();
            flash.stuck_at_zero(slot + at, 0xff);
            let mut board = boot(flash);
            for generation in 3..20 {
                write(&mut board, &weights(generation));
                let answer = perform(&mut board, Commit);
                assert!(matches!(answer, Response::Committed { .. }), "{slot} {at}: {answer:?}");
                if generation % 2 == 0 {
                    let (found, flash) = stored(flash_of(board));
                    assert_eq!(found.weights, weights(generation).map(f32::to_bits));
                    board = boot(flash);
                }
            }
            assert_eq!(perform(&mut board, Reset), Response::Done);
            let (found, _) = stored(flash_of(board));
            assert_eq!(found.weights, weights(1).map(f32::to_bits), "{slot} {at}");
        }
    }
}

/// All slots but that of the newest commit: nothing can be stored any more, and nothing is lost.
#[test]
fn what_is_stored_stays_when_no_other_slot_works() {
    let mut flash = done(installed(), Commit, 2);
    let newest = newest_commit(&flash);
    for slot in slots().into_iter().filter(|&slot| slot != newest) {
        flash.stuck_at_zero(slot + 70, 0xff);
    }
    for generation in 3..6 {
        let mut board = prepare(flash, Commit, &weights(generation));
        assert_eq!(perform(&mut board, Commit), Response::Refused(Error::Flash));
        let found;
        (found, flash) = stored(flash_of(board));
        assert_eq!(found.weights, weights(2).map(f32::to_bits));
    }
}

#[test]
fn a_stuck_cell_in_a_slot_of_the_factory_stops_no_installation() {
    for stuck in &slots()[..3] {
        for at in [0, 63, 100, 300] {
            let mut flash: Memory = blank();
            flash.stuck_at_zero(stuck + at, 0xff);
            for generation in 1..5 {
                let mut board = boot(flash);
                write(&mut board, &weights(generation));
                let answer = perform(&mut board, Install);
                assert!(matches!(answer, Response::Committed { .. }), "{stuck} {at}: {answer:?}");
                let found;
                (found, flash) = stored(flash_of(board));
                assert_eq!(found.weights, weights(generation).map(f32::to_bits));
                flash = done(flash, Commit, 100);
                (_, flash) = stored(done(flash, Reset, 0));
                let board = boot(flash);
                assert_eq!(board.parameters(), &weights(generation));
                flash = flash_of(board);
            }
        }
    }
}

#[test]
fn a_thousand_commits_wear_all_slots_alike() {
    let mut board = prepare(installed(), Commit, &weights(2));
    for generation in 3..1003 {
        write(&mut board, &weights(generation));
        assert!(matches!(perform(&mut board, Commit), Response::Committed { .. }));
    }
    let flash = flash_of(board);
    let [.., one, two, three] = slots();
    for slot in [one, two, three] {
        let erases = flash.erases(slot / 256);
        assert!((330..=340).contains(&erases), "{erases}");
    }
    assert!(slots()[..3].iter().all(|slot| flash.erases(slot / 256) <= 1));
}

/// Also after a cut has left something torn in a slot.
#[test]
fn a_torn_record_does_not_concentrate_the_wear() {
    use trimpot_testkit::flash::Torn;
    for torn in [Torn::Random(3), Torn::Weak(2), Torn::WeakEcc(5), Torn::Unreadable] {
        let mut board = prepare(done(installed(), Commit, 2), Commit, &weights(3));
        // Erased, the image of 256 bytes, half of the record.
        memory(&mut board).cut_after(COMMIT_SLOT as u64 + 256 + 32, torn);
        let _ = perform(&mut board, Commit);
        let mut flash = flash_of(board);
        flash.power_on();
        for generation in 4..304 {
            flash = done(flash, Commit, generation);
        }
        for slot in &slots()[3..] {
            let erases = flash.erases(slot / 256);
            assert!(erases <= 110, "{torn:?}: {erases}");
        }
    }
}

#[test]
fn unchanged_weights_write_nothing_and_rejected_ones_erase_nothing() {
    let mut board = prepare(done(installed(), Commit, 2), Commit, &weights(2));
    let before = memory(&mut board).counts().cuts();
    let generation = describe(&mut board).generation;
    for _ in 0..100 {
        match perform(&mut board, Commit) {
            Response::Unchanged { generation: again, .. } => assert_eq!(again, generation),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(memory(&mut board).counts().cuts(), before);

    // Worse on the sample that is held out, of class 0.
    let mut good = weights(2);
    (good[PARAMETERS - 2], good[PARAMETERS - 1]) = (3.0, -3.0);
    write(&mut board, &good);
    assert!(matches!(perform(&mut board, Commit), Response::Committed { .. }));
    let strict = settings().with_tolerance(0.0).expect("a tolerance");
    let mut board = boot_with(flash_of(board), strict);
    let before = memory(&mut board).counts().cuts();
    for _ in 0..100 {
        write(&mut board, &weights(3));
        let answer = perform(&mut board, Commit);
        assert!(matches!(answer, Response::Rejected { .. }), "{answer:?}");
        assert_eq!(board.parameters(), &good);
    }
    assert_eq!(memory(&mut board).counts().cuts(), before);
}
