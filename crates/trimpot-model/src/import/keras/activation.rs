//! Activations, as layers and as settings of layers.

use trimpot::layer::{
    Elu, Gelu, HardSigmoid, HardSwish, HardTanh, LeakyRelu, Relu, Sigmoid, Silu, Softplus,
    Softsign, Tanh,
};
use trimpot::spec::LayerSpec;

use super::config::{Layer, class, short};
use crate::import::ImportError;

/// What is computed of each number, or of all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Activation {
    Linear,
    Softmax,
    Layer(LayerSpec),
}

/// Returns the activation that a layer is, if it is one.
pub(super) fn of(
    layer: &Layer<'_>,
    dimensions: usize,
    is_second: bool,
) -> Result<Option<Activation>, ImportError> {
    let wrong = |error: trimpot::ParameterError| layer.wrong(error);
    let spec = match layer.class {
        "Activation" => return setting(layer, dimensions, is_second).map(Some),
        "Softmax" if layer.get("axis").is_none() || layer.is_last_axis("axis", dimensions) => {
            return Ok(Some(Activation::Softmax));
        }
        "Softmax" => return Err(layer.unknown("axis")),
        "ReLU" => {
            let slope = layer.number("negative_slope", 0.0)? as f32;
            if layer.number("threshold", 0.0)? != 0.0 {
                return Err(layer.unknown("threshold"));
            }
            match layer.get("max_value") {
                None if slope == 0.0 => LayerSpec::Relu(Relu),
                None => leaky(slope).map_err(wrong)?,
                Some(_) if slope == 0.0 => {
                    let most = layer.number("max_value", 0.0)? as f32;
                    LayerSpec::HardTanh(HardTanh::between(0.0, most).map_err(wrong)?)
                }
                Some(_) => return Err(layer.unknown("max_value")),
            }
        }
        "LeakyReLU" => {
            // The name in Keras 3, and in Keras 2.
            let setting =
                ["negative_slope", "alpha"].into_iter().find(|name| layer.get(name).is_some());
            leaky(layer.number(setting.unwrap_or("alpha"), 0.3)? as f32).map_err(wrong)?
        }
        "ELU" => {
            let alpha = layer.number("alpha", 1.0)? as f32;
            LayerSpec::Elu(Elu::default().with_alpha(alpha).map_err(wrong)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(Activation::Layer(spec)))
}

fn leaky(slope: f32) -> Result<LayerSpec, trimpot::ParameterError> {
    Ok(LayerSpec::LeakyRelu(LeakyRelu::default().with_negative_slope(slope)?))
}

/// Returns what a layer says in its `activation`.
pub(super) fn setting(
    layer: &Layer<'_>,
    dimensions: usize,
    is_second: bool,
) -> Result<Activation, ImportError> {
    let Some(value) = layer.get("activation") else { return Ok(Activation::Linear) };
    if let Some(inner) = class(value) {
        // A layer stands for its function. None is inside of itself, but for what JSON bounds.
        let inner = Layer::new(&inner, layer.path.clone());
        let found = of(&inner, dimensions, is_second)?;
        return found.ok_or_else(|| layer.unknown("activation"));
    }
    // A function is its name, alone or in an object.
    let name = value.as_str().or_else(|| value.get("config")?.as_str());
    named(name.unwrap_or_default(), is_second).ok_or_else(|| match name {
        Some("hard_sigmoid") => {
            let what = "the hard sigmoid of Keras 2 is max(0, min(1, x/5 + 1/2)), and there is only that of Keras 3";
            layer.wrong(what)
        }
        _ => layer.wrong(format!("there is no layer for the activation {}", short(value))),
    })
}

/// Returns the activation of this name.
fn named(name: &str, is_second: bool) -> Option<Activation> {
    Some(Activation::Layer(match name {
        "linear" => return Some(Activation::Linear),
        "softmax" => return Some(Activation::Softmax),
        "relu" => LayerSpec::Relu(Relu),
        "relu6" => LayerSpec::HardTanh(HardTanh::between(0.0, 6.0).ok()?),
        "leaky_relu" => leaky(0.2).ok()?,
        "elu" => LayerSpec::Elu(Elu::default()),
        "gelu" => LayerSpec::Gelu(Gelu),
        "silu" | "swish" => LayerSpec::Silu(Silu),
        "sigmoid" => LayerSpec::Sigmoid(Sigmoid),
        "tanh" => LayerSpec::Tanh(Tanh),
        "softplus" => LayerSpec::Softplus(Softplus),
        "softsign" => LayerSpec::Softsign(Softsign),
        "hard_sigmoid" if !is_second => LayerSpec::HardSigmoid(HardSigmoid),
        "hard_silu" | "hard_swish" if !is_second => LayerSpec::HardSwish(HardSwish),
        "hard_tanh" => LayerSpec::HardTanh(HardTanh::default()),
        _ => return None,
    }))
}
