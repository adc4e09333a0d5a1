//! Normalisations.

use super::config::Layer;
use super::layers::Network;
use crate::import::{BatchNormTensors, ImportError, Tensor};

/// Adds a normalisation by the statistics of training.
pub(super) fn batch_norm(network: &mut Network, layer: &Layer<'_>) -> Result<(), ImportError> {
    if !layer.is_last_axis("axis", network.dimensions()) {
        return Err(layer.unknown("axis"));
    }
    let [scale, center] = [layer.is("scale", true)?, layer.is("center", true)?];
    let names = [
        scale.then_some("gamma"),
        center.then_some("beta"),
        Some("moving_mean"),
        Some("moving_variance"),
    ];
    let tensors = per_number(network, layer, names)?;
    let [weight, bias, Some(mean), Some(variance)] = tensors else { return Ok(()) };
    let epsilon = layer.number("epsilon", 1e-3)? as f32;
    let tensors = BatchNormTensors { weight, bias, mean, variance };
    network.builder.batch_norm(&layer.place(), tensors, epsilon)
}

/// Adds a normalisation of vectors. Of a sequence or an image Keras has one of the channels of each
/// position, and there is one of rows here.
pub(super) fn layer_norm(network: &mut Network, layer: &Layer<'_>) -> Result<(), ImportError> {
    let dimensions = network.dimensions();
    if layer.get("axis").is_some() && !layer.is_last_axis("axis", dimensions) {
        return Err(layer.unknown("axis"));
    }
    if layer.is("rms_scaling", false)? {
        return Err(layer.unknown("rms_scaling"));
    }
    if dimensions != 2 {
        return Err(layer.wrong(
            "it normalises the channels of each position, and there is a layer for vectors alone",
        ));
    }
    let [scale, center] = [layer.is("scale", true)?, layer.is("center", true)?];
    let names = [scale.then_some("gamma"), center.then_some("beta")];
    let tensors = per_number(network, layer, names)?;
    let epsilon = layer.number("epsilon", 1e-3)? as f32;
    network.builder.layer_norm(&layer.place(), tensors, epsilon)
}

/// Returns tensors with a number for each that comes in.
fn per_number<const N: usize>(
    network: &mut Network,
    layer: &Layer<'_>,
    names: [Option<&str>; N],
) -> Result<[Option<Tensor>; N], ImportError> {
    let mut tensors = network.weights.tensors(layer, names)?;
    if let Some(turned) = network.turned {
        for tensor in &mut tensors {
            *tensor = tensor.take().map(|tensor| turned.apply(tensor)).transpose()?;
        }
    }
    Ok(tensors)
}
