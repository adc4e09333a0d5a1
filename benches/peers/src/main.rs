//! Times Trimpot and its rivals: on the same data, in the same run, in turn. See
//! `cargo xtask peers`.
//!
//! Every contender is a process of its own (`worker.rs`, and `python/worker.py` for those in
//! Python) that prepares a case, shows what it computes, and from then on takes samples when it is
//! asked to. The orchestrator (`contest.rs`) asks them in turn, many times, and keeps each
//! contender's minimum: so all of them have seen the same machine. What they compute is compared
//! with `f64` (`reference.rs`) before a time counts.

mod aligned;
mod bar;
mod case;
mod comparison;
mod contender;
mod contest;
mod data;
mod isa;
mod network;
mod reference;
mod report;
mod rivals;
mod triad;
mod trimpot;
mod worker;

use std::env;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["worker", name] => worker::serve(name),
        ["contest", folder, report] => contest::run(folder.as_ref(), report.as_ref(), ""),
        ["contest", folder, report, only] => contest::run(folder.as_ref(), report.as_ref(), only),
        _ => bail!("usage: trimpot-peers contest FOLDER REPORT [ONLY] | worker NAME"),
    }
}
