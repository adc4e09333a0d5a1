//! What came out, on the terminal.

use std::fmt::{self, Display, Formatter};

use super::Row;
use super::columns::columns;
use super::costs::Costs;
use super::error::RehearseError;
use super::figures::{conclusion, stages};
use super::options::{Options, Order};
use super::source::Source;
use crate::table::Table;
use crate::terminal::{counted, wrap};

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
        let method = method(options, source, left_out);
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

    pub(super) fn has_factory(&self) -> bool {
        self.rows.iter().all(|row| row.rehearsed.before().factory.is_some())
    }

    /// Makes the table of values.
    fn values(&self) -> Table {
        let columns = columns(&self.rows, &self.by);
        let mut table = Table::new(columns.iter().map(|column| column.header.as_str()), 1);
        for row in &self.rows {
            table.add(columns.iter().map(|column| column.text(row)));
        }
        if self.rows.len() > 1 {
            let (means, deviations): (Vec<_>, Vec<_>) = columns
                .iter()
                .map(|column| column.mean_and_deviation(&self.rows))
                .map(|[mean, deviation]| (mean, deviation))
                .unzip();
            table.add(means);
            table.add(deviations);
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
                stage.scratch.map_or("–".to_owned(), |share| share.text(&self.rows)),
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
fn method(options: &Options, source: &Source, left_out: usize) -> Vec<String> {
    let first = format!("the first {:.0} %", 100.0 * options.first);
    let between = match left_out {
        0 => String::new(),
        1 => " A sample between is left out.".to_owned(),
        _ => format!(" {} between are left out.", counted(left_out, "sample")),
    };
    let split = match (&options.recording, options.gap) {
        (Some(_), None) => format!(
            "Recordings are learned or tested on as a whole: of each class those of {first} of its samples \
             are learned."
        ),
        (Some(_), Some(_)) => {
            format!("Of each recording {first} are learned, and the rest tests.{between}")
        }
        (None, _) => format!(
            "Of each class {first} in the file are learned, and the rest tests.{between} No --recording says which \
             samples belong together."
        ),
    };
    let order = match options.order {
        Order::Turns if options.recording.is_some() => {
            "A sample of each class and recording is learned in turn."
        }
        Order::Turns => "A sample of each class is learned in turn.",
        Order::File => "Samples are learned in the order of the file.",
    };
    let model = match source {
        Source::Retrained { options, .. } => {
            let share = 100.0 * options.hold_out;
            format!(
                "Each has a model that was trained on all others, of whose samples {share:.0} % are held out, to judge and to \
                 measure what is forgotten."
            )
        }
        Source::File { factory, .. } if factory[0].is_empty() => {
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
    vec![format!("{split} {order}"), model]
}
