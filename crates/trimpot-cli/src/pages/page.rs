//! The frame of all pages: title, index, sections, style.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::theme;

/// A page: a file that needs nothing else, and can be read without its script.
#[derive(Clone, Debug)]
pub struct Page {
    /// The title of the window.
    pub title: String,
    /// What stands above the heading, small: which program, which run.
    pub eyebrow: String,
    /// The heading.
    pub heading: String,
    /// What stands below the heading.
    pub lead: Markup,
    /// What is searched, as "losses"; without it, there is no search. It finds elements of the
    /// class `entry`, by their text.
    pub search: Option<String>,
    /// The sections, which the index lists.
    pub sections: Vec<Section>,
}

/// A section of a page.
#[derive(Clone, Debug)]
pub struct Section {
    /// What it is linked by.
    pub id: String,
    /// The heading.
    pub heading: String,
    /// What is in it; its headings are `h3` and below.
    pub content: Markup,
    /// What the index lists below it.
    pub entries: Vec<Entry>,
}

/// A part of a section that is linked from the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is linked by.
    pub id: String,
    /// What the index says.
    pub name: String,
}

impl Section {
    /// Makes a section without entries.
    #[must_use]
    pub fn new(id: &str, heading: &str, content: Markup) -> Self {
        Section { id: id.to_owned(), heading: heading.to_owned(), content, entries: Vec::new() }
    }
}

impl Page {
    /// Returns the text of the file.
    #[must_use]
    pub fn html(&self) -> String {
        // What the page may load: nothing but what is in it.
        let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    style {
                        (PreEscaped(theme::variables()))
                        (PreEscaped(theme::plots()))
                        (PreEscaped(include_str!("page.css")))
                    }
                }
                body {
                    a.skip href="#content" { "To the content" }
                    (self.index())
                    main #content {
                        header {
                            p.eyebrow { (self.eyebrow) }
                            h1 { (self.heading) }
                            (self.lead)
                        }
                        @for section in &self.sections {
                            section #(section.id) {
                                h2 { (section.heading) }
                                (section.content)
                            }
                        }
                    }
                    script { (PreEscaped(include_str!("page.js"))) }
                }
            }
        };
        page.into_string()
    }

    /// Returns the index: beside the content on wide screens, a bar above it on others.
    fn index(&self) -> Markup {
        html! {
            nav.index aria-label="Contents" {
                @if let Some(searched) = &self.search {
                    // Shown by the script that searches.
                    @let label = format!("Search {searched}");
                    .search role="search" hidden {
                        input type="search" autocomplete="off" placeholder=(label) aria-label=(label);
                        output {}
                    }
                }
                details {
                    summary { "Contents" }
                    ul {
                        @for section in &self.sections {
                            li {
                                a href={ "#" (section.id) } { (section.heading) }
                                @if !section.entries.is_empty() {
                                    ul {
                                        @for entry in &section.entries {
                                            li { a href={ "#" (entry.id) } { (entry.name) } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Puts figures side by side where there is room.
#[must_use]
pub fn figures(figures: &[Markup]) -> Markup {
    html! {
        .figures { @for figure in figures { (figure) } }
    }
}

/// Puts what may be wider than the screen, as a table, in a box that scrolls, by keyboard as well.
/// The label says what it is.
#[must_use]
pub fn scrolled(label: &str, content: &Markup) -> Markup {
    html! {
        .scrolled role="region" tabindex="0" aria-label=(label) { (content) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_links_to_all_sections_and_entries() {
        let mut section = Section::new("first", "The first < part", html! { p { "text" } });
        section.entries.push(Entry { id: "one".to_owned(), name: "One".to_owned() });
        let mut page = Page {
            title: "Title".to_owned(),
            eyebrow: String::new(),
            heading: "Heading".to_owned(),
            lead: html! {},
            search: None,
            sections: vec![section, Section::new("second", "Second", html! {})],
        };
        let text = page.html();
        for id in ["first", "second"] {
            assert!(text.contains(&format!("<a href=\"#{id}\">")), "{text}");
            assert!(text.contains(&format!("<section id=\"{id}\">")), "{text}");
        }
        assert!(text.contains("<a href=\"#one\">One</a>") && text.contains("The first &lt; part"));
        assert!(!text.contains("type=\"search\""));
        page.search = Some("parts".to_owned());
        assert!(page.html().contains("placeholder=\"Search parts\""));
    }
}
