//! What is said about the epochs of a run: on the terminal and in a file.

use std::io::{self, IsTerminal};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use trimpot_model::output;

use crate::terminal::{complain, digits, say};

/// An epoch in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which one, from 1.
    pub epoch: u32,
    /// Steps of the optimizer so far.
    pub step: u64,
    /// The mean loss of all samples, each before the step that it had a part in.
    pub loss: f32,
    /// The accuracy; for classes.
    pub accuracy: Option<f32>,
    /// The mean loss of the samples held out.
    pub validation_loss: Option<f32>,
    /// The accuracy on them.
    pub validation_accuracy: Option<f32>,
    /// The learning rate of the last step.
    pub learning_rate: f32,
    /// How long it took.
    pub seconds: f64,
}

impl Row {
    /// In one line.
    fn line(&self) -> String {
        let share = |share: Option<f32>| {
            share.map_or(String::new(), |share| format!("  {:.1} %", 100.0 * share))
        };
        let mut line = format!("loss {}{}", digits(self.loss), share(self.accuracy));
        if let Some(loss) = self.validation_loss {
            let loss = digits(loss);
            line += &format!("  validation {loss}{}", share(self.validation_accuracy));
        }
        line + &format!("  learning rate {:.2e}", self.learning_rate)
    }
}

/// A progress bar; without a terminal, one line an epoch.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Of a run that has done some of its epochs.
    pub fn new(epochs: u32, done: u32) -> Self {
        if !io::stderr().is_terminal() {
            return Progress(None);
        }
        let template = "  {bar:24} {pos}/{len} epochs  {msg}  {eta} left";
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        let bar = ProgressBar::new(epochs.into()).with_style(style.progress_chars("━╸ "));
        bar.set_position(done.into());
        bar.reset_eta();
        Progress(Some(bar))
    }

    /// An epoch is done.
    pub fn epoch(&self, row: &Row) {
        match &self.0 {
            Some(bar) => {
                bar.set_message(row.line());
                bar.set_position(row.epoch.into());
            }
            None => say(&format!("epoch {:>4}  {}", row.epoch, row.line())),
        }
    }

    /// Something went wrong, but training goes on.
    pub fn warn(&self, what: &str) {
        let text = format!("warning: {what}");
        match &self.0 {
            Some(bar) => bar.suspend(|| complain(&text)),
            None => complain(&text),
        }
    }

    /// Something to know.
    pub fn note(&self, line: &str) {
        match &self.0 {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    /// All are done.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.abandon();
        }
    }
}

/// Writes all rows, as the name of the file says: a table, or a list of objects.
pub fn write_metrics(rows: &[Row], file: &Path) -> io::Result<()> {
    if file.extension().is_some_and(|extension| extension == "json") {
        let rows: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        return output::write(file, format!("[\n{}\n]\n", rows.join(",\n")).as_bytes());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(io::Error::other)?;
    }
    output::write(file, &writer.into_inner().map_err(io::Error::other)?)
}
