//! What a network costs, as text.

use std::fmt::{self, Display, Formatter};

use indicatif::HumanCount;
use trimpot_host::board::BoardNeeds;
use trimpot_model::file::BoardOptimizer;
use trimpot_model::front_end::Extractor;
use trimpot_model::plan::{
    Board, BoardFit, Core, Factor, Figures, Instructions, MEASURED_CORE, Pass, PassFigures,
};

use crate::table::Table;
use crate::terminal::{counted, wrap};

/// What a network costs on some boards.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The shape of its input, and its layers.
    pub network: String,
    /// What makes its features of recordings, if a front end does.
    pub front_end: Option<Extractor>,
    /// What its passes take.
    pub figures: Figures,
    /// What a board needs that learns it; or why none does.
    pub needs: Result<BoardNeeds, String>,
    /// The optimizer with which a board learns, unless it descends in place, and how many of its steps
    /// there are for each pass.
    pub optimizer: Option<(BoardOptimizer, f64)>,
    /// The boards.
    pub boards: Vec<Board>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Figures { numbers: [trained, others], most_instructions, .. } = &self.figures;
        writeln!(f, "{}", self.network)?;
        let are = |count: usize| if count == 1 { "is" } else { "are" };
        write!(f, "{} {} trained", counted(*trained, "parameter"), are(*trained))?;
        if *others > 0 {
            write!(f, ", {} {} not", counted(*others, "number"), are(*others))?;
        }
        if let Some(front_end) = &self.front_end {
            let [ram, flash] = front_end.board_bytes().map(count);
            write!(
                f,
                "\nfront end, which firmware of one's own runs, as `trimpot export --rust` writes it: {ram} bytes of RAM and at\n\
                 most {flash} of flash memory, which are not counted below"
            )?;
        }
        write!(f, "\n\n{}\n{}", self.passes(), self.verdicts())?;
        match &self.needs {
            Ok(needs) => writeln!(
                f,
                "\nLearning is on a board that has this model by `trimpot board install`. It says RAM: {};\n\
                 the list of layers and the stack come on top. Flash memory is counted in pages of 4 KiB.",
                counted(needs.ram_bytes(), "byte")
            )?,
            Err(reason) => writeln!(
                f,
                "\nLearning is a step of descent in place alone, since no board of `trimpot board` learns like this:\n{reason}"
            )?,
        }
        let half = self.figures.step.instructions.map(|half| half.total());
        let most = most_instructions.map(|most| most.total());
        if let (Some(half), Some(most)) = (half, most)
            && most.round() > half.round()
        {
            let [half, most] = [half, most].map(whole);
            writeln!(
                f,
                "\nA step leaves out what is off: {half} instructions are for half of the units of \
                 ReLUs,\n{most} for all of them."
            )?;
        }
        if let (Some((optimizer, steps)), Some(update)) = (self.optimizer, self.figures.update) {
            let update = whole(update.total());
            let mut text = String::new();
            wrap(
                &mut text,
                0,
                &format!(
                    "A step of {optimizer} takes {update} instructions; there are {steps:.3} of them for each pass, \
                     which is counted with it."
                ),
            );
            write!(f, "\n{text}")?;
        }
        writeln!(
            f,
            "\nInstructions and stack are those of the interpreter in f32 on a {MEASURED_CORE}, counted in an emulator."
        )?;
        let mut text = String::new();
        wrap(&mut text, 0, &estimate(&self.boards));
        writeln!(f, "{text}Your program, and what stores the weights, come on top.")
    }
}

impl Report {
    /// Returns what learning takes of a board: beside a step, what it keeps.
    pub fn learning(&self) -> PassFigures {
        let step = &self.figures.step;
        match &self.needs {
            Err(_) => step.clone(),
            Ok(needs) => {
                let beside = step.ram.iter().filter(|(what, _)| UNCOUNTED.contains(what));
                PassFigures {
                    flash: needs.flash.to_vec(),
                    ram: needs.ram.iter().chain(beside).copied().collect(),
                    instructions: self.of_pass(),
                }
            }
        }
    }

    /// Returns the instructions of a pass, and of as much of an optimizer's step as there is for each.
    fn of_pass(&self) -> Option<Instructions> {
        let steps = self.optimizer.map_or(0.0, |(_, steps)| steps);
        Some(self.figures.step.instructions? + self.figures.update? * steps)
    }

    /// Makes the table of what passes need.
    fn passes(&self) -> Table {
        let (inference, learning) = (&self.figures.inference, &self.learning());
        let instructions = |pass: &PassFigures| {
            pass.instructions.map_or("not estimated".to_owned(), |count| whole(count.total()))
        };
        let mut table = Table::new(["", "inference", "learning"], 1);
        let mut add = |what: &str, parts: [&[(&'static str, usize)]; 2]| {
            let [all, of_learning] = parts.map(|parts| parts.iter().map(|(_, bytes)| bytes).sum());
            table.add([what, &count(all), &count(of_learning)].map(str::to_owned));
            for (what, bytes) in rows(parts) {
                let [inference, learning] = bytes.map(count);
                table.add([&format!("  {what}"), &inference, &learning]);
            }
        };
        add("flash, bytes", [&inference.flash, &learning.flash]);
        add("RAM, bytes", [&inference.ram, &learning.ram]);
        table.add(["instructions a pass", &instructions(inference), &instructions(learning)]);
        table
    }

    /// Makes the table of the boards that it fits on.
    fn verdicts(&self) -> Table {
        let headers =
            ["board", "chip", "core", "FPU", "flash", "RAM", "MHz", "inference", "learning, steps"];
        let mut table = Table::new(headers, 4);
        let learning = self.learning();
        for board in &self.boards {
            let fit = |pass: &PassFigures| fit(pass.fit(board));
            let kib = |bytes: usize| format!("{} KiB", count(bytes / 1024));
            table.add([
                board.name,
                board.chip,
                board.core,
                board.fpu.unwrap_or("none"),
                &kib(board.flash),
                &kib(board.ram),
                &(board.clock / 1_000_000).to_string(),
                &fit(&self.figures.inference),
                &fit(&learning),
            ]);
        }
        table
    }
}

/// Parts of memory that a board itself does not count.
const UNCOUNTED: [&str; 2] = ["list of layers", "stack"];

/// Returns the parts that the first list alone has, and then those of the second one, with the
/// bytes of both; none that both have not.
fn rows(
    [first, second]: [&[(&'static str, usize)]; 2],
) -> impl Iterator<Item = (&'static str, [usize; 2])> {
    let of = |parts: &[(&str, usize)], what| {
        parts.iter().find(|(other, _)| *other == what).map_or(0, |(_, bytes)| *bytes)
    };
    let others = first.iter().filter(move |(what, _)| !second.iter().any(|(of, _)| of == what));
    let rows =
        others.chain(second).map(move |&(what, _)| (what, [of(first, what), of(second, what)]));
    rows.filter(|(_, bytes)| *bytes != [0; 2])
}

/// Says how time follows from instructions on the cores of these boards, and how far it may be off.
pub(crate) fn estimate(boards: &[Board]) -> String {
    let mut cores: Vec<&Core> = boards.iter().map(Board::core).collect();
    cores.sort_by_key(|core| core.name);
    cores.dedup();
    let others = cores.iter().filter(|core| core.name != MEASURED_CORE);
    let others: Vec<String> = others
        .map(|core| {
            let Factor { factor, least, most, .. } = core.factor(Pass::Step);
            format!("{} {factor:.2} ({least:.2} to {most:.2})", core.name)
        })
        .collect();
    let mut text = "Time is an estimate, not a measurement.".to_owned();
    if !others.is_empty() {
        text += &format!(
            " Other cores take this many times the instructions of a step, as whole networks do in the emulator, \
             on average (and in the network with the least, to that with the most): {}.",
            others.join(", ")
        );
    }
    let clocks: Vec<String> = cores
        .iter()
        .map(|core| format!("{} {} ({})", core.name, core.clocks, core.source))
        .collect();
    text += &format!(
        " Clocks of an instruction: {}. Waiting for flash memory is not counted, nor is copying samples.",
        clocks.join(", ")
    );
    text
}

/// Returns whether memory suffices, and else what is needed.
pub(crate) fn memory(fit: BoardFit) -> String {
    match fit {
        BoardFit::TooLarge { flash: 0, ram } => format!("needs {} B more RAM", count(ram)),
        BoardFit::TooLarge { flash, ram: 0 } => format!("needs {} B more flash", count(flash)),
        BoardFit::TooLarge { .. } => "needs more flash and RAM".to_owned(),
        BoardFit::Fits(_) | BoardFit::NotEstimated => "fits".to_owned(),
    }
}

fn fit(fit: BoardFit) -> String {
    match fit {
        BoardFit::TooLarge { .. } => memory(fit),
        BoardFit::Fits(samples @ 10.0..) => format!("fits, {}/s", whole(samples)),
        BoardFit::Fits(samples) => format!("fits, {samples:.2}/s"),
        BoardFit::NotEstimated => "fits, speed not estimated".to_owned(),
    }
}

fn count(number: usize) -> String {
    HumanCount(number as u64).to_string()
}

fn whole(number: f64) -> String {
    HumanCount(number.round() as u64).to_string()
}
