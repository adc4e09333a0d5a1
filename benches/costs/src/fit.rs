//! Fits costs to what was measured.

use std::collections::BTreeMap;

use trimpot_model::plan::{Cost, Counts, Key, PLANNED_STEP, Pass, STACK, stack_of};

use crate::Measured;
use crate::updates::Update;

/// How often each cost is looked at.
const SWEEPS: usize = 20_000;

/// Fits all costs to the parts among the networks.
pub fn fit(measured: &[Measured], updates: &[Update]) -> Vec<Cost> {
    let parts: Vec<_> = measured.iter().filter(|network| network.is_part).collect();
    let samples = parts.iter().flat_map(|network| network.samples());
    let samples =
        samples.chain(updates.iter().map(|update| (&update.counts, update.line.instructions)));
    let fitted = least_squares(&samples.collect::<Vec<_>>()).into_iter().map(
        |((layer, pass, what), each)| Cost {
            layer: layer.to_owned(),
            pass,
            what: what.to_owned(),
            // As many digits as a measurement has.
            each: (1e3 * each).round() / 1e3,
        },
    );
    fitted.chain(stacks(&parts)).chain(planned_step(&parts)).collect()
}

/// Fits costs, none of them negative, such that the sum of the squares of relative errors is least:
/// by coordinate descent.
fn least_squares(samples: &[(&Counts, f64)]) -> BTreeMap<Key, f64> {
    let mut columns: BTreeMap<Key, Vec<(usize, f64)>> = BTreeMap::new();
    for (row, (counts, measured)) in samples.iter().enumerate() {
        for (key, count) in counts.iter() {
            columns.entry(key).or_default().push((row, count / measured));
        }
    }
    // The relative error of each sample that is left.
    let mut errors = vec![1.0; samples.len()];
    let mut fitted: BTreeMap<Key, f64> = columns.keys().map(|&key| (key, 0.0)).collect();
    for _ in 0..SWEEPS {
        for ((_, column), each) in columns.iter().zip(fitted.values_mut()) {
            let squares: f64 = column.iter().map(|(_, share)| share * share).sum();
            let along: f64 = column.iter().map(|&(row, share)| share * errors[row]).sum();
            let change = (along / squares).max(-*each);
            *each += change;
            for &(row, share) in column {
                errors[row] -= change * share;
            }
        }
    }
    fitted
}

/// The stack of a network is that of its deepest layer: so that of a layer is the least of the
/// networks that it is in. Where that is not enough for a network, its deepest layer has more.
fn stacks(parts: &[&Measured]) -> Vec<Cost> {
    let mut stacks = Vec::new();
    for pass in [Pass::Inference, Pass::Step] {
        let bytes = |network: &Measured| match pass {
            Pass::Inference => network.line.inference_stack,
            Pass::Step | Pass::Update => network.line.step_stack,
        };
        let names =
            |network: &Measured| network.layers.iter().map(|&layer| stack_of(layer)).collect();
        let mut each: BTreeMap<String, f64> = BTreeMap::new();
        for network in parts {
            let names: Vec<String> = names(network);
            for name in names {
                let stack = each.entry(name).or_insert(bytes(network));
                *stack = stack.min(bytes(network));
            }
        }
        for network in parts {
            let names: Vec<String> = names(network);
            if let Some(deepest) = names.into_iter().max_by(|a, b| each[a].total_cmp(&each[b])) {
                let stack = each.entry(deepest).or_default();
                *stack = stack.max(bytes(network));
            }
        }
        let what = STACK.to_owned();
        let costs = each.into_iter();
        stacks.extend(costs.map(|(layer, each)| Cost { layer, pass, what: what.clone(), each }));
    }
    stacks
}

fn planned_step(parts: &[&Measured]) -> Option<Cost> {
    let network = parts.first()?;
    let each = network.line.planned_steps / network.steps as f64;
    Some(Cost {
        layer: "Network".to_owned(),
        pass: Pass::Inference,
        what: PLANNED_STEP.to_owned(),
        each,
    })
}
