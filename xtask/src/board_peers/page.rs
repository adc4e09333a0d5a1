//! The page.

use std::fmt::{self, Display, Formatter};
use std::ptr;

use super::measure::{LOSSES, Measured, TOLERANCE};

/// A line of a table.
#[derive(Debug)]
pub struct Row {
    /// The core's name.
    pub core: &'static str,
    /// The library's name, with its version.
    pub library: String,
    /// How it was optimised.
    pub options: String,
    /// What it takes, or what else it computes.
    pub result: Result<Measured, String>,
}

/// `docs/board-peers.md`.
#[derive(Debug)]
pub struct Page {
    /// On the core of the project's own benchmark: Trimpot's own figures, then the others.
    pub first: Vec<Row>,
    /// On other cores, Trimpot first on each.
    pub others: Vec<Row>,
    /// Of compiler and emulator.
    pub versions: String,
}

/// All that does not depend on what was measured.
const TEMPLATE: &str = include_str!("page.md");

impl Display for Page {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let losses = LOSSES.map(|(name, loss)| format!("{loss} ({name})")).join(", ");
        let page = TEMPLATE
            .replace("{versions}", &self.versions)
            .replace("{losses}", &losses)
            .replace("{tolerance}", &format!("{TOLERANCE:e}"))
            .replace("{first}", &table(&self.first))
            .replace("{others}", &table(&self.others))
            .replace("{differing}", &self.differing());
        f.write_str(&page)
    }
}

impl Page {
    /// Says what those compute that have no count.
    fn differing(&self) -> String {
        let others = self.first.iter().chain(&self.others).filter_map(|row| {
            let other = row.result.as_ref().err()?;
            let Row { core, library, options, .. } = row;
            Some(format!("\n{library} {options} on {core} computes something else: {other}.\n"))
        });
        others.collect()
    }
}

/// A table, where each line is compared with the first of its core.
fn table(rows: &[Row]) -> String {
    let mut table = "| core | library | options | (a) step | (a) inference | (b) step \
                     | batch of 16 and Adam | flash | RAM |\n\
                     |---|---|---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for row in rows {
        let first = rows.iter().find(|first| first.core == row.core);
        let first = first.filter(|&first| !ptr::eq(first, row));
        let base = first.and_then(|first| first.result.as_ref().ok()).map(Measured::figures);
        let Row { core, library, options, result } = row;
        let cells: String = match result {
            Ok(measured) => {
                let figures = measured.figures().into_iter().enumerate();
                figures
                    .map(|(column, figure)| cell(figure, base.map(|base| base[column])))
                    .collect()
            }
            Err(_) => " – |".repeat(6),
        };
        table.push_str(&format!("| {core} | {library} | {options} |{cells}\n"));
    }
    table
}

/// A figure, and how many times as much as another it is.
fn cell(figure: u64, base: Option<u64>) -> String {
    let ratio = base.map(|base| format!(" ({:.2}×)", figure as f64 / base as f64));
    format!(" {}{} |", grouped(figure), ratio.unwrap_or_default())
}

/// 1,234,567
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::Footprint;

    fn row(library: &str, result: Result<u64, &str>) -> Row {
        let measured = |step_a| Measured {
            step_a,
            inference_a: 10,
            step_b: 10,
            batch: 10,
            footprint: Footprint { flash: 10, ram: 10 },
        };
        let (library, options) = (library.to_owned(), "-O3".to_owned());
        Row { core: "M4", library, options, result: result.map(measured).map_err(str::to_owned) }
    }

    #[test]
    fn numbers_are_grouped_by_threes() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn who_computes_something_else_has_no_count() {
        let first =
            vec![row("Trimpot", Ok(1_000)), row("fast", Ok(2_500)), row("wrong", Err("loss 2"))];
        let page = Page { first, others: Vec::new(), versions: String::new() }.to_string();
        assert!(page.contains("| M4 | Trimpot | -O3 | 1,000 | 10 |"), "{page}");
        assert!(page.contains("| M4 | fast | -O3 | 2,500 (2.50×) | 10 (1.00×) |"), "{page}");
        assert!(page.contains("| M4 | wrong | -O3 | – |"), "{page}");
        assert!(page.contains("wrong -O3 on M4 computes something else: loss 2."), "{page}");
    }
}
