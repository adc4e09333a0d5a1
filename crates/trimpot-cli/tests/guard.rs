//! The promise: what a board has learned is stored only if it does not ruin what the board knew. On
//! real digits, with a network of the factory, through power cuts.

use std::path::Path;
use std::sync::LazyLock;

use tempfile::{TempDir, tempdir};
use trimpot_cli::demo::{Data, Split, boot_digits, digits, read_network, train_factory};
use trimpot_host::board::{Board, BoardAddress, BoardError, Commit};
use trimpot_host::evaluate::evaluate;
use trimpot_link::Error;
use trimpot_tuner::digits::{CLASSES, INPUTS, Network};

/// The data, and the parameters of a network that was trained on them.
static FACTORY: LazyLock<(Data, Vec<f32>)> = LazyLock::new(|| {
    let data = Data::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data")).unwrap();
    let factory = train_factory(&data, 1).unwrap();
    (data, factory.network.parameters().to_vec())
});

/// A board fresh from the factory.
fn installed(folder: &TempDir) -> Board {
    let (data, parameters) = &*FACTORY;
    let flash = folder.path().join("flash.bin");
    let mut board = boot_digits(BoardAddress::Simulated { flash }).unwrap();
    board.install(parameters, &data.factory_samples(1)).unwrap();
    board
}

/// The accuracy on the factory's test digits of what a reboot brings back.
fn accuracy_after_reboot(board: Board) -> (f32, Board) {
    let mut board = Board::boot(board.cut_power()).unwrap();
    let network = read_network(&mut board).unwrap();
    (evaluate(&network, digits(&FACTORY.0.test).unwrap()).accuracy().unwrap(), board)
}

fn split(samples: usize) -> Split {
    FACTORY.0.split(3, samples)
}

#[test]
fn a_sample_far_outside_of_the_training_data_is_refused_and_its_feature_named() {
    let folder = tempdir().unwrap();
    let mut board = installed(&folder);
    let before = board.describe().unwrap();
    for size in [10.0, 100.0, 1e6, 1e15, 1e25, 3e38, -10.0] {
        let (features, label) = (digits(&split(1).learn).unwrap().features()[0], 3);
        let mut features = features;
        features[20] = size;
        let refused = board.learn(&features, label).unwrap_err();
        assert!(
            matches!(refused, BoardError::Refused(Error::OutOfRange { feature: 20 })),
            "{size}: {refused}"
        );
    }
    assert_eq!(board.describe().unwrap(), before);
}

/// One sample with a pixel as large as just passes, learned and committed at once: whatever the
/// answer, nothing is ruined.
#[test]
fn one_bad_sample_ruins_nothing() {
    let folder = tempdir().unwrap();
    let (before, _) = accuracy_after_reboot(installed(&folder));
    for pixel in 0..INPUTS {
        let folder = tempdir().unwrap();
        let mut board = installed(&folder);
        let mut features = digits(&split(1).learn).unwrap().features()[0];
        features[pixel] = 3.0;
        board.learn(&features, (pixel % CLASSES) as u32).unwrap();
        board.commit().unwrap();
        let (after, _) = accuracy_after_reboot(board);
        assert!(after >= before - 0.05, "{before} before, {after} after, pixel {pixel}");
    }
}

#[test]
fn mislabelled_samples_ruin_nothing() {
    let folder = tempdir().unwrap();
    let (before, _) = accuracy_after_reboot(installed(&folder));
    for shift in 1..CLASSES as u32 {
        let folder = tempdir().unwrap();
        let mut board = installed(&folder);
        for (features, label) in digits(&split(20).learn).unwrap().iter() {
            board.learn(features, (label + shift) % CLASSES as u32).unwrap();
        }
        let commit = board.commit().unwrap();
        let (after, mut board) = accuracy_after_reboot(board);
        println!("labels {shift} off: {commit:?}, {before} before, {after} after");
        assert!(after >= before - 0.055, "{before} before, {after} after, labels {shift} off");
        // Samples that led to a rejection are not replayed.
        assert_eq!(board.describe().unwrap().replay.learned, 0);
    }
}

/// After a reboot the factory's samples are there: a class by itself does not push the others out.
#[test]
fn after_a_reboot_one_class_does_not_ruin_the_others() {
    let folder = tempdir().unwrap();
    let (before, mut board) = accuracy_after_reboot(installed(&folder));
    let replay = board.describe().unwrap().replay;
    assert_eq!((replay.pinned, replay.held_out), (200, 200));
    let data = split(800).learn;
    let ones = digits(&data).unwrap().iter().filter(|(_, label)| *label == 1).take(20);
    for (features, label) in ones {
        board.learn(features, label).unwrap();
    }
    board.commit().unwrap();
    let (after, _) = accuracy_after_reboot(board);
    println!("{before} before, {after} after");
    assert!(after >= before - 0.06, "{before} before, {after} after");
}

/// The guard works right after a reboot, when the board has learned nothing yet.
#[test]
fn after_a_reboot_random_and_huge_weights_are_rejected() {
    let folder = tempdir().unwrap();
    let (_, mut board) = accuracy_after_reboot(installed(&folder));
    let stored = board.describe().unwrap().fingerprint;
    let random = Network::seeded(9).parameters().to_vec();
    for weights in [random, vec![1e38; Network::PARAMETERS], vec![0.0; Network::PARAMETERS]] {
        board.write_parameters(&weights).unwrap();
        let commit = board.commit().unwrap();
        assert!(matches!(commit, Commit::Rejected { samples: 200, .. }), "{commit:?}");
        assert_eq!(board.describe().unwrap().fingerprint, stored);
    }
}

/// Good samples of the field are learned and stored: the guard does not stand in the way.
#[test]
fn what_is_learned_from_good_samples_is_stored() {
    for seed in 1..11 {
        let folder = tempdir().unwrap();
        let mut board = installed(&folder);
        let split = FACTORY.0.split(seed, 100);
        for (features, label) in digits(&split.learn).unwrap().iter() {
            board.learn(features, label).unwrap();
        }
        let commit = board.commit().unwrap();
        assert!(matches!(commit, Commit::Stored { .. }), "seed {seed}: {commit:?}");
        let (factory, mut board) = accuracy_after_reboot(board);
        let field = board.evaluate(&split.others).unwrap().scores().accuracy().unwrap();
        println!("seed {seed}: {factory} of the factory's digits, {field} of the field's");
        assert!(field >= 0.85, "seed {seed}: {field} of the field's digits");
    }
}

/// Weights whose outputs are not finite predict no class, and are right for none.
#[test]
fn outputs_that_are_not_finite_are_right_for_no_class() {
    let folder = tempdir().unwrap();
    let mut board = installed(&folder);
    board.write_parameters(&vec![1e38; Network::PARAMETERS]).unwrap();
    let zeros = FACTORY.0.test.split(500).0;
    let matrix = board.evaluate(&zeros).unwrap();
    assert_eq!(matrix.scores().accuracy(), Some(0.0));
}
