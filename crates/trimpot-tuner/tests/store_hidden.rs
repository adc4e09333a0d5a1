//! The promise: a record that cannot be read at one boot is there at the next, unless something
//! newer was stored since; and then it stays away.

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use std::ops::Range;

use crate::misread::*;
use crate::slots::*;
use crate::stored::*;
use trimpot_link::{Origin, Response};
use trimpot_testkit::flash::{FlashError, Torn};

/// The factory's and four commits, each better than the last on one sample.
fn better_and_better() -> (State, Memory) {
    let mut board = boot_with(blank::<4, 256>(), strict());
    judge_by(&mut board, 0);
    write(&mut board, &favours(0.5));
    assert!(is_committed(&perform(&mut board, Install)));
    for by in [1.0, 2.0, 3.0, 4.0] {
        assert!(is_committed(&commit(&mut board, &favours(by))));
    }
    let (sound, flash) = stored(flash_of(board));
    assert_eq!(sound.weights, bits(&favours(4.0)));
    (sound, flash)
}

#[test]
fn misreads_at_one_boot_and_rejected_commits_lose_nothing() {
    let (sound, flash) = better_and_better();
    for slot in &slots() {
        for (failing, inverted) in misreads(slot) {
            let misread = Misread::new(flash.clone()).with(failing, inverted);
            let mut board = boot_with(misread, strict());
            let before = memory(&mut board).flash.counts().cuts();
            for number in 1..4 {
                reject(&mut board, number);
            }
            assert!(memory(&mut board).flash.counts().cuts() > before, "none was tried");
            let (found, _) = stored(flash_of(board).flash);
            assert_eq!(found, sound);
        }
    }
}

/// One slot of each kind, or one at all.
#[test]
fn misreads_at_one_boot_never_repeat_a_generation_or_lose_a_commit() {
    let flash = used();
    let before = describe(&mut boot(flash.clone())).generation;
    let slots = slots();
    let pairs = slots.iter().enumerate().flat_map(|(index, one)| {
        let others = if index < 3 { &slots[3..] } else { &slots[..3] };
        others.iter().chain([one]).map(move |two| (one, two))
    });
    for (one, two) in pairs {
        for ((failing, inverted), more) in misreads(one).into_iter().zip(misreads(two)) {
            let failing = [failing, more.0].concat();
            let mut inverted = [inverted, more.1].concat();
            inverted.dedup();
            for operation in [Commit, Install, Reset] {
                let (flash, failing) = (flash.clone(), failing.clone());
                let misread = Misread::new(flash).with(failing, inverted.clone());
                let what = format!("{operation:?}, {:?} {inverted:?}", misread.failing);
                let mut board = boot(misread);
                write(&mut board, &weights(50));
                let answer = perform(&mut board, operation);
                let expected = if operation == Reset { 1 } else { 50 };
                match answer {
                    Response::Committed { generation, .. } => {
                        assert!(generation > before, "{what}: generation {generation} again");
                        assert_eq!(describe(&mut board).generation, generation);
                    }
                    _ => assert_eq!(answer, Response::Done, "{what}"),
                }
                let (found, _) = stored(flash_of(board).flash);
                assert_eq!(found.weights, weights(expected).map(f32::to_bits), "{what}");
            }
        }
    }
}

/// It is tried in a slot of the factory's then.
#[test]
fn misreads_of_two_commits_and_a_rejected_one_lose_nothing_and_another_is_stored() {
    let (sound, flash) = better_and_better();
    let slots = slots().map(|slot| slot.start);
    for good in &slots[3..] {
        for at in [13, 100] {
            let bad = slots[3..].iter().filter(|&slot| slot != good);
            let mut misread = Misread::new(flash.clone());
            misread.inverted = bad.map(|slot| slot + at).collect();
            let mut board = boot_with(misread, strict());
            let before = memory(&mut board).flash.counts().cuts();
            reject(&mut board, 1);
            assert!(memory(&mut board).flash.counts().cuts() > before, "none was tried");
            let (found, _) = stored(memory(&mut board).flash.clone());
            assert_eq!(found, sound);
            // Both copies of the factory's are there.
            for copy in &slots[..2] {
                let mut flash = memory(&mut board).flash.clone();
                flash.bytes_mut()[copy + 100] ^= 1;
                let mut board = boot(flash);
                assert_eq!(perform(&mut board, Reset), Response::Done);
                assert_eq!(board.parameters(), &favours(0.5));
            }
            // Rotten ones can be written again.
            let mut flash = flash.clone();
            for slot in slots[3..].iter().filter(|&slot| slot != good) {
                flash.bytes_mut()[slot + at] ^= 0x10;
            }
            let mut board = boot_with(flash, strict());
            judge_by(&mut board, 2);
            assert!(is_committed(&commit(&mut board, &favours(9.0))));
            let (found, _) = stored(flash_of(board));
            assert_eq!(found.weights, bits(&favours(9.0)));
        }
    }
}

#[test]
fn a_commit_of_what_a_boot_shows_is_there_after_it() {
    let flash = done(done(done(blank::<4, 256>(), Install, 1), Commit, 2), Commit, 3);
    let mut misread = Misread::new(flash);
    misread.inverted = vec![newest_commit(&misread.flash) + 100];
    let mut board = boot(misread);
    assert_eq!(board.parameters(), &weights(2));
    assert!(is_committed(&perform(&mut board, Commit)));
    let (found, _) = stored(flash_of(board).flash);
    assert_eq!(found.weights, bits(&weights(2)));
}

#[test]
fn a_reset_at_a_boot_that_shows_the_factory_forgets_a_hidden_commit() {
    let flash = done(done(blank::<4, 256>(), Install, 1), Commit, 2);
    let mut misread = Misread::new(flash);
    misread.inverted = vec![newest_commit(&misread.flash) + 100];
    let mut board = boot(misread);
    assert_eq!(perform(&mut board, Reset), Response::Done);
    let (found, _) = stored(flash_of(board).flash);
    assert_eq!(found.weights, bits(&weights(1)));
}

/// Two commits of this version, beside the last of another.
fn of_two_versions() -> Memory {
    let mut flash = blank::<4, 256>();
    for (version, losses) in [(1, &[1.0, 2.0, 3.0, 4.0][..]), (2, &[1.5, 2.5])] {
        let mut board = boot_with(flash, strict().with_version(version));
        judge_by(&mut board, 0);
        for &by in losses {
            assert!(is_committed(&commit(&mut board, &favours(by))));
        }
        flash = flash_of(board);
    }
    assert_eq!(boot_with(flash.clone(), strict().with_version(2)).parameters(), &favours(2.5));
    flash
}

#[test]
fn a_rejected_commit_erases_no_commit_of_ours_beside_another_versions() {
    let (flash, ours) = (of_two_versions(), strict().with_version(2));
    for slot in &slots()[3..] {
        for at in [13, 100] {
            let mut misread = Misread::new(flash.clone());
            misread.inverted = vec![slot.start + at];
            let mut board = boot_with(misread, ours);
            reject(&mut board, 1);
            let board = boot_with(flash_of(board).flash, ours);
            assert_eq!(board.parameters(), &favours(2.5), "{slot:?}, byte {at}");
        }
    }
}

/// The power fails while the next commit is made, in the place of the other version's.
#[test]
fn a_misread_and_a_cut_beside_another_version_lose_no_commit_of_ours() {
    let (flash, ours) = (of_two_versions(), strict().with_version(2));
    for slot in &slots()[3..] {
        for at in [13, 100] {
            for cut in (0..900).step_by(60) {
                let mut misread = Misread::new(flash.clone());
                misread.inverted = vec![slot.start + at];
                let mut board = boot_with(misread, ours);
                judge_by(&mut board, 0);
                memory(&mut board).flash.cut_after(cut, Torn::Untouched);
                let _ = commit(&mut board, &favours(5.0));
                let mut flash = flash_of(board).flash;
                flash.power_on();
                let board = boot_with(flash, ours);
                let found = board.parameters();
                assert!([favours(2.5), favours(5.0)].contains(found), "{slot:?}, {at}, {cut}");
            }
        }
    }
}

/// Memory whose slots for commits cannot be read, but for the one that is erased first; no other
/// can be erased, as if the power failed before.
#[derive(Debug)]
struct Asleep {
    flash: Memory,
    erased: Option<Range<u32>>,
}

impl ErrorType for Asleep {
    type Error = FlashError;
}

impl ReadNorFlash for Asleep {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let awake = self.erased.as_ref().is_some_and(|erased| erased.contains(&offset));
        if offset as usize >= COMMITS && !awake {
            return Err(FlashError::Unreadable);
        }
        self.flash.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Asleep {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 256;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        if self.erased.get_or_insert(from..to) != &(from..to) {
            return Err(FlashError::NoPower);
        }
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.flash.write(offset, bytes)
    }
}

/// All commits' slots fail at once, after more commits than a page endures: the next commit is not
/// taken for older.
#[test]
fn a_commit_made_while_all_earlier_ones_cannot_be_read_is_the_newest() {
    let mut flash = done(blank(), Install, 1);
    for round in 0..30 {
        flash = done(flash, Commit, 2 + round);
    }
    // The generation of the newest is that of 30,000 commits.
    for slot in 0..3 {
        let at = COMMITS + COMMIT_SLOT * slot;
        let record = &mut flash.bytes_mut()[at..at + 64];
        let generation = u32::from_le_bytes(record[12..16].try_into().expect("a word"));
        record[12..16].copy_from_slice(&(generation + 30_000).to_le_bytes());
        let mut checksum = trimpot_link::Checksum::new();
        checksum.update(&record[..60]);
        record[60..].copy_from_slice(&checksum.value().to_le_bytes());
    }
    let asleep = Asleep { flash, erased: None };
    let mut board = prepare(asleep, Commit, &weights(90));
    assert_eq!(describe(&mut board).origin, Origin::Factory);
    let answer = perform(&mut board, Commit);
    assert!(matches!(answer, Response::Committed { .. }), "{answer:?}");
    let (found, _) = stored(flash_of(board).flash);
    assert_eq!(found.weights, weights(90).map(f32::to_bits));
}

/// As a power cut leaves one record, or as bad luck reads any.
#[test]
fn records_that_come_and_go_at_one_boot_are_not_lost() {
    let committed = done(done(blank(), Commit, 1), Commit, 2);
    let installed = done(blank(), Install, 3);
    let both = done(installed.clone(), Commit, 4);
    let slots = slots().map(|slot| slot.start);
    let newest = newest_commit(&both);
    // Both commits; both copies of the factory's; a commit and a copy; the commit alone.
    let cases = [
        (committed, vec![slots[3], slots[4]], 2),
        (installed, vec![slots[0], slots[1]], 3),
        (both.clone(), vec![newest, slots[0]], 4),
        (both, vec![newest], 4),
    ];
    for (flash, records, generation) in cases {
        let mut failing = Misread::new(flash);
        for at in &records {
            failing.flicker(at + 20, 300);
        }
        // This boot may show less, or fail.
        let _ = try_boot(&mut failing);
        assert!(failing.has_failed());
        let (found, _) = stored(failing.flash);
        assert_eq!(found.weights, bits(&weights(generation)), "{records:?}");
    }
}
