//! The `trimpot board` command, on simulated boards.

mod board_files;

use std::fmt::Write;

use board_files::*;
use trimpot::random::Random;

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
    assert!(learned.contains("learned 90 of 90 samples, in 3,690 steps"), "{learned}");
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
    assert_eq!(desk.board("rollback").replace("rolled back to", "committed:"), state);
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

/// Samples of three features, with two numbers that a sensor says of them, and another one.
fn measured(samples: usize, gain: f32, seed: u32) -> String {
    let mut random = Random::new(seed);
    let mut text = "a,b,c,sum,product\n".to_owned();
    for _ in 0..samples {
        let [a, b, c]: [f32; 3] = std::array::from_fn(|_| 2.0 * random.uniform() - 1.0);
        writeln!(text, "{a},{b},{c},{},{}", gain * (a + b), gain * b * c).unwrap();
    }
    text
}

#[test]
fn numbers_are_learned_committed_and_read() {
    let desk = Desk::new();
    desk.file("measured.csv", &measured(300, 1.0, 1));
    desk.file("drifted.csv", &measured(60, 1.5, 2));
    desk.file("drifted-test.csv", &measured(60, 1.5, 3));
    desk.run(
        "train --data measured.csv --network 3-16-2 --targets 2 --loss mse --hold-out 0.2 \
         --epochs 60 --learning-rate 0.01 --output model.safetensors",
    );
    let installed = desk.board("install model.safetensors measured.csv");
    assert!(
        installed.ends_with(" samples are pinned, 20 held out, as in training\n"),
        "{installed}"
    );
    let described = desk.board("describe");
    assert!(described.contains("numbers     2\n"), "{described}");
    let same = |model: &str| {
        for word in
            ["evaluate drifted-test.csv", "predict drifted-test.csv --drop sum --drop product"]
        {
            let (word, rest) = word.split_once(' ').unwrap();
            assert_eq!(
                desk.board(&format!("{word} {rest}")),
                desk.run(&format!("{word} {model} {rest}"))
            );
        }
    };
    same("model.safetensors");
    let before = score(&desk.board("evaluate drifted-test.csv"), "mse");
    let learned = desk.board("learn drifted.csv --commit");
    assert!(learned.contains("learned 60 of 60 samples, in 2,460 steps"), "{learned}");
    let after = score(&desk.board("evaluate drifted-test.csv"), "mse");
    println!("{before} before, {after} after");
    assert!(after < 0.5 * before, "{before} before, {after} after");
    desk.board("read --output read.safetensors");
    same("read.safetensors");
    // A target that is too few, and one that is a name.
    let error = desk.fails("board learn drifted.csv --drop product");
    assert!(error.contains("drifted.csv"), "{error}");
    let error = desk.fails("board calibrate");
    assert!(error.contains("the board learns values, not anomaly detection"), "{error}");
}

#[test]
fn a_class_that_comes_later_has_a_name_and_goes_with_a_reset() {
    let desk = Desk::new();
    // Without the third class.
    let without = |name: &str| {
        let text = desk.text(name);
        let lines = text.lines().filter(|line| !line.ends_with("high"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    desk.file("two.csv", &without("train.csv"));
    desk.run(
        "train --data two.csv --network 12-8-2 --standardize --epochs 40 --hold-out 0.25 \
         --output model.safetensors",
    );
    desk.board("install model.safetensors two.csv");
    let refused = desk.fails("board learn train.csv");
    assert!(refused.contains("class `high` is none of the model: low, middle"), "{refused}");

    desk.board("install model.safetensors two.csv --new-classes 1");
    let described = desk.board("describe");
    assert!(described.contains("classes     2: low, middle; room for 1 more\n"), "{described}");
    // As the model, whose outputs are two.
    let two = desk.run("evaluate model.safetensors two.csv");
    assert_eq!(desk.board("evaluate two.csv"), two);
    assert!(desk.fails("board evaluate train.csv").contains("class `high` is none of the model"));

    let learned = desk.board("learn train.csv");
    assert!(learned.contains("new classes: high\n"), "{learned}");
    assert_eq!(desk.board("describe"), described, "it was not committed");
    let learned = desk.board("learn train.csv --commit");
    assert!(learned.contains("committed: "), "{learned}");
    assert!(desk.board("describe").contains("classes     3: low, middle, high\n"));
    let scores = desk.board("evaluate train.csv");
    assert!(score(&scores, "accuracy") > 85.0, "{scores}");
    desk.board("read --output three.safetensors");
    assert_eq!(desk.run("evaluate three.safetensors train.csv"), scores);
    // The name is in the folder; without it the class has a number.
    std::fs::remove_file(desk.path("trimpot-board/classes.json")).unwrap();
    assert!(desk.board("describe").contains("classes     3: low, middle, 2\n"));
    desk.board("reset");
    assert_eq!(desk.board("evaluate two.csv"), two);
}

#[test]
fn how_a_board_learns_is_said_when_the_model_is_installed() {
    let desk = Desk::new();
    desk.trained("12-8-6-3", &["--standardize"]);
    let before = || desk.accuracy("shifted-test.csv");
    let mut fingerprints = std::collections::BTreeSet::new();
    for (options, said) in [
        ("", "as the board does"),
        ("--optimizer momentum:0.9 --learning-rate 0.002", "momentum:0.9, learning rate 0.002"),
        ("--optimizer adam --batch 8", "adam, batch 8"),
        ("--train biases", "train biases"),
        ("--train head:1 --replays 10", "train head:1, replays 10"),
        ("--train head:2 --latents u8", "train head:2, latents u8"),
        ("--train head:2 --latents i8", "train head:2, latents i8"),
    ] {
        desk.board(&format!("install model.safetensors train.csv {options}"));
        let described = desk.board("describe");
        assert!(described.contains(&format!("learning    {said}\n")), "{described}");
        let before = before();
        let learned = desk.board("learn shifted.csv --commit");
        let after = desk.accuracy("shifted-test.csv");
        println!("{options}: {before} % before, {after} % after");
        assert!(after > before, "{options}: {before} % before, {after} % after: {learned}");
        let committed = learned.split_once("committed: parameters ").unwrap().1.to_owned();
        assert!(fingerprints.insert(committed[..8].to_owned()), "{options}: as another one");
    }
    // All but the last layers are frozen on the board, and the model that is read says so.
    assert!(desk.board("describe").contains("Frozen(Frozen(BatchNorm(12)), Dense(12, 8), Relu), "));
    desk.board("read --output read.safetensors");
    let scores = desk.board("evaluate shifted-test.csv");
    assert_eq!(desk.run("evaluate read.safetensors shifted-test.csv"), scores);
    desk.board("install read.safetensors train.csv");
    assert!(desk.board("describe").contains("learning    train head:2, latents i8\n"));
    for (option, error) in [
        ("--optimizer newton", 2),
        ("--train head:0", 2),
        ("--latents f64", 2),
        ("--batch 0", 1),
        ("--batch 300", 1),
    ] {
        let arguments = format!("board install model.safetensors train.csv {option}");
        assert_eq!(desk.output(arguments.split(' ')).status.code(), Some(error), "{option}");
    }
}

#[test]
fn models_that_boards_cannot_learn_are_refused_with_the_reason() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--loss", "soft_cross_entropy"]);
    let refused = desk.fails("board install model.safetensors train.csv");
    assert!(
        refused.contains("the model's loss is none that the board learns classes by"),
        "{refused}"
    );
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
        ("predict shifted.csv --missing mean", "--missing mean is for training"),
        ("evaluate shifted.csv --targets 3", "the task is classes"),
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
    let files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["flash.bin"]);
    assert!(desk.board("describe").contains("focal gamma=1.5"));
    assert!(info.contains("focal gamma=1.5"), "{info}");

    // How it learns is in the model that is read, too.
    desk.board("install model.safetensors train.csv --replays 3 --learning-rate 0.001");
    let learned = desk.board("learn shifted.csv");
    assert!(learned.contains("learned 90 of 90 samples, in 360 steps"), "{learned}");
    desk.board("read --output slow.safetensors");
    desk.board("install slow.safetensors train.csv");
    let learned = desk.board("learn shifted.csv");
    assert!(learned.contains("in 360 steps"), "{learned}");
    let refused = desk.fails("board install model.safetensors train.csv --learning-rate 0");
    assert!(refused.contains("`learning_rate` is 0, but must be in (0, inf)"), "{refused}");

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
fn a_serial_port_that_is_not_there_and_wrong_arguments_are_errors() {
    let desk = Desk::new();
    let error = desk.fails("board describe --board no/such/port");
    assert!(error.contains("cannot open serial port no/such/port"), "{error}");
    let error = desk.fails("board commit --board qemu --firmware no/such/file");
    assert!(error.contains("there is no firmware at no/such/file"), "{error}");
    assert_eq!(desk.output("board read".split(' ')).status.code(), Some(2));
    assert_eq!(desk.output("board teach".split(' ')).status.code(), Some(2));
}

/// The commands of the README's section, one after another.
#[test]
fn the_five_commands_of_the_readme_say_what_it_shows() {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("## Your own data, on a board").unwrap();
    let (_, section) = section.split_once("```sh\n").unwrap();
    let (commands, section) = section.split_once("```").unwrap();
    let (_, section) = section.split_once("```text\n").unwrap();
    let (shown, section) = section.split_once("```").unwrap();

    let desk = Desk::new();
    for name in ["wrist-right.csv", "wrist-left.csv", "wrist-left-test.csv"] {
        desk.file(&format!("data/{name}"), &std::fs::read_to_string(data(name)).unwrap());
    }
    let commands = commands.replace("\\\n", " ");
    let commands: Vec<_> = commands
        .lines()
        .map(|line| line.strip_prefix("cargo run --release -- ").unwrap())
        .collect();
    assert_eq!(commands.len(), 5);
    let said: String = commands.iter().map(|command| desk.run(command)).collect();
    for line in shown.lines() {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }

    let model = desk.run("evaluate model.safetensors data/wrist-left-test.csv");
    let before = format!("the accuracy was {:.2} %", score(&model, "accuracy"));
    assert!(section.contains(&before), "{before}");
    // What was learned before is not forgotten: of the other wrist.
    assert!(desk.accuracy("data/wrist-right.csv") > 90.0);
}
