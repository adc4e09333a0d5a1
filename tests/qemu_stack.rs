//! The firmware in QEMU does everything that a board can be asked for, as the simulated board does
//! it: `cargo xtask stack` runs this test with the firmware at several levels of optimisation, and
//! reads from the logs how deep the stack was.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::tempdir;
use trimpot_cli::demo::{Data, digits, digits_model, read_network};
use trimpot_host::board::{Board, BoardAddress};
use trimpot_tuner::digits::{Network, PINNED};

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn whatever_it_is_asked_for_the_firmware_answers_as_the_simulated_board() {
    let default = || "target/firmware/mps2-an386".into();
    let firmware = PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default));
    let folder = tempdir().unwrap();
    let flash = folder.path().join("simulated.bin");
    let simulated = BoardAddress::Simulated { flash };
    let flash = folder.path().join("emulated.bin");
    let emulated = BoardAddress::Qemu { firmware: firmware.join("tuner"), flash };
    // The emulator leaves its log beside the flash memory, and begins a new one with each boot.
    let log = folder.path().join("emulated.bin.log");
    let logs = env::var_os("TRIMPOT_STACK_DIR").map(PathBuf::from);
    let keep_log = |boot: u32| {
        if let Some(logs) = &logs {
            fs::copy(&log, logs.join(format!("stack-tuner-{boot}.log"))).unwrap();
        }
    };

    let simulated = everything(simulated, |_| {});
    let emulated = everything(emulated, keep_log);
    assert_eq!(emulated.len(), simulated.len());
    for (emulated, simulated) in emulated.iter().zip(&simulated) {
        assert_eq!(emulated, simulated);
    }
}

/// Installs as many samples as the board takes, learns, commits, has a bad sample refused and a bad
/// commit rejected, reboots, returns to what is stored and to the factory's weights, and commits
/// again. Returns all answers.
fn everything(address: BoardAddress, booted: impl Fn(u32)) -> Vec<String> {
    let data = Data::read(Path::new("data")).unwrap();
    let split = data.split(1, 10);
    let mut answers = Vec::new();

    let mut board = Board::boot(address).unwrap();
    answers.push(format!("{:?}", board.install_model(&digits_model())));
    let mut board = Board::boot(board.cut_power()).unwrap();
    let mut samples = data.factory_samples(1);
    let (held_out, more) = samples.held_out.split_classes(PINNED - 1);
    samples.held_out = held_out;
    answers.push(format!("{:?}", board.install(Network::seeded(7).parameters(), &samples)));
    for (features, label) in digits(&split.learn).unwrap().iter() {
        answers.push(format!("{:?}", board.learn(features, label)));
    }
    answers.push(format!("{:?}", board.commit()));
    // Far outside of the factory's range.
    let (features, label) = digits(&split.learn).unwrap().iter().next().unwrap();
    answers.push(format!("{:?}", board.learn(&features.map(|pixel| 100.0 * pixel), label)));
    // Nothing as bad as this is stored.
    let negated = Network::seeded(7).parameters().map(|parameter| -10.0 * parameter);
    answers.push(format!("{:?}", board.write_parameters(&negated)));
    answers.push(format!("{:?}", board.commit()));
    answers.push(state(&mut board));

    let address = board.cut_power();
    booted(1);
    let mut board = Board::boot(address).unwrap();
    answers.push(state(&mut board));
    for (features, label) in digits(&split.learn).unwrap().iter() {
        answers.push(format!("{:?}", board.learn(features, label)));
    }
    answers.push(format!("{:?}", board.commit()));
    answers.push(format!("{:?}", board.evaluate(&split.others.split(20).0)));
    answers.push(format!("{:?}", board.roll_back()));
    answers.push(format!("{:?}", board.reset()));
    answers.push(state(&mut board));
    // Where more samples judge, the stored parameters are read to be judged, and the new ones read
    // back.
    for (features, label) in digits(&more).unwrap().iter() {
        answers.push(format!("{:?}", board.hold_out(features, label)));
    }
    for (features, label) in digits(&split.learn).unwrap().iter() {
        answers.push(format!("{:?}", board.learn(features, label)));
    }
    answers.push(format!("{:?}", board.commit()));
    answers.push(state(&mut board));
    board.cut_power();
    booted(2);
    answers
}

/// What the board is, and its weights.
fn state(board: &mut Board) -> String {
    let bits = read_network(board).unwrap().parameters().map(f32::to_bits);
    let description = board.describe().unwrap();
    let origin = description.origin;
    let (generation, replay) = (description.generation, description.replay);
    format!("{origin:?} {generation} {replay:?} {bits:08x?}")
}
