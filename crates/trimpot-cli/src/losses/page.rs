//! The catalogue as one HTML file that needs nothing else.

use maud::{Markup, PreEscaped, html};

use super::curve::Curve;
use super::entry::Entry;
use super::terminal::sections;
use crate::html;

/// A loss with its curve, and the curve's drawing.
type Drawn = (Entry, Curve, String);

/// Returns the page of all losses: an index, and what there is to know about each.
pub(super) fn page(losses: &[Drawn]) -> String {
    let entries: Vec<&Entry> = losses.iter().map(|(entry, ..)| entry).collect();
    let families: Vec<&[Drawn]> =
        losses.chunk_by(|(one, ..), (other, ..)| one.family == other.family).collect();
    let heading = |family: &[Drawn]| {
        family.first().map(|(entry, ..)| {
            html! {
                h2 { (entry.family) }
                p { (marked(entry.family_summary, &entries)) }
            }
        })
    };
    html::page(
        "Trimpot losses",
        MORE_STYLE,
        html! {
            header {
                p.eyebrow { "Trimpot" }
                h1 { (losses.len()) " losses" }
                p {
                    "All of them write the gradient and return the value in one pass, without a heap, \
                     and give the same bits on the PC and on every board. The curves are what they \
                     compute."
                }
            }
            nav {
                @for family in &families {
                    (heading(family).unwrap_or_default())
                    @for (entry, ..) in *family { (summary(entry, &entries)) }
                }
            }
            main {
                @for family in &families {
                    (heading(family).unwrap_or_default())
                    @for loss in *family { (article(loss, &entries)) }
                }
            }
        },
    )
}

/// Returns a line of the index.
fn summary(entry: &Entry, entries: &[&Entry]) -> Markup {
    html! {
        dl {
            dt { a href={ "#" (entry.name) } { code { (entry.name) } } }
            dd {
                (marked(&entry.formula, entries))
                br;
                small { (marked(entry.use_in_short(), entries)) }
            }
        }
    }
}

/// Returns all there is to know about a loss.
fn article((entry, curve, svg): &Drawn, entries: &[&Entry]) -> Markup {
    html! {
        article id=(entry.name) {
            h3 { (entry.title) }
            p.eyebrow {
                code { (entry.name) } " · " code { "trimpot::loss::" (entry.type_name) }
            }
            figure.chart {
                (PreEscaped(svg))
                figcaption {
                    "Value and derivative by " code { "x" } ". Prediction "
                    code { (curve.prediction) } ", target " code { (curve.target) }
                    ", parameters by default."
                }
            }
            @for (heading, paragraphs) in sections(entry) {
                h4 { (heading) }
                @for paragraph in &paragraphs { p { (marked(paragraph, entries)) } }
            }
            @for example in &entry.examples {
                h4 { "Example" }
                pre { (example) }
            }
        }
    }
}

/// Returns a text with its `code` marked; the name of a loss's type becomes a link to it.
fn marked(text: &str, entries: &[&Entry]) -> Markup {
    let link = |part: &str| entries.iter().find(|entry| entry.type_name == part);
    html! {
        @for (i, part) in text.split('`').enumerate() {
            @if i % 2 == 0 {
                (part)
            } @else if let Some(entry) = link(part) {
                a href={ "#" (entry.name) } { code { (part) } }
            } @else {
                code { (part) }
            }
        }
    }
}

const MORE_STYLE: &str = r#"
h3 { font-size: 1.3rem; margin: 0; }
h4 { font-size: .95rem; margin: 1.2rem 0 .2rem; }
a { color: var(--blue); text-decoration: none; }
a:hover { text-decoration: underline; }
nav dl { display: grid; grid-template-columns: 15rem 1fr; gap: 0 1rem; margin: 0; padding: .4rem 0; border-bottom: 1px solid var(--line); }
nav dd { margin: 0; }
nav small { color: var(--soft); }
main { margin-top: 4rem; }
article { margin: 1.6rem 0; padding-top: 1.6rem; border-top: 1px solid var(--line); }
article .chart { max-width: 40rem; }
pre { background: #f6f8fa; border-radius: .4rem; padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
@media (max-width: 40rem) { nav dl { grid-template-columns: 1fr; } }
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::entries;

    #[test]
    fn code_is_escaped_and_names_of_losses_are_links() {
        let entries = entries();
        let entries: Vec<&Entry> = entries.iter().collect();
        assert_eq!(
            marked("a < `|e| < δ`, see `Huber`", &entries).into_string(),
            "a &lt; <code>|e| &lt; δ</code>, see <a href=\"#huber\"><code>Huber</code></a>"
        );
    }
}
