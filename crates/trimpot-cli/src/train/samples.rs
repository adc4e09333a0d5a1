//! The samples of a run: those that are learned from, and others.

use std::path::Path;

use trimpot_host::dataset::{Data, Dataset, fill_missing};
use trimpot_host::loss::NamedLoss;
use trimpot_model::file::HeldOut;

use super::error::FitError;
use super::options::Options;
use super::start::Start;

/// The samples of a run.
pub(super) struct Samples {
    /// Those that are learned from.
    pub learned: Dataset,
    /// Those of the same file that are tested on after every epoch; maybe none.
    pub held_out: Dataset,
    /// Which samples these are, if there are any.
    pub held_out_as: Option<HeldOut>,
    /// Those of another file, that are scored at the end.
    pub test: Option<Dataset>,
    /// What is to be said of them.
    pub lines: Vec<String>,
}

impl Samples {
    /// Reads what the options name.
    pub(super) fn read(
        options: &Options,
        start: &Start,
        loss: &NamedLoss,
    ) -> Result<Self, FitError> {
        let reading = &options.reading;
        let targets = reading.targets.and(loss.targets);
        let read = |file: &Path, known| reading.spec(&start.layers, targets, known).read(file);
        let Data { dataset, dropped } = read(&options.data, start.known_classes())?;
        let (share, seed, data) = (options.hold_out, options.seed, dataset.fingerprint());
        let held_out_as = (share > 0.0).then_some(HeldOut { share, seed, data });
        let (mut learned, mut held_out) = dataset.hold_out(options.hold_out, options.seed);
        options.check_hold_out(learned.len(), held_out.len()).map_err(FitError::Options)?;
        let mut lines = Vec::new();
        let left_out = |dropped: usize| format!("left out, because a value is missing: {dropped}");
        if dropped > 0 {
            lines.push(left_out(dropped));
        }
        let mut test = None;
        if let Some(file) = &options.test {
            // In the order that training has found.
            let Data { dataset, dropped } = read(file, Some(learned.classes().to_vec()))?;
            lines.push(format!("{} samples to test on", dataset.len()));
            if dropped > 0 {
                lines.push(left_out(dropped));
            }
            test = Some(dataset);
        }
        let mut others: Vec<&mut Dataset> = [&mut held_out].into_iter().chain(&mut test).collect();
        lines.extend(fill_missing(&mut learned, &mut others).map_err(FitError::Options)?);
        Ok(Samples { learned, held_out, held_out_as, test, lines })
    }
}
