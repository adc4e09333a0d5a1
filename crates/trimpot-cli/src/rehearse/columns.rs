//! The table of values, column by column: the same on the terminal and on the page.

use indicatif::HumanCount;
use trimpot_host::rehearsal::Verdict;

use super::Row;
use super::figures::{Mean, figure, measure};

/// What is said of every value in one regard.
pub(super) struct Column {
    pub header: String,
    /// A cell for each value.
    pub cells: Vec<String>,
    /// Their mean and deviation, where these say something.
    pub summary: [String; 2],
}

impl Column {
    fn of(header: &str, rows: &[Row], cell: impl Fn(&Row) -> String) -> Self {
        let (cells, summary) = (rows.iter().map(cell).collect(), Default::default());
        Column { header: header.to_owned(), cells, summary }
    }

    fn of_counts(header: &str, rows: &[Row], count: impl Fn(&Row) -> usize) -> Self {
        let column = Self::of(header, rows, |row| HumanCount(count(row) as u64).to_string());
        let mean = Mean::of(rows, |row| Some(count(row) as f64));
        let mean = mean.map_or(String::new(), |mean| format!("{:.0}", mean.mean));
        Column { summary: [mean, String::new()], ..column }
    }

    fn of_figures(header: &str, rows: &[Row], value: impl Fn(&Row) -> Option<f64>) -> Self {
        let measure = measure(rows);
        let show = |value: Option<f64>| {
            value.map_or_else(|| "–".to_owned(), |value| figure(measure, value))
        };
        let mean = Mean::of(rows, &value);
        let summary = [mean.map(|mean| mean.mean), mean.map(|mean| mean.deviation)].map(show);
        Column { summary, ..Self::of(header, rows, |row| show(value(row))) }
    }
}

/// Returns the columns behind the names of the values.
pub(super) fn columns(rows: &[Row]) -> Vec<Column> {
    let mut columns = vec![
        Column::of_counts("learned", rows, |row| row.learned),
        Column::of_counts("tested", rows, |row| row.tested),
        Column::of_figures("before", rows, |row| Some(row.rehearsed.before().tuned)),
        Column::of_figures("after", rows, |row| Some(row.rehearsed.after().tuned)),
        Column::of_figures("from scratch", rows, |row| row.rehearsed.after().scratch),
    ];
    if has_factory(rows) {
        columns.extend([
            Column::of_figures("factory before", rows, |row| row.rehearsed.before().factory),
            Column::of_figures("after", rows, |row| row.rehearsed.after().factory),
        ]);
    }
    columns.push(Column::of("commit", rows, |row| verdict(row.rehearsed.verdict).to_owned()));
    if rows.iter().any(|row| row.rehearsed.refused > 0) {
        columns.push(Column::of_counts("refused", rows, |row| row.rehearsed.refused));
    }
    columns
}

/// Returns whether it was measured what is forgotten of the factory's data.
pub(super) fn has_factory(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.rehearsed.before().factory.is_some())
}

/// Returns what becomes of a commit, in a word or two.
const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Stored => "stored",
        Verdict::Rejected { .. } => "rolled back",
        Verdict::Unjudged => "none",
    }
}
