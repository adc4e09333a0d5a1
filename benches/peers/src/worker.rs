//! A contender in Rust, in a process of its own, which does what its input says.
//!
//! Lines of JSON. `{"prepare": CASE}` is answered with `{"value": VALUE}` after the gradient or the
//! parameters were written to the case's folder, or with `{"unable": REASON}`; `{"sample": RUNS}`
//! with `{"ns": NANOSECONDS, "faults": PAGE_FAULTS}`; `{"instructions": null}` with
//! `{"instructions": TEXT}`, which says what the contender makes of [`Isa::limit`];
//! `{"release": null}`, which drops the case, with `{}`. `python/worker.py` does the same.

use std::fs;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use ::trimpot::lanes::Level;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::case::Case;
use crate::contender::{Prepare, Run};
use crate::isa::Isa;
use crate::{data, rivals, triad, trimpot};

fn contender(name: &str) -> Result<Prepare> {
    Ok(match name {
        "trimpot" => trimpot::prepare,
        "trimpot as data" => trimpot::prepare_data,
        "triad" => triad::prepare,
        "burn" => rivals::burn::prepare,
        "candle" => rivals::candle::prepare,
        "dfdx" => rivals::dfdx::prepare,
        _ => bail!("no such contender: {name}"),
    })
}

/// Returns which instructions a contender uses, beside those that it was compiled to.
fn instructions(name: &str) -> String {
    let compiled = format!("compiled for {}", Isa::BUILT_FOR.level());
    let detected =
        if std::arch::is_x86_feature_detected!("avx512f") { Isa::Avx512 } else { Isa::Avx2 };
    let (built_for, detected) = (Isa::BUILT_FOR.name(), detected.name());
    match name {
        "trimpot" | "trimpot as data" => format!("{compiled}; limited to {}", Level::current()),
        "burn" => format!(
            "{compiled}; matrix products by `gemm` in {built_for}, a feature of it; what \
             `macerator` does in {detected}, which it finds and nothing limits"
        ),
        "candle" => {
            format!("{compiled}; matrix products by `gemm` in {built_for}, a feature of it")
        }
        "dfdx" => {
            format!("{compiled}; matrix products by an older `gemm` in AVX2, the most it has")
        }
        _ => compiled,
    }
}

/// Serves until its input ends.
pub fn serve(name: &str) -> Result<()> {
    let prepare = contender(name)?;
    // Kernels would choose the most that the processor has.
    Level::BUILT.limit();
    let mut run: Option<Box<dyn Run>> = None;
    for line in stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = if let Some(case) = request.get("prepare") {
            let case: Case = serde_json::from_value(case.clone())?;
            match prepare(&case).and_then(|run| first(name, &case, run)) {
                Ok((ready, value)) => {
                    run = Some(ready);
                    json!({ "value": value })
                }
                Err(reason) => json!({ "unable": format!("{reason:#}") }),
            }
        } else if let Some(runs) = request.get("sample").and_then(Value::as_u64) {
            let run = run.as_mut().context("nothing is prepared")?;
            sample(run.as_mut(), runs)?
        } else if request.get("instructions").is_some() {
            json!({ "instructions": instructions(name) })
        } else {
            run = None;
            json!({})
        };
        println!("{answer}");
        stdout().flush()?;
    }
    Ok(())
}

/// Returns the first run, and what it computed.
fn first(name: &str, case: &Case, mut run: Box<dyn Run>) -> Result<(Box<dyn Run>, f64)> {
    run.reset()?;
    run.once()?;
    let result = run.result()?;
    data::write_floats(&case.file(name), &result.numbers)?;
    Ok((run, result.value))
}

/// The first run warms the caches, which were others' since the last sample.
fn sample(run: &mut dyn Run, runs: u64) -> Result<Value> {
    run.reset()?;
    run.once()?;
    let faults = page_faults()?;
    let start = Instant::now();
    for _ in 0..runs {
        black_box(&mut *run).once()?;
    }
    let ns = start.elapsed().as_nanos() as u64;
    Ok(json!({ "ns": ns, "faults": page_faults()? - faults }))
}

/// Returns how often this process has got a page of memory.
fn page_faults() -> Result<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // After the name, which may hold spaces, the eighth.
    let (_, fields) = stat.rsplit_once(") ").context("no name")?;
    Ok(fields.split(' ').nth(7).context("no page faults")?.parse()?)
}
