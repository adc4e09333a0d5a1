//! What a board and its command promise to keep, to refuse and to say.

use std::time::{Duration, Instant};

use trimpot_host::board::{Board, BoardAddress};
use trimpot_model::file::StoredModel;

use crate::desk::Desk;

/// Flips a bit of the flash memory, at these bytes.
fn flip(desk: &Desk, places: &[usize]) {
    let flash = desk.path("trimpot-board/flash.bin");
    let mut bytes = std::fs::read(&flash).unwrap();
    places.iter().for_each(|&place| bytes[place] ^= 4);
    std::fs::write(flash, bytes).unwrap();
}

#[test]
fn a_damaged_model_is_mended_from_its_copy_or_said_to_be_damaged() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    desk.board("learn shifted.csv --commit");
    let described = desk.board("describe");
    assert!(described.contains("model       2 copies in flash memory\n"), "{described}");
    let [first, second] = [0, 2 << 20].map(|slot| slot + 100);
    flip(&desk, &[second]);
    let output = desk.output(["board", "describe"]);
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(warning.contains("one of the copies of the board's model was damaged"), "{warning}");
    let said = String::from_utf8(output.stdout).unwrap();
    let mended = "model       2 copies in flash memory; one was damaged, and is mended\n";
    assert!(said.contains(mended), "{said}");
    assert_eq!(desk.board("describe"), described);

    flip(&desk, &[first, second]);
    let said = desk.board("describe");
    assert!(
        said.contains("network     none, its model is damaged: `trimpot board install"),
        "{said}"
    );
    let error = desk.fails("board evaluate shifted.csv");
    assert!(error.contains("is damaged in each of its copies: `trimpot board install"), "{error}");
    desk.board("install model.safetensors train.csv");
    let said = desk.board("describe");
    assert!(said.contains("installed, generation") && said.contains("2 copies in flash"), "{said}");
}

/// Returns where the store of the board in flash memory has these parameters.
fn stored(desk: &Desk, model: &str) -> Vec<usize> {
    let model = StoredModel::read(desk.path(model), None).unwrap();
    let pattern: Vec<u8> = model.parameters.iter().flat_map(|value| value.to_le_bytes()).collect();
    let flash = desk.bytes("trimpot-board/flash.bin");
    let places = flash.windows(pattern.len()).enumerate().skip(4 << 20);
    places.filter(|(_, window)| *window == pattern).map(|(place, _)| place).collect()
}

#[test]
fn a_commit_that_is_damaged_is_missed_aloud() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    let predict = "board predict shifted.csv --label kind";
    let installed = desk.run(predict);
    desk.board("learn shifted.csv --commit");
    desk.board("read --output learned.safetensors");
    let intact = desk.output(predict.split(' '));
    assert_eq!(String::from_utf8(intact.stderr).unwrap(), "");
    let places = stored(&desk, "learned.safetensors");
    assert_eq!(places.len(), 1, "{places:?}");
    flip(&desk, &places);
    for words in [
        predict,
        "board evaluate shifted.csv",
        "board describe",
        "board read --output read.safetensors",
        "board learn shifted.csv",
    ] {
        let output = desk.output(words.split(' '));
        let warning = String::from_utf8(output.stderr).unwrap();
        let said = "was found damaged in flash memory, 1 copy of it: the board uses what was installed, \
                    generation 2; what was committed later, if anything was, is lost\n";
        assert!(output.status.success() && warning.ends_with(said), "{words}: {warning}");
    }
    assert_eq!(desk.run(predict), installed);
}

#[test]
fn damaged_samples_of_the_factory_are_said_to_be_the_reason_that_nothing_is_committed() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    desk.board("learn shifted.csv --commit");
    // Twice with the samples, and once as the model was before these came.
    let places = stored(&desk, "model.safetensors");
    assert_eq!(places.len(), 3, "{places:?}");
    flip(&desk, &places);
    let error = desk.fails("board learn shifted.csv --commit");
    let warning = "3 copies of it: the board uses a commit, generation 3;";
    assert!(error.contains(warning), "{error}");
    let reason = "the samples that judge commits are not there, or damaged: `trimpot board install` \
                  stores them anew";
    assert!(error.contains(reason), "{error}");
    desk.board("install model.safetensors train.csv");
    desk.board("learn shifted.csv --commit");
}

#[test]
fn what_became_of_samples_is_said_though_the_commit_is_rejected() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--standardize"]);
    desk.board("install model.safetensors train.csv --replays 1 --learning-rate 0.05");
    // Classes that are wrong, and a sample that no sensor has.
    let wrong = desk.text("train.csv").replace("low", "none").replace("high", "low");
    let wrong = wrong.replace("none", "high") + &"1e9,".repeat(12) + "low\n";
    desk.file("wrong.csv", &wrong);
    let output = desk.output("board learn wrong.csv --commit".split(' '));
    let said = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}{error}");
    assert!(error.contains("the board has not stored what it learned"), "{error}");
    assert!(said.starts_with("learned 240 of 241 samples, in "), "{said}");
    assert!(said.contains("\n1 refused, far outside of the range"), "{said}");
}

#[test]
fn more_new_classes_than_a_network_can_have_outputs_are_refused() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    for (count, shown) in [("4294967295", "4,294,967,295"), ("65534", "65,534")] {
        for words in ["plan model.safetensors", "board install model.safetensors train.csv"] {
            let error = desk.fails(&format!("{words} --new-classes {count}"));
            let said = format!(
                "--new-classes: 3 outputs and {shown} more are beyond the 65,536 that there may be"
            );
            assert!(error.contains(&said), "{words}: {error}");
        }
    }
    desk.run("plan model.safetensors --new-classes 65533");
    assert!(!desk.path("trimpot-board").exists());
}

#[test]
fn two_commands_do_not_use_a_board_at_the_same_time() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    let described = desk.board("describe");
    let flash = desk.path("trimpot-board/flash.bin");
    let board = Board::boot(BoardAddress::Simulated { flash }).unwrap();
    let error = desk.fails("board learn shifted.csv --commit");
    assert!(error.contains("flash.bin is in use: another command runs this board"), "{error}");
    drop(board);
    // A program that another test is starting has the files of this process until it begins.
    let describe = || desk.output(["board", "describe"]);
    let (start, mut after) = (Instant::now(), describe());
    while !after.status.success() && start.elapsed() < Duration::from_secs(60) {
        after = describe();
    }
    assert_eq!(String::from_utf8_lossy(&after.stdout), described, "{after:?}");
}

/// A program in QEMU's place says who it is, and then does nothing.
#[cfg(unix)]
#[test]
fn a_board_in_qemu_is_in_use_as_long_as_qemu_lives() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};
    use std::thread::sleep;

    let desk = Desk::new();
    let pid = desk.path("pid");
    let script = "#!/bin/sh\necho $$ > pid.part && mv pid.part pid && exec sleep 600\n";
    desk.file("bin/qemu-system-arm", script);
    desk.file("device", "");
    let program = desk.path("bin/qemu-system-arm");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let describe = || {
        let path = format!("{}:{}", desk.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_trimpot"));
        command.current_dir(desk.path("")).env("PATH", path).stderr(Stdio::piped());
        command.args(["board", "describe", "--board", "qemu", "--firmware", "device"]);
        command.spawn().unwrap()
    };
    let mut first = describe();
    let start = Instant::now();
    while !pid.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "QEMU is not started");
        sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let second = describe().wait_with_output().unwrap();
    let killed = Command::new("kill").arg(desk.text("pid").trim()).status().unwrap();
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(error.contains("qemu.bin is in use: another command runs this board"), "{error}");
    assert!(killed.success());
}

#[test]
fn a_commit_of_nothing_says_so_and_writes_nothing() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    let described = desk.board("describe");
    let said = desk.board("commit");
    assert!(said.starts_with("nothing to commit, stored already: parameters "), "{said}");
    assert_eq!(desk.board("describe"), described);
}

#[test]
fn a_model_with_numbers_that_are_not_finite_is_not_installed() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    let mut model = StoredModel::read(desk.path("model.safetensors"), None).unwrap();
    // The last number of the file is a bias.
    let mut bytes = desk.bytes("model.safetensors");
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(desk.path("broken.safetensors"), bytes).unwrap();
    let error = desk.fails("board install broken.safetensors train.csv");
    assert!(error.contains("NaN"), "{error}");
    // Nor is one that is in no file.
    model.parameters[7] = f32::NAN;
    let flash = desk.path("flash.bin");
    let mut board = Board::boot(BoardAddress::Simulated { flash }).unwrap();
    let error = board.install_model(&model).unwrap_err().to_string();
    assert!(error.contains("parameter 7 of the model is not finite"), "{error}");
    assert_eq!(board.describe().unwrap().inputs, 0);
}

#[test]
fn one_sample_is_no_samples() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    let one: Vec<_> = desk.text("shifted.csv").lines().take(2).map(str::to_owned).collect();
    desk.file("one.csv", &(one.join("\n") + "\n"));
    let learned = desk.board("learn one.csv");
    assert!(
        learned.contains("learned 1 of 1 sample, in 41 passes forward and backward"),
        "{learned}"
    );
    assert!(desk.board("evaluate one.csv").starts_with("one.csv: 1 sample\n"));
}

#[test]
fn no_name_in_a_table_is_obeyed_by_a_terminal() {
    let desk = Desk::new();
    for name in ["train.csv", "shifted.csv"] {
        let text = desk.text(name).replace("low", "l\x1b[31mow").replace("f3,", "f\x1b[32m3,");
        desk.file(name, &text.replace("kind", "k\x1b[33mind"));
    }
    let mut said = desk.run(
        "train --data train.csv --network 12-8-3 --scale 0.001 --epochs 1 --output model.safetensors",
    );
    desk.board("install model.safetensors train.csv --new-classes 1");
    desk.file("new.csv", &desk.text("shifted.csv").replace("high", "h\x1b[34migh"));
    for words in [
        "info model.safetensors",
        "evaluate model.safetensors shifted.csv",
        "predict model.safetensors shifted.csv",
        "board describe",
        "board learn new.csv",
        "board evaluate shifted.csv",
        "board predict shifted.csv",
    ] {
        said += &desk.run(words);
    }
    assert!(said.contains("l\\u{1b}[31mow"), "{said}");
    assert!(!said.contains('\x1b'), "{said:?}");
    // A file has them as they are.
    desk.run("predict model.safetensors shifted.csv --output predictions.csv");
    assert!(desk.text("predictions.csv").contains("l\x1b[31mow"));
}

/// Its front is frozen, and what standardizes features inside of that.
#[test]
fn training_goes_on_from_a_board_that_trains_its_head() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--standardize"]);
    desk.board("install model.safetensors train.csv --train head:1");
    desk.board("learn shifted.csv --commit");
    desk.board("read --output read.safetensors");
    let info = desk.run("info read.safetensors");
    assert!(info.contains("features are standardized by the first layer"), "{info}");
    for option in ["", "--standardize"] {
        desk.run(&format!(
            "train --data shifted.csv --init read.safetensors {option} --epochs 2 --output on.safetensors"
        ));
        let model = StoredModel::read(desk.path("on.safetensors"), None).unwrap();
        let read = StoredModel::read(desk.path("read.safetensors"), None).unwrap();
        assert_eq!(model.layers, read.layers);
        assert_ne!(model.parameters, read.parameters);
    }
    let error = desk.fails(
        "train --data shifted.csv --init read.safetensors --scale 2 --output on.safetensors",
    );
    assert!(
        error.contains("the first layer of the model of --init scales or standardizes"),
        "{error}"
    );
}
