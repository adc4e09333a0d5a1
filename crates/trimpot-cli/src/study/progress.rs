//! How far a study is, on the terminal.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};
use trimpot_host::study::{Progress, Record};

use crate::terminal::say;

/// Parts of the work that a bar counts.
const PARTS: f64 = 1000.0;

/// A progress bar with the time that is left; without a terminal, a line every tenth of the way.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    /// Tenths of the work that are said to be done.
    tenths: u32,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let template = "  {bar:24} {percent} %  {msg:32!}  {eta} left";
            let style = ProgressStyle::with_template(template).expect("the template is valid");
            ProgressBar::new(PARTS as u64).with_style(style.progress_chars("━╸ "))
        });
        Bar { bar, tenths: 0 }
    }

    /// A run is done.
    pub(super) fn show(&mut self, record: &Record, progress: Progress) {
        let share = progress.done / progress.all.max(1.0);
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{}: {}", record.experiment, record.level));
                bar.set_position((PARTS * share) as u64);
            }
            None => {
                let tenths = (10.0 * share) as u32;
                if tenths > self.tenths {
                    self.tenths = tenths;
                    say(&format!("{} % of the work", 10 * tenths));
                }
            }
        }
    }

    /// All are done.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
