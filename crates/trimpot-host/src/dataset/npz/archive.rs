//! `.npz` files, before their arrays are read: sizes that a file claims are compared with those
//! that it has, and with the memory of the machine.

mod header;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ndarray_npy::NpzReader;
use trimpot_model::{memory, source};
use zip::ZipArchive;

use self::header::Header;

/// Opens an `.npz` file, of which these arrays are going to be read: those that it has are as large
/// as they claim to be, and there is memory for them, their numbers as `f32` beside them.
pub(super) fn open(file: &Path, arrays: &[&str]) -> Result<NpzReader<File>, String> {
    let (file, _) = source::open(file).map_err(text)?;
    let again = file.try_clone().map_err(text)?;
    let mut archive = ZipArchive::new(file).map_err(text)?;
    let mut needed: u64 = 0;
    for name in arrays {
        let bytes = array(&mut archive, name).map_err(|what| format!("array `{name}`: {what}"))?;
        needed = needed.saturating_add(bytes);
    }
    memory::check(needed).map_err(text)?;
    for name in arrays {
        full_length(&mut archive, name).map_err(|what| format!("array `{name}`: {what}"))?;
    }
    drop(archive);
    NpzReader::new(again).map_err(text)
}

/// Returns the bytes of memory that an array needs; 0, if there is no such array.
fn array(archive: &mut ZipArchive<File>, name: &str) -> Result<u64, String> {
    let Some(number) = number(archive, name) else { return Ok(0) };
    let mut entry = archive.by_index(number).map_err(text)?;
    let header = Header::read(&mut entry)?;
    let impossible = || format!("shape {:?} is too large for any memory", header.shape);
    let (expected, count) = header.length().zip(header.count()).ok_or_else(impossible)?;
    let claimed = entry.size().saturating_sub(header.bytes);
    if header.element().is_some() && expected != claimed {
        return Err(format!(
            "shape {:?} of `{}` takes {expected} bytes, but the file has {claimed}",
            header.shape, header.kind
        ));
    }
    // Deflate makes at most 1032 bytes of one.
    if entry.size() / 1032 > entry.compressed_size() {
        return Err("the file is shorter than it claims to be".to_owned());
    }
    Ok(claimed.saturating_add(count.saturating_mul(size_of::<f32>() as u64)))
}

/// Returns an error unless an array is as long as the archive claims that it is: a reader would
/// take memory for whatever comes.
fn full_length(archive: &mut ZipArchive<File>, name: &str) -> Result<(), String> {
    let Some(number) = number(archive, name) else { return Ok(()) };
    let entry = archive.by_index(number).map_err(text)?;
    let claimed = entry.size();
    // One byte more than there should be tells that there is more.
    let found = io::copy(&mut entry.take(claimed.saturating_add(1)), &mut io::sink());
    match found.map_err(text)? {
        found if found == claimed => Ok(()),
        found => Err(format!("the file claims {claimed} bytes, and {found} or more came")),
    }
}

/// Returns which entry a reader takes for an array.
fn number(archive: &ZipArchive<File>, name: &str) -> Option<usize> {
    archive.index_for_name(name).or_else(|| archive.index_for_name(&format!("{name}.npy")))
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
