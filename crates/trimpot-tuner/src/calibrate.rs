//! Setting the threshold of anomalies.

use embedded_storage::nor_flash::NorFlash;
use trimpot::threshold::Spread;

use crate::judges::Judges;
use crate::log::event;
use crate::memory::{Cut, Scratch, copy, kept};
use crate::running::Running;
use crate::{Calibrated, Error, Model, Task};

impl<M: Model, T: Task, F: NorFlash> Running<M, T, F> {
    /// Sets the centre of outputs, if there is one, and the threshold of anomalies.
    #[inline(never)]
    pub fn calibrate(&mut self, cut: &mut Cut<'_>) -> Result<Calibrated, Error> {
        let Cut { parameters, state, factory, recent, scratch, .. } = cut;
        let Scratch { arena, sample, latent, outputs: [centre, gradient], scores } = scratch;
        let row = kept(sample, latent);
        let seen = self.state(state);
        let judges = Judges { factory, recent, groups: seen.groups };
        centre.fill(0.0);
        let mut samples = 0_u32;
        judges.for_each(row, &mut |features, _| {
            samples = samples.saturating_add(1);
            let outputs = self.outputs(parameters, seen, features, arena);
            for (mean, value) in centre.iter_mut().zip(outputs) {
                *mean += (value - *mean) / samples as f32;
            }
        });
        let (mut spread, mut not_finite) = (Spread::default(), None);
        judges.for_each(row, &mut |features, _| {
            let outputs = self.outputs(parameters, seen, features, arena);
            let score = self.task.score(features, centre, outputs, gradient);
            if !score.is_finite() {
                not_finite = Some(spread.samples());
            }
            spread.add(score, scores);
        });
        if let Some(index) = not_finite {
            return Err(Error::NotFinite { index });
        }
        let found = self.task.rule().and_then(|rule| rule.threshold(spread, scores));
        let calibrated = found.ok_or(Error::NothingToJudgeBy)?;
        if !calibrated.threshold.is_finite() {
            return Err(Error::NotFinite { index: calibrated.samples });
        }
        if let Some((threshold, place)) = state.split_first_mut() {
            *threshold = calibrated.threshold;
            copy(centre, place);
        }
        self.task.forget();
        event!("calibrated by {} samples: threshold {}", samples, calibrated.threshold);
        Ok(calibrated)
    }
}
