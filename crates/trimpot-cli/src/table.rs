//! Tables of text.

use std::fmt::{self, Display, Formatter};

/// Columns of text, the first ones to the left, the others to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    left: usize,
}

impl Table {
    /// Creates a table with these headers, of whose columns the first `left` ones are to the left.
    pub(crate) fn new<T: Into<String>>(headers: impl IntoIterator<Item = T>, left: usize) -> Self {
        let mut table = Table { rows: Vec::new(), left };
        table.add(headers);
        table
    }

    /// Adds a row, of as many columns.
    pub(crate) fn add<T: Into<String>>(&mut self, row: impl IntoIterator<Item = T>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max();
        let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (number, (text, &width)) in row.iter().zip(&widths).enumerate() {
                line += &match number < self.left {
                    true => format!("{text:width$}  "),
                    false => format!("{text:>width$}  "),
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
