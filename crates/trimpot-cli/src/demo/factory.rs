//! In the factory: training on the PC.

use std::num::NonZeroUsize;
use std::time::Instant;

use trimpot::layer::{Chain, Dropout};
use trimpot::loss::CrossEntropy;
use trimpot::metric::ConfusionMatrix;
use trimpot::network;
use trimpot::optimizer::Adam;
use trimpot::schedule::Linear;
use trimpot_host::evaluate::evaluate;
use trimpot_host::train::{Epoch, TrainConfig, train};
use trimpot_tuner::digits::{CLASSES, Layers, Network};

use super::accuracy;
use super::data::{Data, digits};
use super::error::DemoError;
use super::terminal;
use crate::terminal::counted;

/// The digits' layers, and before them dropout of pixels.
///
/// Found by trying. Without it, all but three of 10,000 training digits are classified correctly,
/// but only 94.6 % of the test digits; with it 98.5 and 95.7 % (means of six seeds).
type Training = network!(Dropout, Layers; from 64);
const DROPOUT: f32 = 0.1;
const EPOCHS: u32 = 100;
const BATCH: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not 0");
/// The learning rate falls evenly from the first to the last epoch.
const RATES: [f32; 2] = [8e-3, 1e-4];

/// A network from the factory, and how it does.
#[derive(Debug)]
pub struct Factory {
    /// The network.
    pub network: Network,
    /// The mean loss and the accuracy on test digits after every epoch.
    pub epochs: Vec<(f32, f32)>,
    /// How it does on the factory's test digits.
    pub factory: ConfusionMatrix<CLASSES>,
    /// How it does on the field's digits.
    pub field: ConfusionMatrix<CLASSES>,
    /// Training samples in a second, each counted once an epoch.
    pub samples_per_second: f64,
}

impl Factory {
    /// In one line.
    pub fn summary(&self) -> String {
        let loss = self.epochs.last().map_or(f32::NAN, |(loss, _)| *loss);
        let speed = self.samples_per_second / 1e6;
        let epochs = counted(self.epochs.len(), "epoch");
        format!("{epochs}, loss {loss:.3}, {speed:.2} million samples/s")
    }
}

/// Trains the digits' network on the factory's digits, with a progress bar.
///
/// # Errors
/// If training diverges, or is interrupted.
pub fn train_factory(data: &Data, seed: u32) -> Result<Factory, DemoError> {
    let [samples, test, field] = [&data.train, &data.test, &data.field].map(digits);
    let (samples, test) = (samples?, test?);
    let layers = Chain(Dropout::new(DROPOUT)?, <Layers>::default());
    let mut network = Training::new(layers, [0.0; Training::PARAMETERS]);
    network.initialize(seed);

    let bar = terminal::bar(EPOCHS.into(), "training  {bar} {pos}/{len} epochs  {msg}");
    let mut epochs = Vec::new();
    let start = Instant::now();
    let mut config = TrainConfig::new(EPOCHS, BATCH, seed);
    let steps = EPOCHS * config.steps(samples.len());
    config.schedule = Some(Box::new(Linear::new(RATES[0], RATES[1], steps)?));
    let adam = Adam::new(RATES[0])?;
    train(&mut network, &CrossEntropy::new(), adam, samples, config, |network, epoch| {
        let Epoch { number, loss, time, .. } = epoch;
        let accuracy = accuracy(&evaluate(network, test));
        epochs.push((loss, accuracy));
        let speed = samples.len() as f64 / time.as_secs_f64() / 1000.0;
        let accuracy = 100.0 * accuracy;
        bar.set_message(format!("loss {loss:.3}  test {accuracy:.1} %  {speed:.0}k samples/s"));
        bar.set_position(number.into());
    })?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish_and_clear();

    let network = Network::new(Layers::default(), *network.parameters());
    Ok(Factory {
        factory: evaluate(&network, test),
        field: evaluate(&network, field?),
        network,
        epochs,
        samples_per_second: samples.len() as f64 * f64::from(EPOCHS) / seconds,
    })
}
