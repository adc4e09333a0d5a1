//! One loss of the catalogue.

use trimpot::loss::accuracy::{self, Small};
use trimpot::loss::spec::{ListedLoss, TargetSpec};

use super::curve::Curve;
use super::source::Source;

/// A loss and what there is to know about it.
///
/// The text is that of the source file, in the order that all of them keep: what it is with its
/// formula; gradient, ranges and kinks; a paragraph that begins with "For" and says when to use it
/// and when not; names elsewhere and papers; how it is computed, where that is not plain.
pub struct Entry {
    /// The registry's name.
    pub name: &'static str,
    /// The name of the type in `trimpot::loss`.
    pub type_name: &'static str,
    /// The family's name.
    pub family: &'static str,
    /// What the losses of the family are for.
    pub family_summary: &'static str,
    /// The name in words.
    pub title: String,
    /// The formula, and what it is about.
    pub formula: String,
    /// Gradient, ranges, kinks: the paragraphs before the one that says what it is for.
    pub gradient: Vec<String>,
    /// When to use it, and when not.
    pub usage: String,
    /// Names in other libraries, papers, convexity.
    pub elsewhere: String,
    /// What is said after that.
    pub notes: Vec<String>,
    /// The shape of a prediction, in words.
    pub prediction: String,
    /// The kind of a target, in words.
    pub target: &'static str,
    /// Functions that make the loss, with ranges and defaults.
    pub parameters: Vec<Parameter>,
    /// Code that runs.
    pub examples: Vec<String>,
    /// What is promised of value and gradient: for numbers of all sizes, and near the minimum.
    pub accuracy: Vec<String>,
    /// Computes the curve of its value and gradient.
    pub curve: fn() -> Curve,
}

/// A function that makes or changes a loss.
pub struct Parameter {
    /// Name and arguments.
    pub call: String,
    /// Meaning and range.
    pub text: String,
}

impl Entry {
    /// Returns the entry of a registered loss. Parts that its source file lacks are empty, which
    /// the tests do not let pass.
    pub(super) fn new(listed: &ListedLoss, curve: fn() -> Curve) -> Self {
        let ListedLoss { name, type_name, rows, spec, .. } = *listed;
        let source = Source::of(listed);
        let family = spec.family.source().lines().next();
        let comment = source.as_ref().and_then(Source::comment).unwrap_or_default();
        let mut paragraphs = comment.paragraphs.into_iter();
        let first = paragraphs.next().unwrap_or_default();
        let (title, formula) = split_title(&first);
        let mut gradient = Vec::new();
        let usage = loop {
            match paragraphs.next() {
                Some(usage) if usage.starts_with("For ") => break usage,
                Some(paragraph) => gradient.push(paragraph),
                None => break String::new(),
            }
        };
        let functions = source.as_ref().map(Source::functions).unwrap_or_default();
        Entry {
            name,
            type_name,
            family: spec.family.name(),
            family_summary: family.and_then(|line| line.strip_prefix("//! ")).unwrap_or_default(),
            title: title.replace('`', ""),
            formula: formula.to_owned(),
            gradient,
            usage,
            elsewhere: paragraphs.next().unwrap_or_default(),
            notes: paragraphs.collect(),
            prediction: prediction_in_words(rows),
            target: target_in_words(spec.target),
            parameters: functions
                .into_iter()
                .map(|(call, text)| Parameter { call, text })
                .collect(),
            examples: comment.examples,
            accuracy: accuracy_in_words(name),
            curve,
        }
    }

    /// Returns what it is for, in one sentence.
    #[must_use]
    pub fn use_in_short(&self) -> &str {
        self.usage.split_inclusive(". ").next().unwrap_or_default().trim_end()
    }
}

/// Returns how accurate a loss is, in words.
fn accuracy_in_words(loss: &str) -> Vec<String> {
    let bound = accuracy::BOUND;
    let relative_to = match accuracy::largest_terms(loss) {
        None => "the larger of 1 and the exact result".to_owned(),
        Some(terms) => format!("the largest of 1, the exact result and {terms}"),
    };
    let everywhere = format!(
        "For rows of up to {} numbers of sizes from 1e-6 to 1e4, value and gradient are within {bound:e} of those in \
         float64, relative to {relative_to}.",
        accuracy::LONGEST_ROW
    );
    let near_minimum = accuracy::near_minimum(loss).map(|(value, gradient)| match (value, gradient) {
        (Small::Relative(value), Small::Relative(gradient)) => format!(
            "Near the minimum of 0 as well: small values are within {value:e} of themselves, small gradients within \
             {gradient:e}."
        ),
        (Small::Relative(value), Small::Absolute) => format!(
            "Small values, near the minimum of 0, are within {value:e} of themselves; of small gradients digits may be \
             lost."
        ),
        (Small::Absolute, _) => {
            "Of small values, near the minimum of 0, digits may be lost; they are never negative.".to_owned()
        }
    });
    [everywhere].into_iter().chain(near_minimum).collect()
}

/// Returns the name of a loss and what its first paragraph says after it.
fn split_title(paragraph: &str) -> (&str, &str) {
    paragraph.split_once(": ").unwrap_or(("", paragraph))
}

/// Returns the shape of a prediction of so many rows, in words.
fn prediction_in_words(rows: Option<u32>) -> String {
    match rows {
        Some(1) => "`N` numbers, `Vector<N>`".to_owned(),
        Some(rows) => format!("`{rows}` rows of `N` numbers, `Rows<{rows}, N>`"),
        None => "`R` rows of `N` numbers, `Rows<R, N>`".to_owned(),
    }
}

/// Returns a kind of target, in words.
fn target_in_words(target: TargetSpec) -> &'static str {
    match target {
        TargetSpec::Values(_) => "`N` numbers, `Vector<N>`",
        TargetSpec::Class => "a class label, `Class`",
        TargetSpec::Number(_) => "one number, `Number`",
        TargetSpec::Nothing => "none: predictions are compared with each other, `Nothing`",
        TargetSpec::Labels => "up to `L` class labels, `Labels<L>`",
        TargetSpec::Action => "an action, its advantage and its old log-probability, `Action`",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::losses::entries;

    /// Libraries whose names for a loss count.
    const LIBRARIES: [&str; 8] = [
        "PyTorch",
        "Keras",
        "optax",
        "torchvision",
        "scikit-learn",
        "MONAI",
        "rlax",
        "segmentation_models",
    ];

    /// Returns whether there is a year, as papers have.
    fn has_year(text: &str) -> bool {
        let mut words = text.split(|c: char| !c.is_ascii_digit());
        words.any(|word| word.len() == 4 && (word.starts_with("19") || word.starts_with("20")))
    }

    #[test]
    fn every_loss_is_documented_in_full() {
        for entry in entries() {
            let name = entry.name;
            assert!(!entry.title.is_empty() && !entry.title.contains('.'), "{name}: title");
            assert!(!entry.family_summary.is_empty(), "{name}: family");
            let about = format!("{} {}", entry.formula, entry.gradient.join(" "));
            assert!(about.matches('`').count() >= 4, "{name}: formula and gradient in `code`");
            assert!(about.to_lowercase().contains("gradient"), "{name}: gradient");
            assert!(entry.usage.len() > 40, "{name}: a paragraph \"For …\" on when to use it");
            let known = LIBRARIES.iter().any(|library| entry.elsewhere.contains(library));
            assert!(known || has_year(&entry.elsewhere), "{name}: names elsewhere, or a paper");
            assert!(entry.elsewhere.contains("onvex"), "{name}: convex or not");
            assert!(!entry.target.is_empty(), "{name}: the target in words");
            for parameter in &entry.parameters {
                assert!(!parameter.text.is_empty(), "{name}: {}", parameter.call);
            }
            assert!(entry.examples.iter().any(|code| code.contains(entry.type_name)), "{name}");
        }
    }

    #[test]
    fn families_stay_together() {
        let mut families: Vec<&str> = entries().iter().map(|entry| entry.family).collect();
        families.dedup();
        let runs = families.len();
        families.sort_unstable();
        families.dedup();
        assert_eq!((runs, families.len()), (8, 8), "{families:?}");
    }
}
