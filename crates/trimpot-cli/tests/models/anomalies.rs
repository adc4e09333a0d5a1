//! Anomaly detectors: trained, evaluated, asked and described by the command, on the motion of a
//! watch. Normal are three exercises, anomalous are others.

use std::fs;

use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;
use trimpot::interpreter::Interpreter;
use trimpot::layer::DenseSpec;
use trimpot::loss::{MeanSquaredError, SliceLoss};
use trimpot::plan::{Plan, PlannedStep};
use trimpot::spec::{Dims, LayerSpec};
use trimpot_host::dataset::DataSpec;
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::layers::Layers;

use super::{Desk, data, numbers, value};

const NORMAL: &str =
    "--label exercise --normal pendulum --normal external_rotation --normal internal_rotation";

/// A desk with a trained detector, and what training said.
fn detector(options: &str) -> (Desk, String) {
    let desk = Desk::new();
    let text = desk.run(&format!(
        "train --data {} --task anomalies {NORMAL} --network 12-8-4-8-12 --standardize \
         --hold-out 0.2 --epochs 60 --learning-rate 0.005 --output model.safetensors {options}",
        data("wrist-right.csv")
    ));
    (desk, text)
}

/// The scores of all samples of a file, computed one by one as a board does.
fn scores(model: &StoredModel, file: &str) -> Vec<f32> {
    let layers = &model.layers;
    let mut steps = vec![PlannedStep::EMPTY; layers.spec().steps()];
    let plan = Plan::new(layers.spec(), &mut steps).unwrap();
    let network = Interpreter::new(plan, &layers.constants).unwrap();
    let spec = DataSpec::classes(12, 7);
    let data = spec.read(file.as_ref()).unwrap().dataset;
    let mut arena = vec![0.0_f32; network.plan().inference_values()];
    let score = |row: usize| {
        let features = data.features().row(row);
        let latent = network.latent(features, &mut arena).unwrap().to_vec();
        let outputs = network.predict(&model.parameters, features, &mut arena).unwrap();
        MeanSquaredError.slice_gradient::<f32>(outputs, &latent[..], &mut [0.0; 12])
    };
    (0..data.len()).map(score).collect()
}

#[test]
fn a_detector_finds_other_exercises_of_people_that_it_knows() {
    let (desk, text) = detector("--rule percentile:0.95");
    assert!(text.contains("anomalous, and not learned from: 457"), "{text}");
    assert!(text.contains("258 samples and 64 held out"), "{text}");
    assert!(text.contains("by percentile:0.95 of 64 normal samples held out"), "{text}");
    let report =
        desk.run(&format!("evaluate model.safetensors {} {NORMAL}", data("wrist-right.csv")));
    let [samples, found, _] = numbers(&report, "normal");
    assert_eq!(samples, 322.0, "{report}");
    // 5 % of those held out, and of others about as many.
    assert!(found / samples < 0.1, "{report}");
    let [precision, recall, f1] = ["precision", "recall", "F1"].map(|name| value(&report, name));
    assert!(precision > 0.9 && recall > 0.8, "{report}");
    let expected = 2.0 * precision * recall / (precision + recall);
    assert!((f1 - expected).abs() < 2e-4, "{report}");
    let [samples, found, _] = numbers(&report, "anomalous");
    assert!((found / samples - recall).abs() < 1e-4, "{report}");
    assert!(value(&report, "area under the ROC curve") > 0.95, "{report}");
}

#[test]
fn scores_and_the_threshold_have_the_bits_of_a_board() {
    let (desk, _) = detector("--rule percentile:0.9 --window 3");
    let model = StoredModel::read(desk.path("model.safetensors"), None).unwrap();
    let file = data("wrist-left.csv");
    let table = desk.run(&format!("predict model.safetensors {file}"));
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("row,score,verdict,alarm"));
    let threshold = model.about.threshold.unwrap();
    let mut last = [false; 3];
    let expected = scores(&model, &file);
    assert_eq!(lines.clone().count(), expected.len());
    for ((row, line), score) in (1..).zip(lines).zip(expected) {
        last = [last[1], last[2], score > threshold];
        let verdict = if last[2] { "anomalous" } else { "normal" };
        let votes = last.iter().filter(|is_anomalous| **is_anomalous).count();
        let alarm = if votes >= 2 { "yes" } else { "no" };
        assert_eq!(line, format!("{row},{score},{verdict},{alarm}"));
    }
    let one = desk.run(&format!("predict model.safetensors {file} --window 1"));
    for line in one.lines().skip(1) {
        assert!(line.ends_with("anomalous,yes") || line.ends_with("normal,no"), "{line}");
    }

    // Nine tenths of the samples held out are within the threshold, which is one of their scores.
    let mut all = scores(&model, &data("wrist-right.csv"));
    all.sort_by(f32::total_cmp);
    assert!(all.binary_search_by(|score| score.total_cmp(&threshold)).is_ok());
}

#[test]
fn a_model_says_that_it_detects_anomalies() {
    let (desk, _) = detector("--window 5 --loss huber --loss-option delta=2");
    let info = desk.run("info model.safetensors");
    for line in [
        "task        anomalies",
        "rule        deviations:3",
        "window      5",
        "loss        huber delta=2",
    ] {
        assert!(info.contains(line), "{info}");
    }
    // Another run goes on with all of it, and sets its own threshold.
    desk.run(&format!(
        "train --init model.safetensors --data {} {NORMAL} --hold-out 0.5 --epochs 2 --output next.safetensors",
        data("wrist-right.csv")
    ));
    let [first, next] = ["model.safetensors", "next.safetensors"]
        .map(|file| StoredModel::read(desk.path(file), None).unwrap().about);
    assert_ne!(first.threshold, next.threshold);
    // It may have learned from samples that the first one has not.
    assert!(first.held_out.is_some() && next.held_out.is_none());
    assert_eq!(About { threshold: first.threshold, held_out: first.held_out, ..next }, first);
}

#[test]
fn labels_are_normal_by_name_or_by_custom() {
    let desk = Desk::new();
    let row = |row: usize| format!("{},{},0\n", row % 7, row % 5);
    let normal: String = (0..60).map(row).collect();
    desk.file("a.csv", &format!("a,b,state\n{normal}90,-90,1\n"));
    let train = "train --data a.csv --task anomalies --network 2-4-2 --standardize --epochs 5 --hold-out 0.3 \
                 --output a.safetensors";
    let text = desk.run(&format!("{train} --label state"));
    assert!(text.contains("anomalous, and not learned from: 1"), "{text}");
    let report = desk.run("evaluate a.safetensors a.csv --label state");
    assert_eq!(numbers(&report, "anomalous")[..2], [1.0, 1.0], "{report}");
    // Without labels all samples are normal when they are learned, and unknown when evaluated.
    desk.file("plain.csv", &format!("a,b\n{}", normal.replace(",0\n", "\n")));
    desk.run(&train.replace("a.csv", "plain.csv"));
    let report = desk.run("evaluate a.safetensors plain.csv");
    assert_eq!(numbers(&report, "unknown")[0], 60.0, "{report}");
    assert!(!report.contains("precision"), "{report}");

    for (options, error) in [
        ("--label state --normal fine", "no sample is normal: --label is the column"),
        (
            "--label state --targets 2",
            "--targets are numbers to be predicted, and the task is anomalies",
        ),
        ("--label state --loss cross_entropy", "wants classes, not numbers"),
        ("--label state --loss poisson_nll", "wants targets"),
    ] {
        let error_found = desk.fails(&format!("{train} {options}"));
        assert!(error_found.contains(error), "{options}: {error_found}");
    }
    let error = desk.fails(&format!("{train} --label state").replace("2-4-2", "2-4-3"));
    assert!(
        error.contains("2 numbers, but it has 3 outputs; 12-8-12, say, gives back 12"),
        "{error}"
    );
    let error = desk.fails(&format!("{train} --label state").replace("--hold-out 0.3", ""));
    assert!(error.contains("--task anomalies needs --hold-out"), "{error}");
    let error = desk.fails("train --data a.csv --network 2-2 --rule deviations:2");
    assert!(
        error.contains("--rule, --window and --mahalanobis are for --task anomalies"),
        "{error}"
    );
    let error = desk.fails("train --data a.csv --network 2-2 --normal 0");
    assert!(error.contains("--normal is where anomalies are detected"), "{error}");
}

#[test]
fn scores_of_a_detector_are_those_counted_by_hand() {
    let desk = Desk::new();
    let specs = vec![LayerSpec::Dense(DenseSpec { inputs: 2, outputs: 2 })];
    let layers = Layers { input: Dims::vector(2), specs, constants: Vec::new() };
    let about = About {
        task: Some(ModelTask::Anomalies),
        loss: Some("mse".to_owned()),
        threshold: Some(2.0),
        ..About::default()
    };
    // It gives back zeros, so that a score is the mean of the squares.
    let model = StoredModel { layers, parameters: vec![0.0; 6], about };
    model.save(&desk.path("zeros.safetensors")).unwrap();
    // Scores 0, 2, 4.5 and 1 of normal samples; 8, 0.5 and 4.5 of others.
    let rows = "0,0,normal\n2,0,normal\n3,0,normal\n1,1,normal\n4,0,odd\n0,1,odd\n0,3,odd\n";
    desk.file("a.csv", &format!("a,b,kind\n{rows}"));
    let report = desk.run("evaluate zeros.safetensors a.csv --label kind");
    assert_eq!(value(&report, "threshold"), 2.0, "{report}");
    assert_eq!(numbers(&report, "normal"), [4.0, 1.0, 1.875], "{report}");
    assert_eq!(numbers(&report, "anomalous"), [3.0, 2.0, 4.3333], "{report}");
    for name in ["precision", "recall", "F1"] {
        assert_eq!(value(&report, name), 0.6667, "{report}");
    }
    assert_eq!(value(&report, "false alarm rate"), 25.0, "{report}");
    // Of 12 pairs: 4 above, then 1, then 3 and one as high, which is half.
    assert_eq!(value(&report, "area under the ROC curve"), 0.7083, "{report}");
    let table = desk.run("predict zeros.safetensors a.csv --drop kind --window 2");
    let expected = "row,score,verdict,alarm\n1,0,normal,no\n2,2,normal,no\n3,4.5,anomalous,no\n\
                    4,1,normal,no\n5,8,anomalous,no\n6,0.5,normal,no\n7,4.5,anomalous,no\n";
    assert_eq!(table, expected);

    // Without a threshold nothing is anomalous.
    let about = About { threshold: None, ..model.about.clone() };
    StoredModel { about, ..model }.save(&desk.path("zeros.safetensors")).unwrap();
    let report = desk.run("evaluate zeros.safetensors a.csv --label kind");
    assert!(report.contains("no threshold of mse is set: nothing is anomalous"), "{report}");
    assert_eq!(value(&report, "area under the ROC curve"), 0.7083, "{report}");
    assert!(
        desk.run("predict zeros.safetensors a.csv --drop kind").contains("\n7,4.5,unknown,no\n")
    );
}

#[test]
fn a_model_of_arrays_keeps_which_labels_are_normal() {
    let desk = Desk::new();
    let features: Vec<[f32; 2]> = (0..80).map(|row| [(row % 7) as f32, (row % 5) as f32]).collect();
    let write = |name: &str, labels: Option<Vec<u8>>| {
        let mut npz = NpzWriter::new(fs::File::create(desk.path(name)).unwrap());
        npz.add_array("x", &Array2::from(features.clone())).unwrap();
        if let Some(labels) = labels {
            npz.add_array("y", &Array1::from(labels)).unwrap();
        }
        npz.finish().unwrap();
    };
    write("a.npz", Some((0..80).map(|row| if row % 8 == 0 { 3 } else { 1 + row % 2 }).collect()));
    write("plain.npz", None);
    let labels = "--normal 1 --normal 2";
    desk.run(&format!(
        "train --data a.npz --task anomalies {labels} --network 2-4-2 --standardize --epochs 5 \
         --hold-out 0.3 --output a.safetensors"
    ));
    let report = desk.run("evaluate a.safetensors a.npz");
    assert_eq!(numbers(&report, "normal")[0], 70.0, "{report}");
    assert_eq!(numbers(&report, "anomalous")[0], 10.0, "{report}");
    assert_eq!(report, desk.run(&format!("evaluate a.safetensors a.npz {labels}")));
    // Where there are no labels, nothing is known.
    let report = desk.run("evaluate a.safetensors plain.npz");
    assert_eq!(numbers(&report, "unknown")[0], 80.0, "{report}");
}

#[test]
fn what_is_given_in_vain_is_said() {
    let desk = Desk::new();
    desk.file("a.csv", &format!("a,b\n{}", "1,2\n3,4\n".repeat(20)));
    desk.run(
        "train --data a.csv --task anomalies --network 2-4-2 --hold-out 0.3 --epochs 1 --output m.safetensors",
    );
    let error = desk.fails("predict m.safetensors a.csv --normal 0");
    assert!(error.contains("--normal is left out: predictions come from features"), "{error}");
    let error = desk.fails("predict m.safetensors a.csv --features x");
    assert!(error.contains("--features names an array of an .npz file, and a.csv"), "{error}");
    // The arguments in the other order.
    let error = desk.fails("evaluate a.csv m.safetensors");
    assert!(error.contains("a model is a safetensors file, as `trimpot train"), "{error}");
}
