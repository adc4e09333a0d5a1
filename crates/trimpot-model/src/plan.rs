//! What a network costs on each board, before it is shipped.
//!
//! Memory follows from the network: it is that of [`trimpot::plan::Plan`], with the list of its
//! steps, and the stack beside it as it was measured. Instructions are those of the interpreter in
//! `f32`, trained as a tuner does it. A layer takes so many for each product, each output, each window …: what there is of
//! these is counted ([`Counts`]), and what each of them costs was measured on a Cortex-M4F
//! ([`Costs`]). `cargo xtask cost` measures whole networks, to which nothing was fitted, and fails
//! where they take 10 % more or fewer instructions than planned, or 5 % more or fewer bytes.
//!
//! Other cores take other instructions: how many times as many, whole networks have told in the
//! emulator ([`Core`]). Instructions are not cycles: some take several of them, and flash memory has
//! wait states. So time is an estimate, and energy is one of it.

mod boards;
mod cores;
mod cost;
mod counts;
mod figures;
mod instructions;
mod multiply_adds;
mod trained;
mod workload;

pub use self::boards::{BOARDS, Board, RunCurrent, UnknownBoard, find};
pub use self::cores::{CORES, Core, Factor, MEASURED_CORE};
pub use self::cost::{Cost, Costs, PLANNED_STEP, STACK, stack_of};
pub use self::counts::{Counts, Key};
pub use self::figures::{BoardFit, Figures, PassFigures, Training, instructions_behind};
pub use self::instructions::Instructions;
pub use self::multiply_adds::multiply_adds;
pub use self::trained::{TooFewLayers, Trained};
pub use self::workload::{Method, Pass, PlannedLoss, ReluUnits, update, workload};
