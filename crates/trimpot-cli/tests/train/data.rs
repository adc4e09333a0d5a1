//! What goes in: data and options.

use std::fs;
use std::io::Write;
use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::{NpzWriter, WritableElement, WriteDataError};
use trimpot::layer::{Dense, Relu};
use trimpot::metric::argmax;
use trimpot_model::file;

use super::{failed, folder, said};

/// Text as NumPy keeps it: six characters, with zeros at the end.
struct Text(&'static str);

impl WritableElement for Text {
    fn type_descriptor() -> py_literal::Value {
        py_literal::Value::String("<U6".to_owned())
    }

    fn write<W: Write>(&self, mut writer: W) -> Result<(), WriteDataError> {
        let codes = self.0.chars().map(u32::from).chain(std::iter::repeat(0)).take(6);
        codes.map(u32::to_le_bytes).try_for_each(|code| Ok(writer.write_all(&code)?))
    }

    fn write_slice<W: Write>(slice: &[Self], mut writer: W) -> Result<(), WriteDataError> {
        slice.iter().try_for_each(|text| text.write(&mut writer))
    }
}

#[test]
fn classes_can_have_names() {
    let (_folder, file) = folder();
    let rows = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let names = ["Hund", "Käfer", "Äffin", "Hund"];
    let table = |label: &dyn Fn(usize) -> String| {
        let row = |(row, [x, y]): (usize, &[f32; 2])| format!("{x},{y},{}\n", label(row));
        rows.iter().enumerate().map(row).collect::<String>()
    };
    fs::write(file("names.csv"), format!("x,y,species\n{}", table(&|row| names[row].to_owned())))
        .unwrap();
    // In the order of code points: Hund, Käfer, Äffin.
    fs::write(file("numbers.csv"), table(&|row| [0, 1, 2, 0][row].to_string())).unwrap();
    let mut npz = NpzWriter::new(fs::File::create(file("names.npz")).unwrap());
    npz.add_array("x", &Array2::from(rows.to_vec())).unwrap();
    npz.add_array("y", &Array1::from_iter(names.map(Text))).unwrap();
    npz.finish().unwrap();

    let options = "--network 2-8-3 --epochs 300 --learning-rate 0.05 --batch 4 --average 0.9";
    let train = |data: &str| {
        let model = file(&format!("{data}.safetensors"));
        let text = said(&format!(
            "{options} --data {} --output {}",
            file(data).display(),
            model.display()
        ));
        let average = file(&format!("{data}.average.safetensors"));
        assert_eq!(file::classes(&model).unwrap(), file::classes(average).unwrap());
        (text, model)
    };
    type Small = trimpot::network!(Dense<2, 8>, Relu, Dense<8, 3>; from 2);
    let network = |model: &Path| -> Small { file::load(model).unwrap() };
    let (text, numbered) = train("numbers.csv");
    assert!(!text.contains("classes:"), "{text}");
    assert!(file::classes(&numbered).unwrap().is_empty());
    for data in ["names.csv", "names.npz"] {
        let (text, named) = train(data);
        assert!(text.contains("\nclasses: Hund, Käfer, Äffin\n"), "{text}");
        assert_eq!(network(&named).parameters(), network(&numbered).parameters());
        let classes = file::classes(&named).unwrap();
        for (row, name) in rows.iter().zip(names) {
            assert_eq!(classes[argmax(&network(&named).predict::<f32>(row))], name);
        }
    }

    let error = failed(
        &format!("--network 2-8-3 --data {} --loss mse --targets 3", file("names.npz").display()),
        1,
    );
    assert!(error.contains("array `y` has shape [4], but 3 numbers are wanted"), "{error}");
    let one = "--network 2-1 --loss mse --targets 1";
    let error = failed(&format!("{one} --data {}", file("names.npz").display()), 1);
    assert!(error.contains("array `y`, row 1: the targets are not numbers but text"), "{error}");
}

#[test]
fn tables_are_read_and_their_mistakes_are_named() {
    let (_folder, file) = folder();
    let csv = file("data.csv");
    let with = |text: &str| {
        fs::write(&csv, text).unwrap();
        format!("--data {} --epochs 200 --learning-rate 0.05 --batch 4", csv.display())
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
        (
            "a,b,c\nok,0,1\n",
            "line 2, column 1: `ok` is no finite number; the label is the last column, unless --label NAME says \
             another; --drop NAME leaves a column out",
        ),
        ("a,b,c\n0,1.0.1,0\n", "line 2, column 2: `1.0.1` is no finite number\n"),
        ("0,0,0\n0,0,2\n", "line 2: class 2, but with 2 outputs classes are 0 to 1"),
        ("a,b,c\n", "it has no samples"),
        (
            "a,b,c\n0,0,cat\n0,1,7\n",
            "line 3: class `7`, but line 2 has `cat`; classes are all numbers or all names",
        ),
        (
            "0,0,cat\n0,1,dog\n1,0,eel\n",
            "its classes have 3 names (cat, dog, eel), but the network's outputs (2) are for 2 classes",
        ),
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
        ("--network 64-10 --loss ctc", 2, "ctc needs sequences. Possible are mse, "),
        ("--network 64-10 --momentum 0.9", 1, "--momentum is for --optimizer sgd alone"),
        ("--network 64-10 --dropout 1", 2, "it must be a number in [0, 1)"),
        ("--network 64-10 --patience 3", 1, "--patience needs --hold-out"),
        ("--network 64-10 --resume", 2, "--checkpoint"),
        (
            "--network 64-10 --output none/model",
            1,
            "cannot write --output none/model: there is no folder none",
        ),
        ("--network 64-10 --optimizer adm", 2, "adam"),
        ("--network 64-10 --metrics m.txt", 2, "it must end in .csv or .json"),
        ("--network 64-10 --loss-option delta", 2, "it must be NAME=VALUE: delta=0.5, say"),
        (
            "--network 64-10 --loss huber --loss-option gamma=2",
            1,
            "--loss huber has no setting gamma. It has delta=1, unless said otherwise",
        ),
        (
            "--network 64-10 --loss quantile --loss-option quantile=1",
            1,
            "--loss quantile: quantile is 1, but must be in (0, 1)",
        ),
        (
            "--network 64-10 --loss-option class_weights=1,2,3",
            1,
            "--loss cross_entropy: 3 class_weights, but the network has 10 outputs",
        ),
        (
            "--network 64-10 --hold-out 0.0001",
            1,
            "--hold-out 0.0001 of 1,797 samples is less than half a sample",
        ),
        (
            "--network 64-10 --hold-out 0.9999",
            1,
            "--hold-out 0.9999 of 1,797 samples leaves nothing to learn from",
        ),
        ("--network 64-10 --header --no-header", 2, "cannot be used with"),
        ("--network 64-10 --separator 1", 2, "it must be one character that numbers do not have"),
        (
            "--network 64-10 --label 3",
            1,
            "--label, --drop, --separator and --header are for tables of text",
        ),
        ("--network 64-10 --schedule step --decay 2", 2, "it must be a number in (0, 1]"),
    ] {
        let error = failed(options, code);
        assert!(error.contains(part), "{options}: {error}");
    }
}

#[test]
fn an_option_that_changes_nothing_is_refused() {
    let (_folder, file) = folder();
    fs::write(file("a.csv"), "x,y,kind\n1,2,0\n2,1,1\n3,2,0\n").unwrap();
    let of_table = format!("--network 2-2 --data {}", file("a.csv").display());
    for (options, code, part) in [
        ("--network 64-10 --decay 0.5", 1, "--decay is for --schedule step or exponential, and"),
        (
            "--network 64-10 --schedule cosine --decay 0.5",
            1,
            "--decay is for --schedule step or exponential, and the schedule is cosine",
        ),
        (
            "--network 64-10 --schedule exponential --decay-every 3",
            1,
            "--decay-every is for --schedule step, and the schedule is exponential",
        ),
        (
            "--network 64-10 --schedule step --final-learning-rate 0.1",
            1,
            "--final-learning-rate is for --schedule cosine or linear, and the schedule is step",
        ),
        ("--network 64-10 --dropout 0.1", 1, "--dropout is between layers, and --network has one"),
        ("--network 64-10 --activation tanh", 1, "--activation is between layers, and --network"),
        ("--network 64-10 --average 0.9", 1, "--average is saved beside --output, and scored on"),
        (&format!("{of_table} --features x"), 1, "--features names an array of an .npz file, and"),
        (&format!("{of_table} --labels y"), 1, "--labels names an array of an .npz file, and"),
        (&format!("{of_table} --scale 0"), 2, "it must be a finite number other than 0"),
        (&format!("{of_table} --scale NaN"), 2, "it must be a finite number other than 0"),
        (&format!("{of_table} --scale inf"), 2, "it must be a finite number other than 0"),
        (&format!("{of_table} --normal 0"), 1, "--normal is where anomalies are detected"),
    ] {
        let error = failed(options, code);
        assert!(error.contains(part), "{options}: {error}");
    }
    // Where they change something, they are taken.
    said("--network 64-10 --epochs 1 --schedule step --decay 0.5 --decay-every 1");
    said(
        "--network 64-8-10 --epochs 1 --dropout 0.1 --activation tanh --average 0.9 --hold-out 0.1",
    );
}
