//! The data of a case: made once, read by every contender.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use trimpot_host::dataset::DataSpec;

use crate::case::{Case, DIGITS, LossName, LossWork, TrainingWork, Work};

/// The linear congruential generator of all benchmarks, from 0 to 1.
struct Uniform(u32);

impl Uniform {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.next()
    }

    fn many(&mut self, count: usize, low: f32, high: f32) -> Vec<f32> {
        (0..count).map(|_| self.between(low, high)).collect()
    }
}

/// Writes the case's data to its folder.
pub fn write(case: &Case) -> Result<()> {
    fs::create_dir_all(&case.folder)?;
    let mut uniform = Uniform(12345);
    match case.work {
        Work::Loss(work) => loss(case, &work, &mut uniform),
        Work::Training(work) => training(case, &work, &mut uniform),
    }
}

fn loss(case: &Case, work: &LossWork, uniform: &mut Uniform) -> Result<()> {
    let count = work.elements();
    let (low, high) = match work.loss {
        LossName::Dice => (0.0, 1.0),
        LossName::Bce | LossName::CrossEntropy => (-8.0, 8.0),
        LossName::Mse | LossName::Huber | LossName::Hinge => (-2.0, 2.0),
    };
    write_floats(&case.file("prediction"), &uniform.many(count, low, high))?;
    if work.loss == LossName::CrossEntropy {
        let classes = work.columns as f32;
        let labels: Vec<u32> = (0..work.rows).map(|_| (uniform.next() * classes) as u32).collect();
        return write_labels(&case.file("labels"), &labels);
    }
    let mut target = uniform.many(count, -2.0, 2.0);
    match work.loss {
        LossName::Hinge => target.iter_mut().for_each(|t| *t = t.signum()),
        LossName::Dice | LossName::Bce => {
            target.iter_mut().for_each(|t| *t = f32::from(u8::from(*t > 0.0)));
        }
        _ => {}
    }
    write_floats(&case.file("target"), &target)
}

/// Returns the folder of this package, as cargo tells the program that it runs. A path that is
/// compiled in is another checkout's where `target` was copied from there.
pub fn package() -> Result<PathBuf> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").context("please start it with `cargo run`")?;
    Ok(folder.into())
}

fn training(case: &Case, work: &TrainingWork, uniform: &mut Uniform) -> Result<()> {
    let (features, labels) = if work.rows == DIGITS.0 {
        let file = package()?.join("../../data/digits8.npz");
        let spec =
            DataSpec { scale: 1.0 / 16.0, ..DataSpec::classes(DIGITS.1, work.network.outputs()) };
        let digits = spec.read(&file)?.dataset;
        let samples = digits.samples::<{ DIGITS.1 }, u32>()?;
        (digits.features().numbers.clone(), samples.targets().to_vec())
    } else {
        let features = uniform.many(work.rows * work.network.inputs(), 0.0, 1.0);
        (features, (0..work.rows).map(|row| (row % work.network.outputs()) as u32).collect())
    };
    write_floats(&case.file("features"), &features)?;
    write_labels(&case.file("labels"), &labels)?;
    let mut parameters = Vec::new();
    for layer in work.network.layers() {
        let layer = layer.parameters();
        parameters.extend(uniform.many(layer.weights, -layer.bound, layer.bound));
        parameters.resize(parameters.len() + layer.biases, 0.0);
    }
    write_floats(&case.file("parameters"), &parameters)
}

pub fn write_floats(file: &Path, numbers: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(file, bytes).with_context(|| file.display().to_string())
}

fn write_labels(file: &Path, labels: &[u32]) -> Result<()> {
    let bytes: Vec<u8> = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
    fs::write(file, bytes).with_context(|| file.display().to_string())
}

impl Case {
    /// Returns the numbers of one of its files.
    pub fn floats(&self, what: &str) -> Result<Vec<f32>> {
        let words = self.words(what)?;
        Ok(words.into_iter().map(f32::from_bits).collect())
    }

    /// Returns the class of each row.
    pub fn labels(&self) -> Result<Vec<u32>> {
        self.words("labels")
    }

    fn words(&self, what: &str) -> Result<Vec<u32>> {
        let file = self.file(what);
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let (words, _) = bytes.as_chunks::<4>();
        Ok(words.iter().map(|&word| u32::from_le_bytes(word)).collect())
    }
}
