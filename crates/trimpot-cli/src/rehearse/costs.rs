//! What learning costs on boards.

use indicatif::HumanCount;
use trimpot_host::rehearsal::Rehearsed;
use trimpot_host::rehearsal::cost::{LearningWork, instructions, planned_loss};
use trimpot_model::plan::{BOARDS, Board, Instructions, MEASURED_CORE};

use super::error::RehearseError;
use super::options::Options;
use super::{Row, whose};
use crate::plan::{self, estimate, memory};
use crate::table::Table;
use crate::terminal::counted;

/// What the model takes of boards.
pub(super) struct Costs {
    plan: plan::Report,
    /// Instructions of one sample that is learned and those that are replayed after it, with the steps
    /// of the optimizer, in the mean; none, if a layer was not measured.
    of_sample: Option<Instructions>,
    /// Samples that are learned, in the mean.
    samples: f64,
}

impl Costs {
    pub(super) fn of(options: &Options, rows: &[Row]) -> Result<Self, RehearseError> {
        let (mut all, mut samples) = (Some(Instructions::default()), 0);
        for row in rows {
            let failed =
                |source| RehearseError::Rehearsal { whose: whose(options, &row.name), source };
            let Rehearsed { passes, updates, .. } = row.rehearsed;
            let work = LearningWork { samples: row.learned, passes, updates };
            let more = instructions(&row.model, work).map_err(failed)?;
            all = all.zip(more).map(|(sum, more)| sum + more);
            samples += row.learned;
        }
        let boards = options.board.map_or_else(|| BOARDS.to_vec(), |board| vec![board]);
        let model = rows.first().map(|row| row.model.clone()).expect("there is a value");
        let loss = planned_loss(&model.about);
        let plan = plan::report(model, loss, 0, boards)?;
        let of_sample = all.map(|all| all * (1.0 / samples.max(1) as f64));
        Ok(Costs { plan, of_sample, samples: samples as f64 / rows.len() as f64 })
    }

    /// The headers of the table.
    pub(super) const HEADERS: [&str; 8] = [
        "board",
        "chip",
        "core",
        "memory",
        "instructions a sample",
        "time a sample",
        "energy a sample",
        "energy of all",
    ];

    /// Returns a row for each board.
    pub(super) fn rows(&self) -> Vec<[String; 8]> {
        let learning = self.plan.learning();
        let row = |board: &Board| {
            let unknown = || "–".to_owned();
            let instructions = self.of_sample.map(|count| board.core().instructions(count));
            let seconds = self.of_sample.map(|count| board.seconds(count));
            let joules = self.of_sample.and_then(|count| board.joules(count));
            [
                board.name.to_owned(),
                board.chip.to_owned(),
                board.core.to_owned(),
                memory(learning.fit(board)),
                instructions.map_or_else(unknown, rounded),
                seconds.map_or_else(unknown, |seconds| scaled(seconds, "s")),
                joules.map_or_else(unknown, |joules| scaled(joules, "J")),
                joules.map_or_else(unknown, |joules| scaled(joules * self.samples, "J")),
            ]
        };
        self.plan.boards.iter().map(row).collect()
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(Self::HEADERS, 4);
        self.rows().into_iter().for_each(|row| table.add(row));
        table
    }

    /// Returns what is to be said of these figures.
    pub(super) fn notes(&self) -> Vec<String> {
        let learning = self.plan.learning();
        let [ram, flash] = [learning.ram_bytes(), learning.flash_bytes()];
        let mut notes = vec![format!(
            "Learning takes {} of RAM and {} of flash, beside the program.",
            counted(ram, "byte"),
            counted(flash, "byte")
        )];
        let Some(of_sample) = self.of_sample else {
            notes.push("Instructions are not estimated: a layer was not measured.".to_owned());
            return notes;
        };
        let count = HumanCount(of_sample.total().round() as u64);
        notes.push(format!(
            "A sample takes {count} instructions on a {MEASURED_CORE}, with those that are replayed after it{}, counted \
             in an emulator for each kind of layer.",
            self.plan.optimizer.map_or(String::new(), |(optimizer, _)| {
                format!(" and the steps of {optimizer}")
            })
        ));
        notes.push(estimate(&self.plan.boards));
        notes.push(
            "Energy is an estimate from that time, and from the current and voltage at which a datasheet has the chip \
             compute: that of the chip alone. For boards without a figure no datasheet was at hand, or they are FPGAs."
                .to_owned(),
        );
        let sources = self.plan.boards.iter().filter_map(|board| Some((board, board.run?)));
        notes.extend(sources.map(|(board, run)| {
            let milliamperes = f64::from(run.microamperes) / 1000.0;
            format!("{}: {milliamperes} mA, by {}.", board.name, run.source)
        }));
        notes
    }
}

/// Returns a count to three digits.
fn rounded(count: f64) -> String {
    let unit = 10_f64.powf((count.max(1.0).log10().floor() - 2.0).max(0.0));
    HumanCount(((count / unit).round() * unit) as u64).to_string()
}

/// Returns a quantity with three digits that count.
fn scaled(quantity: f64, unit: &str) -> String {
    let (factor, prefix) = match quantity {
        1.0.. => (1.0, ""),
        1e-3.. => (1e3, "m"),
        _ => (1e6, "µ"),
    };
    let number = quantity * factor;
    let digits = if number >= 100.0 { 0 } else { 2 - (number.max(1.0).log10() as usize) };
    format!("{number:.digits$} {prefix}{unit}")
}
