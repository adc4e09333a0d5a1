//! Unstable tears: what a cut leaves reads differently each time.

use std::collections::BTreeSet;

use super::*;

#[test]
fn weak_bits_of_a_program_are_among_those_that_it_clears() {
    let mut unstable_bits = BTreeSet::new();
    for seed in 0..200 {
        let mut flash = torn_program::<8, 64>(0xf0, &[0x3c; 16], 8, Torn::Weak(seed));
        let reads: Vec<[u8; 192]> = (0..40).map(|_| read(&mut flash, 0).unwrap()).collect();
        let differing = differing(&reads);
        for bytes in &reads {
            assert_eq!(bytes[..8], [0x30; 8], "programmed before the cut");
            assert!(bytes[8..16].iter().all(|byte| byte & 0x3f == 0x30));
            assert_eq!(bytes[16..], [0xf0; 176]);
        }
        unstable_bits.insert(ones(&differing));
    }
    // 16 bits are being cleared. The hard tears are those that are nearly whole.
    assert!([1, 2, 3].iter().all(|few| unstable_bits.contains(few)), "{unstable_bits:?}");
    assert!(unstable_bits.last() > Some(&8), "{unstable_bits:?}");
}

#[test]
fn a_weak_program_reads_now_as_complete_now_as_not() {
    let mut both = 0;
    for seed in 0..100 {
        let mut flash = torn_program::<8, 64>(0xff, &[0x55; 8], 0, Torn::Weak(seed));
        let reads: Vec<[u8; 8]> = (0..40).map(|_| read(&mut flash, 0).unwrap()).collect();
        let complete = reads.iter().filter(|word| **word == [0x55; 8]).count();
        both += u32::from((1..40).contains(&complete));
    }
    assert!((10..90).contains(&both), "{both}");
}

#[test]
fn weak_bits_of_an_erasure_are_anywhere_in_its_page_and_nowhere_else() {
    let mut seen = [0; 64];
    let (mut now_blank, mut counts) = (0, BTreeSet::new());
    for seed in 0..200 {
        let mut flash = torn_erasure::<4, 64>(0x5a, Torn::Weak(seed));
        let reads: Vec<[u8; 192]> = (0..30).map(|_| read(&mut flash, 0).unwrap()).collect();
        for bytes in &reads {
            assert_eq!(bytes[..64], [0x5a; 64]);
            assert_eq!(bytes[128..], [0x5a; 64]);
        }
        let differing = differing(&reads);
        seen.iter_mut().zip(&differing[64..128]).for_each(|(seen, bits)| *seen |= bits);
        counts.insert(ones(&differing));
        let blank = reads.iter().filter(|bytes| bytes[64..128] == [0xff; 64]).count();
        now_blank += u32::from((1..30).contains(&blank));
    }
    assert_eq!(seen, [0xff; 64]);
    assert!([1, 2, 3].iter().all(|few| counts.contains(few)), "{counts:?}");
    assert!(now_blank > 10, "pages that read as blank now and then: {now_blank}");
}

#[test]
fn weak_bits_stay_until_their_page_is_erased() {
    let mut flash = torn_program::<4, 64>(0xff, &[0; 64], 0, Torn::WeakPage(4));
    let unstable = |flash: &mut Flash<1, 4, 64>| {
        let reads: Vec<[u8; 64]> = (0..40).map(|_| read(flash, 0).unwrap()).collect();
        differing(&reads)
    };
    let bits = unstable(&mut flash);
    assert!(ones(&bits) > 0);
    flash.write(0, &[0; 64]).unwrap();
    assert_eq!(unstable(&mut flash), bits, "programming does not mend");
    flash.erase(64, 128).unwrap();
    assert_eq!(unstable(&mut flash), bits, "another page");
    flash.cut_after(0, Torn::Untouched);
    assert!(flash.erase(0, 64).is_err());
    flash.power_on();
    assert_eq!(unstable(&mut flash), bits, "an erasure that did not begin");
    flash.erase(0, 64).unwrap();
    assert_eq!(read(&mut flash, 0), Ok([0xff; 64]));
    assert_eq!(ones(&unstable(&mut flash)), 0);
}

#[test]
fn weak_pages_are_unstable_before_and_after_the_place_of_the_cut() {
    let mut seen = [0; 300];
    for seed in 0..300 {
        let mut flash = torn_program::<4, 512>(0xff, &[0x0f; 300], 128, Torn::WeakPage(seed));
        let reads: Vec<[u8; 300]> = (0..10).map(|_| read(&mut flash, 0).unwrap()).collect();
        seen.iter_mut().zip(differing(&reads)).for_each(|(seen, bits)| *seen |= bits);
    }
    assert_eq!(seen[..256], [0xf0; 256]);
    assert_eq!(seen[256..], [0; 44], "the next program page");
}

#[test]
fn with_error_correction_half_of_the_reads_fail_and_the_others_are_between_old_and_new() {
    let mut flash = torn_program::<8, 64>(0xf0, &[0x3c; 16], 8, Torn::WeakEcc(5));
    let (mut failed, mut seen) = (0, BTreeSet::new());
    for _ in 0..1000 {
        match read::<8>(&mut flash, 8) {
            Ok(word) => {
                assert!(word.iter().all(|byte| byte & 0x3f == 0x30));
                seen.insert(word);
            }
            Err(error) => {
                assert_eq!(error, FlashError::Unreadable);
                failed += 1;
            }
        }
        assert_eq!(read(&mut flash, 0), Ok([0x30; 8]));
        assert_eq!(read(&mut flash, 16), Ok([0xf0; 100]));
    }
    assert!((430..570).contains(&failed), "{failed}");
    assert_eq!(flash.counts().failed_reads, failed);
    assert!(seen.contains(&[0xf0; 8]) && seen.contains(&[0x30; 8]));
    assert!(seen.len() > 150, "{}", seen.len());
    // A byte of the word is not better than the word.
    let failed = (0..1000).filter(|_| read::<1>(&mut flash, 15).is_err()).count();
    assert!((430..570).contains(&failed), "{failed}");
    flash.erase(0, 64).unwrap();
    assert!((0..50).all(|_| read(&mut flash, 0) == Ok([0xff; 64])));
}

#[test]
fn with_error_correction_an_erasure_tears_one_word_or_many() {
    let mut torn_words = BTreeSet::new();
    let mut others = BTreeSet::new();
    for seed in 0..200 {
        let mut flash = torn_erasure::<8, 64>(0x5a, Torn::WeakEcc(seed));
        assert_eq!(read(&mut flash, 0), Ok([0x5a; 64]));
        assert_eq!(read(&mut flash, 128), Ok([0x5a; 64]));
        let mut torn = 0;
        for word in (64..128).step_by(8) {
            let reads: Vec<_> = (0..40).map(|_| read::<8>(&mut flash, word)).collect();
            if reads.iter().any(Result::is_err) {
                torn += 1;
                assert!(reads.iter().any(Result::is_ok));
            } else {
                others.insert(reads[0].unwrap());
                assert_eq!(BTreeSet::from_iter(reads.into_iter().flatten()).len(), 1);
            }
        }
        torn_words.insert(torn);
    }
    assert_eq!(others, BTreeSet::from([[0x5a; 8], [0xff; 8]]));
    assert!(torn_words.contains(&1) && torn_words.contains(&4) && torn_words.contains(&8));
}

#[test]
fn the_same_seed_gives_the_same_tear_and_the_same_reads() {
    let reads = |flash: &mut Flash<1, 4, 64>| -> Vec<_> {
        (0..20).map(|_| read::<192>(flash, 0)).collect()
    };
    for torn in SEEDED {
        let mut different = 0;
        for seed in 0..10 {
            let program = |seed| torn_program::<4, 64>(0xff, &[0; 64], 20, torn(seed));
            assert_eq!(reads(&mut program(seed)), reads(&mut program(seed)));
            let erasure = |seed| torn_erasure::<4, 64>(0x5a, torn(seed));
            assert_eq!(reads(&mut erasure(seed)), reads(&mut erasure(seed)));
            different += u32::from(reads(&mut program(seed)) != reads(&mut program(seed + 1)));

            // A clone goes on where the original is.
            let mut flash = program(seed);
            reads(&mut flash);
            assert_eq!(reads(&mut flash.clone()), reads(&mut flash));
        }
        assert!(different > 5, "{:?}: {different}", torn(0));
    }
}

#[test]
fn every_seeded_tear_overwrites_no_word_and_is_mended_by_erasing() {
    for torn in SEEDED {
        for seed in 0..30 {
            let mut flash = torn_program::<8, 64>(0xff, &[0x12; 64], 20, torn(seed));
            assert_eq!(flash.counts().overwritten, 0);
            flash.cut_after(64, torn(seed + 1));
            assert!(flash.erase(0, 128).is_err());
            flash.power_on();
            flash.erase(0, 192).unwrap();
            assert_eq!(read(&mut flash, 0), Ok([0xff; 192]));
            flash.write(0, &[0x34; 192]).unwrap();
            assert!((0..10).all(|_| read(&mut flash, 0) == Ok([0x34; 192])));
            assert_eq!(flash.counts().overwritten, 0);
        }
    }
}
