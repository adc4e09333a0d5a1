//! Text with places to be filled in: `@name@`.

/// The files that are the same for all boards.
pub const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../template/manifest.toml")),
    (".gitignore", include_str!("../../template/gitignore")),
    ("rustfmt.toml", include_str!("../../template/rustfmt.toml")),
    ("README.md", include_str!("../../template/README.md")),
    ("build.rs", include_str!("../../template/build.rs")),
    ("src/lib.rs", include_str!("../../template/src/lib.rs")),
    ("src/main.rs", include_str!("../../template/src/main.rs")),
    ("src/error.rs", include_str!("../../template/src/error.rs")),
    ("src/panic.rs", include_str!("../../template/src/panic.rs")),
    ("src/tuner.rs", include_str!("../../template/src/tuner.rs")),
    ("tests/on_board/main.rs", include_str!("../../template/tests/on_board/main.rs")),
];

/// Returns the text with these values in their places. Places in values are none: names of files
/// and classes may look like some.
pub fn fill(text: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let place = values.iter().find_map(|(name, value)| {
            Some((value.as_str(), after.strip_prefix(name)?.strip_prefix('@')?))
        });
        let (value, after) = place.unwrap_or(("@", after));
        filled.extend([before, value]);
        rest = after;
    }
    filled + rest
}

/// Returns `use PATH::{…};` as rustfmt writes it.
pub fn import(path: &str, names: &[&str]) -> String {
    const WIDTH: usize = 100;
    let mut names = names.to_vec();
    names.sort_unstable();
    if let [name] = names[..] {
        return format!("use {path}::{name};");
    }
    let line = format!("use {path}::{{{}}};", names.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let mut lines = format!("use {path}::{{\n");
    let mut column = WIDTH;
    for name in names {
        if column + name.len() + 2 > WIDTH {
            lines += if lines.ends_with("{\n") { "    " } else { "\n    " };
            column = 4;
        } else {
            lines.push(' ');
            column += 1;
        }
        lines += &format!("{name},");
        column += name.len() + 1;
    }
    lines + "\n};"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in() {
        let values = [("a", "1".to_owned()), ("b", "@a@".to_owned())];
        assert_eq!(fill("@a@+@a@=@b@, a@b, @c@", &values), "1+1=@a@, a@b, @c@");
    }

    #[test]
    fn imports_are_sorted_and_no_wider_than_a_line() {
        assert_eq!(import("a::b", &["C"]), "use a::b::C;");
        assert_eq!(import("a", &["D", "C"]), "use a::{C, D};");
        let names = ["A".repeat(40), "B".repeat(40), "C".repeat(40)];
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let wrapped = import("a", &names);
        assert!(wrapped.lines().all(|line| line.len() <= 100) && wrapped.lines().count() == 4);
    }
}
