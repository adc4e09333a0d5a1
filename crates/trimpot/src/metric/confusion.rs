//! Counts of targets against predictions, of a number of classes that is a constant.

use super::ClassScores;

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
        u32::try_from(self.scores().all_targets()).unwrap_or(u32::MAX)
    }

    /// Returns how many predictions were right.
    pub fn correct(&self) -> u32 {
        u32::try_from(self.scores().all_hits()).unwrap_or(u32::MAX)
    }

    /// Returns the scores that follow from the counts.
    #[inline]
    pub const fn scores(&self) -> ClassScores<'_> {
        ClassScores { counts: self.counts.as_flattened(), outside: &self.outside }
    }
}

impl<const N: usize> Default for ConfusionMatrix<N> {
    fn default() -> Self {
        Self::new()
    }
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
}
