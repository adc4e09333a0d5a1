//! The folder of a board: what plays the part of its flash memory, and the model that is its
//! firmware; and the names of classes that came later.

use std::fs;
use std::path::{Path, PathBuf};

use trimpot_host::board::{Board, BoardError};
use trimpot_link::{Description, ModelCopies, Origin, Task};
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::outputs::FixedOutputs;

use super::classes;
use super::error::BoardCommandError;
use crate::address::{BoardOptions, Choice};
use crate::data::SampleOptions;
use crate::model::{LoadedModel, ModelOptions, UseError};
use crate::terminal::{complain, counted};

/// A board with a model, and the model.
pub struct Installed {
    pub board: Board,
    /// The model, with outputs of the classes in use alone.
    pub model: StoredModel,
    /// Outputs for classes that are not in use.
    pub room: usize,
}

/// The same with its loss.
pub struct LoadedBoard {
    pub board: Board,
    pub model: LoadedModel,
    pub room: usize,
}

/// Why a board runs no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoNetwork {
    /// It has no model.
    NotInstalled,
    /// No copy of its model is intact.
    Damaged,
    /// Its firmware does not run its model, as where that is of another version.
    Unable,
}

impl NoNetwork {
    /// Returns why, of a board that has these copies of its model and runs none.
    pub fn of(copies: ModelCopies) -> Self {
        match (copies.intact, copies.damaged) {
            (0, 0) => NoNetwork::NotInstalled,
            (0, _) => NoNetwork::Damaged,
            _ => NoNetwork::Unable,
        }
    }
}

/// A folder, and which board it is of.
pub struct Folder<'a> {
    pub path: &'a Path,
    pub board: &'a BoardOptions,
}

impl Folder<'_> {
    /// Returns the path of the model of a board whose network is firmware, which knows no names of
    /// classes.
    fn model_file(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    /// Returns the path of the names of classes, where some came after the model.
    pub fn class_file(&self) -> PathBuf {
        self.path.join("classes.json")
    }

    /// Returns the path of what plays the part of the flash memory of a board that is not a real
    /// one.
    pub fn flash_file(&self) -> PathBuf {
        // They have different sizes.
        self.path.join(match self.board.board {
            Choice::Qemu => "qemu.bin",
            Choice::Simulated | Choice::Serial(_) => "flash.bin",
        })
    }

    /// Boots the board, whatever network is on it. A simulated one was made before.
    pub fn boot(&self) -> Result<Board, BoardCommandError> {
        let file = self.flash_file();
        if self.board.board == Choice::Simulated && !file.exists() {
            return Err(BoardCommandError::NotInstalled { file });
        }
        self.boot_or_make()
    }

    /// Boots the board; makes it, if it is not there, and not a real one.
    pub fn boot_or_make(&self) -> Result<Board, BoardCommandError> {
        let real = matches!(self.board.board, Choice::Serial(_));
        if !real {
            fs::create_dir_all(self.path).map_err(BoardCommandError::writing(self.path))?;
        }
        let mut board = Board::boot(self.board.address(self.flash_file()))?;
        board.set_format(self.board.numbers.into());
        let description = board.describe()?;
        let ModelCopies { intact, damaged } = description.model_copies;
        if intact > 1 && damaged > 0 {
            complain("warning: one of the copies of the board's model was damaged, and is mended");
        }
        if description.damaged > 0 {
            complain(&damage(&description));
        }
        Ok(board)
    }

    /// Boots the board, which must have the network of the model in the folder, if there is one and
    /// the board's network is firmware.
    pub fn boot_checked(&self) -> Result<Board, BoardCommandError> {
        let mut board = self.boot()?;
        if is_firmware(&mut board)? && self.model_file().exists() {
            board.check_layers(&StoredModel::read(self.model_file(), None)?.layers)?;
        }
        Ok(board)
    }

    /// Returns what the model on the board is for: what the board says, and of a network that is
    /// firmware what the model in the folder says, if it is that network's. Classes that came later
    /// have the names that are in the folder; threshold and centre of anomalies are those in the
    /// board's memory.
    pub fn about(&self, board: &mut Board) -> Result<About, BoardCommandError> {
        let mut about = self.about_model(board)?;
        let in_use = board.describe()?.classes as usize;
        if !about.classes.is_empty() {
            classes::complete(&self.class_file(), &mut about.classes, in_use)?;
        }
        if about.task == Some(ModelTask::Anomalies) {
            let state = board.read_state()?;
            let (threshold, centre) = state.split_first().unwrap_or((&f32::INFINITY, &[]));
            about.threshold = Some(*threshold).filter(|threshold| threshold.is_finite());
            about.centre = centre.to_vec();
        }
        Ok(about)
    }

    fn about_model(&self, board: &mut Board) -> Result<About, BoardCommandError> {
        let (_, about) = board.read_network()?;
        if !is_firmware(board)? || !self.model_file().exists() {
            return Ok(about);
        }
        let model = StoredModel::read(self.model_file(), None)?;
        match board.check_layers(&model.layers) {
            Ok(()) => Ok(model.about),
            Err(BoardError::Architecture { .. }) => Ok(about),
            Err(error) => Err(error.into()),
        }
    }

    /// Boots the board, and reads the model that is installed.
    pub fn installed(&self) -> Result<Installed, BoardCommandError> {
        let mut board = self.boot_checked()?;
        let file = self.flash_file();
        let description = board.describe()?;
        if description.inputs == 0 {
            let board = board.address().to_string();
            return Err(match NoNetwork::of(description.model_copies) {
                NoNetwork::NotInstalled => BoardCommandError::NotInstalled { file },
                NoNetwork::Damaged => BoardCommandError::DamagedModel { board },
                NoNetwork::Unable => BoardCommandError::UnableModel { board },
            });
        }
        let mut model = board.read_model()?;
        model.about = self.about(&mut board)?;
        if description.generation == 0 {
            return Err(BoardCommandError::Blank {
                board: board.address().to_string(),
                network: model.layers.spec().to_string(),
            });
        }
        let room = match description.task {
            Task::Classes => description.outputs.saturating_sub(description.classes) as usize,
            _ => 0,
        };
        if room > 0 {
            let reason = |error: FixedOutputs| BoardCommandError::Outputs { source: error };
            model.resize_outputs(description.classes as usize).map_err(reason)?;
        }
        Ok(Installed { board, model, room })
    }

    /// The same, with its loss, for these samples.
    pub fn loaded(&self, samples: &SampleOptions) -> Result<LoadedBoard, BoardCommandError> {
        samples.check().map_err(UseError::Options)?;
        let Installed { board, model, room } = self.installed()?;
        let options = ModelOptions {
            model: board.address().to_string().into(),
            input: None,
            loss: None,
            loss_options: Vec::new(),
        };
        let model = LoadedModel::of(model, &options, &samples.reading)?;
        Ok(LoadedBoard { board, model, room })
    }

    /// Boots the board for another model: one whose network is data gets it, others must have
    /// firmware with its layers, and the model is that of the folder afterwards.
    pub fn boot_for(&self, model: &StoredModel) -> Result<Board, BoardCommandError> {
        let mut board = self.boot_or_make()?;
        board.install_model(model)?;
        if is_firmware(&mut board)? {
            fs::create_dir_all(self.path).map_err(BoardCommandError::writing(self.path))?;
            model.save(&self.model_file())?;
        }
        Ok(board)
    }
}

/// Returns what is to be said of a board with damaged copies in its store, which does not say of
/// what they are: of a commit, or of what was installed, which is there twice.
fn damage(description: &Description) -> String {
    let &Description { damaged, generation, .. } = description;
    let used = match description.origin {
        Origin::Blank => "nothing of it".to_owned(),
        Origin::Factory => format!("what was installed, generation {generation}"),
        Origin::Commit => format!("a commit, generation {generation}"),
    };
    format!(
        "warning: what was installed or committed was found damaged in flash memory, {} of it: the board \
         uses {used}; what was committed later, if anything was, is lost",
        counted(damaged, "copy")
    )
}

pub(super) fn is_firmware(board: &mut Board) -> Result<bool, BoardError> {
    Ok(board.describe()?.model_capacity == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_damaged_where_no_copy_is_intact() {
        for (intact, damaged, why) in [
            (0, 0, NoNetwork::NotInstalled),
            (0, 1, NoNetwork::Damaged),
            (0, 2, NoNetwork::Damaged),
            (1, 1, NoNetwork::Unable),
            (1, 0, NoNetwork::Unable),
            (2, 0, NoNetwork::Unable),
        ] {
            assert_eq!(NoNetwork::of(ModelCopies { intact, damaged }), why, "{intact} {damaged}");
        }
    }
}
