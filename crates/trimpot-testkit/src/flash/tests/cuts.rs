//! Stable tears: what a cut leaves reads alike every time.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_torn_word_is_between_old_and_new() {
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let mut flash = Small::new(16);
        flash.write(0, &[0xf0; 4]).unwrap();
        flash.cut_after(0, Torn::Random(seed));
        assert!(flash.write(0, &[0x33; 4]).is_err());
        let word: [u8; 4] = *flash.bytes().first_chunk().unwrap();
        for byte in word {
            assert_eq!(byte & 0x30, 0x30, "bits that are not to be cleared stay");
            assert_eq!(byte & 0x0f, 0x00, "bits that were clear stay clear");
        }
        assert_eq!(flash.bytes()[4..], [0xff; 12]);
        seen.insert(word);
    }
    assert!(seen.len() > 50, "{}", seen.len());
    assert!(seen.iter().any(|word| word.contains(&0xf0) && word.contains(&0x30)));
}

#[test]
fn a_torn_page_is_anything_and_its_neighbours_are_whole() {
    let mut seen = BTreeSet::new();
    for seed in 0..100 {
        let mut flash = Small::new(48);
        flash.write(0, &[0x55; 48]).unwrap();
        flash.cut_after(20, Torn::Random(seed));
        assert!(flash.erase(0, 48).is_err());
        assert_eq!(flash.bytes()[..16], [0xff; 16]);
        assert_eq!(flash.bytes()[32..], [0x55; 16]);
        seen.insert(flash.bytes()[16..32].to_vec());
    }
    assert!(seen.len() > 50);
    assert!(seen.contains(&vec![0; 16]));
}

#[test]
fn the_same_seed_tears_alike_and_complete_means_complete() {
    let tear = |torn| {
        let mut flash = Small::new(16);
        flash.cut_after(5, torn);
        assert!(flash.write(0, &[0x12; 12]).is_err());
        flash.bytes().to_vec()
    };
    assert_eq!(tear(Torn::Random(3)), tear(Torn::Random(3)));
    assert_eq!(tear(Torn::Complete)[..9], [0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 255]);
    assert_eq!(tear(Torn::Untouched)[..5], [0x12, 0x12, 0x12, 0x12, 255]);
}

#[test]
fn an_unreadable_word_is_readable_again_once_erased() {
    let mut flash = Small::new(16);
    flash.cut_after(4, Torn::Unreadable);
    assert!(flash.write(0, &[0; 8]).is_err());
    flash.power_on();
    assert_eq!(flash.read(0, &mut [0; 4]), Ok(()));
    assert_eq!(flash.read(7, &mut [0; 1]), Err(FlashError::Unreadable));
    flash.erase(0, 16).unwrap();
    assert_eq!(flash.read(7, &mut [0; 1]), Ok(()));
}

/// Bytes that a page program of 600 bytes from offset 100 has torn, for each place of the cut.
fn torn_page(place: u64, seed: u64, torn: fn(u64) -> Torn) -> (Flash<1, 4, 1024>, Range<usize>) {
    let mut flash = Flash::new(2048);
    flash.bytes_mut().fill(0xf0);
    flash.cut_after(place, torn(seed));
    assert!(flash.write(100, &[0x3c; 600]).is_err());
    flash.power_on();
    let start = [100, 256, 512].into_iter().rfind(|start| place as usize + 100 >= *start);
    let start = start.expect("a page");
    (flash, start..(start / 256 * 256 + 256).min(700))
}

#[test]
fn a_program_page_is_torn_as_a_whole_wherever_the_cut_comes() {
    for torn in [Torn::Page, Torn::WeakPage] {
        let mut changed = BTreeSet::new();
        for place in [0, 1, 155, 156, 300, 411, 412, 599] {
            for seed in 0..60 {
                let (flash, page) = torn_page(place, seed, torn);
                let bytes = flash.bytes();
                assert!(bytes[..100].iter().all(|byte| *byte == 0xf0));
                assert!(bytes[100..page.start].iter().all(|byte| *byte == 0x30), "{place}");
                assert!(bytes[page.end..].iter().all(|byte| *byte == 0xf0), "{place}");
                for (index, byte) in bytes[page.clone()].iter().enumerate() {
                    assert_eq!(byte & 0x3f, 0x30, "bits that are not to be cleared stay");
                    if byte & 0xc0 != 0xc0 {
                        changed.insert(page.start + index);
                    }
                    if byte & 0xc0 != 0 {
                        changed.insert(1000 + page.start + index);
                    }
                }
                assert_eq!(flash.counts().programmed, page.start as u64 - 100);
            }
        }
        // Each byte was now torn, now not: also those before the cut.
        assert_eq!(changed.len(), 2 * 600);
    }
}

#[test]
fn a_program_that_is_torn_as_a_page_ends_with_its_call() {
    let flash = torn_program::<4, 1024>(0xff, &[0; 12], 9, Torn::Page(1));
    assert!(flash.bytes()[..12].iter().any(|byte| *byte != 0xff));
    assert_eq!(flash.bytes()[12..].iter().find(|byte| **byte != 0xff), None);
    let mut flash = Flash::<1, 512, 1024>::new(1024);
    flash.cut_after(512, Torn::Page(1));
    assert!(flash.write(0, &[0; 1024]).is_err());
    assert_eq!(flash.bytes()[..512], [0; 512], "words longer than a program page");
    assert!(flash.bytes()[512..].iter().any(|byte| *byte != 0));
}

#[test]
fn a_disturbed_page_loses_up_to_three_bits_and_its_neighbours_none() {
    let mut lost = BTreeSet::new();
    let mut places = BTreeSet::new();
    for seed in 0..300 {
        let mut flash = Flash::<1, 4, 64>::new(192);
        flash.cut_after(0, Torn::Disturb(seed));
        assert!(flash.write(80, &[0; 4]).is_err());
        let bytes = flash.bytes();
        assert_eq!(bytes[..64], [0xff; 64]);
        assert_eq!(bytes[128..], [0xff; 64]);
        let rest = [&bytes[64..80], &bytes[84..128]].concat();
        lost.insert(8 * rest.len() as u32 - ones(&rest));
        places.extend((0..rest.len()).filter(|at| rest[*at] != 0xff));
    }
    assert_eq!(lost, BTreeSet::from([0, 1, 2, 3]));
    assert!(places.len() > 55, "{}", places.len());
}

#[test]
fn neighbours_are_disturbed_only_on_request_and_only_next_to_the_page() {
    let disturbed = |torn: fn(u64) -> Torn, erase: bool| -> Vec<BTreeSet<u32>> {
        let mut lost = vec![BTreeSet::new(); 5];
        for seed in 0..100 {
            let mut flash = Flash::<1, 4, 64>::new(320);
            flash.cut_after(0, torn(seed));
            let result = if erase { flash.erase(128, 192) } else { flash.write(128, &[0; 4]) };
            assert!(result.is_err());
            for (page, lost) in flash.bytes().chunks(64).zip(&mut lost) {
                lost.insert(512 - ones(page));
            }
        }
        lost
    };
    for erase in [false, true] {
        let none = BTreeSet::from([0]);
        let some = BTreeSet::from([0, 1, 2, 3]);
        let own = disturbed(Torn::Disturb, erase);
        assert_eq!([&own[0], &own[1], &own[3], &own[4]], [&none; 4]);
        let both = disturbed(Torn::DisturbNeighbours, erase);
        assert_eq!([&both[0], &both[1], &both[3], &both[4]], [&none, &some, &some, &none]);
    }
    // At the ends of the memory there is one neighbour.
    for seed in 0..20 {
        let mut flash = Flash::<1, 4, 64>::new(128);
        flash.cut_after(4, Torn::DisturbNeighbours(seed));
        assert!(flash.write(120, &[0; 8]).is_err());
        assert!(512 - ones(&flash.bytes()[..64]) <= 3);
    }
}

#[test]
fn stable_tears_read_as_they_are() {
    for torn in [Torn::Random, Torn::Page, Torn::Disturb, Torn::DisturbNeighbours] {
        for seed in 0..20 {
            let programmed = torn_program::<4, 64>(0xff, &[0; 16], 8, torn(seed));
            for mut flash in [programmed, torn_erasure::<4, 64>(0x5a, torn(seed))] {
                for _ in 0..3 {
                    assert_eq!(read::<192>(&mut flash, 0).unwrap()[..], *flash.bytes());
                }
            }
        }
    }
}
