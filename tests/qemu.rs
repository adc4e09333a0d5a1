//! The firmware in QEMU: it learns what the host learns, to the bit, and outlives power cuts.
//!
//! The programs are those that `cargo xtask firmware` builds; `cargo xtask qemu` runs these tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::tempdir;
use trimpot_cli::demo::{Data, boot_digits, digits, read_network};
use trimpot_host::board::{Board, BoardAddress, Commit};
use trimpot_link::Origin;
use trimpot_tuner::digits::Network;

/// The digits' tuner in QEMU, with its flash memory in this folder.
fn qemu(folder: &Path) -> BoardAddress {
    let default = || "target/firmware/mps2-an386".into();
    let firmware = PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default));
    BoardAddress::Qemu { firmware: firmware.join("tuner"), flash: folder.join("qemu.bin") }
}

fn data() -> Data {
    Data::read(Path::new("data")).unwrap()
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn the_firmware_learns_what_the_simulated_board_learns_bit_for_bit() {
    let data = data();
    let split = data.split(1, 100);
    let few = split.others.split(100).0;
    let folder = tempdir().unwrap();
    let flash = folder.path().join("simulated.bin");
    let addresses = [BoardAddress::Simulated { flash }, qemu(folder.path())];

    let [simulated, firmware] = addresses.map(|address| {
        let mut board = boot_digits(address).unwrap();
        let mut fingerprints = Vec::new();
        let network = Network::seeded(7);
        let samples = data.factory_samples(1);
        fingerprints.push(board.install(network.parameters(), &samples).unwrap());
        let mut losses = Vec::new();
        for (features, label) in digits(&split.learn).unwrap().iter() {
            losses.push(board.learn(features, label).unwrap().loss.to_bits());
            fingerprints.push(board.describe().unwrap().fingerprint);
        }
        let answers = board.evaluate(&few).unwrap();
        let bits = read_network(&mut board).unwrap().parameters().map(f32::to_bits);
        (fingerprints, losses, answers, bits)
    });

    println!("after 100 samples: {:08x?} simulated", simulated.0.last());
    println!("                   {:08x?} firmware", firmware.0.last());
    let distinct: std::collections::BTreeSet<_> = simulated.0.iter().collect();
    assert_eq!(distinct.len(), 101, "every sample changes the weights");
    assert_eq!(firmware.0, simulated.0, "fingerprints");
    assert_eq!(firmware.1, simulated.1, "losses");
    assert_eq!(firmware.2, simulated.2, "answers");
    assert_eq!(firmware.3, simulated.3, "parameters");
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn killed_during_a_commit_the_firmware_keeps_the_old_weights_or_the_new_ones() {
    const ROUNDS: u32 = 40;
    let split = data().split(2, ROUNDS as usize + 1);
    let mut split = digits(&split.learn).unwrap().iter();
    let mut learn = |board: &mut Board| {
        let (features, label) = split.next().unwrap();
        board.learn(features, label).unwrap();
        board.describe().unwrap().fingerprint
    };
    let folder = tempdir().unwrap();
    let flash = folder.path().join("qemu.bin");

    let mut board = Board::boot(qemu(folder.path())).unwrap();
    let samples = data().factory_samples(2);
    board.install(Network::seeded(7).parameters(), &samples).unwrap();
    let mut stored = learn(&mut board);
    let start = Instant::now();
    assert_eq!(board.commit().unwrap(), Commit::Stored { fingerprint: stored });
    let duration = start.elapsed();

    let (mut old, mut new, mut torn) = (0, 0, 0);
    for round in 0..ROUNDS {
        let learned = learn(&mut board);
        assert_ne!(learned, stored);
        let before = fs::read(&flash).unwrap();

        // Evenly over the time that a commit takes, and longer: it varies.
        let delay: Duration = duration * 5 / 2 * round / ROUNDS;
        let switch = board.power_switch().expect("an emulator has one");
        let cut = thread::spawn(move || {
            thread::sleep(delay);
            switch.cut();
        });
        // An answer comes only if the commit was faster.
        let answer = board.commit();
        cut.join().unwrap();
        let touched = fs::read(&flash).unwrap() != before;

        board = Board::boot(board.cut_power()).unwrap();
        let description = board.describe().unwrap();
        assert_eq!(description.origin, Origin::Commit, "round {round}");
        if description.fingerprint == learned {
            new += 1;
            stored = learned;
        } else {
            assert_eq!(description.fingerprint, stored, "round {round}, cut after {delay:?}");
            assert!(answer.is_err(), "round {round}: the board had answered {answer:?}");
            old += 1;
            torn += u32::from(touched);
        }
    }
    println!(
        "{ROUNDS} power cuts during commits of {duration:?}: {old} times the old weights \
         ({torn} of them with the flash half-written), {new} times the new ones"
    );
    assert!(torn > 0, "no cut came in the middle of a commit");
    assert!(new > 0, "no cut came after a commit");
}
