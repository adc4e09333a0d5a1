//! Reads what the source file of a loss says about it.

use trimpot::loss::spec::ListedLoss;

/// The source file of a loss.
pub(super) struct Source {
    type_name: &'static str,
    text: &'static str,
}

/// Paragraphs and examples of a comment.
#[derive(Default)]
pub(super) struct Comment {
    pub(super) paragraphs: Vec<String>,
    pub(super) examples: Vec<String>,
}

impl Source {
    /// Returns the source of a loss, or `None` if it is not listed.
    pub(super) fn of(listed: &ListedLoss) -> Option<Self> {
        Some(Source { type_name: listed.type_name, text: listed.source()? })
    }

    /// Returns the comment before the type.
    pub(super) fn comment(&self) -> Option<Comment> {
        let mut lines = Vec::new();
        for line in self.text.lines() {
            if let Some(line) = line.strip_prefix("///") {
                lines.push(line.strip_prefix(' ').unwrap_or(line));
            } else if line.strip_prefix("pub struct ").is_some_and(|rest| self.is_named(rest)) {
                return Some(comment(&lines));
            } else if !line.starts_with("#[") {
                lines.clear();
            }
        }
        None
    }

    /// Signature and comment of each public function, and of `Default` if it is written out.
    pub(super) fn functions(&self) -> Vec<(String, String)> {
        let mut functions = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            let Some(head) = line.strip_prefix("impl") else { continue };
            let head = if head.starts_with('<') {
                head.split_once("> ").map_or("", |(_, head)| head)
            } else {
                head.trim_start()
            };
            let is_default = head.strip_prefix("Default for ").is_some_and(|of| self.is_named(of));
            let is_own = self.is_named(head) && !head.contains(" for ");
            if !is_own && !is_default {
                continue;
            }
            let mut said = Vec::new();
            while let Some(line) = lines.next().filter(|line| *line != "}") {
                let line = line.trim();
                if let Some(line) = line.strip_prefix("///") {
                    said.push(line.trim());
                } else if let Some(start) = signature(line, is_default) {
                    let mut signature = start.to_owned();
                    while !signature.ends_with('{') {
                        let Some(more) = lines.next() else { break };
                        signature.push_str(more.trim());
                    }
                    functions.push((call(&signature), comment(&said).paragraphs.join(" ")));
                    said.clear();
                } else if !line.starts_with("#[") {
                    said.clear();
                }
            }
        }
        functions
    }

    /// Returns whether code goes on with this type.
    fn is_named(&self, code: &str) -> bool {
        let name = code.split(|c: char| !c.is_alphanumeric()).next();
        name == Some(self.type_name)
    }
}

/// Returns what follows `fn` in the first line of a function that users call.
fn signature(line: &str, is_default: bool) -> Option<&str> {
    let line = if is_default { line } else { line.strip_prefix("pub ")? };
    line.strip_prefix("const ").unwrap_or(line).strip_prefix("fn ")
}

/// Name and arguments of a function: `with_delta(delta: f32)`.
fn call(signature: &str) -> String {
    let end = signature.find(" ->").unwrap_or(signature.len());
    let (name, arguments) = signature[..end].split_once('(').unwrap_or((signature, ")"));
    let name = name.split('<').next().unwrap_or(name);
    let arguments = arguments.trim_end_matches([')', ',']);
    let builder = ["mut self", "self"].iter().find_map(|of| arguments.strip_prefix(of));
    let arguments = builder.unwrap_or(arguments);
    format!("{name}({})", arguments.trim_start_matches([',', ' ']))
}

fn comment(lines: &[&str]) -> Comment {
    let mut comment = Comment::default();
    let mut paragraph = String::new();
    let mut lines = lines.iter();
    while let Some(&line) = lines.next() {
        if line.starts_with("```") {
            let code = lines.by_ref().take_while(|line| !line.starts_with("```"));
            let shown: Vec<&str> = code.filter(|line| !line.starts_with("# ")).copied().collect();
            if line == "```" {
                comment.examples.push(shown.join("\n"));
            }
        } else if line.is_empty() {
            comment.paragraphs.push(std::mem::take(&mut paragraph));
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    comment.paragraphs.push(paragraph);
    comment.paragraphs.retain(|paragraph| !paragraph.is_empty());
    for paragraph in &mut comment.paragraphs {
        *paragraph = without_links(paragraph);
    }
    comment
}

/// Returns the text with `Name` in place of [`Name`] and [`Name`](path).
fn without_links(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("`]").unwrap_or((part, ""));
        let path_ends = rest.strip_prefix('(').and_then(|path| path.find(')'));
        let rest = path_ends.map_or(rest, |end| &rest[end + 2..]);
        plain.push_str(&format!("`{name}`{rest}"));
    }
    plain
}

#[cfg(test)]
mod tests {
    use trimpot::loss::spec::LOSSES;

    use super::*;

    #[test]
    fn links_become_code() {
        let text = "see [`A`](super::A), [`B`] and [0, 1], not (this)";
        assert_eq!(without_links(text), "see `A`, `B` and [0, 1], not (this)");
    }

    #[test]
    fn paragraphs_are_joined_and_hidden_lines_left_out() {
        let lines =
            ["A", "b.", "", "C.", "```", "let x = 1;", "# hidden", "```", "```compile_fail"];
        let comment = comment(&lines);
        assert_eq!(comment.paragraphs, ["A b.", "C."]);
        assert_eq!(comment.examples, ["let x = 1;"]);
    }

    #[test]
    fn functions_are_those_of_the_code() {
        let functions_of = |name| {
            let listed = LOSSES.iter().find(|listed| listed.name == name).unwrap();
            Source::of(listed).unwrap().functions()
        };
        let functions = functions_of("cross_entropy");
        let calls: Vec<&str> = functions.iter().map(|(call, _)| call.as_str()).collect();
        assert_eq!(
            calls,
            [
                "new()",
                "with_label_smoothing(label_smoothing: f32)",
                "with_class_weights(weights: [f32; N])"
            ]
        );
        let functions = functions_of("huber");
        assert_eq!(functions[1], ("default()".to_owned(), "δ = 1.".to_owned()));
    }
}
