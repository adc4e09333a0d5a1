//! Colors, light and dark, and the style of plots.

use std::fmt::Write;

/// A color by its name in style sheets: in the light theme and in the dark one.
type Color = (&'static str, &'static str, &'static str);

/// The colors of pages. Text has a contrast of 4.5 and more with what it is written on.
const COLORS: [Color; 8] = [
    ("paper", "#ffffff", "#14181e"),
    ("panel", "#f4f6f9", "#1d232b"),
    ("ink", "#1b222c", "#e6e9ee"),
    ("soft", "#57606e", "#a7b0bd"),
    ("line", "#dde2e9", "#39424e"),
    ("link", "#0b5cad", "#7cb7f5"),
    ("missed", "#b3261e", "#ff8a80"),
    // Cells of matrices and landscapes, the more opaque the larger: ink is read on it.
    ("heat", "#56b4e9", "#00609c"),
];

/// The colors of series, after Okabe and Ito (2008), with a contrast of 3 and more with paper:
/// those that are too bright on white are darker in the light theme.
const SERIES: [Color; STYLES] = [
    ("s0", "#0072b2", "#56b4e9"),
    ("s1", "#d55e00", "#f0883e"),
    ("s2", "#00865f", "#2fc79a"),
    ("s3", "#b04a8a", "#e39ac6"),
    ("s4", "#8a6d00", "#f0d24a"),
    ("s5", "#5b4fa8", "#b9b0f5"),
    ("s6", "#3b4450", "#cfd6df"),
    ("s7", "#9c3b2e", "#ff9d8a"),
];

/// How many styles of series there are, each with a color, dashes and a shape.
pub(super) const STYLES: usize = 8;

/// Dashes by style: none for the first.
const DASHES: [&str; STYLES] =
    ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2", "9 2 2 2 2 2"];

/// Returns the style of pages: variables of both themes. Printed, a page is light.
pub(super) fn variables() -> String {
    let theme = |color: fn(&Color) -> &'static str| {
        let variable = |each: &Color| format!("--{}:{};", each.0, color(each));
        COLORS.iter().chain(&SERIES).map(variable).collect::<String>()
    };
    format!(
        ":root{{color-scheme:light dark;{}}}\n@media screen and (prefers-color-scheme: dark)\
         {{:root{{{}}}}}\n",
        theme(|color| color.1),
        theme(|color| color.2)
    )
}

/// Returns the style of plots, which refers to the page's variables.
pub(super) fn plots() -> String {
    let mut style = PLOTS.to_owned();
    for (i, dashes) in DASHES.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = writeln!(
            style,
            ".stroke.s{i}{{stroke:var(--s{i});stroke-dasharray:{dashes}}} \
             .fill.s{i}{{fill:var(--s{i})}}"
        );
    }
    style
}

/// Returns the style of a plot that is a file: with colors instead of variables, which not all
/// programs that show SVG know.
pub(super) fn plots_alone() -> String {
    let theme = |color: fn(&Color) -> &'static str| {
        let replaced =
            |style: String, each: &Color| style.replace(&format!("var(--{})", each.0), color(each));
        COLORS.iter().chain(&SERIES).fold(plots(), replaced)
    };
    format!(
        "{}@media (prefers-color-scheme: dark){{\n{}}}\n",
        theme(|color| color.1),
        theme(|color| color.2)
    )
}

/// What all plots have. Elements without a class draw nothing but text.
const PLOTS: &str = "
.plot text{font:12px system-ui,'Segoe UI',Roboto,'Helvetica Neue',sans-serif;fill:var(--ink)}
.plot .soft{fill:var(--soft)}
/* Lines of the grid end before a name. */
.plot .name{paint-order:stroke;stroke:var(--paper);stroke-width:5px;stroke-linejoin:round}
.plot .middle{text-anchor:middle} .plot .end{text-anchor:end}
.paper{fill:var(--paper)}
.grid{fill:none;stroke:var(--line);stroke-width:1}
.axis{fill:none;stroke:var(--soft);stroke-width:1}
.zero{stroke:var(--soft);stroke-width:.6}
.stroke{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:butt}
.plain{fill:none;stroke:var(--ink);stroke-width:1.6}
.solid{fill:var(--ink)}
.hollow{fill:var(--paper);stroke:var(--ink);stroke-width:1.4}
.outlined{stroke:var(--paper);stroke-width:1.2}
.faint{fill-opacity:.55} .band{fill-opacity:.18}
.heat{fill:var(--heat)}
";

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colors, as the Web Content Accessibility Guidelines define it.
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |color: &str| -> f64 {
            let channel = |i: usize| {
                let byte = u8::from_str_radix(&color[i..i + 2], 16).unwrap();
                let value = f64::from(byte) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_and_series_stand_out_in_both_themes() {
        assert!((contrast("#ffffff", "#000000") - 21.0).abs() <= 1e-9);
        let color = |name: &str| COLORS.iter().find(|color| color.0 == name).unwrap();
        let paper = color("paper");
        for (name, grounds) in [
            ("ink", &["paper", "panel", "heat"][..]),
            ("soft", &["paper", "panel"]),
            ("link", &["paper", "panel"]),
            ("missed", &["paper"]),
        ] {
            for ground in grounds.iter().map(|ground| color(ground)) {
                let text = color(name);
                assert!(contrast(text.1, ground.1) >= 4.5, "{name} on light {}", ground.0);
                assert!(contrast(text.2, ground.2) >= 4.5, "{name} on dark {}", ground.0);
            }
        }
        for series in SERIES {
            assert!(contrast(series.1, paper.1) >= 3.0, "{series:?}");
            assert!(contrast(series.2, paper.2) >= 3.0, "{series:?}");
        }
    }

    #[test]
    fn a_file_has_no_variables() {
        assert!(plots().contains("var(--s7)") && variables().contains("--s7:"));
        assert!(!plots_alone().contains("var("), "{}", plots_alone());
    }
}
