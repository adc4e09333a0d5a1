//! What is drawn, before it is part of a page or a file.

use std::fmt;

use maud::{Markup, PreEscaped, html};

use crate::pages::theme;

/// The width of every drawing. Text is 12 high, so on a phone it is a little smaller than that in
/// pixels, and elsewhere a little larger.
pub(super) const WIDTH: f64 = 360.0;

/// The height of a line of text.
pub(super) const LINE: f64 = 17.0;

/// Space between drawings, and around them in a file.
const MARGIN: f64 = 14.0;

/// A plot that is drawn: an SVG, but for where it is shown.
#[derive(Clone, Debug)]
pub struct Drawing {
    title: String,
    height: f64,
    content: Markup,
    marks: usize,
}

impl Drawing {
    /// Makes one of its content. `marks` is how many marks the data ask for, by which pages are
    /// tested.
    pub(super) fn new(title: &str, height: f64, content: Markup, marks: usize) -> Self {
        Drawing { title: title.to_owned(), height, content, marks }
    }

    /// Puts drawings below each other, as one.
    #[must_use]
    pub fn stacked(title: &str, drawings: &[Drawing]) -> Self {
        let tops = drawings.iter().scan(0.0, |top, drawing| {
            let this = *top;
            *top += drawing.height + MARGIN;
            Some(this)
        });
        let content = html! {
            @for (drawing, top) in drawings.iter().zip(tops) {
                g transform={ "translate(0 " (Px(top)) ")" } { (drawing.content) }
            }
        };
        let height: f64 = drawings.iter().map(|drawing| drawing.height + MARGIN).sum();
        let marks = drawings.iter().map(|drawing| drawing.marks).sum();
        Drawing::new(title, (height - MARGIN).max(0.0), content, marks)
    }

    /// Returns how many marks stand for data.
    #[must_use]
    pub fn marks(&self) -> usize {
        self.marks
    }

    /// Returns a figure of a page, with a caption.
    #[must_use]
    pub fn figure(&self, caption: &Markup) -> Markup {
        html! {
            figure {
                (self.svg(0.0, &html! {}))
                figcaption { (caption) }
            }
        }
    }

    /// Returns the text of an SVG file.
    #[must_use]
    pub fn file(&self) -> String {
        let ground = html! {
            style { (PreEscaped(theme::plots_alone())) }
            rect.paper x=(Px(-MARGIN)) y=(Px(-MARGIN)) width="100%" height="100%" {}
        };
        self.svg(MARGIN, &ground).into_string() + "\n"
    }

    fn svg(&self, margin: f64, ground: &Markup) -> Markup {
        let size = [WIDTH, self.height].map(|side| Px(side + 2.0 * margin));
        let view = format!("{} {} {} {}", Px(-margin), Px(-margin), size[0], size[1]);
        html! {
            svg.plot xmlns="http://www.w3.org/2000/svg" viewBox=(view) role="img"
                data-marks=(self.marks) {
                title { (self.title) }
                (ground)
                (self.content)
            }
        }
    }
}

/// A coordinate, to a hundredth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Px(pub(super) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Adding zero takes the sign of a zero away.
        let hundredths = (self.0 * 100.0).round() + 0.0;
        write!(f, "{}", hundredths / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_finer_than_a_pixel() {
        let texts = [0.0, -0.001, 12.0, 1.0 / 3.0, -7.456].map(|x| Px(x).to_string());
        assert_eq!(texts, ["0", "0", "12", "0.33", "-7.46"]);
    }

    #[test]
    fn a_stack_is_as_high_as_its_parts_and_has_their_marks() {
        let part = Drawing::new("part", 50.0, html! { circle.mark r="1" {} }, 1);
        let file = Drawing::stacked("a < b", &[part.clone(), part]).file();
        assert!(file.starts_with("<svg ") && file.ends_with("</svg>\n"), "{file}");
        assert!(file.contains("viewBox=\"-14 -14 388 142\"") && file.contains("data-marks=\"2\""));
        assert!(file.contains("<title>a &lt; b</title>") && file.contains("translate(0 64)"));
    }
}
