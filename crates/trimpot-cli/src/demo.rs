//! The demo: train on the PC, fine-tune on a board, keep it through a power cut, and report.
//!
//! The factory trains a network on MNIST. In the field the digits come from another sensor (the UCI
//! digits), and the network stumbles. The board learns from some of them, one by one, over its
//! link, while it replays samples from the factory. Then it keeps what it learned, and its power is
//! cut.

mod data;
mod error;
mod factory;
mod field;
mod options;
mod page;
mod result;
mod simulated;
mod steps;
mod terminal;

use std::fs;
use std::time::Instant;

use trimpot::metric::ConfusionMatrix;
use trimpot_model::output;

pub use data::{Data, Split, digits};
pub use error::DemoError;
pub use factory::{Factory, train_factory};
pub use field::{AdaptationRun, Point, teach};
pub use options::Options;
pub use result::{DemoResult, Promise, SEEDS, SeedResult};
pub use simulated::{boot_digits, digit_layers, digits_model, read_network};

/// Returns the accuracy; 0 if nothing was counted.
fn accuracy<const N: usize>(matrix: &ConfusionMatrix<N>) -> f32 {
    matrix.accuracy().unwrap_or(0.0)
}

/// Runs the demo, tells the terminal about it, and writes the report.
///
/// # Errors
/// If data cannot be read, training or the board fails, or the report cannot be written.
pub fn run(options: &Options) -> Result<DemoResult, DemoError> {
    let start = Instant::now();
    let data = Data::read(&options.data)?;
    let (all, most) = (data.field.len(), data.field.len() / 2);
    if options.samples > most {
        return Err(DemoError::Samples { samples: options.samples, all, most });
    }
    fs::create_dir_all(&options.report).map_err(DemoError::writing(&options.report))?;
    for file in [options.model_file(), options.report_file()] {
        output::check(&file).map_err(DemoError::writing(&file))?;
    }
    options.address().erase()?;

    let factory = steps::train(options, &data)?;
    let mut board = steps::boot(options, &data, &factory)?;
    let run = steps::learn(options, &data, &factory, &mut board)?;
    let same_after_power_cut = steps::cut_power(options, &data, &run, board)?;
    let seeds = steps::repeat(options, &data, &factory)?;
    let result = DemoResult {
        board: options.address().to_string(),
        seed: options.seed,
        samples: options.samples,
        factory,
        run,
        same_after_power_cut,
        seeds,
        seconds: start.elapsed().as_secs_f64(),
    };
    steps::report(options, &result)?;
    Ok(result)
}
