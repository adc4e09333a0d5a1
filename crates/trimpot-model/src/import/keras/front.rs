//! What a network does to features first.

use super::config::Layer;
use super::layers::Network;
use crate::import::ImportError;

/// The least deviation by which Keras divides.
const LEAST: f64 = 1e-7;
/// The most channels of which each has a factor of its own, or numbers of a sample that is a vector.
const MOST: usize = 1 << 20;

/// Adds `(x − mean) / √variance`.
pub(super) fn normalization(network: &mut Network, layer: &Layer<'_>) -> Result<(), ImportError> {
    if layer.is("invert", false)? {
        return Err(layer.unknown("invert"));
    }
    let numbers = match [layer.numbers("mean")?, layer.numbers("variance")?] {
        [Some(mean), Some(variance)] => [mean, variance],
        _ => {
            let tensors = network.weights.tensors(layer, [Some("mean"), Some("variance")])?;
            tensors.map(|tensor| {
                let numbers = tensor.iter().flat_map(|tensor| tensor.numbers());
                numbers.map(|&number| f64::from(number)).collect()
            })
        }
    };
    let [mean, variance] = numbers;
    if mean.len() != variance.len() {
        let what = format!("there are {} means, and {} variances", mean.len(), variance.len());
        return Err(layer.wrong(what));
    }
    if mean.len() != 1 && !layer.is_last_axis("axis", network.dimensions()) {
        return Err(layer.unknown("axis"));
    }
    // None is NaN: neither JSON nor a tensor has it.
    if let Some(wrong) = variance.iter().find(|variance| **variance < 0.0) {
        return Err(layer.wrong(format!("a variance is {wrong}, but must be in [0, inf)")));
    }
    let scale: Vec<f64> =
        variance.iter().map(|variance| variance.sqrt().max(LEAST).recip()).collect();
    let offset: Vec<f64> = mean.iter().zip(&scale).map(|(mean, scale)| -mean * scale).collect();
    add(network, layer, scale, offset)
}

/// Adds `scale · x + offset`.
pub(super) fn rescaling(network: &mut Network, layer: &Layer<'_>) -> Result<(), ImportError> {
    let scale = layer.numbers("scale")?.unwrap_or(vec![1.0]);
    let offset = layer.numbers("offset")?.unwrap_or(vec![0.0]);
    add(network, layer, scale, offset)
}

fn add(
    network: &mut Network,
    layer: &Layer<'_>,
    scale: Vec<f64>,
    offset: Vec<f64>,
) -> Result<(), ImportError> {
    let channels = network.builder.dims().channels() as usize;
    if channels > MOST {
        return Err(ImportError::limit("channels with a factor each", channels, MOST));
    }
    let last = network.sample.as_ref().and_then(|sizes| sizes.last()).map(|&size| size as usize);
    let [scale, offset] = [scale, offset].map(|numbers| match last {
        // A vector here: the numbers of a position come again at each.
        Some(last) if numbers.len() == last => numbers.into_iter().cycle().take(channels).collect(),
        _ => numbers,
    });
    network.builder.preprocess(&layer.place(), &scale, &offset)
}
