//! What came out, on the terminal.

use std::fmt::{self, Display, Formatter};

use indicatif::HumanCount;
use trimpot_host::rehearsal::Verdict;

use super::Row;
use super::costs::Costs;
use super::error::RehearseError;
use super::figures::{Share, conclusion, percent, stages};
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
        let mut headers =
            vec![self.by.as_str(), "learned", "tested", "before", "after", "from scratch"];
        if self.has_factory() {
            headers.extend(["factory before", "after"]);
        }
        headers.push("commit");
        let mut table = Table::new(headers, 1);
        let count = |count: usize| HumanCount(count as u64).to_string();
        let maybe = |share: Option<f64>| share.map_or("–".to_owned(), percent);
        for row in &self.rows {
            let [before, after] = [row.rehearsed.before(), row.rehearsed.after()];
            let mut cells = vec![
                row.name.clone(),
                count(row.learned),
                count(row.tested),
                percent(before.tuned),
                percent(after.tuned),
                maybe(after.scratch),
            ];
            if self.has_factory() {
                cells.extend([before.factory, after.factory].map(maybe));
            }
            cells.push(verdict(row.rehearsed.verdict).to_owned());
            table.add(cells);
        }
        if self.rows.len() > 1 {
            self.add_means(&mut table);
        }
        table
    }

    fn add_means(&self, table: &mut Table) {
        let rows = &self.rows;
        let mut shares = vec![
            Share::of(rows, |row| Some(row.rehearsed.before().tuned)),
            Share::of(rows, |row| Some(row.rehearsed.after().tuned)),
            Share::of(rows, |row| row.rehearsed.after().scratch),
        ];
        if self.has_factory() {
            shares.push(Share::of(rows, |row| row.rehearsed.before().factory));
            shares.push(Share::of(rows, |row| row.rehearsed.after().factory));
        }
        let cells = |part: fn(Share) -> f64| {
            let show = move |share: Share| percent(part(share));
            shares.iter().map(move |share| share.map_or("–".to_owned(), show))
        };
        let count = |count: fn(&Row) -> usize| {
            let sum: usize = rows.iter().map(count).sum();
            format!("{:.0}", sum as f64 / rows.len() as f64)
        };
        let means = ["mean".to_owned(), count(|row| row.learned), count(|row| row.tested)];
        let deviations = ["deviation", "", ""].map(str::to_owned);
        let end = || [String::new()];
        table.add(means.into_iter().chain(cells(Share::mean)).chain(end()));
        table.add(deviations.into_iter().chain(cells(Share::deviation)).chain(end()));
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

/// Returns what becomes of a commit, in a word.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Stored => "stored",
        Verdict::Rejected { .. } => "rolled back",
        Verdict::Unjudged => "none",
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
