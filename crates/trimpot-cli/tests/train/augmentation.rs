//! Augmented samples: what is learned from them, and what is refused.

use std::fs;

use super::{failed, folder, said};

/// The columns of losses, and of accuracy on what is held out, of the epochs of a run.
fn epochs(options: &str) -> Vec<[f32; 3]> {
    let (_folder, file) = folder();
    said(&format!("{options} --metrics {}", file("m.csv").display()));
    let table = fs::read_to_string(file("m.csv")).unwrap();
    let of_row = |row: &str| {
        let columns: Vec<&str> = row.split(',').collect();
        [columns[2], columns[4], columns[5]].map(|column| column.parse().unwrap())
    };
    table.lines().skip(1).map(of_row).collect()
}

#[test]
fn samples_that_are_learned_from_are_augmented_anew_and_others_are_not() {
    // Nothing is learned, so that losses are those of samples alone.
    let options = "--network 64-10 --epochs 2 --hold-out 0.5 --learning-rate 0";
    let [plain, augmented] =
        [options.to_owned(), format!("{options} --augment 8x8:rotate=10,noise=0.5")];
    let [plain, augmented, again] = [&plain, &augmented, &augmented].map(|options| epochs(options));
    assert_eq!(augmented, again);
    let learned = |epochs: &[[f32; 3]], epoch: usize| epochs[epoch][0];
    let differ = |one: f32, other: f32| (one - other).abs() >= 1e-3;
    assert!(!differ(learned(&plain, 0), learned(&plain, 1)), "{plain:?}");
    assert!(differ(learned(&augmented, 0), learned(&plain, 0)), "{augmented:?} {plain:?}");
    assert!(differ(learned(&augmented, 0), learned(&augmented, 1)), "{augmented:?}");
    let held_out = |epochs: &[[f32; 3]]| -> Vec<_> {
        epochs.iter().map(|&[_, loss, accuracy]| [loss, accuracy]).collect()
    };
    assert_eq!(held_out(&augmented), held_out(&plain));
}

/// Of 1,000 digits, by the accuracy on 9,000 others.
#[test]
fn few_samples_teach_more_when_they_are_augmented() {
    let data = "../../data/mnist8_c20_10k.npz";
    let options = format!(
        "--data {data} --scale 0.0625 --network 64-64-10 --epochs 200 --hold-out 0.9 \
         --learning-rate 0.005 --schedule cosine"
    );
    let last = |options: &str| epochs(options)[199][2];
    let plain = last(&options);
    let augmented = last(&format!("{options} --augment 8x8:rotate=15,scale=0.1,shift=0.5"));
    assert!(plain >= 0.88 && augmented >= plain + 0.02, "{plain} {augmented}");
}

#[test]
fn what_augmentation_cannot_do_is_refused_with_what_it_can() {
    let (_folder, file) = folder();
    fs::write(file("a.csv"), "x,y,state\n1,2,calm\n2,1,calm\n3,2,calm\n4,1,calm\n").unwrap();
    let detector = format!(
        "--data {} --network 2-1-2 --task anomalies --normal calm --hold-out 0.25",
        file("a.csv").display()
    );
    for (options, code, part) in [
        ("--network 64-10 --augment rotate=15,turn=3", 2, "`turn=3`: there are rotate=DEGREES, "),
        ("--network 64-10 --augment 8x8:rotate", 2, "`rotate`: it is written as in rotate=15"),
        ("--network 64-10 --augment 8x8:scale=1.5", 2, "scale is 1.5, but must be in [0, 1)"),
        ("--network 64-10 --augment noise=0", 2, "`noise=0` changes nothing: leave it out"),
        ("--network 64-10 --augment none", 1, "--augment none changes nothing: leave it out"),
        (
            "--network 64-10 --augment flip",
            1,
            "--augment: rotate, scale, shift and flip move pixels",
        ),
        ("--network 64-10 --augment 8x9:flip", 1, "--augment: images of 1x8x9 are 72 numbers, and"),
        (&format!("{detector} --augment gain=0.1"), 1, "there is noise alone"),
    ] {
        let error = failed(options, code);
        assert!(error.contains(part), "{options}: {error}");
    }
    said(&format!("{detector} --epochs 1 --augment noise=0.1"));
    said("--network \"8x8 > conv 4 3x3, relu, dense 10\" --epochs 1 --augment rotate=15,flip");
}

#[test]
fn a_checkpoint_of_other_samples_is_refused() {
    let (_folder, file) = folder();
    let options = format!("--network 64-10 --epochs 1 --checkpoint {}", file("run").display());
    said(&options);
    let error = failed(&format!("{options} --resume --augment gain=0.2"), 1);
    assert!(error.contains("--augment was none, now it is gain=0.2"), "{error}");
}
