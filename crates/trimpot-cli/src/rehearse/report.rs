//! What came out, on the terminal.

use std::fmt::{self, Display, Formatter};

use trimpot_host::rehearsal::Measure;

use super::Row;
use super::columns::{Column, columns};
use super::costs::Costs;
use super::error::RehearseError;
use super::figures::{conclusion, measure, stages};
use super::options::{Options, Order};
use super::source::Source;
use crate::table::Table;
use crate::terminal::{counted, wrap};

/// Names of what sums a column up.
pub(super) const SUMMARY: [&str; 2] = ["mean", "deviation"];

/// What came out.
pub(super) struct Report {
    /// The column that values are of; empty without one.
    pub by: String,
    /// Those that are done.
    pub rows: Vec<Row>,
    /// How many values there are: more than rows, if somebody stopped it.
    pub all: usize,
    /// How samples were split, and in which order they were learned.
    pub method: Vec<String>,
    /// What the model takes of boards.
    pub costs: Costs,
}

impl Report {
    pub(super) fn new(
        options: &Options,
        source: &Source,
        rows: Vec<Row>,
        all: usize,
    ) -> Result<Self, RehearseError> {
        let costs = Costs::of(options, &rows)?;
        let left_out = rows.iter().map(|row| row.left_out).sum();
        let method = method(options, source, measure(&rows), left_out);
        let by = options.by.clone().unwrap_or_default();
        Ok(Report { by, rows, all, method, costs })
    }

    /// Returns the sentences to end with.
    pub(super) fn conclusion(&self) -> Vec<String> {
        conclusion(&self.rows, &self.by)
    }

    /// Says that values are lacking, if some are.
    pub(super) fn interruption(&self) -> Option<String> {
        let (done, all) = (self.rows.len(), self.all);
        (done < all).then(|| format!("Interrupted: {done} of {all} are rehearsed."))
    }

    /// Makes the table of values.
    fn values(&self) -> Table {
        let columns = columns(&self.rows);
        let headers = columns.iter().map(|column| column.header.as_str());
        let mut table = Table::new([self.by.as_str()].into_iter().chain(headers), 1);
        let mut add = |name: &str, cell: &dyn Fn(&Column) -> &str| {
            let cells = columns.iter().map(|column| cell(column).to_owned());
            table.add([name.to_owned()].into_iter().chain(cells));
        };
        for (number, row) in self.rows.iter().enumerate() {
            add(&row.name, &|column| &column.cells[number]);
        }
        if self.rows.len() > 1 {
            for (number, name) in SUMMARY.into_iter().enumerate() {
                add(name, &|column| &column.summary[number]);
            }
        }
        table
    }

    /// Makes the table of the learning curve.
    fn curve(&self) -> Table {
        let mut table = Table::new(["samples", "fine-tuned", "from scratch"], 0);
        for stage in stages(&self.rows) {
            table.add([
                format!("{:.0}", stage.samples),
                stage.tuned.text(&self.rows),
                stage.scratch.map_or("–".to_owned(), |mean| mean.text(&self.rows)),
            ]);
        }
        table
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let paragraphs = |sentences: &[String]| {
            let mut text = String::new();
            sentences.iter().for_each(|sentence| wrap(&mut text, 0, sentence));
            text
        };
        let interruption: Vec<String> = self.interruption().into_iter().collect();
        write!(f, "{}{}", paragraphs(&interruption), paragraphs(&self.method))?;
        write!(f, "\n{}\n{}", self.values(), self.curve())?;
        write!(f, "\n{}{}", self.costs.table(), paragraphs(&self.costs.notes()))?;
        write!(f, "\n{}", paragraphs(&self.conclusion()))
    }
}

/// Says how samples were split, in which order they were learned, and where models come from.
fn method(options: &Options, source: &Source, measure: Measure, left_out: usize) -> Vec<String> {
    let has_classes = measure == Measure::Accuracy;
    let first = format!("the first {:.0} %", 100.0 * options.first);
    let between = match left_out {
        0 => String::new(),
        1 => " A sample between is left out.".to_owned(),
        _ => format!(" {} between are left out.", counted(left_out, "sample")),
    };
    let split = match (&options.recording, options.gap) {
        (Some(_), None) if !has_classes => {
            format!(
                "Recordings are learned or tested on as a whole: those of {first} of samples are learned."
            )
        }
        (Some(_), None) => format!(
            "Recordings are learned or tested on as a whole: of each class those of {first} of its samples \
             are learned."
        ),
        (Some(_), Some(_)) => {
            format!("Of each recording {first} are learned, and the rest tests.{between}")
        }
        (None, _) => {
            let of = if has_classes { "Of each class the" } else { "The" };
            format!(
                "{of} first {:.0} % in the file are learned, and the rest tests.{between} No --recording says which \
                 samples belong together.",
                100.0 * options.first
            )
        }
    };
    let anomalous = match measure {
        Measure::AreaUnderCurve => " Anomalous samples test, and are never learned.",
        Measure::Accuracy | Measure::RootMeanSquaredError => "",
    };
    let order = match options.order {
        Order::Turns if options.recording.is_some() && has_classes => {
            "A sample of each class and recording is learned in turn."
        }
        Order::Turns if options.recording.is_some() => {
            "A sample of each recording is learned in turn."
        }
        Order::Turns if has_classes => "A sample of each class is learned in turn.",
        Order::Turns | Order::File => "Samples are learned in the order of the file.",
    };
    let model = match source {
        Source::Retrained { options, .. } => {
            let share = 100.0 * options.hold_out;
            format!(
                "Each has a model that was trained on all others, of whose samples {share:.0} % are held out, to judge and to \
                 measure what is forgotten."
            )
        }
        Source::File { factory, .. } if factory.learned.is_empty() => {
            "The model is the same for all. Without --factory nothing of the factory's is replayed.".to_owned()
        }
        Source::File { is_as_in_training: true, .. } => {
            "The model is the same for all; samples of the factory that training has held out judge, and measure what is \
             forgotten."
                .to_owned()
        }
        Source::File { .. } => {
            "The model is the same for all. A half of the factory's samples judges, and measures what is forgotten: the \
             model may have learned them."
                .to_owned()
        }
    };
    vec![format!("{split} {order}{anomalous}"), model]
}
