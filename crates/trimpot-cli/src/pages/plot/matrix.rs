//! Matrices of counts.

use maud::html;

use super::drawing::{Drawing, LINE, Px, WIDTH};
use super::legend::LETTER;

/// Counts of what was predicted for each class: the darker, the larger the share of its row.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// What is shown: read out by screen readers.
    pub title: String,
    /// What the classes are, as "digit".
    pub class: String,
    /// The names of the classes.
    pub names: Vec<String>,
    /// For each class, how often each class was predicted.
    pub counts: Vec<Vec<u32>>,
}

/// The largest side of a cell.
const CELL: f64 = 34.0;
/// How many letters a name has at most.
const LETTERS: usize = 18;

impl Matrix {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let names: Vec<String> = self.names.iter().map(|name| shortened(name)).collect();
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let length = LETTER * longest as f64;
        let left = length + 8.0;
        let side = CELL.min((WIDTH - left) / names.len().max(1) as f64);
        let is_upright = length > side;
        let top = LINE + if is_upright { length + 10.0 } else { LINE };
        let middle = |i: usize| side * (i as f64 + 0.5);
        let content = html! {
            text x="0" y="13" { (self.class) " by row, predicted by column" }
            @for (column, name) in names.iter().enumerate() {
                @let x = left + middle(column);
                @if is_upright {
                    text.soft transform={ "translate(" (Px(x + 4.0)) " " (Px(top - 5.0)) ") rotate(-90)" } {
                        (name)
                    }
                } @else {
                    text.soft.middle x=(Px(x)) y=(Px(top - 5.0)) { (name) }
                }
            }
            @for (row, counts) in self.counts.iter().enumerate() {
                @let total = f64::from(counts.iter().sum::<u32>().max(1));
                @let y = top + side * row as f64;
                @if let Some(name) = names.get(row) {
                    text.soft.end x=(Px(left - 6.0)) y=(Px(y + 0.5 * side + 4.0)) { (name) }
                }
                @for (column, count) in counts.iter().enumerate() {
                    @let share = f64::from(*count) / total;
                    rect.mark.heat.cell x=(Px(left + side * column as f64 + 0.5)) y=(Px(y + 0.5))
                        width=(Px(side - 1.0)) height=(Px(side - 1.0))
                        fill-opacity=(Px(0.07 + 0.93 * share)) {}
                    // What does not fit is told by its color alone.
                    @let text = if *count > 0 { count.to_string() } else { String::new() };
                    @if !text.is_empty() && LETTER * text.len() as f64 <= side && LINE <= side {
                        text.middle x=(Px(left + middle(column))) y=(Px(y + 0.5 * side + 4.0)) {
                            (text)
                        }
                    }
                }
            }
        };
        let marks = self.counts.iter().map(Vec::len).sum();
        Drawing::new(&self.title, top + side * self.counts.len() as f64 + 4.0, content, marks)
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_a_cell_and_none_of_zero_is_written() {
        let matrix = Matrix {
            title: "test".to_owned(),
            class: "digit".to_owned(),
            names: ["0", "1"].map(str::to_owned).to_vec(),
            counts: vec![vec![17, 0], vec![3, 5]],
        };
        let drawing = matrix.draw();
        let file = drawing.file();
        assert_eq!((drawing.marks(), file.matches("class=\"mark ").count()), (4, 4));
        for (text, count) in [("17", 1), ("3", 1), ("5", 1), ("0", 2), ("1", 2)] {
            assert_eq!(file.matches(&format!(">{text}</text>")).count(), count, "{text}: {file}");
        }
    }
}
