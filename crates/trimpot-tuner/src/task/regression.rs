//! Numbers.

use trimpot::loss::{SliceLoss, Values};
use trimpot::metric::RegressionScores;
use trimpot_link::{Numbers, Response, Target};

use super::{
    Condition, Count, Placed, Sample, State, Task, TaskSizes, TaskSpec, Word, check_outputs, sealed,
};
use crate::{Error, F32s, Metrics, StartError};

/// Learns numbers, one for each output, with a loss of outputs and targets: any element-wise loss,
/// or another of rows.
///
/// A sample's targets are kept as they are, in four bytes each. (As bytes, as features are, they
/// would need a range, and be wrong by up to 1/510 of it; there are few of them.)
///
/// A network that knows nothing predicts the mean of the judges' targets, so that what is tolerated
/// does not depend on where the targets' zero is: with a squared error the default tolerance of
/// 0.06 is how far R² may fall. Where all of them are the same, nothing worse is tolerated.
///
/// ```
/// use trimpot::loss::MeanSquaredError;
/// use trimpot_tuner::Regression;
/// const TASK: Regression<MeanSquaredError> = Regression::new(MeanSquaredError);
/// # let _ = TASK;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regression<L> {
    pub(crate) loss: L,
}

/// What the numbers of a sample are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate<'t> {
    /// The network's outputs.
    pub values: &'t [f32],
}

/// Scores of predicted numbers. Each is the mean over the outputs; those of one output are
/// [`Tuner::output_scores`](crate::Tuner::output_scores).
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ValueScores {
    /// Samples evaluated.
    pub samples: u32,
    /// Mean absolute error, in the unit of the targets. None without samples.
    pub mae: Option<f32>,
    /// Root of the mean squared error, in the unit of the targets. None without samples.
    pub rmse: Option<f32>,
    /// Coefficient of determination. None with fewer than two samples.
    pub r2: Option<f32>,
}

/// Words of an output.
const WORDS: usize = RegressionScores::BYTES / size_of::<Word>();

impl<L> Regression<L> {
    /// Creates the task with this loss.
    pub const fn new(loss: L) -> Self {
        Regression { loss }
    }

    /// Returns what the task needs of memory.
    pub const fn sizes(&self) -> TaskSizes {
        TaskSizes {
            groups: Count::ONE,
            values: Count::OUTPUTS,
            state: Count::NONE,
            words: Count { fixed: 0, each: WORDS },
            sorts: false,
        }
    }
}

impl<L> sealed::Sealed for Regression<L> {}

impl<L: SliceLoss<Target = Values>> Task for Regression<L> {
    type Target<'t> = F32s<'t>;
    type Prediction<'t> = Estimate<'t>;
    type Scores = ValueScores;
    type Counts = ();

    fn spec(&self) -> TaskSpec {
        TaskSpec::Values
    }

    fn sizes(&self) -> TaskSizes {
        self.sizes()
    }

    fn code(&self) -> u32 {
        2
    }

    fn check(&self, _: usize, outputs: usize) -> Result<(), StartError> {
        check_outputs(L::LEAST, outputs)
    }

    fn place(&self, _: State<'_>, target: F32s<'_>, values: &mut [f32]) -> Result<Placed, Error> {
        let (expected, found) = (values.len() as u32, target.len() as u32);
        if !target.copy_to(values) {
            return Err(Error::Values { expected, found });
        }
        match target.not_finite() {
            Some(index) => Err(Error::NotFinite { index }),
            None => Ok(Placed { group: 0, condition: Condition::Normal }),
        }
    }

    fn loss(&self, _: State<'_>, sample: Sample<'_>, outputs: &[f32], gradient: &mut [f32]) -> f32 {
        self.loss.slice_gradient::<f32>(outputs, sample.values, gradient)
    }

    fn wanted<'s>(&self, sample: Sample<'s>) -> Option<&'s [f32]> {
        Some(sample.values)
    }

    fn predict<'m>(
        &self,
        _: State<'_>,
        _: &[f32],
        values: &'m [f32],
        _: &mut [f32],
    ) -> Estimate<'m> {
        Estimate { values }
    }

    fn count(
        &self,
        (): &mut (),
        words: &mut [Word],
        _: Placed,
        values: &[f32],
        prediction: &Estimate<'_>,
    ) {
        let outputs = words.as_chunks_mut::<WORDS>().0.iter_mut();
        for ((output, &target), &predicted) in outputs.zip(values).zip(prediction.values) {
            let mut scores = decode(output);
            scores.record(target, predicted);
            for (word, bytes) in output.iter_mut().zip(scores.to_bytes().as_chunks().0) {
                *word = *bytes;
            }
        }
    }

    fn scores(&self, (): &(), words: &[Word]) -> ValueScores {
        let mean = |score: fn(&RegressionScores) -> Option<f32>| {
            let (mut sum, mut count) = (0.0, 0_u32);
            for output in words.as_chunks::<WORDS>().0 {
                sum += score(&decode(output))?;
                count = count.saturating_add(1);
            }
            (count > 0).then(|| sum / count as f32)
        };
        ValueScores {
            samples: of_output(words, 0).map_or(0, |scores| scores.samples()),
            mae: mean(RegressionScores::mae),
            rmse: mean(RegressionScores::rmse),
            r2: mean(RegressionScores::r2),
        }
    }

    fn target_of(wire: Target<'_>) -> Option<F32s<'_>> {
        if let Target::Values(values) = wire { Some(F32s::Wire(values)) } else { None }
    }

    fn answer<'s>(prediction: Estimate<'_>, scratch: &'s mut [u8]) -> Option<Response<'s>> {
        let outputs = Numbers::from_f32s(prediction.values, scratch)?;
        Some(Response::Prediction { class: None, outputs })
    }

    fn report(metrics: Metrics<ValueScores>) -> Response<'static> {
        let Metrics { scores, learned, mean_loss, rollbacks } = metrics;
        let ValueScores { samples, mae, rmse, r2 } = scores;
        Response::ValueMetrics { samples, mae, rmse, r2, learned, mean_loss, rollbacks }
    }
}

/// Returns the scores of an output.
pub fn of_output(words: &[Word], output: usize) -> Option<RegressionScores> {
    words.as_chunks::<WORDS>().0.get(output).map(decode)
}

fn decode(words: &[Word; WORDS]) -> RegressionScores {
    let bytes = words.as_flattened().first_chunk();
    bytes.map_or_else(RegressionScores::new, RegressionScores::from_bytes)
}
