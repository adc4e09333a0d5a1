//! Networks with batch normalisation, trained on the PC by the statistics of batches.

use crate::desk::{Desk, data, score};

/// Trains a small convolutional network on the digits.
fn train(desk: &Desk, output: &str, more: &[&str]) {
    let data = data("digits8.npz");
    let network = "1x8x8, conv 8 3x3 padding=1, batch_norm, relu, pool 2, depthwise 3x3, batch_norm, relu, \
                   flatten, dense 10";
    let scale = if more.contains(&"--init") { &[][..] } else { &["--scale", "0.0625"] };
    let options = ["train", "--data", &data, "--network", network];
    let options = options.into_iter().chain(scale.iter().copied());
    let options =
        options.chain(["--learning-rate", "0.01", "--hold-out", "0.2", "--output", output]);
    desk.succeeds(options.chain(more.iter().copied()));
}

#[test]
fn a_network_is_trained_and_predicts_its_bits_on_a_board() {
    let desk = Desk::new();
    train(&desk, "first.safetensors", &["--epochs", "1"]);
    train(&desk, "model.safetensors", &["--epochs", "6", "--threads", "1"]);
    train(&desk, "again.safetensors", &["--epochs", "6", "--threads", "2"]);
    assert_eq!(desk.bytes("model.safetensors"), desk.bytes("again.safetensors"));
    let digits = data("digits8.npz");
    let [first, last] = ["first", "model"].map(|model| {
        score(&desk.run(&format!("evaluate {model}.safetensors {digits}")), "accuracy")
    });
    println!("{first} % after 1 epoch, {last} % after 6");
    assert!(last > first && last > 90.0, "{first} % after 1 epoch, {last} % after 6");

    desk.board(&format!("install model.safetensors {digits}"));
    for word in ["evaluate", "predict"] {
        let host = desk.run(&format!("{word} model.safetensors {digits}"));
        assert_eq!(desk.board(&format!("{word} {digits}")), host, "{word}");
    }

    // Training goes on with the statistics of the model.
    train(&desk, "more.safetensors", &["--epochs", "1", "--init", "model.safetensors"]);
    let more = score(&desk.run(&format!("evaluate more.safetensors {digits}")), "accuracy");
    assert!(more > 90.0, "{more} %");
}

#[test]
fn batches_of_one_sample_are_refused() {
    let desk = Desk::new();
    let options = ["train", "--data", "train.csv", "--batch", "1", "--network"];
    let run = |network| desk.output(options.into_iter().chain([network]));
    let refused = run("12, dense 8, batch_norm, relu, dense 3");
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(error.contains("--batch: batch_norm of 8 numbers"), "{error}");
    assert_eq!(refused.status.code(), Some(1));
}
