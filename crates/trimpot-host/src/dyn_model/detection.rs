//! How well a network detects anomalies: by the loss between what it gives back of a sample and
//! what its frozen front makes of it; or between its outputs and their centre.

use trimpot::threshold::{Calibrated, Rule, Spread};
use trimpot_tuner::{AnomalyScores, Condition, Inspection};

use super::{Evaluation, Outputs, Score, Scores, Task};
use crate::dataset::{Dataset, Table};
use crate::dyn_network::DynNetwork;
use crate::loss::{LossError, NamedLoss};
use crate::problem::counted;

/// How a network does that detects anomalies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// The threshold; none if it is not set.
    pub threshold: Option<f32>,
    /// How many samples were taken for anomalous, by what they are known to be.
    pub scores: AnomalyScores,
    /// The probability that an anomalous sample has a higher score than a normal one (the area
    /// under the receiver operating characteristic, Mann and Whitney's U); none if samples of one
    /// kind are not there, or if whoever counted the samples did not look at that.
    pub auc: Option<f32>,
}

/// Why a network cannot detect anomalies.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DetectorError {
    /// It has more outputs than it is to give back, or fewer.
    #[error(
        "to detect anomalies a network gives back what its frozen front makes of a sample (the sample, \
         if it has none): {}, but it has {}",
        counted(*latents, "number"),
        counted(*outputs, "output")
    )]
    Outputs {
        /// The numbers that the front makes.
        latents: usize,
        /// The outputs.
        outputs: usize,
    },
    /// The centre has more numbers, or fewer.
    #[error(
        "a centre of {} is none of {}",
        counted(*numbers, "number"),
        counted(*outputs, "output")
    )]
    Centre {
        /// The numbers of the centre.
        numbers: usize,
        /// The outputs.
        outputs: usize,
    },
    /// The loss does not compare outputs with these numbers.
    #[error("{0}")]
    Loss(#[from] LossError),
}

/// There is no threshold for some scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoThreshold {
    /// There are no scores.
    #[error("there is no normal sample to set a threshold by")]
    NoScores,
    /// A score, or the threshold that follows, is infinite or not a number.
    #[error("scores of normal samples are not finite")]
    NotFinite,
}

/// Returns the threshold for scores of normal samples: with the bits of a board that calibrates by
/// the same samples in this order.
///
/// # Errors
/// If there are no scores, or they are too large.
pub fn threshold(rule: Rule, scores: &[f32]) -> Result<Calibrated, NoThreshold> {
    let mut spread = Spread::default();
    scores.iter().for_each(|&score| spread.add(score, &mut []));
    let mut sorted = scores.to_vec();
    sorted.sort_by(f32::total_cmp);
    let calibrated = rule.threshold(spread, &sorted).ok_or(NoThreshold::NoScores)?;
    let is_finite =
        calibrated.threshold.is_finite() && scores.iter().all(|score| score.is_finite());
    is_finite.then_some(calibrated).ok_or(NoThreshold::NotFinite)
}

impl DynNetwork<'_> {
    /// Checks that it can give back what its frozen front makes of samples.
    ///
    /// # Errors
    /// If it has more outputs, or fewer.
    pub fn check_reconstruction(&self) -> Result<(), DetectorError> {
        let (latents, outputs) = (self.latents(), self.layers().outputs());
        match latents == outputs {
            true => Ok(()),
            false => Err(DetectorError::Outputs { latents, outputs }),
        }
    }
}

impl<'a> Task<'a> {
    /// Samples that a network tells from anomalous ones: by the distance of its outputs from this
    /// centre, if there is one; else by its [reconstruction](Self::reconstruction).
    ///
    /// # Errors
    /// If it cannot.
    pub fn detection(
        loss: &'a NamedLoss,
        dataset: Dataset,
        network: DynNetwork,
        centre: &[f32],
    ) -> Result<Self, DetectorError> {
        if centre.is_empty() {
            return Task::reconstruction(loss, dataset, network);
        }
        let (numbers, outputs) = (centre.len(), network.layers().outputs());
        if numbers != outputs {
            return Err(DetectorError::Centre { numbers, outputs });
        }
        loss.check_targets(centre)?;
        let centres = Table { columns: outputs, numbers: centre.repeat(dataset.len()) };
        let task = Task::new(loss, dataset, outputs);
        Ok(Task { classes: None, numbers: Some(centres), ..task })
    }

    /// Samples of which a network gives back the latents: what its frozen front makes of them.
    ///
    /// # Errors
    /// If it cannot, or a latent is no target of the loss.
    pub fn reconstruction(
        loss: &'a NamedLoss,
        dataset: Dataset,
        network: DynNetwork,
    ) -> Result<Self, DetectorError> {
        network.check_reconstruction()?;
        let latents = network.latent_rows(&dataset.features);
        loss.check_targets(&latents.numbers)?;
        let task = Task::new(loss, dataset, latents.columns);
        Ok(Task { classes: None, numbers: Some(latents), ..task })
    }

    /// Returns the loss of each sample for a network with these [weights](DynNetwork::weights): of
    /// a [detection](Self::detection), the scores.
    pub fn sample_losses(&self, network: DynNetwork, weights: &[f32]) -> Vec<f32> {
        let outputs = self.outputs(network, weights);
        self.judge(Outputs::Given(&outputs)).0
    }

    /// Returns how a network with these [weights](DynNetwork::weights) tells anomalous samples from
    /// normal ones. The loss is the mean score.
    pub fn detect(
        &self,
        network: DynNetwork,
        weights: &[f32],
        threshold: Option<f32>,
    ) -> Evaluation {
        let scores = self.sample_losses(network, weights);
        let inspect = |&score: &f32| {
            let is_anomalous = is_anomalous(score, threshold);
            Inspection { score, is_anomalous, alarm: false }
        };
        let inspections: Vec<Inspection> = scores.iter().map(inspect).collect();
        Evaluation::of_inspections(&self.conditions, &inspections, threshold)
    }
}

impl Evaluation {
    /// Returns how anomalous samples were told from normal ones, whoever has done it. The loss is
    /// the mean score.
    pub fn of_inspections(
        conditions: &[Condition],
        inspections: &[Inspection],
        threshold: Option<f32>,
    ) -> Self {
        let mut counts = AnomalyScores::default();
        for (&condition, inspection) in conditions.iter().zip(inspections) {
            counts.count(condition, inspection);
        }
        let scores: Vec<f32> = inspections.iter().map(|inspection| inspection.score).collect();
        let sum: f64 = scores.iter().map(|&score| f64::from(score)).sum();
        let auc = auc(conditions, &scores);
        Evaluation {
            score: Score { loss: (sum / scores.len().max(1) as f64) as f32, accuracy: None },
            samples: scores.len(),
            scores: Scores::Anomalies(Detection { threshold, scores: counts, auc }),
        }
    }
}

/// Returns whether a score is above the threshold, as NaN is; none without a threshold.
pub fn is_anomalous(score: f32, threshold: Option<f32>) -> Option<bool> {
    threshold.map(|threshold| {
        let is_within = score <= threshold;
        !is_within
    })
}

/// Returns the share of pairs of an anomalous and a normal sample in which the former has the
/// higher score; a pair with equal scores counts half. NaN is higher than all numbers.
fn auc(conditions: &[Condition], scores: &[f32]) -> Option<f32> {
    let of = |wanted: Condition| {
        let pairs = conditions.iter().zip(scores);
        let of_condition = pairs.filter(|(condition, _)| **condition == wanted);
        // All NaN are one.
        let mut scores: Vec<f32> =
            of_condition.map(|(_, &score)| if score.is_nan() { f32::NAN } else { score }).collect();
        scores.sort_by(f32::total_cmp);
        scores
    };
    let (normal, anomalous) = (of(Condition::Normal), of(Condition::Anomalous));
    let pairs = normal.len() as f64 * anomalous.len() as f64;
    let higher = |score: &f32| {
        let below = normal.partition_point(|other| other.total_cmp(score).is_lt());
        let equal = normal.partition_point(|other| other.total_cmp(score).is_le()) - below;
        below as f64 + 0.5 * equal as f64
    };
    let sum: f64 = anomalous.iter().map(higher).sum();
    (pairs > 0.0).then(|| (sum / pairs) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Condition::{Anomalous, Normal, Unknown};

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        let conditions = [Normal, Anomalous, Normal, Anomalous, Unknown];
        assert_eq!(auc(&conditions, &[1.0, 2.0, 3.0, 4.0, 9.0]), Some(0.75));
        assert_eq!(auc(&conditions, &[1.0, 1.0, 1.0, 1.0, 9.0]), Some(0.5));
        assert_eq!(auc(&conditions, &[2.0, 1.0, 4.0, 3.0, 9.0]), Some(0.25));
        assert_eq!(auc(&conditions, &[2.0, f32::NAN, 4.0, 5.0, 9.0]), Some(1.0));
        assert_eq!(auc(&[Normal, Unknown], &[1.0, 2.0]), None);
    }

    #[test]
    fn a_threshold_is_that_of_the_rule_and_finite() {
        let rule = Rule::percentile(0.75).unwrap();
        let found = threshold(rule, &[4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((found.threshold, found.samples, found.mean), (3.0, 4, 2.5));
        assert_eq!(threshold(rule, &[]), Err(NoThreshold::NoScores));
        assert_eq!(threshold(rule, &[1.0, f32::NAN]), Err(NoThreshold::NotFinite));
        assert_eq!(is_anomalous(3.0, Some(3.0)), Some(false));
        assert_eq!(is_anomalous(f32::NAN, Some(3.0)), Some(true));
        assert_eq!(is_anomalous(3.0, None), None);
    }
}
