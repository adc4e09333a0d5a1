//! The catalogue as one HTML file that needs nothing else.

use maud::{Markup, html};

use super::curve::Curve;
use super::entry::Entry;
use super::terminal::sections;
use crate::pages::plot::Drawing;
use crate::pages::{self, Page, Section};

/// A loss with its curve, and the curve's drawing.
pub(super) type Drawn = (Entry, Curve, Drawing);

/// Returns the page of all losses, by family: what each is and is for, and what there is to know
/// about it where somebody asks.
pub(super) fn page(losses: &[Drawn]) -> String {
    let entries: Vec<&Entry> = losses.iter().map(|(entry, ..)| entry).collect();
    let families = losses.chunk_by(|(one, ..), (other, ..)| one.family == other.family);
    let page = Page {
        title: "Trimpot losses".to_owned(),
        eyebrow: "Trimpot".to_owned(),
        heading: format!("{} losses", losses.len()),
        lead: html! {
            p {
                "All of them write the gradient and return the value in one pass, without a heap, \
                 and give the same bits on the PC and on every board. The curves are what they \
                 compute."
            }
        },
        search: Some("losses".to_owned()),
        sections: families.filter_map(|family| section(family, &entries)).collect(),
    };
    page.html()
}

/// Returns the losses of a family.
fn section(family: &[Drawn], entries: &[&Entry]) -> Option<Section> {
    let (first, ..) = family.first()?;
    let content = html! {
        p { (marked(first.family_summary, entries)) }
        @for loss in family { (article(loss, entries)) }
    };
    let line =
        |(entry, ..): &Drawn| pages::Entry { id: entry.name.to_owned(), name: entry.title.clone() };
    Some(Section {
        entries: family.iter().map(line).collect(),
        ..Section::new(&format!("family-{}", first.family), &capitalised(first.family), content)
    })
}

/// Returns a word with a capital letter.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Returns a loss in short, and all there is to know about it, which a link to it opens.
fn article((entry, curve, drawing): &Drawn, entries: &[&Entry]) -> Markup {
    let caption = html! {
        "Value and derivative by " code { "x" } ". Prediction " code { (curve.prediction) }
        ", target " code { (curve.target) } ", parameters by default."
    };
    html! {
        details.entry {
            summary {
                h3 { (entry.title) }
                code { (entry.name) }
                p { (code(&entry.formula)) }
                p { small { (code(entry.use_in_short())) } }
            }
            article #(entry.name) {
                p.eyebrow { code { "trimpot::loss::" (entry.type_name) } }
                (drawing.figure(&caption))
                // The first one is the formula.
                @for (heading, paragraphs) in sections(entry).into_iter().skip(1) {
                    h4 { (heading) }
                    @for paragraph in &paragraphs { p { (marked(paragraph, entries)) } }
                }
                @for example in &entry.examples {
                    h4 { "Example" }
                    pre tabindex="0" { (example) }
                }
            }
        }
    }
}

/// Returns a text with its `code` marked.
fn code(text: &str) -> Markup {
    marked(text, &[])
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
