//! Files that the program reads, which may be anything: sizes that a file claims are compared with
//! those that it has, and with the memory of the machine, before memory is taken for them; and
//! reading ends.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::memory;

/// The longest line of a table. One of 65,536 numbers has about a million bytes.
const LINE: u64 = 1 << 26;

/// The share of memory that a table may take whose length is not known before: what becomes of it
/// is larger.
const STREAM: u64 = 8;

/// Returns all bytes of a file.
///
/// # Errors
/// If the file cannot be read, or is larger than any model.
pub fn read(file: &Path) -> io::Result<Vec<u8>> {
    let (file, length) = open(file)?;
    memory::check(length).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file that is neither folder nor device nor pipe. Returns it, and its length.
///
/// # Errors
/// If the file cannot be opened, or is no file.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
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
///
/// # Errors
/// If the file cannot be opened, or is too large.
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

#[cfg(test)]
mod tests;
