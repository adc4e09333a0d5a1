//! What the firmware logs.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use defmt_decoder::{DecodeError, StreamDecoder, Table};

/// A message of the firmware.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// `error`, `warn`, `info`, `debug`, `trace`, or nothing.
    pub level: &'static str,
    /// What it says.
    pub text: String,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:5} {}", self.level, self.text)
    }
}

/// Returns the messages that a program knows.
pub(super) fn table(program: &Path) -> Result<Table> {
    let table = Table::parse(&fs::read(program)?)?;
    table.with_context(|| format!("{} logs nothing", program.display()))
}

/// Makes text of what a program logs.
pub(super) struct Log<'t> {
    decoder: Box<dyn StreamDecoder + Send + Sync + 't>,
}

impl<'t> Log<'t> {
    /// Creates a log of the program of this table.
    pub(super) fn new(table: &'t Table) -> Self {
        Log { decoder: table.new_stream_decoder() }
    }

    /// Returns the messages that are complete with these bytes.
    pub(super) fn messages(&mut self, bytes: &[u8]) -> Result<Vec<Message>> {
        self.decoder.received(bytes);
        let mut messages = Vec::new();
        loop {
            match self.decoder.decode() {
                Ok(frame) => messages.push(Message {
                    level: frame.level().map_or("", |level| level.as_str()),
                    text: frame.display_message().to_string(),
                }),
                Err(DecodeError::UnexpectedEof) => return Ok(messages),
                Err(DecodeError::Malformed) => bail!("the log is of another build"),
            }
        }
    }
}
