//! Values that are missing where a model is used: its standardization has the means of training.

use std::fs;

use super::Desk;

/// Returns a table of samples, of which every fifth lacks a feature: this text is there instead.
fn table(gap: impl Fn(usize) -> String) -> String {
    let row = |row: usize| {
        let a = if row % 5 == 3 { gap(row) } else { (40 + row * 7 % 23).to_string() };
        format!("{a},{},{}\n", row % 3, ["left", "right"][row % 2])
    };
    "a,b,side\n".to_owned() + &(0..40).map(row).collect::<String>()
}

/// A model of these samples, and its mean of the first feature.
fn desk() -> (Desk, f32) {
    let desk = Desk::new();
    desk.file("gaps.csv", &table(|_| "NA".to_owned()));
    let text = desk.run(
        "train --data gaps.csv --network 2-4-2 --standardize --missing mean --hold-out 0.25 --epochs 5 \
         --output model.safetensors",
    );
    let (_, mean) = text.split_once("get its mean, ").unwrap();
    (desk, mean.lines().next().unwrap().parse().unwrap())
}

#[test]
fn a_model_that_standardizes_features_fills_in_the_means_of_training() {
    let (desk, mean) = desk();
    desk.file("filled.csv", &table(|_| mean.to_string()));
    for word in ["evaluate", "predict"] {
        let text = desk.run(&format!("{word} model.safetensors gaps.csv --missing mean"));
        let filled = desk.run(&format!("{word} model.safetensors filled.csv"));
        assert_eq!(text.replace("gaps.csv", "filled.csv"), filled);
        let error = desk.fails(&format!("{word} model.safetensors gaps.csv"));
        assert!(
            error.contains("if the model standardizes each feature, --missing mean"),
            "{error}"
        );
    }
    desk.run("board install model.safetensors gaps.csv --missing mean");
    let predicted = desk.run("board predict gaps.csv --missing mean");
    assert_eq!(predicted, desk.run("board predict filled.csv"));
}

#[test]
fn training_that_goes_on_fills_in_the_means_of_the_model() {
    let (desk, mean) = desk();
    // Another sensor, of which the mean is another one.
    let other = table(|_| "NA".to_owned()).replace("\n4", "\n94").replace("\n5", "\n95");
    desk.file("other.csv", &other);
    desk.file("filled.csv", &other.replace("NA", &mean.to_string()));
    let train = |data: &str, options: &str| {
        desk.run(&format!(
            "train --data {data} --init model.safetensors --epochs 2 --hold-out 0.25 --output tuned.safetensors {options}"
        ))
    };
    let text = train("other.csv", "--missing mean");
    let line = format!("feature 1: missing in 8 samples, which get the model's mean, {mean}");
    assert!(text.contains(&line), "{text}");
    let tuned = fs::read(desk.path("tuned.safetensors")).unwrap();
    train("filled.csv", "");
    assert_eq!(fs::read(desk.path("tuned.safetensors")).unwrap(), tuned);
}

#[test]
fn a_model_without_means_refuses_them() {
    let (desk, _) = desk();
    desk.run("train --data gaps.csv --network 2-4-2 --missing mean --epochs 1 --output plain.safetensors");
    for word in ["evaluate", "predict", "board install"] {
        let error = desk.fails(&format!("{word} plain.safetensors gaps.csv --missing mean"));
        assert!(error.contains("this one holds none; --missing drop leaves"), "{error}");
    }
}
