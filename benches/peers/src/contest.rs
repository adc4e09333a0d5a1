//! Runs the contest: starts the contenders, and times them in turn.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Line, lines};
use crate::comparison::{Comparison, Entry, LOSSES, Sample, TRAINING};
use crate::isa::{self, Isa};
use crate::reference::Reference;
use crate::{data, report};

const IN_PYTHON: [&str; 5] = ["torch", "torch compiled", "jax", "jax scan", "sklearn"];

/// How long the contenders of a line take turns, together.
const TURNS: Duration = Duration::from_secs(8);
/// At least so many turns each.
const LEAST_TURNS: usize = 8;
/// How long one sample takes, if a single run is not longer.
const SAMPLE: Duration = Duration::from_millis(3);

/// Runs all lines whose name contains `only`, and writes the report.
pub fn run(folder: &Path, report: &Path, only: &str) -> Result<()> {
    let start = Instant::now();
    let mut workers = Vec::new();
    let mut results = Vec::new();
    for line in lines(folder).into_iter().filter(|line| line.case.name.contains(only)) {
        let entries = contest(&line, &mut workers)
            .with_context(|| format!("the line '{}'", line.case.name))?;
        fs::remove_dir_all(&line.case.folder)?;
        let result = Comparison { line, entries };
        println!("{}", report::summary(&result));
        results.push(result);
    }
    let instructions = instructions(&mut workers)?;
    fs::write(report, report::page(&results, &instructions, start.elapsed())?)?;
    for result in &results {
        if result.ours().is_none() {
            bail!("{}: Trimpot has no time", result.line.case.name);
        }
    }
    Ok(())
}

/// Returns what each contender says of the instructions that it uses, and what the kernel says.
fn instructions(workers: &mut [Worker]) -> Result<Vec<(&'static str, String)>> {
    let mut all: Vec<(&str, String)> = Vec::new();
    for worker in workers {
        if all.iter().any(|(name, _)| *name == worker.name) {
            continue;
        }
        let ready = worker.ready.context("it was never prepared")?;
        let seen = match isa::used_avx512(worker.process.id(), ready)? {
            Some(true) => "; used AVX-512",
            Some(false) => "; did not use AVX-512",
            None => "",
        };
        let answer = worker.ask(json!({ "instructions": null }))?;
        let text = answer.get("instructions").and_then(Value::as_str).context("no instructions")?;
        all.push((worker.name, format!("{text}{seen}")));
    }
    Ok(all)
}

fn contest(line: &Line, workers: &mut Vec<Worker>) -> Result<Vec<(&'static str, Entry)>> {
    data::write(&line.case)?;
    let reference = Reference::of(&line.case)?;
    let names = if line.is_loss() { &LOSSES[..] } else { &TRAINING };
    let mut ready = Vec::new();
    let mut entries = Vec::new();
    for &name in names {
        let worker = Worker::find(workers, name, line.threads)?;
        match workers[worker].prepare(&line.case, &reference)? {
            Ok(()) => {
                let runs = workers[worker].runs()?;
                ready.push((worker, runs));
                entries.push((name, Ok(Sample { ns: f64::INFINITY, faults: 0.0 })));
            }
            Err(reason) => entries.push((name, Err(reason))),
        }
    }

    let start = Instant::now();
    let mut turns = 0;
    while turns < LEAST_TURNS || start.elapsed() < TURNS {
        let times = entries.iter_mut().filter_map(|(_, entry)| entry.as_mut().ok());
        for (best, &(worker, runs)) in times.zip(&ready) {
            let sample = workers[worker].sample(runs)?;
            if sample.ns < best.ns {
                *best = sample;
            }
        }
        turns += 1;
    }
    for (worker, _) in ready {
        workers[worker].ask(json!({ "release": null }))?;
    }
    Ok(entries)
}

/// A contender's process.
struct Worker {
    name: &'static str,
    threads: usize,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Since when it is at work: its first case was prepared.
    ready: Option<Instant>,
}

impl Worker {
    /// Returns the number of the worker among those that run; it is started if there is none.
    fn find(workers: &mut Vec<Worker>, name: &'static str, threads: usize) -> Result<usize> {
        let same = |worker: &Worker| worker.name == name && worker.threads == threads;
        if let Some(found) = workers.iter().position(same) {
            return Ok(found);
        }
        workers.push(Worker::start(name, threads)?);
        Ok(workers.len() - 1)
    }

    fn start(name: &'static str, threads: usize) -> Result<Self> {
        let mut command = if threads == 1 { on_one_core() } else { Command::new("env") };
        if IN_PYTHON.contains(&name) {
            let python = env::var_os("PEERS_PYTHON").context("PEERS_PYTHON is not set")?;
            command.arg(python).arg(data::package()?.join("python/worker.py")).arg(name);
        } else {
            command.arg(env::current_exe()?).arg("worker").arg(name);
        }
        for variable in ["RAYON", "OMP", "OPENBLAS", "MKL"] {
            command.env(format!("{variable}_NUM_THREADS"), threads.to_string());
        }
        // Memory that was freed is not given back to the system, and large pages are used: so that
        // nobody's buffers are cold.
        command.env("MALLOC_MMAP_MAX_", "0").env("MALLOC_TRIM_THRESHOLD_", "100000000000");
        command.env("MALLOC_TOP_PAD_", "67108864").env("MALLOC_ARENA_MAX", "1");
        Isa::BUILT_FOR.limit(&mut command);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let input = process.stdin.take().context("no input")?;
        let output = BufReader::new(process.stdout.take().context("no output")?);
        Ok(Worker { name, threads, process, input, output, ready: None })
    }

    fn ask(&mut self, request: Value) -> Result<Value> {
        writeln!(self.input, "{request}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "{} ended", self.name);
        serde_json::from_str(&line).map_err(|error| anyhow!("{}: {error}: {line}", self.name))
    }

    /// Has it prepare a case, and compares what it computes. The inner error is why it has no time.
    fn prepare(&mut self, case: &Case, reference: &Reference) -> Result<Result<(), String>> {
        let answer = self.ask(json!({ "prepare": case }))?;
        self.ready.get_or_insert_with(Instant::now);
        if let Some(reason) = answer.get("unable") {
            return Ok(Err(reason.as_str().unwrap_or("unable").to_owned()));
        }
        if self.name == "triad" {
            return Ok(Ok(()));
        }
        // A number that is not finite is no number in JSON.
        let value = answer.get("value").and_then(Value::as_f64).unwrap_or(f64::NAN);
        let checked = reference.check(case, value, &case.floats(self.name)?);
        Ok(checked.map_err(|error| format!("computes something else: {error:#}")))
    }

    fn sample(&mut self, runs: u64) -> Result<Sample> {
        let answer = self.ask(json!({ "sample": runs }))?;
        let each = |what| Some(answer.get(what)?.as_f64()? / runs as f64);
        let sample = each("ns").zip(each("faults")).context("no sample")?;
        Ok(Sample { ns: sample.0, faults: sample.1 })
    }

    /// Returns how many runs make a sample that is long enough. Warms it up as well.
    fn runs(&mut self) -> Result<u64> {
        let mut runs = 1;
        while self.sample(runs)?.ns * (runs as f64) < SAMPLE.as_nanos() as f64 {
            runs *= 2;
        }
        Ok(runs)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns a command that is followed by the program, which then has a single core, the same for
/// all.
fn on_one_core() -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]);
    command
}
