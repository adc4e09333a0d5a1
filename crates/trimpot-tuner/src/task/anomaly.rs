//! Normal or not.

mod scores;

use trimpot::loss::{SliceLoss, Values};
use trimpot::threshold::{Rule, Votes};
use trimpot_link::{Response, Target};

pub use scores::AnomalyScores;

use super::{
    Count, Placed, Reference, Sample, State, Task, TaskSizes, TaskSpec, Word, check_outputs, sealed,
};
use crate::{Error, Metrics, StartError};

/// Learns what is normal from normal samples, and finds what is not: a sample whose score is above
/// a threshold. The score is a loss of the network's outputs, compared with
///
/// - the sample itself, if the network is an [autoencoder](Self::autoencoder): the error of its
///   reconstruction. Where [latents](crate::LatentReplay) are kept of samples, that is the latent:
///   what the frozen front makes of the features, such as standardized ones;
/// - the centre of the outputs for normal samples, if it is an [embedding](Self::distance): the
///   distance from the centre.
///
/// [`Tuner::calibrate`](crate::Tuner::calibrate) sets centre and threshold by a [`Rule`] from the
/// outputs for normal samples. They are stored with the parameters, and return with them. Before it
/// nothing is anomalous.
///
/// Learning lowers the score of normal samples. Embeddings learn as those of Deep SVDD do (Ruff et
/// al., Deep one-class classification, ICML 2018), towards the centre of the last calibration, and
/// not before it. Too much of it moves all samples into the centre, anomalous ones too, which
/// normal samples do not show: layers without a bias, or frozen ones, cannot, and neither can those
/// of which biases alone are trained. An autoencoder has no such end.
///
/// A sample is learned if it is [known to be normal](Condition::Normal), or if nobody
/// [knows](Condition::Unknown) and its score is not above the threshold.
///
/// ```
/// use trimpot::loss::MeanSquaredError;
/// use trimpot_tuner::{AnomalyDetection, Rule};
///
/// let rule = Rule::percentile(0.95)?;
/// // An alarm, if more than half of the last nine samples are anomalous.
/// let task = AnomalyDetection::autoencoder(MeanSquaredError).with_rule(rule).with_window(9);
/// # let _ = task;
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnomalyDetection<L> {
    pub(crate) loss: L,
    reference: Reference,
    rule: Rule,
    votes: Votes,
}

/// What is known of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Condition {
    /// It is normal: it is learned, whatever its score.
    Normal,
    /// It is not normal: it is never learned.
    Anomalous,
    /// Nobody knows: it is learned unless its score is above the threshold.
    Unknown,
}

/// What a sample's score says.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Inspection {
    /// How far the outputs are from what they are compared with. It may be infinite or not a
    /// number, which is above every threshold.
    pub score: f32,
    /// Whether the score is above the threshold. None before the threshold is set.
    pub is_anomalous: Option<bool>,
    /// Whether more than half of the [window](AnomalyDetection::with_window) is anomalous: of the
    /// last samples that were predicted, with this one. Those that were evaluated do not vote.
    pub alarm: bool,
}

impl<L> AnomalyDetection<L> {
    /// Creates the task for a network with as many outputs as features, or as latents if these are
    /// [kept](crate::LatentReplay): with a threshold 3 standard
    /// deviations above the mean score, and a window of 1 sample.
    pub const fn autoencoder(loss: L) -> Self {
        Self::new(loss, Reference::Sample)
    }

    /// Creates the task for a network whose outputs for normal samples are close to each other,
    /// likewise.
    pub const fn distance(loss: L) -> Self {
        Self::new(loss, Reference::Centre)
    }

    const fn new(loss: L, reference: Reference) -> Self {
        AnomalyDetection { loss, reference, rule: Rule::DEFAULT, votes: Votes::new(1) }
    }

    /// Sets how the threshold follows from scores of normal samples.
    pub const fn with_rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    /// Sets how many predictions vote on an alarm: 1 to 32, or the nearest of these.
    pub const fn with_window(mut self, predictions: u8) -> Self {
        self.votes = Votes::new(predictions);
        self
    }

    /// Returns what the task needs of memory.
    pub const fn sizes(&self) -> TaskSizes {
        let each = match self.reference {
            Reference::Sample => 0,
            Reference::Centre => 1,
        };
        TaskSizes {
            groups: Count::ONE,
            values: Count::NONE,
            // The threshold, then the centre.
            state: Count { fixed: 1, each },
            words: Count::NONE,
            sorts: true,
        }
    }
}

impl<L> sealed::Sealed for AnomalyDetection<L> {}

impl<L: SliceLoss<Target = Values>> Task for AnomalyDetection<L> {
    type Target<'t> = Condition;
    type Prediction<'t> = Inspection;
    type Scores = AnomalyScores;
    type Counts = AnomalyScores;

    fn spec(&self) -> TaskSpec {
        let &AnomalyDetection { reference, rule, votes, .. } = self;
        TaskSpec::Anomalies { reference, rule, window: votes.window() }
    }

    fn sizes(&self) -> TaskSizes {
        self.sizes()
    }

    fn code(&self) -> u32 {
        match self.reference {
            Reference::Sample => 3,
            Reference::Centre => 4,
        }
    }

    fn check(&self, inputs: usize, outputs: usize) -> Result<(), StartError> {
        if self.reference == Reference::Sample && inputs != outputs {
            return Err(StartError::Outputs { needed: inputs, available: outputs });
        }
        check_outputs(L::LEAST, outputs)
    }

    fn initialize(&mut self, numbers: &mut [f32]) {
        numbers.fill(0.0);
        if let Some(threshold) = numbers.first_mut() {
            *threshold = f32::INFINITY;
        }
    }

    /// The threshold is infinite before calibration.
    fn can_be(&self, index: u32, number: f32, _: usize) -> bool {
        number.is_finite() || (index == 0 && number == f32::INFINITY)
    }

    fn rule(&self) -> Option<Rule> {
        Some(self.rule)
    }

    fn score(
        &self,
        features: &[f32],
        centre: &[f32],
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32 {
        let reference = match self.reference {
            Reference::Sample => features,
            Reference::Centre => centre,
        };
        self.loss.slice_gradient::<f32>(outputs, reference, gradient)
    }

    fn forget(&mut self) {
        self.votes = Votes::new(self.votes.window());
    }

    fn place(&self, _: State<'_>, condition: Condition, _: &mut [f32]) -> Result<Placed, Error> {
        Ok(Placed { group: 0, condition })
    }

    fn admit(
        &self,
        state: State<'_>,
        condition: Condition,
        features: &[f32],
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> Result<(), Error> {
        let Inspection { score, is_anomalous, .. } =
            self.predict(state, features, outputs, gradient);
        if condition == Condition::Anomalous || is_anomalous == Some(true) {
            return Err(Error::Anomalous { score, threshold: threshold(state.numbers) });
        }
        Ok(())
    }

    fn check_ready(&self, state: State<'_>) -> Result<(), Error> {
        let has_centre = threshold(state.numbers) < f32::INFINITY;
        let is_ready = self.reference == Reference::Sample || has_centre;
        if is_ready { Ok(()) } else { Err(Error::NotCalibrated) }
    }

    fn loss(
        &self,
        state: State<'_>,
        sample: Sample<'_>,
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> f32 {
        let centre = state.numbers.split_first().map_or(&[][..], |(_, centre)| centre);
        self.score(sample.features, centre, outputs, gradient)
    }

    fn wanted<'s>(&self, sample: Sample<'s>) -> Option<&'s [f32]> {
        match self.reference {
            Reference::Sample => Some(sample.features),
            Reference::Centre => None,
        }
    }

    fn predict(
        &self,
        state: State<'_>,
        features: &[f32],
        outputs: &[f32],
        gradient: &mut [f32],
    ) -> Inspection {
        let sample = Sample { features, values: &[], group: 0 };
        let score = self.loss(state, sample, outputs, gradient);
        let threshold = threshold(state.numbers);
        // NaN is not within anything.
        let is_within = score <= threshold;
        let is_anomalous = (threshold < f32::INFINITY).then_some(!is_within);
        Inspection { score, is_anomalous, alarm: self.votes.alarm() }
    }

    fn observe(&mut self, prediction: &mut Inspection) {
        prediction.alarm = self.votes.observe(prediction.is_anomalous == Some(true));
    }

    fn count(
        &self,
        counts: &mut AnomalyScores,
        _: &mut [Word],
        Placed { condition, .. }: Placed,
        _: &[f32],
        prediction: &Inspection,
    ) {
        counts.count(condition, prediction);
    }

    fn scores(&self, counts: &AnomalyScores, _: &[Word]) -> AnomalyScores {
        *counts
    }

    fn target_of(wire: Target<'_>) -> Option<Condition> {
        match wire {
            Target::Normal => Some(Condition::Normal),
            Target::Anomalous => Some(Condition::Anomalous),
            Target::Unknown => Some(Condition::Unknown),
            _ => None,
        }
    }

    fn answer<'s>(prediction: Inspection, _: &'s mut [u8]) -> Option<Response<'s>> {
        let Inspection { score, is_anomalous, alarm } = prediction;
        Some(Response::Inspection { score, is_anomalous, alarm })
    }

    fn report(metrics: Metrics<AnomalyScores>) -> Response<'static> {
        let Metrics { scores, learned, mean_loss, rollbacks } = metrics;
        let AnomalyScores { normal, anomalous, unknown } = scores;
        Response::AnomalyMetrics { normal, anomalous, unknown, learned, mean_loss, rollbacks }
    }
}

fn threshold(numbers: &[f32]) -> f32 {
    numbers.first().copied().unwrap_or(f32::INFINITY)
}
