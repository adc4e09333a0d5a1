//! How far runs on several threads are, on the terminal.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::say;

/// Parts of the work that a bar counts.
const PARTS: f64 = 1000.0;

/// A progress bar with the time that is left; without a terminal, a line every tenth of the way.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    /// What it is the progress of.
    of: &'static str,
    /// Tenths of the work that are said to be done.
    tenths: u32,
}

impl Bar {
    pub(crate) fn new(of: &'static str) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let template = "  {bar:24} {percent} %  {msg:32!}  {eta} left";
            let style = ProgressStyle::with_template(template).expect("the template is valid");
            ProgressBar::new(PARTS as u64).with_style(style.progress_chars("━╸ "))
        });
        Bar { bar, of, tenths: 0 }
    }

    /// A part of the work is done, and this share of all of it.
    pub(crate) fn show(&mut self, experiment: &str, level: &str, share: f64) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{experiment}: {level}"));
                bar.set_position((PARTS * share) as u64);
            }
            None => {
                let tenths = (10.0 * share) as u32;
                if tenths > self.tenths {
                    self.tenths = tenths;
                    say(&format!("{} % of {}", 10 * tenths, self.of));
                }
            }
        }
    }

    /// All are done.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
