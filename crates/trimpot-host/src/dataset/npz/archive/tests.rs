use std::io::Write;
use std::path::PathBuf;

use tempfile::{TempDir, tempdir};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// Returns an array as NumPy writes it, with this dictionary and these bytes.
fn npy(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x02\x00".to_vec();
    file.extend((dictionary.len() as u32).to_le_bytes());
    file.extend(dictionary.as_bytes());
    file.extend(bytes);
    file
}

fn of_kind(kind: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    npy(&format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n"), bytes)
}

/// Returns a file with an array `x`, and what opening it for that array says.
fn open_with(x: &[u8]) -> Result<(), String> {
    let (_folder, file) = archive(|zip, options| {
        zip.start_file("x.npy", options).unwrap();
        zip.write_all(x).unwrap();
    });
    open(&file, &["x", "none"]).map(drop)
}

fn archive(write: impl FnOnce(&mut ZipWriter<File>, SimpleFileOptions)) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("data.npz");
    let mut zip = ZipWriter::new(File::create(&file).unwrap());
    write(&mut zip, SimpleFileOptions::default());
    zip.finish().unwrap();
    (folder, file)
}

#[test]
fn an_array_that_is_as_large_as_it_claims_is_read() {
    for (kind, shape, bytes) in [
        ("<f4", "(2, 3)", 24),
        (">i8", "(4,)", 32),
        ("|b1", "(3,)", 3),
        ("<f2", "()", 2),
        ("<U5", "(2,)", 40),
        ("<f4", "(0, 7)", 0),
        ("<M8[ns]", "(2,)", 16),
        // What it is, another one finds out.
        ("|O", "(2,)", 100),
    ] {
        open_with(&of_kind(kind, shape, &vec![0; bytes])).unwrap();
    }
    open_with(&npy("{\"shape\":(1,),\"descr\":\"<f4\",\"fortran_order\":True}", &[0; 4])).unwrap();
}

#[test]
fn a_shape_that_lies_is_an_error_before_memory_is_taken_for_it() {
    for (kind, shape, part) in [
        ("<f4", "(1000000000000, 2)", "takes 8000000000000 bytes, but the file has 8"),
        ("|u1", "(10000000000, 2)", "takes 20000000000 bytes, but the file has 8"),
        ("<f4", "(4, 2)", "takes 32 bytes, but the file has 8"),
        ("<f4", "(1, 1)", "takes 4 bytes, but the file has 8"),
        ("<f4", "(4611686018427387904, 2)", "is too large for any memory"),
        ("<f4", "(9223372036854775808, 9223372036854775808)", "is too large for any memory"),
        ("<f4", "(0, 1099511627776, 1099511627776)", "is too large for any memory"),
        ("<U999999999999999", "(4,)", "takes 15999999999999984 bytes"),
        ("<U4611686018427387904", "(4,)", "is too large for any memory"),
        ("<f4", "(18446744073709551616, 2)", "its header cannot be read from `184467"),
        ("<f4", "(-4, 2)", "its header cannot be read from `-4, 2)"),
        ("<f4", "((((", "its header cannot be read from `((("),
    ] {
        let error = open_with(&of_kind(kind, shape, &[0; 8])).unwrap_err();
        assert!(error.starts_with("array `x`: ") && error.contains(part), "{shape}: {error}");
    }
}

#[test]
fn a_header_that_is_none_is_an_error() {
    let nested = |bracket: &str| format!("{{'descr': {}", bracket.repeat(30_000));
    for (file, part) in [
        (npy(&nested("("), &[]), "its header cannot be read from `((("),
        (npy(&nested("["), &[]), "its elements are records"),
        (npy(&"{".repeat(5000), &[]), "its header cannot be read from `{{{"),
        (npy("{'descr': '<f4', 'fortran_order': False}", &[]), "its header has no `shape`"),
        (npy(&" ".repeat(70_000), &[]), "its header has 70000 bytes"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{".to_vec(), "its header has 4294967295 bytes"),
        (b"\x93NUMPY\x01\x00\xff\x00{".to_vec(), "its header is cut off"),
        (b"\x93NUMPY\x09\x00\x10\x00{}".to_vec(), "version 9 of NumPy's format"),
        (b"PK".to_vec(), "it is no array"),
        (npy("{'descr': '<f4\u{ff}', 'shape': (1,)}", &[0; 4]), ""),
    ] {
        let error = open_with(&file).err().unwrap_or_default();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_compressed_array_that_goes_on_is_an_error() {
    let (_folder, file) = archive(|zip, options| {
        zip.start_file("x.npy", options.compression_method(zip::CompressionMethod::Deflated))
            .unwrap();
        zip.write_all(&of_kind("<f4", "(1,)", &[0; 10_000_000])).unwrap();
    });
    let error = open(&file, &["x"]).map(drop).unwrap_err();
    assert!(error.contains("takes 4 bytes, but the file has 10000000"), "{error}");
    // The archive lies as well: both of its directories say 4 bytes.
    let mut bytes = std::fs::read(&file).unwrap();
    let header = of_kind("<f4", "(1,)", &[]).len() as u32;
    let (long, short) = ((header + 10_000_000).to_le_bytes(), (header + 4).to_le_bytes());
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == long).collect();
    assert_eq!(places.len(), 2);
    places.iter().for_each(|&at| bytes[at..at + 4].copy_from_slice(&short));
    std::fs::write(&file, bytes).unwrap();
    let error = open(&file, &["x"]).map(drop).unwrap_err();
    assert!(error.starts_with("array `x`: "), "{error}");
}

#[cfg(unix)]
#[test]
fn a_device_that_never_ends_is_refused() {
    let folder = tempdir().unwrap();
    let link = folder.path().join("data.npz");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    let error = open(&link, &["x"]).map(drop).unwrap_err();
    assert!(error.contains("it is a device"), "{error}");
}
