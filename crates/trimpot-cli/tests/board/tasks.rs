//! What boards learn beside the classes of their model, and how.

use std::collections::BTreeSet;
use std::fmt::Write;

use trimpot::random::Random;

use crate::desk::{Desk, score};

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
    assert!(described.contains("numbers     2: sum, product\n"), "{described}");
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
    let scored = desk.board("evaluate drifted-test.csv");
    let before = score(&scored, "mse");
    for name in ["sum", "product"] {
        assert!(scored.contains(&format!("\n{name} ")), "{scored}");
    }
    let predicted = desk.board("predict drifted-test.csv --drop sum --drop product");
    assert!(predicted.starts_with("row,sum,product\n"), "{predicted}");
    // With columns in another order.
    let mixed = |name: &str| {
        let row = |line: &str| match line.split(',').collect::<Vec<_>>()[..] {
            [a, b, c, sum, product] => format!("{product},{a},{sum},{c},{b}\n"),
            _ => panic!("{line}"),
        };
        desk.file("mixed.csv", &desk.text(name).lines().map(row).collect::<String>());
    };
    mixed("drifted-test.csv");
    assert_eq!(score(&desk.board("evaluate mixed.csv"), "mse"), before);
    mixed("drifted.csv");
    let learned = desk.board("learn mixed.csv --commit");
    assert!(learned.contains("learned 60 of 60 samples, in 2,460 passes"), "{learned}");
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
    let mut fingerprints = BTreeSet::new();
    for (options, said) in [
        ("", "as its firmware does, since the model says nothing"),
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
    // One sample a step is what descent does without batches.
    desk.board("install model.safetensors train.csv --optimizer sgd --batch 1");
    let learned = desk.board("learn shifted.csv --commit");
    let committed = learned.split_once("committed: parameters ").unwrap().1;
    assert!(fingerprints.contains(&committed[..8]), "{learned}");

    desk.board("install model.safetensors train.csv --train head:2 --latents i8");
    // All but the last layers are frozen on the board, and the model that is read says so.
    assert!(desk.board("describe").contains("Frozen(Frozen(BatchNorm(12)), Dense(12, 8), Relu), "));
    desk.board("read --output read.safetensors");
    let scores = desk.board("evaluate shifted-test.csv");
    assert_eq!(desk.run("evaluate read.safetensors shifted-test.csv"), scores);
    desk.board("install read.safetensors train.csv");
    assert!(desk.board("describe").contains("learning    train head:2, latents i8\n"));
    for option in ["--optimizer newton", "--train head:0", "--latents f64"] {
        let arguments = format!("board install model.safetensors train.csv {option}");
        assert_eq!(desk.output(arguments.split(' ')).status.code(), Some(2), "{option}");
    }
}

#[test]
fn numbers_of_learning_that_are_out_of_range_are_refused_with_the_range() {
    let desk = Desk::new();
    let install = "board install model.safetensors train.csv";
    for (command, says) in [
        (format!("{install} --replays 65536"), "65536 is not in 0..=65535"),
        (format!("{install} --replays 4294967295"), "4294967295 is not in 0..=65535"),
        (format!("{install} --learning-rate 3e38"), "it must be a number in (0, 1000]"),
        (format!("{install} --learning-rate 0"), "it must be a number in (0, 1000]"),
        (format!("{install} --batch 0"), "0 is not in 1..=255"),
        (format!("{install} --batch 300"), "300 is not in 1..=255"),
        ("plan model.safetensors --batch 256".to_owned(), "256 is not in 1..=255"),
        (
            "train --data train.csv --network 12-3 --learning-rate 3e38".to_owned(),
            "it must be a number in [0, 1000]",
        ),
        (
            "train --data train.csv --network 12-3 --schedule cosine --final-learning-rate inf"
                .to_owned(),
            "it must be a number in [0, 1000]",
        ),
    ] {
        let output = desk.output(command.split(' '));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}: {error}");
        assert!(error.contains(says), "{command}: {error}");
    }
}

/// Samples of four features, the last two of which follow from the others while a machine is new;
/// the load is what another machine has more of.
fn machine(samples: usize, load: f32, seed: u32) -> String {
    let mut random = Random::new(seed);
    let mut text = "a,b,c,d,state\n".to_owned();
    for index in 0..samples {
        let [a, b, x, y]: [f32; 4] = std::array::from_fn(|_| 2.0 * random.uniform() - 1.0);
        let (wear, state) = if index % 4 == 3 { (1.5, "worn") } else { (0.0, "new") };
        let a = a + load;
        writeln!(text, "{a},{b},{},{},{state}", a + b + 0.3 * x, a - b + 0.3 * y + wear).unwrap();
    }
    text
}

#[test]
fn what_is_normal_is_learned_and_nothing_else() {
    let desk = Desk::new();
    desk.file("machine.csv", &machine(400, 0.0, 1));
    desk.file("other.csv", &machine(80, 1.0, 2));
    desk.file("other-test.csv", &machine(80, 1.0, 3));
    desk.run(
        "train --data machine.csv --task anomalies --normal new --network 4-8-2-8-4 --standardize \
         --hold-out 0.25 --epochs 150 --learning-rate 0.01 --rule percentile:0.95 --window 3 \
         --output model.safetensors",
    );
    let installed = desk.board("install model.safetensors machine.csv");
    assert!(
        installed.ends_with("20 samples are pinned, 20 held out, as in training\n"),
        "{installed}"
    );
    let described = desk.board("describe");
    assert!(described.contains(", by percentile:0.95; votes on an alarm: 3\n"), "{described}");
    // The board is the model, threshold and all.
    let same = |model: &str| {
        for arguments in ["evaluate {} other-test.csv", "predict {} other-test.csv"] {
            let host = desk.run(&arguments.replace("{}", model));
            assert_eq!(desk.run(&format!("board {}", arguments.replace("{} ", ""))), host);
        }
    };
    same("model.safetensors");
    desk.board("read --output read.safetensors");
    assert_eq!(desk.bytes("read.safetensors"), desk.bytes("model.safetensors"));

    let rate = || score(&desk.board("evaluate other-test.csv"), "false alarm rate");
    let before = rate();
    // Of those of which nobody knows, those that look anomalous are not learned, nor are worn ones.
    let features = |line: &str| line.rsplit_once(',').unwrap().0.to_owned() + "\n";
    desk.file("unknown.csv", &desk.text("other.csv").lines().map(features).collect::<String>());
    let unknown = desk.board("learn unknown.csv");
    assert!(unknown.contains(" refused, anomalous: the first is sample "), "{unknown}");
    let learned = desk.board("learn other.csv --commit");
    assert!(learned.contains("learned 60 of 80 samples"), "{learned}");
    assert!(learned.contains("20 refused, anomalous: the first is sample 4, with a score of "));
    let after = rate();
    let scores = desk.board("evaluate other-test.csv");
    println!("{before} % false alarms before, {after} % after: {scores}");
    assert!(before > 20.0 && after < 0.6 * before, "{before} % before, {after} % after");
    assert!(score(&scores, "recall") > 0.9, "{scores}");

    let described = desk.board("describe");
    let calibrated = desk.board("calibrate");
    assert!(calibrated.ends_with("not committed: it is forgotten with the end of this command\n"));
    assert_eq!(desk.board("describe"), described);
    // What no board can take is refused before the board is changed.
    let refused = desk.fails("board install model.safetensors machine.csv --normal typo");
    assert!(refused.contains("--normal names the labels that are"), "{refused}");
    assert_eq!(desk.board("describe"), described);
    let calibrated = desk.board("calibrate --commit");
    assert!(calibrated.contains(" from the scores of 20 samples: mean "), "{calibrated}");
    assert_ne!(desk.board("describe"), described);
    desk.board("read --output read.safetensors");
    same("read.safetensors");
    desk.board("reset");
    same("model.safetensors");
}
