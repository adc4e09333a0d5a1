//! Models as boards take them and say them.

use trimpot_link::{Checksum, MODEL_BLOCK, Request, Response};
use trimpot_model::file::{About, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_tuner::model_image::NetworkPart;

use super::error::BoardError;
use super::image::image;
use super::{Board, FIELDS, FRAME};
use crate::problem::counted;

impl Board {
    /// Makes the board run this model, with its parameters as the factory's, and forget samples and
    /// commits. A board whose network is data gets the network, too; another has to have it.
    ///
    /// # Errors
    /// If the board has another network as firmware, or not enough memory: it says how much is
    /// needed. Then the one before runs on.
    pub fn install_model(&mut self, model: &StoredModel) -> Result<(), BoardError> {
        let description = self.describe()?;
        if description.model_capacity == 0 {
            self.check_layers(&model.layers)?;
            self.done(Request::ClearSamples, "ClearSamples")?;
            self.write_parameters(&model.parameters)?;
            return self.install_memory().map(drop);
        }
        let (_, bytes) = image(model)?;
        let frame = (description.frame as usize).min(FRAME);
        let run = (frame - frame / 254).saturating_sub(FIELDS) / MODEL_BLOCK * MODEL_BLOCK;
        for (index, bytes) in bytes.chunks(run.max(MODEL_BLOCK)).enumerate() {
            let at = (index * run) as u32;
            self.done(Request::WriteModel { at, bytes }, "WriteModel")?;
        }
        let (length, checksum) = (bytes.len() as u32, Checksum::of(&bytes));
        self.done(Request::InstallModel { length, checksum }, "InstallModel")
    }

    /// Reads the layers of the board's network, without any numbers, and what it is for, as far as
    /// the board knows.
    ///
    /// # Errors
    /// If the board does not answer, or what it sends is no network.
    pub fn read_network(&mut self) -> Result<(Layers, About), BoardError> {
        let mut all = Vec::new();
        loop {
            let at = all.len() as u32;
            let unexpected = BoardError::Unexpected { asked: "ReadNetwork" };
            let Response::Network { at: from, length, bytes } =
                self.request(Request::ReadNetwork { at })?
            else {
                return Err(unexpected);
            };
            let left = (length as usize).checked_sub(all.len());
            if from != at || left.is_none_or(|left| bytes.len() > left || bytes.is_empty()) {
                return Err(unexpected);
            }
            all.extend_from_slice(bytes);
            if all.len() == length as usize {
                break;
            }
        }
        let board = self.address().to_string();
        network(&all).map_err(|reason| BoardError::Model { board, reason })
    }

    /// Reads the board's network with all its numbers: what a model file holds.
    ///
    /// # Errors
    /// If the board does not answer, or what it sends is no model.
    pub fn read_model(&mut self) -> Result<StoredModel, BoardError> {
        let (mut layers, about) = self.read_network()?;
        let count = layers.spec().constants();
        while layers.constants.len() < count {
            let at = layers.constants.len() as u32;
            let asked = Request::ReadConstants { at, count: u32::MAX };
            let unexpected = BoardError::Unexpected { asked: "ReadConstants" };
            let Response::Constants { at: from, values, .. } = self.request(asked)? else {
                return Err(unexpected);
            };
            let left = count - layers.constants.len();
            if from != at || values.is_empty() || values.len() > left {
                return Err(unexpected);
            }
            layers.constants.extend(values.iter());
        }
        let parameters = self.read_parameters()?;
        let (found, expected) = (parameters.len(), layers.spec().parameters());
        if found != expected {
            let board = self.address().to_string();
            let expected = counted(expected, "parameter");
            let reason = format!("its layers have {expected}, and it has {found}");
            return Err(BoardError::Model { board, reason });
        }
        Ok(StoredModel { layers, parameters, about })
    }
}

/// Reads the network part of a model.
fn network(bytes: &[u8]) -> Result<(Layers, About), String> {
    let part = NetworkPart::read(bytes).ok_or("its layers cannot be read")?;
    let layers =
        Layers { input: part.input, specs: part.layers().collect(), constants: Vec::new() };
    layers.spec().output().map_err(|error| error.to_string())?;
    let texts = part.texts().map(|(key, text)| (key.to_owned(), text.to_owned())).collect();
    Ok((layers, About::of_texts(&texts)?))
}
