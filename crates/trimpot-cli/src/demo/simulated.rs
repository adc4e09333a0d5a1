//! Boards that run the digits' network.

use std::path::PathBuf;

use trimpot::shape::Vector;
use trimpot_host::board::{Board, BoardAddress, BoardError};
use trimpot_model::layers::Layers;
use trimpot_tuner::digits::{self, INPUTS, Network};

/// Returns the digits' layers, as data.
pub fn digit_layers() -> Layers {
    Layers::of::<Vector<INPUTS>, _>(&digits::Layers::default())
}

/// Returns a simulated board that runs the digits' network, with its flash memory in this file.
pub fn simulated(flash: PathBuf) -> BoardAddress {
    BoardAddress::Simulated { layers: digit_layers(), flash }
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
