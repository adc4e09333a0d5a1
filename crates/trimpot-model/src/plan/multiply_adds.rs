//! Multiply-adds: how the size of a network is mostly said.

use trimpot::layer::kind::Work;
use trimpot::spec::{Dims, NetworkSpec};

use super::workload::{Item, collect};

/// Returns how many products are added up for a prediction: those of weights with numbers, in fully
/// connected layers and convolutions. What activations, pools and normalisations do is not counted,
/// as is usual.
pub fn multiply_adds(network: NetworkSpec<'_>) -> u64 {
    let mut items = Vec::new();
    collect(network.layers, network.input, false, 0, &mut items);
    let of = |item: &Item| match item {
        Item::Layer { spec, input, output, .. } => match spec.work() {
            Work::WeightedSums => rows(*output) * input.count() as u64,
            Work::Convolution { window, channels: [taken, _], groups } => {
                let area: u64 = window.size.iter().map(|&size| u64::from(size)).product();
                rows(*output) * u64::from(taken / groups.max(1)) * area
            }
            Work::Nothing
            | Work::Numbers
            | Work::Signs
            | Work::Channels
            | Work::Rows(_)
            | Work::Noise
            | Work::Lookups
            | Work::Pool { .. } => 0,
        },
        Item::Branch | Item::Turn(..) | Item::Join(_) => 0,
    };
    items.iter().map(of).sum()
}

fn rows(output: Dims) -> u64 {
    output.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Architecture, Between};

    #[test]
    fn products_are_those_of_the_formulas() {
        for (network, products) in [
            ("64-32-10", 64 * 32 + 32 * 10),
            ("1x8x8 > conv 4 3x3, relu, pool 2, flatten, dense 10", 36 * 4 * 9 + 36 * 10),
            (
                "4x6x6 > conv 8 3x3 padding=same groups=2, flatten, dense 3",
                36 * 8 * 2 * 9 + 288 * 3,
            ),
            ("16 > residual(dense 16, tanh), dense 2", 16 * 16 + 16 * 2),
        ] {
            let architecture: Architecture = network.parse().unwrap();
            let layers = architecture.layers(Between::default()).unwrap();
            assert_eq!(multiply_adds(layers.spec()), products, "{network}");
        }
    }
}
