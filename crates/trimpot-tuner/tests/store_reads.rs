//! The promise: reads that fail or lie, now and then or for a whole boot, cost nothing that is
//! stored.

use crate::misread::*;
use crate::slots::*;
use crate::stored::*;
use trimpot_link::{Origin, Response};
use trimpot_testkit::inputs::Random;
use trimpot_tuner::store::OpenError;

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
fn random_operations_with_reads_that_fail_and_flip_are_done() {
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let mut flash = done(blank::<4, 256>(), Install, 1);
        let mut factory = weights(1);
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
            // Reads that fail now and then do not stop anything either.
            assert!(!matches!(answer, Response::Refused(_)), "{seed} {step}: {answer:?}");
            assert_eq!(found.weights, new.map(f32::to_bits), "{seed} {step} {operation:?}");
            if operation == Install {
                factory = new;
            }
        }
    }
}

/// Bytes are checked as they are handed over, not in a reading of their own before.
#[test]
fn what_is_loaded_has_the_checksum() {
    let installed = done(blank(), Install, 1);
    for at in [100, 64 + 4 * PARAMETERS + 3, 64 + 4 * PARAMETERS + 40] {
        for first in 0..12 {
            for last in [first + 2, u32::MAX] {
                let mut flash = Misread::new(installed.clone());
                flash.invert(at, first..last);
                let mut board = boot(flash);
                assert_eq!(board.parameters(), &weights(1), "byte {at}, readings from {first}");
                let description = describe(&mut board);
                assert_eq!(description.origin, Origin::Factory);
                assert_eq!(description.replay.held_out, 1);
                // Whatever was done about it: all of it is there without the fault.
                let (found, _) = stored(flash_of(board).flash);
                assert_eq!(found.weights, weights(1).map(f32::to_bits));
                assert_eq!(found.pinned, 1);
            }
        }
    }
}
