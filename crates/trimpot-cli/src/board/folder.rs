//! The folder of a board: the model that is on it, and what plays the part of its flash memory.

use std::fs;
use std::path::{Path, PathBuf};

use trimpot_host::board::{Board, BoardAddress, flash_bytes};
use trimpot_model::file::StoredModel;

use super::error::BoardCommandError;
use crate::address::{BoardOptions, Choice};
use crate::data::DataOptions;
use crate::model::{LoadedModel, ModelOptions};

/// A folder, and which board it is of.
pub struct Folder<'a> {
    pub path: &'a Path,
    pub board: &'a BoardOptions,
}

impl Folder<'_> {
    fn model_file(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    fn flash_file(&self) -> PathBuf {
        // They have different sizes.
        self.path.join(match self.board.board {
            Choice::Qemu => "qemu.bin",
            Choice::Simulated | Choice::Serial(_) => "flash.bin",
        })
    }

    /// Reads the model that was installed.
    pub fn model(&self) -> Result<StoredModel, BoardCommandError> {
        let file = self.model_file();
        match file.exists() {
            true => Ok(StoredModel::read(file, None)?),
            false => Err(BoardCommandError::NotInstalled { file }),
        }
    }

    /// The same, with its loss, for samples that look so.
    pub fn loaded(&self, reading: &DataOptions) -> Result<LoadedModel, BoardCommandError> {
        self.model()?;
        let options = ModelOptions {
            model: self.model_file(),
            input: None,
            loss: None,
            loss_options: Vec::new(),
        };
        Ok(LoadedModel::read(&options, reading)?)
    }

    /// Boots the board, whatever network is on it. A simulated one has that of the folder.
    pub fn boot(&self) -> Result<Board, BoardCommandError> {
        let layers = || self.model().map(|model| model.layers);
        let address = self.board.address(self.flash_file(), layers)?;
        if let BoardAddress::Qemu { .. } = address {
            fs::create_dir_all(self.path).map_err(BoardCommandError::writing(self.path))?;
        }
        Ok(Board::boot(address)?)
    }

    /// Boots the board, which must have the network of the model in the folder, installed.
    pub fn boot_with(&self, model: &StoredModel) -> Result<Board, BoardCommandError> {
        let mut board = self.boot()?;
        board.check_layers(&model.layers)?;
        match board.describe()?.generation {
            0 => Err(BoardCommandError::Blank {
                board: board.address().to_string(),
                network: model.layers.spec().to_string(),
            }),
            _ => Ok(board),
        }
    }

    /// Boots the board for another model: a simulated one gets its layers and erased flash memory,
    /// others must have firmware with its layers. The model is that of the folder afterwards.
    pub fn boot_for(&self, model: &StoredModel) -> Result<Board, BoardCommandError> {
        if self.board.board != Choice::Simulated {
            let mut board = self.boot()?;
            board.check_layers(&model.layers)?;
            self.save(model)?;
            return Ok(board);
        }
        flash_bytes(&model.layers)?;
        let flash = self.flash_file();
        if flash.exists() {
            // Only what is a flash memory is replaced.
            let layers = self.model().map_or(model.layers.clone(), |before| before.layers);
            BoardAddress::Simulated { layers, flash: flash.clone() }.erase()?;
            fs::remove_file(&flash).map_err(BoardCommandError::writing(&flash))?;
        }
        self.save(model)?;
        self.boot()
    }

    fn save(&self, model: &StoredModel) -> Result<(), BoardCommandError> {
        fs::create_dir_all(self.path).map_err(BoardCommandError::writing(self.path))?;
        Ok(model.save(&self.model_file())?)
    }
}
