//! The `trimpot board` command, on simulated boards.

mod batch_norm;
#[path = "../board_files/mod.rs"]
mod desk;
mod going_on;
mod plan;
mod readme;
mod safety;
mod tasks;

use std::fs;

use trimpot_host::board::{Board, BoardAddress};
use trimpot_model::file::StoredModel;

use crate::desk::{Desk, data, score};

#[test]
fn a_board_is_installed_taught_and_committed_and_keeps_that() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--standardize"]);
    let installed = desk.board("install model.safetensors train.csv");
    assert!(
        installed
            .contains("60 samples are pinned, 60 held out, which the model may have learned: "),
        "{installed}"
    );
    let described = desk.board("describe");
    for part in [
        "simulated board\n",
        "Frozen(BatchNorm(12)), Dense(12, 8), Relu, Dense(8, 3) (",
        "3: high, low, middle\n",
        "installed, generation 2\n",
        "60 pinned and 0 learned ones are replayed, 75 fit; 60 held out\n",
    ] {
        assert!(described.contains(part), "{part}: {described}");
    }
    let before = desk.accuracy("shifted-test.csv");

    // Not committed, so a reboot forgets it.
    let learned = desk.board("learn shifted.csv");
    assert!(learned.contains("learned 90 of 90 samples, in 3,690 passes"), "{learned}");
    assert!(learned.ends_with("forgotten with the end of this command\n"), "{learned}");
    assert_eq!(desk.board("describe"), described);

    let committed = desk.board("learn shifted.csv --commit");
    assert!(committed.contains("committed: parameters "), "{committed}");
    assert!(desk.board("describe").contains("committed, generation 3\n"));
    let after = desk.accuracy("shifted-test.csv");
    println!("{before} % before, {after} % after");
    assert!(after > before + 5.0, "{before} % before, {after} % after");
    assert!(desk.accuracy("train.csv") > 80.0);
    // With rounded features the board says nearly the same.
    for format in ["f16", "u8", "i8"] {
        let rounded = desk.board(&format!("evaluate shifted-test.csv --numbers {format}"));
        let rounded = score(&rounded, "accuracy");
        assert!((rounded - after).abs() < 5.0, "{rounded} % with {format}, {after} % without");
    }
    assert_eq!(desk.output("board describe --numbers f64".split(' ')).status.code(), Some(2));

    // Nothing has changed since, so there is nothing to return from.
    let state = desk.board("commit");
    assert_eq!(
        desk.board("rollback").replace("rolled back to", "nothing to commit, stored already:"),
        state
    );
    assert!(desk.board("reset").starts_with("reset to parameters "));
    assert_eq!(desk.accuracy("shifted-test.csv"), before);
    assert!(desk.board("describe").contains("installed, generation "));
}

#[test]
fn what_is_read_has_the_scores_and_predictions_of_the_board() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--standardize"]);
    desk.board("install model.safetensors train.csv");
    // Before it learns, the board is the model.
    let same = |model: &str| {
        for word in ["evaluate", "predict"] {
            let label = if word == "predict" { "--label kind" } else { "" };
            let host = desk.run(&format!("{word} {model} shifted-test.csv {label}"));
            assert_eq!(desk.board(&format!("{word} shifted-test.csv {label}")), host, "{word}");
        }
    };
    same("model.safetensors");
    desk.board("learn shifted.csv --commit");
    desk.board("read --output read.safetensors");
    same("read.safetensors");
    let info = |model: &str| desk.run(&format!("info {model}"));
    assert_eq!(info("read.safetensors"), info("model.safetensors"));
    assert_ne!(desk.bytes("read.safetensors"), desk.bytes("model.safetensors"));
    // As it was read, it can be installed: on a board that is made anew.
    desk.board("install read.safetensors train.csv");
    same("read.safetensors");
}

#[test]
fn a_convolutional_network_learns_on_a_simulated_board() {
    let desk = Desk::new();
    let digits = data("digits8.npz");
    desk.succeeds([
        "train",
        "--data",
        &digits,
        "--scale",
        "0.0625",
        "--network",
        "8x8 > conv 8 3x3, relu, pool 2, dense 10",
        "--epochs",
        "3",
        "--output",
        "model.safetensors",
    ]);
    desk.board(&format!("install model.safetensors {digits}"));
    let described = desk.board("describe");
    assert!(described.contains("200 pinned and 0 learned ones"), "{described}");
    let evaluate = format!("evaluate {digits}");
    let before = score(&desk.board(&evaluate), "accuracy");
    desk.board(&format!("learn {digits} --commit"));
    let after = score(&desk.board(&evaluate), "accuracy");
    println!("{before} % before, {after} % after");
    assert!(after > before && after > 90.0, "{before} % before, {after} % after");
}

#[test]
fn models_that_boards_cannot_learn_are_refused_with_the_reason() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--loss", "soft_cross_entropy"]);
    let says = "is none by which boards learn classes. Possible are cross_entropy, focal, rescaled_square, multi_margin, categorical_hinge; --loss";
    let refused = desk.fails("board install model.safetensors train.csv");
    assert!(refused.contains(&format!("--loss soft_cross_entropy {says}")), "{refused}");
    let refused = desk.fails("board install model.safetensors train.csv --loss mse");
    assert!(refused.contains(&format!("--loss mse {says}")), "{refused}");
    desk.board("install model.safetensors train.csv --loss focal");
    fs::remove_dir_all(desk.path("trimpot-board")).unwrap();
    desk.trained("12, dense 8, relu, dense 3, relu", &[]);
    let refused = desk.fails("board install model.safetensors train.csv --train head:3");
    assert!(refused.contains("head:3: layers of the network that can be trained: 2"), "{refused}");
    let refused = desk.fails("board install model.safetensors train.csv --new-classes 1");
    assert!(refused.contains("--new-classes: the last layer is not a dense one"), "{refused}");
    // Features beyond the longest frame.
    let row: Vec<String> = (0..5000).map(|feature| feature.to_string()).collect();
    let row = row.join(",");
    desk.file("wide.csv", &format!("{row},0\n{row},1\n{row},0\n{row},1\n"));
    desk.run(
        "train --data wide.csv --no-header --network 5000-2 --scale 0.001 --epochs 1 \
         --learning-rate 1e-6 --output wide.safetensors",
    );
    let refused = desk.fails("board install wide.safetensors wide.csv --no-header");
    assert!(refused.contains("the frame is longer than 16384 bytes"), "{refused}");
    let described = desk.board("describe");
    assert!(described.contains("network     none yet, a model of up to "), "{described}");
    let refused = desk.fails("board learn train.csv");
    assert!(refused.contains("`trimpot board install MODEL DATA` installs one"), "{refused}");
}

#[test]
fn wrong_data_are_refused_and_samples_far_outside_are_counted() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--standardize"]);
    let missing = desk.fails("board learn shifted.csv");
    assert!(missing.contains("there is no network in trimpot-board/flash.bin"), "{missing}");
    assert!(!desk.path("trimpot-board").exists());
    desk.board("install model.safetensors train.csv");
    let described = desk.board("describe");
    desk.file("narrow.csv", "a,kind\n1,low\n2,high\n");
    desk.file("other.csv", &desk.text("shifted.csv").replace("middle", "unknown"));
    for (word, message) in [
        ("learn narrow.csv", "narrow.csv"),
        ("evaluate other.csv", "unknown"),
        ("evaluate shifted.csv --targets 3", "the task is classes"),
        ("learn shifted.csv --features x", "--features names an array of an .npz file"),
        ("evaluate shifted.csv --labels y", "--labels names an array of an .npz file"),
        ("predict shifted.csv --features x", "--features names an array of an .npz file"),
        ("predict shifted.csv --labels y", "--labels is left out"),
        ("predict shifted.csv --normal low", "--normal is left out"),
        ("learn missing.csv", "missing.csv"),
    ] {
        let error = desk.fails(&format!("board {word}"));
        assert!(error.contains(message), "{word}: {error}");
    }
    let shifted = desk.text("shifted.csv");
    let (header, first) = (shifted.lines().next().unwrap(), shifted.lines().nth(1).unwrap());
    let (_, rest) = first.split_once(',').unwrap();
    desk.file("outside.csv", &format!("{header}\n{first}\n1e9,{rest}\n"));
    let learned = desk.board("learn outside.csv");
    assert!(learned.contains("learned 1 of 2 samples"), "{learned}");
    assert!(learned.contains("the first is sample 2, feature 1"), "{learned}");
    assert_eq!(desk.board("describe"), described);
}

/// Nothing is beside the flash memory, so all that is read comes from the board.
#[test]
fn a_board_is_read_without_the_model_file_and_takes_another_model() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--standardize", "--loss", "focal", "--loss-option", "gamma=1.5"]);
    let info = desk.run("info model.safetensors");
    desk.board("install model.safetensors train.csv");
    let read = desk.board("read --output read.safetensors");
    assert!(read.starts_with("read.safetensors: parameters "), "{read}");
    assert_eq!(desk.bytes("read.safetensors"), desk.bytes("model.safetensors"));
    let files = std::fs::read_dir(desk.path("trimpot-board")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["flash.bin", "flash.bin.lock"]);
    assert!(desk.board("describe").contains("focal gamma=1.5"));
    assert!(info.contains("focal gamma=1.5"), "{info}");

    // How it learns is in the model that is read, too.
    desk.board("install model.safetensors train.csv --replays 3 --learning-rate 0.001");
    let learned = desk.board("learn shifted.csv");
    assert!(learned.contains("learned 90 of 90 samples, in 360 passes"), "{learned}");
    desk.board("read --output slow.safetensors");
    desk.board("install slow.safetensors train.csv");
    let learned = desk.board("learn shifted.csv");
    assert!(learned.contains("in 360 passes"), "{learned}");

    desk.trained("12, dense 8, tanh, dense 3", &[]);
    desk.board("install model.safetensors train.csv");
    assert!(desk.board("describe").contains("Dense(12, 8), Tanh, Dense(8, 3) ("));
    desk.board("read --output read.safetensors");
    assert_eq!(desk.bytes("read.safetensors"), desk.bytes("model.safetensors"));
}

#[test]
fn no_file_of_others_is_replaced() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.file("taken/flash.bin", "a letter to my aunt");
    let error = desk.fails("board install model.safetensors train.csv --folder taken");
    assert!(error.contains("flash.bin has 19 bytes"), "{error}");
    assert_eq!(desk.text("taken/flash.bin"), "a letter to my aunt");
    assert!(!desk.path("taken/model.safetensors").exists());
}

#[test]
fn the_flash_memory_of_a_board_is_not_replaced_by_what_is_read() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    let described = desk.board("describe");
    let error = desk.fails("board read --output trimpot-board/flash.bin");
    assert!(error.contains("is the same file as the board's flash memory"), "{error}");
    assert_eq!(desk.board("describe"), described);
}

/// As where the power fails between a model and its samples.
#[test]
fn a_board_without_samples_to_judge_by_stores_nothing() {
    let desk = Desk::new();
    desk.trained("12-8-3", &[]);
    desk.board("install model.safetensors train.csv");
    let flash = desk.path("trimpot-board/flash.bin");
    let mut board = Board::boot(BoardAddress::Simulated { flash }).unwrap();
    let model = StoredModel::read(desk.path("model.safetensors"), None).unwrap();
    board.install_model(&model).unwrap();
    drop(board);
    let described = desk.board("describe");
    for word in ["commit", "learn shifted.csv --commit"] {
        let error = desk.fails(&format!("board {word}"));
        assert!(error.contains("no samples by which it could judge a commit"), "{error}");
        assert_eq!(desk.board("describe"), described);
    }
    desk.board("install model.safetensors train.csv");
    desk.board("learn shifted.csv --commit");
}

#[test]
fn a_serial_port_that_is_not_there_and_wrong_arguments_are_errors() {
    let desk = Desk::new();
    let error = desk.fails("board describe --board no/such/port");
    assert!(error.contains("cannot open serial port no/such/port"), "{error}");
    let error = desk.fails("board commit --board qemu --firmware no/such/file");
    assert!(error.contains("there is no firmware at no/such/file"), "{error}");
    assert_eq!(desk.output("board read".split(' ')).status.code(), Some(2));
    assert_eq!(desk.output("board teach".split(' ')).status.code(), Some(2));
}
