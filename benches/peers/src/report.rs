//! The page that the contest ends with.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bar::Verdict;
use crate::comparison::{Comparison, Entry, LOSSES, OURS, TRAINING};
use crate::isa::Isa;

/// One line for the terminal: every contender's time and its ratio to Trimpot's.
pub fn summary(result: &Comparison) -> String {
    let ours = result.ours().unwrap_or(f64::NAN);
    let mut text = format!("{} ({})\n", result.line.case.name, result.line.unit());
    for (name, entry) in &result.entries {
        match (result.time(name), entry) {
            (Some(time), _) => {
                let _ = write!(text, "  {name:16}{:>10}  {:6.2}×", figure(time), time / ours);
                let _ = writeln!(text, "  {}", cold(entry).unwrap_or_default());
            }
            (None, Err(reason)) => {
                let _ = writeln!(text, "  {name:16}{:>10}  {reason}", "–");
            }
            (None, Ok(_)) => {}
        }
    }
    for verdict in verdicts(result) {
        let _ = write!(text, "  bar {}: {}, {}", verdict.bar, reached(&verdict), met(&verdict));
    }
    text
}

/// Returns how Trimpot did by each bar of these instructions.
fn verdicts(result: &Comparison) -> Vec<Verdict> {
    let bars = result.line.bars.iter().filter(|bar| bar.holds(Isa::BUILT_FOR));
    bars.map(|bar| bar.judge(result)).collect()
}

fn reached(verdict: &Verdict) -> &str {
    verdict.reached.as_deref().unwrap_or("–")
}

fn met(verdict: &Verdict) -> &'static str {
    if verdict.is_met { "met" } else { "**missed**" }
}

/// Returns a remark on memory that was not warm.
fn cold(entry: &Entry) -> Option<String> {
    let faults = entry.as_ref().ok()?.faults;
    (faults >= 10.0).then(|| format!("{faults:.0} page faults a run"))
}

/// Returns the whole page.
pub fn page(
    results: &[Comparison],
    instructions: &[(&str, String)],
    duration: Duration,
) -> Result<String> {
    let isa = Isa::BUILT_FOR;
    let mut page = format!(
        "# Trimpot and its rivals, with {}\n\n\
         Written by `cargo xtask peers`, which sets everything up, runs it and overwrites this page. Other instructions and processors \
         have [pages beside it](README.md).\n\n\
         - Processor: {}\n- Date: {}; the measurement took {:.0} minutes\n- Versions: {}\n\n\
         All contenders work on the same data in the same run and take turns; the minimum of each counts. \
         One thread means one core, the same for all. Memory is warm and stays with its process. Buffers of Trimpot, the triad and the contenders in Python begin at a \
         cache line (64 bytes); burn, candle and dfdx have theirs where the allocator puts them. A time counts only if \
         value and gradient (for training: mean loss and parameters after a pass) are those of a computation in `f64`. In brackets: \
         how many times as long as Trimpot takes. Bars are what Trimpot is held to.\n",
        isa.name(),
        processor()?,
        output("date", &["+%F"])?,
        duration.as_secs_f64() / 60.0,
        versions()?,
    );
    let (losses, training): (Vec<_>, Vec<_>) = results.iter().partition(|r| r.line.is_loss());
    page += "\n## Value and gradient of a loss\n\nns an element, one thread. `triad`: the machine's own limit, \
             `a = b + s·c`, for 16 Mi with non-temporal stores.\n\n";
    page += &table(&losses, &LOSSES);
    page += "\n## Training\n\nµs a step: forward, loss, backward, update; batches in a fixed order. For the epoch: µs in all. \
             `as data`: the network is known at run time alone. DS-CNN is the keyword spotter of MLPerf Tiny.\n\n";
    page += &table(&training, &TRAINING);
    page += "\n## Instructions\n\nEvery contender is asked to stay within the instruction set of this page. What each says that it uses, and what \
             the kernel saw (`/proc/PID/arch_status`):\n\n";
    for (name, text) in instructions {
        let _ = writeln!(page, "- {name}: {text}");
    }
    Ok(page)
}

fn table(results: &[&Comparison], contenders: &[&str]) -> String {
    let mut text = format!("| f32 | {} | bars |\n|---|", contenders.join(" | "));
    text += &"--:|".repeat(contenders.len());
    text += "---|\n";
    let mut remarks: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for result in results {
        let ours = result.ours().unwrap_or(f64::NAN);
        let name = &result.line.case.name;
        let _ = write!(text, "| {name} |");
        for (contender, entry) in &result.entries {
            let _ = write!(text, " {} |", cell(result, contender, entry, ours));
            let remark = entry.as_ref().err().cloned().or_else(|| cold(entry));
            if let Some(remark) = remark {
                remarks.entry(format!("{contender}: {remark}")).or_default().push(name);
            }
        }
        let bars: Vec<_> = verdicts(result)
            .iter()
            .map(|verdict| format!("{}: {}, {}", verdict.bar, reached(verdict), met(verdict)))
            .collect();
        let _ =
            writeln!(text, " {} |", if bars.is_empty() { "–".to_owned() } else { bars.join("; ") });
    }
    if !remarks.is_empty() {
        text += "\nWhy there is no time, or what is odd about it:\n\n";
    }
    for (remark, names) in remarks {
        let _ = writeln!(text, "- {remark} ({})", names.join("; "));
    }
    text
}

fn cell(result: &Comparison, contender: &str, entry: &Entry, ours: f64) -> String {
    match (contender, result.time(contender), entry) {
        (name, Some(time), _) if OURS.contains(&name) => format!("**{}**", figure(time)),
        (_, Some(time), _) => format!("{} ({}×)", figure(time), figure(time / ours)),
        _ => "–".to_owned(),
    }
}

/// Three digits.
pub fn figure(number: f64) -> String {
    let digits = 2 - number.abs().log10().floor() as i32;
    format!("{number:.*}", digits.clamp(0, 3) as usize)
}

fn processor() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let value = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        line.split_once(": ").map(|(_, value)| value.trim())
    };
    let name = value("model name").context("the processor has no name")?;
    let (family, model) = (value("cpu family").unwrap_or("?"), value("model\t").unwrap_or("?"));
    let cores = text.matches("processor\t").count();
    let vectors = ["avx512f", "avx2", "avx"].into_iter().find(|flag| text.contains(flag));
    Ok(format!(
        "{name} (family {family}, model {model}), {cores} cores, {}",
        vectors.unwrap_or("no AVX")
    ))
}

/// Of ourselves, the compilers, and all contenders.
fn versions() -> Result<String> {
    let commit = output("git", &["describe", "--always", "--dirty"])?;
    let mut versions = vec![format!("trimpot {commit}"), output("rustc", &["--version"])?];
    let lock = include_str!("../Cargo.lock");
    for name in ["burn", "candle-core", "dfdx"] {
        let (_, rest) =
            lock.split_once(&format!("name = \"{name}\"\nversion = \"")).context(name)?;
        let (version, _) = rest.split_once('"').context(name)?;
        versions.push(format!("{name} {version}"));
    }
    let packages =
        include_str!("../requirements.txt").lines().filter(|line| !line.starts_with('#'));
    versions.extend(packages.map(|line| line.replace("==", " ")));
    Ok(versions.join(", "))
}

fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output().context(program.to_owned())?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
