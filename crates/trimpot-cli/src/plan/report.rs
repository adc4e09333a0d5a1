//! What a network costs, as text.

use std::fmt::{self, Display, Formatter};

use indicatif::HumanCount;
use trimpot_model::plan::{Board, CLOCKS, Figures, MEASURED_CORE, PassFigures, Verdict};

use crate::table::Table;

/// What a network costs on some boards.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The shape of its input, and its layers.
    pub network: String,
    /// What it takes.
    pub figures: Figures,
    /// The boards.
    pub boards: Vec<Board>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Figures { numbers: [trained, others], most_instructions, .. } = &self.figures;
        writeln!(f, "{}", self.network)?;
        write!(f, "{} parameters are trained", count(*trained))?;
        if *others > 0 {
            write!(f, ", {} numbers are not", count(*others))?;
        }
        write!(f, "\n\n{}\n{}", self.passes(), self.verdicts())?;
        let half = self.figures.step.instructions;
        if let (Some(half), Some(most)) = (half, most_instructions)
            && most.round() > half.round()
        {
            let [half, most] = [half, *most].map(whole);
            writeln!(
                f,
                "\nA step leaves out what is off: {half} instructions are for half of the units of \
                 ReLUs,\n{most} for all of them."
            )?;
        }
        writeln!(
            f,
            "\nInstructions and stack are those of the interpreter in f32 on a {MEASURED_CORE}, counted in an \
             emulator.\nSamples a second are from instruction counts, as if each took {CLOCKS} clocks: about what Arm's \
             tables say of\nloads of eight numbers and products that are added.\nYour program, and what stores the weights, come on top."
        )
    }
}

impl Report {
    /// What it takes of any board.
    fn passes(&self) -> Table {
        let Figures { flash, inference, step, .. } = &self.figures;
        let instructions =
            |pass: &PassFigures| pass.instructions.map_or("not estimated".to_owned(), whole);
        let mut table = Table::new(["", "inference", "training step"], 1);
        table.add(["flash, bytes", &count(*flash), &count(*flash)]);
        table.add(["RAM, bytes", &count(inference.ram_bytes()), &count(step.ram_bytes())]);
        for (what, bytes) in &step.ram {
            let of = inference.ram.iter().find(|(other, _)| other == what);
            let of = of.map_or(0, |(_, bytes)| *bytes);
            table.add([&format!("  {what}"), &count(of), &count(*bytes)]);
        }
        table.add(["instructions", &instructions(inference), &instructions(step)]);
        table
    }

    /// Where it fits.
    fn verdicts(&self) -> Table {
        let headers =
            ["board", "chip", "core", "FPU", "flash", "RAM", "MHz", "inference", "training step"];
        let mut table = Table::new(headers, 4);
        for board in &self.boards {
            let verdict = |pass| verdict(self.figures.verdict(pass, board));
            let kib = |bytes: usize| format!("{} KiB", count(bytes / 1024));
            table.add([
                board.name,
                board.chip,
                board.core,
                board.fpu.unwrap_or("none"),
                &kib(board.flash),
                &kib(board.ram),
                &(board.clock / 1_000_000).to_string(),
                &verdict(&self.figures.inference),
                &verdict(&self.figures.step),
            ]);
        }
        table
    }
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::TooLarge { flash: 0, ram } => format!("needs {} B more RAM", count(ram)),
        Verdict::TooLarge { flash, ram: 0 } => format!("needs {} B more flash", count(flash)),
        Verdict::TooLarge { .. } => "needs more flash and RAM".to_owned(),
        Verdict::Fits(samples @ 10.0..) => format!("fits, {}/s", whole(samples)),
        Verdict::Fits(samples) => format!("fits, {samples:.2}/s"),
        Verdict::NotEstimated => "fits, speed not estimated".to_owned(),
    }
}

fn count(number: usize) -> String {
    HumanCount(number as u64).to_string()
}

fn whole(number: f64) -> String {
    HumanCount(number.round() as u64).to_string()
}
