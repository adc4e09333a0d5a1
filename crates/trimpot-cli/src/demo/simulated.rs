//! Boards that run the digits' network.

use trimpot::shape::Vector;
use trimpot_host::board::{Board, BoardAddress, BoardError};
use trimpot_model::file::{About, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_tuner::digits::{self, INPUTS, Network};

/// Returns the digits' layers, as data.
pub fn digit_layers() -> Layers {
    Layers::of::<Vector<INPUTS>, _>(&digits::Layers::default())
}

/// Returns the digits' model with random parameters.
pub fn digits_model() -> StoredModel {
    let parameters = Network::seeded(0).parameters().to_vec();
    StoredModel { layers: digit_layers(), parameters, about: About::default() }
}

/// Boots a board, and makes it run the digits' network: one whose network is data gets it, unless
/// it has it; others have to have it.
///
/// # Errors
/// If the board does not answer, or runs another network as firmware.
pub fn boot_digits(address: BoardAddress) -> Result<Board, BoardError> {
    let mut board = Board::boot(address)?;
    match board.check_layers(&digit_layers()) {
        Err(BoardError::Architecture { .. }) if board.describe()?.model_capacity > 0 => {
            board.install_model(&digits_model())?;
        }
        checked => checked?,
    }
    Ok(board)
}

/// Returns the digits' network with the parameters in a board's memory.
///
/// # Errors
/// If the board does not answer, or runs another network.
pub fn read_network(board: &mut Board) -> Result<Network, BoardError> {
    board.check_layers(&digit_layers())?;
    let mut network = Network::new(Default::default(), [0.0; Network::PARAMETERS]);
    network.parameters_mut().copy_from_slice(&board.read_parameters()?);
    Ok(network)
}
