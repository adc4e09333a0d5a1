//! Feeds arbitrary bytes to the reader of Keras's files.
//!
//! The first byte chooses HDF5, an archive, or one that is made of layers and HDF5 behind them, since an
//! archive has a checksum of each entry. No file may make the reader panic,
//! or take more memory than its numbers.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use trimpot_model::import::{Format, Request};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Returns an archive of these layers and numbers.
fn archive(config: &[u8], weights: &[u8]) -> Option<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let entries =
        [("metadata.json", &b"{}"[..]), ("config.json", config), ("model.weights.h5", weights)];
    for (name, bytes) in entries {
        zip.start_file(name, SimpleFileOptions::default()).ok()?;
        zip.write_all(bytes).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, bytes)) = bytes.split_first() else { return };
    let request = Request::default();
    let _ = match kind % 3 {
        0 => Format::Hdf5.read(bytes, &request),
        1 => Format::Keras.read(bytes, &request),
        _ => {
            // Layers end where HDF5 begins.
            let at = bytes.windows(4).position(|four| four == b"\x89HDF").unwrap_or(bytes.len());
            let (config, weights) = bytes.split_at(at);
            let Some(archive) = archive(config, weights) else { return };
            Format::Keras.read(&archive, &request)
        }
    };
});
