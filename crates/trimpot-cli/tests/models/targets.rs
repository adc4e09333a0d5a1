//! Numbers in units of their own: prices in 100,000s.

use crate::{Desk, numbers, value};

/// Returns a table of houses with their prices, which are higher by so much.
fn houses(count: usize, first: usize, dearer: f32) -> String {
    let mut text = "area,age,price\n".to_owned();
    for house in first..first + count {
        let area = 30.0 + (house * 37 % 170) as f32;
        let age = (house * 11 % 90) as f32;
        let price = 50_000.0 + 2500.0 * area - 1200.0 * age + dearer;
        text += &format!("{area},{age},{price}\n");
    }
    text
}

const TRAIN: &str = "train --data houses.csv --task numbers --network 2-12-1 --standardize --hold-out 0.2 \
                     --optimizer sgd --learning-rate 0.05 --epochs 40 --output model.safetensors";

fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.file("houses.csv", &houses(250, 0, 0.0));
    desk.file("dear.csv", &houses(60, 1000, 150_000.0));
    let said = desk.run(TRAIN);
    (desk, said)
}

#[test]
fn prices_are_learned_in_deviations_and_predicted_as_prices() {
    let (desk, said) = desk();
    assert!(said.contains("outputs are in their units"), "{said}");
    // R², MAE, RMSE of the samples that were held out.
    let [r2, mae, rmse] = numbers(&said, "price ");
    assert!(r2 > 0.98 && mae < rmse && (500.0..15_000.0).contains(&rmse), "{said}");
    assert!(value(&said, "held out: loss ") < 0.02, "{said}");

    let report = desk.run("evaluate model.safetensors houses.csv");
    assert!(report.contains("in the units of the targets"), "{report}");
    let [r2, ..] = numbers(&report, "price ");
    assert!(r2 > 0.98 && value(&report, "mse ") < 0.02, "{report}");

    // The first house: 30 square metres, new.
    let table = desk.run("predict model.safetensors houses.csv");
    let first = table.lines().nth(1).and_then(|line| line.strip_prefix("1,")).unwrap();
    assert!((first.parse::<f32>().unwrap() - 125_000.0).abs() < 40_000.0, "{table}");
    assert_eq!(table.lines().next(), Some("row,price"));
    let info = desk.run("info model.safetensors");
    assert!(info.contains("Dense(12, 1), Frozen(BatchNorm(1))"), "{info}");
}

#[test]
fn a_board_learns_prices_with_plain_gradient_descent() {
    let (desk, _) = desk();
    desk.file("more.csv", &houses(60, 1000, 0.0));
    // Of two epochs, so that something is left to learn.
    desk.run(&TRAIN.replace("--epochs 40", "--epochs 2"));
    desk.run("board install model.safetensors houses.csv");
    let before = value(&desk.run("board evaluate more.csv"), "mse ");
    let learned = desk.run("board learn more.csv --commit");
    // In deviations of the prices: below 1.
    assert!(learned.contains("loss before each sample: mean 0."), "{learned}");
    let report = desk.run("board evaluate more.csv");
    assert!(value(&report, "mse ") < 0.5 * before, "{before}: {report}");
    let [r2, ..] = numbers(&report, "price ");
    assert!(r2 > 0.95, "{report}");

    // What is read has the bits of the board.
    desk.run("board read --output back.safetensors");
    assert_eq!(desk.run("evaluate back.safetensors more.csv"), report);
    // And training goes on from it, without another word about units.
    let said = desk.run("train --data more.csv --init back.safetensors --epochs 5");
    assert!(value(&said, "epoch    1  loss ") < 1.0, "{said}");
    desk.run(
        "train --data dear.csv --init back.safetensors --network 2-12-1 --standardize --epochs 1",
    );
}

#[test]
fn targets_that_cannot_be_standardized_are_said_to_be_or_refused() {
    let desk = Desk::new();
    desk.file("houses.csv", &houses(50, 0, 0.0));
    let train = "train --data houses.csv --targets 1 --network 2-1 --standardize --epochs 1";
    let said = desk.run(&format!("{train} --loss mape"));
    assert!(said.contains("targets are not standardized: mape depends on more"), "{said}");
    let error = desk.fails(&format!("{train} --output-activation sigmoid"));
    assert!(error.contains("--standardize: targets") && error.contains("Sigmoid"), "{error}");
    // The same price everywhere.
    let same: String = (0..50).map(|house| format!("{house},{},7\n", house % 3)).collect();
    desk.file("same.csv", &format!("area,age,price\n{same}"));
    let said = desk.run(
        "train --data same.csv --targets 1 --network 2-1 --standardize --epochs 5 --output m.safetensors",
    );
    assert!(said.contains("target price is the same in all samples: it is centred only"), "{said}");
}

#[test]
fn targets_in_another_unit_are_pointed_out() {
    let (desk, _) = desk();
    let warning = |file: &str| {
        let output = desk.output(&format!("evaluate model.safetensors {file}"));
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(warning("houses.csv"), "");
    assert_eq!(warning("dear.csv"), "");
    // Prices in thousands of another currency.
    let text = houses(50, 0, 2_000_000.0);
    desk.file("other.csv", &text);
    let said = warning("other.csv");
    assert!(
        said.contains("warning: the mean of target price is ") && said.contains("unit"),
        "{said}"
    );
}

/// Only numbers are counted in the units of outputs, by training as by what judges it.
#[test]
fn a_detector_from_a_model_of_numbers_is_trained_by_the_loss_that_judges_it() {
    let desk = Desk::new();
    desk.file("houses.csv", &houses(250, 0, 0.0));
    let pairs = |text: String| {
        let pair = |line: &str| {
            let (features, _) = line.rsplit_once(',').unwrap();
            format!("{features},{features}\n")
        };
        text.lines().skip(1).map(pair).collect::<String>()
    };
    desk.file("pairs.csv", &pairs(houses(250, 0, 0.0)));
    desk.file("test.csv", &houses(60, 1000, 0.0));
    desk.run(
        "train --data pairs.csv --no-header --task numbers --targets 2 --network 2-4-2 --standardize \
         --epochs 5 --output numbers.safetensors",
    );
    let said = desk.run(
        "train --data houses.csv --drop price --init numbers.safetensors --task anomalies --hold-out 0.2 \
         --test test.csv --epochs 1 --learning-rate 1e-9 --output detector.safetensors",
    );
    let evaluated = desk.run("evaluate detector.safetensors test.csv");
    let mean_score = |text: &str| {
        let (_, table) = text.split_once("mean score\n").unwrap();
        table.lines().next().and_then(|line| line.rsplit(' ').next()).unwrap().to_owned()
    };
    assert_eq!(mean_score(&said), mean_score(&evaluated), "{said}{evaluated}");
}

#[test]
fn targets_with_large_deviations_are_pointed_out() {
    let (desk, said) = desk();
    let hint = "targets have deviations of up to ";
    assert!(!said.contains(hint), "{said}");
    let train = TRAIN.replace("--standardize", "").replace("0.05", "1e-9");
    let said = desk.run(&train);
    assert!(said.contains(hint) && said.contains(": --standardize brings them to 1\n"), "{said}");
    // Where it would not, nothing is said: outputs of this last layer are not of any size.
    let said = desk.run(&format!("{train} --output-activation sigmoid"));
    assert!(!said.contains(hint), "{said}");
    let near = (0..50).map(|row| format!("{row},{},{}\n", row % 7, row % 5));
    desk.file("houses.csv", &("area,age,price\n".to_owned() + &near.collect::<String>()));
    let said = desk.run(&train);
    assert!(!said.contains(hint), "{said}");
}
