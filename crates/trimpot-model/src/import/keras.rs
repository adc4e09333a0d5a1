//! Keras: `.keras` (an archive of JSON and HDF5) and whole models in `.h5` (HDF5 with JSON inside),
//! of Keras 2 and 3.
//!
//! Keras has channels last, and so have its samples: an image of height × width × channels is
//! channels × height × width here. Kernels are turned to PyTorch's layout, and the columns of a dense
//! layer behind [`Flatten`](https://keras.io/api/layers/reshaping_layers/flatten/) change their places
//! as the numbers in front of them have.
//!
//! Read are chains of layers, in which models may be nested, and [`Add`] of layers and what goes into
//! them. Nothing of a file is executed: there are no Lambda layers and no layers of one's own.
//!
//! [`Add`]: https://keras.io/api/layers/merging_layers/add/

mod activation;
mod archive;
mod config;
mod convolution;
mod front;
mod graph;
mod hdf5;
mod layers;
mod norms;
mod pool;
mod weights;

use std::{panic, thread};

use serde_json::Value;

use self::archive::Archive;
use self::graph::Steps;
use self::hdf5::File;
use self::layers::Network;
use self::weights::Weights;
use super::{ImportError, Imported, Request};

/// What a file in HDF5 begins with.
pub(super) const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The stack on which HDF5 is read: of it is taken what is needed. A type may be inside of another
/// with 8 bytes for each, 8191 deep in the 64 KiB of a message, and the reader of HDF5 calls itself for
/// each, with up to 16 KiB where it is not optimised.
const STACK: usize = 256 << 20;

/// Returns whether bytes may be an archive of Keras: its entries have these names.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    // The directory is at the end.
    let end = bytes.get(bytes.len().saturating_sub(archive::DIRECTORY)..).unwrap_or(bytes);
    bytes.starts_with(b"PK\x03\x04")
        && end.windows(archive::WEIGHTS.len()).any(|name| name == archive::WEIGHTS.as_bytes())
}

/// Reads a `.keras` file.
pub(super) fn read_archive(bytes: &[u8], request: &Request) -> Result<Imported, ImportError> {
    on_large_stack(|| of_archive(bytes, request))
}

/// Reads an `.h5` file with layers and numbers.
pub(super) fn read_hdf5(bytes: &[u8], request: &Request) -> Result<Imported, ImportError> {
    on_large_stack(|| of_hdf5(bytes, request))
}

fn on_large_stack(
    read: impl FnOnce() -> Result<Imported, ImportError> + Send,
) -> Result<Imported, ImportError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read);
        thread?.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

fn of_archive(bytes: &[u8], request: &Request) -> Result<Imported, ImportError> {
    let mut archive = Archive::new(bytes)?;
    let metadata = archive.json(archive::METADATA)?;
    let version = metadata.get("keras_version").and_then(Value::as_str).unwrap_or("3");
    let config = archive.json(archive::CONFIG)?;
    let file = File::new(archive.bytes(archive::WEIGHTS)?)?;
    imported(&config, is_second(version), Weights::numbered(file), request)
}

fn of_hdf5(bytes: &[u8], request: &Request) -> Result<Imported, ImportError> {
    let file = File::new(bytes.to_vec())?;
    let root = file.attributes("/")?;
    let text = |name: &str| root.get(name).and_then(|value| value.as_str());
    let Some(config) = text("model_config") else {
        let what = "there is no attribute `model_config`: a file of save_weights has numbers only, and model.save writes \
                    what can be read";
        return Err(ImportError::at("the file", what));
    };
    let config = archive::parsed("model_config", config.as_bytes())?;
    // Old files do not say their version.
    let version = text("keras_version").unwrap_or("2");
    imported(&config, is_second(version), Weights::named(file), request)
}

/// Returns whether this is a version of Keras 2, or of 1.
fn is_second(version: &str) -> bool {
    version.starts_with("2.") || version.starts_with("1.") || version == "2"
}

/// Returns the network of a configuration, with these numbers.
fn imported(
    config: &Value,
    is_second: bool,
    weights: Weights,
    request: &Request,
) -> Result<Imported, ImportError> {
    let steps = Steps::of(config)?;
    let mut network = Network::new(&steps, is_second, weights, request)?;
    for step in steps.steps() {
        network.step(step)?;
    }
    network.finish()
}
