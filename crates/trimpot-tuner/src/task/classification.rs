//! Classes.

use trimpot::loss::{Class, SliceLoss};
use trimpot::metric::argmax;
use trimpot_link::{Numbers, Response, Target};

use super::{
    Condition, Count, Placed, Sample, State, Task, TaskSizes, TaskSpec, Word, check_outputs, sealed,
};
use crate::{Error, Metrics, Prediction, StartError};

/// Learns which class a sample is of, with a loss of logits and a label: of the class that the
/// largest output stands for.
///
/// All outputs are classes, unless [some](Self::with_classes) are free for classes to come. Outputs
/// of classes that are not in use take no part in predictions, losses and gradients. To learn, pin
/// or hold out a sample of the first class that is not in use takes it into use, and so does
/// [`Tuner::add_class`](crate::Tuner::add_class). How many are in use is stored with the
/// parameters, and returns with them. Where parameters are compared, those that do not know a class
/// lose on its samples what a network loses that knows nothing.
///
/// ```
/// use trimpot::loss::CrossEntropy;
/// use trimpot_tuner::Classification;
///
/// const TASK: Classification<CrossEntropy> = Classification::new(CrossEntropy::new());
/// // Two classes at first, and as many more as the network has outputs.
/// const OPEN: Classification<CrossEntropy> = TASK.with_classes(2);
/// # assert_ne!(TASK, OPEN);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Classification<L> {
    pub(crate) loss: L,
    /// Classes that are in use at first; all, and never more, if none.
    first: Option<u16>,
}

/// A class, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub u32);

impl From<u32> for Label {
    fn from(class: u32) -> Self {
        Label(class)
    }
}

/// Scores of a classifier.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClassScores {
    /// Samples evaluated.
    pub samples: u32,
    /// Those that were right.
    pub correct: u32,
    /// F1 score, the mean over the classes that occur; 0 if none does.
    pub macro_f1: f32,
}

/// Samples whose outputs were not finite: none of them is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undecided(u32);

/// Words of a class: how often it was the label, how often it was predicted, and how often it was
/// both.
pub const WORDS: usize = 3;

impl<L> Classification<L> {
    /// Creates the task with this loss, of as many classes as the network has outputs.
    pub const fn new(loss: L) -> Self {
        Classification { loss, first: None }
    }

    /// Sets how many classes are in use at first. The number in use is one more number of what is
    /// stored: what was stored without it is not loaded.
    pub const fn with_classes(mut self, classes: u16) -> Self {
        self.first = Some(classes);
        self
    }

    /// Returns what the task needs of memory.
    pub const fn sizes(&self) -> TaskSizes {
        let state = if self.first.is_some() { Count::ONE } else { Count::NONE };
        TaskSizes { state, ..TaskSizes::CLASSES }
    }
}

impl<L> sealed::Sealed for Classification<L> {}

impl<L: SliceLoss<Target = Class>> Task for Classification<L> {
    type Target<'t> = Label;
    type Prediction<'t> = Prediction<'t>;
    type Scores = ClassScores;
    type Counts = Undecided;

    fn spec(&self) -> TaskSpec {
        TaskSpec::Classes { first: self.first }
    }

    fn sizes(&self) -> TaskSizes {
        self.sizes()
    }

    fn code(&self) -> u32 {
        self.first.is_some().into()
    }

    fn check(&self, _: usize, outputs: usize) -> Result<(), StartError> {
        check_outputs(L::LEAST, outputs)
    }

    fn initialize(&mut self, numbers: &mut [f32]) {
        numbers.fill(self.first.unwrap_or_default().into());
    }

    fn classes(&self, numbers: &[f32], outputs: usize) -> Option<usize> {
        Some(numbers.first().map_or(outputs, |&classes| (classes as usize).min(outputs)))
    }

    fn open(&self, numbers: &mut [f32], class: usize) {
        let classes = class.saturating_add(1) as f32;
        for number in numbers.iter_mut().filter(|number| **number < classes) {
            *number = classes;
        }
    }

    /// Classes are counted.
    fn can_be(&self, _: u32, classes: f32, outputs: usize) -> bool {
        let count = classes as usize;
        count as f32 == classes && count <= outputs
    }

    fn place(&self, state: State<'_>, Label(found): Label, _: &mut [f32]) -> Result<Placed, Error> {
        let group = found as usize;
        // The first that is not in use may be taken into use.
        if group < state.capacity && group <= state.groups {
            Ok(Placed { group, condition: Condition::Normal })
        } else {
            Err(Error::Label { classes: state.groups as u32, found })
        }
    }

    fn loss(&self, _: State<'_>, sample: Sample<'_>, outputs: &[f32], gradient: &mut [f32]) -> f32 {
        self.loss.slice_gradient::<f32>(outputs, sample.group as u32, gradient)
    }

    fn predict<'m>(
        &self,
        _: State<'_>,
        _: &[f32],
        outputs: &'m [f32],
        _: &mut [f32],
    ) -> Prediction<'m> {
        let is_known = !outputs.is_empty() && outputs.iter().all(|output| output.is_finite());
        Prediction { class: is_known.then(|| argmax(outputs) as u32), outputs }
    }

    fn count(
        &self,
        Undecided(undecided): &mut Undecided,
        words: &mut [Word],
        Placed { group, .. }: Placed,
        _: &[f32],
        prediction: &Prediction<'_>,
    ) {
        let Some(class) = prediction.class else {
            *undecided = undecided.saturating_add(1);
            return;
        };
        for (tally, index) in words.as_chunks_mut::<WORDS>().0.iter_mut().zip(0..) {
            let [targets, predictions, hits] = tally;
            let is = (index == group as u32, index == class);
            for (count, counts) in [(targets, is.0), (predictions, is.1), (hits, is.0 && is.1)] {
                if counts {
                    *count = u32::from_le_bytes(*count).saturating_add(1).to_le_bytes();
                }
            }
        }
    }

    fn scores(&self, &Undecided(undecided): &Undecided, words: &[Word]) -> ClassScores {
        let (mut samples, mut correct) = (undecided, 0_u32);
        let (mut sum, mut classes) = (0.0, 0_u32);
        for tally in words.as_chunks::<WORDS>().0 {
            let [targets, predictions, hits] = tally.map(u32::from_le_bytes);
            samples = samples.saturating_add(targets);
            correct = correct.saturating_add(hits);
            let both = u64::from(targets).saturating_add(u64::from(predictions));
            if both > 0 {
                sum += u64::from(hits).saturating_mul(2) as f32 / both as f32;
                classes = classes.saturating_add(1);
            }
        }
        let macro_f1 = if classes > 0 { sum / classes as f32 } else { 0.0 };
        ClassScores { samples, correct, macro_f1 }
    }

    fn target_of(wire: Target<'_>) -> Option<Label> {
        if let Target::Class(class) = wire { Some(Label(class)) } else { None }
    }

    fn answer<'s>(prediction: Prediction<'_>, scratch: &'s mut [u8]) -> Option<Response<'s>> {
        let Prediction { class, outputs } = prediction;
        let outputs = Numbers::from_f32s(outputs, scratch)?;
        Some(Response::Prediction { class, outputs })
    }

    fn report(metrics: Metrics<ClassScores>) -> Response<'static> {
        let Metrics { scores, learned, mean_loss, rollbacks } = metrics;
        let ClassScores { samples, correct, macro_f1 } = scores;
        Response::Metrics { samples, correct, macro_f1, learned, mean_loss, rollbacks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimpot::loss::CrossEntropy;
    use trimpot::metric::ConfusionMatrix;
    use trimpot::random::Random;

    #[test]
    fn scores_are_those_of_the_confusion_matrix() {
        let task = Classification::new(CrossEntropy::new());
        for classes in 1..6 {
            let (mut matrix, mut words) = (ConfusionMatrix::<6>::new(), [[0; 4]; 3 * 6]);
            let (mut undecided, mut random) = (Undecided::default(), Random::new(classes));
            let count = |words: &mut [Word], undecided: &mut Undecided, group, class| {
                let prediction = Prediction { class, outputs: &[] };
                let placed = Placed { group, condition: Condition::Normal };
                task.count(undecided, words, placed, &[], &prediction);
            };
            for samples in 1..200 {
                let mut class = || random.below(classes as usize);
                let (label, predicted) = (class(), class());
                matrix.record(label, predicted);
                count(&mut words, &mut undecided, label, Some(predicted as u32));
                let scores = task.scores(&undecided, &words);
                assert_eq!((scores.samples, scores.correct), (samples, matrix.correct()));
                assert_eq!(Some(scores.macro_f1), matrix.macro_f1());
            }
            count(&mut words, &mut undecided, 0, None);
            let scores = task.scores(&undecided, &words);
            assert_eq!(scores.samples, 200, "what is undecided is wrong");
        }
    }
}
