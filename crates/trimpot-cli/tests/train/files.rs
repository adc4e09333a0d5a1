//! Files that the command writes: nobody's file is lost, and nothing that was learned.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use super::{DIGITS, command, error_of, failed, folder, said};

const SMALL: &str = "--network 64-10 --epochs 2";

/// The names of all files in a folder, in the order of the alphabet.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_that_is_given_twice_is_refused_and_stays() {
    let (root, file) = folder();
    let data = file("d.csv");
    let text = "a,b,class\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n";
    fs::write(&data, text).unwrap();
    fs::hard_link(&data, file("other.csv")).unwrap();
    let options = format!("--network 2-2 --epochs 1 --data {}", data.display());
    for (given, parts) in [
        ("--metrics DIR/d.csv", ["--metrics ", " is the same file as --data "]),
        ("--output DIR/d.csv", ["--output ", " is the same file as --data "]),
        ("--checkpoint DIR/d.csv --overwrite", ["--checkpoint ", " is the same file as --data "]),
        ("--output DIR/../DIR/other.csv", ["--output ", "as --data "]),
        ("--output DIR/m --checkpoint DIR/m", ["--checkpoint ", "as --output "]),
        ("--output DIR/m.csv --metrics DIR/m.csv", ["--metrics ", "as --output "]),
        (
            "--output DIR/m.st --average 0.9 --checkpoint DIR/m.average.st",
            ["--checkpoint ", "as the average of --output "],
        ),
    ] {
        let folder = root.path().file_name().unwrap().to_str().unwrap();
        let given = given.replace("/DIR/", &format!("/{folder}/"));
        let given = given.replace("DIR", root.path().to_str().unwrap());
        let error = failed(&format!("{options} {given}"), 1);
        assert!(parts.iter().all(|part| error.contains(part)), "{given}: {error}");
        assert_eq!(fs::read_to_string(&data).unwrap(), text, "{given}");
        assert_eq!(names(root.path()), ["d.csv", "other.csv"], "{given}");
    }
}

#[test]
fn where_results_go_is_looked_at_before_training() {
    let (_root, file) = folder();
    fs::create_dir(file("folder.csv")).unwrap();
    fs::write(file("old.csv"), "precious").unwrap();
    let mut read_only = fs::metadata(file("old.csv")).unwrap().permissions();
    read_only.set_readonly(true);
    fs::set_permissions(file("old.csv"), read_only).unwrap();
    for (name, part) in [
        ("folder.csv", "it is a folder"),
        ("old.csv", "it is read-only"),
        ("none/m.csv", "there is no folder "),
    ] {
        for option in ["--output", "--checkpoint", "--metrics"] {
            let options = format!("{SMALL} {option} {}", file(name).display());
            let output = command(&options).output().unwrap();
            let error = error_of(&output);
            assert_eq!(output.status.code(), Some(1), "{options}: {error}");
            assert!(error.starts_with("error: cannot write --") && error.contains(part), "{error}");
            assert!(output.stdout.is_empty(), "it was found late");
        }
    }
    assert_eq!(fs::read_to_string(file("old.csv")).unwrap(), "precious");
}

#[test]
fn a_checkpoint_that_exists_is_replaced_only_by_who_insists() {
    let (_root, file) = folder();
    let options = format!("{SMALL} --checkpoint {}", file("run").display());
    said(&options);
    let before = fs::read(file("run")).unwrap();
    let error = failed(&options, 1);
    assert!(
        error.contains(" exists: --resume goes on from it, --overwrite begins anew"),
        "{error}"
    );
    assert!(fs::read(file("run")).unwrap() == before);
    assert!(said(&format!("{options} --resume")).contains("goes on after epoch 2"));
    let text = said(&format!("{options} --overwrite --seed 2"));
    assert!(text.contains("\nepoch    1 "), "{text}");
    assert!(fs::read(file("run")).unwrap() != before);
    failed(&format!("{options} --overwrite --resume"), 2);
}

#[test]
fn two_runs_at_once_do_not_hurt_each_other() {
    let (root, file) = folder();
    let options = |seed: u32| {
        format!(
            "{SMALL} --threads 1 --epochs 9 --seed {seed} --output {} --checkpoint {} --overwrite",
            file("model").display(),
            file("run").display()
        )
    };
    let options = [1, 2].map(|seed| options(seed).replace("--epochs 2 ", ""));
    let models = options.clone().map(|options| {
        said(&options);
        fs::read(file("model")).unwrap()
    });
    let runs = options.map(|options| {
        command(&options).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    });
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    assert!(models.contains(&fs::read(file("model")).unwrap()));
    assert_eq!(names(root.path()), ["model", "run"]);
}

#[test]
fn a_network_that_no_machine_holds_is_an_error_with_the_bytes() {
    let network = vec!["65536"; 2000].join("-");
    let error = failed(&format!("--network {network}"), 1);
    assert!(error.contains("error: --network has 8,585,770,631,168 parameters: "), "{error}");
    assert!(error.contains(" bytes of memory are needed"), "{error}");
    for threads in ["0", "1025", "100000000"] {
        let error = failed(&format!("{SMALL} --threads {threads}"), 2);
        assert!(error.contains("1..=1024"), "{error}");
    }
}

#[test]
fn names_in_data_are_shown_to_the_terminal_and_not_obeyed_by_it() {
    let (_root, file) = folder();
    let data = file("d.csv");
    fs::write(&data, "0,0,\x1b[2Jcat\n0,1,\u{202e}dog\n").unwrap();
    let options = format!("--epochs 1 --data {} --network", data.display());
    let text = said(&format!("{options} 2-2"));
    assert!(text.contains("classes: \\u{1b}[2Jcat, \\u{202e}dog\n"), "{text}");
    let error = failed(&format!("{options} 2-3"), 1);
    assert!(error.contains("\\u{1b}[2Jcat") && !error.contains('\x1b'), "{error}");
    let error = failed(&format!("{SMALL} --data no\x1b[2J.csv"), 1);
    assert!(error.contains("no\\u{1b}[2J.csv") && !error.contains('\x1b'), "{error}");
    let error = failed(&format!("{SMALL} --metrics no\x1b[2J.txt"), 2);
    assert!(error.contains("--metrics") && !error.contains('\x1b'), "{error}");
}

#[test]
fn the_step_after_which_training_diverged_is_one_that_there_is() {
    // The loss of the only step is finite; what it makes of the weights is not.
    let options = "--network 64-10 --loss mse --optimizer sgd --learning-rate 1000 --epochs 1";
    let error = failed(&format!("{options} --scale 2e17 --batch 9999 --data {DIGITS}"), 1);
    assert!(error.contains("training diverged in epoch 1, step 1: "), "{error}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;
    use std::process::{Command, Output};
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    /// The command, after something that a shell does to this process.
    fn after(limit: &str, options: &str) -> Output {
        let train = command(options);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{limit}; exec \"$@\""), "sh"]);
        shell.arg(train.get_program()).args(train.get_args());
        shell.output().unwrap()
    }

    #[test]
    fn a_link_is_written_through() {
        let (root, file) = folder();
        fs::create_dir(file("elsewhere")).unwrap();
        fs::write(file("elsewhere/model"), "old").unwrap();
        symlink("elsewhere/model", file("link")).unwrap();
        said(&format!("{SMALL} --output {}", file("link").display()));
        assert!(fs::symlink_metadata(file("link")).unwrap().is_symlink());
        assert!(fs::read(file("elsewhere/model")).unwrap().len() > 1000);
        assert_eq!(names(root.path()), ["elsewhere", "link"]);

        symlink("/dev/null", file("null")).unwrap();
        let error = failed(&format!("{SMALL} --output {}", file("null").display()), 1);
        assert!(error.contains("it is a device, a pipe or a socket"), "{error}");
        assert!(fs::symlink_metadata(file("null")).unwrap().is_symlink());
    }

    #[test]
    fn a_checkpoint_that_cannot_be_written_does_not_cost_the_model() {
        let (root, file) = folder();
        let model = file("model");
        let options = format!("--network 64-32-10 --epochs 3 --output {}", model.display());
        said(&options);
        let expected = fs::read(&model).unwrap();
        fs::remove_file(&model).unwrap();
        // Room for a model of 10 KB, but not for a checkpoint of 39 KB: as on a disk that is full.
        let options = format!("{options} --checkpoint {}", file("run").display());
        let output = after("trap '' XFSZ; ulimit -f 30", &options);
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(1), "{error}");
        let lines: Vec<&str> = error.lines().filter(|line| !line.starts_with("epoch")).collect();
        let [warning, error] = &lines[..] else { panic!("{error}") };
        assert!(warning.starts_with("warning: checkpoint "), "{warning}");
        assert!(warning.ends_with("; training goes on"), "{warning}");
        assert!(error.starts_with("error: checkpoint "), "{error}");
        assert!(error.ends_with("model has the weights from the end of epoch 3"), "{error}");
        assert!(fs::read(&model).unwrap() == expected);
        assert_eq!(names(root.path()), ["model"]);
    }

    #[test]
    fn a_network_is_held_against_the_limits_of_the_process() {
        let output = after("ulimit -v 2000000", "--network 64-16384-16384-10 --threads 1");
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("error: --network has 269,680,650 parameters: "), "{error}");
        assert!(error.contains(" bytes of memory are needed"), "{error}");
    }

    #[test]
    fn what_never_ends_is_not_read() {
        let (_root, file) = folder();
        for name in ["data.csv", "data.npz", "run"] {
            symlink("/dev/zero", file(name)).unwrap();
        }
        for name in ["data.csv", "data.npz"] {
            let error = failed(&format!("{SMALL} --data {}", file(name).display()), 1);
            assert!(error.contains("it is a device"), "{error}");
        }
        let error = failed(&format!("{SMALL} --checkpoint {} --resume", file("run").display()), 1);
        assert!(error.contains("it is a device"), "{error}");
    }

    #[test]
    fn a_signal_ends_training_with_the_weights_of_the_last_epoch() {
        for signal in ["INT", "TERM"] {
            let (root, file) = folder();
            let (model, metrics) = (file("model"), file("m.csv"));
            let options = |epochs: u32| {
                let model = model.display();
                format!(
                    "--network 64-10 --threads 1 --epochs {epochs} --average 0.9 --output {model}"
                )
            };
            let more =
                format!("--metrics {} --checkpoint {}", metrics.display(), file("run").display());
            let mut train = command(&format!("{} {more}", options(1_000_000)));
            let run = train.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            while !metrics.exists() {
                sleep(Duration::from_millis(1));
            }
            let process = run.id().to_string();
            assert!(
                Command::new("kill").args(["-s", signal, &process]).status().unwrap().success()
            );
            let output = run.wait_with_output().unwrap();
            let error = error_of(&output);
            assert_eq!(output.status.code(), Some(130), "{error}");
            let (_, epoch) = error.split_once("training was interrupted in epoch ").unwrap();
            let epoch: u32 = epoch.split(',').next().unwrap().parse().unwrap();
            let whose = format!("model has the weights from the end of epoch {}; ", epoch - 1);
            assert!(error.contains(&whose), "{error}");
            assert!(error.contains("; --resume goes on from "), "{error}");
            assert_eq!(names(root.path()), ["m.csv", "model", "model.average", "run"]);

            let read = || [fs::read(&model).unwrap(), fs::read(file("model.average")).unwrap()];
            let kept = read();
            said(&options(epoch - 1));
            assert!(read() == kept, "other weights than those that it says");
        }
    }
}
