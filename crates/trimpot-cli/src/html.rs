//! Pages of HTML, each a file that needs nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Returns a page with this title and this body, in the style that all pages share, and more of its
/// own.
pub(crate) fn page(title: &str, style: &str, body: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

const STYLE: &str = r#"
:root { color-scheme: light; --ink: #222a35; --soft: #66707f; --line: #e2e6ec; --blue: #1f5fa8; --amber: #c96a14; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 56rem; background: #fff; color: var(--ink);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .2rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2.6rem 0 .3rem; }
p { margin: .3rem 0 .8rem; max-width: 44rem; }
.eyebrow { color: var(--soft); font-size: .9rem; margin: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem; margin: 1.6rem 0; }
.cards div { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; display: grid; }
.cards b { font-size: 1.5rem; }
.cards small, figcaption { color: var(--soft); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1.6rem; margin-top: 2rem; }
figure { margin: .6rem 0 0; }
figcaption { text-align: center; }
svg { display: block; width: 100%; height: auto; }
.wide, .chart { overflow-x: auto; }
.chart svg { min-width: 30rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .9rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; }
thead th { font-weight: 600; color: var(--soft); vertical-align: bottom; }
th[colspan] { text-align: center; }
tr:last-child > * { font-weight: 600; border-bottom: 0; }
thead tr:last-child > * { border-bottom: 1px solid var(--line); }
ul { list-style: none; padding: 0; }
li { padding-left: 1.6rem; position: relative; }
li::before { position: absolute; left: 0; font-weight: 700; }
li.met::before { content: "✓"; color: var(--blue); }
li.missed::before { content: "✗"; color: #b3261e; }
code { font-size: .95em; }
"#;
