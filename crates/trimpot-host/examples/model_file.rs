//! Writes a model file, and beside it inputs and the outputs that belong to them, so that another
//! program can show that it reads the same network: see `tests/python/check_model.py`.
//!
//! ```sh
//! cargo run -p trimpot-host --example model_file -- FOLDER
//! ```

use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;

use ndarray::Array2;
use ndarray_npy::NpzWriter;
use trimpot::random::Random;
use trimpot_host::dataset::Dataset;
use trimpot_host::evaluate::predict;
use trimpot_host::model;
use trimpot_tuner::digits::{INPUTS, Network};

const SAMPLES: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;

    let network = Network::seeded(1);
    model::save(&network, folder.join("model.safetensors"))?;

    let mut random = Random::new(2);
    let inputs: Vec<[f32; INPUTS]> =
        (0..SAMPLES).map(|_| std::array::from_fn(|_| random.uniform())).collect();
    let data = Dataset::new(inputs, vec![0; SAMPLES])?;
    let mut npz = NpzWriter::new(File::create(folder.join("expected.npz"))?);
    npz.add_array("x", &Array2::from(data.features().to_vec()))?;
    npz.add_array("logits", &Array2::from(predict(&network, &data)))?;
    npz.finish()?;
    Ok(())
}
