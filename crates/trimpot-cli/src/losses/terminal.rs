//! The catalogue as plain text.

use std::fmt::Write;

use super::entry::Entry;
use crate::terminal::wrap;

/// Returns all losses by family: name, formula, and what it is for.
#[must_use]
pub fn list(entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut family = "";
    for entry in entries {
        if entry.family != family {
            family = entry.family;
            let _ = writeln!(text, "{}\n{}\n", family.to_uppercase(), entry.family_summary);
        }
        let _ = writeln!(text, "  {} ({})", entry.name, entry.type_name);
        wrap(&mut text, 6, &entry.formula);
        wrap(&mut text, 6, entry.use_in_short());
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "{} losses. `trimpot losses NAME` explains one, `trimpot losses --plot FOLDER` draws all.",
        entries.len()
    );
    text
}

/// Returns all there is to know about one loss.
#[must_use]
pub fn explain(entry: &Entry) -> String {
    let mut text = format!("{}: {}\n", entry.name, entry.title);
    let _ = writeln!(text, "trimpot::loss::{}, family {}", entry.type_name, entry.family);
    for (heading, paragraphs) in sections(entry) {
        let _ = write!(text, "\n{}\n", heading.to_uppercase());
        for (i, paragraph) in paragraphs.iter().enumerate() {
            if i > 0 && heading != "Parameters" && heading != "Shapes" {
                text.push('\n');
            }
            wrap(&mut text, 2, paragraph);
        }
    }
    for example in &entry.examples {
        text.push_str("\nEXAMPLE\n");
        for line in example.lines() {
            let _ = writeln!(text, "{}", format!("  {line}").trim_end());
        }
    }
    text
}

/// Headings with their paragraphs, for the terminal and the page.
pub(super) fn sections(entry: &Entry) -> Vec<(&'static str, Vec<String>)> {
    let parameters = match entry.parameters.as_slice() {
        [] => vec!["None.".to_owned()],
        some => some.iter().map(|p| format!("`{}`: {}", p.call, p.text)).collect(),
    };
    let shapes =
        vec![format!("Prediction: {}.", entry.prediction), format!("Target: {}.", entry.target)];
    // Where the first paragraph has the gradient as well, what follows is about kinks and ranges.
    let (first, second) = if entry.formula.contains("gradient `") {
        ("Formula and gradient", "Kinks and ranges")
    } else {
        ("Formula", "Gradient, kinks and ranges")
    };
    let sections = [
        (first, vec![entry.formula.clone()]),
        (second, entry.gradient.clone()),
        ("Shapes", shapes),
        ("Parameters", parameters),
        ("When to use it", vec![entry.usage.clone()]),
        ("Elsewhere", vec![entry.elsewhere.clone()]),
        ("Notes", entry.notes.clone()),
        ("Accuracy", entry.accuracy.clone()),
    ];
    sections.into_iter().filter(|(_, paragraphs)| !paragraphs.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::entries;
    use crate::terminal::WIDTH;

    #[test]
    fn no_line_is_too_long_and_no_word_is_lost() {
        for entry in entries() {
            let mut text = String::new();
            wrap(&mut text, 6, &entry.usage);
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(words.join(" "), entry.usage);
        }
    }
}
