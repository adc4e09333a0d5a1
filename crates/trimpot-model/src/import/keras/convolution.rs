//! Convolutions, and zeros in front of them.

use serde_json::Value;

use super::config::{Layer, count};
use super::layers::Network;
use crate::import::places::written;
use crate::import::{ImportError, Tensor, Window};

/// Adds a convolution, or remembers zeros. Returns whether the layer is one of these.
pub(super) fn add(network: &mut Network, layer: &Layer<'_>) -> Result<bool, ImportError> {
    match layer.class {
        "Conv1D" => conv(network, layer, 1)?,
        "Conv2D" => conv(network, layer, 2)?,
        "DepthwiseConv1D" => depthwise(network, layer, 1)?,
        "DepthwiseConv2D" => depthwise(network, layer, 2)?,
        "SeparableConv1D" => separable(network, layer, 1)?,
        "SeparableConv2D" => separable(network, layer, 2)?,
        "ZeroPadding1D" => zeros(network, layer, 1)?,
        "ZeroPadding2D" => zeros(network, layer, 2)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn conv(network: &mut Network, layer: &Layer<'_>, directions: usize) -> Result<(), ImportError> {
    let names = [Some("kernel"), network.bias(layer)?];
    let [Some(kernel), bias] = network.weights.tensors(layer, names)? else { return Ok(()) };
    let window = kernel_window(network, layer, &kernel, directions, "filters")?;
    let groups = layer.count("groups", 1)?;
    network.builder.conv(&layer.place(), turned(kernel)?, bias, groups, &window)?;
    network.activation_of(layer)
}

fn depthwise(
    network: &mut Network,
    layer: &Layer<'_>,
    directions: usize,
) -> Result<(), ImportError> {
    let names = [Some("kernel|depthwise_kernel"), network.bias(layer)?];
    let [Some(kernel), bias] = network.weights.tensors(layer, names)? else { return Ok(()) };
    each_channel(network, layer, kernel, bias, directions)?;
    network.activation_of(layer)
}

/// Adds the two convolutions that it is.
fn separable(
    network: &mut Network,
    layer: &Layer<'_>,
    directions: usize,
) -> Result<(), ImportError> {
    let names = [Some("depthwise_kernel"), Some("pointwise_kernel"), network.bias(layer)?];
    let [Some(kernel), Some(pointwise), bias] = network.weights.tensors(layer, names)? else {
        return Ok(());
    };
    if bias.is_some() {
        // The first of the two has none.
        network.is_without_bias(layer);
    }
    each_channel(network, layer, kernel, None, directions)?;
    layer.check_count("filters", pointwise.shape().last().copied().unwrap_or(0))?;
    network.builder.conv(&layer.place(), turned(pointwise)?, bias, 1, &Window::default())?;
    network.activation_of(layer)
}

/// Adds a convolution of each channel, with a kernel of `[height, width, in, multiplier]`.
fn each_channel(
    network: &mut Network,
    layer: &Layer<'_>,
    kernel: Tensor,
    bias: Option<Tensor>,
    directions: usize,
) -> Result<(), ImportError> {
    let window = kernel_window(network, layer, &kernel, directions, "depth_multiplier")?;
    // As [in, multiplier, height, width]: the outputs of a channel are side by side.
    let axes: Vec<usize> = [directions, directions + 1].into_iter().chain(0..directions).collect();
    let kernel = kernel.transposed(&axes)?;
    let (channels, multiplier) = (kernel.shape()[0], kernel.shape()[1]);
    let all = channels.saturating_mul(multiplier);
    let shape = [all, 1].into_iter().chain(kernel.shape()[2..].iter().copied()).collect();
    let groups = u32::try_from(channels).unwrap_or(u32::MAX);
    network.builder.conv(&layer.place(), kernel.reshaped(shape)?, bias, groups, &window)
}

/// Returns a kernel of `[height, width, in, out]` as `[out, in, height, width]`.
fn turned(kernel: Tensor) -> Result<Tensor, ImportError> {
    let directions = kernel.shape().len().saturating_sub(2);
    let axes: Vec<usize> = [directions + 1, directions].into_iter().chain(0..directions).collect();
    kernel.transposed(&axes)
}

/// Returns the window of a convolution with this kernel, whose last size is what a setting says.
fn kernel_window(
    network: &mut Network,
    layer: &Layer<'_>,
    kernel: &Tensor,
    directions: usize,
    last: &str,
) -> Result<Window, ImportError> {
    layer.check_channels_last()?;
    layer.check_count(last, kernel.shape().last().copied().unwrap_or(0))?;
    let size = kernel.shape().iter().take(directions).map(|&size| u32::try_from(size).ok());
    let size: Option<Vec<u32>> = size.collect();
    match size {
        Some(size) if kernel.shape().len() == directions + 2 => {
            match layer.counts("kernel_size", directions)? {
                Some(said) if said != size => {
                    let what = format!(
                        "its `kernel_size` is {}, but its numbers have {}",
                        written(&said),
                        written(&size)
                    );
                    Err(layer.wrong(what))
                }
                _ => window(network, layer, &size, 1),
            }
        }
        _ => {
            let what = format!("its kernel has {} dimensions", kernel.shape().len());
            Err(layer.wrong(what))
        }
    }
}

/// Returns the window of this size, with the zeros that were put in front of it. Its stride is by
/// default this one, or its size if that is 0.
pub(super) fn window(
    network: &mut Network,
    layer: &Layer<'_>,
    size: &[u32],
    stride: u32,
) -> Result<Window, ImportError> {
    let directions = size.len();
    let input = network.builder.dims();
    let input = input.sizes().get(1..).unwrap_or_default();
    if input.len() != directions {
        let what =
            format!("{} comes in, and it has {directions} directions", network.builder.dims());
        return Err(layer.wrong(what));
    }
    let default = if stride == 0 { size.to_vec() } else { vec![stride; directions] };
    let stride = layer.counts("strides", directions)?.unwrap_or(default);
    let dilation = layer.counts("dilation_rate", directions)?.unwrap_or(vec![1; directions]);
    if [size, &stride, &dilation].into_iter().flatten().any(|&number| number == 0) {
        return Err(layer.wrong("window, stride and dilation are from 1"));
    }
    let mut padding = match network.zeros.take() {
        Some((_, zeros)) if zeros.len() == directions => zeros,
        Some((place, _)) => {
            let what = "zeros are of other directions than the window behind them";
            return Err(ImportError::at(place, what));
        }
        None => vec![[0; 2]; directions],
    };
    for at in 0..directions {
        let [before, behind] = padding[at].map(u64::from);
        let covered = (u64::from(size[at]) - 1) * u64::from(dilation[at]);
        let added = match layer.text("padding") {
            None | Some("valid") => [0; 2],
            Some("causal") if directions == 1 => [covered, 0],
            Some("same") => {
                // As many places as strides begin; the odd zero is behind.
                let (length, stride) =
                    (u64::from(input[at]) + before + behind, u64::from(stride[at]));
                let last = (length.div_ceil(stride).saturating_sub(1)) * stride;
                let zeros = (last + covered + 1).saturating_sub(length);
                [zeros / 2, zeros - zeros / 2]
            }
            Some(_) => return Err(layer.unknown("padding")),
        };
        let sides = [before + added[0], behind + added[1]].map(|side| u32::try_from(side).ok());
        let [Some(before), Some(behind)] = sides else { return Err(layer.unknown("padding")) };
        padding[at] = [before, behind];
    }
    Ok(Window { stride, padding, dilation })
}

/// Remembers zeros for the next window.
fn zeros(network: &mut Network, layer: &Layer<'_>, directions: usize) -> Result<(), ImportError> {
    layer.check_channels_last()?;
    let sides = |value: &Value| -> Option<[u32; 2]> {
        match value.as_array().map(Vec::as_slice) {
            Some([before, behind]) => Some([count(before)?, count(behind)?]),
            Some(_) => None,
            None => count(value).map(|both| [both; 2]),
        }
    };
    let setting = layer.get("padding").ok_or_else(|| layer.unknown("padding"))?;
    let added: Option<Vec<[u32; 2]>> = match (setting, directions) {
        (Value::Array(values), 2) => values.iter().map(sides).collect(),
        (value, _) => sides(value).map(|sides| vec![sides; directions]),
    };
    let added = added.filter(|sides| sides.len() == directions);
    let mut added = added.ok_or_else(|| layer.unknown("padding"))?;
    if let Some((place, before)) = network.zeros.take() {
        if before.len() != directions {
            return Err(ImportError::at(
                place,
                "zeros are of other directions than those behind them",
            ));
        }
        for (added, before) in added.iter_mut().flatten().zip(before.iter().flatten()) {
            *added = added.saturating_add(*before);
        }
    }
    network.zeros = Some((layer.place(), added));
    Ok(())
}
