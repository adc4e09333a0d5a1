//! `trimpot rehearse` as a command.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// How models are trained, in a moment.
const RETRAIN: [&str; 6] = ["--retrain", "--network", "2-6-2", "--epochs", "3", "--standardize"];

struct Desk(TempDir);

impl Desk {
    /// A desk with `users.csv`: users a to d, each with two recordings of two classes, eight samples
    /// each; what is told apart turns from user to user.
    fn new() -> Self {
        let desk = Desk(tempfile::tempdir().unwrap());
        let mut text = "u,v,user,part,class\n".to_owned();
        for (number, user) in ["a", "b", "c", "d"].iter().enumerate() {
            for part in 0..4 {
                for sample in 0..8 {
                    let (x, is_up) = (f64::from(sample) / 8.0, part % 2 == 0);
                    let y = 0.2 * number as f64 * x + if is_up { 0.6 } else { -0.6 };
                    let class = if is_up { "up" } else { "down" };
                    let _ = writeln!(text, "{x},{y},{user},{part},{class}");
                }
            }
        }
        fs::write(desk.path("users.csv"), text).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trimpot"));
        command.args(words).current_dir(self.0.path()).output().unwrap()
    }

    fn rehearse(&self, more: &[&str]) -> Output {
        let words = ["rehearse", "--data", "users.csv", "--by", "user"];
        self.run(&[&words[..], more].concat())
    }
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
fn fails(output: &Output, code: i32, says: &str) {
    assert_eq!(output.status.code(), Some(code), "{}", text(output));
    assert!(text(output).contains(says), "{}", text(output));
}

#[test]
fn each_user_is_rehearsed_with_a_model_of_the_others_and_a_page_shows_it() {
    let desk = Desk::new();
    let page = ["--recording", "part", "--report", "page.html"];
    let one = succeeds(&desk.rehearse(&[&page[..], &["--threads", "1"], &RETRAIN].concat()));
    for part in [
        "128 samples by user: a, b, c, d",
        "Recordings are learned or tested on as a whole",
        "\na               16      16 ",
        "\nmean            16      16 ",
        "\ndeviation ",
        "nrf52840-dk",
        "Time is an estimate, not a measurement",
        "Fine-tuning: accuracy ",
        "From scratch, ",
        "Forgetting was not measured",
        "The guard ",
        "report: page.html",
    ] {
        assert!(one.contains(part), "{part}: {one}");
    }
    let html = fs::read_to_string(desk.path("page.html")).unwrap();
    for part in ["<svg", "user d", "from scratch", "factory&#39;s model", "On boards"] {
        assert!(html.contains(part) || html.contains(&part.replace("&#39;", "'")), "{part}");
    }
    assert!(!html.contains("src=") && !html.contains("url("), "it loads something");

    // The page is there: it is replaced if that is said, with the same bytes for any threads.
    let more = [&page[..], &["--threads", "3"], &RETRAIN].concat();
    fails(&desk.rehearse(&more), 1, "--report page.html exists: --overwrite replaces it");
    let other = succeeds(&desk.rehearse(&[&["--overwrite"], &more[..]].concat()));
    let numbers = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.contains("% of the")).map(str::to_owned).collect()
    };
    assert_eq!(numbers(&one), numbers(&other));
    assert_eq!(html, fs::read_to_string(desk.path("page.html")).unwrap());
}

#[test]
fn a_model_meets_users_with_what_the_factory_gives() {
    let desk = Desk::new();
    let train = "train --data users.csv --drop user --drop part --network 2-6-2 --standardize --epochs 3 --hold-out 0.5 \
                 --output model.safetensors";
    succeeds(&desk.run(&train.split(' ').collect::<Vec<_>>()));
    let with = ["model.safetensors", "--factory", "users.csv", "--gap", "1", "--board", "nrf52840"];
    let said = succeeds(&desk.rehearse(&with));
    assert!(said.contains("samples of the factory that training has held out judge"), "{said}");
    assert!(said.contains("instructions a sample") && said.contains("Cortex-M4F"), "{said}");
    assert!(said.contains("factory before") && !said.contains("pico2"), "{said}");
    assert!(said.contains(" 8 samples between are"), "{said}");
    let said = succeeds(&desk.rehearse(&["model.safetensors", "--order", "file"]));
    assert!(said.contains("There is nothing to judge commits by"), "{said}");
    assert!(
        said.contains("there are no samples of the factory") && !said.contains(" 0 samples"),
        "{said}"
    );
    for (column, role) in [("class", "the label"), ("v", "a feature")] {
        let words = ["rehearse", "model.safetensors", "--data", "users.csv", "--by", column];
        fails(&desk.run(&words), 1, &format!("--by: {column} is {role} of the model"));
    }

    // Steps of an optimizer are counted, fewer of larger batches.
    let instructions = |more: &[&str]| -> f64 {
        let said = succeeds(&desk.rehearse(&[&["model.safetensors"], more].concat()));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, rest) = said.split_once("A sample takes ").unwrap();
        rest.split(' ').next().unwrap().replace(',', "").parse().unwrap()
    };
    let plain = instructions(&[]);
    let adam = instructions(&["--optimizer", "adam"]);
    let batch = instructions(&["--optimizer", "adam", "--batch", "8"]);
    assert!(plain < batch && 1.5 * batch < adam, "{plain} {batch} {adam}");

    // A user with a few samples: every curve ends with all samples.
    let text = fs::read_to_string(desk.path("users.csv")).unwrap();
    let tiny = "0.1,0.9,e,0,up\n0.2,0.9,e,0,up\n0.1,-0.9,e,1,down\n0.2,-0.9,e,1,down\n";
    fs::write(desk.path("users.csv"), text + tiny).unwrap();
    let said = succeeds(&desk.rehearse(&["model.safetensors"]));
    let curve = said.lines().skip_while(|line| !line.starts_with("samples  ")).skip(1);
    let samples: Vec<&str> = curve.map_while(|line| line.split_whitespace().next()).collect();
    // Of four with 16 samples, and one with two.
    assert_eq!(samples, ["0", "2", "3", "7", "13"], "{said}");
}

#[test]
fn sensors_are_rehearsed_by_their_errors_and_one_of_a_single_sample_is_left_out() {
    let desk = Desk::new();
    let mut text = "raw,sensor,true\n".to_owned();
    for (sensor, offset) in [("a", 3.0), ("b", -2.0), ("c", 4.0)] {
        for sample in 0..24 {
            let value = f64::from(sample * 7 % 24) / 4.0;
            let _ = writeln!(text, "{},{sensor},{value}", value + offset);
        }
    }
    fs::write(desk.path("sensors.csv"), text + "1.0,d,1.0\n").unwrap();
    let words = "rehearse --data sensors.csv --by sensor --targets 1 --report page.html --retrain --network 1-4-1 \
                 --standardize --epochs 20";
    let said = succeeds(&desk.run(&words.split_whitespace().collect::<Vec<_>>()));
    for part in [
        "left out: sensor d: everything is learned, and there is nothing of it to test on",
        "root mean squared error ",
        " of 3 values of sensor",
        "The first 50 % in the file are learned, and the rest tests.",
        "\na               12      12 ",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("class") && !said.contains("accuracy"), "{said}");
    let html = fs::read_to_string(desk.path("page.html")).unwrap();
    assert!(html.contains("Root mean squared error before and after"), "{html}");

    // One model for all, and the factory's data, which have no column of sensors.
    let own = fs::read_to_string(desk.path("sensors.csv")).unwrap();
    let factory: String = own
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|cells| format!("{},{}\n", cells[0], cells[2]))
        .collect();
    fs::write(desk.path("factory.csv"), factory).unwrap();
    let train = "train --data factory.csv --targets 1 --network 1-4-1 --standardize --epochs 20 --hold-out 0.5 \
                 --output model.safetensors";
    succeeds(&desk.run(&train.split_whitespace().collect::<Vec<_>>()));
    let words = "rehearse model.safetensors --data sensors.csv --drop sensor --factory factory.csv";
    let said = succeeds(&desk.run(&words.split(' ').collect::<Vec<_>>()));
    assert!(said.contains("root mean squared error ") && said.contains("factory before"), "{said}");
}

#[test]
fn machines_learn_what_is_normal_and_are_tested_by_what_is_not() {
    let desk = Desk::new();
    let mut text = "a,b,c,machine,state\n".to_owned();
    for machine in 0..3 {
        for sample in 0..30 {
            let x = f64::from(sample * 7 % 30) / 15.0 - 1.0;
            let slope = 1.0 + 0.5 * f64::from(machine);
            let (away, state) = if sample % 5 == 4 { (0.7, "faulty") } else { (0.0, "ok") };
            let _ = writeln!(text, "{x},{},{},{machine},{state}", slope * x + away, -slope * x);
        }
    }
    fs::write(desk.path("machines.csv"), text).unwrap();
    let words = |more: &'static str| {
        let words = format!(
            "rehearse --data machines.csv --by machine {more} --task anomalies --epochs 20"
        );
        desk.run(&words.split_whitespace().collect::<Vec<_>>())
    };
    let said = succeeds(&words("--normal ok --retrain --network 3-2-3 --standardize"));
    for part in ["area under the curve (ROC) ", "\n0               12      18   0."] {
        assert!(said.contains(part), "{part}: {said}");
    }
    fails(
        &words("--drop state --retrain --network 3-2-3"),
        1,
        "whether samples are normal is not said: --label",
    );

    let train = "train --data machines.csv --drop machine --normal ok --task anomalies --network 3-2-3 --epochs 20 \
                 --hold-out 0.5 --output model.safetensors";
    succeeds(&desk.run(&train.split_whitespace().collect::<Vec<_>>()));
    let words =
        "rehearse model.safetensors --data machines.csv --by machine --factory machines.csv";
    let said = succeeds(&desk.run(&words.split(' ').collect::<Vec<_>>()));
    assert!(said.contains("factory before"), "{said}");
    assert!(said.contains("samples of the factory that training has held out judge"), "{said}");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let desk = Desk::new();
    let words = |by: &'static str, more: &[&'static str]| {
        let mut words = vec!["rehearse", "--data", "users.csv", "--by", by];
        words.extend(more);
        words.extend(RETRAIN);
        desk.run(&words)
    };
    fails(&words("owner", &[]), 1, "there is no column `owner`, but u, v, user, part, class");
    fails(&words("user", &["--recording", "session"]), 1, "there is no column `session`");
    fails(&words("user", &["--board", "nrf99"]), 2, "the nearest names are");
    fails(
        &words("user", &["--recording", "part", "--first", "0.9"]),
        1,
        "user a: class up is learned, and there is nothing of it to test on",
    );
    fails(
        &desk.rehearse(&["--retrain", "--network", "2-2", "--colour", "red"]),
        2,
        "--retrain takes options",
    );
    fails(
        &desk.rehearse(&["--retrain", "--network", "2-2", "--output", "x"]),
        1,
        "--retrain: --output",
    );
    for [option, value] in [["--drop", "part"], ["--label", "class"], ["--missing", "drop"]] {
        fails(
            &desk.rehearse(&["--retrain", "--network", "2-2", option, value]),
            1,
            &format!("--retrain: {option} goes in front of --retrain"),
        );
    }
    fails(&desk.rehearse(&[]), 2, "MODEL");
    fails(
        &desk.run(&["rehearse", "--data", "users.csv", "--retrain", "--network", "2-2"]),
        2,
        "--by",
    );

    let text = fs::read_to_string(desk.path("users.csv")).unwrap();
    let lines = text.lines().filter(|line| !line.contains(",b,") && !line.contains(",c,"));
    let of_two = lines.collect::<Vec<_>>().join("\n");
    fs::write(desk.path("users.csv"), of_two.replace(",d,", ",a,") + "\n").unwrap();
    fails(
        &words("user", &["--drop", "part"]),
        1,
        "--by: column user has one value, a, in all samples",
    );
}
