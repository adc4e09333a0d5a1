//! Model files: a network in the `safetensors` format.
//!
//! Tensors have the names and shapes that PyTorch gives them in an `nn.Sequential` of the same
//! layers, so that they load there unchanged: `2.weight`, `1.running_mean`, in a
//! [`Residual`](trimpot::layer::Residual) `3.0.weight`. Beside the parameters these are the
//! statistics of [`BatchNorm`](trimpot::layer::BatchNorm) and what is in
//! [`Frozen`](trimpot::layer::Frozen) layers.
//!
//! The file's metadata names, under the key `architecture`, the layers and those of their settings
//! (dropout's p, a slope, an ε) that are not the defaults: a file is loaded into layers with the
//! same settings, or it is refused. Under the key `input` is the shape of a sample: `64`,
//! `1x28x28`. Under the key `classes` are those classes that have names: a list in JSON, in the
//! order of the outputs, such as `["cat","dog"]`. [`About`] has these and what else a file says:
//!
//! | key | says | as |
//! |---|---|---|
//! | `task` | what outputs say | `classes`, `numbers` or `anomalies` (earlier, under `predicts`) |
//! | `classes`, `features` | their names | `["cat","dog"]` |
//! | `front_end` | what makes features of recordings | `log-mel,sample_rate=16000,fft=512,…` ([`FrontEnd`]) |
//! | `loss` | the loss that it was trained with | `huber delta=0.5` |
//! | `held_out` | samples of its data that it has not learned from | `0.2:1:00c0ffee12345678` |
//! | `rule` | how the threshold of anomalies is set | `percentile:0.95`, `deviations:3` |
//! | `threshold` | the threshold of anomalies | `0.125` |
//! | `centre` | what outputs are compared with, where anomalies are detected by distance | `0.5,-1.25` |
//! | `window` | how many predictions vote on an alarm | `9` |
//! | `learning_rate`, `replays`, `batch` | how a board learns: in (0, 1000], 0 to 65535, 1 to 255 | `0.01` |
//! | `optimizer` | how it steps | `sgd`, `momentum:0.9`, `adam` … |
//! | `trained` | what it trains | `all`, `head:2` … |
//! | `latents` | how it keeps what the frozen front makes of samples | `none`, `f32`, `u8`, `i8` |
//!
//! [`FrontEnd`]: crate::front_end::FrontEnd

mod about;
mod error;
mod held_out;
mod named;
mod optimizer;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView, serialize};
use trimpot::layer::Layer;
use trimpot::network::Model;
use trimpot::spec::{Dims, LayerSpec, PlacedTensor, Role};

pub use self::about::{About, LARGEST_WINDOW};
pub use self::error::ModelError;
pub use self::held_out::HeldOut;
pub use self::named::{Latents, ModelTask};
pub use self::optimizer::BoardOptimizer;
pub use self::stored::StoredModel;
use crate::import::Format;
use crate::layers::Layers;
use crate::{architecture, output, source};

/// The key of the metadata under which the layers are named.
pub(crate) const ARCHITECTURE: &str = "architecture";
/// The key under which the shape of a sample is.
const INPUT: &str = "input";

/// Writes the network to a file.
///
/// # Errors
/// If the file cannot be written: then it is what it was.
pub fn save<M: Model>(network: &M, file: impl AsRef<Path>) -> Result<(), ModelError> {
    save_layers(
        &Layers::of::<M::Input, _>(network.layers()),
        &About::default(),
        network.parameters(),
        file.as_ref(),
    )
}

/// Writes a network of these layers to a file, and what it is for.
///
/// # Errors
/// If the file cannot be written: then it is what it was.
pub fn save_layers(
    layers: &Layers,
    about: &About,
    parameters: &[f32],
    file: &Path,
) -> Result<(), ModelError> {
    let format = |source| ModelError::Format { file: file.to_owned(), source };
    assert_eq!(parameters.len(), layers.spec().parameters());
    let mut named = Vec::new();
    for tensor in layers.tensors() {
        let (name, numbers) = (tensor.to_string(), layers.numbers(&tensor, parameters));
        check_finite(numbers.iter().copied(), &name, file)?;
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        named.push((name, sizes(&tensor), bytes));
    }
    let views = named
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
    let views = views.collect::<Result<Vec<_>, _>>().map_err(format)?;
    let bytes = serialize(views, Some(texts(layers, about).into_iter().collect()));
    let bytes = bytes.and_then(in_order).map_err(format)?;
    output::write(file, &bytes)
        .map_err(|source| ModelError::Write { file: file.to_owned(), source })
}

/// Returns what a file says of a network beside its numbers.
pub(crate) fn texts(layers: &Layers, about: &About) -> BTreeMap<String, String> {
    let mut texts = about.texts();
    texts.insert(ARCHITECTURE.to_owned(), layers.spec().to_string());
    texts.insert(INPUT.to_owned(), layers.input.to_string());
    texts
}

/// The sizes of a tensor, as the format has them.
fn sizes(tensor: &PlacedTensor) -> Vec<usize> {
    tensor.tensor.sizes().iter().map(|&size| size as usize).collect()
}

/// An error unless all numbers of a tensor are finite.
fn check_finite(
    numbers: impl Iterator<Item = f32>,
    tensor: &str,
    file: &Path,
) -> Result<(), ModelError> {
    match numbers.enumerate().find(|(_, number)| !number.is_finite()) {
        Some((place, number)) => {
            let (file, tensor) = (file.to_owned(), tensor.to_owned());
            Err(ModelError::NotFinite { file, tensor, place, number })
        }
        None => Ok(()),
    }
}

/// Sorts the header of a file, whose metadata come in any order: so the same network makes the same
/// file.
pub(crate) fn in_order(mut file: Vec<u8>) -> Result<Vec<u8>, SafeTensorError> {
    let (length, rest) = file.split_first_chunk_mut().ok_or(SafeTensorError::HeaderTooSmall)?;
    let header = usize::try_from(u64::from_le_bytes(*length)).ok();
    let header = header.and_then(|length| rest.get_mut(..length));
    let header = header.ok_or(SafeTensorError::InvalidHeaderLength)?;
    let entries: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
        serde_json::from_slice(header)?;
    // As long as before: what follows is padding.
    let sorted = serde_json::to_vec(&entries)?;
    header[..sorted.len()].copy_from_slice(&sorted);
    Ok(file)
}

/// Reads the names of the classes from a file: none, if they have no names.
///
/// # Errors
/// If the file cannot be read, or is no model.
pub fn classes(file: impl AsRef<Path>) -> Result<Vec<String>, ModelError> {
    let file = file.as_ref();
    Ok(about_of(&metadata(file)?, file)?.classes)
}

/// Returns what the metadata of a file say a network is for.
fn about_of(metadata: &BTreeMap<String, String>, file: &Path) -> Result<About, ModelError> {
    About::of_texts(metadata).map_err(|reason| about_error(file, reason))
}

fn about_error(file: &Path, reason: String) -> ModelError {
    ModelError::About { file: file.to_owned(), reason }
}

/// Reads what a file says about its network.
fn metadata(file: &Path) -> Result<BTreeMap<String, String>, ModelError> {
    let bytes =
        source::read(file).map_err(|source| ModelError::Read { file: file.to_owned(), source })?;
    let (_, metadata) =
        SafeTensors::read_metadata(&bytes).map_err(|source| unreadable(file, &bytes, source))?;
    Ok(metadata.metadata().clone().unwrap_or_default().into_iter().collect())
}

/// Returns the error of a file without a header of this format, which may be of another one.
fn unreadable(file: &Path, bytes: &[u8], source: SafeTensorError) -> ModelError {
    let (file, ending) = (file.to_owned(), file.extension().and_then(|ending| ending.to_str()));
    match Format::of(bytes, ending) {
        Ok(format) if format != Format::Safetensors => ModelError::Foreign { file, format },
        _ => ModelError::Format { file, source },
    }
}

/// Reads the layers of a network from a file, without their numbers. The shape of a sample is what
/// the file says; of one that does not, `input`, or what the first layer takes.
///
/// # Errors
/// If the file cannot be read, is no model, or nobody says what shape a sample has.
pub fn layers(file: impl AsRef<Path>, input: Option<Dims>) -> Result<Layers, ModelError> {
    let file = file.as_ref();
    layers_of(&metadata(file)?, input, file)
}

/// Returns the layers that the metadata of a file name.
fn layers_of(
    metadata: &BTreeMap<String, String>,
    input: Option<Dims>,
    file: &Path,
) -> Result<Layers, ModelError> {
    let wrong = |reason: String| ModelError::Layers { file: file.to_owned(), reason };
    let text = metadata.get(ARCHITECTURE).ok_or_else(|| ModelError::Foreign {
        file: file.to_owned(),
        format: Format::Safetensors,
    })?;
    let specs = architecture::named(text).map_err(wrong)?;
    let said = metadata.get(INPUT).map(|text| architecture::shape(text)).transpose();
    let input = match (said.map_err(wrong)?, input, specs.first()) {
        (Some(said), Some(input), _) if said != input => {
            return Err(wrong(format!("a sample has the shape {said}, and not {input}")));
        }
        (Some(input), ..) | (None, Some(input), _) => input,
        (None, None, Some(LayerSpec::Dense(first))) => Dims::vector(first.inputs),
        (None, None, _) => {
            return Err(ModelError::Shape { file: file.to_owned() });
        }
    };
    let layers = Layers { input, specs, constants: Vec::new() };
    layers.spec().output().map_err(|error| wrong(error.to_string()))?;
    Ok(layers)
}

/// Reads a network from a file whose layers have all the default settings.
///
/// # Errors
/// Those of [`load_into`].
pub fn load<M: Model + Default>(file: impl AsRef<Path>) -> Result<M, ModelError> {
    let mut network = M::default();
    load_into(&mut network, file)?;
    Ok(network)
}

/// Reads parameters and statistics from a file of a network with the same layers, settings, and
/// frozen numbers. After an error the network is as it was.
///
/// # Errors
/// If the file cannot be read, or holds another network, or numbers that are not finite. Then the
/// network is what it was.
///
/// ```
/// use trimpot::layer::{BatchNorm, Dense, Dropout, Relu};
/// use trimpot::{chain, network};
/// use trimpot_model::file;
///
/// type Small = network!(Dense<4, 8>, BatchNorm<8>, Relu, Dropout, Dense<8, 2>; from 4);
/// let layers =
///     chain![Dense, BatchNorm::new([0.5; 8], [2.0; 8])?, Relu, Dropout::new(0.1)?, Dense];
/// let mut trained = Small::new(layers, [0.0; Small::PARAMETERS]);
/// trained.initialize(1);
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("model.safetensors");
/// file::save(&trained, &file)?;
///
/// // Dropout is a setting, and has to be the same. Statistics are in the file.
/// let layers = chain![Dense, BatchNorm::default(), Relu, Dropout::new(0.1)?, Dense];
/// let mut network = Small::new(layers, [0.0; Small::PARAMETERS]);
/// file::load_into(&mut network, &file)?;
/// assert_eq!(network.predict::<f32>(&[1.0; 4]), trained.predict::<f32>(&[1.0; 4]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load_into<M: Model>(network: &mut M, file: impl AsRef<Path>) -> Result<(), ModelError> {
    let file = file.as_ref();
    let format = |source| ModelError::Format { file: file.to_owned(), source };
    let bytes =
        source::read(file).map_err(|source| ModelError::Read { file: file.to_owned(), source })?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(format)?;
    let named = metadata.metadata().as_ref().and_then(|named| named.get(ARCHITECTURE));
    let layers = Layers::of::<M::Input, _>(network.layers());
    let expected = layers.spec().to_string();
    if named != Some(&expected) {
        let found = named.map_or("an unnamed network", |named| named).to_owned();
        return Err(ModelError::Architecture { file: file.to_owned(), expected, found });
    }

    let model = SafeTensors::deserialize(&bytes).map_err(format)?;
    let (mut parameters, mut before, mut statistics) = (Vec::new(), Vec::new(), Vec::new());
    for tensor in layers.tensors() {
        let numbers = numbers(&model, &tensor, file)?;
        match tensor.role {
            Role::Parameter => parameters.extend(numbers),
            Role::Statistic => {
                before.extend_from_slice(layers.numbers(&tensor, &[]));
                statistics.extend(numbers);
            }
            Role::Frozen => {
                let frozen = layers.numbers(&tensor, &[]).iter();
                if !frozen.map(|number| number.to_bits()).eq(numbers.map(f32::to_bits)) {
                    let (file, tensor) = (file.to_owned(), tensor.to_string());
                    return Err(ModelError::Frozen { file, tensor });
                }
            }
        }
    }
    let layers = network.layers_mut();
    if let Err(source) = layers.set_statistics(&mut statistics.as_slice()) {
        layers.set_statistics(&mut before.as_slice()).expect("layers take what they had");
        return Err(ModelError::Statistics { file: file.to_owned(), source });
    }
    network.parameters_mut().copy_from_slice(&parameters);
    Ok(())
}

/// Returns the numbers that the file has for a tensor.
fn numbers<'a>(
    model: &SafeTensors<'a>,
    tensor: &PlacedTensor,
    file: &Path,
) -> Result<impl Iterator<Item = f32> + use<'a>, ModelError> {
    let format = |source| ModelError::Format { file: file.to_owned(), source };
    let (name, shape) = (tensor.to_string(), sizes(tensor));
    let found = model.tensor(&name).map_err(format)?;
    if (found.dtype(), found.shape()) != (Dtype::F32, &shape) {
        return Err(ModelError::Tensor {
            file: file.to_owned(),
            tensor: name,
            expected: format!("{:?} {shape:?}", Dtype::F32),
            found: format!("{:?} {:?}", found.dtype(), found.shape()),
        });
    }
    let numbers = found.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
    check_finite(numbers.clone(), &name, file)?;
    Ok(numbers)
}
