//! The network part of a model, read.

use core::num::NonZeroU8;

use trimpot::plan::Trained;
use trimpot::spec::{Dims, LayerSpec};

use super::bytes::Bytes;
use super::code;
use crate::{LatentFormat, Reference, Rule, TaskSpec};

/// The network part of a model, read from its bytes.
#[derive(Clone, Copy, Debug)]
pub struct NetworkPart<'a> {
    /// The shape of a sample.
    pub input: Dims,
    /// What is learned.
    pub task: TaskSpec,
    /// The name of the loss; empty for that of the board.
    pub loss: &'a str,
    /// The learning rate, unless it is that of the board, or of the optimizer.
    pub learning_rate: Option<f32>,
    /// Replayed samples for each new one, unless they are those of the board.
    pub replays: Option<u32>,
    /// The name of the optimizer; empty for gradient descent without a memory.
    pub optimizer: &'a str,
    /// How many samples make a step of the optimizer, unless it is one.
    pub batch: Option<NonZeroU8>,
    /// Which parameters are trained.
    pub trained: Trained,
    /// How latents are kept; none, if features are kept.
    pub latents: Option<LatentFormat>,
    layers: Bytes<'a>,
    layer_count: u16,
    loss_settings: &'a [[u8; 4]],
    optimizer_settings: &'a [[u8; 4]],
    texts: Bytes<'a>,
    text_count: u8,
}

impl<'a> NetworkPart<'a> {
    /// Reads the bytes; `None`, if they are no network part, or more than one.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let rank = bytes.byte()?;
        let mut sizes = [0; 3];
        let sizes = sizes.get_mut(..rank.into())?;
        for size in &mut *sizes {
            *size = bytes.word()?;
        }
        let input = Dims::of_sizes(sizes)?;
        let layer_count = bytes.short()?;
        let layers = bytes;
        for _ in 0..layer_count {
            bytes.layer()?;
        }
        let (loss, loss_settings) = (bytes.text()?, bytes.numbers()?);
        let task = read_task(&mut bytes)?;
        let learning_rate = Some(bytes.float()?).filter(|rate| !rate.is_nan());
        let replays = Some(bytes.word()?).filter(|&replays| replays != u32::MAX);
        let (optimizer, optimizer_settings) = (bytes.text()?, bytes.numbers()?);
        let batch = NonZeroU8::new(bytes.byte()?);
        let trained = match bytes.byte()? {
            code::ALL => Trained::All,
            code::LAST => Trained::Last(bytes.word()?),
            code::BIASES => Trained::BiasesAndNormalization,
            _ => return None,
        };
        let latents = match bytes.byte()? {
            code::FEATURES => None,
            code::LATENT_F32 => Some(LatentFormat::F32),
            code::LATENT_U8 => Some(LatentFormat::U8),
            code::LATENT_I8 => Some(LatentFormat::I8),
            _ => return None,
        };
        let text_count = bytes.byte()?;
        let texts = bytes;
        for _ in 0..text_count {
            bytes.keyed()?;
        }
        bytes.0.is_empty().then_some(NetworkPart {
            input,
            task,
            loss,
            learning_rate,
            replays,
            optimizer,
            batch,
            trained,
            latents,
            layers,
            layer_count,
            loss_settings,
            optimizer_settings,
            texts,
            text_count,
        })
    }

    /// Returns how many layers there are.
    pub fn layer_count(&self) -> usize {
        self.layer_count.into()
    }

    /// Returns the layers.
    pub fn layers(&self) -> impl Iterator<Item = LayerSpec> + use<'a> {
        let mut bytes = self.layers;
        (0..self.layer_count).map_while(move |_| bytes.layer())
    }

    /// Returns the settings of the loss.
    pub fn loss_settings(&self) -> impl Iterator<Item = f32> + use<'a> {
        self.loss_settings.iter().map(|&bytes| f32::from_le_bytes(bytes))
    }

    /// Returns the settings of the optimizer.
    pub fn optimizer_settings(&self) -> impl Iterator<Item = f32> + use<'a> {
        self.optimizer_settings.iter().map(|&bytes| f32::from_le_bytes(bytes))
    }

    /// Returns the texts with their keys.
    pub fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut bytes = self.texts;
        (0..self.text_count).map_while(move |_| bytes.keyed())
    }
}

fn read_task(bytes: &mut Bytes<'_>) -> Option<TaskSpec> {
    let reference = match bytes.byte()? {
        code::CLASSES => {
            let first = Some(bytes.short()?).filter(|&first| first != u16::MAX);
            return Some(TaskSpec::Classes { first });
        }
        code::VALUES => return Some(TaskSpec::Values),
        code::AUTOENCODER => Reference::Sample,
        code::DISTANCE => Reference::Centre,
        _ => return None,
    };
    let (name, number) = (bytes.text()?, bytes.float()?);
    let rule = Rule::named(name, number)?.ok()?;
    Some(TaskSpec::Anomalies { reference, rule, window: bytes.byte()? })
}
