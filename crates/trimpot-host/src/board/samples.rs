//! What a board is asked about samples: to keep them, to learn from them, what it says of them.

use trimpot_link::{Error, NumberFormat, Numbers, Request, Response, Target};
use trimpot_tuner::{Calibrated, Inspection};

use super::error::BoardError;
use super::results::{FactorySamples, Learned, Prediction};
use super::target::BoardTarget;
use super::{Board, numbers};
use crate::dataset::{Dataset, Table};
use crate::dyn_model::ConfusionCounts;

impl Board {
    /// Stores parameters with samples as the factory's. Samples of a class beyond those that the
    /// board has memory for are left out. Returns the fingerprint of the parameters.
    ///
    /// # Errors
    /// If the board refuses something, fails to store it, or does not answer.
    pub fn install(
        &mut self,
        parameters: &[f32],
        samples: &FactorySamples,
    ) -> Result<u32, BoardError> {
        self.write_parameters(parameters)?;
        self.write_samples(samples)?;
        self.install_memory()
    }

    /// Puts samples into the board's memory in place of those that are there: the range of
    /// features, pinned and held-out samples. Those of a class beyond what the board has memory for
    /// are left out. [`install_memory`](Self::install_memory) stores them.
    ///
    /// # Errors
    /// If the board refuses something, or does not answer.
    pub fn write_samples(&mut self, samples: &FactorySamples) -> Result<(), BoardError> {
        self.done(Request::ClearSamples, "ClearSamples")?;
        for limit in &samples.range {
            self.widen(limit)?;
        }
        for (features, target) in BoardTarget::of_samples(&samples.pinned) {
            unless_full(self.remember(features, target))?;
        }
        for (features, target) in BoardTarget::of_samples(&samples.held_out) {
            unless_full(self.hold_out(features, target))?;
        }
        Ok(())
    }

    /// Stores what is in the board's memory as the factory's: parameters, range of features, pinned
    /// and held-out samples, threshold of anomalies. Returns the fingerprint of the parameters.
    ///
    /// # Errors
    /// If the board cannot store it, or does not answer.
    pub fn install_memory(&mut self) -> Result<u32, BoardError> {
        match self.request(Request::Install)? {
            Response::Committed { fingerprint, .. } => Ok(fingerprint),
            _ => Err(BoardError::Unexpected { asked: "Install" }),
        }
    }

    /// Widens the range of features that the network was trained on, so that it includes these.
    ///
    /// # Errors
    /// If the board refuses the features, or does not answer.
    pub fn widen(&mut self, features: &[f32]) -> Result<(), BoardError> {
        let mut bytes = vec![0; size_of_val(features)];
        let features = numbers(NumberFormat::F32, features, &mut bytes);
        self.done(Request::Widen { features }, "Widen")
    }

    /// Pins a sample: one of what the board must not forget.
    ///
    /// # Errors
    /// If the board refuses the sample, has no memory for it, or does not answer.
    pub fn remember<'t>(
        &mut self,
        features: &[f32],
        target: impl Into<BoardTarget<'t>>,
    ) -> Result<(), BoardError> {
        let target = target.into();
        self.keep("Remember", features, target, |features, target| Request::Remember {
            features,
            target,
        })
    }

    /// Holds a sample out: the board never learns from it, and judges commits by it.
    ///
    /// # Errors
    /// If the board refuses the sample, has no memory for it, or does not answer.
    pub fn hold_out<'t>(
        &mut self,
        features: &[f32],
        target: impl Into<BoardTarget<'t>>,
    ) -> Result<(), BoardError> {
        let target = target.into();
        self.keep("HoldOut", features, target, |features, target| Request::HoldOut {
            features,
            target,
        })
    }

    /// Gives a sample, with all bits of its features, to a board that keeps it.
    fn keep(
        &mut self,
        asked: &'static str,
        features: &[f32],
        target: BoardTarget<'_>,
        request: impl for<'s> FnOnce(Numbers<'s>, Target<'s>) -> Request<'s>,
    ) -> Result<(), BoardError> {
        let (mut bytes, mut wanted) = (vec![0; size_of_val(features)], Vec::new());
        let features = numbers(NumberFormat::F32, features, &mut bytes);
        let target = target.wire(&mut wanted);
        match self.request(request(features, target))? {
            Response::Remembered { .. } => Ok(()),
            _ => Err(BoardError::Unexpected { asked }),
        }
    }

    /// Lets the board learn from a sample.
    ///
    /// # Errors
    /// If the board refuses the sample, or does not answer.
    pub fn learn<'t>(
        &mut self,
        features: &[f32],
        target: impl Into<BoardTarget<'t>>,
    ) -> Result<Learned, BoardError> {
        let (mut bytes, mut wanted) = (vec![0; size_of_val(features)], Vec::new());
        let features = numbers(self.format, features, &mut bytes);
        let target = target.into().wire(&mut wanted);
        match self.request(Request::Learn { features, target })? {
            Response::Learned { loss, steps, rolled_back } => {
                Ok(Learned { loss, steps, rolled_back })
            }
            _ => Err(BoardError::Unexpected { asked: "Learn" }),
        }
    }

    /// Returns by how much each feature of these samples is rounded at most on its way to the board,
    /// in its [format](Self::set_format).
    pub fn rounding(&self, features: &Table) -> Vec<f32> {
        let mut largest = vec![0.0_f32; features.columns];
        let mut bytes = vec![0; size_of::<f32>() * features.columns];
        for row in (0..features.rows()).map(|row| features.row(row)) {
            let sent = numbers(self.format, row, &mut bytes);
            for ((most, sent), number) in largest.iter_mut().zip(sent.iter()).zip(row) {
                *most = most.max((sent - number).abs());
            }
        }
        largest
    }

    /// Asks the board for its outputs for a sample, and for the class, if they are of classes.
    ///
    /// # Errors
    /// If the board refuses the features, detects anomalies, or does not answer.
    pub fn predict(&mut self, features: &[f32]) -> Result<Prediction, BoardError> {
        let mut bytes = vec![0; size_of_val(features)];
        let features = numbers(self.format, features, &mut bytes);
        match self.request(Request::Predict { features })? {
            Response::Prediction { class, outputs } => {
                Ok(Prediction { class, outputs: outputs.iter().collect() })
            }
            _ => Err(BoardError::Unexpected { asked: "Predict" }),
        }
    }

    /// Asks a board that detects anomalies how far a sample is from what is normal. It votes on the
    /// alarm.
    ///
    /// # Errors
    /// If the board refuses the features, learns something else, or does not answer.
    pub fn inspect(&mut self, features: &[f32]) -> Result<Inspection, BoardError> {
        let mut bytes = vec![0; size_of_val(features)];
        let features = numbers(self.format, features, &mut bytes);
        match self.request(Request::Predict { features })? {
            Response::Inspection { score, is_anomalous, alarm } => {
                Ok(Inspection { score, is_anomalous, alarm })
            }
            _ => Err(BoardError::Unexpected { asked: "Predict" }),
        }
    }

    /// Lets a board that detects anomalies set its threshold by the held-out samples, or by the
    /// replayed ones if there are none. It is stored with the parameters, by
    /// [`commit`](Self::commit).
    ///
    /// # Errors
    /// If there are no such samples, the board learns something else, or does not answer.
    pub fn calibrate(&mut self) -> Result<Calibrated, BoardError> {
        match self.request(Request::Calibrate)? {
            Response::Calibrated { threshold, samples, mean, deviation } => {
                Ok(Calibrated { threshold, samples, mean, deviation })
            }
            _ => Err(BoardError::Unexpected { asked: "Calibrate" }),
        }
    }

    /// Returns what the board has learned beside the parameters: how many classes are in use, where
    /// there may be more, or the threshold of anomalies, infinite before calibration.
    ///
    /// # Errors
    /// If the board does not answer.
    pub fn read_state(&mut self) -> Result<Vec<f32>, BoardError> {
        match self.request(Request::ReadState)? {
            Response::State { values } => Ok(values.iter().collect()),
            _ => Err(BoardError::Unexpected { asked: "ReadState" }),
        }
    }

    /// Asks the board for the class of every sample, and lets it count those that are right.
    ///
    /// # Errors
    /// If a sample has no class, or the board refuses it, or does not answer.
    pub fn evaluate(&mut self, data: &Dataset) -> Result<ConfusionCounts, BoardError> {
        let classes = self.describe()?.outputs as usize;
        let mut counts = ConfusionCounts::new(classes);
        for (features, label) in data.labelled()? {
            let mut bytes = vec![0; size_of_val(features)];
            let features = numbers(self.format, features, &mut bytes);
            let target = Target::Class(label);
            match self.request(Request::Evaluate { features, target })? {
                // Where an output is not finite, there is no class, and no class is right.
                Response::Prediction { class, .. } => {
                    let class = class.map_or(classes, |class| class as usize);
                    counts.record(label as usize, class);
                }
                _ => return Err(BoardError::Unexpected { asked: "Evaluate" }),
            }
        }
        Ok(counts)
    }
}

/// Returns success where there is no memory for a sample.
fn unless_full(remembered: Result<(), BoardError>) -> Result<(), BoardError> {
    match remembered {
        Err(BoardError::Refused(Error::Full { .. })) => Ok(()),
        other => other,
    }
}
