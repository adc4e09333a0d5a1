//! Scores of an anomaly detector.

use trimpot_link::Flagged;

use super::{Condition, Inspection};

/// Scores of an anomaly detector, by what the samples are known to be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AnomalyScores {
    /// Samples that are normal.
    pub normal: Flagged,
    /// Samples that are not.
    pub anomalous: Flagged,
    /// Samples of which nobody knows.
    pub unknown: Flagged,
}

/// Counts a sample. The mean is a running one: a sum would stop growing.
fn flag(flagged: &mut Flagged, &Inspection { score, is_anomalous, .. }: &Inspection) {
    flagged.samples = flagged.samples.saturating_add(1);
    let count = u32::from(is_anomalous == Some(true));
    flagged.anomalous = flagged.anomalous.saturating_add(count);
    flagged.mean_score += (score - flagged.mean_score) / flagged.samples as f32;
}

impl AnomalyScores {
    /// Counts a sample, known to be this, by what its score says.
    pub fn count(&mut self, condition: Condition, inspection: &Inspection) {
        let flagged = match condition {
            Condition::Normal => &mut self.normal,
            Condition::Anomalous => &mut self.anomalous,
            Condition::Unknown => &mut self.unknown,
        };
        flag(flagged, inspection);
    }

    /// Returns the share of anomalous samples among those that were taken for anomalous, of those
    /// that are known; none if none was.
    pub fn precision(&self) -> Option<f32> {
        let found = self.normal.anomalous.saturating_add(self.anomalous.anomalous);
        share(self.anomalous.anomalous, found)
    }

    /// Returns the share of anomalous samples that were taken for anomalous; none if there are
    /// none.
    pub fn recall(&self) -> Option<f32> {
        share(self.anomalous.anomalous, self.anomalous.samples)
    }

    /// Returns the share of normal samples that were taken for anomalous; none if there are none.
    pub fn false_alarm_rate(&self) -> Option<f32> {
        share(self.normal.anomalous, self.normal.samples)
    }

    /// Returns the harmonic mean of precision and recall, `2 hits / (found + anomalous)`; none if
    /// nothing was found and there was nothing to be found.
    pub fn f1(&self) -> Option<f32> {
        let hits = self.anomalous.anomalous;
        let found = self.normal.anomalous.saturating_add(hits);
        share(hits.saturating_mul(2), found.saturating_add(self.anomalous.samples))
    }
}

fn share(part: u32, whole: u32) -> Option<f32> {
    (whole > 0).then(|| part as f32 / whole as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_definition() {
        let mut scores = AnomalyScores::default();
        assert_eq!((scores.precision(), scores.recall(), scores.f1()), (None, None, None));
        let mut count = |condition, score, anomalous| {
            let inspection = Inspection { score, is_anomalous: Some(anomalous), alarm: false };
            scores.count(condition, &inspection);
        };
        for (score, found) in [(5.0, true), (7.0, true), (3.0, false)] {
            count(Condition::Anomalous, score, found);
        }
        for (score, found) in [(1.0, false), (4.0, true), (1.0, false), (2.0, false)] {
            count(Condition::Normal, score, found);
        }
        count(Condition::Unknown, 9.0, true);
        assert_eq!(scores.precision(), Some(2.0 / 3.0));
        assert_eq!(scores.recall(), Some(2.0 / 3.0));
        assert_eq!(scores.f1(), Some(2.0 / 3.0));
        assert_eq!(scores.false_alarm_rate(), Some(0.25));
        assert_eq!((scores.anomalous.mean_score, scores.normal.mean_score), (5.0, 2.0));
        assert_eq!(scores.unknown, Flagged { samples: 1, anomalous: 1, mean_score: 9.0 });
    }
}
