//! Compares what `trimpot plan` says of networks with what a board has measured, or fits its costs
//! to that: `cargo xtask cost`.
#![forbid(unsafe_code)]

mod fit;
mod updates;

use std::collections::BTreeMap;
use std::num::NonZeroU8;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use trimpot::plan::{Plan, PlannedStep};
use trimpot::spec::{LayerSpec, NetworkSpec};
use trimpot_model::file::BoardOptimizer;
use trimpot_model::plan::{Costs, Counts, Method, Pass, PlannedLoss, ReluUnits, update, workload};
use trimpot_parity::networks::{self, NetworkLoss};

use self::updates::Update;

/// Where the planner has its costs.
const COSTS: &str = "crates/trimpot-model/src/plan/costs.csv";
/// How far the instructions that are planned may be from those that are measured.
const INSTRUCTIONS: f64 = 0.10;
/// How far arena and stack may be.
const MEMORY: f64 = 0.05;

/// What the board says of a network: see the firmware's `cost`.
#[derive(Clone, Debug, Deserialize)]
struct Line {
    name: String,
    inference: f64,
    step: f64,
    step_half_on: f64,
    batch: f64,
    inference_arena: f64,
    step_arena: f64,
    planned_steps: f64,
    inference_stack: f64,
    step_stack: f64,
}

/// A network, what it does, and what that takes.
struct Measured {
    is_part: bool,
    layers: Vec<LayerSpec>,
    steps: usize,
    /// Bytes of an inference and of a step.
    arenas: [usize; 2],
    inference: Counts,
    step: Counts,
    step_half_on: Counts,
    /// The gradients of two samples, and a step of Adam.
    batch: Counts,
    line: Line,
}

impl Measured {
    /// Returns what was done, and how many instructions that took.
    fn samples(&self) -> impl Iterator<Item = (&Counts, f64)> {
        let Line { inference, step, step_half_on, batch, .. } = self.line;
        let samples = [
            (&self.inference, inference),
            (&self.step, step),
            (&self.step_half_on, step_half_on),
            (&self.batch, batch),
        ];
        // A batch may not fit on the board.
        samples.into_iter().filter(|(_, instructions)| *instructions > 0.0)
    }
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().context("which file?")?;
    let text = fs::read_to_string(&file).context(file)?;
    let (updates, networks): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with(updates::PREFIX));
    let (measured, updates) = (measured(&networks.join("\n"))?, updates::measured(&updates)?);
    let costs = if arguments.next().as_deref() == Some("--overwrite") {
        let fitted = fit::fit(&measured, &updates);
        let mut writer = csv::Writer::from_writer(Vec::new());
        fitted.iter().try_for_each(|cost| writer.serialize(cost))?;
        fs::write(COSTS, writer.into_inner()?).context(COSTS)?;
        println!("written: {COSTS}");
        fitted.into_iter().collect()
    } else {
        Costs::measured().clone()
    };
    judge(&measured, &updates, &costs)
}

/// Reads values that semicolons are between, in lines.
fn read<T: DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).delimiter(b';').from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().context("what the board has measured")
}

/// Reads what the board has measured of all networks.
fn measured(text: &str) -> Result<Vec<Measured>> {
    let lines = read(text)?.into_iter().map(|line: Line| (line.name.clone(), line));
    let mut lines: BTreeMap<_, _> = lines.collect();
    let adam = BoardOptimizer::named("adam").zip(NonZeroU8::new(2)).context("adam")?;
    let (mut measured, mut missing) = (Vec::new(), Vec::new());
    networks::networks(&mut |named| {
        let loss = match named.loss {
            NetworkLoss::CrossEntropy => PlannedLoss::CrossEntropy,
            NetworkLoss::MeanSquaredError => PlannedLoss::Mse,
        };
        let NetworkSpec { layers, .. } = named.network;
        let mut steps = vec![PlannedStep::EMPTY; named.network.steps()];
        let plan = Plan::for_training(named.network, &mut steps, named.trained, named.every);
        let plan = plan.expect("a test plans every network");
        let arenas = [plan.inference_values(), plan.step_values()].map(|values| 4 * values);
        let method = Method { loss, trained: named.trained, optimizer: None };
        let count = |pass, units| workload(named.network, &plan, pass, method, units);
        let added_up = Method { optimizer: Some(adam), ..method };
        let gradient = workload(named.network, &plan, Pass::Step, added_up, ReluUnits::HalfOn);
        let trained = plan.subset(named.trained).count();
        let batch = update(adam.0, trained, adam.1).and(2.0, &gradient);
        match lines.remove(named.name) {
            None => missing.push(named.name),
            Some(line) => measured.push(Measured {
                is_part: named.is_part,
                layers: layers.to_vec(),
                steps: named.network.steps(),
                arenas,
                inference: count(Pass::Inference, ReluUnits::AllOn),
                step: count(Pass::Step, ReluUnits::AllOn),
                step_half_on: count(Pass::Step, ReluUnits::HalfOn),
                batch,
                line,
            }),
        }
    });
    ensure!(missing.is_empty(), "the board has not measured {}", missing.join(", "));
    ensure!(lines.is_empty(), "nobody knows {:?}", lines.into_keys());
    Ok(measured)
}

/// Prints planned and measured costs of each network, and fails where they differ too much.
fn judge(measured: &[Measured], updates: &[Update], costs: &Costs) -> Result<()> {
    let mut faults = Vec::new();
    println!(
        "instructions of an inference, of a step, of a step with half of the ReLUs on, of a batch of"
    );
    println!(
        "two samples with Adam; bytes of arena and stack, of an inference and of a step: planned, and"
    );
    println!("how far from measured");
    for network in measured {
        let Line { name, .. } = &network.line;
        let line = &network.line;
        let mut text = String::new();
        let mut compare = |planned: Option<f64>, measured: f64, allowed: f64| {
            let planned =
                planned.with_context(|| format!("{name} has costs that are not known"))?;
            let error = planned / measured - 1.0;
            text += &format!(" {planned:>11.0} {:>+6.1} %", 100.0 * error);
            let is_close = error.abs() <= allowed;
            if !is_close {
                faults.push(format!("{name}: {planned:.0} planned, {measured:.0} measured"));
            }
            anyhow::Ok(())
        };
        for (counts, measured) in network.samples() {
            compare(costs.instructions(counts), measured, INSTRUCTIONS)?;
        }
        let [inference_arena, step_arena] = network.arenas.map(|bytes| bytes as f64);
        for (pass, arena, measured) in [
            (Pass::Inference, inference_arena, line.inference_arena + line.inference_stack),
            (Pass::Step, step_arena, line.step_arena + line.step_stack),
        ] {
            let planned = arena + costs.stack(&network.layers, pass) as f64;
            compare(Some(planned), measured, MEMORY)?;
        }
        let part = if network.is_part { "part " } else { "" };
        println!("{text}  {part}{name}");
    }
    println!("instructions of steps of optimizers");
    for Update { line, counts } in updates {
        let updates::Line { optimizer, parameters, samples, instructions, .. } = line;
        let planned = costs.instructions(counts);
        let planned = planned.with_context(|| format!("{optimizer} was not measured"))?;
        let error = planned / instructions - 1.0;
        let what = format!("{optimizer}, {parameters} parameters, gradients of {samples}");
        println!(" {planned:>11.0} {:>+6.1} %  {what}", 100.0 * error);
        let is_close = error.abs() <= INSTRUCTIONS;
        if !is_close {
            faults.push(format!("{what}: {planned:.0} planned, {instructions:.0} measured"));
        }
    }
    ensure!(faults.is_empty(), "too far off:\n  {}", faults.join("\n  "));
    println!("{} networks, of which none is further off than it may be", measured.len());
    Ok(())
}
