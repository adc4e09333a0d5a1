//! The promise: learned samples are stored if the settings say so, and not if they do not.

use crate::misread::Misread;
use crate::stored::*;
use trimpot_link::{Numbers, Request, Response, Target};

type Memory = Nor<4, 256>;

const SAMPLES: [([f32; 4], u32); 2] =
    [([0.1, -0.25, 1.0 / 3.0, 0.7], 0), ([-0.9, 1e-30, 0.123_456_79, -0.4], 1)];

fn learned(flash: Memory, stores: bool) -> Board<Memory> {
    let chosen = settings().with_stored_samples(stores);
    let mut board = boot_with(flash, chosen);
    for (sample, label) in SAMPLES {
        let mut bytes = [0; 16];
        let features = Numbers::from_f32s(&sample, &mut bytes).expect("the buffer is large enough");
        let answer =
            board.handle(&Request::Learn { features, target: Target::Class(label) }, &mut []);
        assert!(matches!(answer, Response::Learned { rolled_back: false, .. }), "{answer:?}");
    }
    let answer = perform(&mut board, Commit);
    assert!(matches!(answer, Response::Committed { .. }), "{answer:?}");
    boot_with(flash_of(board), chosen)
}

/// Whether a board has this sample in memory: among the bytes of its samples, which come last.
fn holds(text: &str, sample: &[f32; 4]) -> bool {
    let bytes: Vec<u8> = sample.iter().flat_map(|number| number.to_le_bytes()).collect();
    let bytes = format!("{bytes:?}");
    let memory = text.rsplit("bytes: ").next().expect("bytes");
    memory.contains(bytes.trim_matches(['[', ']']))
}

#[test]
fn learned_samples_come_back_to_the_bit_if_they_are_stored() {
    let blank = || Memory::new(Board::<Memory>::FLASH_WITH_SAMPLES as usize);
    let mut board = learned(blank(), true);
    assert_eq!(describe(&mut board).replay.learned, 2);
    let text = format!("{board:?}");
    for (sample, _) in SAMPLES {
        assert!(holds(&text, &sample), "{sample:?} in {text}");
        let bytes: Vec<u8> = sample.iter().flat_map(|number| number.to_le_bytes()).collect();
        assert!(memory(&mut board).bytes().windows(16).any(|window| window == bytes));
    }
    // The factory's state has none.
    let mut board = learned(flash_of(board), true);
    assert_eq!(describe(&mut board).replay.learned, 2);
    let answer = perform(&mut board, Install);
    assert!(matches!(answer, Response::Committed { .. }), "{answer:?}");
    let mut board = boot_with(flash_of(board), settings().with_stored_samples(true));
    assert_eq!(describe(&mut board).replay.learned, 0);
}

#[test]
fn learned_samples_are_nowhere_in_the_flash_memory_if_they_are_not_stored() {
    let mut board = learned(Memory::new(Board::<Memory>::FLASH_WITH_SAMPLES as usize), false);
    assert_eq!(describe(&mut board).replay.learned, 0);
    for (sample, _) in SAMPLES {
        let bytes: Vec<u8> = sample.iter().flat_map(|number| number.to_le_bytes()).collect();
        assert!(!memory(&mut board).bytes().windows(16).any(|window| window == bytes));
    }
}

/// Reads of a commit fail from one on: the parameters and the samples are of the same commit.
#[test]
fn a_boot_never_mixes_two_commits() {
    let chosen = settings().with_stored_samples(true);
    let mut board = boot_with(Memory::new(Board::<Memory>::FLASH_WITH_SAMPLES as usize), chosen);
    let mut commits = Vec::new();
    for (sample, label) in SAMPLES {
        let mut bytes = [0; 16];
        let features = Numbers::from_f32s(&sample, &mut bytes).expect("the buffer is large enough");
        board.handle(&Request::Learn { features, target: Target::Class(label) }, &mut []);
        assert!(matches!(perform(&mut board, Commit), Response::Committed { .. }));
        commits.push(*board.parameters());
    }
    let flash = flash_of(board);
    let mut seen = [0, 0];
    for slot in (0..3).map(|slot| flash.bytes().len() - 512 * (3 - slot)) {
        for reads in 0..1000 {
            let mut failing = Misread::new(flash.clone());
            failing.fail(slot + 64..slot + 512, reads);
            let mut board = boot_with(failing, chosen);
            let commit = commits.iter().position(|commit| commit == board.parameters());
            let commit = commit.expect("one of the commits");
            assert_eq!(describe(&mut board).replay.learned, 1 + commit as u32, "{reads}");
            seen[commit] += 1;
            if !memory(&mut board).has_failed() {
                break;
            }
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}
