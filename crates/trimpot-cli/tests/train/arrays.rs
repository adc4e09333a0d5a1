//! Arrays of all types that NumPy has for numbers and text.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::{NpzWriter, WritableElement, WriteDataError};

use super::{failed, folder, said};

macro_rules! element {
    ($name:ident, $kind:literal, $number:ty, $bytes:expr) => {
        /// An element as NumPy writes it.
        #[derive(Clone, Copy)]
        struct $name($number);

        impl WritableElement for $name {
            fn type_descriptor() -> py_literal::Value {
                py_literal::Value::String($kind.to_owned())
            }

            fn write<W: Write>(&self, mut writer: W) -> Result<(), WriteDataError> {
                Ok(writer.write_all(&$bytes(self.0))?)
            }

            fn write_slice<W: Write>(slice: &[Self], mut writer: W) -> Result<(), WriteDataError> {
                slice.iter().try_for_each(|element| element.write(&mut writer))
            }
        }
    };
}
element!(Half, "<f2", u16, u16::to_le_bytes);
element!(BigHalf, ">f2", u16, u16::to_be_bytes);
element!(BigText, ">U1", char, |letter: char| u32::from(letter).to_be_bytes());
element!(Complex, "<c8", [f32; 2], |parts: [f32; 2]| [
    parts[0].to_le_bytes(),
    parts[1].to_le_bytes()
]
.concat());
element!(Bytes, "|S1", u8, |byte: u8| [byte]);

const CLASSES: [usize; 6] = [0, 2, 1, 1, 0, 2];

fn rows() -> Array2<f32> {
    Array2::from_shape_fn((6, 2), |(row, column)| {
        [[0.5, -1.0], [1.0, 2.0], [-1.5, 0.25]][CLASSES[row]][column]
    })
}

fn write(file: &Path) {
    let mut npz = NpzWriter::new(File::create(file).unwrap());
    let x = rows();
    npz.add_array("x", &x).unwrap();
    let half = |number: f32| half::f16::from_f32(number).to_bits();
    npz.add_array("half", &x.mapv(|number| Half(half(number)))).unwrap();
    npz.add_array("big_half", &x.mapv(|number| BigHalf(half(number)))).unwrap();
    npz.add_array("complex", &x.mapv(|number| Complex([number, 0.0]))).unwrap();
    let mut gap = x;
    gap[[3, 1]] = f32::NAN;
    npz.add_array("gap", &gap).unwrap();
    let y = Array1::from(CLASSES.to_vec());
    npz.add_array("y", &y.mapv(|class| class as i64)).unwrap();
    npz.add_array("floats", &y.mapv(|class| class as f64)).unwrap();
    npz.add_array("text", &y.mapv(|class| BigText(['a', 'b', 'c'][class]))).unwrap();
    npz.add_array("bytes", &y.mapv(|class| Bytes(b'a' + class as u8))).unwrap();
    let one_hot = Array2::from_shape_fn((6, 3), |(row, column)| CLASSES[row] == column);
    npz.add_array("truth_one_hot", &one_hot).unwrap();
    npz.add_array("one_hot", &one_hot.mapv(i32::from)).unwrap();
    npz.add_array("multi_hot", &one_hot.mapv(|_| 1_u8)).unwrap();
    npz.add_array("truth", &y.mapv(|class| class > 0)).unwrap();
    npz.add_array(
        "two_hot",
        &Array2::from_shape_fn((6, 2), |(row, column)| (CLASSES[row] > 0) == (column > 0)),
    )
    .unwrap();
    npz.add_array("signs", &y.mapv(|class| class as f32 - 1.0)).unwrap();
    npz.finish().unwrap();
}

#[test]
fn arrays_of_every_type_are_read() {
    let (_folder, file) = folder();
    write(&file("d.npz"));
    let losses = |options: &str| {
        let text = said(&format!("--epochs 5 --data {} {options}", file("d.npz").display()));
        let lines = text.lines().filter(|line| line.starts_with("epoch "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = losses("--network 2-3");
    for options in [
        "--features half",
        "--features big_half",
        "--labels floats",
        "--labels text",
        "--labels one_hot",
        "--labels truth_one_hot",
    ] {
        assert_eq!(losses(&format!("--network 2-3 {options}")), expected, "{options}");
    }
    let two = losses("--network 2-2 --labels truth");
    assert_eq!(losses("--network 2-2 --labels two_hot"), two);
    let one = "--network 2-1 --loss bce_with_logits --labels";
    assert_eq!(losses(&format!("{one} truth")), losses(&format!("{one} two_hot")));
    // As numbers, they are no classes.
    let numbers = losses("--network 2-3 --loss mse --targets 3 --labels one_hot");
    assert_eq!(losses("--network 2-3 --loss mse --targets 3 --labels truth_one_hot"), numbers);
}

#[test]
fn what_cannot_be_read_names_its_type_and_its_place() {
    let (_folder, file) = folder();
    write(&file("d.npz"));
    for (options, part) in [
        ("--features complex", "array `complex` is of type `<c8`; read are integers, "),
        ("--labels bytes", "array `bytes` is of type `|S1`; read are integers, "),
        ("--features text", "array `text` is of type `>U1`; read are integers, "),
        ("--labels multi_hot", "array `multi_hot`, row 1: a class is a single 1 among zeros"),
        (
            "--labels two_hot",
            "array `two_hot` has shape [6, 2], but one class, or one number for each of 3",
        ),
        ("--features gap", "array `gap`, row 4, column 2: a value is missing; --missing mean "),
        ("--labels signs", "array `signs`, row 1: class -1, but with 3 outputs classes are 0 to 2"),
    ] {
        let error =
            failed(&format!("--network 2-3 --data {} {options}", file("d.npz").display()), 1);
        assert!(error.contains(part), "{options}: {error}");
    }
    let with = |missing: &str| {
        let data = file("d.npz");
        said(&format!("--network 2-3 --features gap --missing {missing} --data {}", data.display()))
    };
    assert!(with("drop").contains(", 5 samples\nleft out, because a value is missing: 1\n"));
    // The mean of 0.5 … without the one of row 4.
    let mean = (-1.0 + 0.25 + 2.0 - 1.0 + 0.25) / 5.0;
    let text = with("mean");
    assert!(
        text.contains(&format!("feature 2: missing in 1 sample, which gets its mean, {mean}\n")),
        "{text}"
    );
}
