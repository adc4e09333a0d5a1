//! Files of Keras.

use std::fs;
use std::io::{Cursor, Read, Write};

use trimpot_model::import::{self, Format, Precision, Request};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{compare_all, folder, layers};

/// Returns the names and bytes of an archive's entries.
pub(crate) fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let entry = |at| {
        let mut entry = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().to_owned(), bytes)
    };
    (0..ZipArchive::new(Cursor::new(bytes)).unwrap().len()).map(entry).collect()
}

/// Returns an archive with these entries, as Keras writes it: without compression.
pub(crate) fn archive(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in entries {
        zip.start_file(name.as_str(), stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Reads a golden model whose layers are said otherwise.
fn edited(file: &str, from: &str, to: &str) -> Result<import::Imported, import::ImportError> {
    let bytes = fs::read(folder("keras").join(file)).unwrap();
    let mut entries = entries(&bytes);
    let (_, config) = entries.iter_mut().find(|(name, _)| name == "config.json").unwrap();
    let text = String::from_utf8(config.clone()).unwrap();
    assert!(text.contains(from), "{file}: {text}");
    *config = text.replacen(from, to, 1).into_bytes();
    Format::Keras.read(&archive(&entries), &Request::default())
}

#[test]
fn networks_of_keras_compute_what_they_did() {
    compare_all("keras", 21);
}

#[test]
fn channels_and_what_is_left_out_are_said() {
    let notes = |file: &str| {
        import::read(&folder("keras").join(file), &Request::default()).unwrap().notes.join("\n")
    };
    let images = notes("images_small.keras");
    assert!(images.starts_with("samples are 2x9x8, channels first, and not 9x8x2"), "{images}");
    let sequences = notes("sequences_small.keras");
    assert!(sequences.contains("left out: spatial_dropout1d"), "{sequences}");
    assert!(sequences.contains("without a bias, which is 0 now, and is trained: separable_conv1d"));
    assert!(notes("float16_small.keras").starts_with("F16, converted to f32: layers/dense/vars/0"));
    assert_eq!(
        notes("vectors.h5"),
        "does something in training only, and is left out: gaussian_noise"
    );
}

#[test]
fn the_precision_is_that_of_numbers_and_of_what_layers_compute_in() {
    for (file, precision) in [
        ("dense.keras", Precision::F32),
        ("float64_small.keras", Precision::F32),
        ("float16_small.keras", Precision::F16),
    ] {
        let imported = import::read(&folder("keras").join(file), &Request::default()).unwrap();
        assert_eq!(imported.precision, precision, "{file}");
    }
    let policy = |name: &str| {
        format!(
            "\"name\": \"dense\", \"trainable\": true, \"dtype\": {{\"module\": \"keras\", \
             \"class_name\": \"DTypePolicy\", \"config\": {{\"name\": \"{name}\"}}"
        )
    };
    for (name, precision) in
        [("mixed_float16", Precision::F16), ("mixed_bfloat16", Precision::Bf16)]
    {
        let imported = edited("dense.keras", &policy("float32"), &policy(name)).unwrap();
        assert_eq!(imported.precision, precision, "{name}");
    }
}

#[test]
fn what_there_is_no_layer_for_names_its_layer_and_class() {
    for (file, from, to, text) in [
        (
            "dense.keras",
            "\"tanh\"",
            "\"selu\"",
            "Dense: there is no layer for the activation \"selu\"",
        ),
        (
            "dense.keras",
            "\"class_name\": \"Softmax\"",
            "\"class_name\": \"PReLU\"",
            "`softmax`: PReLU: there is no layer",
        ),
        (
            "images_small.keras",
            "channels_last",
            "channels_first",
            "`conv2d`: Conv2D: a `data_format` of channels_first",
        ),
        (
            "paddings_small.keras",
            "\"pool_size\": [2, 1], \"padding\": \"valid\"",
            "\"pool_size\": [4, 1], \"padding\": \"same\"",
            "AveragePooling2D: with a `padding` of same",
        ),
        (
            "images_small.keras",
            "\"axis\": -1",
            "\"axis\": 1",
            "BatchNormalization: there is no layer for a `axis` of 1",
        ),
        (
            "dense.keras",
            "\"batch_shape\": [null, 6]",
            "\"batch_shape\": [null, null]",
            "it does not say what shape",
        ),
        (
            "dense.keras",
            "\"batch_shape\": [null, 6]",
            "\"batch_shape\": [null, 7]",
            "6 numbers are not for 7 channels",
        ),
        (
            "dense.keras",
            "\"units\": 5",
            "\"units\": 1000000000000",
            "Dense: its `units` is 1000000000000, but its numbers have 5",
        ),
        ("dense.keras", "\"units\": 5", "\"units\": -5", "its `units` is -5, but"),
        (
            "images_small.keras",
            "\"kernel_size\": [3, 3]",
            "\"kernel_size\": [3, 2]",
            "Conv2D: its `kernel_size` is 3x2, but its numbers have 3x3",
        ),
        ("images_small.keras", "\"filters\": 4", "\"filters\": 6", "its `filters` is 6, but"),
        (
            "norms_small.keras",
            "\"axis\": [-1]",
            "\"axis\": [0]",
            "LayerNormalization: there is no layer for a `axis` of [0]",
        ),
        (
            "norms_small.keras",
            "\"rms_scaling\": false",
            "\"rms_scaling\": true",
            "LayerNormalization: there is no layer for a `rms_scaling` of true",
        ),
        ("residuals_small.keras", "[\"conv2d_1\", 0, 0]", "[\"conv2d\", 0, 0]", "other branches"),
    ] {
        let error = edited(file, from, to).unwrap_err().to_string();
        assert!(error.contains(text), "{file}, {to}: {error}");
    }
    let folder = folder("keras");
    let network = Some(layers("6-5-3"));
    let other = Request { network, ..Request::default() };
    let error = import::read(&folder.join("dense.keras"), &other).unwrap_err().to_string();
    assert!(error.contains("the file says what its layers are"), "{error}");
    let read = |name: &str, bytes: &[u8]| {
        Format::of(bytes, Some(name)).unwrap().read(bytes, &Request::default())
    };
    let bytes = fs::read(folder.join("dense.keras")).unwrap();
    let entries = entries(&bytes);
    let error = read("keras", &archive(&entries[..2])).unwrap_err().to_string();
    assert!(error.contains("`model.weights.h5`: it is not in the archive"), "{error}");
    let weights = entries.into_iter().find(|(name, _)| name == "model.weights.h5").unwrap().1;
    let error = read("h5", &weights).unwrap_err().to_string();
    assert!(error.contains("a file of save_weights has numbers only"), "{error}");
}

/// HDF5 whose root has an attribute of types inside of types, as deep as a message has room for.
#[test]
fn types_inside_of_types_do_not_overflow_the_stack() {
    const LEVELS: u16 = 8_000;
    let mut file = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0\0\0\0\0".to_vec();
    let message = 8 + 8 + LEVELS * 8 + 8;
    let end = 96 + 16 + 8 + u64::from(message);
    let root = [0, u64::MAX, end, u64::MAX, 0, 96, 0, 0, 0];
    file.extend(root.into_iter().flat_map(u64::to_le_bytes));
    // The header of the root, and that of its message, which is an attribute.
    file.extend([1, 0, 1, 0, 1, 0, 0, 0]);
    file.extend((u64::from(message) + 8).to_le_bytes());
    file.extend([12, 0].into_iter().chain(message.to_le_bytes()).chain([0; 4]));
    file.extend([1, 0, 2, 0].into_iter().chain((LEVELS * 8).to_le_bytes()).chain([8, 0]));
    file.extend(*b"a\0\0\0\0\0\0\0");
    // Each a type of sequences of the next.
    file.extend([0x19, 0, 0, 0, 16, 0, 0, 0].repeat(usize::from(LEVELS)));
    file.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(file.len() as u64, end);
    let error = Format::Hdf5.read(&file, &Request::default()).unwrap_err().to_string();
    assert!(error.starts_with("`/`: "), "{error}");
}
