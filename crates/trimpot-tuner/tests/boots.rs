//! The promise of `boots::count`: no number twice, whatever the power cuts and whichever entries
//! can be read.

use std::collections::BTreeSet;

use trimpot_testkit::flash::{Flash, Torn};
use trimpot_testkit::inputs::Random;
use trimpot_tuner::boots;
use trimpot_tuner::store::OpenError;

type Memory = Flash<1, 4, 256>;

const AREA: std::ops::Range<u32> = 256..768;

fn blank() -> Memory {
    let mut flash = Memory::new(1024);
    flash.bytes_mut()[..256].fill(0x5a);
    flash.bytes_mut()[768..].fill(0x5a);
    flash.require_alignment();
    flash
}

fn tear(random: &mut Random) -> Torn {
    let seed = random.bits();
    let kinds =
        [Torn::Random, Torn::Weak, Torn::WeakEcc, Torn::Page, Torn::WeakPage, Torn::Disturb];
    match random.bits() % 9 {
        0 => Torn::Untouched,
        1 => Torn::Complete,
        2 => Torn::Unreadable,
        kind => kinds[kind as usize - 3](seed),
    }
}

#[test]
fn boots_are_counted_one_by_one_through_many_pages() {
    let mut flash = blank();
    for boot in 1..=3000 {
        assert_eq!(boots::count(&mut flash, AREA), Ok(boot));
    }
    assert!(flash.bytes()[..256].iter().chain(&flash.bytes()[768..]).all(|&byte| byte == 0x5a));
    assert_eq!(flash.counts().overwritten, 0);
    let (one, two) = (flash.erases(1), flash.erases(2));
    assert!(one.abs_diff(two) <= 1 && (370..=376).contains(&(one + two)), "{one} {two}");
}

#[test]
fn no_number_is_given_twice_whatever_the_power_cuts() {
    let (mut cuts, mut given) = (0, 0);
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut flash = blank();
        let mut numbers = BTreeSet::new();
        flash.fail_reads(10, seed);
        flash.flip_reads(1, seed + 1);
        let mut last = 0;
        for boot in 0..150 {
            // A boot that is cut more than four times before the first is counted needs a blank
            // area again.
            if boot > 2 && random.bits().is_multiple_of(2) {
                flash.cut_after(random.bits() % [40, 300][boot % 2], tear(&mut random));
            }
            let count = boots::count(&mut flash, AREA);
            cuts += u32::from(!flash.is_powered());
            flash.power_on();
            if let Ok(count) = count {
                assert!(numbers.insert(count), "seed {seed}, boot {boot}: {count} again");
                assert!(count > last, "seed {seed}, boot {boot}: {count} after {last}");
                last = count;
                given += 1;
            }
        }
        flash.fail_reads(0, 0);
        flash.flip_reads(0, 0);
        let count = boots::count(&mut flash, AREA);
        assert!(count.is_ok_and(|count| count > last), "seed {seed}: {count:?} after {last}");
    }
    println!("{given} boots, {cuts} cuts");
    assert!(given > 3000 && cuts > 1000);
}

#[test]
fn no_number_is_given_twice_whichever_entries_cannot_be_read() {
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let mut flash = blank();
        let mut last = 0;
        for _ in 0..100 {
            // Some entries read wrongly at this boot only; never a whole page.
            let sound = flash.bytes().to_vec();
            for entry in (256..768).step_by(32) {
                let at = entry + random.bits() as usize % 8;
                let written = flash.bytes()[entry..][..32].iter().any(|&byte| byte != 0xff);
                if last > 0 && written && entry % 256 != 0 && random.bits().is_multiple_of(3) {
                    flash.bytes_mut()[at] ^= 1 << (random.bits() % 8);
                }
            }
            let wrong = flash.bytes().to_vec();
            let count = boots::count(&mut flash, AREA).expect("a count");
            assert!(count > last, "seed {seed}: {count} after {last}");
            last = count;
            for (index, byte) in flash.bytes_mut().iter_mut().enumerate() {
                if *byte == wrong[index] {
                    *byte = sound[index];
                }
            }
        }
    }
}

#[test]
fn an_area_that_is_occupied_or_unreadable_is_refused_and_not_changed() {
    let mut random = Random::new(1);
    for page in [256, 512] {
        let mut flash = blank();
        flash.bytes_mut()[page..page + 256].iter_mut().for_each(|byte| *byte = random.bits() as u8);
        let before = flash.bytes().to_vec();
        let count = boots::count(&mut flash, AREA);
        assert!(matches!(count, Err(OpenError::Occupied { .. })), "{count:?}");
        assert_eq!(flash.bytes(), before);
    }
    let mut flash = blank();
    for _ in 0..11 {
        assert!(boots::count(&mut flash, AREA).is_ok());
    }
    let before = flash.bytes().to_vec();
    flash.fail_all_reads(true);
    let count = boots::count(&mut flash, AREA);
    assert!(matches!(count, Err(OpenError::Flash(_))), "{count:?}");
    assert_eq!(flash.bytes(), before);
    flash.fail_all_reads(false);
    assert_eq!(boots::count(&mut flash, AREA), Ok(12));
}

#[test]
fn an_area_that_does_not_fit_is_refused() {
    let count = |area| boots::count(&mut blank(), area);
    assert!(matches!(count(256..767), Err(OpenError::TooSmall { .. })));
    assert!(matches!(count(260..772), Err(OpenError::NotAligned { .. })));
    assert!(matches!(count(768..1280), Err(OpenError::OutOfFlash { .. })));
}
