//! Features have the names of their columns, by which they are found in other tables.

use std::fs;

use trimpot_model::file::StoredModel;

use super::{Desk, data, value};

/// A desk with a model of the watch's motion.
fn watch() -> Desk {
    let desk = Desk::new();
    desk.run(&format!(
        "train --data {} --network 12-16-7 --standardize --epochs 20 --learning-rate 0.01 \
         --output model.safetensors",
        data("wrist-right.csv")
    ));
    desk
}

/// Rewrites the test table of the watch, row by row.
fn rewrite(desk: &Desk, name: &str, row: impl Fn(Vec<&str>) -> Vec<String>) {
    let text = fs::read_to_string(data("wrist-left-test.csv")).unwrap();
    let lines = text.lines().map(|line| row(line.split(',').collect()).join(",") + "\n");
    desk.file(name, &lines.collect::<String>());
}

#[test]
fn columns_may_come_in_any_order_among_others() {
    let desk = watch();
    let features = StoredModel::read(desk.path("model.safetensors"), None).unwrap().about.features;
    assert_eq!((features.len(), features[0].as_str()), (12, "ax_mean"));
    let original = data("wrist-left-test.csv");
    let expected = desk.run(&format!("evaluate model.safetensors {original}"));
    let predicted = desk.run(&format!("predict model.safetensors {original} --drop exercise"));

    rewrite(&desk, "other.csv", |mut fields| {
        fields.reverse();
        fields.push("note");
        fields.into_iter().map(str::to_owned).collect()
    });
    let report = desk.run("evaluate model.safetensors other.csv --label exercise");
    let line = "ignored, because the model does not know them: note\n";
    assert_eq!(report.replace(line, ""), expected.replace(&original, "other.csv"));
    assert!(report.contains(line), "{report}");
    let output = desk.output("predict model.safetensors other.csv");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), predicted);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error, line);

    // Training on from the model, and a test set.
    let text = desk.run(&format!(
        "train --init model.safetensors --data {} --test other.csv --label exercise --epochs 0",
        data("wrist-right.csv")
    ));
    assert!(text.contains(line), "{text}");
    assert_eq!(value(&text, "accuracy "), value(&expected, "accuracy "));
}

#[test]
fn features_that_are_missing_are_named() {
    let desk = watch();
    rewrite(&desk, "renamed.csv", |fields| {
        let names = [("ay_mean", "y"), ("wz_deviation", "z")];
        let renamed = |field: &str| names.iter().find(|(name, _)| *name == field);
        fields
            .into_iter()
            .map(|field| renamed(field).map_or(field, |(_, name)| name).to_owned())
            .collect()
    });
    for word in ["evaluate", "predict"] {
        let error = desk.fails(&format!("{word} model.safetensors renamed.csv"));
        let expected =
            "features of the model are missing: ay_mean, wz_deviation; the header has ax_mean, y, ";
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn columns_without_names_are_features_by_their_order() {
    let desk = watch();
    let original = data("wrist-left-test.csv");
    let expected = desk.run(&format!("predict model.safetensors {original} --drop exercise"));
    let text = fs::read_to_string(&original).unwrap();
    let rows = text.lines().skip(1).map(|line| line.to_owned() + "\n");
    desk.file("rows.csv", &rows.collect::<String>());
    assert_eq!(desk.run("predict model.safetensors rows.csv --no-header --drop 13"), expected);

    // A model without names takes any.
    desk.run("train --data rows.csv --network 12-7 --epochs 1 --output plain.safetensors");
    let plain = StoredModel::read(desk.path("plain.safetensors"), None).unwrap().about;
    assert_eq!(plain.features, <[String; 0]>::default());
    desk.run(&format!("evaluate plain.safetensors {original}"));
}
