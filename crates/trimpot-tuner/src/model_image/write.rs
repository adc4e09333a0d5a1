//! The network part of a model, written.

use core::num::NonZeroU8;

use trimpot::plan::Trained;
use trimpot::spec::{Dims, LayerSpec};

use super::code;
use crate::{LatentFormat, Reference, TaskSpec};

/// What a network is for, and how it learns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Purpose<'a> {
    /// What is learned: classes, unless it is said.
    pub task: TaskSpec,
    /// The loss's name in the core's registry; empty for that of the board.
    pub loss: &'a str,
    /// Its settings.
    pub loss_settings: &'a [f32],
    /// The learning rate, unless it is that of the board, or of the optimizer.
    pub learning_rate: Option<f32>,
    /// Replayed samples for each new one, unless they are those of the board.
    pub replays: Option<u16>,
    /// The optimizer's [name](trimpot::optimizer::OPTIMIZERS); empty for gradient descent without a
    /// memory, sample by sample.
    pub optimizer: &'a str,
    /// Its settings.
    pub optimizer_settings: &'a [f32],
    /// How many samples make a step of the optimizer, unless it is one.
    pub batch: Option<NonZeroU8>,
    /// Which parameters are trained.
    pub trained: Trained,
    /// How [latents](crate::LatentReplay) are kept; none, if features are kept.
    pub latents: Option<LatentFormat>,
    /// Texts by their keys.
    pub texts: &'a [(&'a str, &'a str)],
}

/// The network part is too long for its lengths: a name has more than 255 bytes, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl core::fmt::Display for TooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a name or a text of the model is too long for a board")
    }
}

impl core::error::Error for TooLong {}

/// Hands over layers, in order.
pub type Layers<'l> = &'l dyn Fn(&mut dyn FnMut(LayerSpec));

/// Hands over the bytes of the network part of a model.
///
/// # Errors
/// If a count does not fit into its bytes. Then not all were handed over.
pub fn write_network(
    input: Dims,
    layers: Layers<'_>,
    purpose: &Purpose<'_>,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<(), TooLong> {
    visit(&[short(input.sizes().len())?]);
    input.sizes().iter().for_each(|size| visit(&size.to_le_bytes()));
    let (mut count, mut fits) = (0_usize, Ok(()));
    layers(&mut |_| count = count.saturating_add(1));
    visit(&u16::try_from(count).map_err(|_| TooLong)?.to_le_bytes());
    layers(&mut |layer| fits = fits.and(write_layer(layer, visit)));
    fits?;
    write_named(purpose.loss, purpose.loss_settings, visit)?;
    write_task(purpose.task, visit)?;
    visit(&purpose.learning_rate.unwrap_or(f32::NAN).to_le_bytes());
    visit(&purpose.replays.map_or(u32::MAX, u32::from).to_le_bytes());
    write_named(purpose.optimizer, purpose.optimizer_settings, visit)?;
    visit(&[purpose.batch.map_or(0, NonZeroU8::get)]);
    match purpose.trained {
        Trained::Last(layers) => {
            visit(&[code::LAST]);
            visit(&layers.to_le_bytes());
        }
        Trained::BiasesAndNormalization => visit(&[code::BIASES]),
        // All.
        _ => visit(&[code::ALL]),
    }
    visit(&[match purpose.latents {
        None => code::FEATURES,
        Some(LatentFormat::F32) => code::LATENT_F32,
        Some(LatentFormat::U8) => code::LATENT_U8,
        Some(LatentFormat::I8) => code::LATENT_I8,
    }]);
    visit(&[short(purpose.texts.len())?]);
    for (key, text) in purpose.texts {
        write_short(key.as_bytes(), visit)?;
        visit(&u16::try_from(text.len()).map_err(|_| TooLong)?.to_le_bytes());
        visit(text.as_bytes());
    }
    Ok(())
}

fn write_task(task: TaskSpec, visit: &mut dyn FnMut(&[u8])) -> Result<(), TooLong> {
    match task {
        TaskSpec::Classes { first } => {
            visit(&[code::CLASSES]);
            visit(&first.unwrap_or(u16::MAX).to_le_bytes());
        }
        TaskSpec::Values => visit(&[code::VALUES]),
        TaskSpec::Anomalies { reference, rule, window } => {
            visit(&[match reference {
                Reference::Sample => code::AUTOENCODER,
                Reference::Centre => code::DISTANCE,
            }]);
            write_short(rule.name().as_bytes(), visit)?;
            visit(&rule.number().to_le_bytes());
            visit(&[window]);
        }
    }
    Ok(())
}

/// Writes a name with settings.
fn write_named(name: &str, settings: &[f32], visit: &mut dyn FnMut(&[u8])) -> Result<(), TooLong> {
    write_short(name.as_bytes(), visit)?;
    visit(&[short(settings.len())?]);
    settings.iter().for_each(|setting| visit(&setting.to_le_bytes()));
    Ok(())
}

fn write_layer(layer: LayerSpec, visit: &mut dyn FnMut(&[u8])) -> Result<(), TooLong> {
    write_short(layer.name().as_bytes(), visit)?;
    let mut words = 0_usize;
    layer.for_each_word(&mut |_| words = words.saturating_add(1));
    visit(&[short(words)?]);
    layer.for_each_word(&mut |word| visit(&word.to_le_bytes()));
    Ok(())
}

fn write_short(bytes: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<(), TooLong> {
    visit(&[short(bytes.len())?]);
    visit(bytes);
    Ok(())
}

fn short(count: usize) -> Result<u8, TooLong> {
    u8::try_from(count).map_err(|_| TooLong)
}
