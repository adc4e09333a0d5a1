//! Metrics of classifiers: the confusion matrix, accuracy, and scores of classes.

/// Returns the index of the largest output, the first of equals. NaN is never the largest; if all
/// are NaN, or there are none, 0.
///
/// ```
/// assert_eq!(trimpot::metric::argmax(&[0.1, 0.7, 0.2]), 1);
/// ```
#[inline]
pub fn argmax(outputs: &[f32]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (index, &output) in outputs.iter().enumerate() {
        if output > best.1 {
            best = (index, output);
        }
    }
    best.0
}

/// Counts of targets against predictions, for `N` classes, and the scores that follow from them.
///
/// A score whose denominator is zero (precision of a class that was never predicted) is `None`.
///
/// | scores | mean over | scikit-learn |
/// |---|---|---|
/// | `macro_…` | classes that occur, as a target or as a prediction | `average="macro"` |
/// | `weighted_…` | classes, each as often as it is a target | `average="weighted"` |
/// | [`Self::micro_f1`] | samples | `average="micro"` |
/// | [`Self::balanced_accuracy`] | classes that are targets | `balanced_accuracy_score` |
///
/// In these means a score that is `None` counts as 0 (`zero_division=0`), and without samples there
/// is none. A prediction outside of the `N` classes is a wrong one: all such predictions are one
/// more class, which is never a target.
///
/// ```
/// use trimpot::metric::ConfusionMatrix;
///
/// let mut matrix = ConfusionMatrix::<2>::new();
/// for (target, predicted) in [(0, 0), (0, 1), (1, 1), (1, 1)] {
///     matrix.record(target, predicted);
/// }
/// assert_eq!(matrix.accuracy(), Some(0.75));
/// assert_eq!(matrix.precision(1), Some(2.0 / 3.0));
/// assert_eq!(matrix.recall(1), Some(1.0));
/// assert_eq!(matrix.f1(1), Some(0.8));
/// assert_eq!(matrix.balanced_accuracy(), Some(0.75));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ConfusionMatrix<const N: usize> {
    counts: [[u32; N]; N],
    /// Of each target, the samples that were predicted as something outside of the classes.
    outside: [u32; N],
}

impl<const N: usize> ConfusionMatrix<N> {
    /// Creates a matrix with no predictions counted.
    pub const fn new() -> Self {
        ConfusionMatrix { counts: [[0; N]; N], outside: [0; N] }
    }

    /// Counts one sample. A target that is no class is ignored, as the losses ignore such labels; a
    /// prediction that is none is wrong.
    pub fn record(&mut self, target: usize, predicted: usize) {
        let within = self.counts.get_mut(target).and_then(|row| row.get_mut(predicted));
        if let Some(count) = within.or(self.outside.get_mut(target)) {
            *count = count.saturating_add(1);
        }
    }

    /// Returns how many samples of class `target` were predicted as each class, for every target in
    /// turn. Predictions outside of the classes are not among them.
    pub const fn counts(&self) -> &[[u32; N]; N] {
        &self.counts
    }

    /// Returns how many samples were counted.
    pub fn samples(&self) -> u32 {
        u32::try_from(self.all_targets()).unwrap_or(u32::MAX)
    }

    /// Returns how many predictions were right.
    pub fn correct(&self) -> u32 {
        u32::try_from(self.all_hits()).unwrap_or(u32::MAX)
    }

    /// Correct predictions among all.
    pub fn accuracy(&self) -> Option<f32> {
        ratio(self.all_hits(), self.all_targets())
    }

    /// Correct predictions among all predictions of this class.
    pub fn precision(&self, class: usize) -> Option<f32> {
        ratio(self.hits(class), self.predictions(class))
    }

    /// Correct predictions among all samples of this class. Also called sensitivity.
    pub fn recall(&self, class: usize) -> Option<f32> {
        ratio(self.hits(class), self.targets(class))
    }

    /// Returns the harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)`.
    pub fn f1(&self, class: usize) -> Option<f32> {
        ratio(2 * self.hits(class), self.predictions(class) + self.targets(class))
    }

    /// Returns the mean precision of the classes that occur.
    pub fn macro_precision(&self) -> Option<f32> {
        self.macro_mean(|class| self.precision(class))
    }

    /// Returns the mean recall of the classes that occur. Without classes that were predicted but
    /// are no target it is [`balanced_accuracy`](Self::balanced_accuracy).
    pub fn macro_recall(&self) -> Option<f32> {
        self.macro_mean(|class| self.recall(class))
    }

    /// Returns the mean F1 score of the classes that occur.
    pub fn macro_f1(&self) -> Option<f32> {
        self.macro_mean(|class| self.f1(class))
    }

    /// Returns the mean precision of the classes, each as often as it is a target.
    pub fn weighted_precision(&self) -> Option<f32> {
        self.weighted_mean(|class| self.precision(class))
    }

    /// Returns the mean recall of the classes, each as often as it is a target: the accuracy.
    pub fn weighted_recall(&self) -> Option<f32> {
        self.accuracy()
    }

    /// Returns the mean F1 score of the classes, each as often as it is a target.
    pub fn weighted_f1(&self) -> Option<f32> {
        self.weighted_mean(|class| self.f1(class))
    }

    /// Returns the F1 score over all samples. So are their precision and their recall: every sample
    /// has one prediction and one target, and all three are the accuracy.
    pub fn micro_f1(&self) -> Option<f32> {
        self.accuracy()
    }

    /// Returns the mean recall of the classes that are targets: an accuracy to which each of them
    /// contributes alike.
    pub fn balanced_accuracy(&self) -> Option<f32> {
        let recalls = (0..N).filter_map(|class| self.recall(class));
        let (sum, classes) = recalls.fold((0.0, 0), |(sum, classes), x| (sum + x, classes + 1));
        (classes > 0).then(|| sum / classes as f32)
    }

    fn hits(&self, class: usize) -> u64 {
        self.counts.get(class).and_then(|row| row.get(class)).copied().map_or(0, u64::from)
    }

    fn targets(&self, class: usize) -> u64 {
        let row = self.counts.get(class).into_iter().flatten().chain(self.outside.get(class));
        row.copied().map(u64::from).sum()
    }

    fn predictions(&self, class: usize) -> u64 {
        let column = self.counts.iter().filter_map(|row| row.get(class));
        column.copied().map(u64::from).sum()
    }

    fn all_hits(&self) -> u64 {
        (0..N).map(|class| self.hits(class)).sum()
    }

    fn all_targets(&self) -> u64 {
        (0..N).map(|class| self.targets(class)).sum()
    }

    fn macro_mean(&self, score: impl Fn(usize) -> Option<f32>) -> Option<f32> {
        let occurs = |&class: &usize| self.targets(class) + self.predictions(class) > 0;
        let outside = usize::from(self.outside.iter().any(|&count| count > 0));
        let scores = (0..N).filter(occurs).map(|class| score(class).unwrap_or(0.0));
        let (sum, classes) =
            scores.fold((0.0, outside), |(sum, classes), x| (sum + x, classes + 1));
        (classes > 0).then(|| sum / classes as f32)
    }

    fn weighted_mean(&self, score: impl Fn(usize) -> Option<f32>) -> Option<f32> {
        let scores = (0..N).map(|class| (score(class).unwrap_or(0.0), self.targets(class)));
        let sum = scores.fold(0.0, |sum, (score, targets)| sum + score * targets as f32);
        let samples = self.all_targets();
        (samples > 0).then(|| sum / samples as f32)
    }
}

impl<const N: usize> Default for ConfusionMatrix<N> {
    fn default() -> Self {
        Self::new()
    }
}

fn ratio(part: u64, whole: u64) -> Option<f32> {
    (whole > 0).then(|| part as f32 / whole as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_a_class_are_counts_by_counts() {
        let targets = [0, 0, 0, 1, 1, 2, 2, 2, 2, 0];
        let predictions = [0, 1, 0, 1, 2, 2, 2, 1, 0, 0];
        let mut matrix = ConfusionMatrix::<4>::new();
        for (target, predicted) in targets.into_iter().zip(predictions) {
            matrix.record(target, predicted);
        }
        assert_eq!(matrix.counts(), &[[3, 1, 0, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0; 4]]);
        assert_eq!(matrix.accuracy(), Some(0.6));
        assert_eq!(matrix.precision(0), Some(0.75));
        assert_eq!(matrix.recall(2), Some(0.5));
        assert_eq!((matrix.precision(3), matrix.recall(3), matrix.f1(3)), (None, None, None));
        assert_eq!((matrix.samples(), matrix.correct()), (10, 6));
    }

    #[test]
    fn nothing_counted_has_no_scores_and_targets_that_are_no_class_are_ignored() {
        let mut matrix = ConfusionMatrix::<2>::new();
        matrix.record(2, 0);
        matrix.record(usize::MAX, 7);
        assert_eq!(matrix, ConfusionMatrix::new());
        assert_eq!((matrix.accuracy(), matrix.macro_f1(), matrix.f1(7)), (None, None, None));
        assert_eq!((matrix.balanced_accuracy(), matrix.weighted_f1()), (None, None));
    }

    #[test]
    fn predictions_that_are_no_class_are_wrong() {
        let mut matrix = ConfusionMatrix::<2>::new();
        matrix.record(0, 2);
        matrix.record(0, 0);
        assert_eq!((matrix.samples(), matrix.correct(), matrix.accuracy()), (2, 1, Some(0.5)));
        assert_eq!((matrix.precision(0), matrix.recall(0)), (Some(1.0), Some(0.5)));
    }

    #[test]
    fn counts_beyond_32_bits_do_not_overflow() {
        let counts = [[u32::MAX; 2]; 2];
        let matrix = ConfusionMatrix { counts, outside: [0; 2] };
        assert_eq!((matrix.samples(), matrix.correct()), (u32::MAX, u32::MAX));
        assert_eq!((matrix.accuracy(), matrix.macro_f1()), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn argmax_takes_the_first_of_equals_and_never_nan() {
        assert_eq!(argmax(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(argmax(&[f32::NAN, -2.0, f32::NAN]), 1);
        assert_eq!(argmax(&[f32::NAN]), 0);
        assert_eq!(argmax(&[]), 0);
    }
}
