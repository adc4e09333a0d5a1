//! Runs: what they say, how they end, and how they go on.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use trimpot::layer::{Dense, Relu};
use trimpot_model::file::StoredModel;

use super::{DIGITS, command, failed, folder, said};

/// A run that uses all there is.
const RICH: &str = "--network 64-48-10 --dropout 0.1 --epochs 300 --learning-rate 0.003 --schedule cosine --warm-up 40 \
                    --average 0.99 --hold-out 0.2 --patience 200 --weight-decay 0.0001";

#[test]
fn a_run_that_is_killed_ends_with_the_same_bits() {
    let (_folder, file) = folder();
    let whole = file("whole.safetensors");
    said(&format!("{RICH} --output {}", whole.display()));

    let (model, checkpoint) = (file("resumed.safetensors"), file("run.checkpoint"));
    let options = format!(
        "{RICH} --resume --checkpoint {} --output {}",
        checkpoint.display(),
        model.display()
    );
    let mut interrupted = 0;
    for kill in 0..4 {
        let mut child = command(&options).stdout(Stdio::null()).spawn().unwrap();
        let before = fs::read(&checkpoint).ok();
        // Until an epoch is done; then a little more, so that it is hit in its middle.
        while child.try_wait().unwrap().is_none() && fs::read(&checkpoint).ok() == before {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_micros(9_700 * kill));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            interrupted += 1;
        }
        child.wait().unwrap();
    }
    assert!(interrupted > 0, "nothing was interrupted");
    assert!(said(&options).contains("goes on after epoch "));
    for name in ["safetensors", "average.safetensors"] {
        let bytes = |file: &Path| fs::read(file.with_extension(name)).unwrap();
        assert!(bytes(&whole) == bytes(&model), "{name}");
    }
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let (_folder, file) = folder();
    let checkpoint = format!("--checkpoint {}", file("run").display());
    let options = format!("--network 64-10 --epochs 1 {checkpoint}");
    said(&options);
    let error = failed(&format!("--network 64-12-10 --loss mse --resume {checkpoint}"), 1);
    for part in
        ["Flatten), Dense(64, 10), now it is 64: Frozen", "--loss was cross_entropy, now it is mse"]
    {
        assert!(error.contains(part), "{error}");
    }
    let smoothed = "--loss-option label_smoothing=0.1";
    let error = failed(&format!("{options} --resume {smoothed}"), 1);
    let was =
        "--loss-option was label_smoothing=0 class_weights=none, now it is label_smoothing=0.1 ";
    assert!(error.contains(was), "{error}");
    // What it is anyway may be said.
    said(&format!("{options} --resume --loss-option label_smoothing=0.0"));
    let error = failed(&format!("{options} --resume --scale 0.5 --data {DIGITS}"), 1);
    assert!(error.contains("--scale was 0.0625"), "{error}");

    fs::write(file("run"), b"nonsense").unwrap();
    let error = failed(&format!("{options} --resume"), 1);
    assert!(error.starts_with("error: checkpoint "), "{error}");
}

#[test]
fn a_run_has_the_same_bits_for_any_number_of_threads() {
    let (_folder, file) = folder();
    let model = |threads: usize| {
        let file = file(&format!("{threads}.safetensors"));
        let options = "--network 64-256-10 --batch 64 --epochs 2 --dropout 0.1 --hold-out 0.1";
        said(&format!("{options} --threads {threads} --output {}", file.display()));
        fs::read(file).unwrap()
    };
    assert!(model(1) == model(2));
}

#[test]
fn epochs_are_reported_and_digits_are_learned() {
    let (_folder, file) = folder();
    let options = "--network 64-32-10 --epochs 12 --hold-out 0.2 --learning-rate 0.005";
    let text = said(&format!("{options} --metrics {}", file("m.csv").display()));
    assert_eq!(text.lines().filter(|line| line.starts_with("epoch ")).count(), 12, "{text}");
    let table = fs::read_to_string(file("m.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let names =
        "epoch,step,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds";
    assert_eq!((rows.len(), rows[0].join(",").as_str()), (13, names));
    assert_eq!((rows[12][0], rows[12][1]), ("12", "540"));
    assert!(rows[12][5].parse::<f32>().unwrap() >= 0.95, "{table}");

    said(&format!("{options} --metrics {}", file("m.json").display()));
    let list: Vec<serde_json::Value> =
        serde_json::from_str(&fs::read_to_string(file("m.json")).unwrap()).unwrap();
    assert_eq!(list.len(), 12);
    assert_eq!(list[11]["loss"].to_string(), rows[12][2]);
}

#[test]
fn early_stopping_keeps_the_best_weights() {
    let text =
        said("--network 64-32-10 --epochs 300 --hold-out 0.3 --patience 3 --learning-rate 0.02");
    assert!(text.contains("stopped: 3 epochs were not better"), "{text}");
    let losses = text.lines().filter_map(|line| {
        line.split_once("validation ")?.1.split("  ").next()?.parse::<f32>().ok()
    });
    let best = losses.fold(f32::INFINITY, f32::min);
    assert!(text.contains(&format!("held out: loss {best:.4}")), "{text}");
}

#[test]
fn divergence_ends_with_an_error_and_the_last_good_weights() {
    let (_folder, file) = folder();
    let model = file("model.safetensors");
    let options = "--network 64-16-10 --loss mse --optimizer sgd --learning-rate 1000 --epochs 3";
    let error = failed(&format!("{options} --output {}", model.display()), 1);
    assert!(error.contains("training diverged in epoch 1, step "), "{error}");
    let saved = format!("; {} has the weights from the end of epoch 0\n", model.display());
    assert!(error.ends_with(&saved), "{error}");
    type Small = trimpot::network!(Dense<64, 16>, Relu, Dense<16, 10>; from 64);
    let loaded = StoredModel::read(&model, None).unwrap();
    assert_eq!(loaded.parameters, Small::seeded(1).parameters());
}

#[test]
fn divergence_says_which_weights_early_stopping_kept() {
    let (_folder, file) = folder();
    let kept = file("kept.safetensors");
    // A learning rate at which weights grow from step to step until they are no numbers.
    let options = "--network 64-10 --loss mse --optimizer sgd --learning-rate 2 --batch 512 --hold-out 0.2 --patience 99";
    let error = failed(&format!("{options} --epochs 99 --output {}", kept.display()), 1);
    let number = |after: &str| {
        let (_, number) = error.split_once(after).unwrap_or_else(|| panic!("{error}"));
        number.split([',', ' ']).next().unwrap().parse::<u32>().unwrap()
    };
    let (best, last) = (number(" has the weights of epoch "), number(" diverged in epoch ") - 1);
    assert!(best < last, "{error}");
    assert!(error.ends_with(", the best on what is held out\n"), "{error}");

    let model = file("model.safetensors");
    let text = said(&format!("{options} --epochs {best} --output {}", model.display()));
    assert!(text.contains(&format!("saved: the weights of epoch {best}, the best ")), "{text}");
    assert!(fs::read(&kept).unwrap() == fs::read(&model).unwrap());
    said(&format!(
        "{} --epochs {last} --output {}",
        &options[..options.len() - 14],
        model.display()
    ));
    assert!(fs::read(&kept).unwrap() != fs::read(&model).unwrap());
}

#[test]
fn a_run_whose_parameters_stand_still_says_so_once() {
    let sgd = "--network 64-10 --loss mse --optimizer sgd --epochs 4";
    for (learning_rate, says) in [
        ("0", "epoch    1  no parameter has changed: the learning rate is 0\n"),
        ("1e-45", "epoch    1  no parameter has changed, though the gradient is up to "),
    ] {
        let text = said(&format!("{sgd} --learning-rate {learning_rate}"));
        assert!(text.contains(says), "{text}");
        assert_eq!(text.matches("no parameter has changed").count(), 1, "{text}");
    }
    // Until each sample has its margin.
    let (_folder, file) = folder();
    fs::write(file("two.csv"), "x,class\n-1.5,0\n1.5,1\n").unwrap();
    let options = "--network 1-1 --loss hinge --learning-rate 0.5 --epochs 30 --data";
    let text = said(&format!("{options} {}", file("two.csv").display()));
    assert!(text.contains("  no parameter has changed: the gradient is 0. "), "{text}");
    assert_eq!(text.matches("no parameter has changed").count(), 1, "{text}");

    let text = said("--network 64-10 --epochs 3");
    assert!(!text.contains("no parameter has changed"), "{text}");
}

#[test]
fn losses_are_shown_with_three_digits_however_small() {
    let (_folder, file) = folder();
    fs::write(file("d.csv"), "x,y\n0.5,1e-4\n-0.5,-1e-4\n0.1,0.00002\n").unwrap();
    let options = "--network 1-1 --targets 1 --loss mse --learning-rate 0.01 --epochs 1000 --data";
    let text = said(&format!("{options} {}", file("d.csv").display()));
    let last = text.lines().last().unwrap();
    let loss = last.split_once("loss ").unwrap().1.split("  ").next().unwrap();
    assert!(loss.contains("e-") && loss.parse::<f32>().unwrap() > 0.0, "{last}");
}

#[test]
fn learning_rates_have_short_names_too() {
    let (_folder, file) = folder();
    let model = |names: [&str; 2]| {
        let model = file("model.safetensors");
        let [first, last] = names;
        said(&format!(
            "--network 64-10 --epochs 2 --schedule cosine {first} 0.02 {last} 0.001 --output {}",
            model.display()
        ));
        fs::read(model).unwrap()
    };
    let long = model(["--learning-rate", "--final-learning-rate"]);
    assert!(long == model(["--rate", "--final-rate"]));
}
