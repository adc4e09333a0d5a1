//! The firmware in QEMU takes weights and samples, learns, commits and evaluates: `cargo xtask stack` runs this test
//! with the firmware at several levels of optimisation and little RAM, and reads from the log how deep the stack was.

use std::env;
use std::path::{Path, PathBuf};

use tempfile::tempdir;
use trimpot_host::board::{Board, Place};
use trimpot_host::demo::Data;
use trimpot_tuner::digits::Network;

/// Samples that are evaluated in the end. The firmware logs its stack after 2, 4, 8 … reads of the link: these send
/// more bytes than all requests before, so that it does so after the last of those.
const EVALUATED: usize = 200;

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn a_whole_adaptation_is_answered_as_the_simulated_board_answers_it() {
    let default = || "target/firmware/mps2-an386".into();
    let firmware = PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default));
    let folder = tempdir().unwrap();
    // The log goes beside the flash memory.
    let kept = env::var_os("TRIMPOT_STACK_DIR").map(PathBuf::from);
    let flash = kept.unwrap_or_else(|| folder.path().to_owned()).join("stack.bin");
    let simulated = Place::Simulated { flash: folder.path().join("simulated.bin") };
    let emulated = Place::Qemu { firmware: firmware.join("tuner"), flash };

    let data = Data::read(Path::new("data")).unwrap();
    let lesson = data.lesson(1, 10);
    let evaluated = lesson.others.split(EVALUATED).0;
    let [simulated, emulated] = [simulated, emulated].map(|place| {
        let mut board = Board::boot(place).unwrap();
        board.write_parameters(Network::seeded(7).parameters()).unwrap();
        let installed = board.install().unwrap();
        for (features, label) in data.remembered(1, 2).iter() {
            board.remember(features, label).unwrap();
        }
        let learned: Vec<_> = lesson
            .learn
            .iter()
            .map(|(features, label)| board.learn(features, label).unwrap().loss.to_bits())
            .collect();
        let committed = board.commit().unwrap();
        let bits = board.read_network().unwrap().parameters().map(f32::to_bits);
        let answers = board.evaluate(&evaluated).unwrap();
        (installed, learned, committed, answers, bits)
    });
    assert_eq!(emulated, simulated);
}
