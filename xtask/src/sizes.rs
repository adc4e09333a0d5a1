//! What the programs and the losses take on a board.

use anyhow::{Context, Result, ensure};

use crate::board::{self, Board};
use crate::calls::Program;
use crate::{elf, firmware};

/// The program that holds the losses.
const LOSSES: &str = "loss_sizes";

/// Prints what memory every program takes, and every loss.
pub fn print() -> Result<()> {
    println!("{:24} {:>9} {:>9} bytes", "", "flash", "RAM");
    let boards = board::all()?;
    for board in &boards {
        for name in &board.programs {
            let sizes = elf::sizes(&firmware::program(board, name)?)?;
            println!("{:24} {:>9} {:>9}", format!("{} {name}", board.name), sizes.flash, sizes.ram);
        }
    }
    let with_losses = |board: &&Board| board.programs.iter().any(|name| name == LOSSES);
    boards.iter().filter(with_losses).try_for_each(losses)
}

/// Prints the size of each loss, as `loss_sizes` has it.
fn losses(board: &Board) -> Result<()> {
    println!("\n{}: value and gradient of one sample of 10 numbers, in bytes of code.", board.name);
    println!("Parameters unknown to the compiler. With calls: and each function called, once.");
    println!("Constants that lie apart from the code are not counted.");
    println!("{:24} {:>9} {:>9}", "", "alone", "with calls");
    let path = firmware::program(board, LOSSES)?;
    let program = Program::read(&path)?;
    let (table, length) = elf::place(&path, "LOSSES")?;
    ensure!(length > 0 && length % ENTRY == 0, "the table of losses has {length} bytes");
    for entry in (table..table + length).step_by(ENTRY as usize) {
        let name = program.bytes(program.word(entry)?, program.word(entry + 4)?)?;
        let name = std::str::from_utf8(name)?;
        let sizes = program.sizes(program.word(entry + 8)?);
        let (alone, with_calls) = sizes.with_context(|| name.to_owned())?;
        println!("{name:24} {alone:>9} {with_calls:>9}");
    }
    Ok(())
}

/// Bytes of an entry of the table: a name's address and length, and a function's address.
const ENTRY: u64 = 12;
