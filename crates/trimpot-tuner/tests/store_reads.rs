//! The promise: reads that fail or lie, now and then or for a whole boot, cost nothing that is
//! stored.

mod failing;
mod stored;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use std::ops::Range;
use stored::*;
use trimpot_link::{F32Slice, Origin, Request, Response};
use trimpot_testkit::flash::FlashError;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::store::OpenError;

type Memory = Nor<4, 256>;

const SIZE: usize = Board::<Memory>::FLASH as usize;
const COMMIT_SLOT: usize = 512;

fn slots() -> [Range<usize>; 6] {
    let commits = SIZE - 3 * COMMIT_SLOT;
    std::array::from_fn(|slot| {
        let (start, size) = match slot {
            0..3 => (commits / 3 * slot, commits / 3),
            _ => (commits + COMMIT_SLOT * (slot - 3), COMMIT_SLOT),
        };
        start..start + size
    })
}

/// Memory of which some ranges read wrongly: they fail, or give one bit inverted, until told
/// otherwise.
#[derive(Debug)]
struct Misread {
    flash: Memory,
    failing: Vec<Range<usize>>,
    inverted: Vec<usize>,
}

impl Misread {
    fn new(flash: Memory) -> Self {
        Misread { flash, failing: Vec::new(), inverted: Vec::new() }
    }
}

impl ErrorType for Misread {
    type Error = FlashError;
}

impl ReadNorFlash for Misread {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let range = offset as usize..offset as usize + bytes.len();
        if self.failing.iter().any(|part| part.start < range.end && range.start < part.end) {
            return Err(FlashError::Unreadable);
        }
        self.flash.read(offset, bytes)?;
        for at in self.inverted.iter().filter(|at| range.contains(at)) {
            bytes[at - range.start] ^= 0x10;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Misread {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 256;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.flash.write(offset, bytes)
    }
}

fn done<F: NorFlash>(flash: F, operation: Operation, generation: usize) -> F {
    let mut board = prepare(flash, operation, &weights(generation));
    let answer = perform(&mut board, operation);
    assert!(!matches!(answer, Response::Refused(_)), "{operation:?}: {answer:?}");
    flash_of(board)
}

/// The factory's, and four commits: all slots are in use.
fn used() -> Memory {
    (2..6).fold(done(blank(), Install, 1), |flash, generation| done(flash, Commit, generation))
}

fn only(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}

/// The ways in which a slot reads wrongly for a whole boot: all of it, its record, its image;
/// failing, or with a bit inverted.
fn misreads(slot: &Range<usize>) -> Vec<(Vec<Range<usize>>, Vec<usize>)> {
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

/// A commit that is rejected by samples that are replayed: the board tries it in a free slot.
fn reject(board: &mut Board<Misread>) {
    let mut bytes = [0; 16];
    let features = F32Slice::from_f32s(&[0.1, 0.2, -0.3, 0.4], &mut bytes)
        .expect("the buffer is large enough");
    assert_eq!(board.handle(&Request::ClearSamples, &mut []), Response::Done);
    assert_eq!(board.handle(&Request::Widen { features }, &mut []), Response::Done);
    board.handle(&Request::Remember { features, label: 0 }, &mut []);
    let mut bad = weights(9);
    (bad[PARAMETERS - 2], bad[PARAMETERS - 1]) = (-50.0, 50.0);
    write(board, &bad);
    let answer = perform(board, Commit);
    assert!(matches!(answer, Response::Rejected { .. }), "{answer:?}");
}

#[test]
fn misreads_at_one_boot_and_rejected_commits_lose_nothing() {
    let mut good = weights(6);
    (good[PARAMETERS - 2], good[PARAMETERS - 1]) = (1.0, -1.0);
    let commit_good = |flash: Memory| {
        let mut board = prepare(flash, Commit, &good);
        assert!(matches!(perform(&mut board, Commit), Response::Committed { .. }));
        flash_of(board)
    };
    // The one before is as good, so that it is not the samples that decide.
    let flash = commit_good(done(commit_good(used()), Commit, 7));
    let (sound, flash) = stored(flash);
    let strict = settings().with_tolerance(0.0).expect("a tolerance");
    for slot in &slots() {
        for (failing, inverted) in misreads(slot) {
            let misread = Misread { flash: flash.clone(), failing, inverted };
            let mut board = boot_with(misread, strict);
            for _ in 0..3 {
                reject(&mut board);
            }
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
                let misread = Misread { flash, failing, inverted: inverted.clone() };
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

#[test]
fn a_board_that_cannot_read_does_not_start_or_starts_with_what_it_can_read() {
    let flash = used();
    let (sound, _) = stored(flash.clone());
    let all = slots();
    let mut asleep = Misread::new(flash.clone());
    asleep.failing = only(0..SIZE);
    assert!(matches!(try_boot(&mut asleep), Err(OpenError::Flash(_))));
    assert_eq!(asleep.flash.bytes(), flash.bytes());
    for readable in 0..all.len() {
        let mut misread = Misread::new(flash.clone());
        misread.failing = all.iter().filter(|&slot| slot != &all[readable]).cloned().collect();
        if try_boot(&mut misread).is_ok() {
            misread.failing.clear();
            assert_eq!(stored(misread.flash).0, sound, "only slot {readable} was readable");
        }
    }
}

#[test]
fn a_bus_that_fails_often_at_one_boot_erases_nothing() {
    let flash = used();
    let (sound, _) = stored(flash.clone());
    for per_mille in [100, 300, 500, 700, 900] {
        for seed in 0..20 {
            for flips in [false, true] {
                let mut noisy = flash.clone();
                if flips {
                    noisy.flip_reads(per_mille, seed);
                } else {
                    noisy.fail_reads(per_mille, seed);
                }
                let _ = try_boot(&mut noisy);
                noisy.flip_reads(0, 0);
                noisy.fail_reads(0, 0);
                assert_eq!(stored(noisy).0, sound, "{per_mille}, flips: {flips}");
            }
        }
    }
}

#[test]
fn random_operations_with_reads_that_fail_and_flip_end_in_old_or_new() {
    let mut committed = 0;
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let mut flash = done(blank::<4, 256>(), Install, 1);
        let mut factory = weights(1);
        let mut old = factory;
        for step in 0..50 {
            flash.fail_reads(10, random.bits());
            flash.flip_reads([1, 10][step % 2], random.bits());
            let candidate = weights(random.bits() as usize);
            let mut board = boot(flash);
            write(&mut board, &candidate);
            let operation = [Install, Reset, Commit, Commit][random.bits() as usize % 4];
            let answer = perform(&mut board, operation);
            flash = flash_of(board);
            flash.fail_reads(0, 0);
            flash.flip_reads(0, 0);
            let new = if operation == Reset { factory } else { candidate };
            let found;
            (found, flash) = stored(flash);
            if matches!(answer, Response::Refused(_)) {
                assert!(
                    [old, new].iter().any(|weights| found.weights == weights.map(f32::to_bits))
                );
                // Reads that fail now and then do not stop anything either.
                assert_eq!(answer, Response::Done, "{seed} {step}");
            }
            assert_eq!(found.weights, new.map(f32::to_bits), "{seed} {step} {operation:?}");
            committed += 1;
            if operation == Install {
                factory = new;
            }
            old = new;
        }
    }
    assert!(committed >= 1200);
}

/// Bytes are checked as they are handed over, not in a reading of their own before.
#[test]
fn what_is_loaded_has_the_checksum() {
    let installed = done(blank(), Install, 1);
    for at in [100, 64 + 4 * PARAMETERS + 3, 64 + 4 * PARAMETERS + 40] {
        for first in 0..12 {
            for last in [first + 2, u32::MAX] {
                let mut flash = failing::Failing::new(installed.clone());
                flash.invert(at, first..last);
                let mut board = boot(flash);
                assert_eq!(board.parameters(), &weights(1), "byte {at}, readings from {first}");
                let description = describe(&mut board);
                assert_eq!(description.origin, Origin::Factory);
                assert_eq!(description.replay.held_out, 1);
                // Whatever was done about it: all of it is there without the fault.
                let (found, _) = stored(flash_of(board).sound());
                assert_eq!(found.weights, weights(1).map(f32::to_bits));
                assert_eq!(found.pinned, 1);
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
        if offset as usize >= SIZE - 3 * COMMIT_SLOT && !awake {
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
    let commits = SIZE - 3 * COMMIT_SLOT;
    for slot in 0..3 {
        let at = commits + COMMIT_SLOT * slot;
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

/// A power cut leaves one record that comes and goes, beside those that it was to replace. Whatever
/// else comes and goes is read wrongly, and is not erased for it.
#[test]
fn records_that_come_and_go_at_one_boot_are_not_lost() {
    let commits = SIZE - 3 * COMMIT_SLOT;
    let committed = done(done(blank(), Commit, 1), Commit, 2);
    let installed = done(blank(), Install, 3);
    let both = done(installed.clone(), Commit, 4);
    // Both commits; both copies of the factory's; a commit and a copy.
    let cases = [
        (committed, [commits, commits + COMMIT_SLOT], 2),
        (installed, [0, commits / 3], 3),
        (both, [commits, 0], 4),
    ];
    for (flash, records, generation) in cases {
        let mut failing = failing::Failing::new(flash);
        for at in records {
            failing.flicker(at + 20, 300);
        }
        // This boot may show less, or fail.
        let _ = try_boot(&mut failing);
        assert!(failing.has_failed());
        let (found, _) = stored(failing.sound());
        assert_eq!(found.weights, weights(generation).map(f32::to_bits), "{records:?}");
    }
}
