//! Files that the program reads, which may be anything: sizes that a file claims are compared with
//! those that it has, and with the memory of the machine, before memory is taken for them; and
//! reading ends.

mod header;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ndarray_npy::NpzReader;
use zip::ZipArchive;

use self::header::Header;
use crate::memory;

/// The longest line of a table. One of 65,536 numbers has about a million bytes.
const LINE: u64 = 1 << 26;

/// The share of memory that a table may take whose length is not known before: what becomes of it
/// is larger.
const STREAM: u64 = 8;

/// Returns all bytes of a file.
pub fn read(file: &Path) -> io::Result<Vec<u8>> {
    let (file, length) = open(file)?;
    memory::check(length).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file that is neither folder nor device nor pipe, and its length.
fn open(path: &Path) -> io::Result<(File, u64)> {
    // Before it is opened, because that would wait for the other end of a pipe.
    let kind = std::fs::metadata(path)?;
    if kind.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if !kind.is_file() {
        return Err(io::Error::other("it is a device, a pipe or a socket, not a file"));
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Returns a table in a file, or in a pipe that has the name of one. Reading it is an error where a
/// line does not end.
pub fn table(file: &Path) -> io::Result<Limited<File>> {
    if is_pipe(file) {
        return Ok(stream(File::open(file)?));
    }
    let (file, length) = open(file)?;
    memory::check(length.saturating_mul(STREAM)).map_err(io::Error::other)?;
    Ok(Limited { from: file, left: length, line: 0, is_whole: true })
}

#[cfg(unix)]
fn is_pipe(file: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(file).is_ok_and(|kind| kind.file_type().is_fifo())
}

/// Pipes are not in folders.
#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

/// Returns a table of unknown length, from a pipe, say. Reading it is an error after an eighth of
/// the memory that is free.
pub fn stream<R: Read>(from: R) -> Limited<R> {
    Limited { from, left: memory::available() / STREAM, line: 0, is_whole: false }
}

/// Text of limited length, with lines of limited length.
#[derive(Debug)]
pub struct Limited<R> {
    from: R,
    left: u64,
    /// Bytes since the last line began.
    line: u64,
    /// Whether the text ends where the limit is.
    is_whole: bool,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && self.is_whole {
            return Ok(0);
        }
        let most = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX).max(1));
        let count = self.from.read(&mut bytes[..most])?;
        let taken = &bytes[..count];
        if count as u64 > self.left {
            return Err(io::Error::other("it is longer than the memory that is free allows"));
        }
        self.left -= count as u64;
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        self.line = match taken.iter().rposition(is_end) {
            Some(end) => (count - end - 1) as u64,
            None => self.line + count as u64,
        };
        if self.line > LINE {
            return Err(io::Error::other(format!("a line has more than {LINE} bytes")));
        }
        Ok(count)
    }
}

/// Opens an `.npz` file, of which these arrays are going to be read: those that it has are as large
/// as they claim to be, and there is memory for them, their numbers as `f32` beside them.
pub fn npz(file: &Path, arrays: &[&str]) -> Result<NpzReader<File>, String> {
    let (open, _) = open(file).map_err(text)?;
    let again = open.try_clone().map_err(text)?;
    let mut archive = ZipArchive::new(open).map_err(text)?;
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

#[cfg(test)]
mod tests;
