//! `trimpot study` as a command: files, parts, going on, and the choice that is trained.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const WRIST: &str = "../../data/wrist-right.csv";

struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Scratch(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A small study of one's own data.
    fn study(&self, out: &str, more: &[&str]) -> Output {
        let out = self.path(out);
        let out = out.to_str().unwrap();
        let small = ["--data", WRIST, "--quick", "--seeds", "3", "--points", "2", "--out", out];
        trimpot(&[&["study", "hidden-layers", "optimizer"], &small[..], more].concat())
    }

    fn read(&self, out: &str, name: &str) -> String {
        fs::read_to_string(self.path(out).join(name)).unwrap()
    }
}

fn trimpot(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trimpot")).args(words).output().unwrap()
}

fn text(output: &Output) -> String {
    let [out, error] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{error}")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(output));
    text(output)
}

#[track_caller]
fn fails(output: &Output, says: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", text(output));
    assert!(text(output).contains(says), "{}", text(output));
}

#[test]
fn a_study_of_ones_own_table_writes_files_and_ends_with_a_choice_to_train() {
    let scratch = Scratch::new();
    let said = succeeds(&scratch.study("study", &["--ram", "16K", "--threads", "2"]));
    // Three depths and four optimizers, two points and three seeds each.
    for part in [
        "35 runs of 2 experiments, 2 threads",
        "HIDDEN LAYERS: ",
        "OPTIMIZER: ",
        "P(row > column)",
        "The folklore's ranking (Adam: 0.95, RMSprop: 0.93, gradient descent: 0.90)",
        "THE CHOICE: What did best, together: hidden layers: 1 hidden layer;",
        "train the choice: trimpot train --from-study",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let runs = scratch.read("study", "runs.csv");
    let choice = runs.lines().filter(|line| line.starts_with("choice,")).count();
    assert_eq!((runs.lines().count(), choice), (1 + 35 + 10, 10));
    let results: Value = serde_json::from_str(&scratch.read("study", "results.json")).unwrap();
    let levels = results["experiments"][0]["levels"].as_array().unwrap();
    assert_eq!(levels.len(), 3);
    for level in levels {
        let accuracy = level["measures"]["test_accuracy"]["mean"].as_f64().unwrap();
        assert!(accuracy > 0.9, "{level}");
        assert_eq!(level["measures"]["test_accuracy"]["runs"], 3);
    }
    let page = scratch.read("study", "report.html");
    assert!(page.contains("<section id=\"optimizer\">") && page.contains("Loss landscapes"));

    let (folder, model) = (scratch.path("study"), scratch.path("model.safetensors"));
    let (folder, model) = (folder.to_str().unwrap(), model.to_str().unwrap());
    let train = ["train", "--from-study", folder, "--output", model, "--hold-out", "0.2"];
    let said = succeeds(&trimpot(&train));
    assert!(said.contains("Dense(12, 32), Relu, Dense(32, 7)"), "{said}");
    assert!(said.contains("saved ") && said.contains("classes: abduction, "), "{said}");
    // The data are found from any folder.
    let results: Value = serde_json::from_str(&scratch.read("study", "results.json")).unwrap();
    assert!(Path::new(results["choice"][1].as_str().unwrap()).is_absolute(), "{results}");
    // What is said beside it counts, and takes away what depends on it.
    let other = ["train", "--from-study", folder, "--epochs", "1", "--optimizer", "rms_prop"];
    succeeds(&trimpot(&other));
    let fewer = succeeds(&trimpot(&["train", "--from-study", folder, "--epochs", "2"]));
    assert!(fewer.contains("epoch    2") && !fewer.contains("epoch    3"), "{fewer}");
}

#[test]
fn threads_parts_and_going_on_give_the_same_files() {
    let scratch = Scratch::new();
    succeeds(&scratch.study("one", &["--threads", "1"]));
    let expected = scratch.read("one", "results.json");
    succeeds(&scratch.study("three", &["--threads", "3"]));
    assert_eq!(scratch.read("three", "results.json"), expected);

    let parts: Vec<String> = (1..=3)
        .map(|number| {
            let (part, name) = (format!("{number}/3"), format!("part-{number}"));
            let said = succeeds(&scratch.study(&name, &["--shard", &part]));
            assert!(said.contains("--merge joins the parts"), "{said}");
            scratch.path(&name).to_str().unwrap().to_owned()
        })
        .collect();
    let words: Vec<&str> =
        ["--merge"].into_iter().chain(parts.iter().map(String::as_str)).collect();
    succeeds(&scratch.study("merged", &[&words[..], &["--threads", "2"]].concat()));
    assert_eq!(scratch.read("merged", "results.json"), expected);
    // Without a part nothing is made: of one experiment neither. What fails leaves no files.
    fails(
        &scratch.study("torn", &words[..3]),
        "10 runs of this study are in none of the folders (5 of hidden-layers: 3 hidden layers; 5 of optimizer: ",
    );
    let out = scratch.path("torn");
    let alone = ["study", "optimizer", "--data", WRIST, "--quick", "--seeds", "3", "--points", "2"];
    let alone = [&alone[..], &["--out", out.to_str().unwrap()], &words[..3]].concat();
    fails(&trimpot(&alone), "5 runs of this study are in none of the folders (5 of optimizer: ");
    assert!(!out.exists());
    succeeds(&scratch.study("torn", &words));

    // After a power cut: some runs, of which the last one was not written whole.
    let lines = scratch.read("one", "runs.jsonl");
    let cut = scratch.path("cut");
    fs::create_dir(&cut).unwrap();
    fs::write(cut.join("runs.jsonl"), &lines[..lines.len() / 2]).unwrap();
    fails(&scratch.study("cut", &[]), "--resume goes on with its runs, --overwrite begins anew");
    succeeds(&scratch.study("cut", &["--resume"]));
    assert_eq!(scratch.read("cut", "results.json"), expected);
    // All is there now, and nothing is made.
    let said = succeeds(&scratch.study("cut", &["--resume"]));
    let starts =
        |line: &str| line.contains(" of 2 experiments, ") || line.contains(" of 1 experiment, ");
    assert!(!said.lines().any(starts), "{said}");
    // Nor do files of fewer experiments take the place of these.
    let lines = scratch.read("cut", "runs.jsonl");
    let fewer = ["study", "optimizer", "--data", WRIST, "--resume", "--out", cut.to_str().unwrap()];
    fails(&trimpot(&fewer), "has runs of hidden-layers as well");
    assert_eq!(scratch.read("cut", "runs.jsonl"), lines);
    // With fewer seeds some are left out.
    let words = "study hidden-layers optimizer --quick --points 2 --seeds 2 --resume --data";
    let words: Vec<&str> =
        words.split(' ').chain([WRIST, "--out", cut.to_str().unwrap()]).collect();
    let said = succeeds(&trimpot(&words));
    assert!(
        said.contains("7 runs of other options, or of another version of trimpot, are left out"),
        "{said}"
    );
}

#[test]
fn files_of_others_stay_and_one_command_at_a_time_has_a_folder() {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("report.html"), "mine").unwrap();
    for words in [&[][..], &["--resume"]] {
        fails(&scratch.study("out", words), "report.html exists, and is of no study");
    }
    assert_eq!(scratch.read("out", "report.html"), "mine");
    let lock = fs::File::options().write(true).open(out.join("runs.jsonl.lock")).unwrap();
    lock.lock().unwrap();
    fails(&scratch.study("out", &["--overwrite"]), "another command is making a study there");
    assert_eq!(scratch.read("out", "report.html"), "mine");
    drop(lock);
    // What followed from other runs does not stay beside those of a part.
    succeeds(&scratch.study("out", &["--overwrite", "--shard", "1/9"]));
    assert!(!out.join("report.html").exists());
}

#[test]
fn what_cannot_be_studied_is_refused() {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    let out = out.to_str().unwrap();
    let study = |words: &[&str]| trimpot(&[&["study", "--out", out], words].concat());
    fails(&study(&["--data", "-"]), "a study needs a file");
    fails(&study(&["--data", WRIST, "--targets", "2"]), "a study is about classes");
    fails(&study(&["--data", WRIST, "--scale", "2"]), "features are standardized");
    fails(&study(&["--data", "minst"]), "no such data set of the project (mnist, digits, fashion)");
    fails(&study(&["--data", WRIST, "--test", WRIST]), "samples that were trained on tell nothing");
    let words = ["segmentation", "--data", WRIST];
    fails(&study(&words), "segmentation: not with --data ../../data/wrist-right.csv");
    for (words, says) in [
        (&["--shard", "4/3"][..], "2/8 is the second one of eight"),
        (&["--ram", "0"], "16K"),
        (&["--ram", "16K", "--shard", "1/2"], "--shard"),
        (&["--seeds", "1"], "1 is not in 2.."),
        (&["loses"], "loses"),
        (&["all", "loses"], "[possible values: learning-rate, "),
    ] {
        let output = study(words);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains(says), "{}", text(&output));
    }
    for words in
        [&["--test", "t.csv"][..], &["--label", "a"], &["--missing", "drop"], &["--header"]]
    {
        let built_in = [&["--data", "digits", "--folder", "../../data"], words].concat();
        fails(&study(&built_in), &format!("{} is for a file of your own", words[0]));
    }
    fails(&study(&["--data", WRIST, "--folder", "data"]), "--folder is that of the project's data");
    let few = Path::new(out).join("few.csv");
    fs::create_dir_all(out).unwrap();
    fs::write(&few, "a,b,kind\n1,2,x\n3,4,y\n").unwrap();
    fails(&study(&["--data", few.to_str().unwrap()]), "too few samples");
    // Of 30 samples 6 are tested on, and 4 validate.
    for (samples, is_enough) in [(29, false), (30, true)] {
        let lines: Vec<String> =
            (0..samples).map(|sample| format!("{sample},{}\n", sample % 2)).collect();
        fs::write(&few, "a,kind\n".to_owned() + &lines.concat()).unwrap();
        let words = ["batch-size", "--quick", "--seeds", "2", "--points", "1", "--data"];
        let output = study(&[&words[..], &[few.to_str().unwrap()]].concat());
        if is_enough {
            succeeds(&output);
        } else {
            fails(&output, "19 samples to train on");
        }
    }
    // Labels that are numbers are those of outputs.
    fs::write(&few, "a,kind\n".to_owned() + &"1,1\n".repeat(60)).unwrap();
    fails(&study(&["--data", few.to_str().unwrap()]), "all samples are of one class");
    let lines: String = (0..60).map(|sample| format!("{sample},{}\n", 1 + sample % 2)).collect();
    fs::write(&few, "a,kind\n".to_owned() + &lines).unwrap();
    let words = ["batch-size", "--overwrite", "--quick", "--seeds", "2", "--points", "1", "--data"];
    let said = succeeds(&study(&[&words[..], &[few.to_str().unwrap()]].concat()));
    assert!(said.contains("no sample is of class 0: labels are numbers from 0"), "{said}");
    let nothing = scratch.path("nothing");
    let folder = ["train", "--from-study", nothing.to_str().unwrap()];
    fails(&trimpot(&folder), "--from-study: ");
}

#[test]
fn errors_are_better_the_smaller_and_a_rare_class_has_its_curve() {
    let scratch = Scratch::new();
    let out = scratch.path("study");
    let words = "study imbalance outliers --quick --seeds 2 --points 2 --folder ../../data --out";
    let words: Vec<&str> = words.split(' ').chain(out.to_str()).collect();
    let said = succeeds(&trimpot(&words));
    for part in ["P(row > column)", "P(row < column)", "test F1", "test R²", "test MAE"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let results: Value = serde_json::from_str(&scratch.read("study", "results.json")).unwrap();
    let error = |level: &str| {
        let levels = results["experiments"][1]["levels"].as_array().unwrap();
        let found = levels.iter().find(|found| found["name"] == level).unwrap();
        found["measures"]["test_mae"]["mean"].as_f64().unwrap()
    };
    assert!(error("mean absolute") < error("mean squared"), "{said}");
    assert!(results["choice"].is_null());
    let page = scratch.read("study", "report.html");
    assert!(page.contains("precision over recall, for all thresholds"));
}

#[test]
fn nothing_is_chosen_where_nothing_fits() {
    let scratch = Scratch::new();
    let said = succeeds(&scratch.study("study", &["--ram", "1K"]));
    assert!(
        said.contains("no choice: no network of the study learns in 1024 bytes of RAM"),
        "{said}"
    );
    let folder = scratch.path("study");
    let train = trimpot(&["train", "--from-study", folder.to_str().unwrap()]);
    fails(&train, "the study has made no choice");
}

/// A small table of one's own in the folder, and what a short study of it says.
fn short_study(scratch: &Scratch, name: &str, table: &str, more: &str) -> Output {
    let (file, out) = (scratch.path(name), scratch.path(&format!("{name}.study")));
    fs::write(&file, table).unwrap();
    let mut words: Vec<&str> =
        "study hidden-layers --quick --seeds 2 --points 1".split(' ').collect();
    words.extend(["--data", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    words.extend(more.split_whitespace());
    trimpot(&words)
}

#[test]
fn recordings_are_studied_by_their_features_and_trained_so() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        let sample = |at: usize| format!("{},", ((at * (1 + row % 2) + row) % 7) as f32 * 100.0);
        (0..40).map(sample).collect::<String>() + ["low\n", "high\n"][row % 2]
    };
    let table: String = (0..60).map(row).collect();
    let front_end = "--front-end magnitudes,sample_rate=100,fft=16,samples=i16";
    let said = succeeds(&short_study(&scratch, "tones.csv", &table, front_end));
    assert!(said.contains("40 samples give 4 frames of 9, 36 features"), "{said}");
    let study = scratch.path("tones.csv.study");
    let words = ["train", "--from-study", study.to_str().unwrap(), "--epochs", "1"];
    let said = succeeds(&trimpot(&words));
    assert!(said.contains("40 samples give 4 frames of 9, 36 features"), "{said}");
    let other =
        ["study", "--data", "digits", "--front-end", "powers,sample_rate=9,fft=16,samples=f32"];
    fails(&trimpot(&other), "--front-end is for a file of your own");
    fails(
        &short_study(&scratch, "more.csv", &table, &format!("{front_end} --missing mean")),
        "--missing mean is for",
    );
}

#[test]
fn columns_that_say_the_class_are_pointed_out_and_can_be_the_class() {
    let scratch = Scratch::new();
    let row = |row: usize| {
        let flags = ["1,0,0", "0,1,0", "0,0,1"][row % 3];
        format!("{},{},{flags}\n", (row % 3) as f32 + 0.1 * (row % 7) as f32, row % 5)
    };
    let table = "x1,x2,cat,cow,dog\n".to_owned() + &(0..90).map(row).collect::<String>();
    let said = succeeds(&short_study(&scratch, "hot.csv", &table, ""));
    let warning = "each row has a single 1 among zeros in the columns cat, cow, dog";
    let options = "--label cat --label cow --label dog";
    assert!(
        said.contains(warning) && said.contains(&format!("the class with {options}")),
        "{said}"
    );
    let said = succeeds(&short_study(&scratch, "whole.csv", &table, options));
    assert!(!said.contains("warning"), "{said}");
    let study = scratch.path("whole.csv.study");
    let words = ["train", "--from-study", study.to_str().unwrap(), "--epochs", "1"];
    let said = succeeds(&trimpot(&words));
    assert!(said.contains("Dense(2, ") && said.contains(", 3)"), "{said}");
}

/// Another version may have other bits.
#[test]
fn runs_of_another_version_are_made_anew() {
    let scratch = Scratch::new();
    succeeds(&scratch.study("study", &[]));
    let file = scratch.path("study").join("runs.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.lines().all(|line| line.contains(concat!(
            "\"of\":\"",
            env!("CARGO_PKG_VERSION"),
            "-"
        ))),
        "{text}"
    );
    fs::write(&file, text.replace(concat!("\"", env!("CARGO_PKG_VERSION"), "-"), "\"0.0.0-"))
        .unwrap();
    let said = succeeds(&scratch.study("study", &["--resume"]));
    assert!(
        said.contains("35 runs of other options, or of another version of trimpot, are left out"),
        "{said}"
    );
    assert!(said.contains("35 runs of 2 experiments"), "{said}");
}
