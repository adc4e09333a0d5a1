//! Losses: by any of their names, for any number of outputs, and only where they can work.

use std::fs;

use trimpot::loss::spec::{Domain, LOSSES};
use trimpot_host::loss::NAMES;

use super::{failed, folder, said};

/// A table of 4 features and a class, which is whether the first two have a positive sum.
fn binary(rows: usize, class: impl Fn(usize, bool) -> String) -> String {
    let row = |row: usize| {
        let x = [row * 7 % 11, row * 5 % 13, row % 3, row % 2].map(|x| x as f32 / 4.0 - 1.2);
        format!("{:?},{}\n", x, class(row, x[0] + x[1] > 0.0)).replace(['[', ']', ' '], "")
    };
    "a,b,c,d,class\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

/// Returns an option for a last layer whose outputs the loss takes.
fn last_layer(loss: &str) -> &'static str {
    let listed = LOSSES.iter().find(|listed| listed.name == loss).unwrap();
    match listed.spec.outputs {
        Domain::Probabilities => "--output-activation sigmoid",
        Domain::AboveMinusOne => "--output-activation softplus",
        _ => "",
    }
}

#[test]
fn losses_are_found_however_they_are_written() {
    let options = "--network 64-10 --epochs 1 --loss";
    for (written, name) in [
        ("crossentropy", "cross_entropy"),
        ("CrossEntropyLoss", "cross_entropy"),
        ("nn.MSELoss", "mse"),
        ("l1", "mae"),
        ("pinball", "quantile"),
        ("rmse", "mse"),
        ("multi-margin", "multi_margin"),
        ("RescaledSquareLoss", "rescaled_square"),
    ] {
        assert_eq!(said(&format!("{options} {written}")), said(&format!("{options} {name}")));
    }
    let error = failed(&format!("{options} hubber"), 2);
    assert!(error.contains("there is no loss hubber; the nearest names are huber, "), "{error}");
    let error = failed(&format!("{options} NLLLoss"), 2);
    assert!(
        error.contains("nll needs outputs that are log-probabilities; cross_entropy takes"),
        "{error}"
    );
}

#[test]
fn losses_add_up() {
    let options = "--network 64-10 --epochs 1 --output-activation sigmoid --loss";
    let sum = said(&format!("{options} BCE+soft_dice"));
    assert_eq!(sum, said(&format!("{options} bce+dice")));
    for alone in ["bce", "dice"] {
        assert_ne!(sum, said(&format!("{options} {alone}")));
    }
    let error = failed(&format!("{options} bce+dise"), 2);
    assert!(error.contains("there is no loss dise"), "{error}");
    let error = failed(&format!("{options} bce+"), 2);
    assert!(error.contains("a + is between two losses, as in bce + dice"), "{error}");
}

#[test]
fn losses_that_compare_outputs_are_refused_for_one() {
    let (_folder, file) = folder();
    fs::write(file("d.csv"), binary(40, |_, class| u8::from(class).to_string())).unwrap();
    let options = format!(
        "--network 4-8-1 --epochs 100 --learning-rate 0.02 --data {}",
        file("d.csv").display()
    );
    let error = failed(&options, 1);
    assert!(
        error.contains("--loss cross_entropy learns nothing with 1 output: it wants at least 2"),
        "{error}"
    );
    assert!(error.contains("such as bce_with_logits; --loss chooses it"), "{error}");
    for loss in [
        "soft_cross_entropy",
        "focal",
        "kl_divergence_with_logits",
        "rescaled_square",
        "multi_margin",
        "categorical_hinge",
        "multilabel_margin",
        "cosine_similarity",
        "dice --loss-option smoothing=0 --output-activation sigmoid",
    ] {
        let error = failed(&format!("{options} --loss {loss}"), 1);
        assert!(error.contains("learns nothing with 1 output"), "{loss}: {error}");
    }
    // All others learn which class it is.
    for loss in NAMES.iter().filter(|&&name| {
        let listed = LOSSES.iter().find(|listed| listed.name == name).unwrap();
        listed.spec.least_outputs == 1 && name != "mape"
    }) {
        let last = last_layer(loss);
        let text = said(&format!("{options} --loss {loss} {last}"));
        let line = text.lines().rfind(|line| line.starts_with("epoch ")).unwrap();
        let accuracy = line.split_once(" %").unwrap().0.rsplit(' ').next().unwrap();
        assert!(accuracy.parse::<f32>().unwrap() >= 90.0, "{loss}: {line}");
    }
}

#[test]
fn losses_are_refused_after_a_last_layer_that_they_cannot_take() {
    for (options, part) in [
        (
            "--loss bce",
            "--loss bce wants outputs in [0, 1], but those of a last layer without an activation are \
             not. Possible as the last layer are: sigmoid, hard_sigmoid; \
             --output-activation puts one behind",
        ),
        ("--loss bce --output-activation relu", "but those of relu are not"),
        ("--loss dice", "--loss dice wants outputs in [0, 1]"),
        ("--loss jaccard --output-activation tanh", "--loss jaccard wants outputs in [0, 1]"),
        ("--loss tversky", "--loss tversky wants outputs in [0, 1]"),
        ("--loss focal_tversky", "--loss focal_tversky wants outputs in [0, 1]"),
        ("--loss bce_with_logits+dice", "--loss dice cannot be added to bce_with_logits"),
        ("--loss bce+dice", "--loss bce wants outputs in [0, 1]"),
        ("--loss msle", "--loss msle wants outputs above -1"),
        ("--loss msle --output-activation elu", "--loss msle wants outputs above -1"),
        (
            "--loss poisson_nll --loss-option of_rates=1e-8",
            "--loss poisson_nll wants outputs of at least 0",
        ),
        (
            "--loss bce_with_logits --output-activation sigmoid",
            "--loss bce_with_logits wants outputs of either sign, but those of sigmoid are not. \
             Possible as the last layer are none at all or: leaky_relu, ",
        ),
        ("--loss hinge --output-activation softplus", "--loss hinge wants outputs of either sign"),
        (
            "--loss mape",
            "--loss mape wants targets other than 0, but a class becomes 0 and 1: it is for numbers. Possible \
             for classes with this network are mse, mae, huber, ",
        ),
    ] {
        let error = failed(&format!("--network 64-10 --epochs 1 {options}"), 1);
        assert!(error.contains(part), "{options}: {error}");
    }
    let error = failed("--network 64-10 --task numbers --loss cross_entropy", 1);
    let possible =
        "wants classes, not numbers. Possible for numbers with this network are mse, mae, ";
    assert!(error.contains(possible) && !error.contains("multi_margin"), "{error}");
    let error = failed("--network 64-10 --loss categorical_cross_entropy", 2);
    assert!(error.contains("needs outputs that are probabilities with a sum of 1"), "{error}");
    for options in [
        "--loss bce --output-activation hard_sigmoid",
        "--loss msle --output-activation gelu",
        "--loss poisson_nll --loss-option of_rates=1e-8 --output-activation softplus",
        "--loss hinge --output-activation tanh",
        "--loss poisson_nll",
    ] {
        said(&format!("--network 64-10 --epochs 1 {options}"));
    }
}

#[test]
fn targets_that_a_loss_cannot_take_are_named() {
    let (_folder, file) = folder();
    for (target, losses) in [
        (
            "-2",
            &[
                "poisson_nll",
                "msle --output-activation relu",
                "bce_with_logits",
                "hinge",
                "multilabel_soft_margin",
            ][..],
        ),
        ("0.5", &["hinge", "squared_hinge", "soft_margin", "lovasz_hinge"]),
        (
            "1.5",
            &["bce --output-activation sigmoid", "bce_with_logits", "binary_focal_with_logits"],
        ),
        ("1.5", &["dice --output-activation sigmoid", "jaccard --output-activation sigmoid"]),
        ("0", &["mape", "hinge"]),
    ] {
        fs::write(file("d.csv"), format!("x,y\n0.25,1\n0.5,{target}\n")).unwrap();
        for loss in losses {
            let options = format!(
                "--network 1-1 --targets 1 --loss {loss} --data {}",
                file("d.csv").display()
            );
            let error = failed(&options, 1);
            let part = format!("line 3: target {target}, but the loss wants targets ");
            assert!(error.contains(&part), "{loss}: {error}");
        }
    }
    fs::write(file("d.csv"), "x,y,z\n0.25,0.5,0.5\n0.5,1,-0.5\n").unwrap();
    for loss in ["soft_cross_entropy", "kl_divergence_with_logits", "multilabel_margin"] {
        let options =
            format!("--network 1-2 --targets 2 --loss {loss} --data {}", file("d.csv").display());
        assert!(failed(&options, 1).contains("but the loss wants targets "), "{loss}");
    }
}

#[test]
fn every_loss_works_for_a_hundred_classes() {
    let (_folder, file) = folder();
    fs::write(file("d.csv"), binary(150, |row, _| (row % 100).to_string())).unwrap();
    for loss in NAMES.iter().filter(|&&name| name != "mape") {
        let last = last_layer(loss);
        let options = format!("--network 4-100 --epochs 2 --loss {loss} {last}");
        let text = said(&format!("{options} --data {}", file("d.csv").display()));
        assert!(text.contains("\nepoch    2  loss "), "{loss}: {text}");
    }
    said(&format!(
        "--network 4-65536 --epochs 1 --loss cosine_similarity --data {}",
        file("d.csv").display()
    ));
}
