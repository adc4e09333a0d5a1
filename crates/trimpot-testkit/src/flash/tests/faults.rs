//! Faults of reads, worn cells, and buffers.

use super::*;

#[repr(align(4))]
struct Aligned([u8; 12]);

#[test]
fn reads_fail_as_often_as_asked_and_the_memory_is_whole() {
    let mut flash = Small::new(32);
    flash.write(0, &[0x5a; 32]).unwrap();
    flash.fail_reads(100, 1);
    let mut failed = 0;
    for _ in 0..10_000 {
        match read::<32>(&mut flash, 0) {
            Ok(bytes) => assert_eq!(bytes, [0x5a; 32]),
            Err(error) => {
                assert_eq!(error, FlashError::Unreadable);
                failed += 1;
            }
        }
    }
    assert!((850..1150).contains(&failed), "{failed}");
    assert_eq!(flash.counts().failed_reads, failed);
    flash.fail_reads(1000, 1);
    assert!((0..100).all(|_| read::<1>(&mut flash, 0).is_err()));
    flash.fail_reads(0, 1);
    assert!((0..100).all(|_| read(&mut flash, 0) == Ok([0x5a; 32])));
}

#[test]
fn a_flipped_read_has_one_wrong_bit_anywhere_and_the_memory_stays() {
    let mut flash = Small::new(32);
    flash.write(0, &[0x5a; 32]).unwrap();
    flash.flip_reads(250, 2);
    let (mut flipped, mut seen) = (0, [0; 32]);
    for _ in 0..10_000 {
        let bytes: [u8; 32] = read(&mut flash, 0).unwrap();
        let wrong = differing(&[bytes, [0x5a; 32]]);
        assert!(ones(&wrong) <= 1);
        flipped += u64::from(ones(&wrong));
        seen.iter_mut().zip(wrong).for_each(|(seen, wrong)| *seen |= wrong);
        assert_eq!(flash.bytes(), [0x5a; 32]);
    }
    assert!((2300..2700).contains(&flipped), "{flipped}");
    assert_eq!(flash.counts().flipped_reads, flipped);
    assert_eq!(seen, [0xff; 32]);
    assert_eq!(flash.read(0, &mut []), Ok(()));
    flash.flip_reads(0, 2);
    assert!((0..100).all(|_| read(&mut flash, 0) == Ok([0x5a; 32])));
}

#[test]
fn faults_of_reads_repeat_with_their_seed_and_go_on_in_a_clone() {
    let reads = |flash: &mut Small| -> Vec<_> { (0..200).map(|_| read::<8>(flash, 0)).collect() };
    let flash = |seed| {
        let mut flash = Small::new(32);
        flash.fail_reads(300, seed);
        flash.flip_reads(300, seed + 1);
        flash
    };
    assert_eq!(reads(&mut flash(1)), reads(&mut flash(1)));
    assert_ne!(reads(&mut flash(1)), reads(&mut flash(2)));
    let mut original = flash(1);
    let first = reads(&mut original);
    let second = reads(&mut original.clone());
    assert_ne!(first, second);
    assert_eq!(second, reads(&mut original));
}

#[test]
fn memory_that_is_not_awake_fails_all_reads_and_looks_blank_but_can_be_harmed() {
    let mut flash = Small::new(32);
    flash.write(0, &[0; 32]).unwrap();
    flash.fail_all_reads(true);
    flash.power_on();
    let mut bytes = [1; 4];
    for _ in 0..50 {
        assert_eq!(flash.read(0, &mut bytes), Err(FlashError::Unreadable));
    }
    assert_eq!(bytes, [0xff; 4]);
    flash.erase(0, 16).unwrap();
    flash.write(0, &[0x12; 4]).unwrap();
    flash.fail_all_reads(false);
    assert_eq!(read(&mut flash, 0), Ok([0x12, 0x12, 0x12, 0x12, 0xff, 0xff]));
    assert_eq!(read(&mut flash, 16), Ok([0; 16]));
}

#[test]
fn a_stuck_bit_is_zero_after_every_erasure_of_its_page() {
    let mut flash = Small::new(32);
    flash.stuck_at_zero(5, 0x10);
    flash.stuck_at_zero(5, 0x01);
    assert_eq!(flash.bytes(), [0xff; 32], "not before it is erased");
    let mut expected = [0xff; 32];
    flash.erase(16, 32).unwrap();
    assert_eq!(flash.bytes(), expected);
    expected[5] = 0xee;
    for _ in 0..3 {
        flash.erase(0, 32).unwrap();
        assert_eq!(read(&mut flash, 0), Ok(expected));
        flash.write(4, &[0xf0; 4]).unwrap();
        assert_eq!(read(&mut flash, 4), Ok([0xf0, 0xe0, 0xf0, 0xf0]));
    }
    for torn in SEEDED {
        for seed in 0..50 {
            flash.cut_after(0, torn(seed));
            assert!(flash.erase(0, 16).is_err());
            flash.power_on();
            for _ in 0..10 {
                match read(&mut flash, 5) {
                    Ok([byte]) => assert_eq!(byte & 0x11, 0),
                    Err(_) => assert_eq!(torn(seed), Torn::WeakEcc(seed)),
                }
            }
        }
    }
}

#[test]
fn erasures_are_counted_for_each_page() {
    let mut flash = Small::new(48);
    flash.erase(0, 32).unwrap();
    flash.erase(16, 32).unwrap();
    assert_eq!([0, 1, 2].map(|page| flash.erases(page)), [1, 2, 0]);
    flash.cut_after(16, Torn::Random(1));
    assert!(flash.erase(0, 48).is_err());
    flash.power_on();
    assert_eq!([0, 1, 2].map(|page| flash.erases(page)), [2, 3, 0], "torn erasures wear, too");
    flash.cut_after(0, Torn::Untouched);
    assert!(flash.erase(32, 48).is_err());
    assert_eq!(flash.clone().erases(2), 0);
}

#[test]
fn misaligned_buffers_are_refused_on_request() {
    let mut flash = Small::new(32);
    let mut buffer = Aligned([0; 12]);
    assert_eq!(flash.write(0, &buffer.0[1..5]), Ok(()));
    assert_eq!(flash.read(0, &mut buffer.0[1..5]), Ok(()));
    flash.require_alignment();
    let refused = Err(FlashError::Kind(NorFlashErrorKind::NotAligned));
    for shift in 1..4 {
        assert_eq!(flash.write(4, &buffer.0[shift..shift + 4]), refused);
        assert_eq!(flash.read(0, &mut buffer.0[shift..shift + 4]), refused);
    }
    assert_eq!(flash.bytes()[4..], [0xff; 28]);
    assert_eq!(flash.write(4, &buffer.0[4..8]), Ok(()));
    assert_eq!(flash.read(3, &mut buffer.0[4..7]), Ok(()));
    assert_eq!(flash.write(8, &[]), Ok(()));
    assert_eq!(flash.read(1, &mut []), Ok(()));
    assert_eq!(flash.clone().read(0, &mut buffer.0[2..6]), refused);
}
