//! The `trimpot new` command. That what it writes compiles for a board, and passes its test there,
//! `cargo xtask new` checks.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};
use trimpot::random::Random;
use trimpot::threshold::Rule;
use trimpot_model::architecture::{Architecture, Between};
use trimpot_model::export;
use trimpot_model::file::{About, BoardOptimizer, Latents, ModelTask, StoredModel};
use trimpot_model::plan::Trained;
use trimpot_model::standardization::Standardization;

const BOARD: &str = "--board mps2-an386";

/// A model of these layers with random parameters.
fn model(network: &str, about: About) -> StoredModel {
    let network: Architecture = network.parse().unwrap();
    let layers = network.layers(Between::default()).unwrap();
    let mut random = Random::new(1);
    let parameters = (0..layers.spec().parameters()).map(|_| random.normal()).collect();
    StoredModel { layers, parameters, about }
}

/// What a model is for.
fn about(task: ModelTask, loss: &str) -> About {
    About { task: Some(task), loss: Some(loss.to_owned()), ..About::default() }
}

/// Names that are none of Rust.
fn classes() -> About {
    let classes = ["cat", "\"dog\"\u{1b}", "@name@|"].map(str::to_owned).to_vec();
    About { classes, ..about(ModelTask::Classes, "cross_entropy label_smoothing=0.1") }
}

/// A model of numbers with units.
fn numbers() -> StoredModel {
    let mut model = model("4-3-2", about(ModelTask::Numbers, "huber delta=0.5"));
    let scale = Standardization { mean: vec![1.0, 2.0], deviation: vec![10.0, 0.1] };
    model.layers = scale.undone_behind(&model.layers);
    model
}

/// A detector by distance, which trains biases.
fn distance() -> StoredModel {
    let mut model = model("3-3", about(ModelTask::Anomalies, "mse"));
    let front = Standardization { mean: vec![5.0; 3], deviation: vec![0.5; 3] };
    model.layers = front.before(&model.layers);
    let of = &mut model.about;
    (of.threshold, of.centre, of.trained) = (Some(1.5), vec![0.5; 3], Some(Trained::Biases));
    (of.rule, of.window) = (Rule::percentile(0.95).ok(), Some(9));
    model
}

/// A folder with this model.
fn desk(model: &StoredModel) -> TempDir {
    let folder = tempdir().unwrap();
    model.save(&folder.path().join("model.safetensors")).unwrap();
    folder
}

fn run(desk: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.current_dir(desk).args(["new", "--model", "model.safetensors"]);
    command.args(arguments.split_whitespace()).output().unwrap()
}

#[track_caller]
fn made(desk: &Path, arguments: &str) -> String {
    let output = run(desk, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn failed(desk: &Path, arguments: &str, code: i32) -> String {
    let output = run(desk, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments}: {error}");
    error
}

/// All files of a folder, by their paths in it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        let name = name.into_string().unwrap();
        match path.is_dir() {
            true => found.extend(files(&path).into_iter().map(|file| format!("{name}/{file}"))),
            false => drop(found.insert(name)),
        }
    }
    found
}

#[test]
fn a_package_has_all_files_and_says_what_is_next() {
    let model = model("4-3", classes());
    let desk = desk(&model);
    let desk = desk.path();
    let said = made(desk, &format!("my-watch {BOARD}"));
    for line in ["  cd my-watch", "  cargo test --release ", "  cargo run --release "] {
        assert!(said.lines().any(|found| found.starts_with(line)), "{line}: {said}");
    }
    assert!(said.contains("make it anew with --path CHECKOUT"), "{said}");
    let folder = desk.join("my-watch");
    let expected = "
        .cargo/config.toml .gitignore Cargo.toml README.md build.rs memory.x rustfmt.toml
        src/board/flash.rs src/board/mod.rs src/board/timer.rs src/board/uart.rs src/error.rs src/lib.rs
        src/main.rs src/model.rs src/panic.rs src/tuner.rs tests/on_board/expected.rs tests/on_board/main.rs";
    assert_eq!(files(&folder), expected.split_whitespace().map(str::to_owned).collect());
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    assert_eq!(text("src/model.rs"), export::rust(&model, "model.safetensors").unwrap());
    let manifest = text("Cargo.toml");
    let version = format!("trimpot-tuner = {:?}\n", env!("CARGO_PKG_VERSION"));
    for part in ["name = \"my-watch\"\n", "\n[workspace]\n", &version] {
        assert!(manifest.contains(part), "{part}: {manifest}");
    }
    let readme = text("README.md");
    for part in ["| classes | cat, ", "Dense(4, 3)", "rustup target add thumbv7em-none-eabihf"] {
        assert!(readme.contains(part), "{part}: {readme}");
    }
    // Files that it names are there.
    for file in readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()) {
        assert!(folder.join(file).exists(), "{file}");
    }
}

#[test]
fn a_front_end_is_in_the_package_and_its_readme_says_how_it_is_used() {
    let words = "log-mel,sample_rate=8000,fft=64,hop=32,bands=4,samples=i16,length=128";
    let about = About { front_end: Some(words.parse().unwrap()), ..classes() };
    for (network, take) in [
        (
            "12-3",
            "if let Some(&input) = spectrogram.sample().and_then(|sample| sample.first_chunk()) {",
        ),
        ("1x3x4 > flatten, dense 3", "if let Some(&input) = spectrogram.sample().and_then("),
        ("4x3 > flatten, dense 3", "        spectrogram.write_by_band(&mut input);\n"),
    ] {
        let desk = desk(&model(network, about.clone()));
        made(desk.path(), &format!("listener {BOARD}"));
        let text =
            |file: &str| fs::read_to_string(desk.path().join("listener").join(file)).unwrap();
        let module = text("src/model.rs");
        for part in ["pub static FRONT: LogMel<64, 4>", "pub type FrontFramer = Framer<64, 32>"] {
            assert!(module.contains(part), "{part}: {module}");
        }
        let readme = text("README.md");
        for part in [
            "\n| front end | log-mel,sample_rate=8000,fft=64,",
            "\n## Recordings\n\nThe network ",
            "\n```\n\nSamples are `i16`, as the driver gives them",
            "that end with it.\n\n## What is where\n",
            "```rust\nlet mut framer = FrontFramer::new();\n",
            "    spectrogram.push(&FRONT.apply(frame, &mut buffer));\n",
            "        tell(&mut tuner, &input, console);\n",
            take,
        ] {
            assert!(readme.contains(part), "{network}: {part}: {readme}");
        }
    }
    let desk = desk(&model("4-3", classes()));
    made(desk.path(), &format!("listener {BOARD}"));
    let readme = fs::read_to_string(desk.path().join("listener/README.md")).unwrap();
    assert!(!readme.contains("Recordings"), "{readme}");
}

#[test]
fn code_is_what_the_model_says() {
    let optimized = |trained, latents| About {
        trained: Some(trained),
        latents: Some(latents),
        learning_rate: Some(0.01),
        replays: Some(7),
        ..classes()
    };
    let cases = [
        (
            model("4-3-5", optimized(Trained::Head(1), Latents::I8)),
            &[
                "with_learning_rate(0.01)",
                ".with_replays(7)",
                "with_latent_format(LatentFormat::I8)",
                "Classification::new(loss).with_classes(3)",
                "CrossEntropy::from_settings([0.1])?",
            ][..],
        ),
        (
            numbers(),
            &[
                "Huber::from_settings([0.5])?",
                "const DEVIATIONS: [f32; 2] = [10.0, 0.1]",
                "Regression<ScaledLoss<'static, Huber>>",
            ],
        ),
        (
            distance(),
            &[
                "AnomalyDetection::distance(MeanSquaredError).with_rule(rule).with_window(9)",
                "Rule::percentile(0.95)?",
                "PartlyTrained::new(network, Trained::BiasesAndNormalization)",
                "tuner.write_state(1, &CENTRE)?",
            ],
        ),
        (
            model("3x6 > conv 2 3, relu, dense 2", about(ModelTask::Classes, "multi_margin")),
            &["Classification::new(MultiMargin::default())", "with_learning_rate(0.02)"],
        ),
    ];
    for (model, parts) in cases {
        let desk = desk(&model);
        made(desk.path(), &format!("app {BOARD}"));
        let folder = desk.path().join("app");
        let code = fs::read_to_string(folder.join("src/tuner.rs")).unwrap();
        for part in parts {
            assert!(code.contains(part), "{part}: {code}");
        }
        check_format(&folder);
    }
}

/// What is to be typed is in quotes for a shell where it needs them, and a name that is one of the
/// template's is taken for that of the package.
#[test]
fn names_may_be_any() {
    let desk = tempdir().unwrap();
    let model_file = "my_model's @file@.safetensors";
    model("4-3", classes()).save(&desk.path().join(model_file)).unwrap();
    let mut command = Command::new(env::var_os("CARGO_BIN_EXE_trimpot").expect("cargo sets it"));
    command.current_dir(desk.path()).args(["new", "q'r s", "--model", model_file]);
    let output = command.args("--name tuner --board mps2-an386".split(' ')).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(r"cd 'q'\''r s'"), "{said}");
    let folder = desk.path().join("q'r s");
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let readme = text("README.md");
    let typed = r"    trimpot board install 'my_model'\''s @file@.safetensors' train.csv ";
    assert!(readme.contains(typed), "{readme}");
    assert!(readme.contains(r" \@file\@.safetensors. It is yours"), "{readme}");
    for file in ["src/main.rs", "tests/on_board/main.rs"] {
        let code = text(file);
        assert!(code.contains("\nuse ::tuner::tuner::{"), "{code}");
        assert!(!code.contains("\nuse tuner::"), "{code}");
        assert!(!code.contains("\nuse expected::"), "{code}");
    }
}

/// The compiler's own tool finds nothing to format, and no place is left that was to be filled in.
fn check_format(folder: &Path) {
    for file in files(folder) {
        let text = fs::read_to_string(folder.join(&file)).unwrap();
        let places = text.split('@').skip(1).step_by(2);
        let is_place = |place: &str| {
            !place.is_empty() && place.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        let left: Vec<_> = places.filter(|place| is_place(place) && *place != "name").collect();
        assert!(left.is_empty(), "{file}: {left:?}");
        if file.ends_with(".rs") {
            let mut rustfmt = Command::new("rustfmt");
            rustfmt.args(["--check", "--edition", "2024"]).arg(folder.join(&file));
            let output = rustfmt.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let desk = desk(&model("4-3", classes()));
    let desk = desk.path();
    fs::create_dir(desk.join("full")).unwrap();
    fs::write(desk.join("full/mine"), "").unwrap();
    let before = files(desk);
    for (arguments, code, message) in [
        ("full --board mps2-an386", 1, "full is not empty"),
        ("model.safetensors --board mps2-an386", 1, "is no folder"),
        ("2nd --board mps2-an386", 1, "it does not begin with a letter"),
        ("match --board mps2-an386", 1, "--name gives another"),
        ("app --board mps2-an386 --name trimpot", 1, "the name of another crate"),
        ("app --board mps2-an386 --name build", 1, "a word of Rust or Cargo"),
        ("app --board mps2-an386 --path full", 1, "there is no checkout of Trimpot"),
        ("app --board mps2-an386 --input 5", 1, "a sample has the shape 4, and not 5"),
        ("none/app --board mps2-an386", 1, "cannot write none/app"),
        ("app --board arduino", 2, "possible values: mps2-an386"),
        ("app", 2, "--board"),
    ] {
        let error = failed(desk, arguments, code);
        assert!(error.contains(message), "{arguments}: {error}");
        assert_eq!(files(desk), before, "{arguments}");
        assert!(!desk.join("app").exists(), "{arguments}");
    }
}

#[test]
fn models_that_the_board_cannot_learn_are_refused() {
    let sum = about(ModelTask::Numbers, "bce + dice");
    let optimizer = BoardOptimizer::named("adam");
    for (model, message) in [
        (model("12-1000-1000-3", classes()), "the model does not fit on mps2-an386\n\n12: Dense"),
        (model("12-6500-3", classes()), "stores of the model takes "),
        (model("4-2", sum), "boards have no sums of losses"),
        (model("4-3", About { optimizer, ..classes() }), "it says an optimizer or batches"),
    ] {
        let desk = desk(&model);
        let error = failed(desk.path(), &format!("app {BOARD}"), 1);
        assert!(error.contains(message), "{message}: {error}");
        assert!(!desk.path().join("app").exists());
    }
}

#[test]
fn an_empty_folder_is_filled_and_a_checkout_is_a_path() {
    let desk = desk(&model("4-3", classes()));
    let folder = desk.path().join("my_watch");
    fs::create_dir(&folder).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = fs::canonicalize(root).unwrap();
    let path = path.to_str().unwrap();
    let said = made(desk.path(), &format!("my_watch {BOARD} --path {path}"));
    assert!(!said.contains("--path"), "{said}");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let mut metadata = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    assert!(manifest.contains(&format!("trimpot = {{ path = \"{path}/crates/trimpot\" }}")));
    // Cargo reads it, and takes the folder for a package and a workspace of its own.
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&folder);
    let output = metadata.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"name\":\"on_board\""));
}
