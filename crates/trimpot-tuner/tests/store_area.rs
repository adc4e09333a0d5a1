//! The promise: the store overwrites nothing that is not its own, and nobody else's records stop
//! it.

use crate::stored::*;
use trimpot_link::{Checksum, Numbers, Origin, Request, Response, Target};
use trimpot_testkit::inputs::Random;
use trimpot_tuner::store::OpenError;

type Memory = Nor<4, 256>;

const SIZE: u32 = Board::<Memory>::FLASH;

fn start_in(flash: &mut Memory, area: std::ops::Range<u32>) -> Result<(), OpenError> {
    Board::<_>::start(flash, area, 0, settings()).map(|_| ())
}

#[test]
fn an_area_that_holds_a_program_is_refused_and_not_changed() {
    let mut random = Random::new(1);
    let pages = SIZE as usize / 256;
    // All of it, or one page.
    for page in (0..pages).map(Some).chain([None]) {
        for _ in 0..20 {
            let mut flash: Memory = blank();
            let range = page.map_or(0..SIZE as usize, |page| page * 256..(page + 1) * 256);
            flash.bytes_mut()[range].iter_mut().for_each(|byte| *byte = random.bits() as u8);
            let before = flash.bytes().to_vec();
            let refused = try_boot(&mut flash);
            assert!(matches!(refused, Err(OpenError::Occupied { .. })), "{page:?}: {refused:?}");
            assert_eq!(flash.bytes(), before);
            assert_eq!(flash.counts().cuts(), 0);
        }
    }
}

#[test]
fn the_store_stays_in_its_area_and_its_buffers_are_aligned() {
    let (start, end) = (1024, 1024 + SIZE + 512);
    let mut flash = Memory::new(end as usize + 2048);
    flash.bytes_mut()[..1024].fill(0x42);
    flash.bytes_mut()[end as usize..].fill(0x42);
    flash.require_alignment();
    for generation in 0..40 {
        let mut board = Board::start(flash, start..end, 0, settings()).expect("a boot");
        write(&mut board, &weights(generation));
        if generation == 0 {
            assert_eq!(board.parameters(), &weights(0));
        }
        let operation = [Install, Commit, Commit, Reset, Commit][generation % 5];
        let answer = perform(&mut board, operation);
        let refused = matches!(answer, Response::Refused(trimpot_link::Error::NothingToJudgeBy));
        assert!(refused || !matches!(answer, Response::Refused(_)), "{answer:?}");
        flash = flash_of(board);
    }
    let outside = flash.bytes()[..1024].iter().chain(&flash.bytes()[end as usize..]);
    assert!(outside.copied().all(|byte| byte == 0x42));
    assert!(flash.bytes()[end as usize - 512..end as usize].iter().all(|&byte| byte == 0xff));
}

#[test]
fn an_area_that_does_not_fit_is_refused() {
    let mut flash = Memory::new(SIZE as usize + 256);
    let mut start = |area| start_in(&mut flash, area);
    assert!(matches!(start(0..SIZE - 1), Err(OpenError::TooSmall { .. })));
    assert!(matches!(start(100..SIZE + 100), Err(OpenError::NotAligned { .. })));
    assert!(matches!(start(512..SIZE + 512), Err(OpenError::OutOfFlash { .. })));
    assert_eq!(start(256..SIZE + 256), Ok(()));
}

fn commit(board: &mut Board<Memory>, generation: usize) {
    write(board, &weights(generation));
    let answer = perform(board, Commit);
    assert!(matches!(answer, Response::Committed { .. }), "{answer:?}");
}

/// The format of a record: magic, format, kind, generation, architecture, version, loss, length,
/// checksum, zeros, CRC-32.
fn forged(kind: u32, generation: u32, length: u32) -> [u8; 64] {
    let magic = u32::from_le_bytes(*b"Trim");
    let words = [magic, 2, kind, generation, 0xdead_beef, 7, 0, length, 77, 0, 0, 0, 0, 0, 0];
    let mut bytes: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    let mut checksum = Checksum::new();
    checksum.update(&bytes);
    bytes.extend(checksum.value().to_le_bytes());
    bytes.try_into().expect("64 bytes")
}

#[test]
fn foreign_records_of_any_generation_stop_nothing() {
    let slots = [0, 1, 2].map(|slot| (SIZE as usize - 1536) / 3 * slot);
    let commits = [0, 1, 2].map(|slot| SIZE as usize - 1536 + 512 * slot);
    for kind in [0x0f0f_33cc, 0xf0f0_5a5a, 0x00ff_a5c3, 0xa5c3_00ff] {
        for generation in [0, 5, u32::MAX / 2, u32::MAX - 1, u32::MAX] {
            for length in [0, 4 * PARAMETERS as u32, 248, u32::MAX] {
                for places in [&slots[..], &commits[..], &commits[1..2]] {
                    let mut flash: Memory = blank();
                    for &at in places {
                        let record = forged(kind, generation, length);
                        flash.bytes_mut()[at..at + 64].copy_from_slice(&record);
                    }
                    for round in 0..3 {
                        let mut board = prepare(flash, Commit, &weights(round));
                        commit(&mut board, 3 * round);
                        commit(&mut board, 3 * round + 1);
                        let mut board = boot(flash_of(board));
                        assert_eq!(board.parameters(), &weights(3 * round + 1));
                        write(&mut board, &weights(3 * round + 2));
                        let answer = perform(&mut board, Install);
                        assert!(matches!(answer, Response::Committed { .. }), "{answer:?}");
                        let board = boot(flash_of(board));
                        assert_eq!(board.parameters(), &weights(3 * round + 2));
                        flash = flash_of(board);
                    }
                }
            }
        }
    }
}

fn of_version(flash: Memory, version: u32) -> Board<Memory> {
    let mut board = boot_with(flash, settings().with_version(version));
    let mut bytes = [0; 16];
    let features = Numbers::from_f32s(&[0.1; 4], &mut bytes).expect("the buffer is large enough");
    board.handle(&Request::Widen { features }, &mut []);
    board.handle(&Request::HoldOut { features, target: Target::Class(0) }, &mut []);
    board
}

#[test]
fn the_newest_commit_of_another_version_survives_and_is_not_loaded() {
    let mut board = of_version(blank(), 1);
    for generation in 0..5 {
        commit(&mut board, generation);
    }
    let mut flash = flash_of(board);
    for round in 0..20 {
        let mut board = of_version(flash, 2);
        assert_eq!(describe(&mut board).version, 2);
        if round == 0 {
            assert_eq!(describe(&mut board).origin, Origin::Blank);
        } else {
            assert_eq!(board.parameters(), &weights(100 + round));
        }
        commit(&mut board, 200);
        commit(&mut board, 101 + round);
        flash = flash_of(board);
    }
    let mut board = of_version(flash, 1);
    assert_eq!(board.parameters(), &weights(4));
    assert_eq!(describe(&mut board).origin, Origin::Commit);
}

/// The second copy takes the place of an image of another version, of which there is another copy,
/// too.
#[test]
fn the_factorys_image_of_a_new_version_has_a_second_copy_too() {
    let mut board = of_version(blank(), 1);
    write(&mut board, &weights(1));
    assert!(matches!(perform(&mut board, Install), Response::Committed { .. }));
    let mut board = of_version(flash_of(board), 2);
    write(&mut board, &weights(2));
    assert!(matches!(perform(&mut board, Install), Response::Committed { .. }));
    let installed = flash_of(board);
    let slot = (SIZE as usize - 1536) / 3;
    for copy in 0..3 {
        let mut rotten = installed.clone();
        rotten.bytes_mut()[copy * slot + 100] ^= 1;
        let board = boot_with(rotten, settings().with_version(2));
        assert_eq!(board.parameters(), &weights(2), "slot {copy}");
    }
    // The image of the version before is still there for whoever returns to it.
    let board = boot_with(installed, settings().with_version(1));
    assert_eq!(board.parameters(), &weights(1));
}

/// A board with so many learned samples of a class: as many decide how long a commit's image is.
type Learning<const RECENT: u8> = Board<Memory, RECENT>;

fn boot_in_all<const RECENT: u8>(flash: Memory, stores: bool) -> Learning<RECENT> {
    let area = 0..Learning::<RECENT>::FLASH_WITH_SAMPLES;
    Board::start(flash, area, 0, settings().with_stored_samples(stores)).expect("a boot")
}

/// Boots, and puts weights and a sample to judge by in memory.
fn start<const RECENT: u8>(flash: Memory, stores: bool, weights: &Weights) -> Learning<RECENT> {
    let mut board = boot_in_all::<RECENT>(flash, stores);
    let mut bytes = [0; 4 * PARAMETERS];
    let features = Numbers::from_f32s(&[0.1; 4], &mut bytes).expect("the buffer is large enough");
    board.handle(&Request::Widen { features }, &mut []);
    board.handle(&Request::HoldOut { features, target: Target::Class(0) }, &mut []);
    let values = Numbers::from_f32s(weights, &mut bytes).expect("the buffer is large enough");
    assert_eq!(board.handle(&Request::WriteParameters { at: 0, values }, &mut []), Response::Done);
    board
}

/// Boots with weights in memory, and stores them. A boot shows them.
fn store<const RECENT: u8>(
    flash: Memory,
    stores: bool,
    request: Request<'_>,
    number: usize,
) -> Memory {
    let mut board = start::<RECENT>(flash, stores, &weights(number));
    let answer = board.handle(&request, &mut []);
    assert!(matches!(answer, Response::Committed { .. }), "{answer:?}");
    let flash = board.into_flash();
    assert_eq!(shown::<RECENT>(flash.clone(), stores), weights(number));
    flash
}

fn shown<const RECENT: u8>(flash: Memory, stores: bool) -> Weights {
    *boot_in_all::<RECENT>(flash, stores).parameters()
}

fn blank_for<const RECENT: u8>() -> Memory {
    Memory::new(Learning::<RECENT>::FLASH_WITH_SAMPLES as usize)
}

/// With the size of a slot all places change.
#[test]
fn settings_that_change_the_area_do_not_stop_commits() {
    assert_ne!(Learning::<8>::FLASH, Learning::<8>::FLASH_WITH_SAMPLES);
    let mut flash = blank_for::<8>();
    for round in 0..6 {
        flash = store::<8>(flash, round % 2 == 1, Request::Commit, round);
        flash = store::<8>(flash, round % 2 == 1, Request::Commit, 10 + round);
    }
}

fn forgets_earlier_commits<const RECENT: u8>() {
    for stores in [true, false] {
        let mut flash = store::<RECENT>(blank_for::<RECENT>(), stores, Request::Install, 1);
        for number in 2..6 {
            flash = store::<RECENT>(flash, stores, Request::Commit, number);
        }
        let flash = store::<RECENT>(flash, !stores, Request::Install, 9);
        assert_eq!(shown::<RECENT>(flash, stores), weights(9), "stored samples: {stores}");
    }
}

#[test]
fn an_installation_forgets_earlier_commits_whatever_the_settings() {
    assert_eq!(Learning::<1>::FLASH, Learning::<1>::FLASH_WITH_SAMPLES);
    forgets_earlier_commits::<1>();
    assert_ne!(Learning::<8>::FLASH, Learning::<8>::FLASH_WITH_SAMPLES);
    forgets_earlier_commits::<8>();
}
