//! Recordings become features by the front end that the model names: from the command line, on a
//! board, and in Rust with the same bits.

use std::f32::consts::TAU;
use std::fs::File;

use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzWriter;
use trimpot::random::Random;
use trimpot::spectrum::{LogMel, LogMelSpec, PcmSample, Window};
use trimpot_model::file::StoredModel;

use super::{Desk, value};

const LENGTH: usize = 300;
const FRAMES: usize = 8;
const BANDS: usize = 8;

const FRONT_END: &str = "log-mel,sample_rate=8000,fft=64,samples=i16,hop=32,bands=8";
const TRAIN: &str =
    "--network 64-6-2 --standardize --epochs 30 --learning-rate 0.01 --test test.npz";

/// Tones of two pitches and any phase, in noise.
fn tones(count: usize, random: &mut Random) -> (Vec<i16>, Vec<i64>) {
    let classes: Vec<i64> = (0..count as i64).map(|number| number % 2).collect();
    let tone = |&class: &i64| {
        let pitch = 600.0 + 500.0 * class as f32 + 200.0 * random.uniform();
        let (phase, loudness) = (random.uniform(), 1000.0 + 4000.0 * random.uniform());
        let sample = |t: usize| {
            let wave = (TAU * (phase + pitch * t as f32 / 8000.0)).sin();
            (loudness * (wave + 0.3 * random.normal())) as i16
        };
        (0..LENGTH).map(sample).collect::<Vec<i16>>()
    };
    (classes.iter().flat_map(tone).collect(), classes)
}

/// What the core makes of recordings.
fn features(recordings: &[i16]) -> Vec<f32> {
    let spec = LogMelSpec::new(8000.0, Window::hann(64));
    let log_mel = LogMel::<64, BANDS>::new(spec).unwrap();
    let of_frame = |recording: &[i16], number: usize| {
        let frame = std::array::from_fn(|at| recording[32 * number + at].to_f32());
        log_mel.apply(&frame, &mut [0.0; 64])
    };
    let of = |recording| (0..FRAMES).flat_map(move |number| of_frame(recording, number));
    recordings.chunks(LENGTH).flat_map(of).collect()
}

/// A desk with `train.npz` and `test.npz`, and `features.npz`, which are those of the latter.
fn desk() -> Desk {
    let desk = Desk::new();
    let mut random = Random::new(5);
    for (name, count) in [("train.npz", 60), ("test.npz", 40)] {
        let (recordings, classes) = tones(count, &mut random);
        let features = Array2::from_shape_vec((count, FRAMES * BANDS), features(&recordings));
        let recordings = Array2::from_shape_vec((count, LENGTH), recordings).unwrap();
        let classes = Array1::from_vec(classes);
        let mut file = NpzWriter::new(File::create(desk.path(name)).unwrap());
        file.add_array("x", &recordings).unwrap();
        file.add_array("y", &classes).unwrap();
        file.finish().unwrap();
        let mut file = NpzWriter::new(File::create(desk.path("features.npz")).unwrap());
        file.add_array("x", &features.unwrap()).unwrap();
        file.add_array("y", &classes).unwrap();
        file.finish().unwrap();
    }
    desk
}

#[test]
fn a_model_makes_features_of_recordings_wherever_it_is_used() {
    let desk = desk();
    let said = desk.run(&format!(
        "train --data train.npz --front-end {FRONT_END} {TRAIN} --output model.safetensors"
    ));
    assert!(said.contains("300 samples give 8 frames of 8, 64 features"), "{said}");
    let evaluated = desk.run("evaluate model.safetensors test.npz");
    assert!(value(&evaluated, "accuracy ") >= 95.0, "{evaluated}");
    // What a network makes of samples as they are.
    desk.run(&format!(
        "train --data train.npz --output raw.safetensors {}",
        TRAIN.replace("64-", "300-")
    ));
    let raw = desk.run("evaluate raw.safetensors test.npz");
    assert!(value(&raw, "accuracy ") <= 75.0, "{raw}");

    // The same network without a front end takes what the core makes.
    let model = StoredModel::read(desk.path("model.safetensors"), None).unwrap();
    let text = model.about.front_end.unwrap().to_string();
    assert!(text.starts_with("log-mel,sample_rate=8000,fft=64,window=hann:64,hop=32,bands=8,"));
    assert!(text.ends_with(",samples=i16,length=300"), "{text}");
    let mut plain = model.clone();
    plain.about.front_end = None;
    plain.save(&desk.path("plain.safetensors")).unwrap();
    let predicted = desk.run("predict model.safetensors test.npz");
    assert_eq!(predicted, desk.run("predict plain.safetensors features.npz"));
    let info = desk.run("info model.safetensors");
    let line = info.lines().find(|line| line.starts_with("front end   log-mel,")).unwrap();
    assert!(line.ends_with("samples=i16: 300 samples give 8 frames of 8, 64 features"), "{line}");

    // A board has the model's words, and gets features.
    desk.run("board install model.safetensors train.npz");
    let described = desk.run("board describe");
    assert!(described.contains(&format!("\n{line}\n")), "{line}: {described}");
    assert_eq!(desk.run("board predict test.npz --numbers f32"), predicted);
    assert!(desk.run("board learn test.npz").contains("40"));
    desk.run("board read --output read.safetensors");
    let read = StoredModel::read(desk.path("read.safetensors"), None).unwrap();
    assert_eq!(read.about.front_end, model.about.front_end);

    // Training goes on with the front end of the model.
    desk.run(
        "train --data train.npz --init model.safetensors --epochs 1 --output next.safetensors",
    );
    let next = StoredModel::read(desk.path("next.safetensors"), None).unwrap();
    assert_eq!(next.about.front_end, model.about.front_end);

    for (words, part) in [
        (
            "predict model.safetensors features.npz",
            "shape [40, 64], but the front end takes recordings of 300 samples, and makes the 64 features of each",
        ),
        ("predict model.safetensors test.npz --scale 2", "--scale is left out where a front end"),
        ("evaluate model.safetensors test.npz --missing mean", "--missing mean is for features"),
    ] {
        let error = desk.fails(words);
        assert!(error.contains(part), "{words}: {error}");
    }
    // Other formats have no front end, and say so.
    let exported =
        desk.run("export model.safetensors --rust model.rs --c-header model.h --onnx model.onnx");
    let without =
        exported.matches("front end that makes them of recordings is not in this file").count();
    assert_eq!(without, 2, "{exported}");
    let module = std::fs::read_to_string(desk.path("model.rs")).unwrap();
    assert!(module.contains("pub static FRONT: LogMel<64, 8>"), "{module}");
    let planned = desk.run("plan model.safetensors --board nucleo-f446re");
    // 2 × 256 + 8 for frames, 256 + 4 for the spectrogram; triangles, window and twiddle factors.
    assert!(planned.contains("writes it: 780 bytes of RAM and at\nmost 928 of flash"), "{planned}");
}

#[test]
fn a_front_end_is_for_the_data_and_the_network() {
    let desk = desk();
    for (words, part) in [
        (
            format!("--front-end {FRONT_END} --network 300-2"),
            "--front-end: recordings of 300 samples give 8 frames of 8 bands: 64 features, an image 1x8x8 or a \
             sequence 8x8, and the network takes 300",
        ),
        (
            format!("--front-end {FRONT_END},length=310 --network 64-2"),
            "shape [60, 300], but the front end takes recordings of 310 samples",
        ),
        (
            format!("--front-end {FRONT_END} --network 64-2 --scale 0.5"),
            "--scale is left out where",
        ),
        (
            format!("--front-end {FRONT_END} --network 64-2 --missing mean"),
            "--missing mean is for features of a table",
        ),
    ] {
        let error = desk.fails(&format!("train --data train.npz --epochs 1 {words}"));
        assert!(error.contains(part), "{words}: {error}");
    }
    let mut file = NpzWriter::new(File::create(desk.path("stereo.npz")).unwrap());
    file.add_array("x", &Array3::<i16>::zeros((4, 2, 150))).unwrap();
    file.add_array("y", &Array1::<i64>::zeros(4)).unwrap();
    file.finish().unwrap();
    let words = format!("--front-end {FRONT_END} --network 64-2 --epochs 1");
    let error = desk.fails(&format!("train --data stereo.npz {words}"));
    assert!(
        error.contains("shape [4, 2, 150], but a row is a recording of one channel"),
        "{error}"
    );
    // Bands that no bin is in, some or all.
    let words = FRONT_END.replace("bands=8", "bands=32");
    let said =
        desk.run(&format!("train --data train.npz --front-end {words} --network 256-2 --epochs 1"));
    assert!(said.contains("hear nothing"), "{said}");
    let words = format!("--front-end {FRONT_END},window=hann:1 --network 64-2");
    let error = desk.fails(&format!("train --data train.npz {words} --epochs 1"));
    assert!(error.contains("the same for silence and for a click"), "{error}");
    let error = desk.fails(&format!("train --data - --front-end {FRONT_END} --network 64-2"));
    assert!(error.contains("length=16000 says how many samples a recording has"), "{error}");
}

/// What goes to standard error, if the command succeeds.
fn complaints(desk: &Desk, words: &str) -> String {
    let output = desk.output(words);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{words}: {error}");
    error
}

#[test]
fn recordings_in_another_unit_are_pointed_out_wherever_they_are_read() {
    let desk = Desk::new();
    // A line for each recording: its samples, times a factor, and its class.
    let table = |factor: f32| -> String {
        let line = |row: usize| {
            let sample =
                |at: usize| (factor * ((at * (row % 2 + 1)) % 9) as f32 - factor).to_string();
            (0..32).map(|at| sample(at) + ",").collect::<String>() + ["low\n", "high\n"][row % 2]
        };
        (0..12).map(line).collect()
    };
    desk.file("whole.csv", &table(100.0));
    desk.file("fractions.csv", &table(0.125));
    // A recording of silence and clicks.
    let ones = |row: usize| format!("{}{}\n", "0,1,-1,0,".repeat(8), ["low", "high"][row % 2]);
    desk.file("ones.csv", &(0..12).map(ones).collect::<String>());
    let train = |file: &str, samples: &str| {
        format!(
            "train --data {file} --front-end powers,sample_rate=100,fft=16,samples={samples} --network 27-2 --epochs 1 \
             --standardize --output {samples}.safetensors"
        )
    };
    let whole = "whole.csv: recordings are whole numbers of 16 bits, up to 700, and the front end has samples=f32";
    let said = complaints(&desk, &train("whole.csv", "f32"));
    assert_eq!(said.lines().filter(|line| line.contains(whole)).count(), 1, "{said}");
    assert!(said.contains("samples=i16 divides them"), "{said}");
    let ones =
        "ones.csv: no sample of the recordings is beyond 1, and the front end has samples=i16";
    let said = complaints(&desk, &train("ones.csv", "i16"));
    assert!(
        said.contains(ones) && said.contains("samples=f32 takes numbers as they are"),
        "{said}"
    );
    let error = desk.fails(&train("fractions.csv", "i16"));
    assert!(error.contains("-0.125 is no whole number of 16 bits"), "{error}");
    assert!(error.contains("samples=f32 takes numbers as they are"), "{error}");
    for (file, samples) in [("fractions.csv", "f32"), ("ones.csv", "f32"), ("whole.csv", "i16")] {
        let said = complaints(&desk, &train(file, samples));
        assert!(!said.contains("warning"), "{file}: {said}");
    }
    // The last of each was trained on the right unit.
    for words in [
        "evaluate i16.safetensors ones.csv",
        "predict i16.safetensors ones.csv --label 33",
        "rehearse i16.safetensors --data ones.csv",
        "board install i16.safetensors ones.csv",
        "board evaluate ones.csv",
        "board learn ones.csv",
        "board predict ones.csv --label 33",
    ] {
        let said = complaints(&desk, words);
        assert!(said.contains(ones), "{words}: {said}");
    }
}

#[test]
fn a_column_that_counts_samples_is_pointed_out() {
    let desk = Desk::new();
    let mut text = "id,a,b,c,d,kind\n".to_owned();
    (0..12).for_each(|row| text += &format!("{row},0.5,{},3,{},{}\n", row % 5, row % 3, row % 2));
    desk.file("ids.csv", &text);
    let train =
        |words: &str| complaints(&desk, &format!("train --data ids.csv --epochs 1 {words}"));
    let warning = "warning: ids.csv: column id counts the samples, and is read as those beside it are: --drop id leaves it out";
    assert_eq!(train("--network 5-2").trim_end().lines().next(), Some(warning));
    assert!(!train("--network 4-2 --drop id").contains("warning"));
    // Sixteen samples, of which the first is the number.
    let samples = |row: usize| (0..16).map(|at| format!(",{}", (at * row) % 7)).collect::<String>();
    let line = |row: usize| format!("{}{},{}\n", row + 1, samples(row), row % 2);
    let header: String = (0..16).map(|at| format!(",t{at}")).collect();
    desk.file("ids.csv", &(format!("nr{header},kind\n") + &(0..12).map(line).collect::<String>()));
    let front_end = "--front-end powers,sample_rate=100,fft=16,samples=i16 --network 9-2";
    let said = train(front_end);
    assert!(said.contains("column nr counts the samples") && said.contains("--drop nr"), "{said}");
    // A column counts once, by its name and its number.
    for drop in ["--drop nr", "--drop nr --drop 1", "--drop 1 --drop nr --header"] {
        let output = desk.run(&format!("train --data ids.csv --epochs 1 {front_end} {drop}"));
        assert!(output.contains("16 samples give 1 frames of 9"), "{drop}: {output}");
    }
    let error = desk.fails(&format!("train --data ids.csv --epochs 1 {front_end} --drop 99"));
    assert!(error.contains("there is no column `99`"), "{error}");
}

/// Columns that are no samples are not counted: the class, and whose a recording is.
#[test]
fn tables_say_how_long_recordings_are() {
    let desk = Desk::new();
    let (recordings, classes) = tones(24, &mut Random::new(6));
    let mut text = String::new();
    (0..40).for_each(|at| text += &format!("t{at},"));
    text.push_str("who,pitch\n");
    for (row, (recording, class)) in recordings.chunks(LENGTH).zip(classes).enumerate() {
        recording[..40].iter().for_each(|sample| text += &format!("{sample},"));
        let (who, pitch) = (["ann", "ben"][row / 2 % 2], ["low", "high"][class as usize]);
        text += &format!("{who},{pitch}\n");
    }
    desk.file("tones.csv", &text);
    let front_end = "--front-end magnitudes,sample_rate=8000,fft=32,samples=f32,hop=8";
    let network = "--network \"17x2 > conv 3 1, relu, flatten, dense 2\" --standardize --epochs 1";
    let said = desk.run(&format!(
        "train --data tones.csv --drop who --drop who {front_end} {network} --output model.safetensors"
    ));
    assert!(said.contains("40 samples give 2 frames of 17, 34 features"), "{said}");
    desk.run("evaluate model.safetensors tones.csv --drop who");
    let rehearsed =
        desk.run(&format!("rehearse --data tones.csv --by who --retrain {front_end} {network}"));
    assert!(rehearsed.contains("ben"), "{rehearsed}");
    let from_file = desk.run("rehearse model.safetensors --data tones.csv --by who");
    assert!(from_file.contains("ben"), "{from_file}");
    // Normal tones alone have no column of labels.
    let table =
        text.lines().map(|line| line.split(',').take(40).collect::<Vec<_>>().join(",") + "\n");
    desk.file("normal.csv", &table.collect::<String>());
    let said = desk.run(&format!(
        "train --data normal.csv --task anomalies --hold-out 0.5 {front_end} --network 34-4-34 --standardize --epochs 1"
    ));
    assert!(said.contains("40 samples give 2 frames of 17, 34 features"), "{said}");
}
