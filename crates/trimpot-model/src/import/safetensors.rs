//! `safetensors` with the tensors of a PyTorch `state_dict`: names and numbers, and nothing of what
//! is between them.
//!
//! Tensors whose names are alike up to the last dot are a module: `weight` and `bias` of a dense
//! layer (two dimensions), a convolution (three or four) or a normalisation (one), `running_mean` and
//! `running_var` of a batch normalisation. Activations, pools, strides, paddings, dilations, groups
//! and ε are in no tensor: somebody has to say the network.

mod guess;
mod module;
mod numbers;
mod order;
#[cfg(test)]
mod tests;

use safetensors::SafeTensors;
use safetensors::tensor::SafeTensorError;
use trimpot::spec::{LayerSpec, TensorSpec};

use self::module::Module;
use self::order::Order;
use super::numbers::listed;
use super::{Builder, ImportError, Imported, Request, TENSOR_LIMIT, Tensor};
use crate::architecture::written;
use crate::file::ARCHITECTURE;
use crate::layers::Layers;

/// Reads the tensors for the layers of the network that was said.
pub(super) fn read(bytes: &[u8], request: &Request) -> Result<Imported, ImportError> {
    let damaged =
        |error: SafeTensorError| ImportError::Damaged { at: None, what: error.to_string() };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    if header.metadata().as_ref().is_some_and(|texts| texts.contains_key(ARCHITECTURE)) {
        return Err(ImportError::Own);
    }
    let names = header.offset_keys();
    if names.len() > TENSOR_LIMIT {
        return Err(ImportError::limit("tensors", names.len(), TENSOR_LIMIT));
    }
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let modules = module::of(&file, &names).map_err(damaged)?;
    let order = Order::of(&modules, &names, &file);
    let modules = order.sorted(modules);
    let is_known = order.is_known(&modules);
    let shown = if is_known { modules.clone() } else { guess::sorted(&modules) };
    let found = shown.iter().enumerate().map(|(at, module)| module.found(shown.get(at + 1)));
    let found: Vec<_> = found.collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err(ImportError::Damaged { at: None, what: "it has no tensors".to_owned() });
    }
    let Some(network) = &request.network else {
        let network = module::network(&shown, &found, request.input);
        return Err(ImportError::Architecture { found, network, is_order_known: is_known });
    };
    if let Some(said) = request.input.filter(|&said| said != network.input) {
        let what = format!("a sample has the shape {}, and not {said}", network.input);
        return Err(ImportError::at("the network", what));
    }
    let layers: Vec<LayerSpec> = network.specs.iter().copied().filter(has_tensors).collect();
    if layers.len() != modules.len() {
        return Err(ImportError::Modules { expected: layers.len(), found });
    }
    let (modules, note) = order.assigned(modules, &layers, &request.order)?;
    let mut imported = built(network, request, &modules, &file)?;
    imported.notes.extend(note);
    Ok(imported)
}

/// Returns whether a layer has tensors of its own.
fn has_tensors(spec: &LayerSpec) -> bool {
    spec.tensors().iter().next().is_some()
}

/// Returns the network with the tensors of modules, which are in the order of its layers.
fn built(
    network: &Layers,
    request: &Request,
    modules: &[Module],
    file: &SafeTensors<'_>,
) -> Result<Imported, ImportError> {
    let mut builder = Builder::new(network.input)?;
    builder.set_binary(request.binary);
    let mut reader = numbers::Reader::new(file);
    let (mut without_bias, mut norms) = (Vec::new(), Vec::new());
    let mut modules = modules.iter();
    // Residual layers and shortcuts that are open, and where they end.
    let mut open = Vec::new();
    for (at, &spec) in network.specs.iter().enumerate() {
        while let Some(&(around, end)) = open.last()
            && end == at
        {
            open.pop();
            end_of(around, &mut builder)?;
        }
        if spec.has_inside() {
            match spec {
                LayerSpec::Shortcut(_) => builder.begin_shortcut("")?,
                _ => builder.begin_residual("")?,
            }
            open.push((spec, at + 1 + spec.inside()));
            continue;
        }
        if !has_tensors(&spec) {
            builder.layer("", spec, Vec::new())?;
            continue;
        }
        let Some(module) = modules.next() else { continue };
        module.check(spec)?;
        if matches!(spec, LayerSpec::LayerNorm(_)) && module.tensor("bias").is_none() {
            norms.push(module.name.as_str());
        }
        let mut tensors = Vec::new();
        for own in spec.tensors().iter() {
            let tensor = match module.tensor(own.name) {
                Some(name) => reader.tensor(name)?,
                None => missing(module, spec, own, &mut without_bias)?,
            };
            tensors.push(tensor);
        }
        builder.layer(&module.name, spec, tensors)?;
    }
    for (around, _) in open.into_iter().rev() {
        end_of(around, &mut builder)?;
    }
    if let Some(ending) = request.ending {
        builder.ending("the network", ending)?;
    }
    builder.add_converted(reader.converted());
    if !without_bias.is_empty() {
        let modules = listed(&without_bias);
        builder.note(format!("without a bias, which is 0 now, and is trained: {modules}"));
    }
    if !norms.is_empty() {
        builder.note(format!(
            "a layer_norm as the network says, but a weight without a bias may also be that of a PReLU or an RMS norm, \
             which compute something else: {}",
            listed(&norms)
        ));
    }
    builder.finish()
}

/// Ends a layer with others inside.
fn end_of(around: LayerSpec, builder: &mut Builder) -> Result<(), ImportError> {
    match around {
        LayerSpec::Shortcut(_) => builder.end_shortcut("the network"),
        _ => builder.end_residual("the network"),
    }
}

/// Returns the tensor that stands for one that a module does not have.
fn missing<'m>(
    module: &'m Module,
    spec: LayerSpec,
    own: &TensorSpec,
    without_bias: &mut Vec<&'m str>,
) -> Result<Tensor, ImportError> {
    let is_norm = matches!(spec, LayerSpec::BatchNorm(_) | LayerSpec::LayerNorm(_));
    let number = match own.name {
        "bias" => 0.0,
        "weight" if is_norm => 1.0,
        name => {
            let what = format!("{} has a tensor `{name}`, and the file has not", written(spec));
            return Err(ImportError::at(&module.name, what));
        }
    };
    if own.name == "bias" {
        without_bias.push(&module.name);
    }
    let size = own.sizes().first().copied().unwrap_or(0) as usize;
    Ok(Tensor::filled(format!("{}.{}", module.name, own.name), size, number))
}
