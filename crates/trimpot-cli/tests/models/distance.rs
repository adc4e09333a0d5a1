//! Detectors of anomalies by their Mahalanobis distance, on the motion of a watch: made by the
//! command, with the bits of a board, which moves the mean.

use std::fs;

use trimpot_model::file::StoredModel;

use super::{Desk, data, numbers, value};

const NORMAL: &str = "--normal pendulum --normal external_rotation --normal internal_rotation";

fn desk() -> Desk {
    let desk = Desk::new();
    let text = desk.run(&format!(
        "train --data {} --task anomalies {NORMAL} --mahalanobis --network 12-12 --standardize --hold-out 0.2 \
         --rule percentile:0.95 --output model.safetensors",
        data("wrist-right.csv")
    ));
    assert!(text.contains("by percentile:0.95 of 64 normal samples held out"), "{text}");
    // Its outputs predict no numbers.
    assert!(!text.contains("R²"), "{text}");
    desk
}

#[test]
fn other_exercises_are_far_from_the_mean_of_normal_ones() {
    let desk = desk();
    let report = desk.run(&format!("evaluate model.safetensors {}", data("wrist-right.csv")));
    let [samples, found, score] = numbers(&report, "normal");
    assert!(samples == 322.0 && found / samples < 0.1, "{report}");
    // Of twelve features that are one deviation away each.
    assert!((0.6..1.1).contains(&score), "{report}");
    let [precision, recall] = ["precision", "recall"].map(|name| value(&report, name));
    assert!(precision > 0.9 && recall > 0.8, "{report}");
    assert!(value(&report, "area under the ROC curve") > 0.95, "{report}");
    let info = desk.run("info model.safetensors");
    assert!(info.contains("scores      distances from a centre\n"), "{info}");
}

#[test]
fn a_board_has_the_same_bits_and_says_the_same_model() {
    let desk = desk();
    let (right, left) = (data("wrist-right.csv"), data("wrist-left.csv"));
    desk.run(&format!("board install model.safetensors {right}"));
    let described = desk.run("board describe");
    assert!(described.contains("anomalies   distances above "), "{described}");
    assert!(described.contains("learning    train biases\n"), "{described}");
    for word in ["predict", "evaluate"] {
        let said = desk.run(&format!("board {word} {left}"));
        assert_eq!(said, desk.run(&format!("{word} model.safetensors {left}")), "{word}");
    }
    desk.run("board read --output read.safetensors");
    let bytes = |name: &str| fs::read(desk.path(name)).unwrap();
    assert!(bytes("read.safetensors") == bytes("model.safetensors"));

    // Another centre, and another threshold.
    desk.run("board calibrate --commit");
    desk.run("board read --output calibrated.safetensors");
    let said = desk.run(&format!("board predict {left}"));
    assert_ne!(said, desk.run(&format!("predict model.safetensors {left}")));
    assert_eq!(said, desk.run(&format!("predict calibrated.safetensors {left}")));
}

#[test]
fn a_board_moves_the_mean_and_nothing_else() {
    let desk = desk();
    // The watch is mounted otherwise: gravity has other shares in its axes.
    let text = fs::read_to_string(data("wrist-right.csv")).unwrap();
    let mounted = |line: &str| {
        let fields: Vec<_> = line.split(',').collect();
        let moved = |field: &&str| (field.parse::<f32>().unwrap() + 0.5).to_string();
        let axes: Vec<_> = fields[..3].iter().map(moved).collect();
        format!("{},{}\n", axes.join(","), fields[3..].join(","))
    };
    let normal = ["pendulum", "external_rotation", "internal_rotation"];
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<_> = rows
        .lines()
        .filter(|line| normal.iter().any(|name| line.ends_with(name)))
        .map(mounted)
        .collect();
    for (name, first) in [("mounted.csv", 0), ("test.csv", 1)] {
        let rows: String = rows.iter().skip(first).step_by(4).cloned().collect();
        desk.file(name, &format!("{header}\n{rows}"));
    }
    let right = data("wrist-right.csv");
    desk.run(&format!("board install model.safetensors {right}"));
    let scored = || numbers(&desk.run("board evaluate test.csv"), "normal");
    let [_, alarms, score] = scored();
    desk.run("board learn mounted.csv --commit");
    let [_, fewer, lower] = scored();
    println!("{alarms} alarms, mean score {score}; then {fewer}, {lower}");
    assert!(fewer < alarms && lower < 0.95 * score, "{alarms} {score}, then {fewer} {lower}");
    // What it knew it knows.
    let before = desk.run(&format!("evaluate model.safetensors {right}"));
    let after = desk.run(&format!("board evaluate {right}"));
    let auc = |report: &str| value(report, "area under the ROC curve");
    assert!(auc(&after) > auc(&before) - 0.02, "{before}{after}");

    desk.run("board read --output read.safetensors");
    let [one, other] = ["model.safetensors", "read.safetensors"]
        .map(|file| StoredModel::read(desk.path(file), None).unwrap());
    assert_eq!(one.layers, other.layers);
    assert_eq!(one.parameters[..144], other.parameters[..144]);
    assert_ne!(one.parameters[144..], other.parameters[144..]);
    assert_eq!(one.about.centre, other.about.centre);
}

#[test]
fn what_is_not_for_a_detector_by_distance_is_refused() {
    let desk = desk();
    let train =
        format!("train --data {} {NORMAL} --hold-out 0.2 --standardize", data("wrist-right.csv"));
    let by_distance = format!("{train} --task anomalies --mahalanobis");
    for option in [
        "--epochs 3",
        "--optimizer sgd",
        "--learning-rate 0.1",
        "--curves c.svg",
        "--loss huber",
        "--l1 0.1",
        "--augment noise=0.1",
    ] {
        let output = desk.output(&format!("{by_distance} --network 12-12 {option}"));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(2) && error.contains("cannot be used with"),
            "{error}"
        );
    }
    for network in ["12-8-12", "12-8", "\"12 > dense 12, relu\""] {
        let error = desk.fails(&format!("{by_distance} --network {network}"));
        assert!(error.contains("--mahalanobis is a dense layer"), "{network}: {error}");
        assert!(error.contains("--network 12-12"), "{network}: {error}");
    }
    let error = desk.fails(&format!("{train} --init model.safetensors"));
    assert!(error.contains("is not trained in epochs"), "{error}");
    let error = desk.fails(&format!(
        "train --data {} --mahalanobis --network 12-7 --standardize",
        data("wrist-right.csv")
    ));
    assert!(error.contains("--mahalanobis are for --task anomalies, not for classes"), "{error}");

    let install = format!("board install model.safetensors {}", data("wrist-right.csv"));
    for trained in ["all", "head:1"] {
        let error = desk.fails(&format!("{install} --train {trained}"));
        assert!(
            error.contains("--train: of a detector by distance boards train biases"),
            "{error}"
        );
    }

    // A centre of another network.
    let mut model = StoredModel::read(desk.path("model.safetensors"), None).unwrap();
    model.about.centre.pop();
    model.save(&desk.path("short.safetensors")).unwrap();
    let error = desk.fails(&format!("evaluate short.safetensors {}", data("wrist-right.csv")));
    assert!(error.contains("a centre of 11 numbers is none of 12 outputs"), "{error}");
}
