//! The `trimpot train` command.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::{TempDir, tempdir};
use trimpot::chain;
use trimpot::clip::ClipNorm;
use trimpot::layer::initialization::{GlorotUniform, HeNormal, Initialization};
use trimpot::layer::{Dense, Dropout, HardSwish, Layer, Relu, Sigmoid, Tanh};
use trimpot::loss::{
    BinaryCrossEntropy, CrossEntropy, Dice, Loss, MeanSquaredError, SoftCrossEntropy,
};
use trimpot::network::Network;
use trimpot::optimizer::{Adam, AdamW, Lion, Optimizer, Sgd};
use trimpot::schedule::Cosine;
use trimpot::shape::Vector;
use trimpot_host::block::SampleTarget;
use trimpot_host::dataset::Dataset;
use trimpot_host::model;
use trimpot_host::train::{Clipping, Plan, train};

const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/digits8.npz");

/// The command with options in one line, and the digits unless they name other data.
fn command(options: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trimpot"));
    command.arg("train");
    if !options.contains("--data") {
        command.args(["--data", DIGITS, "--scale", "0.0625"]);
    }
    command.args(options.split_whitespace());
    command
}

/// What it says, if it succeeds.
fn said(options: &str) -> String {
    let output = command(options).output().unwrap();
    assert!(output.status.success(), "{options}: {}", error_of(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What it says, if it fails with this code.
fn failed(options: &str, code: i32) -> String {
    let output = command(options).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{options}: {}", error_of(&output));
    error_of(&output)
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder() -> (TempDir, impl Fn(&str) -> PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, move |name: &str| path.join(name))
}

fn digits() -> Dataset<64> {
    Dataset::read_npz(DIGITS, "x", "y", 0.0625).unwrap()
}

/// The digits, a number for each class.
fn one_hot() -> Dataset<64, [f32; 10]> {
    let digits = digits();
    let labels = digits
        .labels()
        .iter()
        .map(|&label| std::array::from_fn(|class| if class == label as usize { 1.0 } else { 0.0 }));
    Dataset::new(digits.features().to_vec(), labels.collect()).unwrap()
}

/// Trains the same network as a type and as described, and compares all bits.
fn agree<L, C, O, T, const P: usize>(
    options: &str,
    layers: L,
    how: &impl Initialization,
    loss: &C,
    optimizer: O,
    data: &Dataset<64, T>,
    plan: Plan,
) where
    L: Layer<Vector<64>, Output = Vector<10>>
        + Send
        + Sync
        + Default
        + trimpot_host::modules::Modules,
    C: Loss<Vector<10>, Target = T::Targets> + Send + Sync,
    O: Optimizer + Send + Sync,
    T: SampleTarget,
{
    let mut network = Network::<Vector<64>, L, P>::new(layers, [0.0; P]);
    network.initialize_with(how, plan.seed);
    train(&mut network, loss, optimizer, data, plan, |_, _| {}).unwrap();

    let (_folder, file) = folder();
    let file = file("model.safetensors");
    said(&format!("{options} --epochs 2 --seed 7 --output {}", file.display()));
    let described: Network<Vector<64>, L, P> = model::load(&file).unwrap();
    let bits = |network: &Network<Vector<64>, L, P>| network.parameters().map(f32::to_bits);
    assert!(bits(&network) == bits(&described), "{options}: other bits");
}

fn plan(batch: usize) -> Plan {
    Plan::new(2, NonZeroUsize::new(batch).unwrap(), 7)
}

macro_rules! parameters {
    ($layers:ty) => {
        <$layers as Layer<Vector<64>>>::PARAMETERS
    };
}

#[test]
fn a_described_network_has_the_bits_of_the_type() {
    type Plain = trimpot::Chain![Dense<64, 32>, Relu, Dense<32, 10>];
    agree::<Plain, _, _, _, { parameters!(Plain) }>(
        "--network 64-32-10",
        Plain::default(),
        &GlorotUniform,
        &CrossEntropy::new(),
        Adam::new(0.001).unwrap(),
        &digits(),
        plan(32),
    );

    type Deep =
        trimpot::Chain![Dense<64, 21>, Tanh, Dropout, Dense<21, 13>, Tanh, Dropout, Dense<13, 10>];
    let steps = 2 * plan(50).steps(digits().len());
    let schedule = Cosine::new(0.1, 0.001, steps).unwrap();
    let dropout = Dropout::new(0.2).unwrap();
    agree::<Deep, _, _, _, { parameters!(Deep) }>(
        "--network 64-21-13-10 --activation tanh --dropout 0.2 --initialization he_normal --loss mse \
         --optimizer sgd --momentum 0.9 --nesterov --weight-decay 0.001 --rate 0.1 --schedule cosine \
         --final-rate 0.001 --batch 50",
        chain!(Dense, Tanh, dropout, Dense, Tanh, dropout, Dense),
        &HeNormal,
        &MeanSquaredError,
        Sgd::new(0.1)
            .unwrap()
            .with_momentum(0.9)
            .unwrap()
            .with_weight_decay(0.001)
            .unwrap()
            .with_nesterov(),
        &one_hot(),
        Plan { schedule: Some(Box::new(schedule)), ..plan(50) },
    );

    type Flat = trimpot::Chain![Dense<64, 10>];
    agree::<Flat, _, _, _, { parameters!(Flat) }>(
        "--network 64-10 --loss soft_cross_entropy --optimizer lion --clip-norm 0.1 --batch 7",
        Dense,
        &GlorotUniform,
        &SoftCrossEntropy,
        Lion::new(0.0001).unwrap(),
        &one_hot(),
        Plan { clipping: Clipping::Norm(ClipNorm::new(0.1).unwrap()), ..plan(7) },
    );

    type Masks = trimpot::Chain![Dense<64, 17>, HardSwish, Dense<17, 10>, Sigmoid];
    let options =
        "--network 64-17-10 --activation hard_swish --output-activation sigmoid --optimizer adam_w";
    agree::<Masks, _, _, _, { parameters!(Masks) }>(
        &format!("{options} --loss dice"),
        Masks::default(),
        &GlorotUniform,
        &Dice::default(),
        AdamW::new(0.001).unwrap(),
        &one_hot(),
        plan(32),
    );
    agree::<Masks, _, _, _, { parameters!(Masks) }>(
        &format!("{options} --loss bce"),
        Masks::default(),
        &GlorotUniform,
        &BinaryCrossEntropy,
        AdamW::new(0.001).unwrap(),
        &one_hot(),
        plan(32),
    );
}

/// A run that uses all there is.
const RICH: &str = "--network 64-48-10 --dropout 0.1 --epochs 300 --rate 0.003 --schedule cosine --warm-up 40 \
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
        ["--network was 64-10, now it is 64-12-10", "--loss was cross_entropy, now it is mse"]
    {
        assert!(error.contains(part), "{error}");
    }
    let error = failed(&format!("{options} --resume --scale 0.5 --data {DIGITS}"), 1);
    assert!(error.contains("the data (with --scale and --targets) was 1797 samples"), "{error}");

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
    let options = "--network 64-32-10 --epochs 12 --hold-out 0.2 --rate 0.005";
    let text = said(&format!("{options} --metrics {}", file("m.csv").display()));
    assert_eq!(text.lines().filter(|line| line.starts_with("epoch ")).count(), 12, "{text}");
    let table = fs::read_to_string(file("m.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let names = "epoch,step,loss,accuracy,validation_loss,validation_accuracy,rate,seconds";
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
    let text = said("--network 64-32-10 --epochs 300 --hold-out 0.3 --patience 3 --rate 0.02");
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
    let options = "--network 64-16-10 --loss mse --optimizer sgd --rate 1e20 --epochs 3";
    let error = failed(&format!("{options} --output {}", model.display()), 1);
    assert!(error.contains("training diverged in epoch 1, step "), "{error}");
    assert!(error.contains("from the end of epoch 0, in "), "{error}");
    type Small = trimpot::network!(Dense<64, 16>, Relu, Dense<16, 10>; from 64);
    let loaded: Small = model::load(&model).unwrap();
    assert_eq!(loaded.parameters(), Small::seeded(1).parameters());
}

#[test]
fn tables_are_read_and_their_mistakes_are_named() {
    let (_folder, file) = folder();
    let csv = file("data.csv");
    let with = |text: &str| {
        fs::write(&csv, text).unwrap();
        format!("--data {} --epochs 200 --rate 0.05 --batch 4", csv.display())
    };
    // Exclusive or, as two classes of one output; and numbers.
    let classes = "a,b,class\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n";
    let text = said(&format!(
        "{} --network 2-8-1 --loss bce_with_logits --activation tanh",
        with(classes)
    ));
    assert!(text.lines().last().unwrap().contains("100.0 %"), "{text}");
    let numbers = "0,0,1,0\n0,1,3,-1\n1,0,2,1\n1,1,4,0\n";
    let text = said(&format!("{} --network 2-2 --loss mse --targets 2", with(numbers)));
    let last: f32 =
        text.lines().last().unwrap().split_whitespace().nth(3).unwrap().parse().unwrap();
    assert!(last < 0.01, "{text}");

    for (text, part) in [
        ("0,0,0\n0,1\n", "line 2 has 2 columns, but 3 are wanted: 2 features and 1 class"),
        ("a,b,c\n0,x,0\n", "line 2, column 2: `x` is no finite number"),
        ("0,0,0\n0,0,2\n", "line 2: class 2, but with 2 outputs classes are 0 to 1"),
        ("a,b,c\n", "it has no samples"),
    ] {
        let error = failed(&format!("{} --network 2-2", with(text)), 1);
        assert!(error.contains(part) && error.contains("data.csv: "), "{error}");
    }
}

#[test]
fn options_say_what_is_allowed() {
    for (options, code, part) in [
        ("--network 63-10", 1, "array `x` has shape [1797, 64], but the network takes rows of 63"),
        ("--network 64-9", 1, "class 9, but with 9 outputs classes are 0 to 8"),
        ("--network 64-10 --features q", 1, "there is no array `q`, but x, y"),
        ("--network 64-10 --loss ctc", 2, "it needs sequences. Possible are mse, "),
        ("--network 64-10 --momentum 0.9", 1, "--momentum is for --optimizer sgd alone"),
        ("--network 64-10 --dropout 1", 2, "it must be a number in [0, 1)"),
        ("--network 64-10 --patience 3", 1, "--patience needs --hold-out"),
        ("--network 64-10 --resume", 2, "--checkpoint"),
        ("--network 64-10 --output none/model", 1, "there is no folder for none/model"),
        ("--network 64-10 --optimizer adm", 2, "adam"),
        ("--network 64-10 --metrics m.txt", 2, "it must end in .csv or .json"),
        ("--network 64-33", 1, "is there for 1 to 32 outputs, but the network has 33"),
        ("--network 64-10 --schedule step --decay 2", 1, "factor is 2, but must be in (0, 1]"),
    ] {
        let error = failed(options, code);
        assert!(error.contains(part), "{options}: {error}");
    }
}
