//! Names of what is drawn, below it, in as many lines as they need.

use maud::{Markup, html};

use super::drawing::{LINE, Px, WIDTH};
use super::shape::{shape, style};

/// The width of a letter, at most, on average: of the fonts that are likely.
pub(super) const LETTER: f64 = 6.9;

/// The room that a swatch takes.
const SWATCH: f64 = 34.0;

/// What a name stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swatch {
    /// The line of a series.
    Line(usize),
    /// The shape of a series.
    Shape(usize),
    /// A mean and its interval.
    Interval,
    /// A reference value.
    Reference,
    /// A reference line.
    ReferenceLine,
}

/// Returns the names beside their swatches from this height on, and the height of all.
pub(super) fn legend(names: &[(Swatch, &str)], top: f64) -> (Markup, f64) {
    let (mut x, mut row) = (0.0, 0);
    let mut placed = Vec::new();
    for (swatch, name) in names {
        let lines = wrapped(name, WIDTH - SWATCH);
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let width = SWATCH + LETTER * longest as f64;
        if x > 0.0 && x + width > WIDTH {
            (x, row) = (0.0, row + 1);
        }
        let first = row;
        for (i, line) in lines.into_iter().enumerate() {
            row = first + i;
            placed.push(((i == 0).then_some(*swatch), line, x, row));
        }
        x += width + 8.0;
    }
    let rows = if names.is_empty() { 0 } else { row + 1 };
    let content = html! {
        @for (swatch, line, x, row) in placed {
            @let y = top + LINE * row as f64 + 0.5 * LINE;
            @if let Some(swatch) = swatch { (drawn(swatch, x, y)) }
            text x=(Px(x + SWATCH - 6.0)) y=(Px(y + 4.0)) { (line) }
        }
    };
    (content, LINE * rows as f64)
}

fn drawn(swatch: Swatch, x: f64, y: f64) -> Markup {
    let line = format!("M{} {}h22", Px(x), Px(y));
    let middle = x + 11.0;
    html! {
        @match swatch {
            Swatch::Line(series) => path class={ "stroke " (style(series)) } d=(line) {},
            Swatch::Shape(series) => {
                path class={ "fill " (style(series)) } d=(shape(series, middle, y, 4.0)) {}
            }
            Swatch::Interval => {
                path.plain d=(interval(x + 1.0, x + 21.0, y)) {}
                path.solid d=(shape(3, middle, y, 3.2)) {}
            }
            Swatch::Reference => path.hollow d=(shape(2, middle, y, 4.0)) {},
            Swatch::ReferenceLine => path.axis d=(line) {},
        }
    }
}

/// Returns a bar with its ends marked.
pub(super) fn interval(from: f64, to: f64, y: f64) -> String {
    let (from, to, top) = (Px(from), Px(to), Px(y - 3.0));
    format!("M{from} {top}v6M{to} {top}v6M{from} {}H{to}", Px(y))
}

/// Breaks a text into lines of a width. A word that is longer is cut.
pub(super) fn wrapped(text: &str, width: f64) -> Vec<String> {
    let most = ((width / LETTER) as usize).max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for part in letters.chunks(most) {
            let line = lines.last_mut().expect("there is a line from the start");
            let length = line.chars().count();
            if length > 0 && length + 1 + part.len() > most {
                lines.push(part.iter().collect());
            } else {
                if length > 0 {
                    line.push(' ');
                }
                line.extend(part);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_wrap_and_none_is_lost() {
        let names = ["first", "second", "a third one with a long name", "fourth"];
        let entries: Vec<_> =
            names.iter().enumerate().map(|(i, n)| (Swatch::Line(i), *n)).collect();
        let (content, height) = legend(&entries, 100.0);
        let content = content.into_string();
        assert_eq!(height, 2.0 * LINE);
        for name in names {
            assert_eq!(content.matches(&format!(">{name}</text>")).count(), 1, "{content}");
        }
        assert_eq!(content.matches("class=\"stroke s").count(), 4);
        assert_eq!(legend(&[], 0.0).1, 0.0);
    }

    #[test]
    fn lines_break_between_words_and_in_words_that_are_too_long() {
        assert_eq!(wrapped("one two three", 8.0 * LETTER), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh", 3.0 * LETTER), ["abc", "def", "gh"]);
    }
}
