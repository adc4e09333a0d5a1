//! What the demo says.

use std::io::{IsTerminal, stdin};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use trimpot::metric::ConfusionMatrix;

use super::accuracy;
use crate::terminal::say;

/// A step of the demo begins.
pub fn heading(name: &str, what: &str) {
    say("");
    say(&format!("{name:<14}{what}"));
}

/// Something that came out.
pub fn line(name: &str, what: &str) {
    say(&format!("  {name:<12}{what}"));
}

/// Accuracy in percent.
pub fn percent<const N: usize>(matrix: &ConfusionMatrix<N>) -> String {
    format!("{:.1} %", 100.0 * accuracy(matrix))
}

/// Returns a progress bar of so many steps. Shown on a terminal only.
pub fn bar(steps: u64, template: &str) -> ProgressBar {
    let template = format!("  {}", template.replace("{bar}", "{bar:24}"));
    let style = ProgressStyle::with_template(&template).expect("templates here are valid");
    ProgressBar::new(steps).with_style(style.progress_chars("━╸ "))
}

/// Something that takes its time on a slow board. Shown on a terminal only, until it is dropped.
pub fn spinner(what: &str) -> impl Drop + use<> {
    struct Spinner(ProgressBar);
    impl Drop for Spinner {
        fn drop(&mut self) {
            self.0.finish_and_clear();
        }
    }
    let style = ProgressStyle::with_template("  {spinner} {msg}").expect("the template is valid");
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    Spinner(bar)
}

/// Asks for a power cut, and waits for Enter; without a terminal, for nobody.
pub fn wait_for_power_cut() {
    line("your turn", "unplug the board, plug it in again, and press Enter");
    if stdin().is_terminal() {
        // At the end of the input there is nobody to wait for.
        let _ = stdin().read_line(&mut String::new());
    }
}
