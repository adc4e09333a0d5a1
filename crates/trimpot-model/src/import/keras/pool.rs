//! Pools.

use trimpot::spec::Dims;

use super::config::Layer;
use super::convolution::window;
use super::layers::Network;
use crate::import::{ImportError, Window};

/// Adds a pool. Returns whether the layer is one.
pub(super) fn add(network: &mut Network, layer: &Layer<'_>) -> Result<bool, ImportError> {
    match layer.class {
        "MaxPooling1D" => windows(network, layer, 1, true)?,
        "MaxPooling2D" => windows(network, layer, 2, true)?,
        "AveragePooling1D" => windows(network, layer, 1, false)?,
        "AveragePooling2D" => windows(network, layer, 2, false)?,
        "GlobalMaxPooling1D" => global(network, layer, 1, true)?,
        "GlobalMaxPooling2D" => global(network, layer, 2, true)?,
        "GlobalAveragePooling1D" => global(network, layer, 1, false)?,
        "GlobalAveragePooling2D" => global(network, layer, 2, false)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn windows(
    network: &mut Network,
    layer: &Layer<'_>,
    directions: usize,
    is_max: bool,
) -> Result<(), ImportError> {
    layer.check_channels_last()?;
    check_zeros(network, is_max)?;
    let size = layer.counts("pool_size", directions)?.unwrap_or(vec![2; directions]);
    let zeros = network.zeros.clone();
    let window = window(network, layer, &size, 0)?;
    if is_max {
        return network.builder.max_pool(&layer.place(), &size, &window);
    }
    let own = zeros.map_or(vec![[0; 2]; directions], |(_, zeros)| zeros);
    if window.padding != own {
        let what = "with a `padding` of same, Keras leaves the zeros out of the mean, and there is no layer that does";
        return Err(layer.wrong(what));
    }
    network.builder.average_pool(&layer.place(), &size, &window)
}

/// Adds a pool over all positions.
fn global(
    network: &mut Network,
    layer: &Layer<'_>,
    directions: usize,
    is_max: bool,
) -> Result<(), ImportError> {
    layer.check_channels_last()?;
    check_zeros(network, true)?;
    let (place, dims) = (layer.place(), network.builder.dims());
    let size = dims.sizes().get(1..).unwrap_or_default();
    if size.len() != directions {
        return Err(layer.wrong(format!("{dims} comes in, and it has {directions} directions")));
    }
    let keeps = layer.is("keepdims", false)?;
    match is_max {
        true => network.builder.max_pool(&place, size, &Window::default())?,
        false => network.builder.global_average_pool(&place)?,
    }
    match (keeps, is_max) {
        (true, true) | (false, false) => Ok(()),
        (false, true) => network.builder.flatten(&place),
        (true, false) => {
            let sizes = [dims.channels(), 1, 1];
            let kept = sizes.get(..=directions).and_then(Dims::of_sizes);
            kept.map_or(Ok(()), |kept| network.builder.reshape(&place, kept))
        }
    }
}

/// Checks that there are no zeros in front of what would count them as numbers.
fn check_zeros(network: &Network, is_refused: bool) -> Result<(), ImportError> {
    match &network.zeros {
        Some((place, _)) if is_refused => {
            let what = "zeros are read in front of a convolution or an average pool only";
            Err(ImportError::at(place, what))
        }
        _ => Ok(()),
    }
}
