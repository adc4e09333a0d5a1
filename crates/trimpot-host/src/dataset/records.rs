//! Records of a text table, one after the other, and what separates their columns.

use std::io::{self, Read};

use csv::StringRecord;

/// The records of a text. Lines without anything are none.
pub struct Records<R> {
    reader: csv::Reader<LineFeeds<io::Chain<R, &'static [u8]>>>,
}

impl<R: Read> Records<R> {
    /// Reads a text whose columns this separates.
    pub fn new(text: R, separator: u8) -> Self {
        let text = LineFeeds { text: text.chain(&b"\n"[..]), after_return: false };
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).trim(csv::Trim::All).delimiter(separator);
        Records { reader: reader.from_reader(text) }
    }

    /// Reads the next record, with the number of the line that it ends in; `false` if there is
    /// none.
    pub fn read(&mut self, record: &mut StringRecord) -> Result<bool, String> {
        while self.reader.read_record(record).map_err(|error| error.to_string())? {
            if record.len() > 1 || !record[0].is_empty() {
                let mut end = self.reader.position().clone();
                end.set_line(end.line() - 1);
                record.set_position(Some(end));
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Text whose lines all end with a line feed, so that the reader counts them.
struct LineFeeds<R> {
    text: R,
    after_return: bool,
}

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.text.read(buffer)?;
            let mut written = 0;
            for index in 0..read {
                let byte = buffer[index];
                let is_second = byte == b'\n' && self.after_return;
                self.after_return = byte == b'\r';
                if !is_second {
                    buffer[written] = if byte == b'\r' { b'\n' } else { byte };
                    written += 1;
                }
            }
            if written > 0 || read == 0 {
                return Ok(written);
            }
        }
    }
}

/// The line that a record ends in.
pub fn line(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

/// What separates the columns of a first line: the first of tab, semicolon and comma that makes as
/// many columns as are wanted, else the first that there is. So a decimal comma separates nothing.
pub fn separator(line: &[u8], wanted: usize) -> u8 {
    let end = line.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(line.len());
    let count = |separator: u8| {
        let mut quoted = false;
        let outside = line[..end].iter().filter(|&&byte| {
            quoted ^= byte == b'"';
            !quoted && byte == separator
        });
        outside.count()
    };
    let all = [b'\t', b';', b','];
    let fits = all.into_iter().find(|&separator| count(separator) + 1 == wanted && wanted > 1);
    let is_there = || all.into_iter().find(|&separator| count(separator) > 0);
    fits.or_else(is_there).unwrap_or(b',')
}
