//! QEMU under control: its memory can be looked at while it runs, without the program's help.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::process::{Emulated, ICOUNT, Running};

/// A running program that logs nothing, and QEMU's control port (QMP).
pub struct Control {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The file that QEMU writes memory to.
    dump: PathBuf,
    _qemu: Running,
}

impl Control {
    /// Starts a program.
    pub fn start(machine: Emulated<'_>, program: &Path) -> Result<Self> {
        let mut qemu = machine.command(program);
        qemu.args(["-icount", ICOUNT, "-qmp", "stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut qemu = Running(qemu.spawn()?);
        let requests = qemu.0.stdin.take().context("stdin is a pipe")?;
        let answers = BufReader::new(qemu.0.stdout.take().context("stdout is a pipe")?);
        let dump = program.with_extension("memory");
        let mut control = Control { requests, answers, dump, _qemu: qemu };
        control.ask(json!({"execute": "qmp_capabilities"}))?;
        Ok(control)
    }

    /// Returns the words of memory from `address` to `end`.
    pub fn words(&mut self, address: u64, end: u64) -> Result<Vec<u32>> {
        let (size, file) = (end - address, &self.dump);
        let arguments = json!({"val": address, "size": size, "filename": file});
        self.ask(json!({"execute": "memsave", "arguments": arguments}))?;
        let bytes = fs::read(&self.dump)?;
        fs::remove_file(&self.dump)?;
        Ok(bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect())
    }

    /// Sends a request, and waits for its answer, passing over greetings and events.
    fn ask(&mut self, request: Value) -> Result<()> {
        writeln!(self.requests, "{request}")?;
        loop {
            let mut line = String::new();
            if self.answers.read_line(&mut line)? == 0 {
                bail!("QEMU has ended");
            }
            let answer: Value = serde_json::from_str(&line)?;
            if !answer["error"].is_null() {
                bail!("QEMU refused {request}: {}", answer["error"]["desc"]);
            }
            if !answer["return"].is_null() {
                return Ok(());
            }
        }
    }
}
