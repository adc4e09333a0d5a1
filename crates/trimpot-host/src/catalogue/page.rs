//! The catalogue as one HTML file that needs nothing else.

use std::fmt::Write;

use super::curve::Curve;
use super::entry::Entry;
use super::terminal::sections;
use crate::report::page::{STYLE, escape};

/// Losses with their curves, and the curves' drawings.
pub(super) fn page(losses: &[(Entry, Curve, String)]) -> String {
    let entries: Vec<&Entry> = losses.iter().map(|(entry, ..)| entry).collect();
    let mut index = String::new();
    let mut details = String::new();
    let mut family = "";
    for (entry, curve, svg) in losses {
        if entry.family != family {
            family = entry.family;
            for text in [&mut index, &mut details] {
                let summary = marked(entry.family_summary, &entries);
                let _ = writeln!(text, "<h2>{family}</h2>\n<p>{summary}</p>");
            }
        }
        let formula = marked(&entry.formula, &entries);
        let usage = marked(entry.use_in_short(), &entries);
        let _ = writeln!(
            index,
            "<dl><dt><a href=\"#{0}\"><code>{0}</code></a></dt><dd>{formula}<br><small>{usage}</small></dd></dl>",
            entry.name
        );
        let _ = writeln!(
            details,
            "<article id=\"{}\">\n<h3>{}</h3>\n<p class=\"eyebrow\"><code>{}</code> · <code>trimpot::loss::{}</code></p>\n\
             <figure class=\"chart\">{svg}<figcaption>Value and derivative by <code>x</code>. Prediction \
             <code>{}</code>, target <code>{}</code>, parameters by default.</figcaption></figure>",
            entry.name,
            escape(&entry.title),
            entry.name,
            entry.type_name,
            escape(&curve.prediction),
            escape(&curve.target),
        );
        for (heading, paragraphs) in sections(entry) {
            let _ = writeln!(details, "<h4>{heading}</h4>");
            for paragraph in paragraphs {
                let _ = writeln!(details, "<p>{}</p>", marked(&paragraph, &entries));
            }
        }
        for example in &entry.examples {
            let _ = writeln!(details, "<h4>Example</h4>\n<pre>{}</pre>", escape(example));
        }
        details.push_str("</article>\n");
    }
    let count = losses.len();
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trimpot losses</title>
<style>{STYLE}{MORE_STYLE}</style>
</head>
<body>
<header>
<p class="eyebrow">Trimpot</p>
<h1>{count} losses</h1>
<p>All of them write the gradient and return the value in one pass, without a heap, and give the same bits
on the PC and on every board. The curves are what they compute.</p>
</header>
<nav>
{index}</nav>
<main>
{details}</main>
</body>
</html>
"#
    )
}

/// HTML of a text with `code`; the name of a loss's type becomes a link to it.
fn marked(text: &str, entries: &[&Entry]) -> String {
    let mut html = String::new();
    for (i, part) in text.split('`').enumerate() {
        let escaped = escape(part);
        let named = entries.iter().find(|entry| entry.type_name == part);
        let _ = match (i % 2, named) {
            (0, _) => write!(html, "{escaped}"),
            (_, Some(entry)) => {
                write!(html, "<a href=\"#{}\"><code>{escaped}</code></a>", entry.name)
            }
            (_, None) => write!(html, "<code>{escaped}</code>"),
        };
    }
    html
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
    use crate::catalogue::entries;

    #[test]
    fn code_is_escaped_and_names_of_losses_are_links() {
        let entries = entries();
        let entries: Vec<&Entry> = entries.iter().collect();
        assert_eq!(
            marked("a < `|e| < δ`, see `Huber`", &entries),
            "a &lt; <code>|e| &lt; δ</code>, see <a href=\"#huber\"><code>Huber</code></a>"
        );
    }
}
