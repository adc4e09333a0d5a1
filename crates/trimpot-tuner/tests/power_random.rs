//! The promise of `power.rs`, searched at random: the operations of a long life, several of them
//! between two boots, the power cut again and again, at boot too, and reads that fail and flip bits
//! all the while.

use crate::stored::*;
use trimpot_link::{Error, Numbers, Request, Response, Target};
use trimpot_testkit::flash::Torn;
use trimpot_testkit::inputs::Random;

#[derive(Debug, Default)]
struct Figures {
    operations: u64,
    cuts: u64,
    /// Cuts of a boot after a cut.
    boot_cuts: u64,
    /// Commits that were refused, though nothing was cut: after several cuts in a row no slot is
    /// certain to hold nothing that is needed, and they are not tried in one.
    stopped: u64,
    old: u64,
    new: u64,
}

fn below(random: &mut Random, limit: u64) -> u64 {
    random.bits() % limit
}

fn tear(random: &mut Random) -> Torn {
    let seed = random.bits();
    match below(random, 9) {
        0 => Torn::Untouched,
        1 => Torn::Complete,
        2 => Torn::Unreadable,
        3 => Torn::Random(seed),
        4 => Torn::Weak(seed),
        5 => Torn::WeakEcc(seed),
        6 => Torn::Page(seed),
        7 => Torn::WeakPage(seed),
        _ => Torn::Disturb(seed),
    }
}

/// One cut of two is among the last words, which decide.
fn place(random: &mut Random, slot: u64) -> u64 {
    let last = slot + slot / 2;
    if below(random, 2) == 0 { below(random, 3 * slot) } else { last + below(random, slot / 2) }
}

/// Puts weights in memory, and for an installation other samples. Returns what is to be stored.
fn make<const WRITE: usize, const ERASE: usize>(
    board: &mut Board<Nor<WRITE, ERASE>>,
    operation: Operation,
    candidate: &Weights,
) -> u32 {
    write(board, candidate);
    let mut bytes = [0; 16];
    let features =
        Numbers::from_f32s(&[0.1, 0.2, -0.3, 0.4], &mut bytes).expect("the buffer is large enough");
    let mut ask = |request| {
        let response = board.handle(&request, &mut []);
        assert!(!matches!(response, Response::Refused(_)), "{request:?}: {response:?}");
    };
    let pinned = if operation == Install { 1 + candidate[0].to_bits() % 4 } else { 0 };
    if operation == Install {
        ask(Request::ClearSamples);
        ask(Request::Widen { features });
        ask(Request::HoldOut { features, target: Target::Class(0) });
        for index in 0..pinned {
            ask(Request::Remember { features, target: Target::Class(index / 2) });
        }
    }
    if operation == Compared {
        judge_by_another(board, candidate[0]);
    }
    let replay = describe(board).replay;
    if replay.held_out == 0 {
        for request in
            [Request::Widen { features }, Request::HoldOut { features, target: Target::Class(0) }]
        {
            board.handle(&request, &mut []);
        }
    }
    replay.pinned
}

fn live<const WRITE: usize, const ERASE: usize>(seed: u64, operations: u64, figures: &mut Figures) {
    let mut random = Random::new(seed);
    let mut flash = blank::<WRITE, ERASE>();
    let slot = u64::from(Board::<Nor<WRITE, ERASE>>::FLASH) / 5;
    flash.fail_reads(10, random.bits());
    flash.flip_reads(1, random.bits());
    let mut installed: Option<[u32; PARAMETERS]> = None;
    cut_boots(&mut flash, &mut random, slot, figures);
    let (mut old, mut flash) = stored(flash);
    let mut board = boot(flash);
    for number in 0..operations {
        let operation = match below(&mut random, 8) {
            0..2 => Install,
            2 if installed.is_some() => Reset,
            3..5 => Compared,
            _ => Commit,
        };
        let what = format!("seed {seed}, {operation:?} {number}");
        let candidate = weights(random.bits() as usize);
        let pinned = make(&mut board, operation, &candidate);
        let new = match (operation, installed) {
            (Reset, Some(weights)) => State { weights, pinned: old.pinned },
            (Install, _) => State { weights: candidate.map(f32::to_bits), pinned },
            _ => State { weights: candidate.map(f32::to_bits), pinned: old.pinned },
        };
        let cut = below(&mut random, 3) > 0;
        if cut {
            let torn = tear(&mut random);
            let at = place(&mut random, slot);
            memory(&mut board).cut_after(at, torn);
        }
        let answer = perform(&mut board, operation);
        figures.operations += 1;
        let powered = memory(&mut board).is_powered();
        figures.cuts += u64::from(!powered);
        let refused = matches!(answer, Response::Refused(_));
        if powered && refused {
            assert_eq!(answer, Response::Refused(Error::Flash), "{what}");
            assert!(matches!(operation, Commit | Compared), "{what}: {answer:?}");
            figures.stopped += 1;
        }
        assert!(!matches!(answer, Response::Rejected { .. }), "{what}: {answer:?}");
        if !powered || below(&mut random, 3) == 0 {
            flash = flash_of(board);
            flash.power_on();
            cut_boots(&mut flash, &mut random, slot, figures);
            let found;
            (found, flash) = stored(flash);
            if found == new {
                figures.new += 1;
            } else {
                assert!(refused && found == old, "{what}: answered {answer:?}");
                figures.old += 1;
            }
            if operation == Install && found == new {
                installed = Some(new.weights);
            }
            old = found;
            board = boot(flash);
        } else {
            memory(&mut board).power_on();
            if operation == Install {
                installed = Some(new.weights);
            }
            if !refused {
                old = new;
            }
        }
    }
}

/// Cuts none, one, two or three boots in a row.
fn cut_boots<const WRITE: usize, const ERASE: usize>(
    flash: &mut Nor<WRITE, ERASE>,
    random: &mut Random,
    slot: u64,
    figures: &mut Figures,
) {
    for _ in 0..below(random, 4) {
        let torn = tear(random);
        let at = if below(random, 2) == 0 { below(random, 64) } else { place(random, slot) };
        flash.cut_after(at, torn);
        let _ = try_boot(flash);
        figures.boot_cuts += u64::from(!flash.is_powered());
        flash.power_on();
    }
}

fn survives(figures: &Figures) {
    println!("{figures:?}, neither: 0");
    let Figures { operations, cuts, boot_cuts, stopped, old, new } = *figures;
    assert!(stopped <= operations / 500, "{stopped} of {operations} commits were refused");
    assert!(cuts > operations / 4 && boot_cuts > operations / 100);
    assert!(old > operations / 20 && new > operations / 20);
}

#[test]
fn what_is_stored_survives_random_lives() {
    let mut figures = Figures::default();
    for seed in 0..40 {
        live::<1, 64>(seed, 50, &mut figures);
        live::<4, 64>(100 + seed, 50, &mut figures);
        live::<8, 256>(200 + seed, 50, &mut figures);
        live::<32, 128>(300 + seed, 50, &mut figures);
    }
    survives(&figures);
}

#[test]
#[ignore = "a long search: cargo xtask sweep"]
fn what_is_stored_survives_many_random_lives() {
    let mut figures = Figures::default();
    let seconds = std::time::Duration::from_secs(180);
    let begun = std::time::Instant::now();
    for seed in 1000.. {
        live::<4, 64>(seed, 100, &mut figures);
        live::<8, 256>(seed, 100, &mut figures);
        live::<32, 128>(seed, 100, &mut figures);
        if begun.elapsed() > seconds {
            break;
        }
    }
    survives(&figures);
}
