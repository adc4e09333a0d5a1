//! The columns of the table of values, on the terminal and on the page.

use indicatif::HumanCount;
use trimpot_host::rehearsal::Verdict;

use super::Row;
use super::figures::{Share, percent};
use crate::terminal::digits;

/// A column.
pub(super) struct Column {
    pub header: String,
    cell: Cell,
}

/// What a cell says of a value.
enum Cell {
    Name,
    Count(fn(&Row) -> usize),
    Share(fn(&Row) -> Option<f64>),
    Commit,
}

impl Column {
    fn new(header: &str, cell: Cell) -> Self {
        Column { header: header.to_owned(), cell }
    }

    /// Returns what it says of a value.
    pub(super) fn text(&self, row: &Row) -> String {
        match self.cell {
            Cell::Name => row.name.clone(),
            Cell::Count(count) => HumanCount(count(row) as u64).to_string(),
            Cell::Share(share) => share(row).map_or_else(unknown, percent),
            Cell::Commit => verdict(row.rehearsed.verdict).to_owned(),
        }
    }

    /// Returns what there is to say beside that, where there is room.
    pub(super) fn details(&self, row: &Row) -> String {
        match (&self.cell, row.rehearsed.verdict) {
            (Cell::Commit, Verdict::Rejected { loss, tolerated }) => {
                format!(": loss {} above {}", digits(loss), digits(tolerated))
            }
            _ => String::new(),
        }
    }

    /// Returns the mean of all values, and their deviation.
    pub(super) fn mean_and_deviation(&self, rows: &[Row]) -> [String; 2] {
        match self.cell {
            Cell::Name => ["mean", "deviation"].map(str::to_owned),
            Cell::Count(count) => {
                let sum: usize = rows.iter().map(count).sum();
                [format!("{:.0}", sum as f64 / rows.len() as f64), String::new()]
            }
            Cell::Share(share) => match Share::of(rows, share) {
                Some(share) => [share.mean(), share.deviation()].map(percent),
                None => [unknown(), unknown()],
            },
            Cell::Commit => [String::new(), String::new()],
        }
    }
}

/// Returns the columns for these values of `by`. Those of what is forgotten, or of what is refused,
/// are there if something was measured, or refused.
pub(super) fn columns(rows: &[Row], by: &str) -> Vec<Column> {
    let mut columns = vec![
        Column::new(by, Cell::Name),
        Column::new("learned", Cell::Count(|row| row.learned)),
        Column::new("tested", Cell::Count(|row| row.tested)),
        Column::new("before", Cell::Share(|row| Some(row.rehearsed.before().tuned))),
        Column::new("after", Cell::Share(|row| Some(row.rehearsed.after().tuned))),
        Column::new("from scratch", Cell::Share(|row| row.rehearsed.after().scratch)),
    ];
    if rows.iter().all(|row| row.rehearsed.before().factory.is_some()) {
        columns
            .push(Column::new("factory before", Cell::Share(|row| row.rehearsed.before().factory)));
        columns.push(Column::new("after", Cell::Share(|row| row.rehearsed.after().factory)));
    }
    columns.push(Column::new("commit", Cell::Commit));
    if rows.iter().any(|row| row.rehearsed.refused > 0) {
        columns.push(Column::new("refused", Cell::Count(|row| row.rehearsed.refused)));
    }
    columns
}

fn unknown() -> String {
    "–".to_owned()
}

/// Returns what becomes of a commit, in a word.
fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Stored => "stored",
        Verdict::Rejected { .. } => "rolled back",
        Verdict::Unjudged => "none",
    }
}
