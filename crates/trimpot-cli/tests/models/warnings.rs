//! What is said of samples that do not look like those of training.

use super::Desk;

/// Returns a table of features of very different sizes, one of which is always the same.
fn table(same: f32) -> String {
    let row = |row: usize| {
        let (a, b) = (20_000.0 + 100.0 * (row % 8) as f32, 5.0 + 0.01 * (row / 8) as f32);
        format!("{a},{b},{same},{}\n", if row % 8 > row / 8 { "left" } else { "right" })
    };
    "a,b,c,side\n".to_owned() + &(0..64).map(row).collect::<String>()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("data.csv", &table(0.1));
    desk.file("changed.csv", &table(0.3));
    desk.run(
        "train --data data.csv --network 3-8-2 --standardize --hold-out 0.25 --epochs 20 --output model.safetensors",
    );
    desk
}

/// Returns what a command complains of, though it succeeds.
fn complaints(desk: &Desk, command: &str) -> String {
    let output = desk.output(command);
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{command}: {complaints}");
    complaints
}

#[test]
fn a_feature_that_was_constant_in_training_and_is_not_is_pointed_out_once() {
    let desk = desk();
    desk.run("board install model.safetensors data.csv");
    for word in [
        "evaluate model.safetensors",
        "predict model.safetensors",
        "board evaluate",
        "board predict",
        "board learn",
    ] {
        assert_eq!(complaints(&desk, &format!("{word} data.csv")), "", "{word}");
        let said = complaints(&desk, &format!("{word} changed.csv"));
        assert!(said.starts_with("warning: the model has learned nothing about "), "{said}");
        assert!(said.ends_with(": c (0.1, now 0.3)\n") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn features_that_are_too_small_for_the_numbers_of_a_sample_are_pointed_out() {
    let desk = desk();
    desk.run("board install model.safetensors data.csv");
    for word in ["evaluate", "predict", "learn"] {
        for format in ["f32", "f16"] {
            let said = complaints(&desk, &format!("board {word} data.csv --numbers {format}"));
            assert_eq!(said, "", "{word} {format}");
        }
        for format in ["i8", "u8"] {
            let said = complaints(&desk, &format!("board {word} data.csv --numbers {format}"));
            assert!(said.starts_with("warning: --numbers has one scale for all "), "{said}");
            // In steps of 80 or 160 nothing is left of it.
            assert!(said.contains(": b (by up to "), "{said}");
            assert!(said.ends_with("); --numbers f32 is exact\n"), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}
