//! Columns of labels have names, by which they are found in other tables.

use std::fmt::Write;

use trimpot::random::Random;
use trimpot_model::file::StoredModel;

use super::{Desk, numbers, value};

/// Writes samples as `measured.csv`, and as `mixed.csv` with their columns in another order.
fn measured(desk: &Desk) {
    let mut random = Random::new(7);
    let mut text = "p,q,r,y1,y2\n".to_owned();
    let mut mixed = "y2,p,y1,r,q\n".to_owned();
    for _ in 0..80 {
        let [p, q, r]: [f32; 3] = std::array::from_fn(|_| random.uniform());
        let (y1, y2) = (p + q, 3.0 - r);
        writeln!(text, "{p},{q},{r},{y1},{y2}").unwrap();
        writeln!(mixed, "{y2},{p},{y1},{r},{q}").unwrap();
    }
    desk.file("measured.csv", &text);
    desk.file("mixed.csv", &mixed);
}

#[test]
fn targets_may_be_in_any_columns() {
    let desk = Desk::new();
    measured(&desk);
    desk.run(
        "train --data measured.csv --network 3-2 --targets 2 --loss mse --epochs 40 \
         --learning-rate 0.05 --output model.safetensors",
    );
    let about = StoredModel::read(desk.path("model.safetensors"), None).unwrap().about;
    assert_eq!(about.labels, ["y1", "y2"]);
    assert!(desk.run("info model.safetensors").contains("\nlabels      y1, y2\n"));
    let expected = desk.run("evaluate model.safetensors measured.csv");
    let found = desk.run("evaluate model.safetensors mixed.csv");
    assert_eq!(found.replace("mixed.csv", "measured.csv"), expected);
    // Options count before.
    let given = desk.run("evaluate model.safetensors mixed.csv --label y2 --label y1");
    assert!(value(&given, "mse") > value(&found, "mse") + 1.0, "{given}");
    // Predictions need none, and say nothing of them.
    let output = desk.output("predict model.safetensors mixed.csv");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let predicted = desk.run("predict model.safetensors measured.csv");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), predicted);

    desk.file("renamed.csv", "y2,p,other,r,q\n1,2,3,4,5\n");
    let error = desk.fails("evaluate model.safetensors renamed.csv");
    let expected = "labels of the model are missing: y1; the header has y2, p, other, r, q";
    assert!(error.contains(expected), "{error}");
    desk.file("twice.csv", "y2,p,y1,r,q,y2\n1,2,3,4,5,6\n");
    let error = desk.fails("evaluate model.safetensors twice.csv");
    assert!(error.contains("columns 1 and 6 are both named `y2`"), "{error}");
}

#[test]
fn the_class_may_be_in_any_column() {
    let desk = Desk::new();
    desk.file("a.csv", "kind,a,b\ncat,1,0\ndog,0,1\ncat,0.9,0.2\ndog,0.1,0.7\n");
    desk.file("b.csv", "a,kind,b\n1,cat,0\n0,dog,1\n0.9,cat,0.2\n0.1,dog,0.7\n");
    desk.run("train --data a.csv --label kind --network 2-2 --epochs 5 --output model.safetensors");
    let expected = desk.run("evaluate model.safetensors a.csv --label kind");
    assert_eq!(desk.run("evaluate model.safetensors a.csv"), expected);
    // Without a header it is the last one.
    desk.file("rows.csv", "1,0,cat\n0,1,dog\n");
    desk.run("evaluate model.safetensors rows.csv");
    // Training on, and a test set.
    let text = desk.run(
        "train --init model.safetensors --data a.csv --test b.csv --epochs 0 --output next.safetensors",
    );
    assert_eq!(value(&text, "accuracy "), value(&expected, "accuracy "));
    let next = StoredModel::read(desk.path("next.safetensors"), None).unwrap().about;
    assert_eq!(next.labels, ["kind"]);
}

#[test]
fn a_detector_knows_which_labels_are_normal() {
    let desk = Desk::new();
    let row = |row: usize| format!("calm,{},{}\n", row % 7, row % 5);
    let normal: String = (0..60).map(row).collect();
    desk.file("a.csv", &format!("state,a,b\n{normal}storm,90,-90\n"));
    let options = "--label state --normal calm";
    desk.run(&format!(
        "train --data a.csv --task anomalies --network 2-4-2 --standardize --epochs 5 --hold-out 0.3 \
         {options} --output a.safetensors"
    ));
    let about = StoredModel::read(desk.path("a.safetensors"), None).unwrap().about;
    assert_eq!(
        (&about.labels[..], &about.normal[..]),
        (&["state".to_owned()][..], &["calm".to_owned()][..])
    );
    let expected = desk.run(&format!("evaluate a.safetensors a.csv {options}"));
    assert_eq!(numbers(&expected, "anomalous")[..2], [1.0, 1.0], "{expected}");
    assert_eq!(desk.run("evaluate a.safetensors a.csv"), expected);
    // Options count before.
    let given = desk.run("evaluate a.safetensors a.csv --normal storm");
    assert_eq!(numbers(&given, "anomalous")[0], 60.0, "{given}");
    // A table without that column says nothing of its samples, unless options say that it does.
    desk.file("plain.csv", &format!("a,b\n{}", normal.replace("calm,", "")));
    let plain = desk.run("evaluate a.safetensors plain.csv");
    assert_eq!(numbers(&plain, "unknown")[0], 60.0, "{plain}");
    let dropped = desk.run("evaluate a.safetensors a.csv --drop state");
    assert_eq!(numbers(&dropped, "unknown")[0], 61.0, "{dropped}");
    let error = desk.fails("evaluate a.safetensors plain.csv --normal calm");
    assert!(error.contains("labels of the model are missing: state; the header has "), "{error}");
}
