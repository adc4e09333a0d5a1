//! The firmware that runs any model, in QEMU: whatever it is asked for, it says what the simulated
//! board says, and has the same bits. Every word boots it anew, from its flash memory.
//!
//! The program is the one that `cargo xtask firmware` builds; `cargo xtask qemu` runs these tests,
//! and `cargo xtask stack` reads from the logs how deep the stack was.

mod board_files;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use board_files::*;
use trimpot::random::Random;

/// A simulated board and an emulated one, and commands for both.
struct Boards {
    desk: Desk,
    /// The option that says which firmware the emulated one runs.
    qemu: String,
}

/// Logs that are kept.
static LOGS: AtomicU32 = AtomicU32::new(0);

impl Boards {
    fn new() -> Self {
        let desk = Desk::new();
        let default = || data("../target/firmware/mps2-an386").into();
        let firmware = PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default));
        let firmware = firmware.join("device");
        let qemu = format!("--board qemu --firmware {}", firmware.to_str().unwrap());
        Boards { desk, qemu }
    }

    /// Has both do the same, and returns what they say: but for their names, the same.
    fn both(&self, arguments: &str) -> String {
        let simulated = self.desk.board(arguments);
        let emulated = self.desk.board(&format!("{arguments} {}", self.qemu));
        self.keep_log();
        let name = "firmware in QEMU (mps2-an386, Cortex-M4F)";
        let said = emulated.replace(name, "simulated board");
        assert_eq!(said, simulated, "{arguments}");
        said
    }

    /// Keeps the log of this boot, where somebody wants it: the next one overwrites it.
    fn keep_log(&self) {
        if let Some(logs) = env::var_os("TRIMPOT_STACK_DIR") {
            let number = LOGS.fetch_add(1, Ordering::Relaxed);
            let log = PathBuf::from(logs).join(format!("stack-device-{number}.log"));
            fs::copy(self.desk.path("trimpot-board/qemu.bin.log"), log).unwrap();
        }
    }

    /// Reads the models of both. They must be the same bytes, which are returned.
    fn read(&self) -> Vec<u8> {
        self.desk.board("read --output simulated.safetensors");
        self.desk.board(&format!("read --output emulated.safetensors {}", self.qemu));
        let model = self.desk.bytes("simulated.safetensors");
        assert!(self.desk.bytes("emulated.safetensors") == model, "the models differ");
        model
    }

    /// Trains a network of the samples, and returns its bytes.
    fn train(&self, network: &str, options: &[&str]) -> Vec<u8> {
        self.desk.trained(network, options);
        self.desk.bytes("model.safetensors")
    }
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn with_any_model_the_emulated_board_has_the_bits_of_the_simulated_one() {
    let boards = Boards::new();
    let dense = boards.train("12-8-3", &["--standardize"]);
    taught(&boards, &dense, "Frozen(BatchNorm(12)), Dense(12, 8), Relu, Dense(8, 3) (");
    // The next model takes the place of the one that has learned.
    let convolution = boards.train("3x4 > conv 8 2x2, relu, pool 2, dense 3", &[]);
    let layers = "BatchNorm(1), Reshape(1, 3, 4)), Conv2d(1, 8, 2), Relu, MaxPool2d(2), Flatten, Dense(8, 3) (";
    taught(&boards, &convolution, layers);
}

/// Installs the model of the desk, lets it learn, and asks for everything.
fn taught(boards: &Boards, model: &[u8], layers: &str) {
    boards.both("install model.safetensors train.csv --replays 20");
    let described = boards.both("describe");
    for part in [layers, "3: high, low, middle\n", "installed, generation 2\n"] {
        assert!(described.contains(part), "{part}: {described}");
    }
    let installed = boards.read();
    boards.both("learn shifted.csv");
    assert!(boards.read() == installed, "what is not committed is lost with the power");

    let learned = boards.both("learn shifted.csv --commit");
    assert!(learned.contains("learned 90 of 90 samples, in 1,890 passes"), "{learned}");
    assert!(learned.contains("committed: parameters "), "{learned}");
    assert!(boards.both("describe").contains("committed, generation 3\n"));
    let committed = boards.read();
    assert!(committed != installed && committed.len() == installed.len());
    boards.both("evaluate shifted-test.csv");
    boards.both("evaluate shifted-test.csv --numbers i8");
    boards.both("predict shifted-test.csv --label kind");
    boards.both("commit");
    boards.both("rollback");
    assert!(boards.read() == committed);
    boards.both("reset");
    assert!(boards.read() == installed);
    // But for how the board is to learn, it is the model.
    assert!(installed.ends_with(&model[model.len() - 4 * 3..]), "the last bias is the model's");
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn a_model_that_the_emulated_board_has_no_memory_for_changes_nothing() {
    let boards = Boards::new();
    boards.train("12-8-3", &["--standardize"]);
    boards.both("install model.safetensors train.csv");
    let described = boards.both("describe");
    boards.desk.run(
        "train --data train.csv --network 12-5000-3 --epochs 1 --scale 0.001 \
         --output large.safetensors",
    );
    let install = format!("board install large.safetensors train.csv {}", boards.qemu);
    let refused = boards.desk.fails(&install);
    let reason = "the model does not fit into 261888 bytes of flash memory";
    assert!(refused.contains(reason), "{refused}");
    assert_eq!(boards.both("describe"), described);
}

/// Samples of three features, a number that follows from these, and a state; the gain is what
/// changes in the field.
fn measured(samples: usize, gain: f32, seed: u32) -> String {
    let mut random = Random::new(seed);
    let mut text = "a,b,c,sum,state\n".to_owned();
    for index in 0..samples {
        let [a, b, noise]: [f32; 3] = std::array::from_fn(|_| 2.0 * random.uniform() - 1.0);
        let (wear, state) = if index % 4 == 3 { (2.0, "worn") } else { (0.0, "new") };
        let c = a - b + 0.2 * noise + wear;
        text += &format!("{a},{b},{c},{},{state}\n", gain * (a + b));
    }
    text
}

/// Installs the model, lets it learn and commit, and asks how well it does.
fn adapted(boards: &Boards, model: &str, options: &str) {
    boards.both(&format!("install {model} measured.csv {options} --replays 5"));
    let learned = boards.both(&format!("learn field.csv {options} --commit"));
    assert!(learned.contains("committed: parameters "), "{learned}");
    boards.both(&format!("evaluate field.csv {options}"));
}

#[test]
#[ignore = "needs QEMU: cargo xtask qemu"]
fn numbers_and_what_is_normal_have_the_bits_of_the_simulated_board() {
    let boards = Boards::new();
    boards.desk.file("measured.csv", &measured(120, 1.0, 1));
    boards.desk.file("field.csv", &measured(16, 1.3, 2));
    let train = "train --data measured.csv --hold-out 0.25 --epochs 60 --learning-rate 0.01";
    boards.desk.run(&format!(
        "{train} --network 3-8-1 --targets 1 --label sum --drop state --standardize --output numbers.safetensors"
    ));
    adapted(&boards, "numbers.safetensors", "--drop state");
    boards.desk.run(&format!(
        "{train} --task anomalies --label state --normal new --drop sum --network 3-6-2-6-3 \
         --standardize --output anomalies.safetensors"
    ));
    adapted(&boards, "anomalies.safetensors", "--drop sum");
    boards.both("calibrate --commit");
}
