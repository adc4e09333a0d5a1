//! Writes model files, and beside them inputs and the outputs that belong to them, so that another
//! program can show that it reads the same networks: see `tests/python/check_model.py`, which
//! `cargo xtask python` runs.
//!
//! ```sh
//! cargo run -p trimpot-host --example model_file -- FOLDER
//! ```

use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;

use ndarray::Array2;
use ndarray_npy::NpzWriter;
use trimpot::layer::{BatchNorm, Dense, Relu};
use trimpot::random::Random;
use trimpot_host::evaluate::predict;
use trimpot_model::file;
use trimpot_tuner::digits::{INPUTS, Network};

type Normalized = trimpot::network!(Dense<64, 16>, BatchNorm<16>, Relu, Dense<16, 10>; from 64);

const SAMPLES: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;

    let network = Network::seeded(1);
    file::save(&network, folder.join("model.safetensors"))?;

    let mut random = Random::new(2);
    let mut normalized = Normalized::seeded(1);
    for parameter in normalized.parameters_mut() {
        *parameter += 0.2 * random.normal();
    }
    let mean = std::array::from_fn(|_| random.normal());
    let variance = std::array::from_fn(|_| 4.0 * random.uniform());
    normalized.layers_mut().1.0 = BatchNorm::new(mean, variance)?;
    file::save(&normalized, folder.join("batch_norm.safetensors"))?;

    let inputs: Vec<[f32; INPUTS]> =
        (0..SAMPLES).map(|_| std::array::from_fn(|_| random.uniform())).collect();
    let mut npz = NpzWriter::new(File::create(folder.join("expected.npz"))?);
    npz.add_array("x", &Array2::from(inputs.clone()))?;
    npz.add_array("model", &Array2::from(predict(&network, &inputs)))?;
    npz.add_array("batch_norm", &Array2::from(predict(&normalized, &inputs)))?;
    npz.finish()?;
    Ok(())
}
